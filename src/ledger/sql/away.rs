//! Whether an error means that the server is unreachable for now, or did not answer in time.

use postgres::error::SqlState;

/// Whether the server is stopping, starting or gone, takes no writes any more, or not yet, or does not finish
/// what it was asked.
pub(in crate::ledger) fn is_away(error: &postgres::Error) -> bool {
    const AWAY: [SqlState; 7] = [
        SqlState::ADMIN_SHUTDOWN,
        SqlState::CRASH_SHUTDOWN,
        SqlState::CANNOT_CONNECT_NOW,
        SqlState::READ_ONLY_SQL_TRANSACTION,
        SqlState::LOCK_NOT_AVAILABLE,
        SqlState::QUERY_CANCELED,
        SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT,
    ];
    match error.code() {
        Some(code) => AWAY.contains(code),
        None if error.is_closed() => true,
        None => std::error::Error::source(error).is_some_and(|source| source.is::<std::io::Error>()),
    }
}

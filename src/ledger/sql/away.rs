//! Whether an error means that the server is away for the moment.

use postgres::error::SqlState;

/// Whether the server is stopping, starting or gone, or takes no writes any more, or not yet.
pub(in crate::ledger) fn is_away(error: &postgres::Error) -> bool {
    const AWAY: [SqlState; 4] = [
        SqlState::ADMIN_SHUTDOWN,
        SqlState::CRASH_SHUTDOWN,
        SqlState::CANNOT_CONNECT_NOW,
        SqlState::READ_ONLY_SQL_TRANSACTION,
    ];
    match error.code() {
        Some(code) => AWAY.contains(code),
        None if error.is_closed() => true,
        None => std::error::Error::source(error).is_some_and(|source| source.is::<std::io::Error>()),
    }
}

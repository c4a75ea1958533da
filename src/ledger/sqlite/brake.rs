//! The brake, kept in the file so that it survives a restart.

use rusqlite::{OptionalExtension, Transaction, params};

use super::Fault;
use super::columns::{milliseconds, moment};
use crate::ledger::Brake;
use crate::model::Moment;

pub(super) fn read(transaction: &Transaction<'_>) -> Result<Option<Brake>, Fault> {
    let row = |row: &rusqlite::Row<'_>| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?));
    let stored =
        transaction.prepare_cached("SELECT reason, since FROM brake")?.query_row([], row).optional()?;
    stored.map(|(reason, since)| Ok(Brake { reason, since: moment(since)? })).transpose()
}

/// Stops the caller's transaction while the brake is on.
pub(super) fn refuse(transaction: &Transaction<'_>) -> Result<(), Fault> {
    read(transaction)?.map_or(Ok(()), |brake| Err(Fault::Braked(brake)))
}

/// Pulls it and returns it; one that is on stays as it is.
pub(super) fn pull(transaction: &Transaction<'_>, reason: &str, now: Moment) -> Result<Brake, Fault> {
    transaction.execute(
        "INSERT OR IGNORE INTO brake (one, reason, since) VALUES (1, ?1, ?2)",
        params![reason, milliseconds(now)],
    )?;
    read(transaction)?.ok_or(Fault::Unreadable("brake"))
}

pub(super) fn release(transaction: &Transaction<'_>) -> Result<bool, Fault> {
    Ok(transaction.execute("DELETE FROM brake", [])? > 0)
}

//! What people were last told.

use rusqlite::{OptionalExtension, Transaction, params};

use super::Fault;
use super::columns::milliseconds;
use crate::ledger::stored::{read_announced, write_announced};
use crate::model::Moment;
use crate::model::announced::Announced;

pub(super) fn read(transaction: &Transaction<'_>) -> Result<Option<Announced>, Fault> {
    let stored: Option<String> =
        transaction.query_row("SELECT announced FROM baseline", [], |row| row.get(0)).optional()?;
    Ok(stored.map(|text| read_announced(&text)).transpose()?)
}

/// Takes a baseline from outside. It may not know how many changes of an incident were planned before; numbers
/// already given must not be given again, or a later change would look like one that was sent.
pub(super) fn adopt(transaction: &Transaction<'_>, announced: &Announced, now: Moment) -> Result<(), Fault> {
    let mut announced = announced.clone();
    let mut highest = transaction.prepare(
        "SELECT MAX(revision) FROM change JOIN incident i ON i.number = change.incident WHERE i.origin = ?1",
    )?;
    for (origin, incident) in &mut announced.incidents {
        let planned: Option<u32> = highest.query_row([origin.as_str()], |row| row.get(0))?;
        incident.revision = incident.revision.max(planned.unwrap_or(0));
    }
    write(transaction, &announced, now)
}

pub(super) fn write(transaction: &Transaction<'_>, announced: &Announced, now: Moment) -> Result<(), Fault> {
    transaction.execute(
        "INSERT OR REPLACE INTO baseline (one, announced, moved_at) VALUES (1, ?1, ?2)",
        params![write_announced(announced), milliseconds(now)],
    )?;
    Ok(())
}

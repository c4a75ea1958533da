//! Reads and moves the baseline: what was last announced.
//!
//! Promises: the writer of the baseline holds it alone, so changes are numbered in the order of their announcement.

use super::columns::milliseconds;
use super::fault::LedgerFault;
use super::followers;
use super::session::Session;
use crate::ledger::stored::{read_announced, write_announced};
use crate::model::Moment;
use crate::model::announced::Baseline;

pub(super) fn read(session: &mut Session<'_>) -> Result<Option<Baseline>, LedgerFault> {
    let stored = session.find("SELECT announced FROM baseline", &[], |row| row.get::<String>(0))?;
    Ok(stored.map(|text| read_announced(&text)).transpose()?)
}

/// Reads it and keeps everyone else from moving it until the transaction ends.
pub(super) fn hold(session: &mut Session<'_>) -> Result<Option<Baseline>, LedgerFault> {
    session.lock("SELECT one FROM baseline FOR UPDATE", &[])?;
    read(session)
}

/// Takes a baseline from outside. It may not know how many changes of an incident were planned before; numbers
/// already given must not be given again, or a later change would look like one that was sent.
pub(super) fn adopt(session: &mut Session<'_>, announced: &Baseline, now: Moment) -> Result<(), LedgerFault> {
    hold(session)?;
    let mut announced = announced.clone();
    for (origin, incident) in &mut announced.incidents {
        let planned: Option<i64> = session.value(
            "SELECT MAX(revision) FROM change JOIN incident i ON i.number = change.incident
             WHERE i.origin = ?1",
            &[&origin.as_str()],
        )?;
        let planned = planned.and_then(|revision| u32::try_from(revision).ok());
        incident.revision = incident.revision.max(planned.unwrap_or(0));
    }
    followers::end(session, &announced, now)?;
    write(session, &announced, now)
}

pub(super) fn write(session: &mut Session<'_>, announced: &Baseline, now: Moment) -> Result<(), LedgerFault> {
    session.execute(
        "INSERT INTO baseline (one, announced, moved_at) VALUES (1, ?1, ?2)
         ON CONFLICT (one) DO UPDATE SET announced = excluded.announced, moved_at = excluded.moved_at",
        &[&write_announced(announced), &milliseconds(now)],
    )?;
    Ok(())
}

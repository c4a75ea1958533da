//! Lists the workers that hold steps, and ends the leases of a dead worker.

use super::columns::{CLAIMED, milliseconds};
use super::fault::LedgerFault;
use super::session::Session;
use crate::model::Moment;

/// Every worker that holds a step.
pub(super) fn holders(session: &mut Session<'_>) -> Result<Vec<String>, LedgerFault> {
    let text = "SELECT DISTINCT worker FROM step WHERE state = ?1 ORDER BY worker";
    session.rows(text, &[&CLAIMED], |row| row.get(0))
}

/// Ends the leases of a worker now; the next recovery frees its steps.
pub(super) fn abandon(session: &mut Session<'_>, worker: &str, now: Moment) -> Result<u64, LedgerFault> {
    session.execute(
        "UPDATE step SET lease_until = ?3 WHERE state = ?1 AND worker = ?2 AND lease_until > ?3",
        &[&CLAIMED, &worker, &milliseconds(now)],
    )
}

/// The same for the steps of a worker whose handoff has not begun. It may live: then it finds its hold lost before it begins.
pub(super) fn abandon_unstarted(
    session: &mut Session<'_>,
    worker: &str,
    now: Moment,
) -> Result<u64, LedgerFault> {
    session.execute(
        "UPDATE step SET lease_until = ?3
         WHERE state = ?1 AND worker = ?2 AND started_at IS NULL AND lease_until > ?3",
        &[&CLAIMED, &worker, &milliseconds(now)],
    )
}

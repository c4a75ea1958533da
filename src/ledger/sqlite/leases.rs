//! Who holds steps, and letting go of what a dead worker held.

use rusqlite::{Transaction, params};

use super::Fault;
use super::columns::{CLAIMED, milliseconds};
use crate::model::Moment;

/// Every worker that holds a step.
pub(super) fn holders(transaction: &Transaction<'_>) -> Result<Vec<String>, Fault> {
    let mut statement =
        transaction.prepare_cached("SELECT DISTINCT worker FROM step WHERE state = ?1 ORDER BY worker")?;
    let workers = statement.query_map([CLAIMED], |row| row.get(0))?;
    Ok(workers.collect::<Result<_, _>>()?)
}

/// Ends the leases of a worker now; the next recovery frees its steps.
pub(super) fn abandon(transaction: &Transaction<'_>, worker: &str, now: Moment) -> Result<u64, Fault> {
    let ended = transaction
        .prepare_cached(
            "UPDATE step SET lease_until = ?3 WHERE state = ?1 AND worker = ?2 AND lease_until > ?3",
        )?
        .execute(params![CLAIMED, worker, milliseconds(now)])?;
    Ok(u64::try_from(ended).unwrap_or(u64::MAX))
}

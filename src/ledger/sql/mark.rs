//! Counts the changes and attempts of a ledger, and drops what an old copy of it would still send.

use data_encoding::HEXLOWER;

use super::columns::{count, milliseconds, state_list, state_number};
use super::fault::LedgerFault;
use super::session::Session;
use crate::ledger::HighWaterMark;
use crate::model::Moment;
use crate::model::hash::derive;
use crate::model::notice::StepState;

/// Reads it, and writes it down too: a transaction that writes takes every settle before it to the disk.
pub(super) fn take(session: &mut Session<'_>) -> Result<HighWaterMark, LedgerFault> {
    let secret: Vec<u8> = session.value("SELECT value FROM setting WHERE name = 'secret'", &[])?;
    let changes = count(session.value("SELECT COALESCE(MAX(number), 0) FROM change", &[])?)?;
    let attempts = count(session.value("SELECT COALESCE(MAX(number), 0) FROM attempt", &[])?)?;
    session.execute(
        "INSERT INTO setting (name, value) VALUES ('mark', ?1)
         ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        &[&format!("{changes} {attempts}").into_bytes()],
    )?;
    Ok(HighWaterMark { ledger: derive("ledger", &[&HEXLOWER.encode(&secret)]), changes, attempts })
}

/// Ends every step that is not finished as one that may have been sent.
pub(super) fn mark_all_in_doubt(
    session: &mut Session<'_>,
    reason: &str,
    now: Moment,
) -> Result<u64, LedgerFault> {
    let live: Vec<StepState> = StepState::ALL.into_iter().filter(|state| !state.is_end()).collect();
    session.execute(
        &format!(
            "UPDATE step SET state = ?1, reason = ?2, ended_at = ?3, worker = NULL, lease_until = NULL,
                 started_at = NULL WHERE state IN ({})",
            state_list(&live)
        ),
        &[&state_number(StepState::InDoubt), &reason, &milliseconds(now)],
    )
}

//! Detects refusal storms: whether a provider refuses some addresses, or nearly all.
//!
//! Promises: the rule is that of `limits/storm.rs`, over the provider's latest answers; in a storm no address stays
//! suppressed because of this provider, and notices that ended because of it wait for the provider.

use super::columns::{REFUSED, TAKEN, class_number, count, milliseconds, state_number};
use super::fault::LedgerFault;
use super::session::Session;
use super::settle::REFUSED_BECAUSE;
use super::steps::{self, Loaded};
use crate::chain::Event;
use crate::limits::storm::{Refusals, WINDOW};
use crate::model::Moment;
use crate::model::notice::StepState;
use crate::model::reply::ReplyClass;

/// The maximum number of attempts that are looked at, of all providers.
const ATTEMPTS_MAX: i64 = 1_000;

/// Counts what the provider did last, and takes its refusals back if they are a storm.
pub(super) fn weigh(
    session: &mut Session<'_>,
    provider: &str,
    unrecorded: u64,
    now: Moment,
) -> Result<Refusals, LedgerFault> {
    let account = class_number(ReplyClass::AccountRejected);
    let text = format!("SELECT class, COUNT(*) {} GROUP BY class", recent());
    let counted = session.pairs_once(&text, &[&provider, &milliseconds(now - WINDOW)])?;
    let mut refusals = Refusals { refused: unrecorded, accepted: 0 };
    for (class, number) in counted {
        match class {
            TAKEN => refusals.accepted += count(number)?,
            class if class == REFUSED || class == account => refusals.refused += count(number)?,
            _ => {}
        }
    }
    if refusals.is_storm() {
        take_back(session, provider, now)?;
    }
    Ok(refusals)
}

/// The latest attempts that went to the provider `?1` after the moment `?2`.
fn recent() -> String {
    format!(
        "FROM (SELECT step, endpoint, provider, class, ended_at FROM attempt ORDER BY number DESC LIMIT {ATTEMPTS_MAX})
             AS recent WHERE provider = ?1 AND ended_at > ?2"
    )
}

/// Lifts the suppressions that the provider's latest refusals set, and lets the notices that they ended wait.
fn take_back(session: &mut Session<'_>, provider: &str, now: Moment) -> Result<(), LedgerFault> {
    let since = milliseconds(now - WINDOW);
    let refused = format!("{} AND class = {REFUSED}", recent());
    session.execute(
        &format!(
            "UPDATE endpoint SET suppressed_at = NULL, suppressed_because = NULL
             WHERE suppressed_at > ?2 AND suppressed_because LIKE '{REFUSED_BECAUSE}%'
               AND number IN (SELECT endpoint {refused})"
        ),
        &[&provider, &since],
    )?;
    let text = format!(
        "SELECT number, number FROM step WHERE state = {} AND number IN (SELECT step {refused}) ORDER BY number",
        state_number(StepState::Rejected)
    );
    let ended: Vec<i64> =
        session.pairs_once(&text, &[&provider, &since])?.into_iter().map(|(number, _)| number).collect();
    steps::hold_incidents(session, ended.iter().copied())?;
    for step in &ended {
        let mut notice = Loaded::known(session, *step)?;
        notice.read_replaced(session)?;
        notice.happen(&Event::TakenBack, now);
        notice.write(session, None)?;
    }
    if ended.is_empty() { Ok(()) } else { session.signal_work() }
}

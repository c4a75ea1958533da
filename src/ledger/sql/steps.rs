//! The moves of a step that claiming, settling and recovering share.
//!
//! Promises: an end is written once and only over a state that is not an end; ending a step without success makes
//! exactly the next waiting step of its chain pending, so at most one step of a notice is live.

use super::columns::{CLAIMED, PENDING, WAITING, channel, milliseconds, state_number};
use super::{Fault, Session};
use crate::model::Moment;
use crate::model::address::Channel;
use crate::model::notice::StepState;

/// A step as the moves need it.
#[derive(Clone, Copy)]
pub(super) struct StepRow {
    /// Its number.
    pub(super) number: i64,
    /// Its notice's number.
    pub(super) notice: i64,
}

/// Ends a step and moves its chain: after success no later step is needed, after any other end but
/// superseded the next one is pending. Returns that one's channel.
pub(super) fn end(
    session: &mut Session<'_>,
    step: StepRow,
    end: StepState,
    reason: Option<&str>,
    now: Moment,
) -> Result<Option<Channel>, Fault> {
    session.execute(
        "UPDATE step SET state = ?2, reason = ?3, ended_at = ?4, worker = NULL, lease_until = NULL,
             started_at = NULL WHERE number = ?1 AND state <= ?5",
        &[&step.number, &state_number(end), &reason, &milliseconds(now), &CLAIMED],
    )?;
    if end.is_success() {
        forgo_later(session, step, now)?;
        return Ok(None);
    }
    if end == StepState::Superseded { Ok(None) } else { advance(session, step, now) }
}

/// Suppresses the waiting steps of a chain whose person was reached.
fn forgo_later(session: &mut Session<'_>, step: StepRow, now: Moment) -> Result<(), Fault> {
    session.execute(
        "UPDATE step SET state = ?3, ended_at = ?4, reason = 'not needed: an earlier step was accepted'
         WHERE notice = ?1 AND state = ?2",
        &[&step.notice, &WAITING, &state_number(StepState::Suppressed), &milliseconds(now)],
    )?;
    Ok(())
}

fn advance(session: &mut Session<'_>, step: StepRow, now: Moment) -> Result<Option<Channel>, Fault> {
    // The state is asked for twice: while this waited for the row, a newer change may have taken its place.
    let next = session.find(
        "UPDATE step SET state = ?3, due_at = CASE WHEN due_at < ?4 THEN ?4 ELSE due_at END WHERE state = ?2 AND number = (
             SELECT number FROM step WHERE notice = ?1 AND state = ?2 ORDER BY position LIMIT 1)
         RETURNING channel",
        &[&step.notice, &WAITING, &PENDING, &milliseconds(now)],
        |row| row.get(0),
    )?;
    next.map(channel).transpose()
}

/// Makes a claimed step pending again from `due`, or ends it when a newer change took its place meanwhile.
/// Raises the epoch, so that the hold of before is lost. The incident must be held ([`hold_incident`]).
pub(super) fn release(
    session: &mut Session<'_>,
    step: StepRow,
    due: Moment,
    now: Moment,
) -> Result<StepState, Fault> {
    if is_replaced(session, step)? {
        end(session, step, StepState::Superseded, None, now)?;
        return Ok(StepState::Superseded);
    }
    session.execute(
        "UPDATE step SET state = ?2, due_at = ?3, epoch = epoch + 1, worker = NULL, lease_until = NULL,
             started_at = NULL WHERE number = ?1 AND state = ?4",
        &[&step.number, &PENDING, &milliseconds(due), &CLAIMED],
    )?;
    Ok(StepState::Pending)
}

/// Keeps changes of a step's incident from being planned until the transaction ends. Without that, a step could
/// become pending again after a newer change looked for what it replaces. Comes before any lock on the step,
/// because planning holds the incident first as well.
pub(super) fn hold_incident(session: &mut Session<'_>, step: i64) -> Result<(), Fault> {
    session.lock(
        "SELECT number FROM incident WHERE number = (
             SELECT n.incident FROM step s JOIN notice n ON n.number = s.notice WHERE s.number = ?1) FOR SHARE",
        &[&step],
    )
}

fn is_replaced(session: &mut Session<'_>, step: StepRow) -> Result<bool, Fault> {
    session.value(
        "SELECT EXISTS (SELECT 1 FROM notice old JOIN notice new
             ON new.subscriber = old.subscriber AND new.incident = old.incident AND new.change > old.change
         WHERE old.number = ?1)",
        &[&step.notice],
    )
}

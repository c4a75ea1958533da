//! The moves of a step that claiming, settling and recovering share.
//!
//! Promises: an end is written once and only over a state that is not an end; ending a step without success makes
//! exactly the next waiting step of its chain pending, so at most one step of a notice is live.

use rusqlite::{OptionalExtension, Transaction, params};

use super::Fault;
use super::columns::{CLAIMED, PENDING, WAITING, channel, milliseconds, state_number};
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
    transaction: &Transaction<'_>,
    step: StepRow,
    end: StepState,
    reason: Option<&str>,
    now: Moment,
) -> Result<Option<Channel>, Fault> {
    transaction
        .prepare_cached(
            "UPDATE step SET state = ?2, reason = ?3, ended_at = ?4, worker = NULL, lease_until = NULL,
                 started_at = NULL WHERE number = ?1 AND state <= ?5",
        )?
        .execute(params![step.number, state_number(end), reason, milliseconds(now), CLAIMED])?;
    if end.is_success() {
        forgo_later(transaction, step, now)?;
        return Ok(None);
    }
    if end == StepState::Superseded { Ok(None) } else { advance(transaction, step, now) }
}

/// Suppresses the waiting steps of a chain whose person was reached.
fn forgo_later(transaction: &Transaction<'_>, step: StepRow, now: Moment) -> Result<(), Fault> {
    transaction
        .prepare_cached(
            "UPDATE step SET state = ?3, ended_at = ?4, reason = 'not needed: an earlier step was accepted'
             WHERE notice = ?1 AND state = ?2",
        )?
        .execute(params![step.notice, WAITING, state_number(StepState::Suppressed), milliseconds(now)])?;
    Ok(())
}

fn advance(transaction: &Transaction<'_>, step: StepRow, now: Moment) -> Result<Option<Channel>, Fault> {
    let next = transaction
        .prepare_cached(
            "UPDATE step SET state = ?3, due_at = ?4 WHERE number = (
                 SELECT number FROM step WHERE notice = ?1 AND state = ?2 ORDER BY position LIMIT 1)
             RETURNING channel",
        )?
        .query_row(params![step.notice, WAITING, PENDING, milliseconds(now)], |row| row.get::<_, i64>(0))
        .optional()?;
    next.map(channel).transpose()
}

/// Makes a claimed step pending again from `due`, or ends it when a newer change took its place meanwhile.
/// Raises the epoch, so that the hold of before is lost.
pub(super) fn release(
    transaction: &Transaction<'_>,
    step: StepRow,
    due: Moment,
    now: Moment,
) -> Result<StepState, Fault> {
    if is_replaced(transaction, step)? {
        end(transaction, step, StepState::Superseded, None, now)?;
        return Ok(StepState::Superseded);
    }
    transaction
        .prepare_cached(
            "UPDATE step SET state = ?2, due_at = ?3, epoch = epoch + 1, worker = NULL, lease_until = NULL,
                 started_at = NULL WHERE number = ?1 AND state = ?4",
        )?
        .execute(params![step.number, PENDING, milliseconds(due), CLAIMED])?;
    Ok(StepState::Pending)
}

fn is_replaced(transaction: &Transaction<'_>, step: StepRow) -> Result<bool, Fault> {
    Ok(transaction
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM notice old JOIN notice new
                 ON new.subscriber = old.subscriber AND new.incident = old.incident AND new.change > old.change
             WHERE old.number = ?1)",
        )?
        .query_row([step.notice], |row| row.get(0))?)
}

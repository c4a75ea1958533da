//! Starts, settles and returns claimed steps.
//!
//! Promises: `chain` decides the effect of an answer; attempts are only appended.

use chrono::TimeDelta;

use super::columns::{class_number, milliseconds};
use super::fault::LedgerFault;
use super::session::Session;
use super::steps::{self, Loaded};
use super::{brake, reports};
use crate::chain::{Action, Event};
use crate::ledger::{Attempt, AttemptResult, LeaseToken, LedgerOp, LedgerOpResult, Settled};
use crate::model::Moment;
use crate::model::notice::StepState;
use crate::model::reply::{Reply, ReplyClass};

/// How the reason begins for which a refused address is suppressed.
pub(super) const REFUSED_BECAUSE: &str = "refused by the provider:";

/// Makes several moves in their order.
pub(super) fn make_all(
    session: &mut Session<'_>,
    moves: &[LedgerOp],
) -> Result<Vec<LedgerOpResult>, LedgerFault> {
    // Before any step is locked, as each move alone would, and as planning does.
    let again = moves.iter().filter(|one| one.may_leave_pending()).map(|one| one.hold().number);
    steps::hold_incidents(session, again)?;
    moves.iter().map(|one| make(session, one)).collect()
}

fn make(session: &mut Session<'_>, one: &LedgerOp) -> Result<LedgerOpResult, LedgerFault> {
    match one {
        LedgerOp::Start { hold, lease, now } => {
            start(session, hold, *lease, *now).map(LedgerOpResult::Started)
        }
        LedgerOp::Settle { hold, attempt, verdict } => {
            settle(session, hold, attempt, *verdict).map(LedgerOpResult::Settled)
        }
        LedgerOp::GiveBack { hold, due, now } => {
            give_back(session, hold, *due, *now).map(|()| LedgerOpResult::GivenBack)
        }
    }
}

pub(super) fn start(
    session: &mut Session<'_>,
    hold: &LeaseToken,
    lease: TimeDelta,
    now: Moment,
) -> Result<bool, LedgerFault> {
    let Some(mut step) = Loaded::alone(session, hold.number)? else { return Ok(false) };
    let event = Event::Started { epoch: hold.epoch, lease_until: now + lease };
    if !step.happen(&event, now).applied || brake::read(session)?.is_some() {
        return Ok(false);
    }
    step.write(session, None)?;
    Ok(true)
}

/// The subscriber of a step, as `allclear why` takes it.
fn subscriber_of(session: &mut Session<'_>, step: i64) -> Result<String, LedgerFault> {
    let found: Option<String> = session.find(
        "SELECT p.id FROM step s JOIN notice n ON n.number = s.notice JOIN subscriber p ON p.number = n.subscriber
             WHERE s.number = ?1",
        &[&step],
        |row| row.get(0),
    )?;
    found.ok_or(LedgerFault::Unreadable("step"))
}

pub(super) fn settle(
    session: &mut Session<'_>,
    hold: &LeaseToken,
    attempt: &Attempt,
    verdict: AttemptResult,
) -> Result<Settled, LedgerFault> {
    let again = verdict.due_at().is_some();
    if again {
        steps::hold_incident(session, hold.number)?;
    }
    let mut notice = Loaded::known(session, hold.number)?;
    if again {
        notice.read_replaced(session)?;
    }
    let (class, now) = (attempt.reply.class, attempt.ended_at);
    let mut moved = notice.happen(&Event::Answered { epoch: hold.epoch, class, verdict }, now);
    append(session, &notice, hold.epoch, attempt)?;
    for action in &moved.actions {
        match action {
            Action::SuppressAddress => suppress(session, notice.endpoint()?, &attempt.reply, now)?,
            Action::EngageBrake => {
                let subscriber = subscriber_of(session, hold.number)?;
                let reason = format!("step {} of subscriber {subscriber} was accepted twice", hold.step);
                brake::pull(session, &reason, now)?;
            }
        }
    }
    let late = class == ReplyClass::Accepted && !moved.applied;
    if late || notice.step()?.state == StepState::Watching {
        // A report may have been faster than the answer, also where the answer comes after the step was given up.
        moved.next = reports::apply_recorded(session, &mut notice, now)?;
    }
    notice.write(session, None)?;
    let (state, next) = (notice.step()?.state, notice.channel(moved.next));
    Ok(if moved.applied { Settled::Stands { state, next } } else { Settled::Stale })
}

/// Writes an attempt down; the step counts it itself.
pub(super) fn append(
    session: &mut Session<'_>,
    step: &Loaded,
    epoch: u32,
    attempt: &Attempt,
) -> Result<(), LedgerFault> {
    let reply = &attempt.reply;
    let retry_after = reply.retry_after.map(|wait| i64::try_from(wait.as_millis()).unwrap_or(i64::MAX));
    session.execute(
        "INSERT INTO attempt (step, endpoint, epoch, provider, class, code, words, reference, retry_after,
             started_at, ended_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        &[
            &step.number()?,
            &step.endpoint()?,
            &i64::from(epoch),
            &attempt.provider,
            &class_number(reply.class),
            &reply.code,
            &reply.words,
            &reply.reference,
            &retry_after,
            &milliseconds(attempt.started_at),
            &milliseconds(attempt.ended_at),
        ],
    )?;
    Ok(())
}

fn suppress(session: &mut Session<'_>, endpoint: i64, reply: &Reply, now: Moment) -> Result<(), LedgerFault> {
    let reason = format!("{REFUSED_BECAUSE} {} {}", reply.code, reply.words);
    session.execute(
        "UPDATE endpoint SET suppressed_at = ?2, suppressed_because = ?3
         WHERE number = ?1 AND suppressed_at IS NULL",
        &[&endpoint, &milliseconds(now), &reason.trim_end()],
    )?;
    Ok(())
}

pub(super) fn give_back(
    session: &mut Session<'_>,
    hold: &LeaseToken,
    due: Moment,
    now: Moment,
) -> Result<(), LedgerFault> {
    steps::hold_incident(session, hold.number)?;
    let mut notice = Loaded::known(session, hold.number)?;
    notice.read_replaced(session)?;
    notice.happen(&Event::LeaseReleased { epoch: hold.epoch, due }, now);
    notice.write(session, None)?;
    session.signal_work()
}

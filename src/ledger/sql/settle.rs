//! Starting, settling, giving back and recovering claimed steps.
//!
//! Promises: a hold that was lost cannot change a state; attempts are only appended.

use chrono::TimeDelta;

use super::columns::{CLAIMED, channel, class_number, endpoint, milliseconds, small, state};
use super::steps::{self, StepRow};
use super::{Fault, Session, brake};
use crate::ledger::{Attempt, EndedStep, Hold, Recovered, Settled, Verdict};
use crate::model::Moment;
use crate::model::address::Channel;
use crate::model::change::ChangeId;
use crate::model::notice::{StepId, StepState};
use crate::model::reply::{Reply, ReplyClass};
use crate::model::subscriber::SubscriberId;

pub(super) fn start(
    session: &mut Session<'_>,
    hold: &Hold,
    lease: TimeDelta,
    now: Moment,
) -> Result<bool, Fault> {
    let started = session.execute(
        "UPDATE step SET started_at = ?3, lease_until = ?5, try_for = NULL,
             expires_at = CASE WHEN ?3 + try_for < expires_at THEN ?3 + try_for ELSE expires_at END
         WHERE number = ?1 AND epoch = ?2 AND state = ?4 AND lease_until > ?3 AND expires_at > ?3
           AND NOT EXISTS (SELECT 1 FROM brake)",
        &[&hold.number, &i64::from(hold.epoch), &milliseconds(now), &CLAIMED, &milliseconds(now + lease)],
    )?;
    Ok(started > 0)
}

/// From now on the time runs for which a step may be tried before the next one.
const BEGIN_TRYING: &str = "UPDATE step SET try_for = NULL,
    expires_at = CASE WHEN ?2 + try_for < expires_at THEN ?2 + try_for ELSE expires_at END WHERE number = ?1";

/// A step as a settle finds it.
struct Found {
    row: StepRow,
    endpoint: i64,
    state: StepState,
    epoch: u32,
}

impl Found {
    fn is_held(&self, hold: &Hold) -> bool {
        self.state == StepState::Claimed && self.epoch == hold.epoch
    }
}

/// Finds a step and keeps everybody else from moving it.
fn find(session: &mut Session<'_>, hold: &Hold) -> Result<Found, Fault> {
    let text = session
        .locking("SELECT number, notice, endpoint, state, epoch FROM step WHERE number = ?1", "FOR UPDATE");
    let found = session.find(&text, &[&hold.number], |row| {
        Ok(Found {
            row: StepRow { number: row.get(0)?, notice: row.get(1)? },
            endpoint: row.get(2)?,
            state: state(row.get(3)?)?,
            epoch: small(row.get(4)?)?,
        })
    })?;
    found.ok_or_else(|| Fault::Unfounded(format!("there is no step {}", hold.step)))
}

pub(super) fn settle(
    session: &mut Session<'_>,
    hold: &Hold,
    attempt: &Attempt,
    verdict: Verdict,
) -> Result<Settled, Fault> {
    if matches!(verdict, Verdict::Retry { .. }) {
        steps::hold_incident(session, hold.number)?;
    }
    let found = find(session, hold)?;
    let accepted = attempt.reply.class == ReplyClass::Accepted;
    if accepted && was_accepted(session, found.row.number)? {
        let reason = format!("step {} was accepted twice", hold.step);
        brake::pull(session, &reason, attempt.ended_at)?;
    }
    append(session, &found, hold.epoch, attempt)?;
    if found.is_held(hold) {
        return apply(session, &found, attempt, verdict);
    }
    if accepted && found.state == StepState::Pending {
        // It waits to be sent again because nobody knew; now it is known that it need not be.
        steps::end(session, found.row, StepState::Accepted, None, attempt.ended_at)?;
    }
    Ok(Settled::Stale)
}

/// Whether a provider ever took the step.
fn was_accepted(session: &mut Session<'_>, step: i64) -> Result<bool, Fault> {
    session.value(
        "SELECT EXISTS (SELECT 1 FROM attempt WHERE step = ?1 AND class = ?2)",
        &[&step, &class_number(ReplyClass::Accepted)],
    )
}

fn append(session: &mut Session<'_>, found: &Found, epoch: u32, attempt: &Attempt) -> Result<(), Fault> {
    let reply = &attempt.reply;
    let retry_after = reply.retry_after.map(|wait| i64::try_from(wait.as_millis()).unwrap_or(i64::MAX));
    session.execute(
        "INSERT INTO attempt (step, endpoint, epoch, provider, class, code, words, reference, retry_after,
             started_at, ended_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        &[
            &found.row.number,
            &found.endpoint,
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
    session.execute("UPDATE step SET attempts = attempts + 1 WHERE number = ?1", &[&found.row.number])?;
    Ok(())
}

fn apply(
    session: &mut Session<'_>,
    found: &Found,
    attempt: &Attempt,
    verdict: Verdict,
) -> Result<Settled, Fault> {
    let now = attempt.ended_at;
    if attempt.reply.class == ReplyClass::Recipient {
        suppress(session, found.endpoint, &attempt.reply, now)?;
    }
    let state = match verdict {
        Verdict::Retry { at } => {
            let state = steps::release(session, found.row, at, now)?;
            return Ok(Settled::Stands { state, next: None });
        }
        Verdict::NextProvider => {
            return Ok(Settled::Stands { state: StepState::Claimed, next: None });
        }
        Verdict::Accepted => StepState::Accepted,
        Verdict::Rejected => StepState::Rejected,
        Verdict::Dead => StepState::Dead,
        Verdict::Expired => StepState::Expired,
        Verdict::InDoubt => StepState::InDoubt,
    };
    let next = steps::end(session, found.row, state, None, now)?;
    Ok(Settled::Stands { state, next })
}

fn suppress(session: &mut Session<'_>, endpoint: i64, reply: &Reply, now: Moment) -> Result<(), Fault> {
    let reason = format!("refused by the provider: {} {}", reply.code, reply.words);
    session.execute(
        "UPDATE endpoint SET suppressed_at = ?2, suppressed_because = ?3
         WHERE number = ?1 AND suppressed_at IS NULL",
        &[&endpoint, &milliseconds(now), &reason.trim_end()],
    )?;
    Ok(())
}

pub(super) fn give_back(
    session: &mut Session<'_>,
    hold: &Hold,
    due: Moment,
    now: Moment,
) -> Result<(), Fault> {
    steps::hold_incident(session, hold.number)?;
    let found = find(session, hold)?;
    if found.is_held(hold) {
        if due > now {
            session.execute(BEGIN_TRYING, &[&found.row.number, &milliseconds(now)])?;
        }
        steps::release(session, found.row, due, now)?;
        session.tell_of_work()?;
    }
    Ok(())
}

/// A step whose lease ran out.
struct Orphan {
    found: Found,
    step: StepId,
    subscriber: SubscriberId,
    address: String,
    channel: Channel,
    started_at: Option<i64>,
}

pub(super) fn recover(session: &mut Session<'_>, now: Moment) -> Result<Recovered, Fault> {
    let mut recovered = Recovered::default();
    for orphan in orphans(session, now)? {
        let row = orphan.found.row;
        let Some(started_at) = orphan.started_at else {
            steps::release(session, row, now, now)?;
            recovered.untouched += 1;
            continue;
        };
        let mail = orphan.channel == Channel::Mail;
        let words = if mail { "in doubt: sent again" } else { "in doubt: not sent again" };
        append(session, &orphan.found, orphan.found.epoch, &interrupted(words, started_at, now)?)?;
        if mail {
            steps::release(session, row, now, now)?;
            recovered.again += 1;
        } else {
            recovered.ended.push(doubt(session, orphan, now)?);
        }
    }
    Ok(recovered)
}

/// The steps whose lease ran out, but those that somebody else is busy with, or whose incident is being planned:
/// they are still there next time.
fn orphans(session: &mut Session<'_>, now: Moment) -> Result<Vec<Orphan>, Fault> {
    let text = session.locking(
        "SELECT s.number, s.notice, s.endpoint, s.epoch, c.id, p.id, e.address, s.channel, s.position,
                s.started_at
         FROM step s JOIN notice n ON n.number = s.notice JOIN subscriber p ON p.number = n.subscriber
              JOIN endpoint e ON e.number = s.endpoint JOIN incident i ON i.number = n.incident
              JOIN change c ON c.number = n.change
         WHERE s.state = 2 AND s.lease_until <= ?1 ORDER BY s.number",
        "FOR UPDATE OF s SKIP LOCKED FOR SHARE OF i SKIP LOCKED",
    );
    session.rows(&text, &[&milliseconds(now)], |row| {
        let change = ChangeId::from_stored(row.get::<String>(4)?);
        let subscriber = SubscriberId::from_stored(row.get::<String>(5)?);
        let channel = channel(row.get(7)?)?;
        Ok(Orphan {
            found: Found {
                row: StepRow { number: row.get(0)?, notice: row.get(1)? },
                endpoint: row.get(2)?,
                state: StepState::Claimed,
                epoch: small(row.get(3)?)?,
            },
            step: StepId::derive(&change, &subscriber, channel, small(row.get(8)?)?),
            subscriber,
            address: row.get(6)?,
            channel,
            started_at: row.get(9)?,
        })
    })
}

/// The attempt of a worker that did not live to tell of it.
fn interrupted(words: &str, started_at: i64, now: Moment) -> Result<Attempt, Fault> {
    let reply = Reply {
        class: ReplyClass::Ambiguous,
        code: String::new(),
        words: words.to_owned(),
        reference: None,
        retry_after: None,
    };
    let started_at = super::columns::moment(started_at)?;
    Ok(Attempt { provider: String::new(), reply, started_at, ended_at: now })
}

fn doubt(session: &mut Session<'_>, orphan: Orphan, now: Moment) -> Result<EndedStep, Fault> {
    let reason = "the worker stopped while handing it off".to_owned();
    let next = steps::end(session, orphan.found.row, StepState::InDoubt, Some(&reason), now)?;
    Ok(EndedStep {
        step: orphan.step,
        subscriber: orphan.subscriber,
        endpoint: endpoint(&orphan.address)?,
        state: StepState::InDoubt,
        reason,
        next,
    })
}

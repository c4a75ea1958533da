//! Starting, settling, giving back and recovering claimed steps.
//!
//! Promises: a hold that was lost cannot change a state; attempts are only appended.

use chrono::TimeDelta;
use rusqlite::{OptionalExtension, Transaction, params};

use super::Fault;
use super::claim::was_accepted;
use super::columns::{CLAIMED, channel, class_number, endpoint, milliseconds, state};
use super::steps::{self, StepRow};
use crate::ledger::{Attempt, EndedStep, Hold, Recovered, Settled, Verdict};
use crate::model::Moment;
use crate::model::address::Channel;
use crate::model::notice::{StepId, StepState};
use crate::model::reply::{Reply, ReplyClass};
use crate::model::subscriber::SubscriberId;

pub(super) fn start(
    transaction: &Transaction<'_>,
    hold: &Hold,
    lease: TimeDelta,
    now: Moment,
) -> Result<bool, Fault> {
    let braked: bool =
        transaction.prepare_cached("SELECT EXISTS (SELECT 1 FROM brake)")?.query_row([], |row| row.get(0))?;
    if braked {
        return Ok(false);
    }
    let started = transaction
        .prepare_cached(
            "UPDATE step SET started_at = ?3, lease_until = ?5,
                 expires_at = min(expires_at, ?3 + coalesce(try_for, expires_at)), try_for = NULL
             WHERE id = ?1 AND epoch = ?2 AND state = ?4 AND lease_until > ?3",
        )?
        .execute(params![
            hold.step.as_str(),
            hold.epoch,
            milliseconds(now),
            CLAIMED,
            milliseconds(now + lease)
        ])?;
    Ok(started > 0)
}

/// From now on the time runs for which a step may be tried before the next one.
const BEGIN_TRYING: &str = "UPDATE step
    SET expires_at = min(expires_at, ?2 + coalesce(try_for, expires_at)), try_for = NULL WHERE number = ?1";

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

fn find(transaction: &Transaction<'_>, step: &StepId) -> Result<Found, Fault> {
    let row = |row: &rusqlite::Row<'_>| {
        let step = StepRow { number: row.get(0)?, notice: row.get(1)? };
        Ok((step, row.get(2)?, row.get::<_, i64>(3)?, row.get(4)?))
    };
    let found = transaction
        .prepare_cached("SELECT number, notice, endpoint, state, epoch FROM step WHERE id = ?1")?
        .query_row([step.as_str()], row)
        .optional()?;
    let Some((row, endpoint, number, epoch)) = found else {
        return Err(Fault::Unfounded(format!("there is no step {step}")));
    };
    Ok(Found { row, endpoint, state: state(number)?, epoch })
}

pub(super) fn settle(
    transaction: &Transaction<'_>,
    hold: &Hold,
    attempt: &Attempt,
    verdict: Verdict,
) -> Result<Settled, Fault> {
    let found = find(transaction, &hold.step)?;
    let accepted = attempt.reply.class == ReplyClass::Accepted;
    if accepted && was_accepted(transaction, found.row.number)? {
        let reason = format!("step {} was accepted twice", hold.step);
        super::brake::pull(transaction, &reason, attempt.ended_at)?;
    }
    append(transaction, &found, hold.epoch, attempt)?;
    if found.is_held(hold) {
        return apply(transaction, &found, attempt, verdict);
    }
    if accepted && found.state == StepState::Pending {
        // It waits to be sent again because nobody knew; now it is known that it need not be.
        steps::end(transaction, found.row, StepState::Accepted, None, attempt.ended_at)?;
    }
    Ok(Settled::Stale)
}

fn append(transaction: &Transaction<'_>, found: &Found, epoch: u32, attempt: &Attempt) -> Result<(), Fault> {
    let reply = &attempt.reply;
    let retry_after = reply.retry_after.map(|wait| i64::try_from(wait.as_millis()).unwrap_or(i64::MAX));
    transaction
        .prepare_cached(
            "INSERT INTO attempt (step, endpoint, epoch, provider, class, code, words, reference, retry_after,
                 started_at, ended_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        )?
        .execute(params![
            found.row.number,
            found.endpoint,
            epoch,
            attempt.provider,
            class_number(reply.class),
            reply.code,
            reply.words,
            reply.reference,
            retry_after,
            milliseconds(attempt.started_at),
            milliseconds(attempt.ended_at)
        ])?;
    transaction
        .prepare_cached("UPDATE step SET attempts = attempts + 1 WHERE number = ?1")?
        .execute([found.row.number])?;
    Ok(())
}

fn apply(
    transaction: &Transaction<'_>,
    found: &Found,
    attempt: &Attempt,
    verdict: Verdict,
) -> Result<Settled, Fault> {
    let now = attempt.ended_at;
    if attempt.reply.class == ReplyClass::Recipient {
        suppress(transaction, found.endpoint, &attempt.reply, now)?;
    }
    let state = match verdict {
        Verdict::Retry { at } => {
            let state = steps::release(transaction, found.row, at, now)?;
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
    let next = steps::end(transaction, found.row, state, None, now)?;
    Ok(Settled::Stands { state, next })
}

fn suppress(transaction: &Transaction<'_>, endpoint: i64, reply: &Reply, now: Moment) -> Result<(), Fault> {
    let reason = format!("refused by the provider: {} {}", reply.code, reply.words);
    transaction.execute(
        "UPDATE endpoint SET suppressed_at = ?2, suppressed_because = ?3
         WHERE number = ?1 AND suppressed_at IS NULL",
        params![endpoint, milliseconds(now), reason.trim_end()],
    )?;
    Ok(())
}

pub(super) fn give_back(
    transaction: &Transaction<'_>,
    hold: &Hold,
    due: Moment,
    now: Moment,
) -> Result<(), Fault> {
    let found = find(transaction, &hold.step)?;
    if found.is_held(hold) {
        if due > now {
            transaction
                .prepare_cached(BEGIN_TRYING)?
                .execute(params![found.row.number, milliseconds(now)])?;
        }
        steps::release(transaction, found.row, due, now)?;
    }
    Ok(())
}

/// A step whose lease ran out.
struct Orphan {
    found: Found,
    step: StepId,
    subscriber: SubscriberId,
    address: String,
    channel: i64,
    started_at: Option<i64>,
}

pub(super) fn recover(transaction: &Transaction<'_>, now: Moment) -> Result<Recovered, Fault> {
    let mut recovered = Recovered::default();
    for orphan in orphans(transaction, now)? {
        let row = orphan.found.row;
        let Some(started_at) = orphan.started_at else {
            steps::release(transaction, row, now, now)?;
            recovered.untouched += 1;
            continue;
        };
        let mail = channel(orphan.channel)? == Channel::Mail;
        let words = if mail { "in doubt: sent again" } else { "in doubt: not sent again" };
        append(transaction, &orphan.found, orphan.found.epoch, &interrupted(words, started_at, now)?)?;
        if mail {
            steps::release(transaction, row, now, now)?;
            recovered.again += 1;
        } else {
            recovered.ended.push(doubt(transaction, orphan, now)?);
        }
    }
    Ok(recovered)
}

fn orphans(transaction: &Transaction<'_>, now: Moment) -> Result<Vec<Orphan>, Fault> {
    let mut statement = transaction.prepare_cached(
        "SELECT s.number, s.notice, s.endpoint, s.epoch, s.id, p.id, e.address, s.channel, s.started_at
         FROM step s JOIN notice n ON n.number = s.notice JOIN subscriber p ON p.number = n.subscriber
              JOIN endpoint e ON e.number = s.endpoint
         WHERE s.state = 2 AND s.lease_until <= ?1 ORDER BY s.number",
    )?;
    let orphans = statement.query_map([milliseconds(now)], |row| {
        Ok(Orphan {
            found: Found {
                row: StepRow { number: row.get(0)?, notice: row.get(1)? },
                endpoint: row.get(2)?,
                state: StepState::Claimed,
                epoch: row.get(3)?,
            },
            step: StepId::from_stored(row.get::<_, String>(4)?),
            subscriber: SubscriberId::from_stored(row.get::<_, String>(5)?),
            address: row.get(6)?,
            channel: row.get(7)?,
            started_at: row.get(8)?,
        })
    })?;
    Ok(orphans.collect::<Result<_, _>>()?)
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

fn doubt(transaction: &Transaction<'_>, orphan: Orphan, now: Moment) -> Result<EndedStep, Fault> {
    let reason = "the worker stopped while handing it off".to_owned();
    let next = steps::end(transaction, orphan.found.row, StepState::InDoubt, Some(&reason), now)?;
    Ok(EndedStep {
        step: orphan.step,
        subscriber: orphan.subscriber,
        endpoint: endpoint(&orphan.address)?,
        state: StepState::InDoubt,
        reason,
        next,
    })
}

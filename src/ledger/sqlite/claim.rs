//! Claiming: which steps leave now, and which must not leave any more.
//!
//! Promises: opt-outs, suppressed addresses and expiry are judged here, in the transaction that takes the step, and
//! nowhere earlier; nothing is claimed for a person while an older change of the same incident is unfinished.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::TimeDelta;
use rusqlite::{Row, Transaction, params};

use super::columns::{
    CLAIMED, PENDING, channel_number, class_number, endpoint, milliseconds, moment, severity_number,
};
use super::steps::{self, StepRow};
use super::{Fault, brake};
use crate::ledger::stored::{incident, read_message};
use crate::ledger::{Brake, Claim, ClaimRequest, ClaimedStep, EndedStep, Hold};
use crate::model::Moment;
use crate::model::address::{Channel, Endpoint};
use crate::model::message::Message;
use crate::model::notice::{StepId, StepState};
use crate::model::phase::Severity;
use crate::model::reply::ReplyClass;
use crate::model::subscriber::SubscriberId;

/// How many steps one claim ends at most, so that a backlog of expired ones is no long transaction.
const ENDED_MAX: usize = 1_000;

pub(super) fn claim(
    transaction: &Transaction<'_>,
    request: &ClaimRequest<'_>,
    now: Moment,
) -> Result<Claim, Fault> {
    brake::refuse(transaction)?;
    let mut window = Window { request, now, claim: Claim::default(), messages: HashMap::new() };
    let mut handoffs = HashMap::new();
    for (channel, steps_max) in &request.steps_max {
        let mut free = *steps_max;
        for severity in Severity::ALL.into_iter().rev() {
            while free > 0 && window.claim.ended.len() < ENDED_MAX {
                let candidates = candidates(transaction, (*channel, severity), free, now)?;
                let (found, before) = (candidates.len(), window.claim.steps.len());
                for candidate in candidates {
                    window.take(transaction, candidate, &mut handoffs)?;
                }
                let taken = window.claim.steps.len() - before;
                free -= taken;
                if taken == found {
                    // None was ended, so asking again finds nothing that was not seen.
                    break;
                }
            }
        }
    }
    Ok(window.claim)
}

/// A step that is due.
struct Candidate {
    row: StepRow,
    step: StepId,
    subscriber: SubscriberId,
    incident: String,
    position: u8,
    endpoint: Endpoint,
    endpoint_number: i64,
    message: i64,
    epoch: u32,
    attempts: u32,
    expires_at: Moment,
    try_for: Option<TimeDelta>,
    /// Why it must not leave, where a person or a bounce said so.
    barred: Option<String>,
}

fn candidates(
    transaction: &Transaction<'_>,
    (channel, severity): (Channel, Severity),
    free: usize,
    now: Moment,
) -> Result<Vec<Candidate>, Fault> {
    let mut statement = transaction.prepare_cached(
        "SELECT s.number, s.notice, s.id, p.id, i.origin, s.position, e.address, s.endpoint, s.message, s.epoch,
                s.attempts, s.expires_at, s.try_for,
                CASE WHEN p.removed_at IS NOT NULL THEN 'the subscriber left'
                     WHEN e.suppressed_at IS NOT NULL THEN e.suppressed_because
                     WHEN NOT EXISTS (SELECT 1 FROM contact c
                              WHERE c.subscriber = p.number AND c.endpoint = s.endpoint)
                         THEN 'the subscriber gave this address up' END
         FROM step s JOIN notice n ON n.number = s.notice JOIN subscriber p ON p.number = n.subscriber
              JOIN incident i ON i.number = n.incident JOIN endpoint e ON e.number = s.endpoint
         WHERE s.state = 1 AND s.channel = ?1 AND s.severity = ?2 AND s.due_at <= ?3
           AND NOT EXISTS (SELECT 1 FROM notice o JOIN step b ON b.notice = o.number
                   WHERE o.subscriber = n.subscriber AND o.incident = n.incident AND o.change < n.change
                     AND b.state <= 2)
         ORDER BY s.due_at, s.number LIMIT ?4",
    )?;
    let limit = i64::try_from(free).unwrap_or(i64::MAX);
    let mut rows = statement.query(params![
        channel_number(channel),
        severity_number(severity),
        milliseconds(now),
        limit
    ])?;
    let mut candidates = Vec::new();
    while let Some(row) = rows.next()? {
        candidates.push(candidate(row)?);
    }
    Ok(candidates)
}

fn candidate(row: &Row<'_>) -> Result<Candidate, Fault> {
    Ok(Candidate {
        row: StepRow { number: row.get(0)?, notice: row.get(1)? },
        step: StepId::from_stored(row.get::<_, String>(2)?),
        subscriber: SubscriberId::from_stored(row.get::<_, String>(3)?),
        incident: row.get(4)?,
        position: row.get(5)?,
        endpoint: endpoint(&row.get::<_, String>(6)?)?,
        endpoint_number: row.get(7)?,
        message: row.get(8)?,
        epoch: row.get(9)?,
        attempts: row.get(10)?,
        expires_at: moment(row.get(11)?)?,
        try_for: row.get::<_, Option<i64>>(12)?.map(TimeDelta::milliseconds),
        barred: row.get(13)?,
    })
}

/// One claim while it is being made.
struct Window<'a> {
    request: &'a ClaimRequest<'a>,
    now: Moment,
    claim: Claim,
    messages: HashMap<i64, Arc<Message>>,
}

impl Window<'_> {
    /// Takes a candidate, or ends it when it must not leave. `handoffs` counts per address within the hour.
    fn take(
        &mut self,
        transaction: &Transaction<'_>,
        candidate: Candidate,
        handoffs: &mut HashMap<i64, u32>,
    ) -> Result<(), Fault> {
        if let Some(reason) = &candidate.barred {
            let reason = reason.clone();
            return self.end(transaction, candidate, StepState::Suppressed, reason);
        }
        if candidate.expires_at <= self.now {
            let reason = "its time ran out before it could leave".to_owned();
            return self.end(transaction, candidate, StepState::Expired, reason);
        }
        self.watch(transaction, &candidate, handoffs)?;
        let epoch = candidate.epoch + 1;
        transaction
            .prepare_cached(
                "UPDATE step SET state = ?2, epoch = ?3, worker = ?4, lease_until = ?5, started_at = NULL
                 WHERE number = ?1 AND state = ?6",
            )?
            .execute(params![
                candidate.row.number,
                CLAIMED,
                epoch,
                self.request.worker,
                milliseconds(self.now + self.request.lease),
                PENDING
            ])?;
        let message = self.message(transaction, candidate.message)?;
        self.claim.steps.push(ClaimedStep {
            hold: Hold { step: candidate.step, epoch },
            subscriber: candidate.subscriber,
            incident: incident(&candidate.incident)?,
            position: candidate.position,
            endpoint: candidate.endpoint,
            message,
            attempts: candidate.attempts,
            expires_at: candidate.expires_at,
            try_for: candidate.try_for,
        });
        Ok(())
    }

    fn end(
        &mut self,
        transaction: &Transaction<'_>,
        candidate: Candidate,
        state: StepState,
        reason: String,
    ) -> Result<(), Fault> {
        let next = steps::end(transaction, candidate.row, state, Some(&reason), self.now)?;
        let Candidate { step, subscriber, endpoint, .. } = candidate;
        self.claim.ended.push(EndedStep { step, subscriber, endpoint, state, reason, next });
        Ok(())
    }

    /// The two alarms of the brake.
    fn watch(
        &self,
        transaction: &Transaction<'_>,
        candidate: &Candidate,
        handoffs: &mut HashMap<i64, u32>,
    ) -> Result<(), Fault> {
        if candidate.attempts > 0 && was_accepted(transaction, candidate.row.number)? {
            return Err(self.alarm(format!("step {} was accepted and is due again", candidate.step)));
        }
        let count = match handoffs.get(&candidate.endpoint_number) {
            Some(count) => *count,
            None => handoffs_within_the_hour(transaction, candidate.endpoint_number, self.now)?,
        };
        let max = self.request.handoffs_per_hour_max;
        if count >= max {
            return Err(self.alarm(format!(
                "more than {max} messages within an hour for one address of subscriber {}",
                candidate.subscriber
            )));
        }
        handoffs.insert(candidate.endpoint_number, count + 1);
        Ok(())
    }

    fn alarm(&self, reason: String) -> Fault {
        Fault::Alarm(Brake { reason, since: self.now })
    }

    fn message(&mut self, transaction: &Transaction<'_>, number: i64) -> Result<Arc<Message>, Fault> {
        if let Some(message) = self.messages.get(&number) {
            return Ok(Arc::clone(message));
        }
        let stored: String = transaction
            .prepare_cached("SELECT content FROM message WHERE number = ?1")?
            .query_row([number], |row| row.get(0))?;
        let message = Arc::new(read_message(&stored)?);
        self.messages.insert(number, Arc::clone(&message));
        Ok(message)
    }
}

/// Whether a provider ever took the step.
pub(super) fn was_accepted(transaction: &Transaction<'_>, step: i64) -> Result<bool, Fault> {
    Ok(transaction
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM attempt WHERE step = ?1 AND class = ?2)")?
        .query_row([step, class_number(ReplyClass::Accepted)], |row| row.get(0))?)
}

fn handoffs_within_the_hour(transaction: &Transaction<'_>, endpoint: i64, now: Moment) -> Result<u32, Fault> {
    let hour_ago = milliseconds(now - chrono::TimeDelta::hours(1));
    let handed_off: u32 = transaction
        .prepare_cached("SELECT COUNT(*) FROM attempt WHERE endpoint = ?1 AND ended_at > ?2 AND class = 0")?
        .query_row([endpoint, hour_ago], |row| row.get(0))?;
    Ok(handed_off)
}

//! Claiming: which steps leave now, and which must not leave any more.
//!
//! Promises: opt-outs, suppressed addresses and expiry are judged here, in the transaction that takes the step, and
//! nowhere earlier, and so are quiet hours; nothing is claimed for a person while an older change of the same incident
//! is unfinished; urgent steps come first, and among equals each change and the retries have their turns (`lanes.rs`).
//! A step whose key does not follow from its change, its subscriber, its channel and its place, or whose message's
//! bytes do not give its id, is damage: then nothing is claimed at all.
//!
//! What a claim means for a step is `chain`'s to say ([`Event::Claimed`]). A window of steps is taken by one statement all the
//! same; `ledger::tests::bulk` holds it against the chain from every state. Putting off and holding move no step.
//!
//! Several workers may claim at once. Each locks the steps it looks at and their addresses, and passes over what
//! another one has locked; what the brake watches is read after that, so nobody's handoffs are missed.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use chrono::TimeDelta;

use super::budget::{self, Budgets};
use super::columns::{
    CLAIMED, PENDING, TAKEN, channel_number, endpoint, milliseconds, moment, severity_number, small, step_key,
};
use super::lanes::{self, Lane};
use super::session::{Row, Values};
use super::steps::{self, Ended, StepRow};
use super::{Fault, Session, brake, message, overdue};
use crate::chain::Event;
use crate::ledger::stored::incident;
use crate::ledger::{Brake, Claim, ClaimRequest, ClaimedStep, EndedStep, HeldSteps, Hold};
use crate::model::Moment;
use crate::model::change::ChangeId;
use crate::model::channel::Channel;
use crate::model::endpoint::Endpoint;
use crate::model::message::Message;
use crate::model::notice::StepId;
use crate::model::phase::Severity;
use crate::model::subscriber::SubscriberId;

/// How many steps one claim ends or puts off at most, so that a backlog of expired ones is no long transaction.
const ENDED_MAX: usize = 1_000;

pub(super) fn claim(
    session: &mut Session<'_>,
    request: &ClaimRequest<'_>,
    now: Moment,
) -> Result<Claim, Fault> {
    brake::refuse(session)?;
    let asked = request.budgets.iter().filter(|(channel, _)| request.steps_max.contains_key(*channel));
    let budgets = budget::open(session, asked.map(|(channel, budget)| (*channel, *budget)), now)?;
    let (claim, messages) =
        (Claim { ended: overdue::end_watches(session, now)?, ..Claim::default() }, HashMap::new());
    let mut window = Window { request, now, claim, put_off: 0, messages, budgets, beyond: None };
    for (channel, steps_max) in &request.steps_max {
        let mut free = *steps_max;
        for severity in Severity::ALL.into_iter().rev() {
            free -= window.fill(session, (*channel, severity), free)?;
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
    /// The end of its quiet hours, where they are now.
    quiet_until: Option<Moment>,
    /// Why it must not leave, where a person or a bounce said so.
    barred: Option<String>,
}

/// The next due steps of a lane.
fn candidates(
    session: &mut Session<'_>,
    (channel, severity, lane): (Channel, Severity, Lane),
    free: usize,
    now: Moment,
) -> Result<Vec<Candidate>, Fault> {
    let text = due_in(lane);
    let text = session.locking(&text, "FOR UPDATE OF s, e SKIP LOCKED").into_owned();
    let limit = i64::try_from(free).unwrap_or(i64::MAX);
    let change = if let Lane::Fresh(change) = lane { change } else { 0 };
    let values = (channel_number(channel), severity_number(severity), milliseconds(now));
    let values: Values<'_> = &[&values.0, &values.1, &values.2, &limit, &change];
    session.rows(&text, values, |row| candidate(row, channel))
}

/// The statement for what is due in a lane. Each lane is a stretch of one partial index and read in its order:
/// thousands are due in the same millisecond, and must not be sorted for the sake of a few.
pub(super) fn due_in(lane: Lane) -> String {
    let lane = match lane {
        Lane::Fresh(_) => "s.attempts = 0 AND s.change = ?5",
        Lane::Again => "s.attempts > 0 AND s.change > ?5",
    };
    format!(
        "SELECT s.number, s.notice, c.id, p.id, i.origin, s.position, e.address, s.endpoint, s.message, s.epoch,
                s.attempts, s.expires_at, s.try_for,
                CASE WHEN p.removed_at IS NOT NULL THEN 'the subscriber left'
                     WHEN e.suppressed_at IS NOT NULL THEN e.suppressed_because
                     WHEN NOT EXISTS (SELECT 1 FROM contact c
                              WHERE c.subscriber = p.number AND c.endpoint = s.endpoint)
                         THEN 'the subscriber gave this address up' END,
                CASE WHEN s.quiet_from <= ?3 AND ?3 < s.quiet_until THEN s.quiet_until END, s.key
         FROM step s JOIN endpoint e ON e.number = s.endpoint LEFT JOIN notice n ON n.number = s.notice
              LEFT JOIN subscriber p ON p.number = n.subscriber LEFT JOIN incident i ON i.number = n.incident
              LEFT JOIN change c ON c.number = n.change AND c.incident = n.incident
         WHERE s.state = {PENDING} AND s.channel = ?1 AND s.severity = ?2 AND s.due_at <= ?3 AND {lane}
           AND NOT EXISTS (SELECT 1 FROM notice o JOIN step b ON b.notice = o.number
                   WHERE o.subscriber = n.subscriber AND o.incident = n.incident AND o.change < n.change
                     AND b.state <= {CLAIMED})
         ORDER BY s.due_at LIMIT ?4"
    )
}

fn candidate(row: &Row<'_>, channel: Channel) -> Result<Candidate, Fault> {
    let astray = Fault::Unreadable("notice of a step");
    let ids = (row.get::<Option<String>>(2)?, row.get::<Option<String>>(3)?, row.get::<Option<String>>(4)?);
    let (Some(change), Some(subscriber), Some(incident)) = ids else { return Err(astray) };
    let (change, subscriber) = (ChangeId::from_stored(change), SubscriberId::from_stored(subscriber));
    let position = small(row.get(5)?)?;
    let step = StepId::derive(&change, &subscriber, channel, position);
    if step_key(&step) != row.get::<i64>(15)? {
        return Err(astray);
    }
    Ok(Candidate {
        row: StepRow { number: row.get(0)?, notice: row.get(1)? },
        step,
        subscriber,
        incident,
        position,
        endpoint: endpoint(&row.get::<String>(6)?)?,
        endpoint_number: row.get(7)?,
        message: row.get(8)?,
        epoch: small(row.get(9)?)?,
        attempts: small(row.get(10)?)?,
        expires_at: moment(row.get(11)?)?,
        try_for: row.get::<Option<i64>>(12)?.map(TimeDelta::milliseconds),
        barred: row.get(13)?,
        quiet_until: row.get::<Option<i64>>(14)?.map(moment).transpose()?,
    })
}

/// One claim while it is being made.
struct Window<'a> {
    request: &'a ClaimRequest<'a>,
    now: Moment,
    claim: Claim,
    /// How many steps wait for the end of their quiet hours.
    put_off: usize,
    budgets: Budgets,
    /// Candidates that the budget has nothing left for, and why.
    beyond: Option<(Vec<Candidate>, String)>,
    messages: HashMap<i64, Arc<Message>>,
}

impl Window<'_> {
    /// Takes up to `free` steps, from each lane its share, and what one lane has not from the others. Returns how
    /// many it took.
    fn fill(
        &mut self,
        session: &mut Session<'_>,
        (channel, severity): (Channel, Severity),
        mut free: usize,
    ) -> Result<usize, Fault> {
        let wanted = free;
        if wanted == 0 {
            return Ok(0);
        }
        let mut lanes = lanes::lanes(session, channel, severity)?;
        while free > 0 && !lanes.is_empty() && self.may_go_on() {
            let mut longer = Vec::new();
            for (lane, share) in lanes.iter().zip(lanes::shares(&lanes, free, self.request.turn)) {
                let taken = self.take_from(session, (channel, severity, *lane), share)?;
                free -= taken;
                if taken == share {
                    longer.push(*lane);
                }
            }
            lanes = longer;
        }
        Ok(wanted - free)
    }

    /// Takes up to `share` steps of a lane. Fewer, where there are no more.
    fn take_from(
        &mut self,
        session: &mut Session<'_>,
        lane: (Channel, Severity, Lane),
        share: usize,
    ) -> Result<usize, Fault> {
        let mut free = share;
        while free > 0 && self.may_go_on() {
            let candidates = candidates(session, lane, free, self.now)?;
            let found = candidates.len();
            let taken = self.judge(session, candidates)?;
            free -= taken;
            self.hold(session, lane)?;
            if taken == found {
                // None was ended or put off, so asking again finds nothing that was not seen.
                break;
            }
        }
        Ok(share - free)
    }

    /// Whether the claim is not a long transaction yet.
    fn may_go_on(&self) -> bool {
        self.claim.ended.len() + self.put_off < ENDED_MAX
    }

    /// Takes the candidates, or ends those that must not leave and puts off those that must not leave now. Returns how
    /// many it took.
    fn judge(&mut self, session: &mut Session<'_>, candidates: Vec<Candidate>) -> Result<usize, Fault> {
        let mut taken = Vec::with_capacity(candidates.len());
        for candidate in candidates {
            if let Some(reason) = &candidate.barred {
                let reason = reason.clone();
                self.end(session, candidate, &Event::Barred, reason)?;
            } else if candidate.expires_at <= self.now {
                let reason = "its time ran out before it could leave".to_owned();
                self.end(session, candidate, &Event::TimeUp, reason)?;
            } else if let Some(until) = candidate.quiet_until {
                self.put_off(session, &candidate, until)?;
            } else if let Some(reason) = self.spend(session, &candidate)? {
                self.beyond.get_or_insert((Vec::new(), reason)).0.push(candidate);
            } else {
                taken.push(candidate);
            }
        }
        if taken.is_empty() {
            return Ok(0);
        }
        self.watch(session, &taken)?;
        let numbers = listed(taken.iter().map(|candidate| candidate.row.number));
        session.execute_once(
            &format!(
                "UPDATE step SET state = ?1, epoch = epoch + 1, worker = ?2, lease_until = ?3, started_at = NULL,
                     held = 0, reason = NULL WHERE number IN ({numbers})"
            ),
            &[&CLAIMED, &self.request.worker, &milliseconds(self.now + self.request.lease)],
        )?;
        let count = taken.len();
        for candidate in taken {
            self.take(session, candidate)?;
        }
        Ok(count)
    }

    /// Spends one message of the candidate's channel; the reason why not, where nothing is left.
    fn spend(&mut self, session: &mut Session<'_>, candidate: &Candidate) -> Result<Option<String>, Fault> {
        match self.budgets.get_mut(&candidate.endpoint.channel()) {
            Some(left) => left.spend(session, &candidate.incident),
            None => Ok(None),
        }
    }

    /// Holds what the budget has nothing left for, with more of its lane.
    fn hold(&mut self, session: &mut Session<'_>, lane: (Channel, Severity, Lane)) -> Result<(), Fault> {
        let Some((candidates, reason)) = self.beyond.take() else { return Ok(()) };
        let numbers: Vec<i64> = candidates.iter().map(|candidate| candidate.row.number).collect();
        let count = budget::hold(session, lane, &numbers, &reason, self.now)?;
        if let Some(Candidate { step, subscriber, endpoint, .. }) = candidates.into_iter().next() {
            self.claim.held.push(HeldSteps { step, subscriber, endpoint, count, reason });
        }
        Ok(())
    }

    fn take(&mut self, session: &mut Session<'_>, candidate: Candidate) -> Result<(), Fault> {
        let message = self.message(session, candidate.message)?;
        self.claim.steps.push(ClaimedStep {
            hold: Hold { step: candidate.step, number: candidate.row.number, epoch: candidate.epoch + 1 },
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

    /// Leaves a step alone until its quiet hours end. It lives longer by what it waits.
    fn put_off(
        &mut self,
        session: &mut Session<'_>,
        candidate: &Candidate,
        until: Moment,
    ) -> Result<(), Fault> {
        let expires_at = candidate.expires_at + (until - self.now);
        session.execute(
            "UPDATE step SET due_at = ?2, expires_at = ?3 WHERE number = ?1",
            &[&candidate.row.number, &milliseconds(until), &milliseconds(expires_at)],
        )?;
        self.put_off += 1;
        Ok(())
    }

    fn end(
        &mut self,
        session: &mut Session<'_>,
        candidate: Candidate,
        event: &Event,
        reason: String,
    ) -> Result<(), Fault> {
        let Candidate { row, step, subscriber, endpoint, .. } = candidate;
        let ended = steps::end(session, row, event, &reason, self.now)?;
        let Some(Ended { state, next }) = ended else { return Err(Fault::Unreadable("state of a step")) };
        self.claim.ended.push(EndedStep { step, subscriber, endpoint, state, reason, next });
        Ok(())
    }

    /// The two alarms of the brake.
    fn watch(&self, session: &mut Session<'_>, taken: &[Candidate]) -> Result<(), Fault> {
        let accepted = accepted(session, taken)?;
        let mut handoffs = handoffs_within_the_hour(session, taken, self.now)?;
        let max = i64::from(self.request.handoffs_per_hour_max);
        for candidate in taken {
            if accepted.contains(&candidate.row.number) {
                return Err(self.alarm(format!("step {} was accepted and is due again", candidate.step)));
            }
            let count = handoffs.entry(candidate.endpoint_number).or_default();
            if *count >= max {
                return Err(self.alarm(format!(
                    "more than {max} messages within an hour for one address of subscriber {}",
                    candidate.subscriber
                )));
            }
            *count += 1;
        }
        Ok(())
    }

    fn alarm(&self, reason: String) -> Fault {
        Fault::Alarm(Brake { reason, since: self.now })
    }

    fn message(&mut self, session: &mut Session<'_>, number: i64) -> Result<Arc<Message>, Fault> {
        if let Some(message) = self.messages.get(&number) {
            return Ok(Arc::clone(message));
        }
        let message = Arc::new(message::read(session, number)?);
        self.messages.insert(number, Arc::clone(&message));
        Ok(message)
    }
}

/// Which of the candidates a provider took before.
fn accepted(session: &mut Session<'_>, taken: &[Candidate]) -> Result<HashSet<i64>, Fault> {
    let tried = taken.iter().filter(|candidate| candidate.attempts > 0);
    let tried: BTreeSet<i64> = tried.map(|candidate| candidate.row.number).collect();
    if tried.is_empty() {
        return Ok(HashSet::new());
    }
    let text =
        format!("SELECT step, number FROM attempt WHERE class = {TAKEN} AND step IN ({})", listed(tried));
    Ok(session.pairs_once(&text, &[])?.into_iter().map(|(step, _)| step).collect())
}

/// How many handoffs each address of the candidates had within the hour, those under way included.
fn handoffs_within_the_hour(
    session: &mut Session<'_>,
    taken: &[Candidate],
    now: Moment,
) -> Result<HashMap<i64, i64>, Fault> {
    let addresses: BTreeSet<i64> = taken.iter().map(|candidate| candidate.endpoint_number).collect();
    let addresses = listed(addresses);
    let text = format!(
        "SELECT endpoint, COUNT(*) FROM (
             SELECT endpoint FROM attempt WHERE class = {TAKEN} AND ended_at > ?1 AND endpoint IN ({addresses})
             UNION ALL SELECT endpoint FROM step WHERE state = {CLAIMED} AND endpoint IN ({addresses})
         ) AS handoff GROUP BY endpoint"
    );
    let hour_ago = milliseconds(now - TimeDelta::hours(1));
    Ok(session.pairs_once(&text, &[&hour_ago])?.into_iter().collect())
}

/// Numbers as a list in a statement's text; both databases read that faster than a parameter each.
fn listed(numbers: impl IntoIterator<Item = i64>) -> String {
    numbers.into_iter().map(|number| number.to_string()).collect::<Vec<_>>().join(", ")
}

//! Claims due steps, and ends those that must not be sent any more.
//!
//! Promises: opt-outs, suppressed addresses, expiry, quiet hours and the pace of an address are checked in the transaction
//! that claims the step; nothing is claimed for a subscriber while an older change of the same incident is unfinished;
//! urgent steps come first, and among equals each change and the retries have their turns (`lanes.rs`). A step with a wrong
//! key (`candidates.rs`), or with a message whose bytes do not give its id, is damage: then nothing is claimed at all.
//!
//! `chain` decides the effect of a claim on a step ([`Event::Claimed`]). For speed, one statement claims a whole window;
//! `ledger::tests::bulk` compares it with the chain in every state. Putting off and holding do not change the state of a
//! step.
//!
//! Several workers may claim at once. Each locks the steps it reads and their addresses, and skips what another one has
//! locked; the conditions of the brake are read after that, so no worker's handoffs are missed.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use super::budget::{self, Budgets};
use super::candidates::{Candidate, candidates};
use super::columns::{CLAIMED, TAKEN, listed, milliseconds};
use super::fault::LedgerFault;
use super::lanes::{self, ClaimQueue};
use super::pace::Pace;
use super::session::Session;
use super::steps::{self, Ended, Loaded};
use super::withdrawal::{self, Withdrawn};
use super::{brake, message, overdue, reports};
use crate::chain::{Event, WITHDRAWN, WITHDRAWN_IN_DOUBT};
use crate::ledger::stored::incident;
use crate::ledger::{Brake, Claim, ClaimRequest, ClaimedStep, EndedStep, LeaseToken, StepsOnHold};
use crate::model::Moment;
use crate::model::brake::BrakeCause;
use crate::model::channel::Channel;
use crate::model::message::Message;
use crate::model::notice::StepState;
use crate::model::phase::Severity;

/// How many steps one claim ends or puts off at most, so that a backlog of expired ones is no long transaction.
const ENDED_MAX: usize = 1_000;

pub(super) fn claim(
    session: &mut Session<'_>,
    request: &ClaimRequest<'_>,
    now: Moment,
) -> Result<Claim, LedgerFault> {
    brake::refuse(session)?;
    let asked = request.budgets.iter().filter(|(channel, _)| request.steps_max.contains_key(*channel));
    let budgets = budget::open(session, asked.map(|(channel, budget)| (*channel, *budget)), now)?;
    let (claim, messages) =
        (Claim { ended: overdue::end_watches(session, now)?, ..Claim::default() }, HashMap::new());
    let withdrawn = withdrawal::read(session)?;
    let mut window = Window { request, now, claim, put_off: 0, messages, budgets, withdrawn, beyond: None };
    let places = lanes::places(session)?;
    let is_busy = |channel: Channel| !channel.is_for_places() || places.contains(&channel);
    for (channel, steps_max) in request.steps_max.iter().filter(|(channel, _)| is_busy(**channel)) {
        let mut free = *steps_max;
        for severity in Severity::ALL.into_iter().rev() {
            free -= window.fill(session, (*channel, severity), free)?;
        }
    }
    Ok(window.claim)
}

/// One claim while it is being made.
struct Window<'a> {
    request: &'a ClaimRequest<'a>,
    now: Moment,
    claim: Claim,
    /// How many steps wait for the end of their quiet hours.
    put_off: usize,
    budgets: Budgets,
    withdrawn: Withdrawn,
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
    ) -> Result<usize, LedgerFault> {
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

    /// Takes up to `share` steps of a lane. Fewer, if there are no more.
    fn take_from(
        &mut self,
        session: &mut Session<'_>,
        lane: (Channel, Severity, ClaimQueue),
        share: usize,
    ) -> Result<usize, LedgerFault> {
        let mut free = share;
        while free > 0 && self.may_go_on() {
            let candidates = candidates(session, lane, free, self.now)?;
            let found = candidates.len();
            let taken = self.judge(session, (lane.0, lane.1), candidates)?;
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
    fn judge(
        &mut self,
        session: &mut Session<'_>,
        (channel, severity): (Channel, Severity),
        candidates: Vec<Candidate>,
    ) -> Result<usize, LedgerFault> {
        let mut taken = Vec::with_capacity(candidates.len());
        let mut pace = Pace::count(session, &candidates, self.request.handoffs_per_hour_max, self.now)?;
        for mut candidate in candidates {
            if self.withdrawn.get(&candidate.incident).is_some_and(|last| candidate.change <= *last) {
                let reason = if candidate.doubts > 0 { WITHDRAWN_IN_DOUBT } else { WITHDRAWN };
                let reason = reason.to_owned();
                self.end(session, channel, candidate, &Event::Withdrawn, (reason, true))?;
            } else if let Some(barred) = candidate.barred.take() {
                let by_wish = barred.is_wish();
                self.end(session, channel, candidate, &Event::Suppressed, (barred.reason(), by_wish))?;
            } else if candidate.endpoint.is_none() {
                let reason = format!("address {} of the ledger cannot be read", candidate.endpoint_number);
                self.end(session, channel, candidate, &Event::Suppressed, (reason, false))?;
            } else if candidate.expires_at <= self.now {
                let known = if candidate.doubts > 0 { "may have been sent; " } else { "" };
                let what = if candidate.lives_until() > self.now { "its turn was over" } else { "expired" };
                let reason = format!("{known}{what} before it could be sent");
                self.end(session, channel, candidate, &Event::DeadlineReached, (reason, false))?;
            } else if let Some(until) = candidate.quiet_until {
                self.put_off(session, &candidate, until, None)?;
            } else if let Some((until, reason)) = pace.hold(session, &candidate)? {
                self.put_off(session, &candidate, until, Some(reason))?;
            } else if let Some(reason) = self.spend(session, channel, &candidate)? {
                self.beyond.get_or_insert((Vec::new(), reason)).0.push(candidate);
            } else {
                pace.take(&candidate);
                taken.push(candidate);
            }
        }
        if taken.is_empty() {
            return Ok(0);
        }
        self.watch(session, &taken)?;
        let numbers = listed(taken.iter().map(|candidate| candidate.row.number));
        let started_at = self.is_start(channel, &taken).then_some(milliseconds(self.now));
        // Its turn has come: from now on its limit runs, also while it waits for a connection (`chain::Step`).
        session.execute_once(
            &format!(
                "UPDATE step SET state = ?1, epoch = epoch + 1, worker = ?2, lease_until = ?3, started_at = ?5,
                     held = 0, reason = NULL,
                     expires_at = CASE WHEN spare IS NULL AND ?4 + try_for < expires_at
                                       THEN ?4 + try_for ELSE expires_at END,
                     spare = CASE WHEN spare IS NOT NULL OR try_for IS NULL THEN spare
                                  WHEN ?4 + try_for < expires_at THEN expires_at - ?4 - try_for ELSE 0 END
                 WHERE number IN ({numbers})"
            ),
            &[
                &CLAIMED,
                &self.request.worker,
                &milliseconds(self.now + self.request.lease),
                &milliseconds(self.now),
                &started_at,
            ],
        )?;
        let count = taken.len();
        for candidate in taken {
            self.take(session, candidate, severity, started_at.is_some())?;
        }
        Ok(count)
    }

    /// Whether the claim of these is the start of their handoff as well: what may be handed off again needs no mark of its own.
    fn is_start(&self, channel: Channel, taken: &[Candidate]) -> bool {
        let repeats = |candidate: &Candidate| candidate.repeats.holds(channel, false);
        self.request.at_once.contains(&channel) && taken.iter().all(repeats)
    }

    /// Spends one message of the channel; the reason why not, if nothing is left.
    fn spend(
        &mut self,
        session: &mut Session<'_>,
        channel: Channel,
        candidate: &Candidate,
    ) -> Result<Option<String>, LedgerFault> {
        match self.budgets.get_mut(&channel) {
            Some(left) => left.spend(session, &candidate.incident),
            None => Ok(None),
        }
    }

    /// Holds what the budget has nothing left for, with more of its lane.
    fn hold(
        &mut self,
        session: &mut Session<'_>,
        lane: (Channel, Severity, ClaimQueue),
    ) -> Result<(), LedgerFault> {
        let Some((candidates, reason)) = self.beyond.take() else { return Ok(()) };
        let numbers: Vec<i64> = candidates.iter().map(|candidate| candidate.row.number).collect();
        let count = budget::hold(session, lane, &numbers, &reason, self.now)?;
        if let Some(Candidate { step, subscriber, incident: origin, endpoint: Some(endpoint), .. }) =
            candidates.into_iter().next()
        {
            let incident = incident(&origin)?;
            self.claim.held.push(StepsOnHold { step, subscriber, incident, endpoint, count, reason });
        }
        Ok(())
    }

    fn take(
        &mut self,
        session: &mut Session<'_>,
        candidate: Candidate,
        severity: Severity,
        is_started: bool,
    ) -> Result<(), LedgerFault> {
        let message = self.message(session, candidate.message)?;
        let expires_at = candidate.step_limit_at(self.now);
        let provider_until = if candidate.is_followed { expires_at } else { candidate.lives_until() };
        let endpoint = candidate.endpoint.ok_or(LedgerFault::Unreadable("address"))?;
        let incident = incident(&candidate.incident)?;
        let thread = match endpoint.place() {
            Some(place) => reports::thread(session, &endpoint, place.provider(), &incident)?,
            None => None,
        };
        let once = !candidate.repeats.holds(endpoint.channel(), thread.is_some());
        self.claim.steps.push(ClaimedStep {
            hold: LeaseToken {
                step: candidate.step,
                number: candidate.row.number,
                epoch: candidate.epoch + 1,
                once,
            },
            subscriber: candidate.subscriber,
            incident,
            position: candidate.position,
            repeats: candidate.repeats,
            thread,
            endpoint,
            message,
            attempts: candidate.attempts,
            doubts: candidate.doubts,
            doubted: candidate.doubted,
            severity,
            expires_at,
            provider_until,
            is_started,
        });
        Ok(())
    }

    /// Leaves a step alone until its quiet hours end, or the pace of its address allows it. It lives longer by what it waits.
    fn put_off(
        &mut self,
        session: &mut Session<'_>,
        candidate: &Candidate,
        until: Moment,
        reason: Option<String>,
    ) -> Result<(), LedgerFault> {
        if candidate.try_for.is_some() {
            let mut notice = Loaded::within(session, candidate.row)?;
            notice.happen(&Event::PutOff { until }, self.now);
            notice.write(session, reason.as_deref())?;
            self.put_off += 1;
            return Ok(());
        }
        let expires_at = candidate.expires_at + (until - self.now);
        session.execute(
            "UPDATE step SET due_at = ?2, expires_at = ?3, reason = ?4 WHERE number = ?1",
            &[&candidate.row.number, &milliseconds(until), &milliseconds(expires_at), &reason],
        )?;
        self.put_off += 1;
        Ok(())
    }

    fn end(
        &mut self,
        session: &mut Session<'_>,
        channel: Channel,
        candidate: Candidate,
        event: &Event,
        (reason, by_wish): (String, bool),
    ) -> Result<(), LedgerFault> {
        let Candidate { row, step, subscriber, incident: origin, endpoint, .. } = candidate;
        let ended = steps::end(session, row, event, &reason, self.now)?;
        let Some(Ended { state, next }) = ended else {
            return Err(LedgerFault::Unreadable("state of a step"));
        };
        if state == StepState::Pending {
            // No other step has a turn: it has the next one itself.
            self.put_off += 1;
            return Ok(());
        }
        self.claim.ended.push(EndedStep {
            step,
            subscriber,
            incident: incident(&origin)?,
            channel,
            endpoint,
            state,
            reason,
            by_wish,
            next,
        });
        Ok(())
    }

    /// The alarm of the brake.
    fn watch(&self, session: &mut Session<'_>, taken: &[Candidate]) -> Result<(), LedgerFault> {
        let accepted = accepted(session, taken)?;
        match taken.iter().find(|candidate| accepted.contains(&candidate.row.number)) {
            Some(candidate) => {
                let reason = format!(
                    "step {} of subscriber {} is due again although it was already accepted",
                    candidate.step, candidate.subscriber
                );
                let brake = Brake { reason, cause: BrakeCause::AcceptedTwice, since: self.now };
                Err(LedgerFault::Alarm { brake, changes: Vec::new() })
            }
            None => Ok(()),
        }
    }

    fn message(&mut self, session: &mut Session<'_>, number: i64) -> Result<Arc<Message>, LedgerFault> {
        if let Some(message) = self.messages.get(&number) {
            return Ok(Arc::clone(message));
        }
        let message = Arc::new(message::read(session, number)?);
        self.messages.insert(number, Arc::clone(&message));
        Ok(message)
    }
}

/// Which of the candidates a provider took before.
fn accepted(session: &mut Session<'_>, taken: &[Candidate]) -> Result<HashSet<i64>, LedgerFault> {
    let tried = taken.iter().filter(|candidate| candidate.attempts > 0);
    let tried: BTreeSet<i64> = tried.map(|candidate| candidate.row.number).collect();
    if tried.is_empty() {
        return Ok(HashSet::new());
    }
    let text =
        format!("SELECT step, number FROM attempt WHERE class = {TAKEN} AND step IN ({})", listed(tried));
    Ok(session.pairs_once(&text, &[])?.into_iter().map(|(step, _)| step).collect())
}

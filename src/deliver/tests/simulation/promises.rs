//! What the simulation itself knows of every step, and what must hold whenever something happens to one.
//!
//! It never asks the ledger: it hears of each operation when it is done, of each call of a provider and of each
//! fault, and keeps its own account. The first promise that breaks is kept.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use chrono::TimeDelta;

use super::fact::{Fact, Held};
use super::storms::Judged;
use super::trace::Trace;
use crate::chain::DOUBTS_MAX;
use crate::ledger::{
    Attempt, AttemptResult, Claim, EndedStep, LeaseToken, PlanRequest, Planning, Recovered, Settled,
};
use crate::model::Moment;
use crate::model::announced::Baseline;
use crate::model::change::{ChangeId, ChangeKind};
use crate::model::channel::Channel;
use crate::model::endpoint::Endpoint;
use crate::model::incident::IncidentId;
use crate::model::notice::{Notice, StepId, StepState};
use crate::model::reply::ReplyClass;
use crate::model::report::{Evidence, ReceiptStatus};
use crate::model::subscriber::SubscriberId;

#[derive(Default)]
pub(super) struct Promises {
    pub(super) facts: BTreeMap<StepId, Fact>,
    pub(super) trace: Trace,
    /// The steps that providers gave an id of their own, by that id.
    pub(super) given: BTreeMap<String, StepId>,
    /// What was reported of messages that no answer named yet, by their provider's id.
    pub(super) unheard: BTreeMap<String, Vec<ReceiptStatus>>,
    /// Every report that came in: its provider, what it is of, and what it says.
    pub(super) reported: BTreeSet<(String, String, ReceiptStatus)>,
    /// The first that was broken.
    pub(super) broken: Option<String>,
    /// How often each rare thing happened.
    pub(super) reached: BTreeMap<&'static str, u64>,
    pub(super) left: BTreeSet<SubscriberId>,
    /// Addresses that may not be used: refused, or bounced.
    pub(super) stopped: BTreeSet<Endpoint>,
    /// Those among them that bounced.
    pub(super) bounced: BTreeSet<Endpoint>,
    /// What providers refused and accepted.
    pub(super) judged: Vec<Judged>,
    pub(super) braked: bool,
    /// By how much the machine's clock was set, and nobody has noticed yet.
    pub(super) unnoticed: TimeDelta,
    /// The time since the boot at the last look.
    pub(super) looked: Option<Duration>,
    /// Workers that are no more.
    pub(super) dead: BTreeSet<String>,
    pub(super) baseline: Baseline,
    changes: BTreeMap<ChangeId, u32>,
    /// The newest change whose handoff began, by person and incident.
    pub(super) begun: BTreeMap<(SubscriberId, IncidentId), u32>,
}

impl Promises {
    pub(super) fn hold(&mut self, holds: bool, promise: impl FnOnce() -> String) {
        if !holds && self.broken.is_none() {
            let promise = promise();
            self.trace.note(format!("BROKEN: {promise}"));
            self.broken = Some(promise);
        }
    }

    pub(super) fn reach(&mut self, what: &'static str) {
        *self.reached.entry(what).or_default() += 1;
    }

    pub(super) fn planned(&mut self, request: &PlanRequest<'_>, planning: Planning, now: Moment) {
        self.trace.note(format!("plan {planning:?}"));
        let current = *request.base == self.baseline;
        if planning == Planning::Conflict {
            self.reach("a planner was overtaken");
            return self.hold(!current, || "a planner was overtaken by nobody".to_owned());
        }
        self.hold(current, || "planned against a baseline that had moved".to_owned());
        self.hold(!self.braked, || "planned while the brake was on".to_owned());
        self.baseline = request.difference.announced.clone();
        for change in &request.difference.changes {
            let order = u32::try_from(self.changes.len()).unwrap();
            if self.changes.insert(change.id.clone(), order).is_some() {
                continue;
            }
            let opens_or_ends = change.what.iter().any(ChangeKind::opens_or_ends);
            for notice in request.notices.notices.iter().filter(|notice| notice.change == change.id) {
                self.replace(notice);
                for step in &notice.steps {
                    let fact = Fact { opens_or_ends, ..Fact::new(notice, step, order, now) };
                    self.facts.insert(notice.step_id(step), fact);
                }
            }
        }
    }

    fn replace(&mut self, notice: &Notice) {
        let older = self.facts.values().filter(|fact| fact.is_about(&notice.subscriber, &notice.incident));
        if older.into_iter().any(|fact| fact.held.is_some()) {
            self.reach("superseded while claimed");
        }
    }

    pub(super) fn claimed(&mut self, worker: &str, claim: &Claim, lease: TimeDelta, now: Moment) {
        if claim.steps.is_empty() && claim.ended.is_empty() {
            return;
        }
        self.trace.note(format!("{now} {worker} claims {}, ends {}", claim.steps.len(), claim.ended.len()));
        self.hold(!self.braked, || "claimed while the brake was on".to_owned());
        for step in &claim.steps {
            let (id, epoch) = (&step.hold.step, step.hold.epoch);
            let left = self.left.contains(&step.subscriber) || self.stopped.contains(&step.endpoint);
            self.hold(!left, || format!("{id} was claimed for an address that may not be used"));
            let Some(fact) = self.facts.get_mut(id) else {
                return self.hold(false, || format!("{id} was claimed and never planned"));
            };
            let held = Held::new(worker, step, now + lease);
            let mine = (fact.subscriber.clone(), fact.incident.clone(), fact.order);
            let before = fact.held.replace(held);
            let (newer, doubt) = (epoch > fact.epoch, fact.in_doubt);
            fact.epoch = fact.epoch.max(epoch);
            let in_turn = fact.begin_trying(step.expires_at, now);
            let fresh = fact.expires_at > now;
            fact.endpoint = Some(step.endpoint.clone());
            self.hold(in_turn, || format!("{id} may be handed off for too long"));
            self.hold(before.is_none(), || format!("{id} was claimed while it was held"));
            self.hold(newer, || format!("{id} was claimed under an epoch of before"));
            self.hold(fresh, || format!("{id} was claimed after it expired"));
            self.hold(!doubt, || format!("{id} is in doubt and was claimed"));
            let replaced =
                self.facts.values().any(|fact| fact.is_about(&mine.0, &mine.1) && fact.order > mine.2);
            self.hold(!replaced, || format!("{id} was claimed after a newer change was planned"));
            if step.is_started {
                self.reach("a claim was the start of a handoff");
                self.check_order(id);
            }
        }
        for ended in &claim.ended {
            let fresh = self.facts.get(&ended.step).is_none_or(|fact| fact.expires_at > now);
            let watched = self.facts.get(&ended.step).is_some_and(Fact::is_watched);
            if ended.state == StepState::Waiting {
                self.reach("a step gave way when its turn was over");
                self.hold(!fresh && ended.next.is_some(), || format!("{} gave way too early", ended.step));
                continue;
            }
            if watched {
                self.gives_way(&ended.step);
            }
            let doubts = self.facts.get(&ended.step).map_or(0, |fact| fact.doubts);
            let told = self.facts.get(&ended.step).is_some_and(|fact| !fact.reports.is_empty());
            match ended.state {
                StepState::Suppressed => self.reach("an opt-out or a bounce was found in the claim"),
                StepState::InDoubt if !watched => {
                    self.reach("in doubt, and its time ran out");
                    self.hold(doubts > 0 && !fresh, || format!("{} was given up too early", ended.step));
                }
                StepState::InDoubt => {
                    self.reach("in doubt for want of a report");
                    self.hold(!fresh, || format!("{} was given up too early", ended.step));
                }
                StepState::Expired => {
                    self.reach(if watched { "no report came in time" } else { "expired before its claim" });
                    self.hold(!fresh, || format!("{} was expired too early", ended.step));
                }
                StepState::Dead | StepState::Rejected if watched && told => {
                    self.reach("a report was heard when the wait for it was over");
                }
                state => self.hold(false, || format!("a claim ended {} as {state:?}", ended.step)),
            }
        }
    }

    pub(super) fn started(
        &mut self,
        worker: &str,
        hold: &LeaseToken,
        stands: bool,
        lease: TimeDelta,
        now: Moment,
    ) {
        let id = &hold.step;
        self.trace.note(format!("{now} {worker} starts {id}/{}: {stands}", hold.epoch));
        if !stands {
            return self.reach("a start was refused");
        }
        self.hold(!self.braked, || format!("{id} was started while the brake was on"));
        self.check_order(id);
        let Some(fact) = self.facts.get_mut(id) else { return };
        let (expires_at, told, left) =
            (fact.expires_at, fact.accepted > 0, self.left.contains(&fact.subscriber));
        let waited = std::mem::take(&mut fact.asked_to_wait);
        let held = fact.held.as_mut().filter(|held| held.is(worker, hold) && held.until > now);
        let stands = held.is_some();
        let opted_out = held.is_some_and(|held| {
            held.started = true;
            held.until = now + lease;
            held.left_since || left
        });
        self.hold(stands, || format!("{worker} started {id} without holding it"));
        self.hold(!told, || format!("{id} was started again after it was accepted"));
        self.hold(now < expires_at, || format!("{id} was started after it expired"));
        if opted_out {
            self.reach("opted out between claim and start");
        }
        if waited {
            self.reach("sent again after the wait a provider asked for");
        }
    }

    /// Per person and incident handoffs begin in the order of the changes, and one after the other.
    pub(super) fn settled(
        &mut self,
        worker: &str,
        hold: &LeaseToken,
        attempt: &Attempt,
        verdict: AttemptResult,
        settled: Settled,
    ) {
        let (id, class) = (&hold.step, attempt.reply.class);
        self.trace
            .note(format!("{} {worker} settles {id} {class:?} {verdict:?}: {settled:?}", attempt.ended_at));
        self.message_known(id, attempt.reply.reference.as_deref());
        self.judge(hold, attempt);
        let Some(fact) = self.facts.get_mut(id) else { return };
        let held = fact.is_held(worker, hold);
        let outrun = fact.outrun.take_if(|held| held.is(worker, hold)).is_some();
        fact.accepted += u32::from(class == ReplyClass::Accepted);
        let again = fact.accepted > 1 && class == ReplyClass::Accepted;
        self.braked |= again;
        if again {
            self.reach("accepted twice, and braked");
        }
        let Settled::Stands { state, next } = settled else {
            self.reach("a stale settle");
            if class == ReplyClass::Accepted {
                self.reach("a late acceptance");
                // Anyone else who holds it has nothing left to do.
                self.known_to_be_taken(id);
                if let Some(fact) = self.facts.get_mut(id) {
                    fact.held = None;
                }
            }
            return self.hold(!held, || format!("{worker} held {id}, and its settle was stale"));
        };
        self.hold(held || outrun, || format!("{worker} did not hold {id}, and its settle stands"));
        self.settled_with_reports(id, verdict, settled);
        if verdict == AttemptResult::NextProvider && state == StepState::Claimed {
            return self.reach("the next provider was called");
        }
        if let Some(fact) = self.facts.get_mut(id) {
            fact.held = None;
            self.stopped.extend(fact.endpoint.clone().filter(|_| class == ReplyClass::AddressRejected));
            fact.doubts += u32::from(class == ReplyClass::Ambiguous);
            fact.in_doubt |= class == ReplyClass::Ambiguous && fact.channel == Channel::Text;
            fact.refused |= matches!(class, ReplyClass::AddressRejected | ReplyClass::ContentRejected);
            fact.due_at = verdict.due_at();
            fact.asked_to_wait |= attempt.reply.retry_after.is_some() && state == StepState::Pending;
        }
        let doubts = self.facts.get(id).map_or(0, |fact| fact.doubts);
        let again = class == ReplyClass::Ambiguous && state == StepState::Pending;
        self.hold(!again || doubts < DOUBTS_MAX, || format!("{id} is tried again after {doubts} doubts"));
        match (verdict, state) {
            (AttemptResult::InDoubt, _) if doubts == DOUBTS_MAX => self.reach("given up after three doubts"),
            (AttemptResult::Retry { .. }, StepState::Superseded) => self.reach("a retry was superseded"),
            (AttemptResult::Expired { .. }, _) if next.is_some() => {
                self.reach("the next channel took over at its limit")
            }
            (AttemptResult::InDoubt, _) if next.is_some() => {
                self.reach("the next channel took over from a doubt")
            }
            _ => {}
        }
    }

    pub(super) fn given_back(&mut self, worker: &str, hold: &LeaseToken, due: Moment, now: Moment) {
        self.trace.note(format!("{now} {worker} gives {} back until {due}", hold.step));
        if let Some(fact) = self.facts.get_mut(&hold.step).filter(|fact| fact.is_held(worker, hold)) {
            fact.held = None;
            fact.due_at = Some(due);
        }
    }

    /// Steps of a channel that cannot be used were ended: none that someone holds, and none that is a chain's last.
    pub(super) fn passed_over(&mut self, worker: &str, passed: &[EndedStep], now: Moment) {
        for ended in passed {
            self.trace.note(format!("{now} {worker} passes over {}: {}", ended.step, ended.reason));
            self.reach("a channel was passed over");
            self.hold(ended.next.is_some(), || format!("{} was the last of its chain", ended.step));
            let held = self.facts.get(&ended.step).is_some_and(|fact| fact.held.is_some());
            self.hold(!held, || format!("{} was passed over while it was held", ended.step));
        }
    }

    pub(super) fn recovered(&mut self, worker: &str, recovered: &Recovered, now: Moment) {
        let freed = recovered.untouched + recovered.again + recovered.watched + recovered.ended.len() as u64;
        let mut expected = 0;
        let mut robbed = None;
        let mut taken_over = 0;
        for (id, fact) in &mut self.facts {
            let Some(held) = fact.held.take_if(|held| held.until <= now) else { continue };
            expected += 1;
            fact.in_doubt |= held.started && fact.channel == Channel::Text && fact.accepted == 0;
            fact.doubts += u32::from(held.started);
            if held.started && fact.faults == 0 {
                robbed = Some(id.clone());
            }
            taken_over += u64::from(held.started && !self.dead.contains(&held.worker));
            // It is watched from now on, and if a report ends that, the answer of who held it is no news.
            let watched = held.started && fact.channel == Channel::Text && fact.success > Evidence::Accepted;
            fact.outrun = Some(held).filter(|_| watched);
        }
        if freed > 0 || expected > 0 {
            self.trace.note(format!("{now} {worker} recovers {recovered:?}"));
        }
        if taken_over > 0 {
            self.reach("taken over during a send");
        }
        self.hold(freed == expected, || {
            format!("{freed} steps were freed, and {expected} leases had run out")
        });
        self.hold(robbed.is_none(), || {
            format!("{robbed:?} was taken from a worker that nothing had happened to")
        });
    }

    pub(super) fn abandoned(&mut self, worker: &str, now: Moment) {
        for held in self.facts.values_mut().filter_map(|fact| fact.held.as_mut()) {
            if held.worker == worker {
                held.until = held.until.min(now);
            }
        }
    }

    /// Something happened to a worker, or to all of them: what it was handing off is uncertain from now on.
    pub(super) fn struck(&mut self, worker: Option<&str>) {
        for fact in self.facts.values_mut() {
            let hit = |held: &Held| held.started && worker.is_none_or(|worker| held.worker == worker);
            fact.faults += u32::from(fact.held.as_ref().is_some_and(hit));
        }
    }

    /// A provider leaves it open whether it took a step.
    pub(super) fn doubt(&mut self, id: &StepId) {
        if let Some(fact) = self.facts.get_mut(id) {
            fact.faults += 1;
        }
    }

    pub(super) fn died(&mut self, worker: &str) {
        let lost = |fact: &Fact| {
            let held = fact.held.as_ref().is_some_and(|held| held.worker == worker && held.started);
            held && fact.taken > fact.accepted
        };
        if self.facts.values().any(lost) {
            self.reach("a crash between handoff and settle");
        }
        self.struck(Some(worker));
        self.dead.insert(worker.to_owned());
    }

    pub(super) fn opted_out(&mut self, who: &SubscriberId) {
        self.left.insert(who.clone());
        for fact in self.facts.values_mut().filter(|fact| fact.subscriber == *who) {
            if let Some(held) = &mut fact.held {
                held.left_since = true;
            }
        }
    }

    pub(super) fn brake_pulled(&mut self) {
        self.braked = true;
        if self.is_anybody_sending() {
            self.reach("braked during a send");
        }
    }

    pub(super) fn is_anybody_sending(&self) -> bool {
        self.facts.values().any(|fact| fact.held.as_ref().is_some_and(|held| held.started))
    }
}

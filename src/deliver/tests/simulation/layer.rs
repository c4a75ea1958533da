//! A ledger laid over another: what a twist does not change passes through untouched.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::TimeDelta;
use parking_lot::Mutex;

use crate::ledger::{
    Added, Attempt, AttemptResult, ChangeRecord, ChangeSummary, Claim, ClaimRequest, ClockReading,
    DeliveryReceipt, DoubtedStep, Due, EndedStep, Enrolled, Error, HeldTexts, InboundText, LeaseToken,
    Ledger, LedgerOp, LedgerOpResult, LinedUp, NoticeHistory, OptOut, People, PlanRequest, Planner, Planning,
    Posting, ProviderStates, Queue, ReceiptOutcome, Receipts, Recovered, Settled, SharedProviderState, Story,
    SubscriberPage, SubscriberRecord, UnreachedSubscriber, UnreadableRow, Wait,
};
use crate::limits::bucket::{TokenBucketRate, TokenReservation};
use crate::limits::circuit::{BreakerTransition, SendCounts};
use crate::limits::storm::Refusals;
use crate::model::Moment;
use crate::model::announced::Baseline;
use crate::model::approval::Approval;
use crate::model::change::ChangeId;
use crate::model::channel::Channel;
use crate::model::endpoint::Endpoint;
use crate::model::incident::IncidentId;
use crate::model::listed::SubscriberList;
use crate::model::subscriber::{Consent, Followers, SubscriberId, Subscription};

pub(super) type Below = Arc<Mutex<dyn Ledger>>;

pub(super) type Done<T> = Result<T, Error>;

type PeopleByIncident = BTreeMap<IncidentId, BTreeSet<SubscriberId>>;

/// What a layer does differently, or looks at, on the way to the ledger below.
pub(super) trait Twist: Send {
    fn plan(&mut self, below: &mut dyn Ledger, request: &PlanRequest<'_>, now: Moment) -> Done<Planning> {
        below.plan(request, now)
    }

    fn claim(&mut self, below: &mut dyn Ledger, request: &ClaimRequest<'_>, now: Moment) -> Done<Claim> {
        below.claim(request, now)
    }

    fn start(
        &mut self,
        below: &mut dyn Ledger,
        hold: &LeaseToken,
        lease: TimeDelta,
        now: Moment,
    ) -> Done<bool> {
        below.start(hold, lease, now)
    }

    fn settle(
        &mut self,
        below: &mut dyn Ledger,
        hold: &LeaseToken,
        attempt: &Attempt,
        verdict: AttemptResult,
    ) -> Done<Settled> {
        below.record_result(hold, attempt, verdict)
    }

    fn report(&mut self, below: &mut dyn Ledger, report: &DeliveryReceipt) -> Done<ReceiptOutcome> {
        below.report(report)
    }

    fn give_back(&mut self, below: &mut dyn Ledger, hold: &LeaseToken, due: Moment, now: Moment) -> Done<()> {
        below.give_back(hold, due, now)
    }

    fn abandon(&mut self, below: &mut dyn Ledger, worker: &str, now: Moment) -> Done<u64> {
        below.expire_leases_of(worker, now)
    }

    fn recover(&mut self, below: &mut dyn Ledger, now: Moment) -> Done<Recovered> {
        below.recover(now)
    }

    fn keep_clock(&mut self, below: &mut dyn Ledger, reading: &ClockReading) -> Done<Option<TimeDelta>> {
        below.keep_clock(reading)
    }

    fn pass_over(
        &mut self,
        below: &mut dyn Ledger,
        channel: Channel,
        reason: &str,
        now: Moment,
    ) -> Done<Vec<EndedStep>> {
        below.skip_channel(channel, reason, now)
    }

    fn remove(&mut self, below: &mut dyn Ledger, id: &SubscriberId, now: Moment) -> Done<bool> {
        below.remove_subscriber(id, now)
    }

    fn import(
        &mut self,
        below: &mut dyn Ledger,
        list: &SubscriberList,
        consent: &Consent,
    ) -> Done<Vec<Added>> {
        below.import_subscribers(list, consent, &mut || unreachable!("everybody is on record"))
    }

    fn learn(
        &mut self,
        below: &mut dyn Ledger,
        (owner, tally): (&str, &SendCounts),
        now: Moment,
    ) -> Done<BreakerTransition> {
        below.learn(owner, tally, now)
    }

    fn weigh(
        &mut self,
        below: &mut dyn Ledger,
        (provider, unrecorded): (&str, u64),
        now: Moment,
    ) -> Done<Refusals> {
        below.weigh_refusals(provider, unrecorded, now)
    }

    fn release(&mut self, below: &mut dyn Ledger, now: Moment) -> Done<bool> {
        below.release_brake(now)
    }
}

/// A twist over a ledger.
pub(super) struct Layer<T> {
    pub(super) twist: T,
    pub(super) below: Below,
}

impl<T: Twist> Layer<T> {
    pub(super) fn pass<R>(&mut self, work: impl FnOnce(&mut dyn Ledger) -> R) -> R {
        work(&mut *self.below.lock())
    }

    pub(super) fn twist<R>(&mut self, work: impl FnOnce(&mut T, &mut dyn Ledger) -> R) -> R {
        work(&mut self.twist, &mut *self.below.lock())
    }
}

impl<T: Twist> SharedProviderState for Layer<T> {
    fn reserve_tokens(
        &mut self,
        provider: &str,
        rate: &TokenBucketRate,
        wanted: u32,
        now: Moment,
    ) -> Done<TokenReservation> {
        self.pass(|below| below.reserve_tokens(provider, rate, wanted, now))
    }

    fn pause(&mut self, provider: &str, until: Moment) -> Done<()> {
        self.pass(|below| below.pause(provider, until))
    }

    fn learn(&mut self, owner: &str, tally: &SendCounts, now: Moment) -> Done<BreakerTransition> {
        self.twist(|twist, below| twist.learn(below, (owner, tally), now))
    }

    fn weigh_refusals(&mut self, provider: &str, unrecorded: u64, now: Moment) -> Done<Refusals> {
        self.twist(|twist, below| twist.weigh(below, (provider, unrecorded), now))
    }

    fn take_probe(&mut self, owner: &str, now: Moment) -> Done<bool> {
        self.pass(|below| below.take_probe(owner, now))
    }

    fn outlook(&mut self, now: Moment) -> Done<ProviderStates> {
        self.pass(|below| below.outlook(now))
    }

    fn skip_channel(&mut self, channel: Channel, reason: &str, now: Moment) -> Done<Vec<EndedStep>> {
        self.twist(|twist, below| twist.pass_over(below, channel, reason, now))
    }

    fn count_on_hold(&mut self) -> Done<HeldTexts> {
        self.pass(|below| below.count_on_hold())
    }

    fn release_on_hold(&mut self, now: Moment) -> Done<u64> {
        self.pass(|below| below.release_on_hold(now))
    }

    fn retry_now(&mut self, now: Moment) -> Done<u64> {
        self.pass(|below| below.retry_now(now))
    }

    fn due(&mut self) -> Done<Due> {
        self.pass(|below| below.due())
    }
}

impl<T: Twist> People for Layer<T> {
    fn add_subscribers(
        &mut self,
        people: &[Subscription],
        consent: &Consent,
        draw: &mut dyn FnMut() -> [u8; 16],
    ) -> Done<Vec<Added>> {
        self.pass(|below| below.add_subscribers(people, consent, draw))
    }

    fn import_subscribers(
        &mut self,
        list: &SubscriberList,
        consent: &Consent,
        _draw: &mut dyn FnMut() -> [u8; 16],
    ) -> Done<Vec<Added>> {
        self.twist(|twist, below| twist.import(below, list, consent))
    }

    fn confirm_subscriber(&mut self, id: &SubscriberId, now: Moment) -> Done<bool> {
        self.pass(|below| below.confirm_subscriber(id, now))
    }

    fn unreadable_subscribers(&mut self) -> Done<Vec<UnreadableRow>> {
        self.pass(|below| below.unreadable_subscribers())
    }

    fn remove_subscriber(&mut self, id: &SubscriberId, now: Moment) -> Done<bool> {
        self.twist(|twist, below| twist.remove(below, id, now))
    }

    fn list_subscribers(&mut self) -> Done<Vec<SubscriberRecord>> {
        self.pass(|below| below.list_subscribers())
    }

    fn subscribers_at(&mut self, endpoint: &Endpoint) -> Done<Vec<SubscriberRecord>> {
        self.pass(|below| below.subscribers_at(endpoint))
    }

    fn subscribers_after(&mut self, after: Option<&SubscriberId>, most: usize) -> Done<SubscriberPage> {
        self.pass(|below| below.subscribers_after(after, most))
    }

    fn silenced(&mut self) -> Done<BTreeSet<SubscriberId>> {
        self.pass(|below| below.silenced())
    }

    fn suppress(&mut self, endpoint: &Endpoint, reason: &str, now: Moment) -> Done<bool> {
        self.pass(|below| below.suppress(endpoint, reason, now))
    }

    fn lift_suppression(&mut self, endpoint: &Endpoint) -> Done<bool> {
        self.pass(|below| below.lift_suppression(endpoint))
    }
}

impl<T: Twist> Planner for Layer<T> {
    fn announced(&mut self) -> Done<Option<Baseline>> {
        self.pass(|below| below.announced())
    }

    fn withdraw(&mut self, origin: &IncidentId, now: Moment) -> Done<u64> {
        self.pass(|below| below.withdraw(origin, now))
    }

    fn approve(&mut self, approval: &Approval) -> Done<bool> {
        self.pass(|below| below.approve(approval))
    }

    fn approvals(&mut self) -> Done<Vec<Approval>> {
        self.pass(|below| below.approvals())
    }

    fn withdrawn(&mut self) -> Done<PeopleByIncident> {
        self.pass(|below| below.withdrawn())
    }

    fn is_withdrawn(&mut self, origin: &IncidentId) -> Done<bool> {
        self.pass(|below| below.is_withdrawn(origin))
    }

    fn queued_changes(&mut self, origins: &BTreeSet<IncidentId>) -> Done<Vec<ChangeRecord>> {
        self.pass(|below| below.queued_changes(origins))
    }

    fn awaiting(&mut self, origins: &BTreeSet<IncidentId>) -> Done<PeopleByIncident> {
        self.pass(|below| below.awaiting(origins))
    }

    fn notified(&mut self, origins: &BTreeSet<IncidentId>) -> Done<PeopleByIncident> {
        self.pass(|below| below.notified(origins))
    }

    fn followers(&mut self, origins: &BTreeSet<IncidentId>) -> Done<Followers> {
        self.pass(|below| below.followers(origins))
    }

    fn adopt(&mut self, announced: &Baseline, now: Moment) -> Done<()> {
        self.pass(|below| below.adopt(announced, now))
    }

    fn plan(&mut self, request: &PlanRequest<'_>, now: Moment) -> Done<Planning> {
        self.twist(|twist, below| twist.plan(below, request, now))
    }
}

impl<T: Twist> Queue for Layer<T> {
    fn claim(&mut self, request: &ClaimRequest<'_>, now: Moment) -> Done<Claim> {
        self.twist(|twist, below| twist.claim(below, request, now))
    }

    fn start(&mut self, hold: &LeaseToken, lease: TimeDelta, now: Moment) -> Done<bool> {
        self.twist(|twist, below| twist.start(below, hold, lease, now))
    }

    fn record_result(
        &mut self,
        hold: &LeaseToken,
        attempt: &Attempt,
        verdict: AttemptResult,
    ) -> Done<Settled> {
        self.twist(|twist, below| twist.settle(below, hold, attempt, verdict))
    }

    fn give_back(&mut self, hold: &LeaseToken, due: Moment, now: Moment) -> Done<()> {
        self.twist(|twist, below| twist.give_back(below, hold, due, now))
    }

    fn make_all(&mut self, moves: &[LedgerOp]) -> Done<Vec<LedgerOpResult>> {
        moves.iter().map(|one| one.apply(self)).collect()
    }

    fn lease_holders(&mut self) -> Done<Vec<String>> {
        self.pass(|below| below.lease_holders())
    }

    fn expire_leases_of(&mut self, worker: &str, now: Moment) -> Done<u64> {
        self.twist(|twist, below| twist.abandon(below, worker, now))
    }

    fn recover(&mut self, now: Moment) -> Done<Recovered> {
        self.twist(|twist, below| twist.recover(below, now))
    }

    fn keep_clock(&mut self, reading: &ClockReading) -> Done<Option<TimeDelta>> {
        self.twist(|twist, below| twist.keep_clock(below, reading))
    }

    fn unfinished(&mut self) -> Done<u64> {
        self.pass(|below| below.unfinished())
    }
}

impl<T: Twist> Receipts for Layer<T> {
    fn report(&mut self, report: &DeliveryReceipt) -> Done<ReceiptOutcome> {
        self.twist(|twist, below| twist.report(below, report))
    }

    fn doubted(&mut self, since: Moment, most: usize) -> Done<Vec<DoubtedStep>> {
        self.pass(|below| below.doubted(since, most))
    }

    fn postings(&mut self, endpoint: &Endpoint, incident: &IncidentId) -> Done<Vec<Posting>> {
        self.pass(|below| below.postings(endpoint, incident))
    }

    fn receive_text(&mut self, text: &InboundText) -> Done<OptOut> {
        self.pass(|below| below.receive_text(text))
    }
}

impl<T: Twist> Story for Layer<T> {
    fn explain(&mut self, who: &SubscriberId, what: Option<&IncidentId>) -> Done<Vec<NoticeHistory>> {
        self.pass(|below| below.explain(who, what))
    }

    fn lined_up(&mut self, until: Moment) -> Done<Vec<LinedUp>> {
        self.pass(|below| below.lined_up(until))
    }

    fn waits(&mut self) -> Done<Vec<Wait>> {
        self.pass(|below| below.waits())
    }

    fn summary(&mut self, what: Option<&IncidentId>) -> Done<Vec<ChangeSummary>> {
        self.pass(|below| below.summary(what))
    }

    fn missed(&mut self, change: &ChangeId, most: usize) -> Done<Vec<UnreachedSubscriber>> {
        self.pass(|below| below.missed(change, most))
    }

    fn destinations(&mut self) -> Done<Vec<Enrolled>> {
        self.pass(|below| below.destinations())
    }
}

//! The layer between a process and the ledger: it tells the account of promises what was done, and lets the
//! process die before an operation or after it, when it is done and nobody has heard.

use std::collections::BTreeSet;

use chrono::TimeDelta;

use super::layer::Twist;
use super::state::{Life, Shared, WorldKind};
use crate::ledger::{
    Attempt, AttemptResult, Claim, ClaimRequest, ClockReading, DeliveryReceipt, EndedStep, Error, LeaseToken,
    Ledger, NoticeHistory, PlanRequest, Planning, ReceiptOutcome, Recovered, Settled, SubscriberRecord,
};
use crate::limits::circuit::{BreakerTransition, SendCounts};
use crate::limits::storm::Refusals;
use crate::model::Moment;
use crate::model::channel::Channel;
use crate::model::endpoint::Endpoint;
use crate::model::subscriber::SubscriberId;

/// The chance in a thousand to die before an operation, and after it.
const DEATH: u32 = 8;

pub(super) struct Watch {
    pub(super) shared: Shared,
    /// `None` for the operator, who does not crash.
    pub(super) life: Option<Life>,
}

impl Watch {
    fn name(&self) -> String {
        self.life.as_ref().map_or_else(|| "operator".to_owned(), |life| life.name.clone())
    }

    fn explained(&self, below: &mut dyn Ledger) -> Result<Vec<NoticeHistory>, Error> {
        let (people, mut explained) = (self.shared.lock().promises.people(), Vec::new());
        for who in &people {
            explained.extend(below.explain(who, None)?);
        }
        Ok(explained)
    }

    fn gate(&self, operation: &str) -> Result<(), Error> {
        match &self.life {
            Some(life) if life.is_over() => Err(Error::NotFound {
                ledger: "simulated".to_owned(),
                doing: "go on",
                what: format!("{} died before {operation}", life.name),
            }),
            _ => Ok(()),
        }
    }

    /// Runs one operation that may be the last.
    fn risky<T>(
        &self,
        operation: &str,
        work: impl FnOnce() -> Result<T, Error>,
        note: impl FnOnce(&str, &T),
    ) -> Result<T, Error> {
        if let Some(life) = &self.life {
            life.risk(DEATH, &format!("before {operation}"));
        }
        self.gate(operation)?;
        let done = work()?;
        note(&self.name(), &done);
        if let Some(life) = &self.life {
            life.risk(DEATH, &format!("after {operation}"));
        }
        self.gate(operation)?;
        Ok(done)
    }
}

impl Twist for Watch {
    fn plan(
        &mut self,
        below: &mut dyn Ledger,
        request: &PlanRequest<'_>,
        now: Moment,
    ) -> Result<Planning, Error> {
        let planning = below.plan(request, now)?;
        self.shared.lock().promises.planned(request, planning, now);
        Ok(planning)
    }

    fn claim(
        &mut self,
        below: &mut dyn Ledger,
        request: &ClaimRequest<'_>,
        now: Moment,
    ) -> Result<Claim, Error> {
        self.gate("claim")?;
        let claim = below.claim(request, now)?;
        self.shared.lock().promises.claimed(&self.name(), &claim, request.lease, now);
        if self.shared.lock().kind == WorldKind::Paced {
            let explained = self.explained(below)?;
            self.shared.lock().promises.held_back(&explained, now);
        }
        Ok(claim)
    }

    fn start(
        &mut self,
        below: &mut dyn Ledger,
        hold: &LeaseToken,
        lease: TimeDelta,
        now: Moment,
    ) -> Result<bool, Error> {
        let note = |name: &str, stands: &bool| {
            self.shared.lock().promises.started(name, hold, *stands, lease, now);
        };
        self.risky("start", || below.start(hold, lease, now), note)
    }

    fn settle(
        &mut self,
        below: &mut dyn Ledger,
        hold: &LeaseToken,
        attempt: &Attempt,
        verdict: AttemptResult,
    ) -> Result<Settled, Error> {
        let note = |name: &str, settled: &Settled| {
            self.shared.lock().promises.settled(name, hold, attempt, verdict, *settled);
        };
        self.risky("settle", || below.record_result(hold, attempt, verdict), note)
    }

    fn give_back(
        &mut self,
        below: &mut dyn Ledger,
        hold: &LeaseToken,
        due: Moment,
        now: Moment,
    ) -> Result<(), Error> {
        let note = |name: &str, (): &()| self.shared.lock().promises.given_back(name, hold, due, now);
        self.risky("give back", || below.give_back(hold, due, now), note)
    }

    fn report(&mut self, below: &mut dyn Ledger, report: &DeliveryReceipt) -> Result<ReceiptOutcome, Error> {
        let reported = below.report(report)?;
        self.shared.lock().promises.reported(report, reported);
        Ok(reported)
    }

    fn abandon(&mut self, below: &mut dyn Ledger, worker: &str, now: Moment) -> Result<u64, Error> {
        let ended = below.expire_leases_of(worker, now)?;
        self.shared.lock().promises.abandoned(worker, now);
        Ok(ended)
    }

    fn keep_clock(
        &mut self,
        below: &mut dyn Ledger,
        reading: &ClockReading,
    ) -> Result<Option<TimeDelta>, Error> {
        self.gate("keep the clock")?;
        if self.shared.lock().promises.unnoticed != TimeDelta::zero() {
            // What has ended by now does not move any more.
            let explained = self.explained(below)?;
            self.shared.lock().promises.check(&explained);
        }
        let step = below.keep_clock(reading)?;
        self.shared.lock().promises.clock_kept(reading, step);
        Ok(step)
    }

    fn recover(&mut self, below: &mut dyn Ledger, now: Moment) -> Result<Recovered, Error> {
        self.gate("recover")?;
        let recovered = below.recover(now)?;
        self.shared.lock().promises.recovered(&self.name(), &recovered, now);
        Ok(recovered)
    }

    fn pass_over(
        &mut self,
        below: &mut dyn Ledger,
        channel: Channel,
        reason: &str,
        now: Moment,
    ) -> Result<Vec<EndedStep>, Error> {
        self.gate("pass over")?;
        let passed = below.skip_channel(channel, reason, now)?;
        self.shared.lock().promises.passed_over(&self.name(), &passed, now);
        Ok(passed)
    }

    fn remove(&mut self, below: &mut dyn Ledger, id: &SubscriberId, now: Moment) -> Result<bool, Error> {
        let removed = below.remove_subscriber(id, now)?;
        self.shared.lock().promises.opted_out(id);
        Ok(removed)
    }

    fn learn(
        &mut self,
        below: &mut dyn Ledger,
        (owner, tally): (&str, &SendCounts),
        now: Moment,
    ) -> Result<BreakerTransition, Error> {
        let turn = below.learn(owner, tally, now)?;
        if tally.silence.is_some() {
            let passes = !below.outlook(now)?.circuits.contains_key(owner);
            let promises = &mut self.shared.lock().promises;
            promises.hold(!passes, || format!("{owner} is silent, and its circuit is closed"));
        }
        Ok(turn)
    }

    fn weigh(
        &mut self,
        below: &mut dyn Ledger,
        (provider, unrecorded): (&str, u64),
        now: Moment,
    ) -> Result<Refusals, Error> {
        self.gate("weigh refusals")?;
        let refusals = below.weigh_refusals(provider, unrecorded, now)?;
        let suppressed = match refusals.is_storm() {
            true => below.list_subscribers()?.iter().flat_map(suppressed).collect(),
            false => BTreeSet::new(),
        };
        let promises = &mut self.shared.lock().promises;
        promises.weighed((provider, unrecorded), refusals, &suppressed, now);
        Ok(refusals)
    }
}

fn suppressed(listed: &SubscriberRecord) -> impl Iterator<Item = Endpoint> {
    let theirs = listed.subscriber.endpoints.iter();
    theirs.filter(|(number, _)| listed.suppressed.contains_key(number)).map(|(_, endpoint)| endpoint.clone())
}

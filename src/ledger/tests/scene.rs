//! A ledger with people and a clock, so that a test reads like a story.

use std::collections::BTreeMap;

use chrono::{TimeDelta, TimeZone, Utc};

use super::Store;
use crate::ledger::{
    Added, Attempt, AttemptResult, Claim, ClaimRequest, ClaimedStep, People, PlanRequest, Planned, Planner,
    Planning, Queue, Settled, Story,
};
use crate::model::Moment;
use crate::model::announced::Baseline;
use crate::model::change::{ChangeKind, Difference};
use crate::model::channel::Channel;
use crate::model::clearance::{Clearance, Ground};
use crate::model::message::{Encoding, Message, TextMessage};
use crate::model::notice::{Notice, Notices, StepState};
use crate::model::phase::Severity;
use crate::model::reply::{Reply, ReplyClass};
use crate::model::report::Evidence;
use crate::model::sample::{self, Steps};
use crate::model::subscriber::{Consent, ConsentMethod, Subscriber, SubscriberId, Subscription};

/// How long a step of a scene lives, by its place in the chain: each later one an hour longer.
const STEP_LIFE: TimeDelta = TimeDelta::hours(1);

/// How long a claim of a scene holds.
pub(crate) const LEASE: TimeDelta = TimeDelta::minutes(10);

pub(crate) struct Scene<S: Store> {
    pub(crate) store: S,
    pub(crate) ledger: S::Ledger,
    pub(crate) now: Moment,
    /// What a text message has to reach.
    pub(crate) success: Evidence,
    /// Chance for ids.
    ids: fastrand::Rng,
}

impl<S: Store> Scene<S> {
    /// An empty ledger with an empty baseline.
    pub(crate) fn new() -> Self {
        let mut scene = Self::without_baseline();
        scene.ledger.adopt(&Baseline::default(), scene.now).unwrap();
        scene
    }

    pub(crate) fn without_baseline() -> Self {
        let store = S::default();
        let ledger = store.open();
        let now = Utc.with_ymd_and_hms(2026, 11, 20, 9, 0, 0).unwrap();
        Self { store, ledger, now, success: Evidence::Accepted, ids: fastrand::Rng::with_seed(1) }
    }

    pub(crate) fn pass(&mut self, time: TimeDelta) {
        self.now += time;
    }

    /// A subscriber to everything, by these addresses in that order.
    pub(crate) fn subscriber(&mut self, addresses: &[&str]) -> SubscriberId {
        let added = self.add(ConsentMethod::Added, &[subscription(addresses)]);
        added[0].id().unwrap().clone()
    }

    /// The consent of someone who is added by name.
    pub(crate) fn consent(&self) -> Consent {
        Consent { method: ConsentMethod::Added, source: "a test".to_owned(), at: self.now }
    }

    /// Adds these subscriptions in that way, now.
    pub(crate) fn add(&mut self, method: ConsentMethod, people: &[Subscription]) -> Vec<Added> {
        let consent = Consent { method, ..self.consent() };
        let mut draw = || self.ids.u128(..).to_be_bytes();
        self.ledger.add_subscribers(people, &consent, &mut draw).unwrap()
    }

    /// This number of subscribers, each with a mail address: `p0@example.org` and on.
    pub(crate) fn crowd(&mut self, people: usize) {
        let addresses = (0..people).map(|number| format!("p{number}@example.org"));
        let people: Vec<_> = addresses.map(|address| subscription(&[&address])).collect();
        self.add(ConsentMethod::Imported, &people);
    }

    /// Two changes for five thousand people, and some of the first were tried before.
    pub(crate) fn backlog() -> Self {
        let mut scene = Self::new();
        scene.crowd(5_000);
        scene.change("old", Severity::Major);
        for step in scene.claim_of(500).steps {
            scene.settle(&step, ReplyClass::Retryable, AttemptResult::Retry { at: scene.now });
        }
        scene.change("new", Severity::Major);
        scene
    }

    /// Plans the next change of an incident for everyone, each address a step.
    pub(crate) fn change(&mut self, incident: &str, severity: Severity) -> Planned {
        let base = self.ledger.announced().unwrap().unwrap();
        let difference = next_change(&base, incident, severity);
        let mut notices =
            compose(&difference, &self.ledger.active_subscribers().unwrap(), severity, self.now);
        let steps = notices.notices.iter_mut().flat_map(|notice| &mut notice.steps);
        for text in steps.filter(|step| step.channel == Channel::Text) {
            text.success = self.success;
        }
        match self.plan(&base, &difference, &notices) {
            Planning::Planned(planned) => planned,
            Planning::Conflict => panic!("nobody else plans in this scene"),
        }
    }

    /// Plans an update of an incident for all subscribers, which neither opens nor ends it.
    pub(crate) fn update(&mut self, incident: &str) {
        let base = self.ledger.announced().unwrap().unwrap();
        let mut difference = next_change(&base, incident, Severity::Major);
        for change in &mut difference.changes {
            change.what = vec![ChangeKind::UpdatePosted { at: self.now }];
        }
        let notices =
            compose(&difference, &self.ledger.active_subscribers().unwrap(), Severity::Major, self.now);
        self.plan(&base, &difference, &notices);
    }

    pub(crate) fn plan(&mut self, base: &Baseline, difference: &Difference, notices: &Notices) -> Planning {
        let clearance = Clearance::grant(Ground::Shown);
        let request =
            PlanRequest { changes_max: Some(3), ..PlanRequest::new(base, difference, notices, &clearance) };
        self.ledger.plan(&request, self.now).unwrap()
    }

    /// Claims up to `max` steps of each channel.
    pub(crate) fn claim_of(&mut self, max: usize) -> Claim {
        self.ledger.claim(&request(max), self.now).unwrap()
    }

    /// Claims everything that is due.
    pub(crate) fn claim(&mut self) -> Vec<ClaimedStep> {
        self.claim_of(1_000).steps
    }

    /// Claims the one step that is due.
    pub(crate) fn claim_one(&mut self) -> ClaimedStep {
        let claimed = self.claim();
        assert_eq!(claimed.len(), 1, "one step was expected to be due");
        claimed.into_iter().next().unwrap()
    }

    pub(crate) fn start(&mut self, step: &ClaimedStep) -> bool {
        self.ledger.start(&step.hold, LEASE, self.now).unwrap()
    }

    pub(crate) fn settle(
        &mut self,
        step: &ClaimedStep,
        class: ReplyClass,
        verdict: AttemptResult,
    ) -> Settled {
        self.ledger.record_result(&step.hold, &self.attempt(class), verdict).unwrap()
    }

    pub(crate) fn accept(&mut self, step: &ClaimedStep) -> Settled {
        self.settle(step, ReplyClass::Accepted, AttemptResult::Accepted)
    }

    pub(crate) fn attempt(&self, class: ReplyClass) -> Attempt {
        let reply = Reply {
            class,
            code: "250 2.0.0".to_owned(),
            words: "said by a test".to_owned(),
            reference: Some("queue-id".to_owned()),
            retry_after: None,
        };
        Attempt { provider: "relay".to_owned(), reply, started_at: self.now, ended_at: self.now }
    }

    /// When the first step of the first change for someone expires.
    pub(crate) fn expires_at(&mut self, subscriber: &SubscriberId) -> Moment {
        self.ledger.explain(subscriber, None).unwrap()[0].steps[0].expires_at
    }

    /// The states of everything planned for someone, a list per change, oldest first.
    pub(crate) fn states(&mut self, subscriber: &SubscriberId) -> Vec<Vec<StepState>> {
        let explained = self.ledger.explain(subscriber, None).unwrap();
        explained.iter().map(|change| change.steps.iter().map(|step| step.state).collect()).collect()
    }
}

/// How long a step that is not the last of its chain may be tried.
pub(crate) const TRY_FOR: TimeDelta = TimeDelta::minutes(10);

pub(crate) fn request(max: usize) -> ClaimRequest<'static> {
    ClaimRequest {
        worker: "worker",
        steps_max: Channel::ALL.into_iter().map(|channel| (channel, max)).collect(),
        at_once: Default::default(),
        lease: LEASE,
        turn: 0,
        budgets: BTreeMap::new(),
        handoffs_per_hour_max: 6,
    }
}

pub(crate) fn subscription(addresses: &[&str]) -> Subscription {
    Subscription { time_zone: "Europe/Madrid".to_owned(), ..sample::subscription(addresses) }
}

/// The next change of an incident: opened, then updates.
pub(crate) fn next_change(base: &Baseline, incident: &str, severity: Severity) -> Difference {
    let started = Utc.with_ymd_and_hms(2026, 11, 20, 8, 0, 0).unwrap();
    sample::next_change(base, incident, severity, started)
}

/// A notice of each change for each subscriber, with a step per address.
pub(crate) fn compose(
    difference: &Difference,
    subscribers: &[Subscriber],
    severity: Severity,
    now: Moment,
) -> Notices {
    let mut notices = Notices::default();
    for change in &difference.changes {
        let body = format!("{} {}", change.origin, change.revision);
        let message = Message::Text(TextMessage { body, encoding: Encoding::Gsm7, segments: 1 });
        let message = notices.add_message(message);
        let steps = Steps {
            message: &|_| message,
            success: &|_| Evidence::Accepted,
            from: now,
            life: STEP_LIFE,
            try_for: TRY_FOR,
        };
        for subscriber in subscribers {
            let notice = sample::notice(change, subscriber, &steps);
            notices.notices.push(Notice { severity, ..notice });
        }
    }
    notices
}

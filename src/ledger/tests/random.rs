//! Any order of events keeps the promises: random operations against what must always hold.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::scene::{LEASE, request};
use super::{Scene, Store};
use crate::ledger::{
    AttemptResult, Brakes, ClaimedStep, DeliveryReceipt, Error, People, Queue, Receipts, Story,
};
use crate::model::channel::Channel;
use crate::model::endpoint::Endpoint;
use crate::model::notice::{StepId, StepState};
use crate::model::phase::Severity;
use crate::model::reply::ReplyClass;
use crate::model::report::{Evidence, ReceiptStatus};
use crate::model::subscriber::SubscriberId;

/// One thing that happens. Numbers choose among what there is.
#[derive(Clone, Copy, Debug)]
enum Event {
    Change(u8),
    Claim(usize),
    Start(usize),
    Settle(usize, ReplyClass),
    GiveBack(usize),
    Recover,
    Report(usize, ReceiptStatus),
    Leave(usize),
    Return(usize),
    Suppress(usize),
    Pass(i64),
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        3 => (0..2_u8).prop_map(Event::Change),
        6 => (1..4_usize).prop_map(Event::Claim),
        6 => (0..20_usize).prop_map(Event::Start),
        8 => (0..20_usize, prop::sample::select(&ReplyClass::ALL[..]))
            .prop_map(|(step, class)| Event::Settle(step, class)),
        2 => (0..20_usize).prop_map(Event::GiveBack),
        2 => Just(Event::Recover),
        4 => (0..20_usize, prop::sample::select(&ReceiptStatus::ALL[..]))
            .prop_map(|(step, status)| Event::Report(step, status)),
        1 => (0..3_usize).prop_map(Event::Leave),
        1 => (0..3_usize).prop_map(Event::Return),
        1 => (0..3_usize).prop_map(Event::Suppress),
        3 => (0..12_i64).prop_map(Event::Pass),
    ]
}

const PEOPLE: [&[&str]; 3] = [
    &["ana@example.org", "+34600000001"],
    &["+34600000002", "ben@example.org", "+34600000003"],
    &["eva@example.org"],
];

pub(crate) fn any_order_of_events_keeps_the_promises<S: Store>() {
    let events = prop::collection::vec(event(), 1..80);
    let mut runner = TestRunner::new(Config {
        cases: S::STORIES,
        failure_persistence: None,
        max_shrink_time: 20_000,
        ..Config::default()
    });
    runner
        .run(&events, |events| {
            let mut story = Tale::<S>::new();
            for event in events {
                story.happen(event);
                story.check();
            }
            story.finish();
            Ok(())
        })
        .unwrap();
}

/// A scene with the holds workers believe to have and the states seen so far.
struct Tale<S: Store> {
    scene: Scene<S>,
    people: Vec<SubscriberId>,
    holds: Vec<(ClaimedStep, bool)>,
    seen: BTreeMap<StepId, StepState>,
    accepted: BTreeMap<StepId, u32>,
}

impl<S: Store> Tale<S> {
    fn new() -> Self {
        let mut scene = Scene::new();
        scene.success = Evidence::Delivered;
        let people = PEOPLE.iter().map(|addresses| scene.subscriber(addresses)).collect();
        Self { scene, people, holds: Vec::new(), seen: BTreeMap::new(), accepted: BTreeMap::new() }
    }

    fn happen(&mut self, event: Event) {
        if self.scene.ledger.brake().unwrap().is_some() {
            self.scene.ledger.release_brake(self.scene.now).unwrap();
        }
        let (ledger, now) = (&mut self.scene.ledger, self.scene.now);
        match event {
            Event::Change(number) => {
                self.scene.change(["payments", "search"][usize::from(number)], Severity::Major);
            }
            Event::Claim(max) => self.claim(max),
            Event::Start(number) => self.start(number),
            Event::Settle(number, class) => self.settle(number, class),
            Event::GiveBack(number) => {
                if let Some((step, false)) = self.pick(number) {
                    self.scene.ledger.give_back(&step.hold, now, now).unwrap();
                }
            }
            Event::Report(number, status) => self.report(number, status),
            Event::Recover => drop(ledger.recover(now).unwrap()),
            Event::Leave(who) => drop(ledger.remove_subscriber(&self.people[who], now).unwrap()),
            Event::Return(who) => drop(self.scene.subscriber(PEOPLE[who])),
            Event::Suppress(who) => {
                let first = Endpoint::read(PEOPLE[who][0]).unwrap();
                ledger.suppress(&first, "bounced", now).unwrap();
            }
            Event::Pass(minutes) => self.scene.pass(TimeDelta::minutes(minutes)),
        }
    }

    fn pick(&self, number: usize) -> Option<(ClaimedStep, bool)> {
        let last = self.holds.len().checked_sub(1)?;
        self.holds.get(last - number.min(last)).cloned()
    }

    fn claim(&mut self, max: usize) {
        match self.scene.ledger.claim(&request(max), self.scene.now) {
            Ok(claim) => self.holds.extend(claim.steps.into_iter().map(|step| (step, false))),
            Err(Error::BrakeEngaged(_)) => {}
            Err(error) => panic!("{error}"),
        }
    }

    fn start(&mut self, number: usize) {
        let Some((step, _)) = self.pick(number) else { return };
        if self.scene.start(&step) {
            let started = self.holds.iter_mut().filter(|(held, _)| held.hold == step.hold);
            started.for_each(|(_, started)| *started = true);
        }
    }

    /// Settles a hold whose handoff began, as a worker would, however late.
    fn settle(&mut self, number: usize, class: ReplyClass) {
        let Some((step, true)) = self.pick(number) else { return };
        self.holds.retain(|(held, _)| held.hold != step.hold);
        let mail = step.endpoint.channel() == Channel::Mail;
        let verdict = match class {
            ReplyClass::Accepted => AttemptResult::Accepted,
            ReplyClass::AddressRejected | ReplyClass::ContentRejected => AttemptResult::Rejected,
            ReplyClass::AccountRejected => AttemptResult::Dead,
            ReplyClass::Ambiguous if !mail => AttemptResult::InDoubt,
            _ => AttemptResult::Retry { at: self.scene.now + TimeDelta::minutes(2) },
        };
        if class == ReplyClass::Accepted {
            *self.accepted.entry(step.hold.step.clone()).or_default() += 1;
        }
        self.scene.settle(&step, class, verdict);
    }

    /// A report of any step that was ever claimed, whatever became of it.
    fn report(&mut self, number: usize, status: ReceiptStatus) {
        let Some(last) = self.seen.len().checked_sub(1) else { return };
        let Some(step) = self.seen.keys().nth(number.min(last)) else { return };
        let (provider, words) = ("relay".to_owned(), String::new());
        let reference = step.as_str().to_owned();
        let report = DeliveryReceipt { provider, reference, status, words, at: self.scene.now };
        self.scene.ledger.report(&report).unwrap();
    }

    /// What must hold after every event.
    fn check(&mut self) {
        for person in &self.people {
            for notice in self.scene.ledger.explain(person, None).unwrap() {
                let states: Vec<_> = notice.steps.iter().map(|step| step.state).collect();
                let live = states.iter().filter(|state| state.is_live());
                assert!(live.count() <= 1, "two live steps: {states:?}");
                let success = states.iter().filter(|state| state.is_success()).count();
                let late = notice.steps.iter().any(|step| {
                    step.attempts.iter().any(|a| a.provider.is_empty()) || !step.reports.is_empty()
                });
                assert!(success <= 1 || late, "two channels of one chain accepted: {states:?}");
                let waits = states.contains(&StepState::Waiting);
                assert!(!waits || states.iter().any(|state| state.is_live()), "stuck: {states:?}");
                for step in notice.steps {
                    let before = self.seen.insert(step.id.clone(), step.state);
                    let proof = |state: StepState| (state == StepState::Delivered, state.is_success());
                    if let Some(end) = before.filter(|state| state.is_end()) {
                        let stays = step.state == end || proof(step.state) > proof(end);
                        assert!(stays, "an end changed: {end:?} to {:?}", step.state);
                    }
                }
            }
        }
    }

    /// Lets every lease run out and hands off all that is left: then everything is finished.
    fn finish(&mut self) {
        self.holds.clear();
        for _ in 0..40 {
            self.scene.pass(LEASE);
            self.scene.ledger.release_brake(self.scene.now).unwrap();
            self.scene.ledger.recover(self.scene.now).unwrap();
            self.claim(50);
            for number in 0..self.holds.len() {
                self.start(number);
            }
            while !self.holds.is_empty() {
                self.settle(0, ReplyClass::Accepted);
                self.holds.retain(|(_, started)| *started);
            }
            self.check();
        }
        assert_eq!(self.scene.ledger.unfinished().unwrap(), 0, "not at rest");
        for (step, times) in &self.accepted {
            let state = self.seen[step];
            assert!(*times == 1 || state.is_success(), "{step} was accepted and is {state:?}");
        }
        let planned: u64 =
            self.scene.ledger.summary(None).unwrap().iter().flat_map(|s| s.steps.values()).sum();
        assert_eq!(planned, self.seen.len() as u64, "planned is the sum of the end states");
    }
}

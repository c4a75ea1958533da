//! Random events in every order, also from workers that lost their hold long ago: what must hold after each of them.

use std::cell::RefCell;
use std::collections::BTreeMap;

use chrono::TimeDelta;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, TestRunner};

use super::story::{LEASE, Story, brakes};
use crate::chain::{AttemptResult, Event, NoticeState, Timer, Transition};
use crate::model::channel::Channel;
use crate::model::notice::StepState;
use crate::model::reply::ReplyClass;
use crate::model::report::{Evidence, ReceiptStatus};

/// How many random stories are played.
const STORIES: u32 = 10_000;

/// What seldom happens, and must have happened in this number of stories.
const RARE: [&str; 18] = [
    "a hold of before was heard",
    "a late acceptance stopped a handoff that had not begun",
    "a late acceptance while another worker hands it off",
    "a late acceptance after its end",
    "accepted twice",
    "delivered after it had been given up",
    "delivered before the answer",
    "a failed report moved the chain",
    "the limit moved the chain from a watched step",
    "in doubt for want of a report",
    "not tried again, because an earlier step was reached",
    "not tried again, because a copy had left",
    "superseded when it would have been tried again",
    "the whole notice was worthless at once",
    "a step gave way",
    "a step had another turn",
    "a step of which a copy had left was watched again",
    "a report reached a step that was set aside",
];

/// One thing that happens; to the live step, where no other is named.
#[derive(Clone, Debug)]
enum Happening {
    Claim,
    /// The hold among all there ever were, counted from the last.
    Start(usize),
    Answer(usize, ReplyClass, u8),
    GiveBack(usize, bool),
    /// A report of any step.
    Report(usize, ReceiptStatus),
    /// A timer rings before its time.
    TooSoon(bool),
    /// Time passes to the next timer, and it rings.
    Ring,
    Bar,
    PassOver,
    PutOff,
    Replace,
    Pass(i64),
}

fn happening() -> impl Strategy<Value = Happening> {
    use Happening::{
        Answer, Bar, Claim, GiveBack, Pass, PassOver, PutOff, Replace, Report, Ring, Start, TooSoon,
    };
    prop_oneof![
        12 => Just(Claim),
        12 => (0..2_usize).prop_map(Start),
        10 => (0..3_usize, select(&ReplyClass::ALL[..]), any::<u8>()).prop_map(|(h, c, v)| Answer(h, c, v)),
        1 => (0..2_usize, any::<bool>()).prop_map(|(hold, later)| GiveBack(hold, later)),
        4 => (0..2_usize, select(&ReceiptStatus::ALL[..])).prop_map(|(at, status)| Report(at, status)),
        2 => Just(Report(0, ReceiptStatus::Delivered)),
        1 => any::<bool>().prop_map(TooSoon),
        8 => Just(Ring),
        1 => Just(Bar),
        1 => Just(PassOver),
        1 => Just(PutOff),
        1 => Just(Replace),
        6 => prop_oneof![5 => 0..30_i64, 1 => 3_000..8_000_i64].prop_map(Pass),
    ]
}

fn steps() -> impl Strategy<Value = Vec<(Channel, Evidence)>> {
    vec((select(&Channel::ALL[..]), select(&Evidence::ALL[..])), 1..4)
}

#[test]
fn any_order_of_events_keeps_the_promises() {
    let reached = RefCell::new(BTreeMap::new());
    let mut runner = TestRunner::new_with_rng(
        Config { cases: STORIES, failure_persistence: None, ..Config::default() },
        proptest::test_runner::TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha),
    );
    let stories = (steps(), vec(happening(), 0..40));
    let told = runner.run(&stories, |(steps, happenings)| {
        let mut world = World { story: Story::of(&steps), holds: Vec::new(), reached: &reached };
        for happening in happenings {
            world.happen(happening)?;
        }
        world.finish()
    });
    told.unwrap();
    let reached = reached.into_inner();
    println!("{reached:#?}");
    let missed: Vec<_> = RARE.iter().filter(|what| !reached.contains_key(**what)).collect();
    assert!(missed.is_empty(), "never reached: {missed:?}");
}

struct World<'r> {
    story: Story,
    /// Every hold there ever was: the step's place and the epoch.
    holds: Vec<(usize, u32)>,
    reached: &'r RefCell<BTreeMap<&'static str, u64>>,
}

impl World<'_> {
    fn hold(&self, from_last: usize) -> Option<(usize, u32)> {
        self.holds.get(self.holds.len().checked_sub(from_last + 1)?).copied()
    }

    fn happen(&mut self, happening: Happening) -> Result<(), TestCaseError> {
        let now = self.story.now;
        let lease_until = now + LEASE;
        let live = self.story.chain.live().unwrap_or(0);
        let (at, event) = match happening {
            Happening::Claim => (live, Event::Claimed { lease_until }),
            Happening::Start(hold) => {
                let Some((at, epoch)) = self.hold(hold) else { return Ok(()) };
                (at, Event::Started { epoch, lease_until })
            }
            Happening::Answer(hold, class, lot) => {
                let Some((at, epoch)) = self.hold(hold) else { return Ok(()) };
                if !self.has_begun(at, epoch) {
                    return Ok(());
                }
                (at, Event::Answered { epoch, class, verdict: self.verdict(at, class, lot) })
            }
            Happening::GiveBack(hold, later) => {
                let Some((at, epoch)) = self.hold(hold) else { return Ok(()) };
                let due = now + if later { TimeDelta::seconds(20) } else { TimeDelta::zero() };
                (at, Event::LeaseReleased { epoch, due })
            }
            Happening::Report(at, status) => (at, Event::Reported(status)),
            Happening::TooSoon(call) => (live, if call { Event::LeaseEnded } else { Event::DeadlineReached }),
            Happening::Ring => return self.ring(),
            Happening::Bar => (live, Event::Suppressed),
            Happening::PassOver => (live, Event::ChannelUnavailable),
            Happening::PutOff => (live, Event::PutOff { until: now + TimeDelta::minutes(20) }),
            Happening::Replace => (0, Event::Superseded),
            Happening::Pass(seconds) => {
                self.story.pass(TimeDelta::seconds(seconds));
                return Ok(());
            }
        };
        self.check(at, &event).map(drop)
    }

    /// A hold answers once it has begun; one that was lost may have begun before.
    fn has_begun(&self, at: usize, epoch: u32) -> bool {
        let step = &self.story.chain.steps[at];
        epoch < step.epoch || step.state != StepState::Claimed || step.started_at.is_some()
    }

    fn verdict(&self, at: usize, class: ReplyClass, lot: u8) -> AttemptResult {
        let text = self.story.chain.steps[at].channel == Channel::Text;
        match class {
            ReplyClass::Accepted => AttemptResult::Accepted,
            ReplyClass::AddressRejected | ReplyClass::ContentRejected => AttemptResult::Rejected,
            ReplyClass::Ambiguous if text => AttemptResult::InDoubt,
            _ if lot < 20 => AttemptResult::Dead,
            _ if lot < 40 => {
                AttemptResult::Expired { at: self.story.now + TimeDelta::minutes(i64::from(lot)) }
            }
            ReplyClass::Ambiguous => AttemptResult::Retry { at: self.story.now + TimeDelta::seconds(5) },
            _ if lot < 80 => AttemptResult::NextProvider,
            _ => AttemptResult::Retry { at: self.story.now + TimeDelta::seconds(5) },
        }
    }

    /// Lets an event happen and holds the chain against what it was before.
    fn check(&mut self, at: usize, event: &Event) -> Result<Transition, TestCaseError> {
        let before = self.story.chain.clone();
        let moved = self.story.happen(at, event.clone());
        let chain = &self.story.chain;
        let live = chain.steps.iter().filter(|step| step.state.is_live()).count();
        prop_assert!(live <= 1, "two live steps: {:?}", self.story.states());
        let waits = chain.steps.iter().any(|step| step.state == StepState::Waiting);
        prop_assert!(!waits || live == 1, "a step waits for nothing: {:?}", self.story.states());
        for (old, new) in before.steps.iter().zip(&chain.steps) {
            prop_assert!(old.evidence <= new.evidence, "evidence went back");
            prop_assert!(old.epoch <= new.epoch && old.attempts <= new.attempts);
            let put_off = matches!(event, Event::PutOff { .. });
            prop_assert!(put_off || old.lives_until() >= new.lives_until(), "a step came to live longer");
            let proof = |state: StepState| (state == StepState::Delivered, state.is_success());
            let stays = !old.state.is_end() || old.state == new.state || proof(old.state) < proof(new.state);
            prop_assert!(stays, "{:?} became {:?}", old.state, new.state);
            prop_assert_eq!(new.state.is_end(), new.ended_at.is_some());
            prop_assert!(new.state == StepState::Claimed || new.lease_until.is_none());
        }
        let (was, is) = (before.state(), chain.state());
        prop_assert!(was == NoticeState::Open || is == was || is == NoticeState::Reached, "{was:?} {is:?}");
        prop_assert!(chain.timer().is_some(), "nothing will ever happen: {:?}", self.story.states());
        if let Some(next) = moved.next {
            prop_assert_eq!(chain.steps[next].state, StepState::Pending);
            prop_assert!(!before.steps.iter().any(|step| step.state.is_success()), "reached, and goes on");
        }
        if matches!(event, Event::Claimed { .. }) && moved.applied {
            prop_assert!(was != NoticeState::Reached, "claimed after somebody was reached");
            self.holds.push((at, chain.steps[at].epoch));
        }
        self.count(&before.steps, at, event, &moved);
        Ok(moved)
    }

    fn count(&self, before: &[crate::chain::StepRecord], at: usize, event: &Event, moved: &Transition) {
        let (Some(old), Some(new)) = (before.get(at), self.story.chain.steps.get(at)) else { return };
        let reach = |what, holds: bool| {
            if holds {
                *self.reached.borrow_mut().entry(what).or_insert(0) += 1;
            }
        };
        let became = |state| old.state != new.state && new.state == state;
        let chain_moved = moved.next.is_some();
        let aside = |step: &crate::chain::StepRecord| step.is_set_aside();
        let was_aside = || before.iter().zip(&self.story.chain.steps).filter(|(old, _)| aside(old));
        reach(RARE[14], !aside(old) && aside(new));
        reach(RARE[15], was_aside().any(|(_, new)| new.state == StepState::Pending));
        reach(RARE[16], was_aside().any(|(_, new)| new.state == StepState::Watching));
        reach(RARE[17], aside(old) && matches!(event, Event::Reported(_)) && new.state.is_success());
        match event {
            Event::Answered { class, epoch, .. } => {
                let accepted = *class == ReplyClass::Accepted;
                let late = accepted && !moved.applied && new.state.is_success() && old.state != new.state;
                let claimed = old.state == StepState::Claimed && *epoch < old.epoch;
                reach("a hold of before was heard", !moved.applied);
                reach(RARE[1], late && claimed && old.started_at.is_none());
                reach(RARE[2], late && claimed && old.started_at.is_some());
                reach(RARE[3], late && old.state.is_end());
                reach("accepted twice", brakes(moved));
                let again = moved.applied && old.state == StepState::Claimed;
                reach(RARE[10], again && became(StepState::Suppressed));
                reach(RARE[11], again && !accepted && became(StepState::Watching) && new.evidence.is_some());
                reach(RARE[12], again && became(StepState::Superseded));
            }
            Event::Reported(status) => {
                let delivered = became(StepState::Delivered);
                reach(RARE[5], delivered && old.state.is_end() && !old.state.is_success());
                reach(RARE[6], delivered && old.state == StepState::Claimed);
                reach(RARE[7], chain_moved && status.is_failure());
            }
            Event::DeadlineReached => {
                reach(RARE[8], chain_moved && old.state == StepState::Watching);
                reach(RARE[9], became(StepState::InDoubt));
                let expired = self.story.chain.steps.iter().filter(|step| step.state == StepState::Expired);
                reach(RARE[13], moved.applied && !chain_moved && expired.count() > 1);
            }
            _ => {}
        }
    }

    /// Lets the next timer ring; one that means that a step is due has it claimed.
    fn ring(&mut self) -> Result<(), TestCaseError> {
        let Some((timer, at)) =
            self.story.chain.timer().filter(|(timer, _)| *timer != Timer::ReceiptDeadline)
        else {
            return Ok(());
        };
        self.story.now = self.story.now.max(at);
        let place = self.story.chain.live().unwrap();
        let lease_until = self.story.now + LEASE;
        let late = self.story.chain.steps[place].expires_at <= self.story.now;
        let taken = if late { Event::DeadlineReached } else { Event::Claimed { lease_until } };
        let moved = self.check(place, &timer.event().unwrap_or(taken))?;
        prop_assert!(moved.applied, "{timer:?} set nothing off: {:?}", self.story.chain);
        Ok(())
    }

    /// Lets every timer ring, each pending step be taken and nobody answer: all comes to one end.
    fn finish(&mut self) -> Result<(), TestCaseError> {
        for _ in 0..200 {
            self.ring()?;
        }
        prop_assert!(self.story.chain.state() != NoticeState::Open, "{:?}", self.story.chain);
        prop_assert!(self.story.chain.steps.iter().all(|step| step.state.is_end()));
        Ok(())
    }
}

//! A machine's clock that is set while messages wait.

use std::time::Duration;

use chrono::TimeDelta;

use super::{LEASE, Scene, Store};
use crate::ledger::{AttemptResult, ClockReading, Queue, SharedProviderState};
use crate::limits::circuit::SendCounts;
use crate::model::notice::StepState;
use crate::model::phase::Severity;
use crate::model::reply::ReplyClass;

const SECOND: Duration = Duration::from_secs(1);

impl<S: Store> Scene<S> {
    /// Keeps how the clocks of this machine stand that long after its boot.
    fn look(&mut self, since_boot: Duration) -> Option<TimeDelta> {
        self.look_from("this boot", since_boot)
    }

    fn look_from(&mut self, boot: &str, since_boot: Duration) -> Option<TimeDelta> {
        let (boot, worker) = (boot.to_owned(), "worker".to_owned());
        let reading = ClockReading { boot, now: self.now, since_boot, worker, lease: LEASE };
        self.ledger.keep_clock(&reading).unwrap()
    }
}

pub(crate) fn what_waits_keeps_the_time_that_it_had_left<S: Store>() {
    for hours in [3, -3, 24 * 30] {
        let mut scene = Scene::<S>::new();
        let who = scene.subscriber(&["ana@example.org", "+34600000001"]);
        assert_eq!(scene.look(100 * SECOND), None, "the first look of all");
        scene.change("payments", Severity::Critical);
        let expires_at = scene.expires_at(&who);
        scene.pass(TimeDelta::hours(hours) + TimeDelta::seconds(10));
        assert_eq!(scene.look(110 * SECOND), Some(TimeDelta::hours(hours)));
        assert_eq!(scene.expires_at(&who), expires_at + TimeDelta::hours(hours));
        assert_eq!(scene.look(110 * SECOND), None, "a step is told once");
        assert_eq!(scene.claim().len(), 1, "{hours} h: neither too late nor too early");
    }
}

pub(crate) fn a_retry_is_due_no_later_than_it_was<S: Store>() {
    let mut scene = Scene::<S>::new();
    scene.subscriber(&["ana@example.org"]);
    scene.look(100 * SECOND);
    scene.change("payments", Severity::Critical);
    let step = scene.claim_one();
    scene.start(&step);
    let at = scene.now + TimeDelta::seconds(20);
    scene.settle(&step, ReplyClass::Retryable, AttemptResult::Retry { at });
    scene.pass(TimeDelta::seconds(5) - TimeDelta::hours(3));
    scene.look(105 * SECOND);
    assert!(scene.claim().is_empty());
    scene.pass(TimeDelta::seconds(15));
    assert_eq!(scene.claim().len(), 1);
}

pub(crate) fn a_lease_ends_when_it_would_have<S: Store>() {
    for hours in [3, -3] {
        let mut scene = Scene::<S>::new();
        scene.subscriber(&["ana@example.org"]);
        scene.look(100 * SECOND);
        scene.change("payments", Severity::Critical);
        let step = scene.claim_one();
        scene.pass(TimeDelta::hours(hours));
        scene.look(100 * SECOND);
        let (step_before, now) = (step.clone(), scene.now);
        assert_eq!(scene.ledger.recover(now).unwrap().untouched, 0, "{hours} h: nobody takes it away");
        scene.pass(LEASE - TimeDelta::seconds(1));
        assert!(scene.start(&step_before), "it is held for as long as it was to be");
        scene.pass(LEASE);
        let now = scene.now;
        assert_eq!(scene.ledger.recover(now).unwrap().again, 1, "{hours} h: and not longer");
    }
}

pub(crate) fn what_was_planned_since_the_step_stays_as_it_is<S: Store>() {
    for hours in [3, -3] {
        let mut scene = Scene::<S>::new();
        let who = scene.subscriber(&["ana@example.org"]);
        scene.look(100 * SECOND);
        scene.pass(TimeDelta::hours(hours) + TimeDelta::seconds(5));
        scene.change("payments", Severity::Critical);
        let expires_at = scene.expires_at(&who);
        scene.pass(TimeDelta::seconds(5));
        assert_eq!(scene.look(110 * SECOND), Some(TimeDelta::hours(hours)));
        assert_eq!(scene.expires_at(&who), expires_at);
        assert_eq!(scene.claim().len(), 1);
    }
}

pub(crate) fn a_circuit_and_a_pause_are_over_in_time<S: Store>() {
    let mut scene = Scene::<S>::new();
    scene.look(100 * SECOND);
    let refused =
        SendCounts { handoffs: 1, failures: 1, account: Some("535 no".to_owned()), ..SendCounts::default() };
    scene.ledger.learn("acme", &refused, scene.now).unwrap();
    scene.ledger.pause("relay", scene.now + TimeDelta::seconds(30)).unwrap();
    scene.pass(-TimeDelta::hours(3));
    scene.look(100 * SECOND);
    scene.pass(TimeDelta::seconds(31));
    let now = scene.now;
    assert!(scene.ledger.outlook(now).unwrap().pauses.is_empty());
    assert!(scene.ledger.take_probe("acme", now).unwrap());
}

pub(crate) fn a_small_correction_and_another_boot_move_nothing<S: Store>() {
    let mut scene = Scene::<S>::new();
    let who = scene.subscriber(&["ana@example.org"]);
    scene.look(100 * SECOND);
    scene.change("payments", Severity::Critical);
    let expires_at = scene.expires_at(&who);
    scene.pass(TimeDelta::milliseconds(10_900));
    assert_eq!(scene.look(110 * SECOND), None);
    scene.pass(TimeDelta::milliseconds(10_900));
    assert_eq!(scene.look(120 * SECOND), None, "corrections do not add up");
    scene.pass(TimeDelta::hours(2));
    assert_eq!(scene.look_from("the next boot", 5 * SECOND), None);
    assert_eq!(scene.expires_at(&who), expires_at);
    assert_eq!(scene.states(&who), [[StepState::Pending]]);
}

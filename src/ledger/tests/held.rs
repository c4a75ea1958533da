//! Texts that the budget holds, while workers come and go at random.

use std::cell::RefCell;

use chrono::TimeDelta;
use proptest::collection::vec;
use proptest::test_runner::{Config, TestRunner};

use super::scene::request;
use super::{Scene, Store};
use crate::ledger::{Budget, Claim, ClaimRequest, Queue, SharedProviderState};
use crate::model::channel::Channel;
use crate::model::notice::StepState;
use crate::model::phase::Severity;

/// How long a text is held at most, in minutes from its planning.
const HELD_MAX: i64 = 24 * 60;

/// A worker looks, by a plan with that budget.
fn look<S: Store>(scene: &mut Scene<S>, per_incident: u32) -> Claim {
    let budget = Budget { per_incident: Some(per_incident), per_day: None };
    let request = ClaimRequest { budgets: [(Channel::Text, budget)].into(), ..request(1_000) };
    let claim = scene.ledger.claim(&request, scene.now).unwrap();
    for step in &claim.steps {
        scene.accept(step);
    }
    claim
}

/// Whenever workers look, and however long there is none: what a budget holds is sent when someone releases it within a day,
/// and after that it ends with its reason.
pub(crate) fn nothing_that_is_held_is_dropped<S: Store>() {
    let config = Config { cases: S::STORIES, failure_persistence: None, ..Config::default() };
    let reached = RefCell::new((0, 0));
    // People, the budget, the minutes until the first look, and those between looks. A text lives for an hour.
    let days = (1..6_u32, 0..4_u32, 0..59_i64, vec(1..420_i64, 0..8));
    let played = TestRunner::new(config).run(&days, |(people, budget, first, looks)| {
        let mut scene = Scene::<S>::new();
        let people: Vec<_> = (0..people).map(|n| scene.subscriber(&[&format!("+3460000000{n}")])).collect();
        scene.change("payments", Severity::Major);
        scene.pass(TimeDelta::minutes(first));
        let sent = look(&mut scene, budget).steps.len();
        assert_eq!(sent, people.len().min(budget as usize));
        for wait in &looks {
            scene.pass(TimeDelta::minutes(*wait));
            assert_eq!(look(&mut scene, budget).steps.len(), 0, "the budget is used up");
        }
        scene.ledger.release_on_hold(scene.now).unwrap();
        let (left, since) = (scene.claim().len(), first + looks.iter().sum::<i64>());
        let states = people.iter().flat_map(|who| scene.states(who).concat());
        let expired = states.filter(|state| *state == StepState::Expired).count();
        assert_eq!(sent + left + expired, people.len(), "{since} minutes after the change");
        assert!(expired == 0 || since >= HELD_MAX, "{expired} expired after {since} minutes");
        let reached = &mut *reached.borrow_mut();
        (reached.0, reached.1) = (reached.0 + left, reached.1 + expired);
        Ok(())
    });
    played.unwrap();
    assert!(reached.borrow().0 > 0, "nothing was ever let go");
}

//! Quiet hours: what waits for their end, and how long it lives then.

use chrono::TimeDelta;

use super::scene::{TRY_FOR, compose, next_change};
use super::{Scene, Store};
use crate::ledger::{AttemptResult, People, Planner, Planning, SharedProviderState, Story};
use crate::model::Moment;
use crate::model::endpoint::Endpoint;
use crate::model::notice::Quiet;
use crate::model::notice::StepState;
use crate::model::phase::Severity;
use crate::model::reply::ReplyClass;
use crate::model::report::Evidence;
use crate::model::subscriber::SubscriberId;

/// Plans a minor change for one person, mail before text, with these quiet hours.
fn planned<S: Store>(starts_in: TimeDelta, ends_in: TimeDelta) -> (Scene<S>, SubscriberId, Quiet) {
    let mut scene = Scene::<S>::new();
    let ana = scene.subscriber(&["ana@example.org", "+34600111222"]);
    let quiet = Quiet { starts: scene.now + starts_in, ends: scene.now + ends_in };
    let base = scene.ledger.announced().unwrap().unwrap();
    let difference = next_change(&base, "search", Severity::Minor);
    let mut notices =
        compose(&difference, &scene.ledger.active_subscribers().unwrap(), Severity::Minor, scene.now);
    for step in notices.notices.iter_mut().flat_map(|notice| &mut notice.steps) {
        step.quiet = Some(quiet);
        step.success = Evidence::Delivered;
        step.expires_at += step.earliest_send_at(scene.now) - scene.now;
    }
    assert!(matches!(scene.plan(&base, &difference, &notices), Planning::Planned(_)));
    (scene, ana, quiet)
}

/// Until when each step is held, and when it expires.
fn held<S: Store>(scene: &mut Scene<S>, ana: &SubscriberId) -> Vec<(Option<Moment>, Moment)> {
    let story = scene.ledger.explain(ana, None).unwrap();
    story[0].steps.iter().map(|step| (step.held_until, step.expires_at)).collect()
}

pub(crate) fn what_is_planned_in_quiet_hours_waits_for_their_end<S: Store>() {
    let (mut scene, ana, quiet) = planned::<S>(-TimeDelta::hours(1), TimeDelta::hours(8));
    assert!(scene.claim().is_empty());
    assert_eq!(scene.ledger.next_due().unwrap(), Some(quiet.ends));
    let expires = [quiet.ends + TimeDelta::hours(1), quiet.ends + TimeDelta::hours(2)];
    assert_eq!(held(&mut scene, &ana), [(Some(quiet.ends), expires[0]), (None, expires[1])]);
    let story = scene.ledger.explain(&ana, None).unwrap();
    assert!(story[0].steps.iter().all(|step| step.success == Evidence::Delivered), "frozen with the step");
    scene.pass(TimeDelta::hours(8));
    assert_eq!(scene.claim_one().expires_at, quiet.ends + TRY_FOR, "its turn begins when they end");
}

pub(crate) fn what_is_found_in_quiet_hours_waits_and_lives_on<S: Store>() {
    let (mut scene, ana, quiet) = planned::<S>(TimeDelta::minutes(5), TimeDelta::hours(9));
    let first = scene.claim_one();
    assert!(scene.start(&first));
    let at = scene.now + TimeDelta::minutes(6);
    scene.settle(&first, ReplyClass::Retryable, AttemptResult::Retry { at });
    scene.pass(TimeDelta::minutes(8));
    let before = held(&mut scene, &ana)[0];
    assert_eq!(before.0, None);
    assert!(scene.claim().is_empty(), "the retry is due, and it is night");
    let waits = quiet.ends - scene.now;
    assert_eq!(
        held(&mut scene, &ana)[0],
        (Some(quiet.ends), before.1 + waits),
        "what it waits is not counted"
    );
    assert_eq!(scene.ledger.next_due().unwrap(), Some(quiet.ends));
    scene.pass(waits);
    assert_eq!(scene.claim_one().attempts, 1);
}

pub(crate) fn the_next_channel_waits_for_the_end_as_well<S: Store>() {
    let (mut scene, ana, quiet) = planned::<S>(-TimeDelta::hours(1), TimeDelta::hours(8));
    scene.ledger.suppress(&Endpoint::read("ana@example.org").unwrap(), "bounced", scene.now).unwrap();
    scene.pass(TimeDelta::hours(8));
    let text = scene.claim_one();
    assert_eq!((text.position, scene.now), (1, quiet.ends));
    assert_eq!(scene.states(&ana), [[StepState::Suppressed, StepState::Claimed]]);
}

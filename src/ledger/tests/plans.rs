//! Planning inserts all, once, or nothing.

use super::scene::{compose, next_change};
use super::{Scene, Store};
use crate::ledger::{
    AttemptResult, Error, People, PlanRequest, Planned, Planner, Planning, Queue, SharedProviderState, Story,
};
use crate::model::announced::Baseline;
use crate::model::change::Difference;
use crate::model::clearance::{Clearance, Ground, PublishOverride};
use crate::model::incident::IncidentId;
use crate::model::notice::{Notices, StepState};
use crate::model::phase::Severity;
use crate::model::reply::ReplyClass;
use crate::model::subscriber::SubscriberId;

pub(crate) fn a_ledger_without_a_baseline_plans_nothing<S: Store>() {
    let mut scene = Scene::<S>::without_baseline();
    assert_eq!(scene.ledger.announced().unwrap(), None);
    let difference = next_change(&Baseline::default(), "payments", Severity::Major);
    let planning = scene.plan(&Baseline::default(), &difference, &Notices::default());
    assert_eq!(planning, Planning::Conflict);
    assert_eq!(scene.ledger.announced().unwrap(), None);
}

pub(crate) fn planning_moves_the_baseline_and_writes_every_step<S: Store>() {
    let mut scene = Scene::<S>::new();
    let ana = scene.subscriber(&["ana@example.org", "+34600000001"]);
    let ben = scene.subscriber(&["ben@example.org"]);
    let planned = scene.change("payments", Severity::Major);
    assert_eq!(planned, Planned { changes: 1, notices: 2, steps: 3, superseded: 0 });
    assert_eq!(scene.states(&ana), [[StepState::Pending, StepState::Waiting]]);
    assert_eq!(scene.states(&ben), [[StepState::Pending]]);
    assert_eq!(scene.ledger.announced().unwrap().unwrap().incidents.len(), 1);
    assert_eq!(scene.ledger.unfinished().unwrap(), 3);
    assert_eq!(scene.ledger.next_due().unwrap(), Some(scene.now));
}

pub(crate) fn planning_the_same_twice_inserts_nothing<S: Store>() {
    let mut scene = Scene::<S>::new();
    scene.subscriber(&["ana@example.org"]);
    let base = Baseline::default();
    let difference = next_change(&base, "payments", Severity::Major);
    let notices = |scene: &mut Scene<S>| {
        compose(&difference, &scene.ledger.active_subscribers().unwrap(), Severity::Major, scene.now)
    };
    let first = notices(&mut scene);
    assert!(matches!(scene.plan(&base, &difference, &first), Planning::Planned(_)));
    assert_eq!(scene.plan(&base, &difference, &first), Planning::Conflict, "the baseline has moved");

    // Even if the baseline is back and someone subscribed since, what was announced is not announced again.
    scene.subscriber(&["late@example.org"]);
    let back = Difference { changes: Vec::new(), announced: base.clone() };
    scene.plan(&difference.announced, &back, &Notices::default());
    let second = notices(&mut scene);
    assert_eq!(scene.plan(&base, &difference, &second), Planning::Planned(Planned::default()));
    assert_eq!(scene.claim().len(), 1);
}

pub(crate) fn a_stale_baseline_is_overtaken<S: Store>() {
    let mut scene = Scene::<S>::new();
    scene.subscriber(&["ana@example.org"]);
    let stale = Baseline::default();
    scene.change("payments", Severity::Major);
    let difference = next_change(&stale, "search", Severity::Major);
    let notices =
        compose(&difference, &scene.ledger.active_subscribers().unwrap(), Severity::Major, scene.now);
    assert_eq!(scene.plan(&stale, &difference, &notices), Planning::Conflict);
    assert_eq!(scene.ledger.summary(None).unwrap().len(), 1);
}

pub(crate) fn a_newer_change_supersedes_what_has_not_left<S: Store>() {
    let mut scene = Scene::<S>::new();
    let ana = scene.subscriber(&["ana@example.org", "+34600000001"]);
    scene.change("payments", Severity::Major);
    scene.change("search", Severity::Major);
    let planned = scene.change("payments", Severity::Major);
    assert_eq!(planned.superseded, 2);
    let superseded = [StepState::Superseded, StepState::Superseded];
    let live = [StepState::Pending, StepState::Waiting];
    assert_eq!(scene.states(&ana), [superseded, live, live], "another incident's steps stay");
    let explained = scene.ledger.explain(&ana, None).unwrap();
    let reason = explained[0].steps[0].reason.as_deref();
    assert_eq!(reason, Some("replaced by the change planned 2026-11-20 09:00 UTC"));
}

pub(crate) fn a_notice_for_nobody_rolls_everything_back<S: Store>() {
    let mut scene = Scene::<S>::new();
    scene.subscriber(&["ana@example.org"]);
    let base = Baseline::default();
    let difference = next_change(&base, "payments", Severity::Major);
    let mut notices =
        compose(&difference, &scene.ledger.active_subscribers().unwrap(), Severity::Major, scene.now);
    let mut ghost = notices.notices[0].clone();
    ghost.subscriber = SubscriberId::from_stored("ghost");
    notices.notices.push(ghost);
    let clearance = Clearance::grant(Ground::Shown);
    let request = PlanRequest::new(&base, &difference, &notices, &clearance);
    assert!(matches!(scene.ledger.plan(&request, scene.now), Err(Error::NotFound { .. })));
    assert_eq!(scene.ledger.unfinished().unwrap(), 0);
    assert_eq!(scene.ledger.announced().unwrap(), Some(base), "the baseline did not move");
}

pub(crate) fn who_forced_a_change_is_kept_with_it<S: Store>() {
    let mut scene = Scene::<S>::new();
    let ana = scene.subscriber(&["ana@example.org"]);
    scene.change("search", Severity::Major);
    let base = scene.ledger.announced().unwrap().unwrap();
    let difference = next_change(&base, "payments", Severity::Major);
    let notices =
        compose(&difference, &scene.ledger.active_subscribers().unwrap(), Severity::Major, scene.now);
    let forced = PublishOverride { who: "ana@laptop".to_owned(), site: "5e1c03aa".to_owned() };
    let clearance = Clearance::grant(Ground::Forced(forced.clone()));
    let request = PlanRequest::new(&base, &difference, &notices, &clearance);
    assert!(matches!(scene.ledger.plan(&request, scene.now), Ok(Planning::Planned(_))));
    let explained = scene.ledger.explain(&ana, None).unwrap();
    let told: Vec<Option<PublishOverride>> = explained.into_iter().map(|told| told.change.forced).collect();
    assert_eq!(told, [None, Some(forced.clone())]);
    let summed = scene.ledger.summary(None).unwrap();
    let told: Vec<Option<PublishOverride>> = summed.into_iter().map(|told| told.change.forced).collect();
    assert_eq!(told, [None, Some(forced)]);
}

pub(crate) fn adopting_keeps_revisions_from_being_given_twice<S: Store>() {
    let mut scene = Scene::<S>::new();
    let ana = scene.subscriber(&["ana@example.org"]);
    scene.change("payments", Severity::Major);
    scene.change("payments", Severity::Major);
    let mut fresh = scene.ledger.announced().unwrap().unwrap();
    fresh.incidents.values_mut().for_each(|incident| incident.revision = 1);
    scene.ledger.adopt(&fresh, scene.now).unwrap();
    let planned = scene.change("payments", Severity::Major);
    assert_eq!(planned.notices, 1, "the change is not taken for the second one, which was told");
    assert_eq!(scene.states(&ana).len(), 3);
}

pub(crate) fn a_clearance_for_silent_edits_carries_no_change<S: Store>() {
    let mut scene = Scene::<S>::new();
    let base = Baseline::default();
    let difference = next_change(&base, "payments", Severity::Major);
    let (notices, clearance) = (Notices::default(), Clearance::grant(Ground::Silent));
    let request = PlanRequest::new(&base, &difference, &notices, &clearance);
    assert!(matches!(scene.ledger.plan(&request, scene.now), Err(Error::NotFound { .. })));
    assert_eq!(scene.ledger.announced().unwrap(), Some(base), "the baseline did not move");
}

pub(crate) fn what_is_withdrawn_is_not_tried_again<S: Store>() {
    let mut scene = Scene::<S>::new();
    scene.subscriber(&["ana@example.org"]);
    scene.subscriber(&["ben@example.org", "+34600000001"]);
    scene.change("payments", Severity::Major);
    let payments = IncidentId::new("payments").unwrap();
    let under_way = scene.claim_of(1).steps.remove(0);
    scene.start(&under_way);
    let stopped = scene.ledger.withdraw(&payments, scene.now).unwrap();
    assert_eq!(stopped, 1, "of two people one is being told");
    let heard = scene.ledger.withdrawn().unwrap();
    assert_eq!(heard[&payments], [under_way.subscriber.clone()].into(), "who may hear of it is told the end");

    scene.settle(&under_way, ReplyClass::Retryable, AttemptResult::Retry { at: scene.now });
    let claim = scene.claim_of(9);
    assert!(claim.steps.is_empty());
    assert_eq!(claim.ended[0].reason, "withdrawn: it was reported in error");
    assert!(claim.ended[0].by_wish);
    assert_eq!(scene.ledger.withdrawn().unwrap()[&payments], [].into(), "and who did not is not");

    scene.change("payments", Severity::Major);
    assert!(scene.ledger.withdrawn().unwrap().is_empty());
    assert_eq!(scene.claim().len(), 2, "what happens to it next is told");
}

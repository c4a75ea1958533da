//! Planning inserts all, once, or nothing.

use std::collections::BTreeSet;

use super::scene::{compose, next_change};
use super::{Scene, Store};
use crate::chain::NoticeState;
use crate::ledger::{
    AttemptResult, Error, People, PlanRequest, Planned, Planner, Planning, Queue, SharedProviderState, Story,
};
use crate::model::announced::Baseline;
use crate::model::change::Difference;
use crate::model::channel::Channel;
use crate::model::clearance::{Clearance, Ground, PublishOverride};
use crate::model::incident::IncidentId;
use crate::model::message::{Encoding, Message, TextMessage};
use crate::model::notice::{Notice, Notices, PlannedStep, StepState};
use crate::model::phase::Severity;
use crate::model::reply::ReplyClass;
use crate::model::report::Evidence;
use crate::model::subscriber::{EndpointId, SubscriberId};

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
    assert_eq!(planned, Planned { changes: 1, notices: 2, steps: 3, superseded: 0, corrected: 0 });
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
    assert_eq!(reason, Some("replaced by the change planned 2026-11-20 09:00:00 UTC"));
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

pub(crate) fn what_is_withdrawn_and_may_have_been_sent_stays_in_doubt<S: Store>() {
    let mut scene = Scene::<S>::new();
    let ana = scene.subscriber(&["ana@example.org"]);
    scene.change("payments", Severity::Major);
    let step = scene.claim_of(1).steps.remove(0);
    scene.start(&step);
    scene.settle(&step, ReplyClass::Ambiguous, AttemptResult::Retry { at: scene.now });
    scene.ledger.withdraw(&IncidentId::new("payments").unwrap(), scene.now).unwrap();
    let told = scene.ledger.explain(&ana, None).unwrap().remove(0).steps.remove(0);
    let reason = "may have been sent before it was withdrawn";
    assert_eq!((told.state, told.reason.as_deref()), (StepState::InDoubt, Some(reason)));
}

pub(crate) fn a_text_that_is_corrected_before_it_was_sent_is_sent_corrected<S: Store>() {
    let mut scene = Scene::<S>::new();
    let [ana, ben, cid] = [
        scene.subscriber(&["ana@example.org"]),
        scene.subscriber(&["+34600000001", "ben@example.org"]),
        scene.subscriber(&["cid@example.org"]),
    ];
    scene.change("payments", Severity::Major);
    let origins = [IncidentId::new("payments").unwrap()].into();
    let change = scene.ledger.queued_changes(&origins).unwrap().remove(0);
    // An email is sent before the text is corrected, and an SMS backs off.
    let mut sent = Vec::new();
    for step in scene.claim_of(1).steps {
        scene.start(&step);
        if step.endpoint.channel() == Channel::Mail {
            scene.settle(&step, ReplyClass::Accepted, AttemptResult::Accepted);
            sent.push(step.subscriber);
        } else {
            scene.settle(&step, ReplyClass::Retryable, AttemptResult::Retry { at: scene.now });
        }
    }
    assert_eq!(sent.len(), 1);
    let base = scene.ledger.announced().unwrap().unwrap();
    let mut corrected = Notices::default();
    let message =
        Message::Text(TextMessage { body: "corrected".to_owned(), encoding: Encoding::Gsm7, segments: 1 });
    let message = corrected.add_message(message);
    for (subscriber, channels) in
        [(&ana, vec![Channel::Mail]), (&ben, vec![Channel::Text, Channel::Mail]), (&cid, vec![Channel::Mail])]
    {
        let step = |(position, channel)| PlannedStep {
            position,
            channel,
            endpoint: EndpointId::OF_PLACE,
            message,
            expires_at: scene.now,
            try_for: None,
            success: Evidence::Accepted,
            quiet: None,
            repeats: Default::default(),
        };
        corrected.notices.push(Notice {
            change: change.id.clone(),
            subscriber: subscriber.clone(),
            incident: change.origin.clone(),
            severity: Severity::Major,
            steps: (0..).zip(channels).map(step).collect(),
        });
    }
    let difference = Difference { changes: Vec::new(), announced: base.clone() };
    let (notices, clearance) = (Notices::default(), Clearance::grant(Ground::Silent));
    let request = PlanRequest {
        corrected: Some(&corrected),
        ..PlanRequest::new(&base, &difference, &notices, &clearance)
    };
    let Planning::Planned(planned) = scene.ledger.plan(&request, scene.now).unwrap() else { panic!() };
    assert_eq!(
        (planned.corrected, planned.steps),
        (3, 0),
        "the SMS, the email that is next to it, the other email"
    );
    let Planning::Planned(again) = scene.ledger.plan(&request, scene.now).unwrap() else { panic!() };
    assert_eq!(again.corrected, 0);
    let claimed = scene.claim();
    assert_eq!(claimed.len(), 2);
    assert!(claimed.iter().all(|step| step.message.plain_text() == "corrected"));
    let ids = claimed.iter().map(|step| &step.subscriber).collect::<BTreeSet<_>>();
    assert!(!ids.contains(&sent[0]), "a step that ended is not touched");
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
    assert_eq!(claim.ended[0].reason, "it was reported in error");
    assert!(claim.ended[0].by_wish);
    let ends = [StepState::Withdrawn, StepState::Withdrawn];
    let people = scene.ledger.list_subscribers().unwrap();
    for person in people {
        let steps = scene.states(&person.subscriber.id).remove(0);
        assert!(steps.iter().all(|state| ends.contains(state)), "{steps:?}");
    }
    let summary = scene.ledger.summary(Some(&payments)).unwrap().remove(0);
    assert_eq!(summary.people, [(NoticeState::Withdrawn, 2)].into());
    assert!(scene.ledger.missed(&summary.change.id, 9).unwrap().is_empty());
    assert_eq!(scene.ledger.withdrawn().unwrap()[&payments], [].into(), "and who did not is not");

    scene.change("payments", Severity::Major);
    assert!(scene.ledger.withdrawn().unwrap().is_empty());
    assert_eq!(scene.claim().len(), 2, "what happens to it next is told");
}

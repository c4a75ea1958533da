//! What may leave, when, and for whom.

use std::collections::BTreeSet;

use chrono::TimeDelta;

use super::scene::{TRY_FOR, request, subscription};
use super::{Scene, Store};
use crate::ledger::{
    AttemptResult, ClaimedStep, LeaseToken, Ledger, People, Queue, SharedProviderState, Story,
};
use crate::model::Moment;
use crate::model::channel::Channel;
use crate::model::message::Message;
use crate::model::notice::StepState;
use crate::model::phase::Severity;
use crate::model::reply::ReplyClass;
use crate::model::subscriber::ConsentMethod;

pub(crate) fn two_connections_never_claim_the_same_step<S: Store>() {
    let mut scene = Scene::<S>::new();
    let addresses: Vec<String> = (0..200).map(|number| format!("p{number}@example.org")).collect();
    let all: Vec<_> = addresses.iter().map(|address| subscription(&[address])).collect();
    scene.add(ConsentMethod::Imported, &all);
    scene.change("payments", Severity::Major);
    let (one, two) = (scene.store.open(), scene.store.open());
    let (one, two) = std::thread::scope(|threads| {
        let first = threads.spawn(|| claim_in_sevens(one, scene.now));
        (claim_in_sevens(two, scene.now), first.join().unwrap())
    });
    let different: BTreeSet<_> = one.iter().chain(&two).collect();
    assert_eq!((different.len(), one.len() + two.len()), (200, 200));
}

fn claim_in_sevens(mut ledger: impl Ledger, now: Moment) -> Vec<LeaseToken> {
    let mut held = Vec::new();
    loop {
        let claim = ledger.claim(&request(7), now).unwrap();
        if claim.steps.is_empty() {
            return held;
        }
        held.extend(claim.steps.into_iter().map(|step| step.hold));
    }
}

pub(crate) fn urgent_steps_leave_first_then_the_oldest<S: Store>() {
    let mut scene = Scene::<S>::new();
    scene.subscriber(&["ana@example.org"]);
    for (incident, severity) in
        [("old", Severity::Minor), ("new", Severity::Minor), ("fire", Severity::Critical)]
    {
        scene.change(incident, severity);
        scene.pass(TimeDelta::seconds(1));
    }
    let order = |claimed: Vec<ClaimedStep>| {
        claimed.into_iter().map(|step| step.incident.to_string()).collect::<Vec<_>>()
    };
    let first = scene.claim_of(2).steps;
    assert_eq!(order(first), ["fire", "old"]);
    assert_eq!(order(scene.claim()), ["new"]);
}

pub(crate) fn a_newer_change_waits_for_the_older_handoff<S: Store>() {
    let mut scene = Scene::<S>::new();
    let ana = scene.subscriber(&["ana@example.org"]);
    scene.change("payments", Severity::Minor);
    let older = scene.claim_one();
    scene.change("payments", Severity::Critical);
    assert!(scene.claim().is_empty(), "the older one is being handed off");
    scene.start(&older);
    scene.accept(&older);
    let newer = scene.claim_one();
    assert_ne!(newer.hold.step, older.hold.step);
    scene.accept(&newer);
    assert_eq!(scene.states(&ana), [[StepState::Accepted], [StepState::Accepted]]);
}

pub(crate) fn an_opt_out_after_planning_is_honoured<S: Store>() {
    let mut scene = Scene::<S>::new();
    let ana = scene.subscriber(&["ana@example.org", "+34600000001"]);
    let ben = scene.subscriber(&["ben@example.org"]);
    scene.change("payments", Severity::Major);
    scene.ledger.remove_subscriber(&ana, scene.now).unwrap();
    let claim = scene.claim_of(10);
    assert_eq!(claim.steps.len(), 1, "only the other subscriber's");
    assert_eq!(claim.steps[0].subscriber, ben);
    assert_eq!(claim.ended.len(), 2, "the whole chain ends at once");
    assert_eq!(claim.ended[0].next, Some(Channel::Text));
    assert_eq!(claim.ended[1].next, None);
    assert_eq!(scene.states(&ana), [[StepState::Suppressed, StepState::Suppressed]]);
    let explained = scene.ledger.explain(&ana, None).unwrap();
    assert_eq!(explained[0].steps[0].reason.as_deref(), Some("the subscriber was removed"));
}

pub(crate) fn an_address_given_up_after_planning_is_honoured<S: Store>() {
    let mut scene = Scene::<S>::new();
    let ana = scene.subscriber(&["ana@example.org", "+34600000001"]);
    scene.change("payments", Severity::Major);
    scene.subscriber(&["ana@example.org"]);
    let mail = scene.claim_one();
    scene.settle(&mail, ReplyClass::ContentRejected, AttemptResult::Rejected);
    assert!(scene.claim().is_empty(), "the phone is hers no more");
    assert_eq!(scene.states(&ana), [[StepState::Rejected, StepState::Suppressed]]);
}

pub(crate) fn a_late_step_expires<S: Store>() {
    let mut scene = Scene::<S>::new();
    let ana = scene.subscriber(&["ana@example.org", "+34600000001"]);
    scene.change("payments", Severity::Major);
    scene.pass(TimeDelta::hours(1));
    let claim = scene.claim_of(10);
    assert_eq!(claim.ended[0].state, StepState::Expired);
    assert_eq!(claim.steps.len(), 1, "the next channel has time left and leaves at once");
    scene.ledger.give_back(&claim.steps[0].hold, scene.now, scene.now).unwrap();
    scene.pass(TimeDelta::hours(1));
    assert!(scene.claim().is_empty());
    assert_eq!(scene.states(&ana), [[StepState::Expired, StepState::Expired]]);
    assert_eq!(scene.ledger.next_due().unwrap(), None, "at rest");
}

pub(crate) fn a_step_carries_its_words_and_attempts<S: Store>() {
    let mut scene = Scene::<S>::new();
    let ana = scene.subscriber(&["ana@example.org"]);
    scene.change("payments", Severity::Major);
    let step = scene.claim_one();
    let Message::Text(text) = &*step.message else { panic!("the scene writes text") };
    assert_eq!(text.body, "payments 1");
    assert_eq!((step.subscriber.clone(), step.position, step.hold.epoch), (ana, 0, 1));
    assert_eq!(step.endpoint.expose(), "ana@example.org");
    assert_eq!(step.attempts, 0);
    scene.settle(&step, ReplyClass::Retryable, AttemptResult::Retry { at: scene.now });
    let again = scene.claim_one();
    assert_eq!(again.attempts, 1);
    assert!(again.hold.epoch > step.hold.epoch);
    assert_eq!(again.expires_at, step.expires_at, "a retry does not live longer");
}

pub(crate) fn a_step_given_back_is_claimed_again<S: Store>() {
    let mut scene = Scene::<S>::new();
    scene.subscriber(&["ana@example.org"]);
    scene.change("payments", Severity::Major);
    let step = scene.claim_one();
    assert!(scene.claim().is_empty());
    scene.ledger.give_back(&step.hold, scene.now, scene.now).unwrap();
    let again = scene.claim_one();
    assert_eq!(again.attempts, 0, "nothing was attempted");
    scene.ledger.give_back(&step.hold, scene.now, scene.now).unwrap();
    assert!(scene.claim().is_empty(), "the hold of before gives nothing back");
}

pub(crate) fn a_step_put_off_gives_way_in_time<S: Store>() {
    let mut scene = Scene::<S>::new();
    let ana = scene.subscriber(&["ana@example.org", "+34600000001"]);
    scene.change("payments", Severity::Major);
    let step = scene.claim_one();
    let limit = scene.now + TRY_FOR;
    scene.ledger.give_back(&step.hold, limit, scene.now).unwrap();
    scene.pass(TRY_FOR);
    let claim = scene.claim_of(10);
    assert_eq!(claim.ended[0].state, StepState::Waiting);
    assert_eq!(claim.steps[0].position, 1, "the next channel did not wait for the time to live");
    assert_eq!(scene.states(&ana), [[StepState::Waiting, StepState::Claimed]]);
}

pub(crate) fn a_step_that_expires_in_its_worker_s_hands_is_not_started<S: Store>() {
    let mut scene = Scene::<S>::new();
    let ana = scene.subscriber(&["ana@example.org", "+34600000001"]);
    scene.change("payments", Severity::Major);
    scene.pass(TimeDelta::minutes(59));
    let step = scene.claim_one();
    scene.pass(TimeDelta::minutes(1));
    assert!(!scene.start(&step), "its lease holds, and its words are too old");
    scene.ledger.give_back(&step.hold, scene.now, scene.now).unwrap();
    scene.claim();
    assert_eq!(scene.states(&ana), [[StepState::Expired, StepState::Claimed]]);
}

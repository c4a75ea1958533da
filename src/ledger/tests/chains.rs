//! How a chain moves from channel to channel.

use chrono::TimeDelta;

use super::scene::TRY_FOR;
use super::{Scene, Store};
use crate::ledger::{Ledger, Settled, Verdict};
use crate::model::address::Channel;
use crate::model::incident::IncidentId;
use crate::model::notice::StepState;
use crate::model::phase::Severity;
use crate::model::reply::ReplyClass;

pub(crate) fn acceptance_ends_the_chain<S: Store>() {
    let mut scene = Scene::<S>::new();
    let ana = scene.subscriber(&["ana@example.org", "+34600000001"]);
    scene.change("payments", Severity::Major);
    let mail = scene.claim_one();
    assert!(scene.start(&mail));
    assert_eq!(scene.accept(&mail), Settled::Stands { state: StepState::Accepted, next: None });
    assert_eq!(scene.states(&ana), [[StepState::Accepted, StepState::Suppressed]]);
    assert_eq!(scene.ledger.unfinished().unwrap(), 0);
    scene.pass(TimeDelta::days(2));
    assert!(scene.claim().is_empty());
}

pub(crate) fn refusal_moves_the_chain_and_suppresses_the_address<S: Store>() {
    let mut scene = Scene::<S>::new();
    let ana = scene.subscriber(&["ana@example.org", "+34600000001"]);
    scene.change("payments", Severity::Major);
    let mail = scene.claim_one();
    scene.start(&mail);
    let settled = scene.settle(&mail, ReplyClass::Recipient, Verdict::Rejected);
    assert_eq!(settled, Settled::Stands { state: StepState::Rejected, next: Some(Channel::Text) });
    let text = scene.claim_one();
    assert_eq!((text.position, text.endpoint.channel()), (1, Channel::Text));
    scene.accept(&text);
    assert_eq!(scene.states(&ana), [[StepState::Rejected, StepState::Accepted]]);

    scene.change("search", Severity::Major);
    assert_eq!(scene.states(&ana)[1].len(), 1, "the refused address is not planned for again");
}

pub(crate) fn a_step_tried_for_too_long_gives_way<S: Store>() {
    let mut scene = Scene::<S>::new();
    let ana = scene.subscriber(&["ana@example.org", "+34600000001"]);
    scene.change("payments", Severity::Major);
    scene.pass(TimeDelta::minutes(5));
    let first = scene.claim_one();
    assert_eq!(first.try_for, Some(TRY_FOR), "waiting in the queue does not count");
    scene.start(&first);
    let limit = scene.now + TRY_FOR;
    scene.settle(&first, ReplyClass::Retryable, Verdict::Retry { at: scene.now + TimeDelta::minutes(4) });
    scene.pass(TimeDelta::minutes(4));
    let again = scene.claim_one();
    assert_eq!((again.expires_at, again.try_for), (limit, None), "the first handoff counts, not the last");
    scene.start(&again);
    scene.settle(&again, ReplyClass::Retryable, Verdict::Retry { at: scene.now + TimeDelta::minutes(5) });
    scene.pass(TimeDelta::minutes(6));
    scene.claim();
    let text = scene.claim();
    let states = scene.states(&ana);
    assert_eq!(states[0][0], StepState::Expired);
    assert!(states[0][1] == StepState::Claimed, "{states:?} {text:?}");
}

pub(crate) fn a_retry_is_due_later_and_not_before<S: Store>() {
    let mut scene = Scene::<S>::new();
    let ana = scene.subscriber(&["ana@example.org", "+34600000001"]);
    scene.change("payments", Severity::Major);
    let step = scene.claim_one();
    let at = scene.now + TimeDelta::minutes(5);
    let settled = scene.settle(&step, ReplyClass::Retryable, Verdict::Retry { at });
    assert_eq!(settled, Settled::Stands { state: StepState::Pending, next: None });
    assert_eq!(scene.ledger.next_due().unwrap(), Some(at));
    assert!(scene.claim().is_empty());
    scene.pass(TimeDelta::minutes(5));
    let again = scene.claim_one();
    scene.settle(&again, ReplyClass::Account, Verdict::NextProvider);
    scene.settle(&again, ReplyClass::Retryable, Verdict::Dead);
    assert_eq!(scene.states(&ana), [[StepState::Dead, StepState::Pending]]);
    let explained = scene.ledger.explain(&ana, None).unwrap();
    let classes: Vec<_> = explained[0].steps[0].attempts.iter().map(|attempt| attempt.reply.class).collect();
    assert_eq!(classes, [ReplyClass::Retryable, ReplyClass::Account, ReplyClass::Retryable]);
}

pub(crate) fn a_retry_of_something_replaced_is_superseded<S: Store>() {
    let mut scene = Scene::<S>::new();
    let ana = scene.subscriber(&["ana@example.org", "+34600000001"]);
    scene.change("payments", Severity::Major);
    let step = scene.claim_one();
    let planned = scene.change("payments", Severity::Major);
    assert_eq!(planned.superseded, 1, "the waiting step, not the one being handed off");
    let settled = scene.settle(&step, ReplyClass::Retryable, Verdict::Retry { at: scene.now });
    assert_eq!(settled, Settled::Stands { state: StepState::Superseded, next: None });
    let superseded = [StepState::Superseded, StepState::Superseded];
    assert_eq!(scene.states(&ana), [superseded, [StepState::Pending, StepState::Waiting]]);
}

pub(crate) fn why_and_the_summary_tell_the_same_story<S: Store>() {
    let mut scene = Scene::<S>::new();
    let ana = scene.subscriber(&["ana@example.org", "+34600000001"]);
    scene.subscriber(&["ben@example.org"]);
    scene.change("2026/payments", Severity::Major);
    let planned_at = scene.now;
    for (minute, step) in (1..).zip(scene.claim()) {
        scene.now = planned_at + TimeDelta::minutes(minute);
        scene.start(&step);
        scene.accept(&step);
    }
    let name = |id: &str| IncidentId::new(id).unwrap();
    let explained = scene.ledger.explain(&ana, Some(&name("2026/payments"))).unwrap();
    assert_eq!(scene.ledger.explain(&ana, Some(&name("search"))).unwrap(), []);
    let attempt = &explained[0].steps[0].attempts[0];
    assert_eq!((attempt.provider.as_str(), attempt.reply.words.as_str()), ("relay", "said by a test"));
    assert_eq!(attempt.reply.reference.as_deref(), Some("queue-id"));
    assert_eq!(explained[0].severity, Severity::Major);
    assert_eq!(explained[0].change.planned_at, planned_at);

    let summary = scene.ledger.summary().unwrap();
    assert_eq!(summary.len(), 1);
    assert_eq!(summary[0].change, explained[0].change);
    assert_eq!((summary[0].notices, summary[0].reached), (2, 2));
    assert_eq!(summary[0].steps, [(StepState::Accepted, 2), (StepState::Suppressed, 1)].into());
    let minutes = |count| Some(planned_at + TimeDelta::minutes(count));
    assert_eq!((summary[0].first_handoff, summary[0].last_handoff), (minutes(1), minutes(2)));
}

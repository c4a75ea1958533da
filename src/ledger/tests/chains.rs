//! How a chain moves from channel to channel.

use std::collections::BTreeSet;

use chrono::TimeDelta;

use super::scene::TRY_FOR;
use super::{Scene, Store};
use crate::chain::NoticeState;
use crate::ledger::{
    AttemptResult, People, Queue, SendTimes, Settled, SharedProviderState, Story, UnreachedSubscriber,
};
use crate::model::channel::Channel;
use crate::model::endpoint::Endpoint;
use crate::model::incident::IncidentId;
use crate::model::notice::StepState;
use crate::model::phase::Severity;
use crate::model::reply::ReplyClass;
use crate::model::subscriber::SubscriberId;

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
    let settled = scene.settle(&mail, ReplyClass::AddressRejected, AttemptResult::Rejected);
    assert_eq!(settled, Settled::Stands { state: StepState::Rejected, next: Some(Channel::Text) });
    let text = scene.claim_one();
    assert_eq!((text.position, text.endpoint.channel()), (1, Channel::Text));
    scene.accept(&text);
    assert_eq!(scene.states(&ana), [[StepState::Rejected, StepState::Accepted]]);

    scene.change("search", Severity::Major);
    assert_eq!(scene.states(&ana)[1].len(), 1, "the refused address is not planned for again");
}

pub(crate) fn whoever_cannot_be_told_has_a_row_that_says_why<S: Store>() {
    let mut scene = Scene::<S>::new();
    let ana = scene.subscriber(&["ana@example.org", "+34600000001"]);
    let ben = scene.subscriber(&["ben@example.org"]);
    for address in ["ana@example.org", "+34600000001"] {
        let endpoint = Endpoint::read(address).unwrap();
        assert!(scene.ledger.suppress(&endpoint, "it bounced", scene.now).unwrap());
    }
    assert_eq!(scene.ledger.silenced().unwrap(), [ana.clone()].into());
    scene.change("payments", Severity::Major);
    let claim = scene.claim_of(10);
    let last = scene.claim_of(10).ended;
    assert_eq!((claim.steps.len(), &claim.steps[0].subscriber), (1, &ben));
    assert_eq!((claim.ended.len() + last.len(), claim.ended[0].by_wish), (2, false));
    scene.accept(&claim.steps[0]);
    assert_eq!(scene.states(&ana), [[StepState::Suppressed, StepState::Suppressed]]);
    let told = scene.ledger.explain(&ana, None).unwrap();
    assert_eq!(told[0].steps[0].reason.as_deref(), Some("it bounced"));
    let summary = &scene.ledger.summary(None).unwrap()[0];
    assert_eq!((summary.planned(), summary.people_at(NoticeState::Suppressed)), (2, 1));
}

pub(crate) fn a_step_tried_for_too_long_gives_way<S: Store>() {
    let mut scene = Scene::<S>::new();
    let ana = scene.subscriber(&["ana@example.org", "+34600000001"]);
    scene.change("payments", Severity::Major);
    scene.pass(TimeDelta::minutes(5));
    let first = scene.claim_one();
    let limit = scene.now + TRY_FOR;
    assert_eq!(first.expires_at, limit, "waiting in the queue does not count");
    scene.pass(TimeDelta::seconds(30));
    scene.start(&first);
    scene.settle(
        &first,
        ReplyClass::Retryable,
        AttemptResult::Retry { at: scene.now + TimeDelta::minutes(4) },
    );
    scene.pass(TimeDelta::minutes(4));
    let again = scene.claim_one();
    assert_eq!(again.expires_at, limit, "the first claim counts, not the last, and not the handoff");
    scene.start(&again);
    scene.settle(
        &again,
        ReplyClass::Retryable,
        AttemptResult::Retry { at: scene.now + TimeDelta::minutes(5) },
    );
    scene.pass(TimeDelta::minutes(6));
    scene.claim();
    let text = scene.claim();
    let states = scene.states(&ana);
    assert_eq!(states[0][0], StepState::Waiting);
    assert!(states[0][1] == StepState::Claimed, "{states:?} {text:?}");
}

pub(crate) fn a_retry_is_due_later_and_not_before<S: Store>() {
    let mut scene = Scene::<S>::new();
    let ana = scene.subscriber(&["ana@example.org", "+34600000001"]);
    scene.change("payments", Severity::Major);
    let step = scene.claim_one();
    let at = scene.now + TimeDelta::minutes(5);
    let settled = scene.settle(&step, ReplyClass::Retryable, AttemptResult::Retry { at });
    assert_eq!(settled, Settled::Stands { state: StepState::Pending, next: None });
    assert_eq!(scene.ledger.next_due().unwrap(), Some(at));
    assert!(scene.claim().is_empty());
    scene.pass(TimeDelta::minutes(5));
    let again = scene.claim_one();
    scene.settle(&again, ReplyClass::AccountRejected, AttemptResult::NextProvider);
    scene.settle(&again, ReplyClass::Retryable, AttemptResult::Dead);
    assert_eq!(scene.states(&ana), [[StepState::Dead, StepState::Pending]]);
    let explained = scene.ledger.explain(&ana, None).unwrap();
    let classes: Vec<_> = explained[0].steps[0].attempts.iter().map(|attempt| attempt.reply.class).collect();
    assert_eq!(classes, [ReplyClass::Retryable, ReplyClass::AccountRejected, ReplyClass::Retryable]);
}

pub(crate) fn a_person_does_not_wait_for_a_retry<S: Store>() {
    let mut scene = Scene::<S>::new();
    scene.subscriber(&["ana@example.org", "+34600000001"]);
    scene.change("payments", Severity::Major);
    assert_eq!(scene.ledger.retry_now(scene.now).unwrap(), 0, "what was never tried waits for nothing");
    let step = scene.claim_one();
    let at = scene.now + TimeDelta::minutes(5);
    scene.settle(&step, ReplyClass::Retryable, AttemptResult::Retry { at });
    assert!(scene.claim().is_empty());
    assert_eq!(scene.ledger.retry_now(scene.now).unwrap(), 1);
    assert_eq!(scene.ledger.retry_now(scene.now).unwrap(), 0, "it is due, so it does not wait");
    assert_eq!(scene.claim_one().hold.step, step.hold.step);
}

pub(crate) fn a_retry_of_something_replaced_is_superseded<S: Store>() {
    let mut scene = Scene::<S>::new();
    let ana = scene.subscriber(&["ana@example.org", "+34600000001"]);
    scene.change("payments", Severity::Major);
    let step = scene.claim_one();
    let planned = scene.change("payments", Severity::Major);
    assert_eq!(planned.superseded, 1, "the waiting step, not the one being handed off");
    let settled = scene.settle(&step, ReplyClass::Retryable, AttemptResult::Retry { at: scene.now });
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

    let summary = scene.ledger.summary(None).unwrap();
    assert_eq!(summary.len(), 1);
    assert_eq!(summary[0].change, explained[0].change);
    assert_eq!((summary[0].planned(), summary[0].people_at(NoticeState::Reached)), (2, 2));
    let steps = [((Channel::Mail, StepState::Accepted), 2), ((Channel::Text, StepState::Suppressed), 1)];
    assert_eq!(summary[0].steps, steps.into());
    assert_eq!(summary[0].calls, [(("relay".to_owned(), ReplyClass::Accepted), 2)].into());
    let minutes = |count| planned_at + TimeDelta::minutes(count);
    let pace = SendTimes { first: minutes(1), half: minutes(1), most: minutes(2), last: minutes(2) };
    assert_eq!(summary[0].pace, Some(pace));
    assert_eq!(scene.ledger.summary(Some(&name("2026/payments"))).unwrap(), summary);
    assert_eq!(scene.ledger.summary(Some(&name("search"))).unwrap(), []);
}

pub(crate) fn everybody_is_counted_once<S: Store>() {
    let mut scene = Scene::<S>::new();
    let people: Vec<SubscriberId> = ["a", "b", "c", "d", "e"]
        .map(|name| scene.subscriber(&[&format!("{name}@example.org"), &format!("{name}2@example.org")]))
        .into();
    scene.change("payments", Severity::Major);
    let first = scene.claim();
    for (step, (class, verdict)) in first.iter().zip([
        (ReplyClass::Accepted, AttemptResult::Accepted),
        (ReplyClass::AddressRejected, AttemptResult::Rejected),
        (ReplyClass::AddressRejected, AttemptResult::Rejected),
        (ReplyClass::Ambiguous, AttemptResult::InDoubt),
    ]) {
        scene.start(step);
        scene.settle(step, class, verdict);
    }
    let reached = &first[0].subscriber;
    let second = scene.claim();
    let refused = second.iter().find(|step| step.subscriber == first[1].subscriber).unwrap();
    scene.start(refused);
    scene.settle(refused, ReplyClass::AddressRejected, AttemptResult::Rejected);
    let doubted = second.iter().find(|step| step.subscriber == first[3].subscriber).unwrap();
    scene.start(doubted);
    scene.settle(doubted, ReplyClass::AddressRejected, AttemptResult::Rejected);

    let summary = scene.ledger.summary(None).unwrap().remove(0);
    let expected = [
        (NoticeState::Reached, 1),
        (NoticeState::Open, 2),
        (NoticeState::InDoubt, 1),
        (NoticeState::NotReached, 1),
    ];
    assert_eq!(summary.people, expected.into());
    assert_eq!(summary.planned(), people.len() as u64);

    let missed = scene.ledger.missed(&summary.change.id, 10).unwrap();
    let whom: BTreeSet<&SubscriberId> = missed.iter().map(|missed| &missed.subscriber).collect();
    assert_eq!(whom, people.iter().filter(|person| *person != reached).collect());
    assert!(missed.contains(&UnreachedSubscriber {
        subscriber: refused.subscriber.clone(),
        state: NoticeState::NotReached
    }));
    assert_eq!(scene.ledger.missed(&summary.change.id, 2).unwrap(), missed[..2]);
}

pub(crate) fn a_chain_goes_back_to_what_is_still_worth_sending<S: Store>() {
    let mut scene = Scene::<S>::new();
    let ana = scene.subscriber(&["ana@example.org", "+34600000001"]);
    scene.change("payments", Severity::Major);
    let whole = scene.expires_at(&ana);
    let mail = scene.claim_one();
    scene.start(&mail);
    let due = scene.now + TimeDelta::minutes(20);
    let settled = scene.settle(&mail, ReplyClass::Retryable, AttemptResult::Expired { at: due });
    assert_eq!(settled, Settled::Stands { state: StepState::Waiting, next: Some(Channel::Text) });
    let text = scene.claim_one();
    assert_eq!(text.position, 1);
    assert!(text.provider_until > text.expires_at, "the gateway may try it for as long as it lives");
    scene.start(&text);
    scene.settle(&text, ReplyClass::AddressRejected, AttemptResult::Rejected);
    assert_eq!(scene.states(&ana), [[StepState::Pending, StepState::Rejected]]);
    assert_eq!((scene.ledger.next_due().unwrap(), scene.expires_at(&ana)), (Some(due), whole));
    scene.pass(TimeDelta::minutes(20));
    let again = scene.claim_one();
    assert_eq!((again.position, again.attempts), (0, 1));
    scene.accept(&again);
    assert_eq!(scene.states(&ana), [[StepState::Accepted, StepState::Rejected]]);
}

//! Destinations: planned like people, remembered, and never among them.

use chrono::TimeDelta;

use super::scene::{LEASE, next_change};
use super::{Scene, Store};
use crate::chain::NoticeState;
use crate::ledger::{AttemptResult, ClaimedStep, People, PlanRequest, Planner, Planning, Queue, Story};
use crate::model::channel::Channel;
use crate::model::clearance::{Clearance, Ground};
use crate::model::destination::{Destination, Repeats, id_of};
use crate::model::message::Message;
use crate::model::notice::{Notice, Notices, PlannedStep, StepState};
use crate::model::phase::Severity;
use crate::model::reply::ReplyClass;
use crate::model::report::Evidence;
use crate::model::sample;
use crate::model::subscriber::EndpointId;

/// A room of the provider that scenes call.
fn room(name: &str) -> Destination {
    sample::destination(name, Channel::Chat, &format!("relay/{name}"))
}

impl<S: Store> Scene<S> {
    /// Plans the next change of an incident for these destinations, which are all there are, and for no person.
    fn tell(&mut self, incident: &str, destinations: &[Destination]) {
        let base = self.ledger.announced().unwrap().unwrap();
        let difference = next_change(&base, incident, Severity::Major);
        let mut notices = Notices::default();
        let message = notices.add_message(Message::Card(Box::new(sample::card())));
        let change = &difference.changes[0];
        for destination in destinations {
            let step = PlannedStep {
                position: 0,
                channel: destination.endpoint.channel(),
                endpoint: EndpointId::OF_PLACE,
                message,
                expires_at: self.now + TimeDelta::hours(24),
                try_for: None,
                success: Evidence::Accepted,
                quiet: None,
                repeats: destination.repeats,
            };
            notices.notices.push(Notice {
                change: change.id.clone(),
                subscriber: destination.id(),
                incident: change.origin.clone(),
                severity: Severity::Major,
                steps: vec![step],
            });
        }
        let clearance = Clearance::grant(Ground::Shown);
        let request = PlanRequest::new(&base, &difference, &notices, &clearance);
        let request = PlanRequest { destinations: Some(destinations), ..request };
        assert!(matches!(self.ledger.plan(&request, self.now).unwrap(), Planning::Planned(_)));
    }

    /// Hands a step off; the provider takes it and gives this reference.
    fn post(&mut self, step: &ClaimedStep, reference: &str) {
        let mut attempt = self.attempt(ReplyClass::Accepted);
        attempt.reply.reference = Some(reference.to_owned());
        assert!(self.start(step));
        self.ledger.record_result(&step.hold, &attempt, AttemptResult::Accepted).unwrap();
        self.pass(TimeDelta::minutes(1));
    }

    fn places(&mut self, name: &str) -> Vec<StepState> {
        self.states(&id_of(name)).concat()
    }
}

pub(crate) fn a_destination_is_told_and_is_no_person<S: Store>() {
    let mut scene = Scene::<S>::new();
    scene.subscriber(&["ana@example.org"]);
    scene.tell("payments", &[room("ops")]);
    let step = scene.claim_one();
    assert_eq!((step.endpoint.expose(), step.subscriber.clone()), ("relay/ops", id_of("ops")));
    assert_eq!(*step.message, Message::Card(Box::new(sample::card())));
    scene.post(&step, "first");
    assert_eq!(scene.places("ops"), [StepState::Accepted]);
    let people =
        (scene.ledger.active_subscribers().unwrap().len(), scene.ledger.list_subscribers().unwrap().len());
    assert_eq!((people, scene.ledger.unreadable_subscribers().unwrap().len()), ((1, 1), 0));
    let summary = scene.ledger.summary(None).unwrap().remove(0);
    assert_eq!((summary.planned(), summary.pace), (0, None), "people alone are counted as people");
    assert_eq!(summary.places, [("ops".to_owned(), NoticeState::Reached)]);
    assert_eq!(scene.ledger.missed(&summary.change.id, 10).unwrap(), []);
    let [enrolled] = &scene.ledger.destinations().unwrap()[..] else { panic!("one destination") };
    assert_eq!((enrolled.name.as_str(), enrolled.is_in_plan), ("ops", true));
    assert_eq!(enrolled.place, Some(room("ops").endpoint));
}

pub(crate) fn a_suppression_belongs_to_one_channel_of_an_address<S: Store>() {
    let mut scene = Scene::<S>::new();
    let [chat, webhook] = [Channel::Chat, Channel::Webhook]
        .map(|channel| sample::destination(channel.word(), channel, "relay/one"));
    scene.tell("payments", &[chat.clone(), webhook.clone()]);
    assert_eq!(scene.claim().len(), 2, "one address on two channels is two");
    assert!(scene.ledger.suppress(&chat.endpoint, "it wants no more", scene.now).unwrap());
    scene.tell("search", &[chat.clone(), webhook.clone()]);
    let claim = scene.claim_of(9);
    let channels: Vec<Channel> = claim.steps.iter().map(|step| step.endpoint.channel()).collect();
    assert_eq!(channels, [Channel::Webhook]);
    assert_eq!(claim.ended.iter().map(|step| step.channel).collect::<Vec<_>>(), [Channel::Chat]);
    assert!(!scene.ledger.lift_suppression(&webhook.endpoint).unwrap());
}

pub(crate) fn later_news_know_what_was_posted<S: Store>() {
    let mut scene = Scene::<S>::new();
    let rooms = [room("ops"), room("shop")];
    scene.tell("payments", &rooms);
    for step in scene.claim() {
        assert_eq!((step.thread.as_deref(), step.is_repeated(false)), (None, false));
        scene.post(&step, &format!("{} 1", step.endpoint.expose()));
    }
    scene.tell("payments", &rooms);
    let step = scene.claim_of(1).steps.remove(0);
    assert_eq!(step.thread, Some(format!("{} 1", step.endpoint.expose())));
    let other = scene.claim_one();
    assert_eq!(other.thread, Some(format!("{} 1", other.endpoint.expose())), "each has a memory of its own");
    scene.post(&step, "second");
    scene.post(&other, "other");
    scene.tell("payments", &rooms);
    let threads: Vec<_> = scene.claim().into_iter().map(|step| step.thread.unwrap()).collect();
    assert!(threads.contains(&"second".to_owned()) && threads.contains(&"other".to_owned()), "{threads:?}");
    scene.tell("search", &rooms);
    assert!(scene.claim().iter().all(|step| step.thread.is_none()), "another incident, another thread");
}

pub(crate) fn a_destination_that_left_the_plan_gets_nothing_more<S: Store>() {
    let mut scene = Scene::<S>::new();
    scene.tell("payments", &[room("ops")]);
    let step = scene.claim_one();
    scene.post(&step, "first");
    scene.tell("payments", &[room("ops")]);
    // Its step waits when the plan loses it.
    scene.tell("search", &[room("shop")]);
    let claim = scene.claim_of(10);
    let ended: Vec<_> = claim.ended.iter().map(|ended| (ended.state, ended.reason.as_str())).collect();
    assert_eq!(ended, [(StepState::Suppressed, "the plan no longer has this destination")]);
    let is_in_plan: Vec<bool> =
        scene.ledger.destinations().unwrap().iter().map(|one| one.is_in_plan).collect();
    assert_eq!(is_in_plan, [false, true]);
    scene.tell("payments", &[room("ops"), room("shop")]);
    let steps = scene.claim();
    let ops = steps.iter().find(|step| step.subscriber == id_of("ops")).unwrap();
    assert_eq!(ops.thread.as_deref(), Some("first"), "it goes on where it was");
}

pub(crate) fn a_place_that_wants_no_more_is_left_alone_until_it_is_put_back<S: Store>() {
    let mut scene = Scene::<S>::new();
    scene.tell("payments", &[room("ops")]);
    let step = scene.claim_one();
    assert!(scene.start(&step));
    scene.settle(&step, ReplyClass::AddressRejected, AttemptResult::Rejected);
    scene.tell("search", &[room("ops")]);
    assert_eq!((scene.claim().len(), scene.places("ops").last()), (0, Some(&StepState::Suppressed)));
    let why = scene.ledger.destinations().unwrap()[0].suppressed.clone();
    assert!(why.is_some_and(|why| why.contains("said by a test")));
    scene.tell("search", &[]);
    scene.tell("search", &[room("ops")]);
    assert_eq!(scene.claim_one().endpoint, room("ops").endpoint);
}

pub(crate) fn a_step_never_slides_to_another_place<S: Store>() {
    let mut scene = Scene::<S>::new();
    scene.tell("payments", &[room("ops")]);
    let moved = Destination { endpoint: room("elsewhere").endpoint, ..room("ops") };
    scene.tell("search", std::slice::from_ref(&moved));
    let claim = scene.claim_of(10);
    let ended: Vec<_> = claim.ended.iter().map(|ended| (ended.state, ended.reason.as_str())).collect();
    assert_eq!(ended, [(StepState::Suppressed, "the destination has another place now")]);
    assert_eq!(claim.steps[0].endpoint, moved.endpoint);
}

pub(crate) fn what_may_have_been_posted_is_repeated_as_the_plan_says<S: Store>() {
    for (repeats, posted, state) in [
        (Repeats::Never, false, StepState::InDoubt),
        (Repeats::Never, true, StepState::InDoubt),
        (Repeats::ByChannel, true, StepState::InDoubt),
        (Repeats::Always, false, StepState::Pending),
        (Repeats::Edits, false, StepState::InDoubt),
        (Repeats::Edits, true, StepState::Pending),
    ] {
        let mut scene = Scene::<S>::new();
        let room = Destination { repeats, ..room("ops") };
        if posted {
            scene.tell("payments", std::slice::from_ref(&room));
            let step = scene.claim_one();
            scene.post(&step, "first");
        }
        scene.tell("payments", std::slice::from_ref(&room));
        let step = scene.claim_one();
        assert_eq!(step.is_repeated(false), state == StepState::Pending, "{repeats:?} {posted}");
        assert_eq!(
            step.is_repeated(true),
            repeats == Repeats::Always,
            "a message that is gone was no first one"
        );
        assert!(scene.start(&step));
        scene.pass(LEASE);
        scene.ledger.recover(scene.now).unwrap();
        assert_eq!(scene.places("ops").last(), Some(&state), "{repeats:?} {posted}");
    }
}

pub(crate) fn a_room_hears_of_more_than_a_person_would<S: Store>() {
    let mut scene = Scene::<S>::new();
    for number in 0..10 {
        scene.tell("payments", &[room("ops")]);
        let step = scene.claim_one();
        scene.post(&step, &number.to_string());
    }
    assert_eq!(scene.places("ops"), [StepState::Accepted; 10]);
}

pub(crate) fn a_notice_for_an_unknown_destination_rolls_everything_back<S: Store>() {
    let mut scene = Scene::<S>::new();
    let base = scene.ledger.announced().unwrap().unwrap();
    scene.tell("payments", &[room("ops")]);
    let difference = next_change(&base, "search", Severity::Major);
    let base = scene.ledger.announced().unwrap().unwrap();
    let mut notices = Notices::default();
    let message = notices.add_message(Message::Card(Box::new(sample::card())));
    let step = PlannedStep {
        position: 0,
        channel: Channel::Chat,
        endpoint: EndpointId::OF_PLACE,
        message,
        expires_at: scene.now + TimeDelta::hours(24),
        try_for: None,
        success: Evidence::Accepted,
        quiet: None,
        repeats: Repeats::Never,
    };
    let (change, incident) = (difference.changes[0].id.clone(), difference.changes[0].origin.clone());
    let (subscriber, severity) = (id_of("nowhere"), Severity::Major);
    notices.notices.push(Notice { change, subscriber, incident, severity, steps: vec![step] });
    let clearance = Clearance::grant(Ground::Shown);
    let request = PlanRequest::new(&base, &difference, &notices, &clearance);
    let refused = scene.ledger.plan(&PlanRequest { destinations: Some(&[]), ..request }, scene.now);
    assert!(refused.is_err(), "{refused:?}");
    assert_eq!(scene.ledger.announced().unwrap().unwrap(), base);
    assert!(scene.ledger.destinations().unwrap()[0].is_in_plan, "and the plan's destinations are as before");
}

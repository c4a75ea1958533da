//! The whole of the engine: from rows in the ledger to servers that took them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use chrono::TimeDelta;
use parking_lot::Mutex;

use super::gateway::Gateway;
use super::house::House;
use super::relay::Relay;
use crate::config::plan::{Rate, RateLimit};
use crate::deliver::{DeliveryEvent, Error, EventKind};
use crate::ledger::{self, ClaimRequest};
use crate::model::channel::Channel;
use crate::model::incident::IncidentId;
use crate::model::notice::StepState;
use crate::model::phase::Severity;

#[tokio::test(flavor = "multi_thread")]
async fn everybody_is_reached_once_over_few_connections() {
    let relay = Relay::start().await;
    let mut house = House::new().relay("relay", relay.port);
    let people: Vec<_> = (0..250).map(|n| house.subscriber(&[&format!("p{n}@example.org")])).collect();
    house.change("payments");
    let delivered = house.deliver().await.unwrap();
    assert_eq!(delivered.ended, [(StepState::Accepted, 250)].into());
    assert_eq!((delivered.attempts, delivered.unfinished, delivered.next_due), (250, 0, None));
    let mut accepted = relay.accepted();
    accepted.sort();
    accepted.dedup();
    assert_eq!(accepted.len(), 250);
    assert_eq!(relay.seen(|seen| seen.dialogues), 250);
    assert!(relay.seen(|seen| seen.connections) <= 4 + 250 / 100, "connections are kept");
    assert!(people.iter().all(|who| house.states(who) == [StepState::Accepted]));

    let again = house.deliver().await.unwrap();
    assert_eq!(again.attempts, 0, "a second run has nothing to do");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_address_is_reached_by_text_instead() {
    let (relay, gateway) = (Relay::start().await, Gateway::start().await);
    let mut house = House::new().relay("relay", relay.port).gateway(&gateway.url);
    let who = house.subscriber(&["unknown@example.org", "+34600000001"]);
    house.change("payments");
    let delivered = house.deliver().await.unwrap();
    assert_eq!(house.states(&who), [StepState::Rejected, StepState::Accepted]);
    assert_eq!(delivered.ended, [(StepState::Accepted, 1), (StepState::Rejected, 1)].into());
    let requests = gateway.requests();
    let (request, validity) = requests[0].rsplit_once("&validity=").unwrap();
    assert_eq!(
        (requests.len(), request),
        (
            1,
            "username=status&password=s3cret&from=Example&to=%2B34600000001\
             &text=Payments+fail+%26+we+are+on+it&charset=UTF-8&coding=0"
        )
    );
    let life = 2 * house.life.num_minutes();
    assert!(
        (life - 1..=life).contains(&validity.parse().unwrap()),
        "the gateway gives up with us: {validity}"
    );
    let listed = house.ledger(|ledger| ledger.list_subscribers().unwrap());
    assert_eq!(
        listed[0].suppressed.values().collect::<Vec<_>>(),
        ["refused by the provider: 550 5.1.1 no such user here"]
    );
    let told = format!("{:?}", house.events);
    assert!(told.contains("u…@example.org") && !told.contains("unknown@") && !told.contains("600000001"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_greylisted_mail_is_sent_again_and_taken() {
    let relay = Relay::start().await;
    let mut house = House::new().relay("relay", relay.port);
    let who = house.subscriber(&["greylist@example.org"]);
    house.change("payments");
    house.deliver().await.unwrap();
    assert_eq!(house.states(&who), [StepState::Accepted]);
    assert_eq!(
        house.replies(&who),
        [
            "relay retryable 451 4.7.1 greylisted, try again later",
            "relay accepted 250 2.0.0 Ok: queued as 4F2A"
        ]
    );
    let waited = house.events.iter().find(|event| matches!(event.happened, EventKind::Retry { .. }));
    assert!(waited.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn mail_in_doubt_is_sent_again_and_text_is_not() {
    let (relay, gateway) = (Relay::start().await, Gateway::start().await);
    let mut house = House::new().relay("relay", relay.port).gateway(&gateway.url);
    let mail = house.subscriber(&["cutafter@example.org"]);
    let text = house.subscriber(&["+34600000000", "ben@example.org"]);
    house.change("payments");
    house.deliver().await.unwrap();
    assert_eq!(house.states(&mail), [StepState::Accepted]);
    assert_eq!(house.replies(&mail).len(), 2);
    assert_eq!(house.states(&text), [StepState::InDoubt, StepState::Accepted]);
    assert_eq!(gateway.requests().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_second_provider_takes_over_at_once() {
    let (deaf, wrong, good) =
        (Relay::greeting("421 not now").await, Relay::greeting("554 go away").await, Relay::start().await);
    let mut house = House::new().relay("deaf", deaf.port).relay("wrong", wrong.port).relay("good", good.port);
    let who = house.subscriber(&["ana@example.org"]);
    house.change("payments");
    let delivered = house.deliver().await.unwrap();
    assert_eq!(house.states(&who), [StepState::Accepted]);
    let first: Vec<_> = house.replies(&who).iter().map(|reply| reply[..14].to_owned()).collect();
    assert_eq!(first, ["deaf retryable", "wrong account ", "good accepted "]);
    assert_eq!((delivered.attempts, good.accepted().len()), (3, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_refuses_our_account_is_left_alone_and_the_next_channel_takes_over_at_once() {
    let (wrong, gateway) = (Relay::greeting("554 go away").await, Gateway::start().await);
    let mut house = House::new().relay("wrong", wrong.port).gateway(&gateway.url);
    house.try_for = Some(TimeDelta::minutes(5));
    for number in 10..40 {
        house.subscriber(&[&format!("p{number}@example.org"), &format!("+346000000{number}")]);
    }
    house.change("payments");
    let delivered = house.deliver().await.unwrap();
    assert_eq!(delivered.ended, [(StepState::Accepted, 30)].into());
    let called = wrong.seen(|seen| seen.connections);
    assert!(called <= 8, "called {called} times for 30 mails");
}

#[tokio::test(flavor = "multi_thread")]
async fn after_the_last_retry_the_next_channel_takes_over() {
    let (relay, gateway) = (Relay::start().await, Gateway::start().await);
    let mut house = House::new().relay("relay", relay.port).gateway(&gateway.url);
    let who = house.subscriber(&["busy@example.org", "+34600000001"]);
    let spam = house.subscriber(&["spam@example.org"]);
    house.change("payments");
    house.deliver().await.unwrap();
    assert_eq!(house.states(&who), [StepState::Dead, StepState::Accepted]);
    assert_eq!(house.replies(&who).len(), 3, "the plan's most attempts");
    assert_eq!(house.states(&spam), [StepState::Rejected]);
    let listed = house.ledger(|ledger| ledger.list_subscribers().unwrap());
    assert!(listed.iter().all(|listed| listed.suppressed.is_empty()), "no fault of the address");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_due_beyond_patience_is_left() {
    let relay = Relay::start().await;
    let mut house = House::new().relay("relay", relay.port);
    house.plan.retry.first = Duration::from_secs(600);
    house.plan.retry.longest = Duration::from_secs(600);
    house.life = TimeDelta::hours(5);
    house.options.max_wait = Duration::ZERO;
    house.subscriber(&["busy@example.org"]);
    house.change("payments");
    let delivered = house.deliver().await.unwrap();
    assert_eq!((delivered.attempts, delivered.unfinished), (1, 1));
    assert!(delivered.next_due.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_the_plan_no_longer_has_gives_way_to_the_next() {
    let relay = Relay::start().await;
    let mut house = House::new().relay("relay", relay.port);
    let who = house.subscriber(&["+34600000001", "ana@example.org"]);
    house.change("payments");
    house.deliver().await.unwrap();
    assert_eq!(house.states(&who), [StepState::Dead, StepState::Accepted]);
    assert_eq!(house.replies(&who), [" account  site/plan.toml has no provider for this channel"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn told_to_stop_it_finishes_what_is_under_way_and_gives_the_rest_back() {
    let relay = Relay::start().await;
    let mut house = House::new().relay("relay", relay.port);
    for number in 0..100 {
        house.subscriber(&[&format!("p{number}@example.org")]);
    }
    house.change("payments");
    let (stop, handed_off) = (house.stop.clone(), AtomicUsize::new(0));
    house.options.checkpoint = Some(Arc::new(move |name| {
        if name == "after-handoff" && handed_off.fetch_add(1, Ordering::Relaxed) == 9 {
            stop.send(true).unwrap();
        }
    }));
    let delivered = house.deliver().await.unwrap();
    let accepted = relay.accepted().len();
    assert!((10..20).contains(&accepted), "{accepted} left after the wish to stop");
    assert_eq!(delivered.ended, [(StepState::Accepted, accepted as u64)].into());
    assert_eq!(delivered.unfinished, 100 - accepted as u64);
    let held = house.ledger(|ledger| ledger.lease_holders().unwrap());
    assert_eq!(held, Vec::<String>::new(), "nothing is held");

    house.options.checkpoint = None;
    house.stop.send(false).unwrap();
    house.deliver().await.unwrap();
    assert_eq!(relay.accepted().len(), 100);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_brake_stops_the_worker_and_frees_what_it_held() {
    let relay = Relay::start().await;
    let mut house = House::new().relay("relay", relay.port);
    for number in 0..60 {
        house.subscriber(&[&format!("p{number}@example.org")]);
    }
    house.change("payments");
    let (ledger, now, handed_off) =
        (Arc::clone(&house.ledger), Arc::clone(&house.options.now), AtomicUsize::new(0));
    house.options.checkpoint = Some(Arc::new(move |name| {
        if name == "after-handoff" && handed_off.fetch_add(1, Ordering::Relaxed) == 4 {
            ledger.lock().engage_brake("the operator said so", now()).unwrap();
        }
    }));
    let error = house.deliver().await.unwrap_err();
    assert!(matches!(error, Error::Ledger(ledger::Error::BrakeEngaged(_))), "{error}");
    let accepted = relay.accepted().len() as u64;
    assert!(accepted < 20, "{accepted} left after the brake");
    assert_eq!(house.ledger(|ledger| ledger.unfinished().unwrap()), 60 - accepted);
    assert_eq!(house.ledger(|ledger| ledger.lease_holders().unwrap()), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_checkpoints_come_in_order() {
    let relay = Relay::start().await;
    let mut house = House::new().relay("relay", relay.port);
    house.subscriber(&["ana@example.org"]);
    house.change("payments");
    let seen = Arc::new(Mutex::new(Vec::new()));
    let names = Arc::clone(&seen);
    house.options.checkpoint = Some(Arc::new(move |name| {
        let mut names = names.lock();
        if !names.contains(&name) {
            names.push(name);
        }
    }));
    house.deliver().await.unwrap();
    let in_order = [
        "before-recover",
        "after-recover",
        "before-look",
        "after-look",
        "before-claim",
        "after-claim",
        "before-start",
        "before-moves",
        "after-moves",
        "after-start",
        "before-handoff",
        "after-handoff",
        "after-settle",
        "before-learn",
        "after-learn",
        "before-rest",
        "before-close",
        "after-close",
        "before-sum",
    ];
    assert_eq!(*seen.lock(), in_order);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_that_cannot_be_had_stops_the_worker_before_anything_is_claimed() {
    let mut house = House::new().gateway("http://127.0.0.1:1/");
    house.subscriber(&["+34600000001"]);
    house.change("payments");
    std::fs::remove_file(house.root().join("password")).unwrap();
    assert!(matches!(house.deliver().await, Err(Error::Secret { .. })));
    assert_eq!(house.events, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_cannot_be_set_up_stops_nobody_else() {
    let relay = Relay::start().await;
    let mut house = House::new().relay("relay", relay.port).gateway("http://127.0.0.1:1/");
    let ana = house.subscriber(&["ana@example.org"]);
    let ben = house.subscriber(&["+34600000001", "ben@example.org"]);
    let eva = house.subscriber(&["+34600000002"]);
    house.change("payments");
    std::fs::remove_file(house.root().join("password")).unwrap();
    let delivered = house.deliver().await.unwrap();
    assert_eq!(house.states(&ana), [StepState::Accepted]);
    assert_eq!(house.states(&ben), [StepState::Expired, StepState::Accepted], "its chain goes on");
    assert_eq!(house.states(&eva), [StepState::Pending], "nobody else can reach her");
    assert_eq!((delivered.unfinished, delivered.next_due), (1, None));
    let shut = &delivered.unavailable_channels[0];
    assert!(
        shut.starts_with(
            "SMS: failed to set up provider `gateway`: the secret in `password` cannot be read: "
        ),
        "{shut}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_dead_worker_held_does_not_wait_for_the_end_of_a_backlog() {
    let relay = Relay::start().await;
    let mut house = House::new().relay("relay", relay.port);
    house.subscriber(&["held@example.org"]);
    house.severity = Severity::Critical;
    house.change("payments");
    let dead = ClaimRequest {
        worker: "dead",
        steps_max: [(Channel::Mail, 1)].into(),
        at_once: Default::default(),
        lease: TimeDelta::milliseconds(500),
        turn: 0,
        budgets: BTreeMap::new(),
        handoffs_per_hour_max: 6,
    };
    let now = house.now();
    assert_eq!(house.ledger(|ledger| ledger.claim(&dead, now).unwrap()).steps.len(), 1);
    for number in 0..200 {
        house.subscriber(&[&format!("p{number}@example.org")]);
    }
    house.severity = Severity::Minor;
    house.change("search");
    // The backlog takes four seconds or more, on any machine.
    house.options.lease = TimeDelta::seconds(9);
    house.plan.providers.get_mut("relay").unwrap().pace =
        Some(RateLimit { rate: Rate::new("50/s").unwrap(), burst: 1 });
    house.deliver().await.unwrap();
    let is_accepted = |event: &&DeliveryEvent| matches!(event.happened, EventKind::Accepted { .. });
    let sent: Vec<_> = house.events.iter().filter(is_accepted).map(|event| &event.incident).collect();
    let place = sent.iter().position(|incident| **incident == IncidentId::new("payments").unwrap()).unwrap();
    assert!(sent.len() == 202 && place < 150, "the urgent one was sent as number {place} of {}", sent.len());
}

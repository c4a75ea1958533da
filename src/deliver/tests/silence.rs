//! Providers that take a call and say nothing, with thousands waiting, in a time that runs as fast as we can count.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use tokio::time::Instant;

use super::house::House;
use super::outage::{Log, deliver, house, notices, provider};
use crate::deliver::provider::{Provider, Providers};
use crate::deliver::worker::run_with;
use crate::deliver::{DeliveryEvent, EventKind};
use crate::limits::bucket::TokenBucketRate;
use crate::model::channel::Channel;
use crate::model::notice::StepState;
use crate::model::phase::Severity;
use crate::model::reply::{Reply, ReplyClass};

/// How long a step of these houses may be tried, and how much later the last of its people may be handed off.
const LIMIT: Duration = Duration::from_secs(60);
const AFTER_LIMIT: Duration = Duration::from_secs(10);

/// A provider that never answers; the engine gives its calls up.
fn silent(name: &str) -> Arc<Provider> {
    Provider::simulated(name, 8, Box::new(|_| Box::pin(std::future::pending())))
}

/// A provider whose calls come to nothing after a quarter of a minute, before anything was taken.
fn dumb(name: &str) -> Arc<Provider> {
    let refused = |_: &_| {
        let sorry: std::pin::Pin<Box<dyn Future<Output = Reply> + Send>> = Box::pin(async {
            tokio::time::sleep(Duration::from_secs(15)).await;
            let words = "no answer within 15 seconds".to_owned();
            Reply {
                class: ReplyClass::Retryable,
                code: String::new(),
                words,
                reference: None,
                retry_after: None,
            }
        });
        sorry
    };
    Provider::simulated(name, 8, Box::new(refused))
}

/// People with mail and text who are to hear of something critical.
fn critical_house(people: usize) -> House {
    let mut house = house();
    (house.life, house.severity) = (TimeDelta::hours(1), Severity::Critical);
    house.try_for = TimeDelta::from_std(LIMIT).ok();
    for number in 0..people {
        house.subscriber(&[&format!("p{number}@example.org"), &format!("+34600{number:06}")]);
    }
    house.change("payments");
    house
}

fn taking(name: &str, rate: Option<TokenBucketRate>, log: &Log) -> Arc<Provider> {
    provider(name, rate, log, || ReplyClass::Accepted)
}

/// Everyone's way around a provider that hangs, and how long the last one took.
async fn last_of(providers: Providers, house: &House, log: &Log, people: usize) -> Duration {
    let (began, mut events) = (Instant::now(), Vec::new());
    let delivered = deliver(house, providers, &mut events).await;
    assert_eq!((delivered.unfinished, log.len()), (0, people));
    let opened = |event: &&DeliveryEvent| matches!(event.happened, EventKind::CircuitOpened { .. });
    assert_eq!(events.iter().filter(opened).count(), 1);
    log.all().iter().map(|(at, _)| *at - began).max().unwrap()
}

#[tokio::test(start_paused = true)]
async fn everybody_is_texted_within_the_limit_when_the_relay_is_silent() {
    const RATE: usize = 200;
    for relay in [silent("relay"), dumb("relay")] {
        let people = notices();
        let (house, texts) = (critical_house(people), Log::default());
        let rate = Some(TokenBucketRate::every(Duration::from_millis(5), 1));
        let gateway = taking("gateway", rate, &texts);
        let providers = [(Channel::Mail, vec![relay]), (Channel::Text, vec![gateway])].into();
        let last = last_of(providers, &house, &texts, people).await;
        let at_the_rate = Duration::from_secs((people / RATE) as u64);
        assert!(last <= (LIMIT + AFTER_LIMIT).max(at_the_rate + Duration::from_secs(30)), "{last:?}");
        assert!(texts.most_in_a_second() <= RATE);
    }
}

#[tokio::test(start_paused = true)]
async fn the_second_provider_takes_over_from_a_silent_one() {
    for relay in [silent("relay"), dumb("relay")] {
        let people = 500;
        let (house, mails, texts) = (critical_house(people), Log::default(), Log::default());
        let mail = vec![relay, taking("second", None, &mails)];
        let gateway = taking("gateway", None, &texts);
        let providers = [(Channel::Mail, mail), (Channel::Text, vec![gateway])].into();
        let last = last_of(providers, &house, &mails, people).await;
        assert!(last <= LIMIT + AFTER_LIMIT, "{last:?}");
        assert_eq!(texts.len(), 0, "mail was there all the time");
    }
}

#[tokio::test(start_paused = true)]
async fn a_single_person_does_not_wait_for_a_silent_relay() {
    let (house, texts) = (critical_house(1), Log::default());
    let (mut events, began) = (Vec::new(), Instant::now());
    let providers =
        [(Channel::Mail, vec![silent("relay")]), (Channel::Text, vec![taking("gateway", None, &texts)])]
            .into();
    let delivered = deliver(&house, providers, &mut events).await;
    assert_eq!((delivered.unfinished, texts.len()), (0, 1));
    let took = texts.all()[0].0 - began;
    assert!(took <= LIMIT + AFTER_LIMIT, "{took:?}");
    let listed = house.ledger(|ledger| ledger.list_subscribers().unwrap());
    let who = &listed[0].subscriber.id;
    let states = [StepState::InDoubt, StepState::Accepted];
    assert_eq!(house.states(who), states, "nobody knows whether it was mailed");
}

#[tokio::test(start_paused = true)]
async fn a_worker_that_is_told_to_stop_is_done_within_five_seconds_whatever_hangs() {
    let house = critical_house(300);
    let stop = house.stop.clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(3)).await;
        stop.send_replace(true);
    });
    let providers: Providers =
        [(Channel::Mail, vec![silent("relay")]), (Channel::Text, vec![silent("gateway")])].into();
    let (ledger, options) = (Arc::clone(&house.ledger), house.options.clone());
    let began = Instant::now();
    let delivered = run_with(providers, ledger, &house.plan, options, &mut |_| {}).await.unwrap();
    assert!(began.elapsed() <= Duration::from_secs(8), "{:?}", began.elapsed());
    assert_eq!(delivered.unfinished, 600, "everything is still there");
    let held = house.ledger(|ledger| ledger.lease_holders().unwrap());
    assert_eq!(held, Vec::<String>::new(), "and nobody has it");
}

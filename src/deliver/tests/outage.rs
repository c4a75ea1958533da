//! Providers that go away with thousands waiting, in a time that runs as fast as we can count.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use chrono::{TimeDelta, TimeZone, Utc};
use parking_lot::Mutex;
use tokio::time::Instant;

use super::house::House;
use crate::config::plan::Retry;
use crate::deliver::provider::{Provider, Providers};
use crate::deliver::worker::run_with;
use crate::deliver::{DeliveryEvent, EventKind, WorkerSummary};
use crate::limits::bucket::TokenBucketRate;
use crate::model::Moment;
use crate::model::channel::Channel;
use crate::model::incident::IncidentId;
use crate::model::notice::StepState;
use crate::model::reply::{Reply, ReplyClass};
use crate::model::subscriber::SubscriberId;

/// How long a provider takes for an answer.
const ANSWER: Duration = Duration::from_millis(20);

/// What a provider was handed, and when.
#[derive(Clone, Default)]
pub(super) struct Log(Arc<Mutex<Vec<(Instant, IncidentId)>>>);

impl Log {
    pub(super) fn all(&self) -> Vec<(Instant, IncidentId)> {
        self.0.lock().clone()
    }

    pub(super) fn len(&self) -> usize {
        self.0.lock().len()
    }

    /// The most handoffs in any second.
    pub(super) fn most_in_a_second(&self) -> usize {
        let mut times: Vec<Instant> = self.all().into_iter().map(|(at, _)| at).collect();
        times.sort();
        let upto = |first: Instant| times.partition_point(|at| *at < first + Duration::from_secs(1));
        times.iter().enumerate().map(|(from, first)| upto(*first) - from).max().unwrap_or(0)
    }
}

/// A provider that answers by `class` and logs what it takes.
pub(super) fn provider(
    name: &str,
    rate: Option<TokenBucketRate>,
    log: &Log,
    class: impl Fn() -> ReplyClass + Send + Sync + 'static,
) -> Arc<Provider> {
    let log = log.clone();
    let mut provider = Provider::simulated(
        name,
        8,
        Box::new(move |step| {
            let (class, taken) = (class(), (Instant::now(), step.incident.clone()));
            if class == ReplyClass::Accepted {
                log.0.lock().push(taken);
            }
            Box::pin(async move {
                tokio::time::sleep(ANSWER).await;
                let words = "said by a test".to_owned();
                Reply { class, code: String::new(), words, reference: None, retry_after: None }
            })
        }),
    );
    Arc::get_mut(&mut provider).unwrap().rate = rate;
    provider
}

/// A house whose clock is the runtime's.
pub(super) fn house() -> House {
    let mut house = House::new();
    let (start, began) = (Utc.with_ymd_and_hms(2026, 11, 20, 9, 0, 0).unwrap(), Instant::now());
    house.options.now = Arc::new(move || start + TimeDelta::from_std(began.elapsed()).unwrap());
    house.plan.retry =
        Retry { attempts_max: 50, first: Duration::from_secs(10), longest: Duration::from_secs(600) };
    house.options.max_wait = Duration::from_secs(4 * 3_600);
    house
}

pub(super) async fn deliver(
    house: &House,
    providers: Providers,
    events: &mut Vec<DeliveryEvent>,
) -> WorkerSummary {
    let mut hear = |event| events.push(event);
    run_with(providers, Arc::clone(&house.ledger), &house.plan, house.options.clone(), &mut hear)
        .await
        .unwrap()
}

/// How many notices an outage has: ten thousand, or fewer where the whole of it is not asked for.
pub(super) fn notices() -> usize {
    std::env::var("ALLCLEAR_OUTAGE").ok().map_or(2_000, |number| number.parse().unwrap())
}

#[tokio::test(start_paused = true)]
async fn a_mass_outage_moves_everybody_to_text_within_seconds_at_the_text_s_rate() {
    const RATE: usize = 200;
    let mut house = house();
    house.life = TimeDelta::hours(1);
    house.try_for = Some(TimeDelta::minutes(5));
    let people: Vec<_> = (0..notices())
        .map(|n| house.subscriber(&[&format!("p{n}@example.org"), &format!("+34600{n:06}")]))
        .collect();
    house.change("payments");

    let (mails, texts) = (Log::default(), Log::default());
    let sent = mails.clone();
    let failing = move || if sent.len() < 500 { ReplyClass::Accepted } else { ReplyClass::Retryable };
    let relay = provider("relay", None, &mails, failing);
    let gateway =
        provider("gateway", Some(TokenBucketRate::every(Duration::from_millis(5), 1)), &texts, || {
            ReplyClass::Accepted
        });
    let providers = [(Channel::Mail, vec![relay]), (Channel::Text, vec![gateway])].into();
    let (mut events, began) = (Vec::new(), house.now());
    let delivered = deliver(&house, providers, &mut events).await;

    let moved = people.len() - 500;
    assert_eq!((mails.len(), texts.len()), (500, moved));
    assert_eq!(delivered.unfinished, 0);
    assert_eq!(delivered.ended, [(StepState::Accepted, people.len() as u64)].into());
    // Everyone jumps within a second of the circuit's opening, long before the five minutes that a step may take.
    let at = |wanted: fn(&EventKind) -> bool| {
        events
            .iter()
            .filter(move |event| wanted(&event.happened))
            .map(|event| event.at)
            .collect::<Vec<Moment>>()
    };
    let opened = at(|happened| matches!(happened, EventKind::CircuitOpened { .. }));
    let jumped = at(|happened| matches!(happened, EventKind::PassedOver { .. }));
    assert_eq!((opened.len(), jumped.len()), (1, moved));
    assert!(*jumped.iter().max().unwrap() - opened[0] < TimeDelta::seconds(1));
    assert!(opened[0] - began < TimeDelta::seconds(10));
    // And the texts do not come as a flood.
    assert!(texts.most_in_a_second() <= RATE, "{} texts in a second", texts.most_in_a_second());
    let took = texts.all().last().unwrap().0 - texts.all()[0].0;
    assert!(took.as_secs_f64() < 1.1 * moved as f64 / RATE as f64, "the rate is used: {took:?}");
    let by_text = |who: &&SubscriberId| house.states(who) == [StepState::Expired, StepState::Accepted];
    let who = people.iter().find(by_text).unwrap();
    let told = house.ledger(|ledger| ledger.explain(who, None).unwrap());
    let reason = told[0].steps[0].reason.clone().unwrap();
    assert!(reason.starts_with("skipped: circuit breaker for relay is open: "), "{reason}");
}

#[tokio::test(start_paused = true)]
async fn after_two_hours_without_a_provider_its_backlog_leaves_at_the_rate_and_nothing_late() {
    const RATE: usize = 20;
    let mut house = house();
    let people = notices() / 2;
    for number in 0..people {
        house.subscriber(&[&format!("p{number}@example.org")]);
    }
    house.life = TimeDelta::hours(1);
    house.change("forgotten");
    house.life = TimeDelta::hours(6);
    house.change("backlog");

    let (mails, calls) = (Log::default(), Arc::new(AtomicU32::new(0)));
    let (down, asked) = (Arc::new(AtomicBool::new(true)), Arc::clone(&calls));
    let is_down = Arc::clone(&down);
    let relay =
        provider("relay", Some(TokenBucketRate::every(Duration::from_millis(50), 1)), &mails, move || {
            asked.fetch_add(1, Ordering::Relaxed);
            if is_down.load(Ordering::Relaxed) { ReplyClass::Retryable } else { ReplyClass::Accepted }
        });
    let back = Duration::from_secs(2 * 3_600);
    let house = Arc::new(house);
    let planner = {
        let (house, down) = (Arc::clone(&house), Arc::clone(&down));
        tokio::spawn(async move {
            tokio::time::sleep(back).await;
            down.store(false, Ordering::Relaxed);
            tokio::time::sleep(Duration::from_secs(20)).await;
            house.change("new");
            Instant::now()
        })
    };
    let mut events = Vec::new();
    let providers = [(Channel::Mail, vec![relay])].into();
    let delivered = deliver(&house, providers, &mut events).await;
    let planned = planner.await.unwrap();

    assert_eq!(delivered.unfinished, 0);
    assert_eq!(delivered.ended[&StepState::Expired], people as u64, "of what came too late nothing was sent");
    assert_eq!(mails.len(), 2 * people);
    assert!(mails.all().iter().all(|(_, incident)| incident.as_str() != "forgotten"));
    assert!(mails.most_in_a_second() <= RATE, "{} mails in a second", mails.most_in_a_second());
    let calls = calls.load(Ordering::Relaxed) as usize - mails.len();
    assert!(calls < 700, "a provider that is away was called {calls} times in two hours");
    // The new change has its share at once, while most of the backlog is still there.
    let first = mails.all().iter().find(|(_, incident)| incident.as_str() == "new").unwrap().0;
    assert!(first - planned < Duration::from_secs(3), "after {:?}", first - planned);
    let soon = planned + Duration::from_secs(10);
    let share = mails.all().iter().filter(|(at, incident)| *at < soon && incident.as_str() == "new").count();
    // Half of the turns are those of retries, the other half goes round the changes that have fresh steps.
    assert!((30..=100).contains(&share), "{share} of the 200 that left in ten seconds");
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_asks_for_time_is_left_alone_by_every_worker() {
    let mut house = house();
    house.life = TimeDelta::hours(3);
    for number in 0..200 {
        house.subscriber(&[&format!("p{number}@example.org")]);
    }
    house.change("payments");
    let began = Instant::now();
    let calls: Arc<Mutex<Vec<Duration>>> = Arc::default();
    let relay = || {
        let calls = Arc::clone(&calls);
        Provider::simulated(
            "relay",
            4,
            Box::new(move |_| {
                calls.lock().push(began.elapsed());
                let asks = began.elapsed() < Duration::from_secs(30);
                Box::pin(async move {
                    tokio::time::sleep(ANSWER).await;
                    let class = if asks { ReplyClass::Retryable } else { ReplyClass::Accepted };
                    // Much longer than anyone is allowed to keep us waiting.
                    let retry_after = asks.then_some(Duration::from_secs(86_400));
                    let words = "said by a test".to_owned();
                    Reply { class, code: "429".to_owned(), words, reference: None, retry_after }
                })
            }),
        )
    };
    let work = |name: &str| {
        let providers: Providers = [(Channel::Mail, vec![relay()])].into();
        let mut options = house.options.clone();
        options.worker = name.to_owned();
        let (ledger, plan) = (Arc::clone(&house.ledger), house.plan.clone());
        tokio::spawn(async move { run_with(providers, ledger, &plan, options, &mut |_| {}).await.unwrap() })
    };
    let (one, other) = (work("one"), work("other"));
    let (one, other) = (one.await.unwrap(), other.await.unwrap());
    assert_eq!((one.unfinished, other.unfinished), (0, 0));
    let calls = calls.lock();
    let asked: Vec<_> = calls.iter().filter(|at| **at < Duration::from_secs(1)).collect();
    assert!((1..=8).contains(&asked.len()), "{} calls before everybody knew", asked.len());
    let next = calls.iter().find(|at| **at >= Duration::from_secs(1)).unwrap();
    assert!(
        (600..620).contains(&next.as_secs()),
        "called again after {next:?}, and the plan's longest wait is 10m"
    );
    assert_eq!(calls.len(), asked.len() + 200);
}

#[tokio::test(start_paused = true)]
async fn a_relay_that_refuses_everybody_is_left_for_the_next_one_and_suppresses_nobody() {
    let mut house = house();
    house.life = TimeDelta::hours(3);
    let people: Vec<_> = (0..60).map(|n| house.subscriber(&[&format!("p{n}@example.org")])).collect();
    house.change("payments");
    let (refused, taken) = (Log::default(), Log::default());
    let relay = provider("relay", None, &refused, || ReplyClass::AddressRejected);
    let other = provider("other", None, &taken, || ReplyClass::Accepted);
    let mut events = Vec::new();
    let providers = [(Channel::Mail, vec![relay, other])].into();
    let delivered = deliver(&house, providers, &mut events).await;

    assert_eq!((delivered.unfinished, taken.len()), (0, people.len()));
    for who in &people {
        assert_eq!(house.states(who), [StepState::Accepted]);
    }
    let listed = house.ledger(|ledger| ledger.list_subscribers().unwrap());
    assert!(listed.iter().all(|listed| listed.suppressed.is_empty()));
    let opened = events.iter().find_map(|event| match &event.happened {
        EventKind::CircuitOpened { owner, why } => Some((owner.as_str(), why.as_str())),
        _ => None,
    });
    let (owner, why) = opened.unwrap();
    assert_eq!(owner, "relay");
    assert!(why.starts_with("it refused ") && why.contains("addresses within 10 minutes"), "{why}");
}

#[tokio::test(start_paused = true)]
async fn notices_wait_for_a_relay_that_refuses_everybody() {
    let mut house = house();
    house.life = TimeDelta::hours(3);
    let people: Vec<_> = (0..40).map(|n| house.subscriber(&[&format!("p{n}@example.org")])).collect();
    house.change("payments");
    let (mails, began) = (Log::default(), Instant::now());
    let relay = provider("relay", None, &mails, move || {
        if began.elapsed() < Duration::from_secs(3_600) {
            ReplyClass::AddressRejected
        } else {
            ReplyClass::Accepted
        }
    });
    let providers = [(Channel::Mail, vec![relay])].into();
    let delivered = deliver(&house, providers, &mut Vec::new()).await;
    assert_eq!((delivered.unfinished, mails.len()), (0, people.len()));
    assert_eq!(delivered.ended[&StepState::Accepted], 40);
}

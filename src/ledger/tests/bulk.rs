//! The statements that move many steps at once come to what `chain` says of each: from every state that a chain can be
//! brought to, a newer change and a claim are held against the chain's own answer.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::TimeDelta;

use super::scene::{LEASE, request};
use super::{Scene, Store};
use crate::chain::{AttemptResult, Event, FailoverChain, StepRecord};
use crate::ledger::sql::SqlLedger;
use crate::ledger::{ClaimRequest, Planner, Queue};
use crate::model::Moment;
use crate::model::channel::Channel;
use crate::model::incident::IncidentId;
use crate::model::notice::StepState;
use crate::model::phase::Severity;
use crate::model::reply::ReplyClass;
use crate::model::report::{Evidence, ReceiptStatus};

/// The number of chains that have been through all states many times.
const PEOPLE: usize = 400;

/// The longest time between two events of a chain.
const PAUSE_SECONDS_MAX: i64 = 1_200;

pub(crate) fn a_newer_change_replaces_what_the_chain_says<S: Store<Ledger = SqlLedger>>() {
    let mut scene = grown_scene::<S>(1);
    let mut before = scene.ledger.chains();
    let states: BTreeSet<StepState> = before.values().flat_map(states).collect();
    let never = StepState::ALL.into_iter().filter(|state| !states.contains(state)).collect::<Vec<_>>();
    let called_off = [StepState::Superseded, StepState::Withdrawn];
    assert_eq!(never, called_off, "only a newer change and a withdrawal bring these");
    scene.change("payments", Severity::Major);
    let after = scene.ledger.chains();
    for (notice, chain) in &mut before {
        chain.apply(0, &Event::Superseded, scene.now);
        chain.replaced = false;
        assert_eq!(alike(chain), alike(&after[notice]));
    }
}

pub(crate) fn a_withdrawal_ends_what_the_chain_says<S: Store<Ledger = SqlLedger>>() {
    let mut scene = grown_scene::<S>(3);
    let mut before = scene.ledger.chains();
    scene.ledger.withdraw(&IncidentId::new("payments").unwrap(), scene.now).unwrap();
    let after = scene.ledger.chains();
    let states: BTreeSet<StepState> = after.values().flat_map(states).collect();
    assert!(states.contains(&StepState::Withdrawn) && !states.contains(&StepState::Pending), "{states:?}");
    for (notice, chain) in &mut before {
        chain.apply(0, &Event::Withdrawn, scene.now);
        assert_eq!(alike(chain), alike(&after[notice]));
    }
}

pub(crate) fn a_claim_takes_what_the_chain_says<S: Store<Ledger = SqlLedger>>() {
    let mut scene = grown_scene::<S>(2);
    let mut expected = scene.ledger.chains();
    let due: Vec<i64> =
        expected.iter().filter(|(_, chain)| is_due(chain, scene.now)).map(|(of, _)| *of).collect();
    assert!(due.len() > PEOPLE / 20, "{} are due", due.len());
    let at_once = Channel::ALL.into_iter().collect();
    let many = ClaimRequest { handoffs_per_hour_max: u32::MAX, at_once, ..request(PEOPLE * 3) };
    let claim = scene.ledger.claim(&many, scene.now).unwrap();
    let after = scene.ledger.chains();
    let places = scene.ledger.places();
    // What ended before, in the order in which the claim ended it; then what was taken.
    let lease_until = scene.now + LEASE;
    let ended = claim.ended.iter().map(|ended| (&ended.step, Event::DeadlineReached));
    let taken = claim.steps.iter().flat_map(|step| {
        let started = Event::Started { epoch: step.hold.epoch, lease_until };
        let started = step.is_started.then_some((&step.hold.step, started));
        [(&step.hold.step, Event::Claimed { lease_until })].into_iter().chain(started)
    });
    let started_channels: BTreeSet<Channel> =
        claim.steps.iter().filter(|step| step.is_started).map(|step| step.endpoint.channel()).collect();
    assert_eq!(
        started_channels,
        [Channel::Mail].into(),
        "only what is sent again in doubt is started at once"
    );
    for (step, event) in ended.chain(taken) {
        let (notice, at) = places[step.as_str()];
        let moved = expected.get_mut(&notice).unwrap().apply(at, &event, scene.now);
        assert!(moved.applied, "{event:?} of {step}");
    }
    for (notice, chain) in &expected {
        assert_eq!(alike(chain), alike(&after[notice]));
    }
    let left = due.iter().filter(|notice| !states(&after[notice]).contains(&StepState::Claimed));
    assert_eq!(left.count(), 0, "what is due is taken");
}

/// Everyone has one notice of one change, and each has a story of its own behind it.
fn grown_scene<S: Store<Ledger = SqlLedger>>(seed: u64) -> Scene<S> {
    let mut scene = Scene::<S>::new();
    scene.success = Evidence::Delivered;
    for number in 0..PEOPLE {
        let mail = format!("person{number}@example.org");
        let texts = [format!("+3461{number:07}"), format!("+3462{number:07}")];
        scene.subscriber(&[texts[0].as_str(), &mail, &texts[1]]);
    }
    scene.change("payments", Severity::Major);
    let (start, mut rng) = (scene.now, fastrand::Rng::with_seed(seed));
    scene.ledger.live(|chain| tell(chain, start, &mut rng));
    scene.pass(TimeDelta::seconds(PAUSE_SECONDS_MAX * 4));
    scene
}

/// Lets something happen to a chain, up to eleven times.
fn tell(chain: &mut FailoverChain, start: Moment, rng: &mut fastrand::Rng) {
    let mut now = start;
    for _ in 0..rng.u32(0..12) {
        now += TimeDelta::seconds(rng.i64(0..PAUSE_SECONDS_MAX) / 3);
        let at = chain.live().unwrap_or(0);
        let Some(StepRecord { epoch, channel, expires_at, .. }) = chain.steps.get(at).cloned() else {
            return;
        };
        let lease_until = now + LEASE;
        let event = match rng.u8(0..20) {
            0..5 => Event::Claimed { lease_until },
            5..8 => Event::Started { epoch, lease_until },
            8..12 => answer(epoch, channel, now, rng),
            12 => Event::LeaseReleased { epoch, due: now },
            13 => Event::Reported(ReceiptStatus::ALL[rng.usize(0..ReceiptStatus::ALL.len())]),
            14 => Event::Suppressed,
            15 => Event::ChannelUnavailable,
            16 => Event::LeaseEnded,
            _ => {
                now = now.max(expires_at);
                Event::DeadlineReached
            }
        };
        chain.apply(at, &event, now);
    }
}

fn answer(epoch: u32, channel: Channel, now: Moment, rng: &mut fastrand::Rng) -> Event {
    let again = AttemptResult::Retry { at: now + TimeDelta::seconds(rng.i64(0..PAUSE_SECONDS_MAX * 8)) };
    let (class, verdict) = match rng.u8(0..8) {
        0 | 1 => (ReplyClass::Accepted, AttemptResult::Accepted),
        2 => (ReplyClass::AddressRejected, AttemptResult::Rejected),
        3 => (ReplyClass::Retryable, AttemptResult::Dead),
        4 if channel == Channel::Text => (ReplyClass::Ambiguous, AttemptResult::InDoubt),
        _ => (ReplyClass::Retryable, again),
    };
    Event::Answered { epoch, class, verdict }
}

fn is_due(chain: &FailoverChain, now: Moment) -> bool {
    let live = chain.live().and_then(|at| chain.steps.get(at));
    live.is_some_and(|step| step.state == StepState::Pending && step.due_at <= now && step.expires_at > now)
}

fn states(chain: &FailoverChain) -> Vec<StepState> {
    chain.steps.iter().map(|step| step.state).collect()
}

/// A chain but for the reasons, which callers may know better.
fn alike(chain: &FailoverChain) -> Vec<StepRecord> {
    chain.steps.iter().map(|step| StepRecord { reason: None, ..step.clone() }).collect()
}

/// Every chain of a ledger by the number of its notice.
pub(crate) type Chains = BTreeMap<i64, FailoverChain>;

/// The notice of each step and its place there, by the step's id.
pub(crate) type Places = HashMap<String, (i64, usize)>;

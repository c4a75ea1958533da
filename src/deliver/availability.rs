//! When a provider may be called: its rate, its pauses and its owner's circuit, as all workers know them.
//!
//! Promises: no handoff begins without a place within the provider's rate; a provider that asked for time is left
//! unchanged by everyone; while an owner's circuit is open only one handoff at a time goes there, to see whether it
//! is back. What a worker learns it tells the ledger at once where it matters, and about once a second where not.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;

use super::Error;
use super::handoff::Shared;
use super::patience::silence_limit;
use super::provider::Provider;
use crate::ledger::ProviderStates;
use crate::limits::bucket::{TokenBucketRate, TokenReservation};
use crate::limits::circuit::{BreakerDecision, BreakerTransition, SendCounts};
use crate::model::Moment;
use crate::model::channel::Channel;
use crate::model::phase::Severity;
use crate::model::reply::{Reply, ReplyClass};

/// How far ahead tokens are reserved in one request.
const BATCH: Duration = Duration::from_millis(100);

/// A place that was not used by then is lost, so that saved ones cannot make a crowd.
const GRACE: Duration = Duration::from_millis(50);

/// Minimum interval between two reports of failures; for successes it is [`TELL_SUCCESSES`].
const TELL_FAILURES: Duration = Duration::from_millis(100);
const TELL_SUCCESSES: Duration = Duration::from_secs(1);

/// No wait for a place is longer without a look at whether the worker should stop.
const LOOK_AGAIN: Duration = Duration::from_millis(250);

/// What is known of providers, and what was learnt and not told yet.
#[derive(Default)]
pub(super) struct ProviderAvailability {
    outlook: Mutex<ProviderStates>,
    learnt: Mutex<Learnt>,
}

#[derive(Default)]
struct Learnt {
    tallies: BTreeMap<String, SendCounts>,
    told: Option<Instant>,
}

/// How a provider stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Availability {
    /// It may be called.
    Go,
    /// It may be called by anyone who takes the probe.
    Probe,
    /// It asked for time until then.
    Paused(Moment),
    /// A probe is on its way; by then it is known what it came to.
    ProbeInFlight(Moment),
    /// Its owner's circuit is open, at least until then.
    Open(Moment),
    /// It could not be set up.
    Broken,
}

/// How a channel stands: as the best of its providers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ChannelAvailability {
    pub(super) stand: Availability,
    /// Why it is not open, for people.
    pub(super) why: String,
}

impl ProviderAvailability {
    /// How a provider stands now.
    pub(super) fn stand(&self, provider: &Provider, now: Moment) -> Availability {
        if provider.broken().is_some() {
            return Availability::Broken;
        }
        let outlook = self.outlook.lock();
        let passage =
            outlook.circuits.get(&provider.owner).map_or(BreakerDecision::Go, |circuit| circuit.passage(now));
        match (passage, outlook.pauses.get(&provider.name)) {
            (BreakerDecision::Skip(at), _) => Availability::Open(at),
            (BreakerDecision::Wait(at), _) => Availability::ProbeInFlight(at),
            (_, Some(until)) if *until > now => Availability::Paused(*until),
            (BreakerDecision::Probe, _) => Availability::Probe,
            (BreakerDecision::Go, _) => Availability::Go,
        }
    }

    /// How a channel with these providers stands now. Several that wait, wait for the first of them.
    pub(super) fn way<'p>(
        &self,
        providers: impl IntoIterator<Item = &'p Provider>,
        now: Moment,
    ) -> ChannelAvailability {
        let stands = providers.into_iter().map(|provider| (self.stand(provider, now), provider));
        let Some((stand, provider)) = stands.min_by_key(|(stand, _)| *stand) else {
            // No provider is available: its steps are claimed, and end for that reason.
            return ChannelAvailability { stand: Availability::Go, why: String::new() };
        };
        ChannelAvailability { stand, why: self.why(stand, provider) }
    }

    fn why(&self, stand: Availability, provider: &Provider) -> String {
        let name = &provider.name;
        match stand {
            Availability::Go => String::new(),
            Availability::Paused(_) => format!("{name} is rate-limiting us (Retry-After)"),
            Availability::Broken => provider.broken().unwrap_or_default().to_owned(),
            Availability::Probe | Availability::ProbeInFlight(_) | Availability::Open(_) => {
                let outlook = self.outlook.lock();
                let open = outlook.circuits.get(&provider.owner).and_then(|circuit| circuit.open.as_ref());
                let because = open.map(|open| format!(": {}", open.because)).unwrap_or_default();
                format!("circuit breaker for {} is open{because}", provider.owner)
            }
        }
    }
}

/// Asks the ledger what all workers know by now.
pub(super) async fn refresh(shared: &Shared) -> Result<(), Error> {
    let now = shared.now();
    shared.checkpoint("before-look");
    let outlook = shared.ledger(move |ledger| ledger.outlook(now)).await?;
    shared.checkpoint("after-look");
    *shared.gates.outlook.lock() = outlook;
    Ok(())
}

/// Waits for a place within the provider's rate. `false` when the worker should stop first.
pub(super) async fn wait_for_token(shared: &Shared, provider: &Provider) -> Result<bool, Error> {
    let Some(rate) = provider.rate else { return Ok(true) };
    let mut places = provider.places.lock().await;
    let at = loop {
        let now = Instant::now();
        places.retain(|at| *at + GRACE >= now);
        if let Some(at) = places.pop_front() {
            break at;
        }
        if shared.must_stop() {
            return Ok(false);
        }
        match take(shared, provider, rate).await? {
            TokenReservation::Given { wait, count, apart } => {
                let asked = Instant::now();
                let first = asked + wait;
                places.extend((0..count).map(|number| first + apart * number));
            }
            TokenReservation::Wait(wait) => tokio::time::sleep(wait.min(LOOK_AGAIN)).await,
        }
    };
    drop(places);
    tokio::time::sleep_until(at).await;
    Ok(true)
}

async fn take(
    shared: &Shared,
    provider: &Provider,
    rate: TokenBucketRate,
) -> Result<TokenReservation, Error> {
    let (name, now) = (provider.name.clone(), shared.now());
    let wanted = u32::try_from(rate.within(BATCH)).unwrap_or(u32::MAX);
    shared.ledger(move |ledger| ledger.reserve_tokens(&name, &rate, wanted, now)).await
}

/// Takes the probe of the provider's owner; `false` when someone else has it.
pub(super) async fn probe(shared: &Shared, provider: &Provider) -> Result<bool, Error> {
    let (owner, now) = (provider.owner.clone(), shared.now());
    let taken = shared.ledger(move |ledger| ledger.take_probe(&owner, now)).await?;
    refresh(shared).await?;
    Ok(taken)
}

/// Leaves a provider's owner alone that has been silent on all its connections for too long, while something of that
/// severity waits for one. Says why, where that opened the circuit.
pub(super) async fn mind_silence(
    shared: &Shared,
    provider: &Provider,
    severity: Severity,
) -> Result<Option<String>, Error> {
    let now = shared.now();
    let silent = provider.flight.silent_for(provider.connections);
    let Some(silent) = silent.filter(|silent| *silent >= silence_limit(severity)) else { return Ok(None) };
    if shared.gates.stand(provider, now) != Availability::Go {
        return Ok(None);
    }
    let calls = provider.connections;
    let why = format!("{} had no answer for {} s on {calls} connections", provider.name, silent.as_secs());
    let (owner, tally) =
        (provider.owner.clone(), SendCounts { silence: Some(why.clone()), ..SendCounts::default() });
    let turn = shared.ledger(move |ledger| ledger.learn(&owner, &tally, now)).await?;
    refresh(shared).await?;
    Ok((turn == BreakerTransition::Opened).then_some(why))
}

/// Learns from what a provider answered, and from the storm of refusals that the answer is part of. Says whether that
/// opened or closed its owner's circuit.
pub(super) async fn learn(
    shared: &Shared,
    provider: &Provider,
    reply: &Reply,
    storm: Option<&str>,
    probe: bool,
) -> Result<BreakerTransition, Error> {
    let now = shared.now();
    if let Some(asked) = reply.retry_after {
        let asked = asked.min(shared.retry.longest);
        let until = chrono::TimeDelta::from_std(asked).ok().and_then(|asked| now.checked_add_signed(asked));
        if let Some(until) = until {
            let name = provider.name.clone();
            shared.ledger(move |ledger| ledger.pause(&name, until)).await?;
            shared.gates.outlook.lock().pauses.insert(provider.name.clone(), until);
        }
    }
    let failed =
        matches!(reply.class, ReplyClass::Retryable | ReplyClass::AccountRejected | ReplyClass::Ambiguous);
    let failed = failed || storm.is_some();
    let shut = storm.map(str::to_owned).or_else(|| {
        let words = format!("{} {}", reply.code, reply.words);
        (reply.class == ReplyClass::AccountRejected)
            .then(|| format!("the provider rejected our account: {}", words.trim()))
    });
    let at_once = probe || shut.is_some();
    {
        let mut learnt = shared.gates.learnt.lock();
        let tally = learnt.tallies.entry(provider.owner.clone()).or_default();
        tally.count(failed, probe);
        if shut.is_some() {
            tally.account = shut;
        }
    }
    if at_once {
        return report_to_ledger(shared, &provider.owner).await;
    }
    if failed && shared.gates.is_time(TELL_FAILURES) {
        return report_to_ledger(shared, &provider.owner).await;
    }
    Ok(BreakerTransition::None)
}

/// Reports what was learnt of everyone, where the last time is long enough ago, or if there is no next time.
pub(super) async fn tell_all(shared: &Shared, at_last: bool) -> Result<(), Error> {
    if !at_last && !shared.gates.is_time(TELL_SUCCESSES) {
        return Ok(());
    }
    let owners: Vec<String> = shared.gates.learnt.lock().tallies.keys().cloned().collect();
    for owner in owners {
        report_to_ledger(shared, &owner).await?;
    }
    Ok(())
}

/// Tells the ledger what was learnt of one owner.
async fn report_to_ledger(shared: &Shared, owner: &str) -> Result<BreakerTransition, Error> {
    let tally = {
        let mut learnt = shared.gates.learnt.lock();
        learnt.told = Some(Instant::now());
        learnt.tallies.remove(owner)
    };
    let Some(tally) = tally else { return Ok(BreakerTransition::None) };
    let (name, now) = (owner.to_owned(), shared.now());
    let turn = shared.ledger(move |ledger| ledger.learn(&name, &tally, now)).await?;
    refresh(shared).await?;
    Ok(turn)
}

impl ProviderAvailability {
    fn is_time(&self, after: Duration) -> bool {
        self.learnt.lock().told.is_none_or(|told| told.elapsed() >= after)
    }
}

/// How many steps of a channel with these providers are worth claiming at once: no more than two seconds of their
/// rates, so that what is more urgent does not stand behind them.
pub(super) fn window<'p>(providers: impl IntoIterator<Item = &'p Provider>, most: usize) -> usize {
    const CLAIMED_FOR: Duration = Duration::from_secs(2);
    let mut rates = providers.into_iter().map(|provider| provider.rate.map(|rate| rate.within(CLAIMED_FOR)));
    let sum = rates.try_fold(0_usize, |sum, one| Some(sum.saturating_add(one?)));
    sum.filter(|sum| *sum > 0).map_or(most, |sum| sum.min(most))
}

/// The places a provider's tasks were given and have not used.
pub(super) type Saved = tokio::sync::Mutex<VecDeque<Instant>>;

/// A channel and how it stands, for a worker's account.
pub(super) fn said(channel: Channel, way: &ChannelAvailability) -> Option<String> {
    let shut =
        matches!(way.stand, Availability::Open(_) | Availability::Broken | Availability::ProbeInFlight(_));
    shut.then(|| format!("{}: {}", channel.word(), way.why))
}

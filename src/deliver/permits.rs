//! Permits to call a provider: tokens of its rate limit, probes of its owner, and what all workers learn from its answers.
//!
//! Promises: no handoff begins without a token of the provider's rate limit. What a worker learns is recorded in the ledger
//! at once if it changes what other workers do, otherwise about once a second.

use std::time::Duration;

use tokio::time::Instant;

use super::Error;
use super::availability::Availability;
use super::patience::silence_limit;
use super::provider::Provider;
use super::shared::Shared;
use crate::limits::bucket::{TokenBucketRate, TokenReservation};
use crate::limits::circuit::{BreakerTransition, SendCounts};
use crate::model::phase::Severity;
use crate::model::reply::{Reply, ReplyClass};

/// How far ahead tokens are reserved in one request.
const BATCH: Duration = Duration::from_millis(100);

/// A place that was not used by then is lost, so that saved ones cannot make a crowd.
const GRACE: Duration = Duration::from_millis(50);

/// Minimum interval between two reports of failures; for successes it is [`SHARE_SUCCESSES_AFTER`].
const SHARE_FAILURES_AFTER: Duration = Duration::from_millis(100);
const SHARE_SUCCESSES_AFTER: Duration = Duration::from_secs(1);

/// No wait for a place is longer without a look at whether the worker should stop.
const LOOK_AGAIN: Duration = Duration::from_millis(250);

/// Asks the ledger what all workers know by now.
pub(super) async fn refresh(shared: &Shared) -> Result<(), Error> {
    let now = shared.now();
    shared.checkpoint("before-look");
    let outlook = shared.ledger(move |ledger| ledger.outlook(now)).await?;
    shared.checkpoint("after-look");
    *shared.availability.outlook.lock() = outlook;
    Ok(())
}

/// Waits for a place within the provider's rate. `false` when the worker should stop first.
pub(super) async fn wait_for_token(shared: &Shared, provider: &Provider) -> Result<bool, Error> {
    let Some(rate) = provider.rate else { return Ok(true) };
    let mut places = provider.tokens.lock().await;
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
    if shared.availability.of_provider(provider, now) != Availability::Go {
        return Ok(None);
    }
    let calls = provider.connections;
    let why = format!("{} did not answer for {} s on {calls} connections", provider.name, silent.as_secs());
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
            shared.availability.outlook.lock().pauses.insert(provider.name.clone(), until);
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
        let mut learnt = shared.availability.learnt.lock();
        let tally = learnt.tallies.entry(provider.owner.clone()).or_default();
        tally.count(failed, probe);
        if shut.is_some() {
            tally.account = shut;
        }
    }
    if at_once {
        return report_to_ledger(shared, &provider.owner).await;
    }
    if failed && shared.availability.is_time(SHARE_FAILURES_AFTER) {
        return report_to_ledger(shared, &provider.owner).await;
    }
    Ok(BreakerTransition::None)
}

/// Reports what was learnt of everyone, where the last time is long enough ago, or if there is no next time.
pub(super) async fn share_all(shared: &Shared, at_last: bool) -> Result<(), Error> {
    if !at_last && !shared.availability.is_time(SHARE_SUCCESSES_AFTER) {
        return Ok(());
    }
    let owners: Vec<String> = shared.availability.learnt.lock().tallies.keys().cloned().collect();
    for owner in owners {
        report_to_ledger(shared, &owner).await?;
    }
    Ok(())
}

/// Records in the ledger what was learned about one owner.
async fn report_to_ledger(shared: &Shared, owner: &str) -> Result<BreakerTransition, Error> {
    let tally = {
        let mut learnt = shared.availability.learnt.lock();
        learnt.shared_at = Some(Instant::now());
        learnt.tallies.remove(owner)
    };
    let Some(tally) = tally else { return Ok(BreakerTransition::None) };
    let (name, now) = (owner.to_owned(), shared.now());
    let turn = shared.ledger(move |ledger| ledger.learn(&name, &tally, now)).await?;
    refresh(shared).await?;
    Ok(turn)
}

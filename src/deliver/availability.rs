//! When a provider may be called, as all workers know it: its pauses and its owner's circuit breaker.
//!
//! Promises: no worker calls a provider that asked for a pause; while an owner's circuit breaker is open, only one handoff
//! at a time is let through, as a probe. Never reads the ledger: `permits` does.

use std::collections::BTreeMap;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;

use super::provider::Provider;
use crate::ledger::ProviderStates;
use crate::limits::circuit::{BreakerDecision, SendCounts};
use crate::model::Moment;
use crate::model::channel::Channel;

/// What is known of providers, and what was learnt and not told yet.
#[derive(Default)]
pub(super) struct ProviderAvailability {
    pub(super) outlook: Mutex<ProviderStates>,
    pub(super) learnt: Mutex<Learnt>,
}

/// What this worker learned of owners and has not recorded in the ledger yet.
#[derive(Default)]
pub(super) struct Learnt {
    pub(super) tallies: BTreeMap<String, SendCounts>,
    /// When it was recorded last.
    pub(super) shared_at: Option<Instant>,
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
    pub(super) state: Availability,
    /// Why it is not open, for people.
    pub(super) why: String,
}

impl ProviderAvailability {
    pub(super) fn of_provider(&self, provider: &Provider, now: Moment) -> Availability {
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
    pub(super) fn of_channel<'p>(
        &self,
        providers: impl IntoIterator<Item = &'p Provider>,
        now: Moment,
    ) -> ChannelAvailability {
        let states = providers.into_iter().map(|provider| (self.of_provider(provider, now), provider));
        let Some((state, provider)) = states.min_by_key(|(state, _)| *state) else {
            // No provider is available: its steps are claimed, and end for that reason.
            return ChannelAvailability { state: Availability::Go, why: String::new() };
        };
        ChannelAvailability { state, why: self.why(state, provider) }
    }

    fn why(&self, state: Availability, provider: &Provider) -> String {
        let name = &provider.name;
        match state {
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

impl ProviderAvailability {
    /// Whether the last record in the ledger is at least that old.
    pub(super) fn is_time(&self, after: Duration) -> bool {
        self.learnt.lock().shared_at.is_none_or(|shared_at| shared_at.elapsed() >= after)
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

/// A channel and how it stands, for a worker's account.
pub(super) fn said(channel: Channel, status: &ChannelAvailability) -> Option<String> {
    let shut =
        matches!(status.state, Availability::Open(_) | Availability::Broken | Availability::ProbeInFlight(_));
    shut.then(|| format!("{}: {}", channel.name(), status.why))
}

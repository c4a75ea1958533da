//! The providers of a plan, ready to be called.

use std::collections::{BTreeMap, VecDeque};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Semaphore, watch};
use tokio::time::Instant;

#[cfg(test)]
use super::carrier::Simulated;
use super::carrier::relay::SmtpTimeouts;
use super::carrier::{Carrier, SetUp};
use super::flight::Flight;
use super::patience::Patience;
use super::{Error, Options};
use crate::config::plan::{self, Plan};
use crate::ledger::{ClaimedStep, DoubtedStep};
use crate::limits::bucket::TokenBucketRate;
use crate::model::Moment;
use crate::model::channel::Channel;
use crate::model::reply::Reply;
use crate::net::Timeouts;
use crate::provider::Found;

const HTTP_LIMITS: Timeouts = Timeouts { connect: Duration::from_secs(10), answer: Duration::from_secs(60) };

/// When tokens of the provider's rate may be used that were reserved and not used yet.
pub(super) type ReservedTokens = tokio::sync::Mutex<VecDeque<Instant>>;

/// A provider with its connections.
pub(super) struct Provider {
    /// Its name in the plan.
    pub(super) name: String,
    /// One permit for each handoff at a time.
    pub(super) permits: Semaphore,
    /// How many permits there are.
    pub(super) connections: usize,
    /// The calls in progress.
    pub(super) flight: Flight,
    /// Who is behind it: what fails for one provider of an owner will fail for the others.
    pub(super) owner: String,
    /// How much it takes, if that is limited.
    pub(super) rate: Option<TokenBucketRate>,
    /// Places within the rate that were taken in advance.
    pub(super) tokens: ReservedTokens,
    carrier: Carrier,
}

/// The providers of each channel, in the plan's order. A channel without providers is absent.
pub(super) type Providers = BTreeMap<Channel, Vec<Arc<Provider>>>;

/// Makes every provider that a channel of the plan uses; reads their secrets. One that cannot be set up is there and
/// broken, so that it does not keep the others from working.
///
/// # Errors
///
/// None can be set up, or the HTTP client cannot.
pub(super) fn providers(plan: &Plan, options: &Options) -> Result<Providers, Error> {
    providers_within(plan, options, SmtpTimeouts::USUAL, HTTP_LIMITS)
}

/// What of a channel's providers cannot be used.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unusable {
    /// Why, for each that cannot.
    pub why: Vec<String>,
    /// Whether there are others that can.
    pub others: bool,
}

/// The channels with a provider that cannot be set up: a secret that is missing, a certificate that cannot be read. Calls
/// nobody.
///
/// # Errors
///
/// The HTTP client cannot be set up.
pub fn unusable(plan: &Plan, root: &Path, host: &str) -> Result<BTreeMap<Channel, Unusable>, Error> {
    let mut all: BTreeMap<Channel, Unusable> = BTreeMap::new();
    for (channel, name, chosen) in used(plan) {
        let terms = plan.channels.get(&channel);
        let set_up = SetUp { channel: terms, root, host, waits: SmtpTimeouts::USUAL, limits: HTTP_LIMITS };
        let found = all.entry(channel).or_default();
        match Carrier::new(name, chosen, set_up) {
            Ok(_) => found.others = true,
            Err(error) => found.why.push(in_full(&error)),
        }
    }
    all.retain(|_, found| !found.why.is_empty());
    Ok(all)
}

/// Like [`providers`], with explicit time limits.
pub(super) fn providers_within(
    plan: &Plan,
    options: &Options,
    waits: SmtpTimeouts,
    limits: Timeouts,
) -> Result<Providers, Error> {
    let mut providers = Providers::new();
    let (mut sound, mut first_error) = (false, None);
    for (channel, name, chosen) in used(plan) {
        let (root, host) = (options.root.as_path(), options.host.as_str());
        let set_up = SetUp { channel: plan.channels.get(&channel), root, host, waits, limits };
        let carrier = Carrier::new(name, chosen, set_up).unwrap_or_else(|error| {
            let broken = Carrier::Broken(in_full(&error));
            first_error.get_or_insert(error);
            broken
        });
        sound |= !matches!(carrier, Carrier::Broken(_));
        providers.entry(channel).or_default().push(Arc::new(Provider::new(name, chosen, carrier)));
    }
    match first_error {
        Some(error) if !sound => Err(error),
        _ => Ok(providers),
    }
}

/// The providers that channels and destinations of the plan use, each once for a channel.
fn used(plan: &Plan) -> Vec<(Channel, &str, &plan::Provider)> {
    let channels = plan.channels.keys().copied();
    let for_people =
        channels.flat_map(|channel| plan.providers_of(channel).map(move |(name, one)| (channel, name, one)));
    let mut used: Vec<_> = for_people.collect();
    for destination in &plan.destinations {
        let (channel, place) = (destination.endpoint.channel(), destination.endpoint.place());
        let named = place.and_then(|place| plan.providers.get_key_value(place.provider()));
        let Some((name, provider)) = named else { continue };
        if !used.iter().any(|(known, other, _)| (*known, *other) == (channel, name.as_str())) {
            used.push((channel, name.as_str(), provider));
        }
    }
    used
}

/// An error with what lies behind it, in one line.
pub(super) fn in_full(error: &Error) -> String {
    let mut words = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(error) = source {
        words = format!("{words}: {error}");
        source = error.source();
    }
    words
}

impl Provider {
    #[cfg(test)]
    pub(super) fn simulated(name: &str, connections: usize, carry: Simulated) -> Arc<Self> {
        Arc::new(Self {
            name: name.to_owned(),
            permits: Semaphore::new(connections),
            connections,
            flight: Flight::default(),
            owner: name.to_owned(),
            rate: None,
            tokens: ReservedTokens::default(),
            carrier: Carrier::Simulated(carry),
        })
    }

    fn new(name: &str, chosen: &plan::Provider, carrier: Carrier) -> Self {
        Self {
            name: name.to_owned(),
            permits: Semaphore::new(usize::from(chosen.connections)),
            connections: usize::from(chosen.connections),
            flight: Flight::default(),
            owner: chosen.owner.clone(),
            rate: chosen.pace.map(|pace| TokenBucketRate::every(pace.rate.interval(), pace.burst)),
            tokens: ReservedTokens::default(),
            carrier,
        }
    }

    /// Why it could not be set up, if it could not.
    pub(super) fn broken(&self) -> Option<&str> {
        self.carrier.broken()
    }

    /// Hands a step off. A step of another channel, or with words of another form, is refused without a call.
    pub(super) async fn hand_off(&self, step: &ClaimedStep, now: Moment, patience: &Patience) -> Reply {
        self.carrier.hand_off(step, now, patience).await
    }

    /// Whether the last handoff of a step was a first message, because the earlier one is gone.
    pub(super) fn began_again(&self, step: &ClaimedStep) -> bool {
        self.carrier.began_again(step)
    }

    /// Whether it can be asked about a message.
    pub(super) fn can_be_asked(&self) -> bool {
        self.carrier.can_be_asked()
    }

    /// Asks whether it has the message of a step. `None` if it does not answer, or the worker is to stop.
    pub(super) async fn inquire(
        &self,
        step: &DoubtedStep,
        now: Moment,
        mut stop: watch::Receiver<bool>,
    ) -> Option<Option<Found>> {
        tokio::select! {
            biased;
            Ok(_) = stop.wait_for(|stop| *stop) => None,
            found = self.carrier.inquire(step, now) => found,
        }
    }

    /// Ends what is kept open.
    pub(super) async fn close(&self) {
        self.carrier.close().await;
    }
}

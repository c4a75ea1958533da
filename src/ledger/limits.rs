//! What workers share about providers: rate limits, pauses, circuit breakers of their owners.
//!
//! Promises: what one worker learns applies to all, even if their clocks differ. All of it matters for minutes only: a
//! power cut may lose the latest. Never holds a step for ever: a step that cannot be sent waits or is skipped.

use std::collections::BTreeMap;

use super::{EndedStep, Error};
use crate::limits::bucket::{TokenBucketRate, TokenReservation};
use crate::limits::circuit::{BreakerTransition, CircuitBreaker, SendCounts};
use crate::limits::storm::Refusals;
use crate::model::Moment;
use crate::model::channel::Channel;
use crate::model::incident::IncidentId;

/// The part of a [`Ledger`](super::Ledger) that keeps providers from being asked too much, or in vain.
pub trait SharedProviderState {
    /// Takes up to `wanted` places in what a provider's rate allows, anyone else who takes some.
    fn reserve_tokens(
        &mut self,
        provider: &str,
        rate: &TokenBucketRate,
        wanted: u32,
        now: Moment,
    ) -> Result<TokenReservation, Error>;

    /// Nobody calls a provider before `until`. A pause that is longer stays.
    fn pause(&mut self, provider: &str, until: Moment) -> Result<(), Error>;

    /// Records the results of handoffs in an owner's circuit breaker, and returns whether they opened or closed it.
    fn learn(&mut self, owner: &str, tally: &SendCounts, now: Moment) -> Result<BreakerTransition, Error>;

    /// Counts what a provider did with what it was given last, and with a number of refusals that are not settled yet. In a
    /// storm the addresses that it refused are no longer suppressed, and notices that ended for it are due again.
    fn weigh_refusals(&mut self, provider: &str, unrecorded: u64, now: Moment) -> Result<Refusals, Error>;

    /// Takes the probe of an owner whose circuit is open; `false` when someone else has it, or there is none.
    fn take_probe(&mut self, owner: &str, now: Moment) -> Result<bool, Error>;

    /// What all workers know by now.
    fn outlook(&mut self, now: Moment) -> Result<ProviderStates, Error>;

    /// Ends steps of a channel that cannot be handed off, due or not, whose chain continues: as dead, for that
    /// reason. The last step of a chain is left as it is. Some hundreds at a time: none are left when none come back.
    fn skip_channel(&mut self, channel: Channel, reason: &str, now: Moment) -> Result<Vec<EndedStep>, Error>;

    /// The steps that are held, because a budget is used up.
    fn count_on_hold(&mut self) -> Result<HeldTexts, Error>;

    /// Makes every held step due, whether to be sent or to be held again. Says how many.
    fn release_on_hold(&mut self, now: Moment) -> Result<u64, Error>;

    /// Makes due every step that waits for a retry after a failed attempt. Says how many.
    fn retry_now(&mut self, now: Moment) -> Result<u64, Error>;

    /// When something can be done next.
    fn due(&mut self) -> Result<Due, Error>;

    /// When something can be done next: the earliest due step or the earliest end of a lease.
    fn next_due(&mut self) -> Result<Option<Moment>, Error> {
        Ok(self.due()?.earliest())
    }
}

/// The part of a ledger that counts what channels spent that cost money.
pub trait Spending {
    /// The messages that left on a channel, or may have.
    fn spent(&mut self, channel: Channel, incident: &IncidentId, now: Moment) -> Result<Spent, Error>;
}

/// How many messages left on a channel, or may have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spent {
    /// Those about the incident.
    pub on_incident: u64,
    /// Those of the last 24 hours, about any incident.
    pub within_a_day: u64,
}

/// Steps that wait for an operator to release them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HeldTexts {
    /// Number of texts.
    pub count: u64,
    /// When the first of them expires.
    pub first_expires_at: Option<Moment>,
}

/// What is known of the providers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProviderStates {
    /// Providers that are not called before then.
    pub pauses: BTreeMap<String, Moment>,
    /// The circuits that are open, by owner.
    pub circuits: BTreeMap<String, CircuitBreaker>,
}

/// When something can be done next.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Due {
    /// The earliest pending step of each channel that has one.
    pub channels: BTreeMap<Channel, Moment>,
    /// The earliest end of a lease.
    pub lease: Option<Moment>,
    /// The earliest end of a watch for a report.
    pub watch: Option<Moment>,
}

impl Due {
    /// When a worker has to look again; `None` if nothing waits.
    pub fn earliest(&self) -> Option<Moment> {
        self.channels.values().chain(&self.lease).chain(&self.watch).min().copied()
    }
}

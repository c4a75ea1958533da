//! Sign-ups: subscriptions that were requested at the desk and are not confirmed yet.
//!
//! Promises: a sign-up changes nothing until the owner of its address confirms it; storing it never reads the subscribers,
//! so that neither the answer nor its time reveals one; the limits apply to all desks on the ledger together and survive a
//! restart. Never sends anything, and uses no randomness: the caller does.

use std::collections::BTreeMap;

use chrono::TimeDelta;

use super::{Error, SubscriberRecord};
use crate::model::Moment;
use crate::model::channel::Channel;
use crate::model::incident::IncidentId;
use crate::model::localized::Language;
use crate::model::phase::Severity;
use crate::model::subscriber::{FeatureFilter, SubscriberId, Subscription};

/// The part of a [`Ledger`](super::Ledger) that keeps sign-ups.
pub trait SignUps {
    /// Keeps a sign-up and makes its confirmation due, as far as the limits allow. Never reads the subscribers.
    fn ask(&mut self, sign_up: &SignUp, limits: &[SignUpLimit], now: Moment) -> Result<Asked, Error>;

    /// The sign-up of that id, confirmed or not, until it is deleted a week after it was asked for.
    fn sign_up(&mut self, id: &str) -> Result<Option<SignUp>, Error>;

    /// The sign-ups whose confirmation is due, at most `most`, the oldest first, each with the number of earlier tries.
    /// Each is leased to the caller for two minutes, and due again afterwards unless it was recorded as tried. Deletes what is
    /// kept no longer. A sign-up whose address is suppressed is dropped here.
    fn due_confirmations(&mut self, most: usize, now: Moment) -> Result<Vec<(SignUp, u32)>, Error>;

    /// Records that a confirmation was tried: it is due again at `again`, or never.
    fn confirmation_tried(&mut self, id: &str, again: Option<Moment>) -> Result<(), Error>;

    /// Counts one guess of a sign-up's code; `false` if there were five, or nothing to guess.
    fn may_guess(&mut self, id: &str, now: Moment) -> Result<bool, Error>;

    /// Makes a sign-up a subscription: its owner confirmed it. `draw` gives the random bytes of a new subscriber's id.
    /// One that joins a subscriber gives them its address instead, in place of any they had on that channel; an earlier owner
    /// loses it, and is removed if it was their only one. Confirming twice is the same as once. `None` if there
    /// is no such sign-up, its time is over, or the subscriber that it joins was removed.
    fn confirm_sign_up(
        &mut self,
        id: &str,
        draw: &mut dyn FnMut() -> [u8; 16],
        now: Moment,
    ) -> Result<Option<SubscriberId>, Error>;

    /// The names that announced incidents have now, by the name under which each was first announced.
    fn announced_names(&mut self) -> Result<BTreeMap<IncidentId, IncidentId>, Error>;

    /// The subscriber of that id, also one who left.
    fn subscriber(&mut self, id: &SubscriberId) -> Result<Option<SubscriberRecord>, Error>;

    /// Changes what a subscriber who has not left asked for; `false` if there is none.
    fn change_subscription(&mut self, id: &SubscriberId, to: &Preferences) -> Result<bool, Error>;

    /// Takes from a subscriber their addresses on a channel; `false` if there is none, or no other address would be left.
    fn give_up(&mut self, id: &SubscriberId, channel: Channel, now: Moment) -> Result<bool, Error>;

    /// Brings back a subscriber who left, at a wish of their own that was made at `source`; `false` if there is none, or
    /// their addresses are others' now.
    fn come_back(&mut self, id: &SubscriberId, source: &str, now: Moment) -> Result<bool, Error>;

    /// Erases a subscriber: their addresses, what they asked for, their consent. What stays is that nothing may be sent to
    /// those addresses, as keyed hashes. `false` if there is none.
    fn erase_subscriber(&mut self, id: &SubscriberId, now: Moment) -> Result<bool, Error>;
}

/// A sign-up that was not confirmed yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignUp {
    /// What it is found by; drawn by chance.
    pub id: String,
    /// What is asked for, with one address.
    pub subscription: Subscription,
    /// The only incident that is asked for, by the name under which it is first announced. Confirming it changes nothing
    /// else of a subscriber.
    pub incident: Option<IncidentId>,
    /// The subscriber who gets the address as a further one; `None` if it is asked for as a subscription of its own.
    pub joins: Option<SubscriberId>,
    /// If it was asked for, for the record of consent. Holds no address.
    pub source: String,
    /// When it was asked for.
    pub asked_at: Moment,
    /// After this nobody can confirm it.
    pub expires_at: Moment,
}

/// What a subscriber can change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preferences {
    /// Of which features and groups messages are wanted.
    pub follows: FeatureFilter,
    /// The least severity wanted.
    pub from_severity: Severity,
    /// The language to write in.
    pub language: Language,
    /// The IANA zone to write times in.
    pub time_zone: String,
}

/// How many sign-ups may come that share a name: a network, an address, a range of numbers, or all.
#[derive(Clone, Debug)]
pub struct SignUpLimit {
    /// The name; a keyed hash if it is of a person.
    pub subject: String,
    /// Counted over this time, of at most 30 days.
    pub within: TimeDelta,
    /// The most sign-ups within it.
    pub most: u32,
    /// What is said beyond it. Requests of a network count also if another limit refuses them; everything else counts only
    /// what is kept.
    pub beyond: Asked,
}

/// What happened to a sign-up. Only limits that say nothing of an address are ever told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// It waits for its confirmation.
    Kept,
    /// Nothing was kept: the address had its confirmations. The answer must be that of [`Kept`](Self::Kept).
    Silent,
    /// Nothing was kept: too many requests of this network.
    Network,
    /// Nothing was kept: too many sign-ups in all.
    Busy,
}

//! Subscribers and their addresses in the ledger.
//!
//! Promises: an address on a channel belongs to one subscriber, however it is spelled; someone who unsubscribed comes back
//! only by their own sign-up and never by a list; a suppressed address stays suppressed until an operator lifts it, and the
//! other channels are not affected. Never guesses a channel, and uses no randomness: the caller does.

use std::collections::{BTreeMap, BTreeSet};

use super::Error;
use crate::model::Moment;
use crate::model::endpoint::Endpoint;
use crate::model::listed::SubscriberList;
use crate::model::subscriber::{
    Consent, EndpointId, FollowedIncident, Subscriber, SubscriberId, SubscriberState, Subscription,
};

/// How many subscribers are read at once: few enough for the memory, and enough that a million take few statements.
pub const PAGE: usize = 5_000;

/// The part of a [`Ledger`](super::Ledger) that keeps subscribers.
pub trait People {
    /// Adds subscribers, in order; `draw` gives the random bytes of each new id. Says for each what happened to
    /// it.
    ///
    /// The same person is the one that has the first address, or whose addresses are all among the given ones: their
    /// subscription and their addresses become these. Addresses that are suppressed stay suppressed. A subscription
    /// without an address is an error, and then nothing is written.
    fn add_subscribers(
        &mut self,
        people: &[Subscription],
        consent: &Consent,
        draw: &mut dyn FnMut() -> [u8; 16],
    ) -> Result<Vec<Added>, Error>;

    /// Adds the subscribers of a list, in order, as [`add_subscribers`](Self::add_subscribers) does; for one who is on
    /// record, what the list does not say stays as it is.
    fn import_subscribers(
        &mut self,
        list: &SubscriberList,
        consent: &Consent,
        draw: &mut dyn FnMut() -> [u8; 16],
    ) -> Result<Vec<Added>, Error>;

    /// Records that a pending subscriber confirmed; `false` when there is none.
    fn confirm_subscriber(&mut self, id: &SubscriberId, now: Moment) -> Result<bool, Error>;

    /// Lets a subscriber go, and remembers it with each of their addresses; `false` when there is none, or they left
    /// before. Steps already planned are suppressed when they come to be claimed.
    fn remove_subscriber(&mut self, id: &SubscriberId, now: Moment) -> Result<bool, Error>;

    /// Every subscriber ever added who can be read, with what happened to them, ordered by id.
    fn list_subscribers(&mut self) -> Result<Vec<SubscriberRecord>, Error>;

    /// What cannot be read of the subscribers and their addresses. It stops nobody else.
    fn unreadable_subscribers(&mut self) -> Result<Vec<UnreadableRow>, Error>;

    /// The subscribers with that address: one at most, but for those who left.
    fn subscribers_at(&mut self, endpoint: &Endpoint) -> Result<Vec<SubscriberRecord>, Error>;

    /// The subscribers to compose notices for, ordered by id: those who confirmed and have not left, with the
    /// addresses that may be used. One whose addresses are all suppressed has them all: what is planned for them is
    /// not sent, and says why.
    fn active_subscribers(&mut self) -> Result<Vec<Subscriber>, Error> {
        let (mut all, mut after) = (Vec::new(), None);
        loop {
            let page = self.subscribers_after(after.as_ref(), PAGE)?;
            all.extend(page.subscribers);
            after = page.last;
            if after.is_none() {
                return Ok(all);
            }
        }
    }

    /// The next of the [active subscribers](Self::active_subscribers) after one, maximum `number_max`.
    fn subscribers_after(
        &mut self,
        after: Option<&SubscriberId>,
        number_max: usize,
    ) -> Result<SubscriberPage, Error>;

    /// Those among them whose addresses are all suppressed.
    fn silenced(&mut self) -> Result<BTreeSet<SubscriberId>, Error>;

    /// Stops all handoffs to an address on its channel; `false` when it is unknown or was stopped before.
    fn suppress(&mut self, endpoint: &Endpoint, reason: &str, now: Moment) -> Result<bool, Error>;

    /// Allows handoffs to an address on its channel again; `false` when they were not stopped.
    fn lift_suppression(&mut self, endpoint: &Endpoint) -> Result<bool, Error>;
}

/// Some of the subscribers, in the order of their ids.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SubscriberPage {
    /// Those who may be notified.
    pub subscribers: Vec<Subscriber>,
    /// After which the next page begins; `None` when this is the last page.
    pub last: Option<SubscriberId>,
}

/// What happened to a subscription that was to be added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Added {
    /// Nobody with one of these addresses was on record.
    New(SubscriberId),
    /// Someone on record, whose subscription this is now.
    Updated(SubscriberId),
    /// Someone who had unsubscribed, whose subscription this is now.
    Back(SubscriberId),
    /// Someone on record, of whom a list says nothing new: nothing was written.
    Unchanged(SubscriberId),
    /// Nothing was written: the owner of this address left, and a list brings nobody back.
    Left(Endpoint),
    /// Nothing was written: this address belongs to another subscriber.
    Taken {
        /// The address.
        endpoint: Endpoint,
        /// Who has the address now.
        owner: SubscriberId,
    },
    /// Nothing was written: they were to be brought back, and never unsubscribed.
    NeverLeft,
}

impl Added {
    /// The subscriber who has this subscription now.
    pub fn id(&self) -> Option<&SubscriberId> {
        match self {
            Self::New(id) | Self::Updated(id) | Self::Back(id) | Self::Unchanged(id) => Some(id),
            Self::Left(_) | Self::Taken { .. } | Self::NeverLeft => None,
        }
    }
}

/// A subscriber and what happened to them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubscriberRecord {
    /// Who, with every address, also the suppressed.
    pub subscriber: Subscriber,
    /// When they were first added.
    pub added_at: Moment,
    /// The time of confirmation; none while it is awaited.
    pub confirmed_at: Option<Moment>,
    /// The time at which the subscriber left.
    pub removed_at: Option<Moment>,
    /// How they consented; `None` where an earlier version did not record it.
    pub consent: Option<Consent>,
    /// What else is kept about them, by column.
    pub fields: BTreeMap<String, String>,
    /// How many times their record was written, from 1.
    pub version: u64,
    /// Why addresses may not be used.
    pub suppressed: BTreeMap<EndpointId, String>,
    /// The single incidents they asked about, the oldest request first.
    pub incidents: Vec<FollowedIncident>,
}

impl SubscriberRecord {
    /// What they asked for.
    pub fn subscription(&self) -> Subscription {
        let subscriber = self.subscriber.clone();
        Subscription {
            follows: subscriber.follows,
            from_severity: subscriber.from_severity,
            language: subscriber.language,
            time_zone: subscriber.time_zone,
            endpoints: subscriber.endpoints.into_iter().map(|(_, endpoint)| endpoint).collect(),
            fields: self.fields.clone(),
        }
    }

    /// Whether any of their addresses may be used.
    pub fn can_be_notified(&self) -> bool {
        self.subscriber.endpoints.iter().any(|(number, _)| !self.suppressed.contains_key(number))
    }

    /// Pending, confirmed or left.
    pub fn state(&self) -> SubscriberState {
        match (self.removed_at, self.confirmed_at) {
            (Some(_), _) => SubscriberState::Left,
            (None, None) => SubscriberState::Pending,
            (None, Some(_)) => SubscriberState::Confirmed,
        }
    }
}

/// Something stored that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct UnreadableRow {
    /// The subscriber whose row cannot be read.
    pub subscriber: SubscriberId,
    /// The address, by its number in the ledger; `None` if it is the subscriber's own row.
    pub endpoint: Option<EndpointId>,
    /// What it should have been: `address`, `language`.
    pub what: &'static str,
}

//! Subscribers: who wants to hear of what, in which language, by which ways.

use std::collections::BTreeSet;

use super::change::Change;
use super::endpoint::Endpoint;
use super::feature::FeatureId;
use super::hash::derived_id;
use super::localized::Language;
use super::phase::Severity;

derived_id! {
    /// A subscriber's identity in the ledger: says nothing about the person.
    SubscriberId
}

/// An address's number in the ledger. An address that changes is a new endpoint, so a planned step can
/// never slide to another address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EndpointId(pub i64);

/// The features somebody follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Follows {
    /// All, also those added later.
    Everything,
    /// These.
    Features(BTreeSet<FeatureId>),
}

impl Follows {
    /// Whether news about any of `features` is wanted. News that names no feature concerns everybody.
    pub fn any_of(&self, features: &BTreeSet<FeatureId>) -> bool {
        match self {
            Self::Everything => true,
            Self::Features(followed) => features.is_empty() || !followed.is_disjoint(features),
        }
    }
}

/// What somebody asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscription {
    /// The features followed.
    pub follows: Follows,
    /// News of incidents that never reached this severity is not wanted.
    pub from_severity: Severity,
    /// The language to write in.
    pub language: Language,
    /// The IANA zone to write times in.
    pub time_zone: String,
    /// The ways to reach them, in their order of preference; at least one.
    pub endpoints: Vec<Endpoint>,
}

/// A person or machine on record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscriber {
    /// Who.
    pub id: SubscriberId,
    /// The features followed.
    pub follows: Follows,
    /// The least severity wanted.
    pub from_severity: Severity,
    /// The language to write in.
    pub language: Language,
    /// The IANA zone to write times in.
    pub time_zone: String,
    /// The endpoints that may be used, in order of preference.
    pub endpoints: Vec<(EndpointId, Endpoint)>,
}

impl Subscriber {
    /// Whether they should hear of the change.
    pub fn wants(&self, change: &Change) -> bool {
        change.peak_severity >= self.from_severity && self.follows.any_of(&change.touched)
    }
}

//! Subscribers: what each follows, language, endpoints, and consent.
//!
//! Promises: an id is random and reveals nothing about the person; it stays when every address changes.

use std::collections::{BTreeMap, BTreeSet};

use data_encoding::BASE32_NOPAD;

use super::Moment;
use super::endpoint::Endpoint;
use super::feature::FeatureId;
use super::hash::derived_id;
use super::incident::IncidentId;
use super::localized::Language;
use super::phase::Severity;

derived_id! {
    /// A subscriber's identity in the ledger. Earlier versions derived it from the first address; those ids stay.
    SubscriberId
}

impl SubscriberId {
    /// The id that these random bytes make: 26 letters and digits of base 32 in lower case.
    pub fn from_random(bytes: [u8; 16]) -> Self {
        Self::from_stored(BASE32_NOPAD.encode(&bytes).to_ascii_lowercase())
    }
}

/// An address's number in the ledger. An address that changes is a new endpoint, so a planned step can
/// never slide to another address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EndpointId(pub i64);

impl EndpointId {
    /// Represents the place of a destination: the ledger knows its number once it recorded the destination.
    pub const OF_PLACE: Self = Self(0);
}

/// The features someone follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FeatureFilter {
    /// All, also those added later.
    Everything,
    /// These, and those of the groups with these ids. If there is none, no news of any feature is wanted.
    Features(BTreeSet<FeatureId>),
}

impl FeatureFilter {
    /// No feature: who follows a single incident has this.
    pub fn nothing() -> Self {
        Self::Features(BTreeSet::new())
    }

    /// Whether no feature is followed.
    pub fn is_nothing(&self) -> bool {
        matches!(self, Self::Features(followed) if followed.is_empty())
    }

    /// Whether news about any of `features` is wanted. News that names no feature concerns everyone who follows one.
    pub fn any_of(&self, features: &BTreeSet<FeatureId>) -> bool {
        match self {
            Self::Everything => true,
            Self::Features(followed) if followed.is_empty() => false,
            Self::Features(followed) => features.is_empty() || !followed.is_disjoint(features),
        }
    }
}

/// What someone asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscription {
    /// Of which features and groups messages are wanted.
    pub follows: FeatureFilter,
    /// News of incidents that never reached this severity is not wanted.
    pub from_severity: Severity,
    /// The language to write in.
    pub language: Language,
    /// The IANA zone to write times in.
    pub time_zone: String,
    /// The ways to reach them, in their order of preference; at least one.
    pub endpoints: Vec<Endpoint>,
    /// What else the operator keeps about them, by column: `plan` = `pro`.
    pub fields: BTreeMap<String, String>,
}

/// How someone came to be on record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ConsentMethod {
    /// The operator added them by name, at their wish: anyone who left is back.
    Added,
    /// They stood in a list: anyone who left stays away.
    Imported,
    /// They signed up themselves, and have to confirm it.
    SignedUp,
    /// They had unsubscribed, and the operator brought them back at their wish, for a recorded reason.
    BroughtBack,
}

impl ConsentMethod {
    /// The ways to give consent.
    pub const ALL: [Self; 4] = [Self::Added, Self::Imported, Self::SignedUp, Self::BroughtBack];

    /// The word in the ledger and in commands.
    pub fn word(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Imported => "imported",
            Self::SignedUp => "signed_up",
            Self::BroughtBack => "brought_back",
        }
    }

    /// Whether anyone who left is back by it. A sign-up does it only when it is confirmed.
    pub fn brings_back(self) -> bool {
        matches!(self, Self::Added | Self::BroughtBack)
    }

    /// The way a word names.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|way| way.word() == word)
    }
}

/// The consent to be notified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consent {
    /// How it was given.
    pub method: ConsentMethod,
    /// Where: a command, a file, a form; of who was brought back, the reason. Holds no address.
    pub source: String,
    /// The time of the consent.
    pub at: Moment,
}

/// Where a subscriber stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SubscriberState {
    /// Signed up and not confirmed: nothing is sent.
    Pending,
    /// Confirmed: receives notices.
    Confirmed,
    /// Left: nothing is sent, and only a wish of their own brings them back.
    Left,
}

impl SubscriberState {
    /// The word in commands.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Confirmed => "confirmed",
            Self::Left => "left",
        }
    }
}

/// A single incident that someone follows until it is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FollowedIncident {
    /// The name under which it is first announced.
    pub origin: IncidentId,
    /// The time from which the incident is followed.
    pub since: Moment,
    /// When its end was announced; nothing is sent after it, unless the incident is reopened.
    pub ended_at: Option<Moment>,
}

/// Who asked about which incident alone, by its origin, and when that ended.
pub type Followers = BTreeMap<IncidentId, BTreeMap<SubscriberId, Option<Moment>>>;

/// A person or machine on record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscriber {
    /// The subscriber's ID.
    pub id: SubscriberId,
    /// Of which features and groups messages are wanted.
    pub follows: FeatureFilter,
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
    /// Whether they should hear of a change whose worst severity and features these are, with the ids of the features'
    /// groups.
    pub fn wants(&self, peak_severity: Severity, touched: &BTreeSet<FeatureId>) -> bool {
        peak_severity >= self.from_severity && self.follows.any_of(touched)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn features(ids: &[&str]) -> BTreeSet<FeatureId> {
        ids.iter().filter_map(|id| FeatureId::new(id)).collect()
    }

    #[test]
    fn a_subscriber_wants_what_is_severe_enough_and_followed() {
        let some = |ids: &[&str]| FeatureFilter::Features(features(ids));
        for (follows, from, peak, touched, wants) in [
            (FeatureFilter::Everything, Severity::Notice, Severity::Notice, &["search"][..], true),
            (FeatureFilter::Everything, Severity::Major, Severity::Minor, &["search"], false),
            (FeatureFilter::Everything, Severity::Major, Severity::Major, &["search"], true),
            (FeatureFilter::Everything, Severity::Major, Severity::Critical, &[], true),
            (some(&["search"]), Severity::Notice, Severity::Minor, &["checkout", "search"], true),
            (some(&["search"]), Severity::Notice, Severity::Critical, &["checkout"], false),
            (some(&["search"]), Severity::Critical, Severity::Major, &["search"], false),
            (some(&["search"]), Severity::Notice, Severity::Minor, &[], true),
            (some(&["buying"]), Severity::Notice, Severity::Minor, &["checkout", "buying"], true),
            (FeatureFilter::nothing(), Severity::Notice, Severity::Critical, &["checkout"], false),
            (FeatureFilter::nothing(), Severity::Notice, Severity::Critical, &[], false),
        ] {
            let subscriber = Subscriber {
                id: SubscriberId::from_random([7; 16]),
                follows,
                from_severity: from,
                language: Language::new("en").unwrap(),
                time_zone: "UTC".to_owned(),
                endpoints: Vec::new(),
            };
            assert_eq!(
                subscriber.wants(peak, &features(touched)),
                wants,
                "{subscriber:?} {peak:?} {touched:?}"
            );
        }
    }

    #[test]
    fn only_the_operators_own_word_brings_back_who_left() {
        let by = |method: ConsentMethod| (method.word(), method.brings_back());
        assert_eq!(
            ConsentMethod::ALL.map(by),
            [("added", true), ("imported", false), ("signed_up", false), ("brought_back", true)]
        );
    }

    #[test]
    fn a_random_id_is_26_lower_case_letters_and_digits_and_keeps_every_bit() {
        let id = |bytes| SubscriberId::from_random(bytes).as_str().to_owned();
        assert_eq!(id([0; 16]), "a".repeat(26));
        assert_eq!(id([255; 16]), format!("{}4", "7".repeat(25)));
        let mut seen = BTreeSet::from([id([0; 16])]);
        for bit in 0..128 {
            let mut bytes = [0; 16];
            bytes[bit / 8] = 1_u8 << (bit % 8);
            let id = id(bytes);
            let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
            assert!(id.len() == 26 && id.chars().all(fits) && seen.insert(id.clone()), "{id}");
        }
    }
}

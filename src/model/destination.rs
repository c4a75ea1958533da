//! Destinations: places that follow features as a subscriber does, such as a chat room or an incident tool.
//!
//! Promises: a destination has one place and needs no consent; its identity follows from its name in the plan, so it keeps
//! its history when everything else about it changes.

use std::collections::BTreeSet;
use std::time::Duration;

use super::channel::Channel;
use super::endpoint::Endpoint;
use super::feature::FeatureId;
use super::hash::derive;
use super::incident::Audience;
use super::localized::Language;
use super::phase::Severity;
use super::sensitivity::Sensitivity;
use super::subscriber::{FeatureFilter, SubscriberId};

/// Whether a handoff that may have been heard is made again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Repeats {
    /// As the row of the channel has it.
    #[default]
    ByChannel,
    /// Yes: the provider drops the repeat, or two are better than none.
    Always,
    /// No: the step ends in doubt.
    Never,
    /// Only where something was posted about the incident before: what follows edits it.
    Edits,
}

impl Repeats {
    /// Every one; the place is the number in the ledger.
    pub const ALL: [Self; 4] = [Self::ByChannel, Self::Always, Self::Never, Self::Edits];

    /// Whether a handoff on the channel is made again. `was_posted`: something about the incident was posted there before.
    pub fn holds(self, channel: Channel, was_posted: bool) -> bool {
        match self {
            Self::ByChannel => channel.facts().is_sent_again_in_doubt,
            Self::Always => true,
            Self::Never => false,
            Self::Edits => was_posted,
        }
    }
}

/// A destination as the plan describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destination {
    /// Its name in the plan.
    pub name: String,
    /// Its place, on the channel that the place's provider carries.
    pub endpoint: Endpoint,
    /// Of which features and groups it is notified.
    pub follows: FeatureFilter,
    /// The least severity wanted.
    pub from_severity: Severity,
    /// The language to write in; that of the page if there is none.
    pub language: Option<Language>,
    /// The IANA zone to write times in; that of the page if there is none.
    pub time_zone: Option<String>,
    /// The audience that reads there.
    pub audience: Audience,
    /// The most sensitive text it gets; a more sensitive one is reduced to the link.
    pub sensitivity_max: Sensitivity,
    /// A message that has not left by then is not sent any more.
    pub time_to_live: Duration,
    /// Whether a handoff that may have been heard is made again.
    pub repeats: Repeats,
}

impl Destination {
    /// Its identity in the ledger.
    pub fn id(&self) -> SubscriberId {
        id_of(&self.name)
    }

    /// Whether it gets a change whose worst severity and features these are, with the ids of the features' groups.
    pub fn wants(&self, peak_severity: Severity, touched: &BTreeSet<FeatureId>) -> bool {
        peak_severity >= self.from_severity && self.follows.any_of(touched)
    }
}

/// The identity of the destination of that name.
pub fn id_of(name: &str) -> SubscriberId {
    SubscriberId::from_stored(derive("destination", &[name]))
}

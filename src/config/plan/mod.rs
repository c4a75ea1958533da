//! `site/plan.toml` as values: how subscribers are notified.
//!
//! Promises: a plan names every provider its channels use, and holds no secret, only where each is kept.
//! The defaults are those of `plan.default.toml`, which is the reference and the template as well.

mod alarm;
mod approval;
mod chain;
mod channels;
mod control;
mod country;
mod desk;
mod destinations;
mod dkim;
mod elsewhere;
mod gaps;
mod pace;
mod people;
mod price;
mod provider;
mod quiet;
mod read;
mod reminders;
mod rules;
mod segments;
mod upkeep;
mod words;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use chrono::TimeDelta;

pub use alarm::AlarmPlan;
pub use approval::{ApprovalPlan, ApprovalRule};
pub use chain::{Chain, StepLimit};
pub use channels::{ChannelPlan, MailWording, Mailbox, TextWording, Wording};
pub use control::{ControlPlan, ControlState};
pub use desk::DeskPlan;
pub use dkim::{Dkim, DkimKey};
pub use gaps::{DRILL_OVERDUE, GAPS, Gap, others as other_gaps, unexplained as unexplained_gaps};
pub use pace::{Rate, RateLimit};
pub use people::{People, Person, Roles, SigningKey};
pub use price::TextPrice;
pub use provider::Provider;
pub use quiet::QuietHours;
pub use read::{parse_plan, read_ledger_place, read_plan};
pub use rules::{RULES, Rule};
pub use upkeep::Upkeep;

use super::secret::Secret;
use crate::model::audience::AudienceName;
use crate::model::channel::Channel;
use crate::model::destination::Destination;
use crate::model::endpoint::Endpoint;
use crate::model::segment::Condition;

/// The reference, template and defaults of `site/plan.toml`.
pub const PLAN_TEMPLATE: &str = include_str!("../plan.default.toml");

/// The name of the plan's file, below the site's root.
pub const PLAN_FILE: &str = "site/plan.toml";

/// The name of an audience's own plan; that of everyone is [`PLAN_FILE`].
pub fn plan_file(audience: Option<AudienceName>) -> String {
    audience.map_or_else(|| PLAN_FILE.to_owned(), |name| format!("site/plan.{name}.toml"))
}

/// How subscribers are notified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The record of who was sent what.
    pub ledger: LedgerPlace,
    /// What stops a run that would say too much.
    pub brake: BrakeLimits,
    /// The channels that messages leave on.
    pub channels: BTreeMap<Channel, ChannelPlan>,
    /// By which steps a message reaches a person.
    pub chain: Chain,
    /// When messages that can wait do not leave, if there is such a time.
    pub quiet_hours: Option<QuietHours>,
    /// How long before planned work its readers are reminded of it, shortest first.
    pub reminders: Vec<TimeDelta>,
    /// What may be spent.
    pub budget: Budget,
    /// When an attempt is repeated.
    pub retry: Retry,
    /// The providers by their names. Every name in a channel's list is here, and carries that channel.
    pub providers: BTreeMap<String, Provider>,
    /// The places that are notified like subscribers. The provider of each is among `providers`.
    pub destinations: Vec<Destination>,
    /// Who is paged when `run` stops working.
    pub alarm: AlarmPlan,
    /// The web service at which people subscribe, if there is one.
    pub desk: Option<DeskPlan>,
    /// Who speaks for the page, by their short names.
    pub people: People,
    /// Who has which role. Everyone in it is among `people`.
    pub roles: Roles,
    /// Whose approval a message needs before it leaves.
    pub approval: ApprovalPlan,
    /// Who may announce updates of an incident.
    pub control: ControlPlan,
    /// What keeps the plan itself good.
    pub upkeep: Upkeep,
    /// Words that no public text may hold, such as the names of vendors.
    pub denied_words: Vec<String>,
    /// Groups of subscribers, by their names.
    pub segments: BTreeMap<String, Condition>,
}

impl Plan {
    /// Whether messages leave on a channel.
    pub fn has(&self, channel: Channel) -> bool {
        self.channels.contains_key(&channel)
    }

    /// Whether messages leave for an address: its channel is in the plan, and an SMS may go to its country and kind of number.
    pub fn reaches(&self, endpoint: &Endpoint) -> bool {
        let Some(channel) = self.channels.get(&endpoint.channel()) else { return false };
        endpoint.special_number().is_none()
            && channel.text().is_none_or(|text| text.allows(&endpoint.canonical()))
    }

    /// The providers that a channel uses, in its order.
    pub fn providers_of(&self, channel: Channel) -> impl Iterator<Item = (&str, &Provider)> {
        let names = self.channels.get(&channel).into_iter().flat_map(|plan| &plan.providers);
        let named = names.filter_map(|name| self.providers.get_key_value(name));
        named.map(|(name, provider)| (name.as_str(), provider))
    }
}

/// Where the ledger is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum LedgerPlace {
    /// In a file below `.allclear/`.
    #[default]
    Folder,
    /// On a PostgreSQL server.
    Server {
        /// Where its URL is kept.
        url: Secret,
        /// The certificates (PEM) to trust in place of the well-known ones; a relative path counts from the site's
        /// root.
        ca_file: Option<PathBuf>,
    },
}

/// What stops a run that would say too much.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BrakeLimits {
    /// The most changes one run announces.
    pub changes_per_run: u32,
    /// The most messages one address gets within an hour.
    pub messages_per_address_per_hour: u32,
}

/// What may be spent on messages that cost money. What would go beyond is held until someone decides, never dropped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Budget {
    /// The most text messages about one incident, if there is such a number.
    pub text_per_incident: Option<u32>,
    /// The most text messages within 24 hours, if there is such a number.
    pub text_per_day: Option<u32>,
}

/// When an attempt is repeated after a temporary failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retry {
    /// The most attempts of one step.
    pub attempts_max: u32,
    /// The wait before the second attempt; it doubles with each.
    pub first: Duration,
    /// The longest wait, never shorter than `first`.
    pub longest: Duration,
}

//! `site/plan.toml`: how people are told. The nouns of it.
//!
//! Promises: a plan names every provider its channels use, and no secret stands in it, only where one is kept.
//! The defaults are those of `plan.default.toml`, which is the reference and the template as well.

mod channels;
mod provider;
mod read;
mod sender;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::time::Duration;

pub use channels::{MailChannel, Mailbox, TextChannel};
pub use provider::{Kannel, Provider, Security, Smtp};
pub use read::{parse_plan, read_ledger_place, read_plan};

use super::secret::Secret;
use crate::model::phase::Severity;

/// The reference, template and defaults of `site/plan.toml`.
pub const PLAN_TEMPLATE: &str = include_str!("../plan.default.toml");

/// The name of the plan's file, below the site's root.
pub const PLAN_FILE: &str = "site/plan.toml";

/// How people are told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Where it is remembered who was told what.
    pub ledger: LedgerPlace,
    /// What stops a run that would say too much.
    pub brake: Brake,
    /// Mail, if any is sent.
    pub mail: Option<MailChannel>,
    /// Text messages, if any are sent.
    pub text: Option<TextChannel>,
    /// Below this severity a message has one step only.
    pub chain_from: Severity,
    /// How long one step may be tried before the next channel takes over.
    pub step_limit: StepLimit,
    /// When an attempt is repeated.
    pub retry: Retry,
    /// The providers by their names. Every name in a channel's list is here, and carries that channel.
    pub providers: BTreeMap<String, Provider>,
}

/// Where the ledger is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum LedgerPlace {
    /// In a file below `.allclear/`.
    #[default]
    Folder,
    /// On a PostgreSQL server, at the URL that is kept there.
    Server(Secret),
}

/// What stops a run that would say too much.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Brake {
    /// The most changes one run announces.
    pub changes_per_run: u32,
    /// The most messages one address gets within an hour.
    pub messages_per_address_per_hour: u32,
}

/// How long one step may be tried, by severity; each 10 seconds to 48 hours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StepLimit {
    /// For critical incidents.
    pub critical: Duration,
    /// For major ones.
    pub major: Duration,
    /// For minor ones.
    pub minor: Duration,
    /// For notices.
    pub notice: Duration,
}

impl StepLimit {
    /// The limit for messages of that severity.
    pub fn of(&self, severity: Severity) -> Duration {
        match severity {
            Severity::Critical => self.critical,
            Severity::Major => self.major,
            Severity::Minor => self.minor,
            Severity::Notice => self.notice,
        }
    }
}

/// When an attempt is repeated after "not now".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retry {
    /// The most attempts of one step.
    pub attempts_max: u32,
    /// The wait before the second attempt; it doubles with each.
    pub first: Duration,
    /// The longest wait, never shorter than `first`.
    pub longest: Duration,
}

//! Counts everything that would be sent: what earlier runs queued, together with what is new.
//!
//! Promises: each message is counted by its channel before the operator is asked. Never sends.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::cli::arguments::Sending;
use crate::flow::deliver::retries_now;
use crate::flow::notify::PendingAnnouncement;
use crate::ledger::{Ledger, LinedUp};
use crate::model::Moment;
use crate::model::channel::Channel;
use crate::model::incident::IncidentId;

use crate::cli::exit::Failure;
use crate::cli::print::{STRONG, WARN, styled};

/// The live steps in the ledger.
pub(super) struct Queued {
    /// What no new change replaces.
    stays: Vec<LinedUp>,
    /// How many steps a new change replaces.
    replaced: u64,
    /// Whether the run tries at once what waits for a retry.
    retries: bool,
}

impl Queued {
    /// Counts them as a run sees them that sends so and plans what was prepared.
    pub(super) fn read(
        ledger: &mut dyn Ledger,
        prepared: &PendingAnnouncement,
        (now, sending): (Moment, &Sending),
    ) -> Result<Self, Failure> {
        let until =
            chrono::TimeDelta::from_std(sending.patience).ok().and_then(|wait| now.checked_add_signed(wait));
        let origins = prepared.difference.changes.iter().map(|change| &change.origin);
        // Of a correction, what is queued stays and is corrected.
        let new: BTreeSet<_> = origins.filter(|origin| !prepared.unaware.contains_key(*origin)).collect();
        let all = ledger.lined_up(until.unwrap_or(now))?;
        let (replaced, mut stays): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|one| new.contains(&one.origin) && one.under_way == 0);
        stays.retain(|one| one.due + one.later + one.held + one.under_way > 0);
        let replaced = replaced.iter().map(|one| one.due + one.later + one.held).sum();
        Ok(Self { stays, replaced, retries: retries_now(sending) })
    }

    /// Whether nothing of it would leave.
    pub(super) fn is_idle(&self) -> bool {
        self.stays.iter().all(|one| self.leaves(one) == 0)
    }

    /// Whether there is none at all.
    pub(super) fn is_empty(&self) -> bool {
        self.stays.is_empty()
    }

    /// The channels by which something of it would leave.
    pub(super) fn channels(&self) -> impl Iterator<Item = Channel> {
        self.stays.iter().filter(|one| self.leaves(one) > 0).map(|one| one.channel)
    }

    /// How many of it would leave by a channel, about one incident or about all.
    pub(super) fn leaving(&self, channel: Channel, origin: Option<&IncidentId>) -> u64 {
        let counts = |one: &&LinedUp| one.channel == channel && origin.is_none_or(|id| one.origin == *id);
        self.stays.iter().filter(counts).map(|one| self.leaves(one)).sum()
    }

    /// How many steps the run hands off.
    fn leaves(&self, one: &LinedUp) -> u64 {
        one.due + if self.retries { one.retries } else { 0 }
    }

    /// A line for each incident, and one for all that would leave now.
    pub(super) fn lines(&self, prepared: &PendingAnnouncement) -> Vec<String> {
        let mut incidents: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for one in &self.stays {
            let by = one.channel.name();
            let retry = if self.retries { "waiting for a retry, tried now" } else { "waiting for a retry" };
            let parts = [
                (one.due, format!("by {by}")),
                (one.retries, format!("by {by} {retry}")),
                (one.later - one.retries, format!("by {by} later")),
                (one.held, format!("by {by} on hold, budget used up")),
                (one.under_way, format!("by {by} being sent")),
            ];
            let said = parts.into_iter().filter(|(number, _)| *number > 0);
            let words = said.map(|(number, words)| format!("{number} {words}"));
            incidents.entry(one.origin.as_str()).or_default().extend(words);
        }
        let mut lines: Vec<String> = incidents
            .into_iter()
            .map(|(incident, parts)| {
                let queued = styled(WARN, "queued by earlier runs:");
                format!("{}  {queued} {}", styled(STRONG, incident), parts.join(", "))
            })
            .collect();
        if self.replaced > 0 {
            let is = if self.replaced == 1 { "message is" } else { "messages are" };
            lines.push(format!("{} older queued {is} superseded", self.replaced));
        }
        if !self.stays.is_empty() {
            lines.push(format!("in total  {}", self.sum(prepared)));
        }
        lines
    }

    /// `12 by email, 3 by SMS`.
    fn sum(&self, prepared: &PendingAnnouncement) -> String {
        let mut by_channel: BTreeMap<Channel, u64> = BTreeMap::new();
        for one in &self.stays {
            *by_channel.entry(one.channel).or_default() += self.leaves(one);
        }
        for notice in prepared.reachable() {
            if let Some(step) = notice.steps.first() {
                *by_channel.entry(step.channel).or_default() += 1;
            }
        }
        let parts: Vec<String> = by_channel
            .iter()
            .filter(|(_, number)| **number > 0)
            .map(|(channel, number)| format!("{number} by {}", channel.name()))
            .collect();
        if parts.is_empty() { "nothing to send now".to_owned() } else { parts.join(", ") }
    }

    /// The same for scripts: an entry for each incident and channel.
    pub(super) fn json(&self) -> impl Iterator<Item = Value> {
        self.stays.iter().map(|one| {
            json!({
                "incident": one.origin.as_str(),
                "what": [],
                "notices": 0,
                "queued": {
                    "channel": one.channel.word(),
                    "due": one.due,
                    "later": one.later,
                    "retries": one.retries,
                    "held": one.held,
                    "under_way": one.under_way,
                },
            })
        })
    }
}

//! `[chain]` of the plan: which channels a message tries, in which order, and for how long each.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::{Range, RangeInclusive};
use std::time::Duration;

use super::channels::TimeToLive;
use super::provider::{OWNER, owner};
use crate::located::{Document, Field, Table, quoted};
use crate::model::channel::Channel;
use crate::model::phase::Severity;

const STEP_LIMIT: RangeInclusive<Duration> = Duration::from_secs(10)..=Duration::from_secs(48 * 3_600);

/// By which steps a message reaches a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
    /// Below this severity a message has one step only.
    pub from_severity: Severity,
    /// How long one step may be tried before the next channel takes over.
    pub step_limit: StepLimit,
    /// The channels that messages of a severity take, in their order. A severity that is not here, and a person who
    /// has none of its channels, takes the person's own order.
    pub steps: BTreeMap<Severity, Vec<Channel>>,
    /// The owners that what is watched runs on: when they fail, there is most to say.
    pub runs_on: BTreeSet<String>,
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
    /// For the lowest severity.
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

/// The step limits as the file says them.
#[derive(Default)]
pub(super) struct StepLimits {
    from_severity: Option<Severity>,
    /// Each with what to point at if it is too long, if the file says anything of it.
    limits: Vec<(Severity, Duration, Option<Range<usize>>)>,
}

pub(super) fn read(mut table: Table<'_>) -> (Option<Chain>, StepLimits) {
    let from = table.required("from_severity");
    let from_severity = from.choice(&Severity::ALL, Severity::word, Severity::from_word);
    let from_span = table.has("from_severity").then(|| table.value_span("from_severity"));
    let limits = table.required("step_limit").table().map(|table| limits(table, from_span.as_ref()));
    let limits = StepLimits { from_severity, limits: limits.unwrap_or_default() };
    let steps = table.optional("steps").table().map(steps).unwrap_or_default();
    let runs_on = table.optional("runs_on").items();
    let runs_on = runs_on.iter().filter_map(|field| field.shaped("bad-id", OWNER, owner)).collect();
    table.finish();
    let chain =
        || Some(Chain { from_severity: from_severity?, step_limit: limits.step_limit()?, steps, runs_on });
    (chain(), limits)
}

fn limits(
    mut table: Table<'_>,
    from_span: Option<&Range<usize>>,
) -> Vec<(Severity, Duration, Option<Range<usize>>)> {
    let mut limits = Vec::new();
    for severity in Severity::ALL {
        let limit = table.required(severity.word()).duration(STEP_LIMIT);
        let own = table.has(severity.word()).then(|| table.value_span(severity.word()));
        let span = own.or_else(|| from_span.cloned());
        limits.extend(limit.map(|limit| (severity, limit, span)));
    }
    table.finish();
    limits
}

fn steps(mut table: Table<'_>) -> BTreeMap<Severity, Vec<Channel>> {
    let mut steps = BTreeMap::new();
    for severity in Severity::ALL {
        let field = table.optional(severity.word());
        let mut channels = Vec::new();
        for item in field.items() {
            let Some(channel) = item.choice(&Channel::FOR_PEOPLE, Channel::word, Channel::for_people) else {
                continue;
            };
            if channels.contains(&channel) {
                let message = format!("{} is listed twice", quoted(channel.word()));
                item.error("duplicate-step", message, None);
            } else {
                channels.push(channel);
            }
        }
        if channels.is_empty() {
            report_empty(&field, severity);
        } else {
            steps.insert(severity, channels);
        }
    }
    table.finish();
    steps
}

fn report_empty(field: &Field<'_>, severity: Severity) {
    if field.value().is_some() && field.items().is_empty() {
        let message = format!("a {} message has no step", severity.word());
        let hint = "name a channel, or omit the line for each subscriber's own order".to_owned();
        field.error("no-step", message, Some(hint));
    }
}

impl StepLimits {
    fn step_limit(&self) -> Option<StepLimit> {
        let of = |severity: Severity| Some(self.limits.iter().find(|(other, ..)| *other == severity)?.1);
        Some(StepLimit {
            critical: of(Severity::Critical)?,
            major: of(Severity::Major)?,
            minor: of(Severity::Minor)?,
            notice: of(Severity::Notice)?,
        })
    }

    /// Reports where a channel's messages are too old before the next channel takes over: the chain would end there.
    pub(super) fn check(&self, document: &Document<'_>, deadline: &TimeToLive) {
        let chained = |severity: &Severity| self.from_severity.is_some_and(|from| *severity >= from);
        let is_late =
            |severity: &Severity, limit: &Duration| chained(severity) && *limit > deadline.time_to_live;
        let late = self.limits.iter().rfind(|(severity, limit, _)| is_late(severity, limit));
        let Some((severity, _, limit_span)) = late else { return };
        let span = deadline.span.clone().or_else(|| limit_span.clone()).unwrap_or_default();
        let (channel, key, severity) = (deadline.channel.name(), deadline.channel.word(), severity.word());
        let message = format!(
            "a {severity} {channel} message expires before its step limit, so the chain never reaches the next channel"
        );
        let hint = format!("set `{key}.time_to_live` to at least `chain.step_limit.{severity}`");
        document.error(span, "step-limit-beyond-time-to-live", message, Some(hint));
    }
}

//! `[plan]`: what keeps the plan itself good: its runbook, its drills and its reviews.
//!
//! Promises: a gap is accepted only with a reason, and only one of the rules of `gaps`. Never looks anything up.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::time::Duration;

use chrono::{NaiveDate, TimeDelta};

use super::gaps::GAPS;
use crate::located::{Field, Table, Value, quoted, suggestion};
use crate::model::web_address;

const DAY: u64 = 24 * 3_600;
/// How long a plan may go without a drill or a review.
const INTERVAL: RangeInclusive<Duration> = Duration::from_secs(7 * DAY)..=Duration::from_secs(2 * 366 * DAY);

/// What keeps a plan good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upkeep {
    /// Whether gaps in the plan are errors.
    pub strict: bool,
    /// The URL of the instructions for those who respond to an incident.
    pub runbook: Option<String>,
    /// How long after a drill the next one is due; above zero.
    pub drill_every: TimeDelta,
    /// The day on which people last read the whole plan and its message templates.
    pub reviewed: Option<NaiveDate>,
    /// How long after a review the next one is due; above zero.
    pub review_every: TimeDelta,
    /// The gaps that are accepted, each with its reason.
    pub accepted: BTreeMap<String, String>,
}

impl Default for Upkeep {
    /// That of the template.
    fn default() -> Self {
        let (half_a_year, accepted) = (TimeDelta::days(180), BTreeMap::new());
        Self {
            strict: false,
            runbook: None,
            drill_every: half_a_year,
            reviewed: None,
            review_every: half_a_year,
            accepted,
        }
    }
}

/// Reads `[plan]`; `None` where a part of it could not be read.
pub(super) fn read(mut table: Table<'_>) -> Option<Upkeep> {
    let strict = table.required("strict").flag();
    let runbook = table.optional("runbook");
    let url = runbook.shaped("bad-url", "an absolute http or https URL", web_address::resource);
    let drill_every = interval(&table.required("drill_every"));
    let review_every = interval(&table.required("review_every"));
    let reviewed = table.optional("reviewed");
    let day = reviewed.value().and_then(|_| day(&reviewed));
    let accepted = accepted(&table.optional("accepted"));
    table.finish();
    let is_whole = runbook.is_present() == url.is_some() && reviewed.is_present() == day.is_some();
    let upkeep = Upkeep {
        strict: strict?,
        runbook: url,
        drill_every: drill_every?,
        reviewed: day,
        review_every: review_every?,
        accepted: accepted?,
    };
    is_whole.then_some(upkeep)
}

fn interval(field: &Field<'_>) -> Option<TimeDelta> {
    TimeDelta::from_std(field.duration(INTERVAL)?).ok()
}

fn day(field: &Field<'_>) -> Option<NaiveDate> {
    let read = match field.value() {
        Some(Value::Time(text) | Value::Text(text)) => text.parse().ok(),
        _ => None,
    };
    if read.is_none() {
        field.error("bad-day", "this is not a day", Some("write it like `2026-12-25`".to_owned()));
    }
    read
}

fn accepted(field: &Field<'_>) -> Option<BTreeMap<String, String>> {
    if !field.is_present() {
        return Some(BTreeMap::new());
    }
    let (mut accepted, mut are_whole) = (BTreeMap::new(), true);
    for (rule, reason) in field.table()?.all() {
        let names: Vec<&str> = GAPS.iter().map(|gap| gap.name).collect();
        let text = reason.text().map(|text| text.trim().to_owned());
        if !names.contains(&rule) {
            let hint = suggestion(rule, &names).unwrap_or_else(|| format!("one of {}", names.join(", ")));
            let message = format!("{} is not a rule about gaps in the plan", quoted(rule));
            reason.error("unknown-acceptance", message, Some(hint));
            are_whole = false;
        } else if let Some(text) = text.filter(|text| !text.is_empty()) {
            accepted.insert(rule.to_owned(), text);
        } else {
            let message = format!("`plan.accepted.{rule}` has no reason");
            reason.error("no-reason", message, Some("say why the plan does without it".to_owned()));
            are_whole = false;
        }
    }
    are_whole.then_some(accepted)
}

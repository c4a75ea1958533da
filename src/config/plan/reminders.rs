//! `[reminders]` of the plan: how long before planned work its subscribers are reminded.
//!
//! Promises: the lead times are whole minutes within a month, each once. Without the table nobody is reminded.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use std::time::Duration;

use chrono::TimeDelta;

use crate::located::Table;

/// What a lead time may be.
const LEAD: RangeInclusive<Duration> = Duration::from_secs(5 * 60)..=Duration::from_secs(30 * 24 * 3_600);

/// The lead times, shortest first; `None` if one cannot be read.
pub(super) fn read(mut table: Table<'_>) -> Option<Vec<TimeDelta>> {
    let field = table.required("before");
    let items = field.items();
    if field.value().is_some() && items.is_empty() {
        field.wrong_type("a list of durations such as `[\"24h\", \"1h\"]`", None);
    }
    let leads: Vec<TimeDelta> =
        items.iter().filter_map(|item| TimeDelta::from_std(item.duration(LEAD)?).ok()).collect();
    table.finish();
    let is_whole = !items.is_empty() && leads.len() == items.len();
    is_whole.then(|| leads.into_iter().collect::<BTreeSet<_>>().into_iter().collect())
}

//! Reads when planned work is to start and to end.
//!
//! Promises: work ends after it starts, or on the day of its start. Never takes a window for an incident.

use super::fault::misplaced;
use crate::located::{Table, Value};
use crate::model::days::Days;
use crate::model::incident::{Completes, TimeRange};
use crate::model::phase::IncidentKind;

/// What `ends` says if nobody knows when the work ends.
pub(super) const OPEN: &str = "open";

/// The window of planned work; `None` for an incident, and if it is wrong. `days` are the times of which only the day is
/// known.
pub(super) fn window(table: &mut Table<'_>, kind: IncidentKind, days: &Days) -> Option<TimeRange> {
    if kind == IncidentKind::Incident {
        for key in ["starts", "ends", "completes", "repeats", "except"] {
            if table.optional(key).is_present() {
                let message = format!("an incident has no `{key}`");
                misplaced(
                    table,
                    key,
                    &message,
                    "write `started`, or `kind = \"maintenance\"` for planned work",
                );
            }
        }
        return None;
    }
    let starts = table.required("starts").moment();
    let ends_field = table.required("ends");
    let completes_field = table.optional("completes");
    let completes = completes_field.choice(&Completes::ALL, Completes::word, Completes::from_word);
    let is_open = matches!(ends_field.value(), Some(Value::Text(word)) if word == OPEN);
    let (starts, ends) = (starts?, if is_open { None } else { Some(ends_field.moment()?) });
    if ends.is_some_and(|ends| ends < starts || (ends == starts && !days.contains(ends))) {
        let hint =
            "the end must be later than the start, or the same day and both times in `day_only`".to_owned();
        ends_field.error("bad-window", "the maintenance ends before it starts", Some(hint));
        return None;
    }
    Some(TimeRange::new(starts, ends, completes))
}

//! The keys that only the main file of an incident has, and those that a reader of the page never sees.

use std::collections::BTreeMap;

use super::fault::Fault;
use crate::located::{Field, Table};

/// The keys that a translation must not have.
const MAIN_ONLY: [&str; 18] = [
    "id",
    "audience",
    "kind",
    "severity",
    "affected",
    "started",
    "starts",
    "ends",
    "completes",
    "repeats",
    "except",
    "eta",
    "next_update",
    "sensitivity",
    "notify",
    "imported_through",
    "day_only",
    "accepted",
];

/// Reports the keys of the main file in a translation's block.
pub(super) fn report(table: &mut Table<'_>) {
    for key in MAIN_ONLY {
        if table.optional(key).is_present() {
            let message = format!("`{key}` is not allowed in a translation");
            let hint = "delete it: the one in the main file counts for every language";
            Fault::new("misplaced-key", table.key_span(key), message, hint).report(table.document());
        }
    }
}

/// The rules whose findings are accepted, each with its reason. One without a reason is not accepted.
pub(super) fn accepted(field: &Field<'_>) -> BTreeMap<String, String> {
    let Some(table) = field.is_present().then(|| field.table()).flatten() else { return BTreeMap::new() };
    let mut accepted = BTreeMap::new();
    for (rule, reason) in table.all() {
        match reason.text().map(|text| text.trim().to_owned()) {
            Some(text) if text.is_empty() => {
                reason.error(
                    "no-reason",
                    format!("`accepted.{rule}` has no reason"),
                    Some("say why readers may see it".to_owned()),
                );
            }
            Some(text) => {
                accepted.insert(rule.to_owned(), text);
            }
            None => {}
        }
    }
    accepted
}

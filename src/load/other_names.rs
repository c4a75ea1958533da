//! The names that other status pages use for the keys of an incident.
//!
//! Promises: they only make a hint; such a key stays a problem.

use crate::model::feature::FeatureId;

/// Keys of cState, Statuspage, Instatus, Upptime and of people's own habit, with what to write.
const KEYS: &[(&[&str], &str)] = &[
    (
        &["resolved", "resolvedwhen", "resolved_at", "end_date"],
        "an update says when it is over: a heading such as `## 2026-11-20 12:00 UTC · Resolved`",
    ),
    (&["date", "start", "start_date", "started_at", "created", "created_at", "begin"], "write `started`"),
    (&["scheduled_for", "scheduled_at"], "write `starts`, and `kind = \"maintenance\"`"),
    (&["scheduled_until", "end", "ended"], "write `ends`, for maintenance"),
    (&["section", "type", "category"], "delete it; planned work has `kind = \"maintenance\"`"),
    (&["informational"], "write `severity = \"notice\"`"),
    (&["impact_level", "level", "priority", "urgency"], "write `severity`"),
    (
        &["systems", "components", "services", "features", "affectedsystems"],
        "write `affected`, a list of feature IDs",
    ),
    (
        &["status", "state", "phase"],
        "the newest update reports it: a heading such as `## 2026-11-20 12:00 UTC · Identified`",
    ),
    (&["description", "summary", "subtitle"], "write `impact`: who notices what"),
    (&["rrule", "recurrence", "repeat", "recurring"], "write `repeats`, such as `repeats = \"FREQ=WEEKLY\"`"),
    (&["exdate", "exceptions", "skip"], "write `except`, a list of days"),
    (&["color"], "delete it; `severity` decides the color"),
    (&["pin", "draft", "lang", "language"], "leave it out"),
    (&["name", "headline"], "write `title`"),
];

/// What to write in place of a key.
pub(super) fn hint(key: &str) -> Option<String> {
    // British spelling counts as ours.
    let key = key.to_lowercase().replace('-', "_").replace("our", "or");
    let (_, hint) = KEYS.iter().find(|(keys, _)| keys.contains(&key.as_str()))?;
    Some((*hint).to_owned())
}

/// A name as the ID that its feature probably has.
pub(super) fn as_id(name: &str) -> Option<String> {
    let plain = name.to_lowercase().replace(|c: char| !c.is_ascii_alphanumeric(), " ");
    let id = plain.split_whitespace().collect::<Vec<_>>().join("-");
    FeatureId::new(&id).map(|_| id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_others_are_known_and_ours_are_not_among_them() {
        assert_eq!(hint("resolvedWhen"), hint("resolved"));
        assert_eq!(hint("affected-systems"), None);
        for key in
            ["title", "severity", "affected", "started", "starts", "ends", "eta", "impact", "kind", "id"]
        {
            assert_eq!(hint(key), None, "{key}");
        }
        assert_eq!(as_id("Card payments!").as_deref(), Some("card-payments"));
        assert_eq!(as_id("日本"), None);
    }
}

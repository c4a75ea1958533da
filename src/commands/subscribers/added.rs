//! Reports what `allclear subscribers add` changed of an existing subscriber.
//!
//! Promises: whatever was replaced or removed has a line, with its value before; addresses are masked.

use std::collections::BTreeSet;

use crate::ledger::SubscriberRecord;
use crate::model::endpoint::Endpoint;

use crate::cli::describe::short;
use crate::commands::person::follows;

/// The word before what happens next.
pub(super) fn heading(before: Option<&SubscriberRecord>, after: &SubscriberRecord) -> String {
    match before {
        None => "added:".to_owned(),
        Some(SubscriberRecord { removed_at: Some(_), .. }) => "brought back:".to_owned(),
        Some(before) if changes(before, after).is_empty() => "unchanged, already subscribed:".to_owned(),
        Some(_) => "updated:".to_owned(),
    }
}

/// A line for each part that differs.
pub(super) fn changes(before: &SubscriberRecord, after: &SubscriberRecord) -> Vec<String> {
    let (old, new) = (before.subscription(), after.subscription());
    let again = before.removed_at.map(|at| format!("subscribed again (was removed on {})", short(at)));
    let mut lines = Vec::new();
    let gone = |one: &&Endpoint| !new.endpoints.iter().any(|kept| kept.is_same(one));
    let come = |one: &&Endpoint| !old.endpoints.iter().any(|known| known.is_same(one));
    let named = |one: &Endpoint| format!("{} {one}", one.channel().name());
    lines.extend(old.endpoints.iter().filter(gone).map(|one| format!("removed: {}", named(one))));
    lines.extend(new.endpoints.iter().filter(come).map(|one| format!("added: {}", named(one))));
    let order = |endpoints: &[Endpoint]| endpoints.iter().map(named).collect::<Vec<_>>().join(", then ");
    let is_same_set = lines.is_empty();
    if is_same_set && order(&old.endpoints) != order(&new.endpoints) {
        lines.push(changed("addresses", &order(&old.endpoints), &order(&new.endpoints)));
    }
    let settings = [
        ("follows", follows(&old.follows), follows(&new.follows)),
        ("severity", old.from_severity.word().to_owned(), new.from_severity.word().to_owned()),
        ("language", old.language.to_string(), new.language.to_string()),
        ("time zone", old.time_zone, new.time_zone),
    ];
    let differs = settings.into_iter().filter(|(_, before, after)| before != after);
    lines.extend(differs.map(|(name, before, after)| changed(name, &before, &after)));
    let fields: BTreeSet<&String> =
        old.fields.keys().filter(|name| !new.fields.contains_key(*name)).collect();
    lines.extend(fields.into_iter().map(|name| format!("removed: the field `{name}`")));
    again.into_iter().chain(lines).collect()
}

fn changed(name: &str, before: &str, after: &str) -> String {
    format!("{name}: {after} (before: {before})")
}

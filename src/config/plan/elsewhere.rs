//! Finds the table in which a misplaced key of the plan belongs.
//!
//! Promises: names a table only if that table has the key. Never reads a value.

use crate::provider::{COMMON, KINDS, Kind};

/// The keys of `[[destinations]]` in which no provider and no channel has a part.
const OF_DESTINATIONS: [&str; 6] =
    ["follow", "from_severity", "language", "audience", "again_in_doubt", "alarm"];

/// The keys of the tables of channels, `[mail]` and `[text]`.
const OF_CHANNELS: [&str; 4] = ["from", "providers", "success", "time_to_live"];

/// For a key in the table of a provider of that kind.
pub(super) fn in_provider(kind: &Kind, key: &str) -> Option<String> {
    let kinds: Vec<String> = kinds_with(key).map(|kind| format!("`{}`", kind.word)).collect();
    if !kinds.is_empty() {
        let kinds = in_words(&kinds);
        return Some(format!(
            "`{key}` is a key of a provider of kind {kinds}, and this one is `{}`",
            kind.word
        ));
    }
    if key == "address" || OF_DESTINATIONS.contains(&key) {
        return Some(format!("`{key}` belongs in a table `[[destinations]]`"));
    }
    let is_of_channels = OF_CHANNELS.contains(&key);
    is_of_channels.then(|| format!("`{key}` belongs in the table of a channel, such as `[mail]`"))
}

/// For a key of a destination at a provider of that kind, if it is known.
pub(super) fn in_destination(kind: Option<&Kind>, key: &str) -> Option<String> {
    if let ("address", Some(kind)) = (key, kind) {
        return Some(format!("a provider of kind `{}` has one place, so it needs no `address`", kind.word));
    }
    of_a_provider(key)
}

/// For a key in the table of a channel.
pub(super) fn in_channel(key: &str) -> Option<String> {
    if key == "sender" {
        return Some("`sender` belongs in `[text]`".to_owned());
    }
    let is_of_destinations = OF_DESTINATIONS.contains(&key);
    let there = || format!("`{key}` belongs in a table `[[destinations]]`");
    of_a_provider(key).or_else(|| is_of_destinations.then(there))
}

fn of_a_provider(key: &str) -> Option<String> {
    let is_known = COMMON.iter().any(|common| common.name == key) || kinds_with(key).next().is_some();
    (is_known || key == "kind")
        .then(|| format!("`{key}` belongs in the table of a provider, `[providers.NAME]`"))
}

fn kinds_with(key: &str) -> impl Iterator<Item = &'static Kind> {
    KINDS.iter().copied().filter(move |kind| kind.keys.iter().any(|known| known.name == key))
}

/// `a`, `a or b`, `a, b or c`.
fn in_words(names: &[String]) -> String {
    match names {
        [all @ .., last] if !all.is_empty() => format!("{} or {last}", all.join(", ")),
        _ => names.concat(),
    }
}

//! The lines of the files of a new site, and the parts of an answer.
//!
//! Promises: a value is quoted so that it can be read back whatever characters it has.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::import::plain_letters;

/// The parts of a list with commas, never none.
pub(super) fn list(answer: &str, default: &str) -> Vec<String> {
    let parts = answer.split(',').map(str::trim).filter(|part| !part.is_empty());
    let parts: Vec<String> = parts.map(str::to_owned).collect();
    if parts.is_empty() { vec![default.to_owned()] } else { parts }
}

/// A name as an ID that no other feature has: lower-case ASCII words joined by hyphens.
pub(super) fn id(name: &str, taken: &mut BTreeSet<String>) -> String {
    let plain = plain_letters(&name.to_lowercase()).replace(|c: char| !c.is_ascii_alphanumeric(), " ");
    let words = plain.split_whitespace().collect::<Vec<_>>().join("-");
    let words = if words.is_empty() { "feature".to_owned() } else { words };
    let numbered = (2..).map(|number| format!("{words}-{number}"));
    let free = std::iter::once(words.clone()).chain(numbered).find(|id| taken.insert(id.clone()));
    free.unwrap_or(words)
}

pub(super) fn quoted(text: &str) -> String {
    toml_edit::Value::from(text).to_string()
}

pub(super) fn line(out: &mut String, key: &str, value: &str) {
    // Writing to a `String` cannot fail.
    let _ = writeln!(out, "{key} = {value}");
}

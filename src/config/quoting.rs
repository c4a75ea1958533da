//! Text as TOML writes it.
//!
//! Promises: what is written reads back equal.

use std::fmt::Write as _;

/// Text between double quotes, as TOML escapes it.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::from('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c.is_control() => drop(write!(out, "\\u{:04X}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

//! Judges from this host's copies, if git cannot help, whether a file without a copy is new.
//!
//! Promises: a copy of an incident that may still be open and has no file may be what a renamed file was. Never writes.

use std::path::{Path, absolute};

use crate::files::{self, Kind, Reach};
use crate::load;
use crate::model::Moment;

use super::text_of;

const REACH: Reach = Reach { depth_max: 16, skips_hidden: true };

/// Whether there is no git here, this host has built the site before, and a file without a copy is new to it.
pub(super) fn is_new(root: &Path, store: &Path, now: Moment) -> bool {
    let has_git =
        absolute(root).is_ok_and(|root| root.ancestors().any(|folder| folder.join(".git").exists()));
    !has_git && !copies(store).is_empty() && !is_one_missed(root, store, now)
}

/// Whether this host has a copy of an incident that may be open, and no file of its name.
pub(super) fn is_one_missed(root: &Path, store: &Path, now: Moment) -> bool {
    copies(store).iter().any(|copy| !root.join(copy).exists() && is_open(store, copy, now))
}

fn copies(store: &Path) -> Vec<String> {
    let copies = files::walk(store, "incidents", REACH).unwrap_or_default();
    let files = copies.into_iter().filter(|entry| entry.kind == Kind::File);
    files.map(|entry| format!("incidents/{}", entry.path)).collect()
}

/// Whether the copy is of an incident, and not of its translation, that may still be open.
fn is_open(store: &Path, copy: &str, now: Moment) -> bool {
    let parsed = text_of(store, copy).and_then(|text| load::parse_incident(copy, &text).incident);
    parsed.is_some_and(|incident| incident.ended_at(now).is_none())
}

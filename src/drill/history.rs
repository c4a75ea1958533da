//! The record of drills: `site/drills.toml`, which is committed like the plan.
//!
//! Promises: a drill is added at the end and no earlier one is changed. Only a drill that passed counts as one.

use anyhow::Context as _;
use serde::{Deserialize, Serialize};

use crate::drill::toml_file;
use crate::files::{Durability, Folder};
use crate::model::Moment;
use crate::workspace::root::Root;
use crate::workspace::write;

/// Where the record is, below the root.
pub(crate) const FILE: &str = "site/drills.toml";
const BYTES_MAX: u64 = 1024 * 1024;

/// A drill that was played.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Drill {
    /// When, in RFC 3339.
    pub(super) at: String,
    pub(super) scenario: String,
    pub(super) passed: bool,
    /// How many steps were right, of how many.
    pub(super) right: usize,
    pub(super) steps: usize,
    /// How many stand-ins were notified.
    pub(super) people: usize,
    /// How long the opening took from its file to the last message, in milliseconds.
    pub(super) opening_ms: u64,
}

#[derive(Deserialize)]
struct Record {
    #[serde(default)]
    drill: Vec<Drill>,
}

fn text(root: &Root) -> anyhow::Result<String> {
    let read = Folder::open(&root.path).and_then(|root| root.read(FILE, BYTES_MAX));
    let bytes = read.with_context(|| format!("failed to read {FILE}"))?.unwrap_or_default();
    String::from_utf8(bytes).with_context(|| format!("failed to read {FILE}"))
}

/// Every drill on record, oldest first.
pub(super) fn all(root: &Root) -> anyhow::Result<Vec<Drill>> {
    let record = toml_file::parse::<Record>(&text(root)?).map_err(anyhow::Error::msg);
    Ok(record.with_context(|| format!("failed to read {FILE}"))?.drill)
}

/// When the last drill was that passed.
pub(crate) fn last_passed(root: &Root) -> anyhow::Result<Option<Moment>> {
    let moment = |drill: Drill| {
        let at = chrono::DateTime::parse_from_rfc3339(&drill.at);
        let why =
            || format!("failed to read {FILE}: `{}` is not a time such as `2026-03-01T10:00:00Z`", drill.at);
        Ok(at.with_context(why)?.to_utc())
    };
    let passed = all(root)?.into_iter().filter(|drill| drill.passed).map(moment);
    Ok(passed.collect::<anyhow::Result<Vec<_>>>()?.into_iter().max())
}

/// Adds a drill at the end.
pub(super) fn add(root: &Root, drill: &Drill) -> anyhow::Result<()> {
    let mut text = text(root)?;
    if text.is_empty() {
        text.push_str("# Every drill of the plan (docs/plan.md). `allclear drill` adds to it; commit it with the plan.\n");
    }
    text.push_str(&format!("\n[[drill]]\n{}", toml::to_string(drill)?));
    write::file(&root.below(FILE), text.as_bytes(), Durability::Synced)
}

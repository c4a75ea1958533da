//! The stored shapes of announced facts, changes, messages and follows: JSON with a version.
//!
//! Promises: what is written reads back equal, to the nanosecond; a shape of a newer version, an unknown word or a
//! broken value is an error, never a guess. The shapes belong to the ledger: model can move without them.

mod announced;
mod approval;
mod card;
mod change;
mod event;
mod message;

pub(super) use announced::{read_announced, write_announced};
pub(super) use approval::{read_approval, write_approval};
pub(super) use change::{read_what, write_what};
pub(super) use message::{ID_VERSION, message_id, read_message, write_message};

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};

use crate::model::Moment;
use crate::model::feature::{FeatureId, Status};
use crate::model::incident::{Completes, DayOnly, Eta, IncidentId, TimeRange};
use crate::model::localized::Language;
use crate::model::phase::{IncidentKind, Phase, Severity};
use crate::model::subscriber::FeatureFilter;

/// Why a stored value could not be read: what it should have been. Says nothing of its content.
#[derive(Debug, thiserror::Error)]
#[error("unreadable {what}")]
pub(super) struct Unreadable {
    /// What it should have been.
    pub(super) what: &'static str,
}

pub(super) fn unreadable(what: &'static str) -> Unreadable {
    Unreadable { what }
}

/// The features followed, as JSON: `null` for all.
pub(super) fn write_follows(follows: &FeatureFilter) -> String {
    match follows {
        FeatureFilter::Everything => "null".to_owned(),
        FeatureFilter::Features(features) => {
            to_json(&features.iter().map(FeatureId::as_str).collect::<Vec<_>>())
        }
    }
}

/// Reads what [`write_follows`] wrote.
pub(super) fn read_follows(text: &str) -> Result<FeatureFilter, Unreadable> {
    let stored: Option<Vec<String>> = from_json(text, "list of features")?;
    let Some(names) = stored else { return Ok(FeatureFilter::Everything) };
    let features: Result<BTreeSet<FeatureId>, _> = names.iter().map(|name| feature(name)).collect();
    Ok(FeatureFilter::Features(features?))
}

/// What is kept about a subscriber next to their subscription, by column, as a JSON object.
pub(super) fn write_fields(fields: &BTreeMap<String, String>) -> String {
    to_json(fields)
}

/// Reads what [`write_fields`] wrote.
pub(super) fn read_fields(text: &str) -> Result<BTreeMap<String, String>, Unreadable> {
    from_json(text, "fields of a subscriber")
}

fn to_json(value: &impl Serialize) -> String {
    // The stored shapes have string keys and no foreign types: writing them cannot fail.
    serde_json::to_string(value).unwrap_or_default()
}

fn from_json<'a, T: Deserialize<'a>>(text: &'a str, what: &'static str) -> Result<T, Unreadable> {
    serde_json::from_str(text).map_err(|_| unreadable(what))
}

fn moment_text(moment: Moment) -> String {
    moment.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

fn moment(text: &str) -> Result<Moment, Unreadable> {
    DateTime::parse_from_rfc3339(text).map(|time| time.with_timezone(&Utc)).map_err(|_| unreadable("time"))
}

fn feature(text: &str) -> Result<FeatureId, Unreadable> {
    FeatureId::new(text).ok_or_else(|| unreadable("feature"))
}

pub(super) fn incident(text: &str) -> Result<IncidentId, Unreadable> {
    IncidentId::new(text).ok_or_else(|| unreadable("incident"))
}

fn language(tag: &str) -> Result<Language, Unreadable> {
    Language::new(tag).ok_or_else(|| unreadable("language"))
}

fn status(word: &str) -> Result<Status, Unreadable> {
    Status::from_word(word).ok_or_else(|| unreadable("status"))
}

fn severity(word: &str) -> Result<Severity, Unreadable> {
    Severity::from_word(word).ok_or_else(|| unreadable("severity"))
}

fn phase(word: &str) -> Result<Phase, Unreadable> {
    Phase::from_word(word).ok_or_else(|| unreadable("phase"))
}

fn kind(word: &str) -> Result<IncidentKind, Unreadable> {
    IncidentKind::from_word(word).ok_or_else(|| unreadable("kind"))
}

/// `unknown`, or a moment.
fn eta_text(eta: Eta) -> String {
    match eta {
        Eta::Unknown => "unknown".to_owned(),
        Eta::At(at) => moment_text(at),
    }
}

fn eta(text: &str) -> Result<Eta, Unreadable> {
    if text == "unknown" { Ok(Eta::Unknown) } else { moment(text).map(Eta::At) }
}

#[derive(Serialize, Deserialize)]
struct StoredWindow {
    starts: String,
    /// Missing where the end is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ends: Option<String>,
    /// Missing where the file leaves it to the default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    completes: Option<String>,
    /// Missing where the time of day is known.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    starts_day_only: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    ends_day_only: bool,
}

impl StoredWindow {
    fn of(window: &TimeRange) -> Self {
        Self {
            starts: moment_text(window.starts),
            ends: window.ends.map(moment_text),
            completes: window.completes.map(|completes| completes.word().to_owned()),
            starts_day_only: window.day_only.starts,
            ends_day_only: window.day_only.ends,
        }
    }

    fn read(&self) -> Result<TimeRange, Unreadable> {
        let completes = |word: &String| Completes::from_word(word).ok_or_else(|| unreadable("completes"));
        Ok(TimeRange {
            starts: moment(&self.starts)?,
            ends: self.ends.as_deref().map(moment).transpose()?,
            completes: self.completes.as_ref().map(completes).transpose()?,
            day_only: DayOnly { starts: self.starts_day_only, ends: self.ends_day_only },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follows_read_back_equal() {
        let some = FeatureFilter::Features([feature("api").unwrap(), feature("checkout").unwrap()].into());
        for follows in [FeatureFilter::Everything, some, FeatureFilter::Features(BTreeSet::new())] {
            assert_eq!(read_follows(&write_follows(&follows)).unwrap(), follows);
        }
        assert!(read_follows("[\"Not A Feature\"]").is_err());
    }

    #[test]
    fn a_moment_keeps_its_nanoseconds() {
        let exact = moment("2026-11-20T09:12:00.000000001Z").unwrap();
        assert_eq!(moment(&moment_text(exact)).unwrap(), exact);
        assert_eq!(moment_text(moment("2026-11-20T10:12:00+01:00").unwrap()), "2026-11-20T09:12:00Z");
    }
}

//! The input of every rule (the site at a moment) and its output (a finding).

use chrono::{SecondsFormat, TimeDelta};

use crate::model::Moment;
use crate::model::incident::{Eta, Incident, Update};
use crate::model::phase::IncidentKind;
use crate::model::problem::{Problem, ProblemLevel, SourceKey, SourceMap, SourceSpan};
use crate::model::site::Site;

/// A site at a moment.
pub(super) struct Inspection<'a> {
    pub(super) site: &'a Site,
    pub(super) now: Moment,
    places: &'a SourceMap,
}

/// What a rule found in an incident.
pub(super) struct Finding {
    level: ProblemLevel,
    place: Option<SourceSpan>,
    message: String,
    hint: Option<String>,
}

impl<'a> Inspection<'a> {
    pub(super) fn new(site: &'a Site, places: &'a SourceMap, now: Moment) -> Self {
        Self { site, now, places }
    }

    /// Where the first of these keys stands that the incident's file writes.
    pub(super) fn key(&self, incident: &Incident, keys: &[&str]) -> Option<SourceSpan> {
        let place = |key: &&str| self.places.find(&incident.file, SourceKey::Key((*key).to_owned()));
        keys.iter().find_map(place)
    }

    /// Where an update's heading stands.
    pub(super) fn heading(&self, incident: &Incident, update: &Update) -> Option<SourceSpan> {
        self.places.find(&incident.file, SourceKey::Update(update.at))
    }

    pub(super) fn is_open_incident(&self, incident: &Incident) -> bool {
        incident.kind == IncidentKind::Incident && incident.is_active_at(self.now)
    }

    /// Whether it continues or is planned.
    pub(super) fn is_open(&self, incident: &Incident) -> bool {
        incident.is_active_at(self.now) || incident.is_upcoming_at(self.now)
    }
}

impl Finding {
    pub(super) fn error(place: Option<SourceSpan>, message: impl Into<String>) -> Self {
        Self { level: ProblemLevel::Error, place, message: message.into(), hint: None }
    }

    pub(super) fn warning(place: Option<SourceSpan>, message: impl Into<String>) -> Self {
        Self { level: ProblemLevel::Warning, place, message: message.into(), hint: None }
    }

    pub(super) fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    pub(super) fn into_problem(self, rule: &'static str, file: &str) -> Problem {
        let Self { level, place, message, hint } = self;
        Problem { file: file.to_owned(), place, level, rule, message, hint }
    }
}

/// The estimate that holds: the front matter's, or the newest that an update gave.
pub(super) fn current_eta(incident: &Incident) -> Option<Eta> {
    incident.eta.or_else(|| incident.updates.iter().rev().find_map(|update| update.eta))
}

/// The promise to post the next update that holds: the front matter's, or the newest that an update gave.
pub(super) fn current_next_update(incident: &Incident) -> Option<Moment> {
    incident.next_update.or_else(|| incident.updates.iter().rev().find_map(|update| update.next_update))
}

/// A moment as problems write it: `2026-11-20T09:12:00Z`.
pub(super) fn iso(at: Moment) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// An estimate as files write it.
pub(super) fn said(eta: Eta) -> String {
    match eta {
        Eta::At(at) => iso(at),
        Eta::Unknown => "unknown".to_owned(),
    }
}

/// A duration in one unit, rounded down: "25 min", "2 h", "3 days".
pub(super) fn rough(span: TimeDelta) -> String {
    match span.num_minutes() {
        minutes if minutes < 60 => format!("{minutes} min"),
        minutes if minutes < 48 * 60 => format!("{} h", minutes / 60),
        minutes => format!("{} days", minutes / (24 * 60)),
    }
}

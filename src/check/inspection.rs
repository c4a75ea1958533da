//! The input of every rule (the site at a moment) and its output (a finding).

use std::ops::Range;

use chrono::{SecondsFormat, TimeDelta};

use crate::model::Moment;
use crate::model::announced::{Baseline, BaselineIncident};
use crate::model::incident::{Eta, Incident, IncidentId, Update};
use crate::model::phase::IncidentKind;
use crate::model::problem::{Problem, ProblemLevel, SourceKey, SourceMap, SourceSpan};
use crate::model::site::Site;

/// A site at a moment.
pub(super) struct Inspection<'a> {
    pub(super) site: &'a Site,
    pub(super) now: Moment,
    /// What no public text may hold, in lower case.
    pub(super) denied: Vec<String>,
    places: &'a SourceMap,
    /// What was announced, where that is known.
    announced: Option<&'a Baseline>,
}

/// What a rule found in an incident.
pub(super) struct Finding {
    level: ProblemLevel,
    place: Option<SourceSpan>,
    message: String,
    hint: Option<String>,
    /// The file, if it is a translation.
    file: Option<String>,
}

impl<'a> Inspection<'a> {
    pub(super) fn new(
        site: &'a Site,
        places: &'a SourceMap,
        (denied, announced): (&[String], Option<&'a Baseline>),
        now: Moment,
    ) -> Self {
        let denied = denied.iter().map(|word| word.to_lowercase()).collect();
        Self { site, now, denied, places, announced }
    }

    /// The incident as it was announced.
    pub(super) fn announced(&self, id: &IncidentId) -> Option<&BaselineIncident> {
        self.announced?.incidents.values().find(|known| known.id == *id)
    }

    /// Where the first of these keys stands that the incident's file writes.
    pub(super) fn key(&self, incident: &Incident, keys: &[&str]) -> Option<SourceSpan> {
        let place = |key: &&str| self.places.find(&incident.file, SourceKey::Key((*key).to_owned()));
        keys.iter().find_map(place)
    }

    /// Where an update's heading stands, or its text if the file has no headings.
    pub(super) fn heading(&self, incident: &Incident, update: &Update) -> Option<SourceSpan> {
        let heading = self.heading_in(&incident.file, update);
        let text = &update.body.default;
        let first_line =
            || self.line(&incident.file, update.at, text, 0..text.find('\n').unwrap_or(text.len()));
        heading.or_else(first_line)
    }

    /// The place of an update's heading in one of the incident's files.
    pub(super) fn heading_in(&self, file: &str, update: &Update) -> Option<SourceSpan> {
        self.places.find(file, SourceKey::Update(update.at))
    }

    /// The place of these bytes of an update's text in a file.
    pub(super) fn line(&self, file: &str, at: Moment, text: &str, bytes: Range<usize>) -> Option<SourceSpan> {
        let first = self.places.find(file, SourceKey::Text(at))?;
        let (before, rest) = text.split_at_checked(bytes.start)?;
        let start = before.rfind('\n').map_or(0, |end| end + 1);
        let end = rest.find('\n').map_or(text.len(), |end| bytes.start + end);
        Some(SourceSpan {
            line: first.line + before.matches('\n').count(),
            column: text.get(start..bytes.start)?.chars().count() + 1,
            length: text.get(bytes.start..bytes.end.min(end))?.chars().count().max(1),
            source: text.get(start..end)?.to_owned(),
        })
    }

    /// The place of a key in one of the incident's files.
    pub(super) fn key_in(&self, file: &str, key: &str) -> Option<SourceSpan> {
        self.places.find(file, SourceKey::Key(key.to_owned()))
    }

    pub(super) fn is_open_incident(&self, incident: &Incident) -> bool {
        incident.kind == IncidentKind::Incident && self.is_active(incident)
    }

    /// Whether it continues or is planned.
    pub(super) fn is_open(&self, incident: &Incident) -> bool {
        self.is_active(incident) || incident.is_upcoming_at(self.now)
    }

    /// An end that counts although it is dated ahead has ended it.
    fn is_active(&self, incident: &Incident) -> bool {
        incident.is_active_at(incident.counted_at(self.now))
    }
}

impl Finding {
    pub(super) fn error(place: Option<SourceSpan>, message: impl Into<String>) -> Self {
        Self { level: ProblemLevel::Error, place, message: message.into(), hint: None, file: None }
    }

    pub(super) fn warning(place: Option<SourceSpan>, message: impl Into<String>) -> Self {
        Self { level: ProblemLevel::Warning, place, message: message.into(), hint: None, file: None }
    }

    pub(super) fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// It is in this file, which may be a translation.
    pub(super) fn within(self, file: String) -> Self {
        Self { file: Some(file), ..self }
    }

    pub(super) fn into_problem(self, rule: &'static str, main: &str) -> Problem {
        let Self { level, place, message, hint, file } = self;
        Problem { file: file.unwrap_or_else(|| main.to_owned()), place, level, rule, message, hint }
    }
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

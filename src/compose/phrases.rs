//! The phrase for each kind of change, and which of several is the headline.
//!
//! Promises: every [`ChangeKind`] has a phrase in every language; no phrase ends in a full stop, so that it can be a
//! headline, a line of a list or a sentence.

use std::collections::BTreeSet;

use super::reader::Recipient;
use crate::model::change::{Change, ChangeKind};
use crate::model::feature::{FeatureId, Status};
use crate::model::incident::{Eta, Incident, TimeRange};
use crate::model::phase::Severity;

/// What a change says: the headline and the other things, each a phrase.
pub(super) struct ChangePhrase {
    /// What the headline tells.
    pub(super) first: ChangeKind,
    /// The most important thing.
    pub(super) headline: String,
    /// The rest, in the order of their importance.
    pub(super) others: Vec<String>,
    /// When it will be back or done, or that nobody knows and when we write again, unless a phrase has that already.
    pub(super) due: Vec<String>,
}

impl ChangePhrase {
    /// Whether the news is an end: what is over, done, or will not take place.
    pub(super) fn is_end(&self) -> bool {
        matches!(
            self.first,
            ChangeKind::Resolved
                | ChangeKind::Withdrawn
                | ChangeKind::MaintenanceCompleted
                | ChangeKind::MaintenanceCancelled
        )
    }
}

/// Puts a change of an incident into words.
pub(super) fn said(change: &Change, incident: &Incident, reader: &Recipient<'_>) -> Option<ChangePhrase> {
    let mut what: Vec<&ChangeKind> =
        change.what.iter().filter(|what| is_worth_a_phrase(what, change)).collect();
    what.sort_by_key(|what| importance(what));
    let mut phrases = what.iter().filter_map(|what| phrase(what, incident, reader));
    let (first, headline) = (*what.first()?, phrases.next()?);
    let others = phrases.collect();
    let is_said = what.iter().any(|what| says_when(what, incident, reader));
    let due = due(incident, is_said, reader);
    Some(ChangePhrase { first: first.clone(), headline, others, due })
}

/// Where a change stands among others of its incident, the most important first: how the incident continues
/// before its facets, and of those what people plan by before the rest.
fn importance(what: &ChangeKind) -> u8 {
    match what {
        ChangeKind::Withdrawn | ChangeKind::Resolved => 0,
        ChangeKind::Reopened => 1,
        ChangeKind::MaintenanceCancelled => 2,
        ChangeKind::MaintenanceCompleted => 3,
        ChangeKind::MaintenanceStarted => 4,
        ChangeKind::MaintenanceRescheduled { .. } => 5,
        ChangeKind::MaintenanceAnnounced => 6,
        ChangeKind::Opened => 7,
        ChangeKind::PostmortemPublished => 8,
        // Whatever else is new stands before it.
        ChangeKind::MaintenanceReminder => 17,
        ChangeKind::EtaChanged { .. } => 9,
        ChangeKind::SeverityChanged { .. } => 10,
        ChangeKind::FeaturesAdded(_) => 11,
        ChangeKind::StatusChanged { .. } => 12,
        ChangeKind::FeaturesRemoved(_) => 13,
        ChangeKind::PhaseChanged { .. } => 14,
        ChangeKind::UpdatePosted { .. } => 15,
        ChangeKind::Corrected { .. } | ChangeKind::TextAdded { .. } => 16,
    }
}

/// Whether a change is more than another of the same run says anyway: that it is new, once the message says how far
/// it came already; that there are new words, which follow.
fn is_worth_a_phrase(what: &ChangeKind, change: &Change) -> bool {
    match what {
        ChangeKind::Opened | ChangeKind::MaintenanceAnnounced => change.what.len() == 1,
        ChangeKind::UpdatePosted { .. } => change.what.first() == Some(what),
        // Several texts corrected are one correction.
        ChangeKind::Corrected { .. } => {
            change.what.iter().find(|what| matches!(what, ChangeKind::Corrected { .. })) == Some(what)
        }
        // The message shows impact and workaround in full.
        ChangeKind::TextAdded { .. } => change.what.first() == Some(what),
        _ => true,
    }
}

fn phrase(what: &ChangeKind, incident: &Incident, reader: &Recipient<'_>) -> Option<String> {
    let words = reader.words;
    let say = |key: &str, values: &[(&str, &str)]| Some(words.say_with(&format!("news.{key}"), values));
    match what {
        ChangeKind::Opened => match incident.eta {
            Some(Eta::At(eta)) if eta > reader.now => say("opened_back_by", &[("time", &reader.time(eta))]),
            _ => say("opened", &[]),
        },
        ChangeKind::MaintenanceReminder => match incident.window {
            Some(window) => say("reminder", &[("window", &reader.window(window))]),
            None => None,
        },
        ChangeKind::MaintenanceAnnounced => match incident.window {
            Some(window) => say("maintenance_announced", &[("window", &reader.window(window))]),
            None => say("opened", &[]),
        },
        ChangeKind::Resolved => match incident.lasted_at(reader.now) {
            Some(lasted) => say("resolved", &[("duration", &words.duration(lasted))]),
            None => Some(words.say("phase.resolved").to_owned()),
        },
        ChangeKind::MaintenanceStarted => match incident.window {
            Some(TimeRange { ends: Some(ends), .. }) => {
                say("maintenance_started", &[("time", &reader.stated_time(incident, ends))])
            }
            Some(_) => say("maintenance_started_open", &[]),
            None => Some(words.say("phase.in_progress").to_owned()),
        },
        ChangeKind::MaintenanceRescheduled { to, .. } => {
            say("maintenance_moved", &[("window", &reader.window(*to))])
        }
        ChangeKind::EtaChanged { from, to } => Some(eta_moved(*from, *to, reader)),
        ChangeKind::SeverityChanged { from, to } => {
            let (from, to) = (name("severity", from.word(), reader), name("severity", to.word(), reader));
            say("severity_moved", &[("from", &from), ("to", &to)])
        }
        ChangeKind::FeaturesAdded(ids) => say("features_added", &[("features", &names(ids, reader))]),
        ChangeKind::FeaturesRemoved(ids) => say("features_removed", &[("features", &names(ids, reader))]),
        ChangeKind::StatusChanged { feature, to, .. } => {
            let feature = reader.page.feature_name(feature, reader.language);
            say("status_moved", &[("feature", &feature), ("to", &name("status", to.word(), reader))])
        }
        ChangeKind::PhaseChanged { to, .. } => Some(name("phase", to.word(), reader)),
        ChangeKind::TextAdded { part } => Some(words.say(&format!("incident.{}", part.word())).to_owned()),
        ChangeKind::Reopened if incident.window.is_some() => say("maintenance_reopened", &[]),
        ChangeKind::Reopened
        | ChangeKind::MaintenanceCompleted
        | ChangeKind::MaintenanceCancelled
        | ChangeKind::Withdrawn
        | ChangeKind::PostmortemPublished
        | ChangeKind::UpdatePosted { .. }
        | ChangeKind::Corrected { .. } => say(what.word(), &[]),
    }
}

fn eta_moved(from: Option<Eta>, to: Option<Eta>, reader: &Recipient<'_>) -> String {
    let say = |key: &str, values: &[(&str, &str)]| reader.words.say_with(&format!("news.{key}"), values);
    match (from, to) {
        // A time that has passed is no estimate any more.
        (_, Some(Eta::At(to))) if to <= reader.now => reader.words.say("incident.eta_missed").to_owned(),
        (Some(Eta::At(from)), Some(Eta::At(to))) => {
            say("eta_moved", &[("from", &reader.other_time(from)), ("to", &reader.time(to))])
        }
        (_, Some(Eta::At(to))) => say("eta_set", &[("to", &reader.time(to))]),
        (Some(Eta::At(from)), _) => say("eta_withdrawn", &[("from", &reader.time(from))]),
        (_, Some(Eta::Unknown) | None) => say("eta_unknown", &[]),
    }
}

/// Whether the phrase of a change names the time it will be back or done, or says that nobody knows it.
fn says_when(what: &ChangeKind, incident: &Incident, reader: &Recipient<'_>) -> bool {
    match what {
        ChangeKind::Opened => matches!(incident.eta, Some(Eta::At(eta)) if eta > reader.now),
        ChangeKind::MaintenanceStarted
        | ChangeKind::MaintenanceRescheduled { .. }
        | ChangeKind::EtaChanged { .. } => true,
        ChangeKind::MaintenanceAnnounced | ChangeKind::MaintenanceReminder => incident.window.is_some(),
        _ => false,
    }
}

/// When it will be back, or that this is not known and when we write again. `is_said` where the news has the first
/// already.
fn due(incident: &Incident, is_said: bool, reader: &Recipient<'_>) -> Vec<String> {
    if incident.phase_at(reader.now).is_over() {
        return Vec::new();
    }
    let words = reader.words;
    let promised = incident.next_update.filter(|at| *at > reader.now);
    let next = promised.map(|at| words.say_with("news.next_update", &[("time", &reader.time(at))]));
    let (when, is_known) = match (incident.eta, incident.window) {
        (_, Some(window)) if reader.now < incident.latest(window.starts) => {
            (Some(words.say_with("news.planned_for", &[("window", &reader.window(window))])), true)
        }
        (_, Some(_)) if incident.is_overdue_at(reader.now) => {
            (Some(words.say("incident.overdue").to_owned()), false)
        }
        (_, Some(window)) => {
            let until =
                |ends| words.say_with("news.planned_until", &[("time", &reader.stated_time(incident, ends))]);
            (window.ends.map(until), window.ends.is_some())
        }
        (Some(Eta::At(eta)), None) if eta > reader.now => {
            (Some(words.say_with("news.eta_set", &[("to", &reader.time(eta))])), true)
        }
        (Some(Eta::At(_)), None) => (Some(words.say("incident.eta_missed").to_owned()), false),
        (Some(Eta::Unknown), None) => (Some(words.say("incident.eta_none").to_owned()), false),
        // A notice reports something that need not end.
        (None, None) if incident.severity == Severity::Notice => (None, false),
        (None, None) => (Some(words.say("incident.eta_none").to_owned()), false),
    };
    let when = when.filter(|_| !is_said);
    when.into_iter().chain(next.filter(|_| !is_known)).collect()
}

/// The affected features in the page's order: those of now, and those that were once and still are not well.
pub(super) fn affected<'i>(incident: &'i Incident, reader: &Recipient<'_>) -> Vec<&'i FeatureId> {
    let is_unwell = |id: &FeatureId| incident.status_of(id, reader.now) != Status::Operational;
    let mut ids: Vec<&FeatureId> = incident.touched().collect::<BTreeSet<_>>().into_iter().collect();
    ids.retain(|id| incident.affected.contains_key(id) || is_unwell(id));
    let on_page: Vec<&FeatureId> = reader.page.features().map(|feature| &feature.id).collect();
    ids.sort_by_key(|id| on_page.iter().position(|other| other == id).unwrap_or(usize::MAX));
    ids
}

/// The name of a feature as a part of a sentence.
pub(super) fn feature_in_sentence(id: &FeatureId, reader: &Recipient<'_>) -> String {
    reader.words.isolated(&reader.page.feature_name(id, reader.language)).into_owned()
}

/// The name of a severity, status or phase.
pub(super) fn name(table: &str, word: &str, reader: &Recipient<'_>) -> String {
    reader.words.say(&format!("{table}.{word}")).to_owned()
}

fn names(ids: &BTreeSet<FeatureId>, reader: &Recipient<'_>) -> String {
    let names: Vec<_> = ids.iter().map(|id| feature_in_sentence(id, reader)).collect();
    reader.words.list(&names)
}

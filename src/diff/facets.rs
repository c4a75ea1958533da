//! Compares an incident's record with its public facts now, and lists what changed.
//!
//! Promises: a change of the phase is announced by its most specific word; other facts of an incident that is over are not
//! announced, because no one waits for them.

use std::collections::BTreeSet;

use chrono::TimeDelta;

use super::record;
use super::reminders;
use super::texts::TextComparer;
use super::updates;
use super::{ChangeKind, FRESH_FOR};
use crate::model::Moment;
use crate::model::announced::{AnnouncedText, BaselineIncident, Explained};
use crate::model::author_mark::AuthorMark;
use crate::model::edit::{Part, Reason, TextEdit, Verdict};
use crate::model::feature::FeatureId;
use crate::model::incident::{Eta, Incident, TimeRange};
use crate::model::localized::{Language, Localized};
use crate::model::phase::{IncidentKind, Phase};

/// What moved in one incident.
pub(super) struct Moved {
    /// What is announced, in no particular order.
    pub what: Vec<ChangeKind>,
    /// The incident as its files state it now.
    pub after: BaselineIncident,
    /// What was edited in its texts since they were last seen.
    pub edits: Vec<TextEdit>,
    /// Why nothing is heard, if nothing is.
    pub reason: Reason,
}

/// Compares an incident with its record.
pub(super) fn moved(
    before: &BaselineIncident,
    public: &Incident,
    leads: &[TimeDelta],
    first: &Language,
    now: Moment,
) -> Moved {
    let mut after = record::of(public, now);
    after.revision = before.revision;
    let is_reminded = reminders::is_due(before, public, leads, now);
    let is_moved = before.window.map(|window| window.starts) != after.window.map(|window| window.starts);
    if !is_reminded && !is_moved {
        after.reminded = before.reminded;
    }
    after.peak_severity = after.peak_severity.max(before.peak_severity);
    after.touched.extend(before.touched.iter().cloned());

    let mut what = phase_moved(before, &after);
    what.retain(|what| *what != ChangeKind::MaintenanceCompleted || !public.ended_unannounced_at(now));
    if !after.phase.is_over() {
        what.extend(facets_moved(before, &after));
    }
    what.extend(is_reminded.then_some(ChangeKind::MaintenanceReminder));
    let is_history = was_over_for_long(before, public, now);
    let comparer = TextComparer { incident: &public.id, first, author_mark: public.author_mark, is_history };
    let compared = updates::compare(&before.updates, &public.updates, &comparer, now);
    what.extend(compared.news.into_iter().map(|at| ChangeKind::UpdatePosted { at }));
    after.updates = compared.record;
    if let Some(at) = taken_back_to(&after, public) {
        replace_phase_by_correction(&mut what, at);
    }
    let mut edits = compared.edits;
    let texts = texts_moved(before, public, &comparer, after.phase.is_over(), &mut edits);

    let newest = public.public_updates().last().filter(|_| !after.phase.is_over()).map(|update| update.at);
    what.extend(corrections(&edits, !what.is_empty(), newest));
    let is_renamed = before.id != after.id
        || before.started != after.started
        || before.updates.iter().zip(&after.updates).any(|(a, b)| a.at != b.at);
    let posted = compared.silenced.into_iter().map(|at| ChangeKind::UpdatePosted { at });
    if public.author_mark == Some(AuthorMark::Silent) {
        let all = what.into_iter().chain(posted).collect();
        let (what, silenced) = split_silent(before, public, all);
        let reason = Reason::Silenced { by_file: true, what: silenced };
        return Moved { what, after, edits: Vec::new(), reason };
    }
    let silenced: Vec<ChangeKind> = posted.collect();
    let reason = match compared.unannounced {
        _ if !silenced.is_empty() => Reason::Silenced { by_file: false, what: silenced },
        Some(reason) => reason,
        None if is_history => Reason::Old,
        None if !edits.is_empty() => Reason::Cosmetic,
        None if let Some(at) = compared.removed => Reason::Removed { at },
        None if is_renamed => Reason::Renamed,
        None if !after.phase.is_over() && times(before) != times(&after) => Reason::Cosmetic,
        None => Reason::Old,
    };
    // A message shows title, impact and workaround in full, so that they are part of whatever it announces.
    if what.is_empty() {
        (after.title, after.explained) = texts;
    }
    Moved { what, after, edits, reason }
}

/// What is announced of a silent incident, and what is not: subscribers who were notified of an incident are notified of its end, with
/// the update that ends it, unless that update is silent itself.
fn split_silent(
    before: &BaselineIncident,
    public: &Incident,
    all: Vec<ChangeKind>,
) -> (Vec<ChangeKind>, Vec<ChangeKind>) {
    let end = public.updates.iter().rfind(|update| update.phase.is_some());
    let is_silent = end.is_some_and(|end| end.author_mark == Some(AuthorMark::Silent));
    if before.revision == 0 || is_silent || !all.iter().any(ChangeKind::ends) {
        return (Vec::new(), all);
    }
    let ending = end.map(|end| ChangeKind::UpdatePosted { at: end.at });
    all.into_iter().partition(|what| what.ends() || Some(what) == ending.as_ref())
}

/// Compares title, impact and workaround; gives the texts to record if nothing is announced.
fn texts_moved(
    before: &BaselineIncident,
    public: &Incident,
    comparer: &TextComparer<'_>,
    is_over: bool,
    edits: &mut Vec<TextEdit>,
) -> (AnnouncedText, Option<Explained>) {
    let title = comparer.compare(Part::Title, &before.title, &public.title, None, edits);
    let mut text = |part, before: &Option<AnnouncedText>, now: &Option<Localized>| match (before, now) {
        (Some(before), Some(now)) => Some(comparer.compare(part, before, now, None, edits)),
        (before, now) => {
            comparer.came_or_went(part, before.as_ref().map(|text| &text.announced), now.as_ref(), edits);
            now.clone().map(AnnouncedText::announced)
        }
    };
    let explained = before.explained.as_ref().map(|explained| Explained {
        impact: match is_over && public.kind == IncidentKind::Maintenance {
            // What work was going to mean for customers is past.
            true => public.impact.clone().map(AnnouncedText::announced),
            false => text(Part::Impact, &explained.impact, &public.impact),
        },
        workaround: match is_over {
            // There is nothing left to work around.
            true => public.workaround.clone().map(AnnouncedText::announced),
            false => text(Part::Workaround, &explained.workaround, &public.workaround),
        },
    });
    (title, explained.or_else(|| record::explained(public)))
}

/// What is announced of the edits. With other news only what is sure to be a correction is called one, because the message shows the
/// texts in full. What only adds to the newest update of something open takes nothing back: it is an update, and neither its
/// translations nor a title that names more are corrections then.
fn corrections(edits: &[TextEdit], with_other_news: bool, newest: Option<Moment>) -> Vec<ChangeKind> {
    let is_of_newest = |edit: &TextEdit| newest.is_some_and(|at| edit.part == Part::Update { at });
    let is_news = |edit: &TextEdit| is_of_newest(edit) && edit.language.is_none() && edit.only_adds();
    let adds_news = edits.iter().any(|edit| is_news(edit) && edit.edit.verdict != Verdict::Silent);
    let with_other_news = with_other_news || adds_news;
    let is_named = |edit: &TextEdit| {
        edit.only_adds()
            && ((adds_news && is_of_newest(edit) && edit.language.is_some())
                || (with_other_news && edit.part == Part::Title))
    };
    let is_told = |edit: &&TextEdit| match edit.edit.verdict {
        Verdict::Silent => false,
        Verdict::Ask => !with_other_news || matches!(edit.part, Part::Update { .. }),
        Verdict::Tell => true,
    };
    let told = edits.iter().filter(is_told).filter(|edit| !is_named(edit));
    told.map(|edit| match (edit.is_addition(), newest.filter(|_| is_news(edit))) {
        (true, _) => ChangeKind::TextAdded { part: edit.part },
        (false, Some(at)) => ChangeKind::UpdatePosted { at },
        (false, None) => ChangeKind::Corrected { part: edit.part, language: edit.language.clone() },
    })
    .collect()
}

/// The update that counts again because the newest one that was announced is gone from the files.
fn taken_back_to(record: &BaselineIncident, public: &Incident) -> Option<Moment> {
    let newest = record.updates.iter().rev().find(|update| update.phase.is_some())?;
    public.updates.last().map(|update| update.at).filter(|at| *at < newest.at)
}

/// A phase to which an incident returns only because an announced update was taken back is no news of its own.
fn replace_phase_by_correction(what: &mut Vec<ChangeKind>, at: Moment) {
    let moved = what.iter().position(|what| matches!(what, ChangeKind::PhaseChanged { .. }));
    if let Some(moved) = moved {
        what.remove(moved);
        what.push(ChangeKind::Corrected { part: Part::Update { at }, language: None });
    }
}

fn times(record: &BaselineIncident) -> (Option<Eta>, Option<TimeRange>) {
    (record.eta, record.window)
}

fn was_over_for_long(before: &BaselineIncident, public: &Incident, now: Moment) -> bool {
    before.phase.is_over() && public.ended_at(now).is_some_and(|ended| now - ended > FRESH_FOR)
}

fn phase_moved(before: &BaselineIncident, after: &BaselineIncident) -> Vec<ChangeKind> {
    let (from, to) = (before.phase, after.phase);
    let ever = |phase| before.updates.iter().any(|update| update.phase == Some(phase));
    match (from.is_over(), to.is_over()) {
        (false, true) => match to {
            Phase::Completed => vec![ChangeKind::MaintenanceCompleted],
            Phase::Cancelled => vec![ChangeKind::MaintenanceCancelled],
            Phase::Postmortem => vec![ChangeKind::Resolved, ChangeKind::PostmortemPublished],
            Phase::Withdrawn => vec![ChangeKind::Withdrawn],
            _ => vec![ChangeKind::Resolved],
        },
        (true, false) => vec![ChangeKind::Reopened],
        (true, true) if to == Phase::Postmortem && !ever(Phase::Postmortem) => {
            vec![ChangeKind::PostmortemPublished]
        }
        (true, true) if to == Phase::Withdrawn && from != to => vec![ChangeKind::Withdrawn],
        (true, true) => Vec::new(),
        (false, false) if from == to => Vec::new(),
        (false, false) => match (from, to) {
            (Phase::Scheduled, Phase::InProgress) => vec![ChangeKind::MaintenanceStarted],
            (Phase::Scheduled, Phase::Verifying) => {
                vec![ChangeKind::MaintenanceStarted, ChangeKind::PhaseChanged { from, to }]
            }
            (_, Phase::Scheduled) if before.window != after.window => Vec::new(),
            _ => vec![ChangeKind::PhaseChanged { from, to }],
        },
    }
}

fn facets_moved(before: &BaselineIncident, after: &BaselineIncident) -> Vec<ChangeKind> {
    let mut what = Vec::new();
    if let (Some(from), Some(to)) = (before.window, after.window)
        && !from.is_same_time(&before.day_only, to, &after.day_only)
    {
        what.push(ChangeKind::MaintenanceRescheduled { from, to });
    }
    if before.severity != after.severity {
        what.push(ChangeKind::SeverityChanged { from: before.severity, to: after.severity });
    }
    if estimate(before.eta) != estimate(after.eta) {
        what.push(ChangeKind::EtaChanged { from: before.eta, to: after.eta });
    }
    what.extend(features_moved(before, after));
    what
}

/// The estimate that a reader is shown; none and unknown say the same.
fn estimate(eta: Option<Eta>) -> Option<i64> {
    eta.and_then(Eta::minute)
}

fn features_moved(before: &BaselineIncident, after: &BaselineIncident) -> Vec<ChangeKind> {
    let only_in = |one: &BaselineIncident, other: &BaselineIncident| -> BTreeSet<FeatureId> {
        one.affected.keys().filter(|feature| !other.affected.contains_key(feature)).cloned().collect()
    };
    let (added, removed) = (only_in(after, before), only_in(before, after));
    let mut what = Vec::new();
    if !added.is_empty() {
        what.push(ChangeKind::FeaturesAdded(added));
    }
    if !removed.is_empty() {
        what.push(ChangeKind::FeaturesRemoved(removed));
    }
    let kept = before.affected.iter().filter_map(|(id, from)| Some((id, *from, *after.affected.get(id)?)));
    what.extend(
        kept.filter(|(_, from, to)| from != to).map(|(feature, from, to)| ChangeKind::StatusChanged {
            feature: feature.clone(),
            from,
            to,
        }),
    );
    what
}

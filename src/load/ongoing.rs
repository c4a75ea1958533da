//! Reads what it can from a file with errors, and counts its incident as open.
//!
//! Promises: nothing looks better than the readable facts allow: the incident is not over, its severity is the worst that
//! can be read, or the highest if none can; each feature has the worst status that can be read. Returns nothing if the
//! features, a change of their statuses, the start or a planned window cannot be read.

use std::collections::BTreeMap;

use crate::located::Value;
use crate::model::audience::NarrowTexts;
use crate::model::feature::{FeatureId, Status};
use crate::model::incident::{Completes, Incident, IncidentId, TimeRange, Update};
use crate::model::localized::Localized;
use crate::model::phase::{IncidentKind, Severity};
use crate::model::problem::{ProblemLevel, SourceMap};

use super::front_matter::{self, FrontMatter};
use super::incident::{id_of, story_document, take_promises, updates};
use super::outline::outline;
use super::split::split;
use super::story::{self, Story};

/// Rules of errors in which a feature may be lost.
const FEATURES_LOST: [&str; 2] = ["bad-feature", "syntax"];

/// The incident as far as it can be read, without translations.
pub(super) fn read(file: &str, text: &str) -> Option<Incident> {
    let parts = split(text).ok()?;
    let outline = outline(text, parts.body.clone());
    let front_document = front_matter::document(file, text, &parts);
    let front = front_matter::read(&front_document, false);
    // A status of a table that cannot be read may be any.
    let is_table = matches!(front_document.root().optional("affected").value(), Some(Value::Table(_)));
    let (problems, _) = front_document.into_parts();
    if problems.iter().any(|problem| FEATURES_LOST.contains(&problem.rule)) || front.affected.is_empty() {
        return None;
    }
    let document = story_document(file, text);
    let story = story::read(&document, text, &outline, front.kind, &mut SourceMap::default());
    let is_whole = document.into_parts().0.iter().all(|problem| problem.level == ProblemLevel::Warning);
    if !is_whole && outline.sections.iter().any(|section| says_states(text.get(section.heading.clone()))) {
        return None;
    }
    let unread = is_table.then_some(Status::MajorOutage);
    counted(file, front, story, unread)
}

/// Whether a heading says how features are, which is lost if it cannot be read.
fn says_states(heading: Option<&str>) -> bool {
    let braces = heading.and_then(|heading| heading.split_once('{'));
    let keys = braces.into_iter().flat_map(|(_, rest)| rest.split([' ', ',', '}']));
    let mut keys = keys.filter_map(|word| word.split_once('=')).map(|(key, _)| key);
    keys.any(|key| !["eta", "next_update", "audience"].contains(&key))
}

/// `unread` is the status of a feature that has none of its own, or one that cannot be read.
fn counted(file: &str, front: FrontMatter, story: Story<Update>, unread: Option<Status>) -> Option<Incident> {
    let first_update = match &story {
        Story::Entries(updates) => updates.first().map(|update| update.at),
        Story::Text(_) => None,
    };
    let window = front
        .window
        .map(|window| TimeRange { completes: Some(Completes::ByWord), ..window.with_days(&front.day_only) });
    if front.kind == IncidentKind::Maintenance && window.is_none() {
        return None;
    }
    let started = window.map(|window| window.starts).or(front.started).or(first_update)?;
    let id = front.id.or_else(|| id_of(file))?;
    let is_for_all = front.audience.is_some();
    let mut incident = Incident {
        title: Localized::plain(front.title.unwrap_or_else(|| words_of(&id))),
        id,
        file: file.to_owned(),
        kind: front.kind,
        audience: front.audience.unwrap_or_default(),
        severity: front.severity.unwrap_or(Severity::Critical),
        affected: BTreeMap::new(),
        started,
        window,
        repeats: front.repeats,
        eta: front.eta,
        next_update: front.next_update,
        impact: front.impact.map(Localized::plain),
        workaround: front.workaround.map(Localized::plain),
        narrow: front.narrow.untranslated(),
        sensitivity: front.sensitivity,
        author_mark: front.author_mark,
        imported_through: front.imported_through,
        day_only: front.day_only,
        accepted: front.accepted,
        updates: updates(story, front.kind, started),
    };
    take_promises(&mut incident);
    if !is_for_all {
        conceal_words(&mut incident);
    }
    incident.severity = incident.peak_severity();
    let implied = unread.unwrap_or_else(|| incident.implied_status());
    let mut affected: BTreeMap<FeatureId, Status> =
        front.affected.into_iter().map(|(id, status)| (id, status.unwrap_or(implied))).collect();
    for update in &mut incident.updates {
        for (feature, status) in std::mem::take(&mut update.statuses) {
            let worst = affected.entry(feature).or_insert(status);
            *worst = (*worst).max(status);
        }
        update.severity = None;
        update.phase = update.phase.filter(|phase| !phase.is_over());
    }
    incident.affected = affected;
    Some(incident)
}

/// Removes all words, because who may read them cannot be read. The facts count for everyone.
fn conceal_words(incident: &mut Incident) {
    incident.title = Localized::plain(words_of(&incident.id));
    (incident.impact, incident.workaround, incident.narrow) = (None, None, NarrowTexts::default());
    incident.updates.iter_mut().for_each(|update| update.body = Localized::plain(""));
}

/// The last part of an id as words: it is all that is known where the title cannot be read.
fn words_of(id: &IncidentId) -> String {
    let name = id.as_str().rsplit('/').next().unwrap_or_default();
    name.replace(['-', '_'], " ")
}

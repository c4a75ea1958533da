//! Builds an incident from its main file (the one without a language in its name).
//!
//! Promises: the incident is there exactly when the file has no error; warnings do not hold it back. Everything
//! wrong in the file is reported in one go.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::located::{Document, Located, Value};
use crate::model::Moment;
use crate::model::incident::{Audience, Incident, IncidentId, Update};
use crate::model::localized::Localized;
use crate::model::phase::{IncidentKind, Phase};
use crate::model::problem::{Problem, ProblemLevel, SourceMap};

use super::fault::Fault;
use super::front_matter::{self, FrontMatter};
use super::outline::outline;
use super::split::split;
use super::story::{self, Story};

/// What was read from one main file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parsed {
    /// The incident without translations; `None` exactly where a problem is an error.
    pub incident: Option<Arc<Incident>>,
    /// All problems, in the order of the file.
    pub problems: Vec<Problem>,
    /// Where its keys and updates stand.
    pub places: SourceMap,
}

/// Reads the text of one main file. `file` is its path from the site's root; the incident's id is that path
/// below `incidents/` without the extension, unless the front matter gives one.
pub fn parse_incident(file: &str, text: &str) -> Parsed {
    let mut parsed = Parsed::default();
    let incident = read(file, text, &mut parsed);
    parsed.problems.sort();
    let usable = parsed.problems.iter().all(|problem| problem.level == ProblemLevel::Warning);
    parsed.incident = incident.filter(|_| usable).map(Arc::new);
    parsed
}

/// The phase of updates that name none.
fn opening_phase(kind: IncidentKind) -> Phase {
    match kind {
        IncidentKind::Incident => Phase::Investigating,
        IncidentKind::Maintenance => Phase::Scheduled,
    }
}

/// A document for problems outside the front matter.
pub(super) fn story_document<'t>(file: &str, text: &'t str) -> Document<'t> {
    Document::from_tree(file, text, Located::new(Value::Nothing, 0..0))
}

fn read(file: &str, text: &str, parsed: &mut Parsed) -> Option<Incident> {
    let story_document = story_document(file, text);
    let incident = match split(text) {
        Err(fault) => {
            fault.report(&story_document);
            None
        }
        Ok(parts) => {
            let outline = outline(text, parts.body.clone());
            let front_document = front_matter::document(file, text, &parts);
            let front = front_matter::read(&front_document, outline.sections.is_empty());
            let (problems, places) = front_document.into_parts();
            parsed.problems.extend(problems);
            parsed.places.extend(places);
            let story = story::read(&story_document, text, &outline, front.kind, &mut parsed.places);
            let incident = incident(file, front, story, &story_document);
            // A file without headings is one update, whose moment is known only now.
            let only = incident.as_ref().and_then(|incident| incident.updates.first());
            if let (Some(update), true) = (only, outline.sections.is_empty()) {
                let places = &mut parsed.places;
                story::remember_text(&story_document, text, outline.preface.clone(), update.at, places);
            }
            incident
        }
    };
    parsed.problems.extend(story_document.into_parts().0);
    incident
}

fn incident(
    file: &str,
    front: FrontMatter,
    story: Story<Update>,
    document: &Document<'_>,
) -> Option<Incident> {
    let id = front.id.clone().or_else(|| id_of(file));
    if id.is_none() {
        let message = "the file's name cannot be an id";
        let hint = "name it with letters, digits, `-`, `_` and `.`, or give it an `id`";
        Fault::new("bad-name", 0..0, message, hint).report(document);
    }
    let first_update = match &story {
        Story::Entries(updates) => updates.first().map(|update| update.at),
        Story::Text(_) => None,
    };
    let started = front.window.map(|window| window.starts).or(front.started).or(first_update)?;
    let mut incident = Incident {
        id: id?,
        file: file.to_owned(),
        kind: front.kind,
        audience: front.audience?,
        title: Localized::plain(front.title?),
        severity: front.severity?,
        affected: BTreeMap::new(),
        started,
        window: front.window.map(|window| window.with_days(&front.day_only)),
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
    let implied = incident.implied_status();
    incident.affected =
        front.affected.into_iter().map(|(id, status)| (id, status.unwrap_or(implied))).collect();
    take_promises(&mut incident);
    Some(incident)
}

/// Where the front matter gives none: the newest ETA that a public update gave, and the next update that the newest one
/// promised. An older promise was answered by that update.
pub(super) fn take_promises(incident: &mut Incident) {
    let eta = incident.public_updates().rev().find_map(|update| update.eta);
    let next_update = incident.public_updates().next_back().and_then(|update| update.next_update);
    incident.eta = incident.eta.or(eta);
    incident.next_update = incident.next_update.or(next_update);
}

/// The id a file's path gives it.
pub(super) fn id_of(file: &str) -> Option<IncidentId> {
    let path = file.strip_prefix("incidents/").unwrap_or(file);
    IncidentId::new(path.strip_suffix(".md")?)
}

pub(super) fn updates(story: Story<Update>, kind: IncidentKind, started: Moment) -> Vec<Update> {
    match story {
        Story::Entries(updates) => updates,
        Story::Text(text) if text.is_empty() => Vec::new(),
        Story::Text(text) => vec![Update {
            at: started,
            phase: Some(opening_phase(kind)),
            audience: Audience::Public,
            author_mark: None,
            eta: None,
            next_update: None,
            severity: None,
            statuses: BTreeMap::new(),
            body: Localized::plain(text),
        }],
    }
}

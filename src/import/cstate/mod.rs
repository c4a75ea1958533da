//! cState, a Hugo theme: `config.yml` and one markdown file per issue below `content/issues`.
//!
//! Promises: every file below `content/issues` becomes an incident or is named in a note; one file's faults never
//! touch another's. Works on files in memory only.

mod body;
mod config;
mod facts;
mod front_matter;
mod issue;
mod notes;
mod planned;
mod story;
mod systems;
#[cfg(test)]
mod tests;
mod text;
mod times;
mod tree;

use std::collections::{BTreeMap, BTreeSet};

use crate::model::Moment;
use crate::model::feature::{Feature, FeatureId, Group};
use crate::model::incident::{Incident, IncidentId, Update};
use crate::model::localized::Localized;
use crate::model::page::Page;
use crate::model::phase::Phase;
use crate::model::problem::Problem;

use super::Imported;
use issue::Read;
use notes::Notes;

/// The folder of issues.
const ISSUES: &str = "content/issues/";

/// The group of features that only incidents name.
const OTHER: &str = "Other";

/// Whether a path matters to the import: the configuration, or content that may hold issues.
pub(super) fn is_of_interest(path: &str) -> bool {
    is_site_file(path)
}

/// Whether a path shows that a folder is a cState site.
pub(super) fn is_site_file(path: &str) -> bool {
    config::FILES.contains(&path) || path.starts_with(ISSUES) || language_of(path).is_some()
}

/// An update that says nothing but a phase.
pub(super) fn phase_alone(at: Moment, phase: Phase) -> Update {
    story::update(at, Some(phase), "")
}

/// Imports a site from its files.
pub(super) fn import(files: &BTreeMap<String, Vec<u8>>) -> Imported {
    let (mut page, systems, page_notes) = config::read(files);
    let mut notes = page_notes.into_problems();
    let mut incidents = Vec::new();
    let mut others = BTreeMap::new();
    let mut taken = BTreeSet::new();
    let root = issues_root(files, &page);
    for (path, bytes) in files {
        let Some(inner) = path.strip_prefix(&root) else {
            notes.extend(left_out(path));
            continue;
        };
        let (read, file_notes) = issue::read(path, inner, bytes, &systems);
        notes.extend(file_notes);
        if let Some(Read { incident, unknown }) = read {
            for (id, feature) in unknown {
                others.entry(id).or_insert(feature);
            }
            incidents.push(with_own_id(incident, path, &mut taken, &mut notes));
        }
    }
    add_others(&mut page, others);
    notes.sort();
    Imported { page, incidents, notes }
}

/// Where the issues are: `content/issues/`, or that of the page's language in a site of several.
fn issues_root(files: &BTreeMap<String, Vec<u8>>, page: &Page) -> String {
    if files.keys().any(|path| path.starts_with(ISSUES)) {
        return ISSUES.to_owned();
    }
    let first = files.keys().filter_map(|path| language_of(path)).next();
    let own = files.keys().filter_map(|path| language_of(path)).find(|tag| *tag == page_language(page));
    own.or(first).map_or(ISSUES.to_owned(), |tag| format!("content/{tag}/issues/"))
}

fn page_language(page: &Page) -> &str {
    page.languages.first().map_or("en", |language| language.as_str())
}

/// The language of a path of the shape `content/fr/issues/…`.
fn language_of(path: &str) -> Option<&str> {
    let (tag, rest) = path.strip_prefix("content/")?.split_once('/')?;
    (rest.starts_with("issues/") && tag != "issues").then_some(tag)
}

/// The note on a file in another language's folder; the configuration needs none.
fn left_out(path: &str) -> Vec<Problem> {
    let Some(tag) = language_of(path) else { return Vec::new() };
    let mut notes = Notes::new(path, "");
    notes.error(
        None,
        "translation",
        format!("this translation ({tag}) was not carried over"),
        "save its updates beside the incident as NAME.TAG.md, under the same update times",
    );
    notes.into_problems()
}

/// Gives an incident whose id another file already has a number of its own.
fn with_own_id(
    mut incident: Incident,
    path: &str,
    taken: &mut BTreeSet<IncidentId>,
    notes: &mut Vec<Problem>,
) -> Incident {
    if taken.insert(incident.id.clone()) {
        return incident;
    }
    let numbered = |number: u32| IncidentId::new(&format!("{}-{number}", incident.id));
    if let Some(id) = (2..1000).filter_map(numbered).find(|id| !taken.contains(id)) {
        let mut note = Notes::new(path, "");
        let message = format!("another file is already called `{}`", incident.id);
        note.warn(None, "same-name", message, &format!("this one was called `{id}`"));
        notes.extend(note.into_problems());
        incident.file = issue::file_of(&id);
        taken.insert(id.clone());
        incident.id = id;
    }
    incident
}

fn add_others(page: &mut Page, others: BTreeMap<FeatureId, Feature>) {
    if others.is_empty() {
        return;
    }
    let features = others.into_values().collect();
    page.groups.push(Group { id: None, name: Localized::plain(OTHER), features });
}

//! cState, a Hugo theme: `config.yml` and one markdown file per issue below `content/issues`.
//!
//! Promises: every file below `content/issues`, and every other page that says `section: issue`, becomes an incident
//! or is named in a note; one file's faults never touch another's. Works on files in memory only.

mod config;
mod dates;
mod facts;
mod front_matter;
mod issue;
mod links;
mod names;
mod systems;
#[cfg(test)]
mod tests;
mod tree;

use std::collections::{BTreeMap, BTreeSet};

use crate::model::feature::{Feature, FeatureId, Group};
use crate::model::incident::{Incident, IncidentId};
use crate::model::localized::Localized;
use crate::model::page::Page;
use crate::model::problem::Problem;

use super::imported::Imported;
use super::notes::Notes;
use super::times::Zone;
use config::Site;
use issue::Read;
use links::Links;

/// The folder of issues.
const ISSUES: &str = "content/issues/";

/// The group of features that only incidents name.
const OTHER: &str = "Other";

/// Whether a path matters to the import: the configuration, content, and files that content may show.
pub(super) fn is_of_interest(path: &str) -> bool {
    is_site_file(path) || path.starts_with("content/") || path.starts_with("static/")
}

/// Whether a path shows that a folder is a cState site.
pub(super) fn is_site_file(path: &str) -> bool {
    config::FILES.contains(&path) || path.starts_with(ISSUES) || language_of(path).is_some()
}

/// Imports a site from its files.
pub(super) fn import(files: &BTreeMap<String, Vec<u8>>, zone: Option<&Zone>) -> Imported {
    let mut site = config::read(files, zone);
    let mut notes = std::mem::take(&mut site.notes).into_problems();
    let (mut incidents, mut others, mut ids) = (Vec::new(), BTreeMap::new(), Ids::default());
    let (mut zoneless, mut open_without_start) = (0, Vec::new());
    let root = issues_root(files, &site.page);
    for (path, bytes) in files {
        let Some(inner) = inner(path, bytes, &root) else {
            notes.extend(left_out(path, &root));
            continue;
        };
        let outcome = issue::read(path, inner, bytes, &site);
        notes.extend(outcome.notes);
        open_without_start.extend(outcome.is_open_without_start.then(|| path.clone()));
        if let Some(read) = outcome.read {
            zoneless += read.zoneless;
            let Read { incident, unknown, .. } = read;
            for (id, feature) in unknown {
                others.entry(id).or_insert(feature);
            }
            incidents.push((path.as_str(), ids.with_own(incident, path, &mut notes)));
        }
    }
    let source = |(path, incident): &(&str, Incident)| (incident.file.clone(), (*path).to_owned());
    let sources = incidents.iter().map(source).collect();
    let (incidents, pictures) = with_links(files, &site.page, incidents, &mut notes);
    add_others(&mut site.page, others);
    notes.extend(zoneless_note(&site, zoneless));
    notes.sort();
    Imported { page: site.page, incidents, sources, open_without_start, pictures, notes }
}

/// The part of a path that names an issue; `None` for what is none.
fn inner<'p>(path: &'p str, bytes: &[u8], root: &str) -> Option<&'p str> {
    if let Some(inner) = path.strip_prefix(root) {
        return Some(inner);
    }
    let inner = path.strip_prefix("content/").filter(|_| language_of(path).is_none())?;
    let head: String = String::from_utf8_lossy(bytes).lines().take(60).collect::<Vec<_>>().join("\n");
    let says_issue = head.lines().any(|line| {
        let line = line.replace([' ', '"', '\''], "").to_lowercase();
        line == "section:issue" || line == "section=issue"
    });
    says_issue.then_some(inner)
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

/// The note on a file in another language's folder; configuration, other pages and pictures need none.
fn left_out(path: &str, root: &str) -> Vec<Problem> {
    let Some(tag) = language_of(path).filter(|_| !path.starts_with(root)) else { return Vec::new() };
    let mut notes = Notes::new(path, "");
    notes.error(
        None,
        "translation",
        format!("this translation ({tag}) was not carried over"),
        "save its updates next to the incident as NAME.TAG.md, under the same update times",
    );
    notes.into_problems()
}

/// How many times were read in the site's zone, in one line.
fn zoneless_note(site: &Site, count: usize) -> Vec<Problem> {
    if count == 0 {
        return Vec::new();
    }
    let mut notes = Notes::new(&site.file, "");
    let zone = site.zone.name();
    let message = match count {
        1 => format!("1 time has no zone and was read as {zone}"),
        _ => format!("{count} times have no zone and were read as {zone}"),
    };
    notes.warn(None, "no-zone", message, "if that is wrong, import again with --time-zone ZONE");
    notes.into_problems()
}

/// The incidents with the links of the new site, and the files of the old one that they show.
fn with_links(
    files: &BTreeMap<String, Vec<u8>>,
    page: &Page,
    incidents: Vec<(&str, Incident)>,
    notes: &mut Vec<Problem>,
) -> (Vec<Incident>, BTreeMap<String, Vec<u8>>) {
    let (paths, mut incidents): (Vec<&str>, Vec<Incident>) = incidents.into_iter().unzip();
    let links = Links::new(page, &incidents, files);
    let mut shown = BTreeSet::new();
    for (path, incident) in paths.iter().zip(&mut incidents) {
        let mut own = Notes::new(path, "");
        shown.extend(links.put_into(incident, &mut own));
        notes.extend(own.into_problems());
    }
    let picture = |path: String| Some((path.clone(), files.get(&format!("static{path}"))?.clone()));
    (incidents, shown.into_iter().filter_map(picture).collect())
}

/// The ids that are given already.
#[derive(Default)]
struct Ids {
    /// IDs that are in use, in lower case.
    taken: BTreeSet<String>,
    /// The number that the next file gets whose name becomes this id, in lower case.
    numbers: BTreeMap<String, u32>,
}

impl Ids {
    /// Gives an incident whose id another file already has, in whatever case, a number of its own.
    fn with_own(&mut self, mut incident: Incident, path: &str, notes: &mut Vec<Problem>) -> Incident {
        let lower = incident.id.as_str().to_lowercase();
        if self.taken.insert(lower.clone()) {
            return incident;
        }
        let number = self.numbers.entry(lower).or_insert(2);
        let numbered =
            (*number..).filter_map(|number| Some((number, names::numbered(&incident.id, number)?)));
        let is_free = |(_, id): &(u32, IncidentId)| !self.taken.contains(&id.as_str().to_lowercase());
        if let Some((last, id)) = numbered.into_iter().find(is_free) {
            *number = last + 1;
            let mut note = Notes::new(path, "");
            let message = format!("another file is already called `{}`", incident.id);
            note.warn(None, "same-name", message, &format!("this one was called `{id}`"));
            notes.extend(note.into_problems());
            incident.file = names::file_of(&id);
            self.taken.insert(id.as_str().to_lowercase());
            incident.id = id;
        }
        incident
    }
}

fn add_others(page: &mut Page, others: BTreeMap<FeatureId, Feature>) {
    if others.is_empty() {
        return;
    }
    let features = others.into_values().collect();
    page.groups.push(Group { id: None, name: Localized::plain(OTHER), features });
}

//! Joins the files of a folder: each incident with its translations, and each ID once.
//!
//! Promises: the outcome follows from the files alone, in the order of their names. What is left out is reported.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::model::incident::Incident;
use crate::model::problem::{Problem, ProblemLevel, SourceKey, SourceMap};

use super::name::error;
use super::read_file::{Content, ReadFile};

/// What has been brought together so far.
pub(super) struct Gathering {
    /// By the main file's name.
    mains: BTreeMap<String, Main>,
    problems: Vec<Problem>,
    places: SourceMap,
}

/// One main file in the version that is used, if any is.
struct Main {
    incident: Option<Arc<Incident>>,
    is_current: bool,
}

impl Gathering {
    /// Begins with the problems of the walk.
    pub(super) fn new(problems: Vec<Problem>) -> Self {
        Self { mains: BTreeMap::new(), problems, places: SourceMap::default() }
    }

    /// Takes what a file says of itself, and its incident if it is a main file.
    pub(super) fn take_main(&mut self, file: &ReadFile) {
        self.problems.extend(file.problem.clone());
        let Content::Main { current, last_good, ongoing } = &file.content else { return };
        self.problems.extend(current.problems.iter().cloned());
        if current.incident.is_some() {
            self.places.extend(current.places.clone());
        } else if last_good.is_some() {
            self.problems.push(last_good_kept(&file.file));
        } else if ongoing.is_some() {
            self.problems.push(counts_as_ongoing(&file.file));
        }
        let main = Main {
            is_current: current.incident.is_some(),
            incident: current.incident.clone().or_else(|| last_good.clone()).or_else(|| ongoing.clone()),
        };
        self.mains.insert(file.file.clone(), main);
    }

    /// Puts a translation's words next to the main file's. Comes after every main file.
    pub(super) fn take_translation(&mut self, file: &ReadFile) {
        let Content::Translation { main, current, last_good } = &file.content else { return };
        self.problems.extend(current.problems.iter().cloned());
        let Some(main_file) = self.mains.get_mut(main) else {
            self.problems.push(without_main(&file.file, main));
            return;
        };
        let Some(incident) = main_file.incident.as_mut() else { return };
        if let Some(translation) = &current.translation {
            // An old main file cannot have the updates that a new translation speaks of: not the author's fault.
            if main_file.is_current {
                self.problems.extend(translation.misfits(incident, &current.places));
            }
            translation.apply(Arc::make_mut(incident));
            self.places.extend(current.places.clone());
        } else if let Some(translation) = last_good {
            translation.apply(Arc::make_mut(incident));
            self.problems.push(last_good_kept(&file.file));
        }
    }

    /// Leaves out each incident whose id another file has, also where only the case of letters differs: the page
    /// of one would overwrite the other's on many disks. The one that was `published` stays, else the first.
    pub(super) fn refuse_twins(&mut self, published: impl Fn(&str) -> bool) {
        let mut by_id: HashMap<String, Vec<&str>> = HashMap::with_capacity(self.mains.len());
        for (file, main) in &self.mains {
            if let Some(incident) = &main.incident {
                by_id.entry(incident.id.as_str().to_ascii_lowercase()).or_default().push(file);
            }
        }
        let mut refused: Vec<(String, String)> = Vec::new();
        for twins in by_id.into_values().filter(|files| files.len() > 1) {
            let kept =
                twins.iter().find(|file| published(file)).or(twins.first()).copied().unwrap_or_default();
            let others = twins.into_iter().filter(|file| *file != kept);
            refused.extend(others.map(|file| (file.to_owned(), kept.to_owned())));
        }
        for (file, kept) in refused {
            let incident = self.mains.remove(&file).and_then(|main| main.incident);
            let id = incident.map(|incident| incident.id.to_string()).unwrap_or_default();
            let place = self.places.find(&file, SourceKey::Key("id".to_owned()));
            let message = format!("{kept} has the same ID, `{id}`, and is published instead");
            let hint = "change its `id` or its name".to_owned();
            self.problems.push(Problem { place, ..error(&file, "duplicate-id", message, Some(hint)) });
        }
    }

    /// The incidents, newest start first, then by id; the problems in order; the places.
    pub(super) fn into_parts(self) -> (Vec<Arc<Incident>>, Vec<Problem>, SourceMap) {
        let mut incidents: Vec<Arc<Incident>> =
            self.mains.into_values().filter_map(|main| main.incident).collect();
        incidents.sort_by(|a, b| b.started.cmp(&a.started).then_with(|| a.id.cmp(&b.id)));
        let mut problems = self.problems;
        problems.sort();
        problems.dedup();
        (incidents, problems, self.places)
    }
}

fn without_main(file: &str, main: &str) -> Problem {
    let message = format!("this is a translation of {main}, which does not exist");
    error(
        file,
        "translation-without-main",
        message,
        Some("write the main file, or rename this one".to_owned()),
    )
}

fn counts_as_ongoing(file: &str) -> Problem {
    let message = "no earlier version of this file is known here, so it counts as ongoing".to_owned();
    let hint = "fix its errors, or build from a clone with the full git history".to_owned();
    Problem { level: ProblemLevel::Warning, ..error(file, "counts-as-ongoing", message, Some(hint)) }
}

fn last_good_kept(file: &str) -> Problem {
    let message = "the last valid version of this file stays published".to_owned();
    let hint = Some("fix its errors to publish the new version".to_owned());
    Problem { level: ProblemLevel::Warning, ..error(file, "last-good-kept", message, hint) }
}

//! Joins the files of a folder: each incident with its translations, and each ID once.
//!
//! Promises: the outcome follows from the files alone, in the order of their names. What is left out is reported.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::incident::Incident;
use crate::model::problem::{Problem, ProblemLevel, SourceKey, SourceMap};

use super::name::error;
use super::read_file::{Content, ReadFile};

/// What has been brought together so far.
pub(super) struct Gathering<'f> {
    /// By the main file's name.
    mains: BTreeMap<&'f str, Main>,
    problems: Vec<Problem>,
    places: SourceMap,
}

/// One main file in the version that is used, if any is.
struct Main {
    incident: Option<Arc<Incident>>,
    is_current: bool,
}

impl<'f> Gathering<'f> {
    /// Begins with the problems of the walk.
    pub(super) fn new(problems: Vec<Problem>) -> Self {
        Self { mains: BTreeMap::new(), problems, places: SourceMap::default() }
    }

    /// Takes what a file says of itself, and its incident if it is a main file.
    pub(super) fn take_main(&mut self, file: &'f ReadFile) {
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
        self.mains.insert(&file.file, main);
    }

    /// Puts a translation's words next to the main file's. Comes after every main file.
    pub(super) fn take_translation(&mut self, file: &ReadFile) {
        let Content::Translation { main, current, last_good } = &file.content else { return };
        self.problems.extend(current.problems.iter().cloned());
        let Some(main_file) = self.mains.get_mut(main.as_str()) else {
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
        let with_id = self.mains.iter().filter_map(|(file, main)| Some((main.incident.as_ref()?, *file)));
        let mut by_id: Vec<(Cow<'_, str>, &'f str)> =
            with_id.map(|(incident, file)| (lower_case(incident.id.as_str()), file)).collect();
        by_id.sort_unstable();
        let mut refused: Vec<(&str, &str)> = Vec::new();
        for twins in by_id.chunk_by(|(one, _), (other, _)| one == other).filter(|twins| twins.len() > 1) {
            let files = || twins.iter().map(|(_, file)| *file);
            let kept = files().find(|file| published(file)).or_else(|| files().next()).unwrap_or_default();
            refused.extend(files().filter(|file| *file != kept).map(|file| (file, kept)));
        }
        for (file, kept) in refused {
            let incident = self.mains.remove(file).and_then(|main| main.incident);
            let id = incident.map(|incident| incident.id.to_string()).unwrap_or_default();
            let place = self.places.find(file, SourceKey::Key("id".to_owned()));
            let message = format!("{kept} has the same ID, `{id}`, and is published instead");
            let hint = "change its `id` or its name".to_owned();
            self.problems.push(Problem { place, ..error(file, "duplicate-id", message, Some(hint)) });
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

fn lower_case(id: &str) -> Cow<'_, str> {
    let has_upper = id.bytes().any(|byte| byte.is_ascii_uppercase());
    if has_upper { id.to_ascii_lowercase().into() } else { id.into() }
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

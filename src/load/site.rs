//! Reads the whole folder of incidents as a site.
//!
//! Promises: one bad file never hides another; a file that cannot be used is replaced by its last good version, and its
//! problem is still reported; no file disappears without a problem. The result does not depend on the order in which files
//! are read, so it is the same with one thread and with many.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use crate::model::feature::FeatureId;
use crate::model::incident::Incident;
use crate::model::page::Page;
use crate::model::problem::{Problem, ProblemLevel, SourceMap};
use crate::model::site::Site;

use super::gathering::Gathering;
use super::memory::{Facts, ParseCache};
use super::read_file::ReadFile;
use super::reading::{Folders, read_files};
use super::walk;

/// Everything that `incidents/` holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loaded {
    /// The page with its incidents, newest start first, then by id.
    pub site: Site,
    /// All problems, in the order of the files.
    pub problems: Vec<Problem>,
    /// Where the facts of the incidents stand; of a file that its last good version replaces, nothing.
    pub places: SourceMap,
    /// Every file that was met, in the order of their names.
    pub sources: Vec<Source>,
}

/// One file as it is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Its path from the root, with `/` between folders.
    pub file: String,
    /// What it says; empty where it could not be read.
    pub text: Arc<str>,
    /// Whether it can be used as it is: worth keeping as the last good version.
    pub good: bool,
    /// Whether it can be read, whatever else is wrong with it.
    pub reads: bool,
    /// Whether its incident is missing: neither the file nor a replacement can be used.
    pub lost: bool,
    /// Whether the last reading that is remembered found the same.
    pub known: bool,
    /// When the file was last written, in nanoseconds since 1970; `None` if that was too shortly before it was read, or it was
    /// not.
    pub written: Option<i128>,
}

impl Source {
    /// What cannot even be opened as a file of an incident.
    fn unreadable(file: String) -> Self {
        Self { file, text: Arc::from(""), good: false, reads: false, lost: true, known: false, written: None }
    }
}

/// Reads every incident below `root/incidents`. A file with an error is replaced by the file of the same path
/// below `last_good`, if that is given and can be used.
pub fn read_site(root: &Path, page: Page, last_good: Option<&Path>) -> Loaded {
    read_site_again(
        root,
        page,
        StandIns { last_good, ..StandIns::default() },
        &mut ParseCache::default(),
        SystemTime::UNIX_EPOCH,
    )
}

/// What replaces files that cannot be read.
#[derive(Clone, Copy, Debug, Default)]
pub struct StandIns<'p> {
    /// The folder that has the last good versions.
    pub last_good: Option<&'p Path>,
    /// The files that count as open with what can be read of them, if they have no last good version.
    pub ongoing: Option<&'p BTreeSet<String>>,
}

/// The same, where only what was written since the last reading is parsed. `settled` is a moment so far back that a
/// file written before it would have another time or another length if it were written again now.
pub fn read_site_again(
    root: &Path,
    page: Page,
    stand_ins: StandIns<'_>,
    memory: &mut ParseCache,
    settled: SystemTime,
) -> Loaded {
    memory.fit(&page);
    let walked = walk::walk(root);
    let StandIns { last_good, ongoing } = stand_ins;
    let none = BTreeSet::new();
    let folders = Folders { root, last_good, ongoing: ongoing.unwrap_or(&none) };
    let files = read_files(folders, &walked.files, &page, memory, settled);
    let mut gathering = Gathering::new(walked.problems);
    for (_, file) in &files {
        gathering.take_main(file);
    }
    for (_, file) in &files {
        gathering.take_translation(file);
    }
    gathering.refuse_twins(|file| last_good.is_some_and(|folder| walk::has_file(folder, file)));
    let (incidents, problems, places) = gathering.into_parts();
    let source = |(facts, file): &(Option<Facts>, Arc<ReadFile>)| {
        let written = facts.map(|facts| facts.written);
        Source { written, ..source(file, &problems, memory.holds(file)) }
    };
    let unreadable = walked.unreadable.into_iter().map(Source::unreadable);
    let sources = files.iter().map(source).chain(unreadable).collect();
    memory.keep(&files);
    let incidents = incidents.into_iter().map(|incident| by_feature(incident, &page)).collect();
    Loaded { site: Site { page, incidents }, problems, places, sources }
}

/// The incident with features as they are called now where its file names groups or former ids: anyone who reads on knows
/// of neither.
fn by_feature(mut incident: Arc<Incident>, page: &Page) -> Arc<Incident> {
    let is_other = |id: &FeatureId| page.group(id).is_some() || page.current_id(id) != id;
    let of_updates = incident.updates.iter().flat_map(|update| update.statuses.keys());
    if !incident.affected.keys().chain(of_updates).any(is_other) {
        return incident;
    }
    let own = Arc::make_mut(&mut incident);
    own.affected = page.by_feature(&own.affected);
    for update in &mut own.updates {
        update.statuses = page.by_feature(&update.statuses);
    }
    incident
}

/// What becomes of a file that was read; good unless a problem of it is an error.
fn source(file: &ReadFile, problems: &[Problem], known: bool) -> Source {
    // Problems are sorted by their files, so those of one file stand together.
    let from = problems.partition_point(|problem| problem.file < file.file);
    let own = problems.iter().skip(from).take_while(|problem| problem.file == file.file);
    let good = own.into_iter().all(|problem| problem.level == ProblemLevel::Warning);
    let (reads, lost) = (file.reads(), file.is_lost());
    let (name, text) = (file.file.clone(), Arc::clone(&file.text));
    Source { file: name, text, good, reads, lost, known, written: None }
}

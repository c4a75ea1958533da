//! Chooses the incidents of an import that are written: those that `check` accepts, and all that are open.
//!
//! Promises: each file of the import is written, or a note says why not; an open or planned incident whose file could not be read
//! is written without its text, or is `lost`. Writes into a folder of its own that is removed again, and nowhere else.

use std::collections::BTreeMap;

use anyhow::Context;

use crate::check;
use crate::config;
use crate::files::Durability;
use crate::import::{self, Imported};
use crate::load;
use crate::model::Moment;
use crate::model::incident::Incident;
use crate::model::phase::Phase;
use crate::model::problem::{Problem, ProblemLevel};
use crate::workspace::{assets, write};

const PAGE: &str = "site/page.toml";

/// What is written, and what is not.
#[derive(Default)]
pub(super) struct Writable {
    /// The bytes by path.
    pub(super) files: BTreeMap<String, Vec<u8>>,
    pub(super) notes: Vec<Problem>,
    /// The source's files of open posts that cannot be written in any form.
    pub(super) lost: Vec<String>,
}

impl Writable {
    pub(super) fn of(imported: &Imported, now: Moment) -> anyhow::Result<Self> {
        let mut writable = Self { files: files_of(imported), ..Self::default() };
        let ongoing = imported.incidents.iter().filter(|incident| is_ongoing(incident, now));
        let ongoing: BTreeMap<&str, &Incident> =
            ongoing.map(|incident| (incident.file.as_str(), incident)).collect();
        let source = |file: &String| imported.sources.get(file).unwrap_or(file).clone();
        let mut shortened = Vec::new();
        for (file, Refusal { problem, is_readable }) in refused(&writable.files, now)? {
            let incident = ongoing.get(file.as_str());
            if file == PAGE || is_readable && incident.is_some() {
                writable.notes.push(problem);
            } else if let Some(incident) = incident {
                let short = import::shortened(incident, &source(&file));
                writable.files.insert(file.clone(), load::write_incident(&short).into_bytes());
                writable.notes.push(without_text(problem, &source(&file)));
                shortened.push(file);
            } else if writable.files.remove(&file).is_some() {
                writable.notes.push(left_out(problem));
            } else {
                writable.notes.push(problem);
            }
        }
        if !shortened.is_empty() {
            let still = refused(&writable.files, now)?;
            let is_lost = |file: &&String| still.get(*file).is_some_and(|refusal| !refusal.is_readable);
            writable.lost = shortened.iter().filter(is_lost).map(source).collect();
        }
        Ok(writable)
    }
}

fn files_of(imported: &Imported) -> BTreeMap<String, Vec<u8>> {
    let text_of = |incident: &Incident| (incident.file.clone(), load::write_incident(incident).into_bytes());
    let picture = |(path, bytes): (&String, &Vec<u8>)| (format!("site/static{path}"), bytes.clone());
    let mut files: BTreeMap<String, Vec<u8>> =
        imported.incidents.iter().map(text_of).chain(imported.pictures.iter().map(picture)).collect();
    files.insert(PAGE.to_owned(), config::write_page(&imported.page).into_bytes());
    files
}

/// Whether the source says of an incident that it is open at `now`, or does not say that it is over.
fn is_ongoing(incident: &Incident, now: Moment) -> bool {
    let last = incident.updates.iter().rev().find_map(|update| update.phase);
    let ends = last.is_some_and(Phase::is_over);
    !ends || incident.started <= now && !incident.phase_at(now).is_over()
}

/// Why `check` refuses a file.
struct Refusal {
    problem: Problem,
    /// That it can be read, and only what it says is refused.
    is_readable: bool,
}

/// The first error that `check` would report of each of these files, which are read as those of a site are.
fn refused(files: &BTreeMap<String, Vec<u8>>, now: Moment) -> anyhow::Result<BTreeMap<String, Refusal>> {
    let folder = tempfile::tempdir().context("failed to make a folder to check the import in")?;
    for (file, bytes) in files {
        write::file(&folder.path().join(file), bytes, Durability::Cached)?;
    }
    let (page, mut unreadable, _) = config::read_page(folder.path());
    unreadable.extend(assets::problems(folder.path()));
    let mut unsound = Vec::new();
    if let Some(page) = page {
        let loaded = load::read_site(folder.path(), page, None);
        unreadable.extend(loaded.problems);
        unsound = check::run(&loaded.site, &loaded.places, &[], now);
    }
    let mut first = BTreeMap::new();
    for (problems, is_readable) in [(unreadable, false), (unsound, true)] {
        for problem in problems.into_iter().filter(|problem| problem.level == ProblemLevel::Error) {
            first.entry(problem.file.clone()).or_insert(Refusal { problem, is_readable });
        }
    }
    Ok(first)
}

fn left_out(problem: Problem) -> Problem {
    let message = format!("it was left out, because it would be refused: {}", problem.message);
    Problem { place: None, rule: "left-out", message, ..problem }
}

fn without_text(problem: Problem, source: &str) -> Problem {
    let message =
        format!("it was written without its text, because it would be refused: {}", problem.message);
    let hint = Some(format!("its text is in {source}: write here what readers need of it"));
    Problem { place: None, rule: "without-text", message, hint, ..problem }
}

//! `allclear import`: another system's incidents into our files.
//!
//! Never writes over a file unless told to. A post that `check` refuses is named and left out, unless it is open or planned:
//! without it, the page would look better than its source.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::Context;

use crate::check;
use crate::config;
use crate::files::Durability;
use crate::import;
use crate::load;
use crate::model::Moment;
use crate::model::incident::Incident;
use crate::model::phase::Phase;
use crate::model::problem::{Problem, ProblemLevel};

use crate::cli::arguments::Import;
use crate::cli::exit::{Exit, Failure, Outcome};
use crate::cli::print::{self, GOOD, count, styled};
use crate::cli::problems;
use crate::workspace::root::Root;
use crate::workspace::{assets, ignored, write};

const PAGE: &str = "site/page.toml";

/// Brings in what the options name.
pub(crate) fn run(root: &Root, options: &Import) -> Outcome {
    match options {
        Import::Cstate { source, time_zone, force } => cstate(root, source, time_zone.as_deref(), *force),
    }
}

fn cstate(root: &Root, source: &Path, time_zone: Option<&str>, force: bool) -> Outcome {
    let zone = time_zone.map(zone).transpose()?;
    let mut imported = import::cstate(source, zone.as_ref())?;
    let text_of = |incident: &Incident| (incident.file.clone(), load::write_incident(incident).into_bytes());
    let pictures = imported.pictures.into_iter().map(|(path, bytes)| (format!("site/static{path}"), bytes));
    let mut files: BTreeMap<String, Vec<u8>> =
        imported.incidents.iter().map(text_of).chain(pictures).collect();
    files.insert(PAGE.to_owned(), config::write_page(&imported.page).into_bytes());
    let mut notes = std::mem::take(&mut imported.notes);
    let now = root.now();
    let ongoing = imported.incidents.iter().filter(|incident| is_ongoing(incident, now));
    let ongoing: BTreeSet<&str> = ongoing.map(|incident| incident.file.as_str()).collect();
    for (file, refusal) in refused(&files, now)? {
        let is_kept = file == PAGE || refusal.is_readable && ongoing.contains(file.as_str());
        let is_left_out = !is_kept && files.remove(&file).is_some();
        notes.push(if is_left_out { left_out(refusal.problem) } else { refusal.problem });
    }
    let incidents = files.keys().filter(|file| file.starts_with("incidents/")).count();
    let incidents = count(incidents, "incident", "incidents");
    let there = files.keys().find(|file| root.below(file).exists());
    if let (Some(file), false) = (there, force) {
        return Err(Failure::Refused {
            why: format!("{} is already there", root.below(file).display()),
            hint: "import into an empty folder with --root, or overwrite with --force".to_owned(),
        });
    }
    for (file, bytes) in &files {
        write::if_different(&root.below(file), bytes, Durability::Cached)?;
    }
    ignored::add(&root.path)?;
    problems::show(&mut notes, root.format);
    let has_errors = notes.iter().any(|note| note.level == ProblemLevel::Error);
    let notes = count(notes.len(), "note", "notes");
    print::say(&format!("{} {incidents} into {}, {notes}", styled(GOOD, "imported"), root.path.display()));
    print::say(
        "before the first `allclear notify`, run `allclear adopt`, so that nobody is notified of old \
         incidents",
    );
    Ok(if has_errors { Exit::Problems } else { Exit::Done })
}

fn zone(name: &str) -> Result<import::Zone, Failure> {
    import::Zone::named(name)
        .ok_or_else(|| Failure::Usage(format!("`{name}` is not a time zone; write it like Europe/Berlin")))
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

/// The first error that `check` would report of each of these files. They are written into a folder that is removed again,
/// and read there as a site is.
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
        unsound = check::run(&loaded.site, &loaded.places, now);
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

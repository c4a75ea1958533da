//! `allclear import`: another system's incidents into our files.
//!
//! Never writes over a file unless told to, and never a file that `check` refuses: such a post is named and left out.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context;

use crate::check;
use crate::config;
use crate::files::Durability;
use crate::import;
use crate::load;
use crate::model::Moment;
use crate::model::incident::Incident;
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
    for (file, problem) in refused(&files, root.now())? {
        let is_left_out = file != PAGE && files.remove(&file).is_some();
        notes.push(if is_left_out { left_out(problem) } else { problem });
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

/// The first error that `check` would report of each of these files. They are written into a folder that is removed again,
/// and read there as a site is.
fn refused(files: &BTreeMap<String, Vec<u8>>, now: Moment) -> anyhow::Result<BTreeMap<String, Problem>> {
    let folder = tempfile::tempdir().context("failed to make a folder to check the import in")?;
    for (file, bytes) in files {
        write::file(&folder.path().join(file), bytes, Durability::Cached)?;
    }
    let (page, mut problems, _) = config::read_page(folder.path());
    problems.extend(assets::problems(folder.path()));
    if let Some(page) = page {
        let loaded = load::read_site(folder.path(), page, None);
        problems.extend(loaded.problems);
        problems.extend(check::run(&loaded.site, &loaded.places, now));
    }
    let mut first = BTreeMap::new();
    for problem in problems.into_iter().filter(|problem| problem.level == ProblemLevel::Error) {
        first.entry(problem.file.clone()).or_insert(problem);
    }
    Ok(first)
}

fn left_out(problem: Problem) -> Problem {
    let message = format!("it was left out, because it would be refused: {}", problem.message);
    Problem { place: None, rule: "left-out", message, ..problem }
}

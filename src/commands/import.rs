//! `allclear import`: another system's incidents into our files.
//!
//! Never writes over a file unless told to, and never a file that could not be read back: such a post is named and left out.

use std::path::Path;

use crate::config;
use crate::files::Durability;
use crate::import;
use crate::load;
use crate::model::incident::Incident;
use crate::model::problem::{Problem, ProblemLevel};

use crate::cli::arguments::Import;
use crate::cli::exit::{Exit, Failure, Outcome};
use crate::cli::print::{self, GOOD, count, styled};
use crate::cli::problems;
use crate::workspace::root::Root;
use crate::workspace::{ignored, write};

/// Brings in what the options name.
pub(crate) fn run(root: &Root, options: &Import) -> Outcome {
    match options {
        Import::Cstate { source, time_zone, force } => cstate(root, source, time_zone.as_deref(), *force),
    }
}

fn cstate(root: &Root, source: &Path, time_zone: Option<&str>, force: bool) -> Outcome {
    let zone = time_zone.map(zone).transpose()?;
    let mut imported = import::cstate(source, zone.as_ref())?;
    let mut files = vec![("site/page.toml".to_owned(), config::write_page(&imported.page).into_bytes())];
    let mut notes = std::mem::take(&mut imported.notes);
    for incident in &imported.incidents {
        match written(incident) {
            Ok(text) => files.push((incident.file.clone(), text.into_bytes())),
            Err(refused) => notes.push(*refused),
        }
    }
    let incidents = count(files.len() - 1, "incident", "incidents");
    files.extend(imported.pictures.into_iter().map(|(path, bytes)| (format!("site/static{path}"), bytes)));
    let there = files.iter().find(|(file, _)| root.below(file).exists());
    if let (Some((file, _)), false) = (there, force) {
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

/// The incident's file, or why it would be refused.
fn written(incident: &Incident) -> Result<String, Box<Problem>> {
    let text = load::write_incident(incident);
    let read = load::parse_incident(&incident.file, &text);
    match read.problems.into_iter().find(|problem| problem.level == ProblemLevel::Error) {
        None => Ok(text),
        Some(problem) => Err(Box::new(Problem {
            file: incident.file.clone(),
            place: None,
            level: ProblemLevel::Error,
            rule: "left-out",
            message: format!("it was left out, because it would be refused: {}", problem.message),
            hint: problem.hint,
        })),
    }
}

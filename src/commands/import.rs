//! `allclear import`: another system's incidents into our files. Never writes over a file unless told to.

use std::path::Path;

use crate::config;
use crate::files::Durability;
use crate::import;
use crate::load;

use crate::cli::arguments::Import;
use crate::cli::exit::{Exit, Failure, Outcome};
use crate::cli::print::{self, GOOD, count, styled};
use crate::cli::problems;
use crate::workspace::root::Root;
use crate::workspace::write;

/// Brings in what the options name.
pub(crate) fn run(root: &Root, options: &Import) -> Outcome {
    match options {
        Import::Cstate { source, force } => cstate(root, source, *force),
    }
}

fn cstate(root: &Root, source: &Path, force: bool) -> Outcome {
    let mut imported = import::cstate(source)?.said_by(root.now());
    let mut files = vec![("site/page.toml".to_owned(), config::write_page(&imported.page))];
    for incident in &imported.incidents {
        files.push((incident.file.clone(), load::write_incident(incident)));
    }
    let there = files.iter().find(|(file, _)| root.below(file).exists());
    if let (Some((file, _)), false) = (there, force) {
        return Err(Failure::Refused {
            why: format!("{} is already there", root.below(file).display()),
            hint: "import into an empty folder with --root, or write over with --force".to_owned(),
        });
    }
    for (file, text) in &files {
        write::if_different(&root.below(file), text.as_bytes(), Durability::Cached)?;
    }
    problems::show(&mut imported.notes, root.format);
    let incidents = count(imported.incidents.len(), "incident", "incidents");
    let notes = count(imported.notes.len(), "note", "notes");
    print::say(&format!("{} {incidents} into {}, {notes}", styled(GOOD, "imported"), root.path.display()));
    print::say("before the first `allclear notify`, run `allclear adopt`: nobody is told of what is past");
    Ok(Exit::Done)
}

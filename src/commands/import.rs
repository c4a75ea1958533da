//! `allclear import`: writes another system's incidents as files of allclear.
//!
//! Replaces a file only with `--force`. A post that `check` refuses is named and left out, unless it is open or
//! planned: then it is written without its text, or nothing is written at all.

mod writable;

use std::path::Path;

use crate::files::Durability;
use crate::import;
use crate::model::problem::ProblemLevel;

use crate::cli::arguments::Import;
use crate::cli::exit::{Exit, Failure, Outcome};
use crate::cli::print::{self, GOOD, count, styled};
use crate::cli::problems;
use crate::workspace::root::Root;
use crate::workspace::{ignored, write};
use writable::Writable;

/// Brings in what the options name.
pub(crate) fn run(root: &Root, options: &Import) -> Outcome {
    match options {
        Import::Cstate { source, time_zone, force } => cstate(root, source, time_zone.as_deref(), *force),
    }
}

fn cstate(root: &Root, source: &Path, time_zone: Option<&str>, force: bool) -> Outcome {
    let zone = time_zone.map(zone).transpose()?;
    let imported = import::cstate(source, zone.as_ref())?;
    let Writable { files, mut notes, lost } = Writable::of(&imported, root.now())?;
    notes.extend(imported.notes);
    let lost = [imported.open_without_start, lost].concat();
    if let Some(file) = lost.first() {
        problems::show(&mut notes, root.format);
        return Err(Failure::Refused {
            why: format!(
                "{} cannot be imported, and without it the page would look better than its source",
                post(file, lost.len())
            ),
            hint: "fix what is reported of it there, and import again; nothing was written".to_owned(),
        });
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

/// An open post, and how many others there are.
fn post(file: &str, all: usize) -> String {
    match all {
        1 => format!("the open post {file}"),
        _ => format!("the open post {file} ({} in all)", all),
    }
}

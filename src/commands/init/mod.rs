//! `allclear init`: a new site in the operator's own name, or the sample.
//!
//! Promises: replaces no file; a folder that holds a repository gets the site next to its files. `check` finds no error
//! in a new site.

mod answers;
mod files;
mod lines;
mod next_steps;
mod questions;
mod speakers;

use std::io::BufRead as _;
use std::path::Path;

use serde_json::json;

use crate::cli::arguments::{Format, Init};
use crate::cli::exit::{Exit, Failure, Outcome};
use crate::cli::print;
use crate::commands::init::answers::Answers;
use crate::commands::init::questions::Ask;
use crate::files::Durability;
use crate::workspace::root::Root;
use crate::workspace::{ignored, sample, write};

/// Writes the site, next to what the folder holds.
pub(crate) fn run(root: &Root, options: &Init) -> Outcome {
    let dir = &options.dir;
    refuse_if_there(dir, ["site", "incidents"])?;
    let answers = if options.sample {
        None
    } else {
        let mut question = question;
        let ask: Option<Ask<'_>> = if print::is_interactive() { Some(&mut question) } else { None };
        let today = root.now().format("%Y-%m-%d").to_string();
        Some(Answers { today, ..Answers::of(options, ask)? })
    };
    let files = answers.as_ref().map_or_else(|| sample::files(root.now()), Answers::files);
    refuse_if_there(dir, files.iter().map(|(path, _)| path.as_str()))?;
    // Two at once would mix their answers.
    if !write::new_folder(&dir.join("site"))? {
        return Err(already_there(dir, "site"));
    }
    for (path, bytes) in &files {
        write::file(&dir.join(path), bytes, Durability::Cached)?;
    }
    ignored::add(dir)?;
    match root.format {
        Format::Json => {
            let paths: Vec<&String> = files.iter().map(|(path, _)| path).collect();
            print::exact(&format!("{:#}", json!({ "root": dir.display().to_string(), "files": paths })));
        }
        _ => next_steps::say(dir, answers.as_ref()),
    }
    Ok(Exit::Done)
}

fn refuse_if_there<'a>(dir: &Path, parts: impl IntoIterator<Item = &'a str>) -> Result<(), Failure> {
    let there = parts.into_iter().find(|part| dir.join(part).symlink_metadata().is_ok());
    there.map_or(Ok(()), |part| Err(already_there(dir, part)))
}

fn already_there(dir: &Path, part: &str) -> Failure {
    Failure::Refused {
        why: format!("{} is already there", dir.join(part).display()),
        hint: "choose a folder without a site".to_owned(),
    }
}

/// Asks on the terminal; `None` at the end of the input.
fn question(words: &str) -> std::io::Result<Option<String>> {
    print::ask(words);
    let mut answer = String::new();
    let read = std::io::stdin().lock().read_line(&mut answer)?;
    Ok((read > 0).then(|| answer.trim().to_owned()))
}

//! `allclear init`: a new site in the operator's own name, or the sample.
//!
//! Promises: writes over nothing; a folder that holds a repository gets the site next to what is there. What it writes
//! has no problem.

mod answers;
mod files;
mod questions;

use std::io::BufRead as _;
use std::path::Path;

use serde_json::json;

use crate::cli::arguments::{Format, Init};
use crate::cli::exit::{Exit, Failure, Outcome};
use crate::cli::print::{self, FAINT, GOOD, STRONG, styled};
use crate::commands::init::answers::Answers;
use crate::commands::init::files::SiteFiles;
use crate::commands::init::questions::Ask;
use crate::files::{Durability, Folder};
use crate::workspace::root::Root;
use crate::workspace::{sample, write};

/// What git should not keep.
const IGNORED: [&str; 3] = ["/public", "/internal", "/.allclear"];
const IGNORE_FILE: &str = ".gitignore";
/// The longest such list that is added to, in bytes.
const IGNORE_BYTES_MAX: u64 = 1 << 20;

/// Writes the site, next to what the folder holds.
pub(crate) fn run(root: &Root, options: &Init) -> Outcome {
    let dir = &options.dir;
    for part in ["site", "incidents"] {
        if dir.join(part).symlink_metadata().is_ok() {
            return Err(Failure::Refused {
                why: format!("{} is already there", dir.join(part).display()),
                hint: "name a folder without a site".to_owned(),
            });
        }
    }
    let files = if options.sample {
        sample::files(root.now())
    } else {
        let mut question = question;
        let ask: Option<Ask<'_>> = if print::is_interactive() { Some(&mut question) } else { None };
        Answers::of(options, ask)?.files()
    };
    if let Some((there, _)) = files.iter().find(|(path, _)| dir.join(path).symlink_metadata().is_ok()) {
        return Err(Failure::Refused {
            why: format!("{} is already there", dir.join(there).display()),
            hint: "name a folder without a site".to_owned(),
        });
    }
    for (path, bytes) in &files {
        write::file(&dir.join(path), bytes, Durability::Cached)?;
    }
    ignore(dir)?;
    match root.format {
        Format::Json => {
            let paths: Vec<&String> = files.iter().map(|(path, _)| path).collect();
            print::exact(&format!("{:#}", json!({ "root": dir.display().to_string(), "files": paths })));
        }
        _ => say(dir, &files, options.sample),
    }
    Ok(Exit::Done)
}

/// Adds what git should not keep to the list that may be there already.
fn ignore(dir: &Path) -> anyhow::Result<()> {
    let there = Folder::open(dir)?.read(IGNORE_FILE, IGNORE_BYTES_MAX)?.unwrap_or_default();
    let mut text = String::from_utf8_lossy(&there).into_owned();
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    let missing: String = IGNORED
        .iter()
        .filter(|line| !text.lines().any(|there| there.trim() == **line))
        .map(|line| format!("{line}\n"))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    write::file(&dir.join(IGNORE_FILE), format!("{text}{missing}").as_bytes(), Durability::Cached)
}

/// Asks on the terminal; `None` at the end of the input.
fn question(words: &str) -> std::io::Result<Option<String>> {
    print::ask(words);
    let mut answer = String::new();
    let read = std::io::stdin().lock().read_line(&mut answer)?;
    Ok((read > 0).then(|| answer.trim().to_owned()))
}

fn say(dir: &Path, files: &SiteFiles, is_sample: bool) {
    let at = dir.display();
    let has_plan = files.iter().any(|(path, _)| path == files::PLAN);
    print::say(&format!("{} {at}", styled(GOOD, "made")));
    let mut steps = vec![("look at the page", "allclear preview".to_owned())];
    if !is_sample {
        steps.push(("write an incident", "allclear new --title \"Checkout fails\" --eta +2h".to_owned()));
        steps.push(("set where to publish it", "site/page.toml, [[targets]]".to_owned()));
        let plan = if has_plan { "allclear subscribers add ADDRESS" } else { "create site/plan.toml first" };
        steps.push(("set who is notified", plan.to_owned()));
    }
    if dir != Path::new(".") {
        print::say(&format!("  {}", styled(STRONG, &format!("cd {at}"))));
    }
    for (what, how) in steps {
        print::say(&format!("  {what:<32} {}", styled(STRONG, &how)));
    }
    print::say(&styled(FAINT, "  every key of both files: docs/configuration.md of allclear"));
}

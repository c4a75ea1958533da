//! `allclear init`: a new site from the built-in sample. Never writes into a folder that holds anything.

use std::fs;

use crate::cli::arguments::Init;
use crate::cli::exit::{Exit, Failure, Outcome};
use crate::cli::print::{self, GOOD, STRONG, styled};
use crate::files::Durability;
use crate::workspace::sample;
use crate::workspace::write;

/// What git should not keep.
const IGNORED: &str = "/public\n/internal\n/.allclear\n";

/// Makes the folder and fills it.
pub(crate) fn run(options: &Init) -> Outcome {
    let dir = &options.dir;
    if fs::read_dir(dir).is_ok_and(|mut entries| entries.next().is_some()) {
        return Err(Failure::Refused {
            why: format!("{} is not empty", dir.display()),
            hint: "name a folder that is empty or not there yet".to_owned(),
        });
    }
    let written = sample::write(dir)?;
    write::file(&dir.join(".gitignore"), IGNORED.as_bytes(), Durability::Cached)?;
    let at = dir.display();
    print::say(&format!("{} {at}, {written} files", styled(GOOD, "made")));
    print::say(&format!("  {} name, address and features:  {at}/site/page.toml", styled(STRONG, "1")));
    print::say(&format!("  {} who speaks, by which ways:    {at}/site/plan.toml", styled(STRONG, "2")));
    print::say(&format!(
        "  {} the sample's stories, to read and then delete:  {at}/incidents/",
        styled(STRONG, "3")
    ));
    print::say(&format!("  {} look at it:  allclear preview --root {at}", styled(STRONG, "4")));
    Ok(Exit::Done)
}

//! `allclear build`: renders the site into a folder.
//!
//! Promises: a broken file holds back only itself; its last good version stays on the page and the exit code is 3. A folder
//! with other files is refused and stays as it is.

use std::path::Path;

use crate::check;
use crate::model::incident::Audience;

use crate::cli::arguments::{Build, Format};
use crate::cli::exit::{Exit, Failure, Outcome};
use crate::cli::print::{self, GOOD, WARN, count, styled};
use crate::cli::problems;
use crate::workspace::output;
use crate::workspace::root::Root;
use crate::workspace::stream;

/// Builds into the folder the options name.
pub(crate) fn run(root: &Root, options: &Build) -> Outcome {
    let mut opened = root.open()?;
    let out = root.below(options.out.as_deref().unwrap_or(Path::new(folder_of(&root.audience))));
    if options.out.is_none() && out.is_symlink() {
        return Err(Failure::Refused {
            why: format!(
                "{} is a link, which anyone who changes these files can point elsewhere",
                out.display()
            ),
            hint: "name the folder that it points to with --out".to_owned(),
        });
    }
    output::check(&root.path, &out, options.adopt_folder)?;
    let written = stream::build(root, &opened, root.audience, &out)?;
    root.save_last_valid(&opened)?;
    opened.problems.extend(check::run(&opened.site, &opened.places, opened.denied_words(), root.now()));
    let failed = problems::show(&mut opened.problems, root.format);
    if root.format == Format::Text {
        let (style, word) = if failed { (WARN, "built with problems:") } else { (GOOD, "built:") };
        print::say(&format!(
            "{} {} in {}, {} written, {} unchanged, {} removed",
            styled(style, word),
            count(written.written + written.kept, "file", "files"),
            out.display(),
            written.written,
            written.kept,
            written.removed
        ));
    }
    // The process ends: freeing each of ten thousand incidents takes longer than to build one of them.
    std::mem::forget(opened);
    Ok(if failed { Exit::Problems } else { Exit::Done })
}

/// The folder an audience's site goes to if none is named: never one for both.
fn folder_of(audience: &Audience) -> &str {
    audience.word()
}

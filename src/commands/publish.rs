//! `allclear publish`: the page to every target, in an order that never shows a broken page.
//!
//! Promises: what is wrong in a file holds back only itself; the exit code says the worst that happened.

use crate::check;
use crate::cli::arguments::{Format, Publish};
use crate::cli::exit::{Exit, Outcome};
use crate::cli::print::{self, WARN, styled};
use crate::cli::problems;
use crate::flow::notify::{gone, refuse_gone};
use crate::flow::publish::place::Journey;
use crate::flow::publish::{look_at_all, targets, to_all};
use crate::model::incident::Audience;
use crate::workspace::origin;
use crate::workspace::root::Root;
use crate::workspace::tree::tree;

/// Builds the page and takes it to the targets.
pub(crate) fn run(root: &Root, options: &Publish) -> Outcome {
    let mut opened = root.open()?;
    let targets = targets(root, &options.target)?;
    refuse_gone(&gone(root, &opened)?)?;
    let tree = tree(root, &opened, Audience::Public)?;
    root.keep_good(&opened)?;
    opened.problems.extend(check::run(&opened.site, &opened.places, root.now()));
    let failed = match root.format {
        Format::Json => problems::has_errors(&opened.problems),
        _ => problems::show(&mut opened.problems, root.format),
    };
    let origin = origin::origin(&root.path, &opened.site, root.now());
    if origin.changed {
        print::say(&format!(
            "{} files below site/, incidents/ or themes/ are not committed: commit them, or `allclear rollback` cannot \
             return to this build",
            styled(WARN, "note:")
        ));
    }
    let wait = (!options.no_verify).then_some(options.wait);
    let journey = Journey {
        root,
        force: options.force,
        remove_many: options.remove_many,
        purge_all: options.purge_all,
        wait,
    };
    let exit = if options.dry_run {
        look_at_all(&journey, &targets, &tree, &origin, &opened.problems)
    } else {
        to_all(&journey, &targets, &tree, &origin, &opened.problems)
    };
    Ok(if exit == Exit::Done && failed { Exit::Problems } else { exit })
}

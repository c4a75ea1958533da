//! `allclear publish`: the page to every target, in an order that never shows a broken page.
//!
//! Promises: what is wrong in a file holds back only itself; Ctrl-C ends what is in progress, and leaves every page whole.

use tokio::runtime::Runtime;
use tokio::sync::watch;

use crate::check;
use crate::cli::arguments::{Format, Publish};
use crate::cli::exit::{Exit, Failure, Outcome};
use crate::cli::print::{self, WARN, styled};
use crate::cli::problems;
use crate::config::target::Target;
use crate::flow::deliver::stop_at_a_signal;
use crate::flow::notify::{departed, gone, refuse_gone};
use crate::flow::publish::place::PublishRun;
use crate::flow::publish::{deletes, look_at_all, targets, to_all};
use crate::model::departed::Departed;
use crate::model::incident::Audience;
use crate::model::tree::SiteFiles;
use crate::publish::gone::Gone;
use crate::publish::pointer::BuildSource;
use crate::publish::send::Doubt;
use crate::workspace::origin;
use crate::workspace::root::Root;
use crate::workspace::tree::tree;

/// What the page still has cannot be gone from it.
fn refuse_what_is_there(purged: &Gone, tree: &SiteFiles) -> Result<(), Failure> {
    match tree.files.keys().find(|path| purged.holds(path)) {
        None => Ok(()),
        Some(path) => Err(Failure::Refused {
            why: format!("these files still produce {path}"),
            hint: "remove it from the files first".to_owned(),
        }),
    }
}

/// What is to be gone and is at no target was mistyped, or is gone already: either way, nothing was taken down.
fn refuse_what_is_nowhere(
    journey: &PublishRun<'_>,
    targets: &[Target],
    build: (&SiteFiles, &BuildSource),
    purge: &[String],
) -> Result<(), Failure> {
    // With the whole cache purged as well, it may be only there.
    if purge.is_empty() || journey.purge_all {
        return Ok(());
    }
    let Some(there) = deletes(journey, targets, build) else { return Ok(()) };
    let is_nowhere = |path: &&String| {
        let one = Gone::new([path.as_str()]);
        !there.iter().any(|file| one.holds(file))
    };
    match purge.iter().find(is_nowhere) {
        None => Ok(()),
        Some(path) => Err(Failure::Refused {
            why: format!("no target has {path}; nothing was changed"),
            hint: "paths are those of the page, such as `key.txt` for site/static/key.txt; `--dry-run` shows what \
                   would be deleted. If only a cache still has it, add `--purge-all`"
                .to_owned(),
        }),
    }
}

/// What is said at a signal.
const STOPPING: &str = "stopping: cancelling the upload or check in progress; the page stays whole. Press Ctrl-C \
                        again to quit at once";

/// Builds the page and takes it to the targets.
pub(crate) fn run(root: &Root, options: &Publish) -> Outcome {
    let mut opened = root.open()?;
    let targets = targets(root, &options.target)?;
    refuse_gone(&gone(root, &opened)?)?;
    if let Err(refused) = opened.refuse_lost() {
        root.show(&mut opened.problems);
        return Err(refused);
    }
    let purged = Gone::new(options.purge.iter().map(String::as_str));
    opened.departed = departed(root, &opened)?;
    let is_purged = |one: &Departed| purged.holds(&format!("incidents/{}/index.html", one.id));
    opened.departed.retain(|one| !is_purged(one));
    let tree = tree(root, &opened, Audience::Public)?;
    refuse_what_is_there(&purged, &tree)?;
    root.save_last_valid(&opened)?;
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
    let runtime = Runtime::new()?;
    let (stop, stopped) = watch::channel(false);
    runtime.spawn(stop_at_a_signal(stop, Some(STOPPING)));
    let journey = PublishRun {
        force: options.force,
        gone: purged,
        doubt: if options.repair { Doubt::Everything } else { Doubt::Nothing },
        remove_many: options.remove_many,
        purge_all: options.purge_all,
        every_target: options.every_target,
        wait,
        ..PublishRun::plain(root, stopped)
    };
    refuse_what_is_nowhere(&journey, &targets, (&tree, &origin), &options.purge)?;
    let exit = if options.dry_run {
        look_at_all(&journey, &targets, &tree, &origin, &opened.problems)
    } else {
        to_all(&journey, &targets, &tree, &origin, &opened.problems)
    };
    Ok(if exit == Exit::Done && failed { Exit::Problems } else { exit })
}

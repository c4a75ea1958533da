//! `allclear publish`: uploads the page to every target, in an order that never shows a broken page.
//!
//! Promises: an error in a file holds back only that file; Ctrl-C stops an upload, and every page stays complete.

use std::sync::Arc;

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
use crate::model::Moment;
use crate::model::departed::Departed;
use crate::model::incident::{Audience, Incident};
use crate::model::phase::IncidentKind;
use crate::model::site::Site;
use crate::model::tree::SiteFiles;
use crate::publish::gone::Gone;
use crate::publish::pointer::BuildSource;
use crate::publish::send::Doubt;
use crate::workspace::origin;
use crate::workspace::root::Root;
use crate::workspace::tree::tree;

/// What the page still has cannot be gone from it.
fn refuse_what_is_there(root: &Root, site: &Site, purge: &[String], tree: &SiteFiles) -> Result<(), Failure> {
    let made = |path: &&String| {
        let one = Gone::new([path.as_str()]);
        tree.files.keys().any(|file| one.holds(file))
    };
    let Some(path) = purge.iter().find(made) else { return Ok(()) };
    let is_of = |incident: &&Arc<Incident>| path.split('/').any(|part| part == incident.id.as_str());
    let copied = format!("site/static/{path}");
    let (why, hint) = match site.incidents.iter().find(is_of) {
        Some(incident) => (
            format!("{} is still there, and {path} is made from it", incident.file),
            way_out(incident, root.now()),
        ),
        None if root.below(&copied).exists() => {
            (format!("{copied} is still there"), format!("delete {copied} and run this again"))
        }
        None => (
            format!("every build makes {path}"),
            "name a file or folder that the site no longer has; `--dry-run` shows what would be deleted"
                .to_owned(),
        ),
    };
    Err(Failure::Refused { why: format!("{why}; nothing was changed"), hint })
}

/// How the page of an incident is taken down without leaving those who were notified without an end.
fn way_out(incident: &Incident, now: Moment) -> String {
    let (id, file) = (&incident.id, &incident.file);
    let delete = format!("delete {file} and run this again");
    if incident.phase_at(now).is_over() {
        return delete;
    }
    let end = match incident.kind {
        IncidentKind::Incident => format!(
            "`allclear update {id} --phase resolved` if it is over, or `allclear withdraw {id}` if it was reported in error"
        ),
        IncidentKind::Maintenance => format!("`allclear update {id} --phase cancelled`, or `completed`"),
    };
    format!(
        "first end it: {end}. Run `allclear publish` and `allclear notify`, so that subscribers know; then {delete}"
    )
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

/// Says what `--force` and `--purge` do to readers before they do it, and asks before the page of an incident is deleted.
fn warn_readers(options: &Publish) -> Result<(), Failure> {
    if options.force {
        print::say(&format!(
            "{} replaces the live page with this one, even if the live one is newer: incidents and updates that only the \
             live page has disappear from it",
            styled(WARN, "--force")
        ));
    }
    if options.purge.is_empty() {
        return Ok(());
    }
    print::say(&format!(
        "{} deletes {} from the targets and the CDN: links to it, also in messages that were sent, answer 404. No earlier \
         build can be rolled back to",
        styled(WARN, "--purge"),
        options.purge.join(", ")
    ));
    let is_incident = |path: &String| path.split('/').any(|part| part == "incidents");
    if options.yes || options.dry_run || !options.purge.iter().any(is_incident) {
        return Ok(());
    }
    if !print::is_interactive() {
        return Err(Failure::Refused {
            why: "deleting the page of an incident needs confirmation, and there is no terminal to ask on; nothing was \
                  changed"
                .to_owned(),
            hint: "if readers no longer need the page, and the incident is over, add --yes".to_owned(),
        });
    }
    if print::answers_yes("Delete the page of the incident now? [y/N]")? {
        return Ok(());
    }
    Err(Failure::Refused {
        why: "not confirmed; nothing was changed".to_owned(),
        hint: "to publish without deleting it, omit --purge".to_owned(),
    })
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
    refuse_what_is_there(root, &opened.site, &options.purge, &tree)?;
    root.save_last_valid(&opened)?;
    opened.problems.extend(check::run(&opened.site, &opened.places, opened.denied_words(), root.now()));
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
    warn_readers(options)?;
    let exit = if options.dry_run {
        look_at_all(&journey, &targets, &tree, &origin, &opened.problems)
    } else {
        to_all(&journey, &targets, &tree, &origin, &opened.problems)
    };
    Ok(if exit == Exit::Done && failed { Exit::Problems } else { exit })
}

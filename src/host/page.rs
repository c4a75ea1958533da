//! Builds the page when a file is saved and when the clock changes it, and puts it where readers see it.
//!
//! Promises: what cannot be read, built or put there leaves the old page as it is; a round lets the notifier look at exactly
//! what was put out, and at nothing that could not be put anywhere.

use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::check;
use crate::config;
use crate::model::Moment;
use crate::model::announced::Commit;
use crate::model::incident::Audience;
use crate::model::problem::{Level, Problem};
use crate::render;

use crate::cli::exit::{Exit, Failure};
use crate::cli::print::{self, count};
use crate::cli::problems;
use crate::flow::notify;
use crate::flow::publish;
use crate::host::part::Part;
use crate::host::{Host, with_time};
use crate::workspace::clock::Clock;
use crate::workspace::output;
use crate::workspace::overtaken;
use crate::workspace::pause;
use crate::workspace::rebuild::{Builder, Built};
use crate::workspace::root::{Opened, Root};
use crate::workspace::write::Target;

/// How long is checked whether readers get the page; then the part fails, and looks again in its next round.
const VERIFY: Duration = Duration::from_secs(30);

/// What people can read, and since when.
pub(super) struct Shown {
    pub(super) opened: Opened,
    pub(super) at: Moment,
}

/// What the part remembers from round to round.
struct Memory {
    builder: Builder,
    /// The problems that were told last.
    told: Vec<Problem>,
    /// Where the page goes while there is no target.
    out: Target,
    /// When the page was last put where readers see it, and from which commit.
    put: Option<(Instant, Option<Commit>)>,
}

/// The rounds of the part; each says how long the page stays as it is.
pub(super) fn rounds<'h>(host: &'h Host<'_>) -> impl FnMut() -> Result<Duration, Failure> + use<'h> {
    let mut memory = Memory {
        builder: Builder::new(Audience::Public),
        told: Vec::new(),
        out: Target::new(host.root.below(&host.options.out)),
        put: None,
    };
    move || round(host, &mut memory)
}

fn round(host: &Host<'_>, memory: &mut Memory) -> Result<Duration, Failure> {
    let started = Instant::now();
    // One moment for the whole round: what is told is what this page shows.
    let root = Root { clock: Clock::Fixed(host.now()), ..host.root.clone() };
    let files = host.files();
    let opened = memory.builder.open(&root)?;
    drop(files);
    tell_problems(host, &root, &opened, &mut memory.told);
    host.sender.offer(&opened, &host.bells.deliver);
    let built = memory.builder.build(&root, &opened)?;
    tell_built(host, &built, started);
    let put = put(host, &root, &opened, &built, memory)?;
    pause::at("after-build");
    let turn = render::next_turn(&opened.site, root.now(), Audience::Public);
    let shown = Shown { opened, at: root.now() };
    *host.shown.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(shown));
    // If there are targets one is enough, and whether one shows this is looked at before anyone is notified.
    host.bells.notify.ring();
    put.map(|()| rest(host, turn))
}

fn tell_built(host: &Host<'_>, built: &Built, started: Instant) {
    let milliseconds = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    let (files, changed) = (built.tree.files.len(), built.changed.len() + built.removed.len());
    let fields = json!({ "files": files, "changed": changed, "milliseconds": milliseconds });
    if changed > 0 {
        let words =
            format!("built {}, {changed} changed, in {milliseconds} ms", count(files, "file", "files"));
        host.log.say(host.now(), "built", Part::Page, &words, fields.clone());
    }
    host.board.did("built", with_time(fields, host.now()));
}

/// Puts the page where readers see it: to the targets, or into a folder if there is none. The outer failure is one if
/// nobody can read it; the inner one where some may.
fn put(
    host: &Host<'_>,
    root: &Root,
    opened: &Opened,
    built: &Built,
    memory: &mut Memory,
) -> Result<Result<(), Failure>, Failure> {
    let targets = config::read_targets(&root.path).ok_or_else(|| Failure::Refused {
        why: "nothing was published: a target in site/page.toml is invalid".to_owned(),
        hint: "run `allclear check` to see the error".to_owned(),
    })?;
    if let Err(held) = notify::refuse_gone(&notify::gone(root, opened)?) {
        return Ok(Err(held));
    }
    if targets.is_empty() {
        output::check(&root.path, &host.root.below(&host.options.out), false)?;
        memory.out.write(&built.tree)?;
        return Ok(Ok(()));
    }
    let commit = overtaken::commit_of(root);
    let is_same = built.changed.is_empty() && built.removed.is_empty();
    let is_there =
        |(at, of): &(Instant, Option<Commit>)| at.elapsed() < host.options.at_least_every && *of == commit;
    if is_same && memory.put.as_ref().is_some_and(is_there) {
        return Ok(Ok(()));
    }
    memory.put = None;
    match publish::again(root, &targets, &built.tree, &opened.site, VERIFY) {
        Exit::Done => {
            let fields =
                json!({ "targets": targets.len(), "commit": commit.as_ref().map(|commit| &commit.id) });
            let words = format!("published to {}", count(targets.len(), "target", "targets"));
            host.log.say(host.now(), "published", Part::Page, &words, fields.clone());
            host.board.did("published", with_time(fields, host.now()));
            memory.put = Some((Instant::now(), commit));
            Ok(Ok(()))
        }
        Exit::Refused => Ok(Err(Failure::Refused {
            why: "the page is not published: a target already has a build that is not older than these \
                 files"
                .to_owned(),
            hint:
                "the target is named above. `allclear publish --force` replaces its page; check first that \
                 it is not the newer one"
                    .to_owned(),
        })),
        _ => {
            Ok(Err(anyhow::anyhow!("not every target has the current page; the failure is reported above")
                .into()))
        }
    }
}

/// Until the page changes by itself, and not longer than the operator wants.
fn rest(host: &Host<'_>, turn: Option<Moment>) -> Duration {
    let left = turn.map(|turn| (turn - host.now()).to_std().unwrap_or(Duration::ZERO));
    if let Some(turn) = turn {
        host.board.did("next_turn", json!(turn.to_rfc3339()));
    }
    left.map_or(host.options.at_least_every, |left| left.min(host.options.at_least_every))
}

/// Says what is wrong in the files, when it is not what was said last.
fn tell_problems(host: &Host<'_>, root: &Root, opened: &Opened, told: &mut Vec<Problem>) {
    let mut found = opened.problems.clone();
    found.extend(check::run(&opened.site, &opened.places, root.now()));
    found.sort();
    let errors = found.iter().filter(|problem| problem.level == Level::Error).count();
    let warnings = found.len() - errors;
    let fields = json!({ "errors": errors, "warnings": warnings });
    if found != *told {
        found.iter().for_each(|problem| print::say(&problems::as_text(problem)));
        let words = format!(
            "{} and {} in the files",
            count(errors, "error", "errors"),
            count(warnings, "warning", "warnings")
        );
        host.log.say(host.now(), "checked", Part::Page, &words, fields.clone());
    }
    host.board.did("problems", fields);
    *told = found;
}

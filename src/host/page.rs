//! Builds the page when a file is saved or when the clock changes it, and passes it to every target.
//!
//! Promises: if the files cannot be read or built, the old page stays; no build waits for a target; the notifier sees
//! exactly what was published.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::check;
use crate::model::Moment;
use crate::model::announced::{Baseline, Commit};
use crate::model::incident::Audience;
use crate::model::problem::{Problem, ProblemLevel};
use crate::render;

use crate::cli::exit::Failure;
use crate::cli::print::{self, count};
use crate::cli::problems;
use crate::flow::notify;
use crate::host::part::Part;
use crate::host::shown::{Job, Shown, TAKEN_BACK};
use crate::host::{Host, with_time};
use crate::workspace::clock::Clock;
use crate::workspace::origin;
use crate::workspace::output;
use crate::workspace::rebuild::{Builder, Built};
use crate::workspace::root::{LoadedSite, Root};
use crate::workspace::stale_checkout;
use crate::workspace::test_hooks;
use crate::workspace::write::Target;

/// How often is looked for a commit that ends a rollback.
const COMMIT: Duration = Duration::from_secs(5);

/// What the part remembers from round to round.
struct Memory {
    /// How many builds were other ones than the build before.
    number: u64,
    builder: Builder,
    /// The problems that were reported last.
    told: Vec<Problem>,
    /// Where the page goes while there is no target.
    out: Target,
    /// Whether it was said that no page goes to the folder of `--out`.
    is_unused_told: bool,
    /// The last build that went to the targets, and its commit.
    job: Option<(Arc<Job>, Option<Commit>)>,
    /// What was announced when the ledger was last asked.
    announced: Option<Baseline>,
}

/// The rounds of the part; each says how long the page stays as it is.
pub(super) fn rounds(host: &Arc<Host>) -> impl FnMut() -> Result<Duration, Failure> + use<'_> {
    let mut memory = Memory {
        number: 0,
        builder: Builder::new(Audience::Public),
        told: Vec::new(),
        out: Target::new(out_of(host)),
        is_unused_told: false,
        job: None,
        announced: None,
    };
    move || round(host, &mut memory)
}

fn round(host: &Arc<Host>, memory: &mut Memory) -> Result<Duration, Failure> {
    let started = Instant::now();
    // One time for the whole round: what is announced is what this page shows.
    let root = Root { clock: Clock::Fixed(host.now()), ..host.root.clone() };
    let files = host.files();
    let mut opened = memory.builder.open(&root)?;
    drop(files);
    ask_ledger(host, &root, memory)?;
    let told = memory.announced.as_ref();
    opened.departed = told.map(|told| notify::departed_since(told, &root, &opened)).unwrap_or_default();
    tell_problems(host, &root, &opened, &mut memory.told);
    host.sender.offer(&opened, &host.wake_signals.deliver);
    let built = memory.builder.build(&root, &opened)?;
    tell_built(host, &built, started);
    let turn = render::next_turn(&opened.site, root.now(), Audience::Public);
    let wake = turn.into_iter().chain(notify::next_reminder(&opened, root.now())).min();
    put(host, &root, opened, &built, memory)?;
    test_hooks::at("after-build");
    host.health_state.turns(turn);
    Ok(rest(host, wake))
}

/// Asks what was announced. A ledger that cannot be reached keeps no page from being built: then what it last said counts.
fn ask_ledger(host: &Host, root: &Root, memory: &mut Memory) -> Result<(), Failure> {
    if host.health_state.is_failing(&Part::Ledger) {
        return Ok(());
    }
    match notify::announced(root) {
        Ok(announced) => memory.announced = announced,
        Err(Failure::World(error)) => {
            let words = format!("the page is built without the ledger: {error:#}");
            host.log.say(
                host.now(),
                "no_ledger",
                &Part::Page,
                &words,
                json!({ "why": format!("{error:#}") }),
            );
        }
        Err(failure) => return Err(failure),
    }
    Ok(())
}

fn tell_built(host: &Host, built: &Built, started: Instant) {
    host.metrics.built(started.elapsed());
    let milliseconds = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    let (files, changed) = (built.tree.files.len(), built.changed.len() + built.removed.len());
    let fields = json!({ "files": files, "changed": changed, "milliseconds": milliseconds });
    if changed > 0 {
        let words =
            format!("built {}, {changed} changed, in {milliseconds} ms", count(files, "file", "files"));
        host.log.say(host.now(), "built", &Part::Page, &words, fields.clone());
    }
    host.health_state.record_event("built", with_time(fields, host.now()));
}

/// Where the page goes while there is no target: never one folder for two audiences.
fn out_of(host: &Host) -> PathBuf {
    let named = host.options.out.as_deref();
    host.root.below(named.unwrap_or_else(|| Path::new(host.root.audience.word())))
}

/// Puts the page where readers see it: into a folder, or to the targets if there are any.
fn put(
    host: &Arc<Host>,
    root: &Root,
    opened: LoadedSite,
    built: &Built,
    memory: &mut Memory,
) -> Result<(), Failure> {
    let targets = root.read_targets().ok_or_else(|| Failure::Refused {
        why: "nothing was published: a target in site/page.toml is invalid".to_owned(),
        hint: "run `allclear check` to see the error".to_owned(),
    })?;
    let told = memory.announced.as_ref();
    notify::refuse_gone(&told.map(|told| notify::gone_since(told, root, &opened)).unwrap_or_default())?;
    opened.refuse_lost()?;
    let commit = stale_checkout::commit_of(root);
    let is_same = built.changed.is_empty() && built.removed.is_empty();
    let before = memory.job.as_ref().and_then(|(_, commit)| commit.as_ref());
    let is_new_commit = before.is_some_and(|before| Some(before) != commit.as_ref());
    let committed = commit.as_ref().filter(|_| is_new_commit).map(|commit| commit.at);
    let last = memory.job.take().filter(|(_, of)| is_same && *of == commit).map(|(job, _)| job);
    let number = memory.number + u64::from(last.is_none());
    memory.number = number;
    let origin = origin::origin(&root.path, &opened.site, root.now());
    let shown = Arc::new(Shown { number, opened, at: root.now() });
    let job = last.unwrap_or_else(|| {
        let (tree, shown) = (Arc::clone(&built.tree), Arc::clone(&shown));
        Arc::new(Job { tree, origin, shown, committed })
    });
    if targets.is_empty() {
        output::check(&root.path, &out_of(host), false)?;
        memory.out.write(&built.tree)?;
        host.is_out(&shown);
    } else if let (Some(out), false) = (&host.options.out, memory.is_unused_told) {
        let words = format!("--out {} has no effect: site/page.toml names targets", out.display());
        host.log.say(host.now(), "out_unused", &Part::Page, &words, json!({}));
        memory.is_unused_told = true;
    }
    host.is_unchanged(&shown);
    host.targets.offer(host, targets, &job);
    memory.job = Some((job, commit));
    Ok(())
}

/// Until the page changes by itself, and not longer than the operator wants.
fn rest(host: &Host, turn: Option<Moment>) -> Duration {
    let left = turn.map(|turn| (turn - host.now()).to_std().unwrap_or(Duration::ZERO));
    // A commit alone changes no file, and where the page was taken back it is waited for.
    let is_awaited = host.health_state.has_note(TAKEN_BACK);
    let most = if is_awaited { host.options.at_least_every.min(COMMIT) } else { host.options.at_least_every };
    left.map_or(most, |left| left.min(most))
}

/// Says what is wrong in the files and was not so the last time, and how much there is in all.
fn tell_problems(host: &Host, root: &Root, opened: &LoadedSite, told: &mut Vec<Problem>) {
    let mut found = opened.problems.clone();
    found.extend(check::run(&opened.site, &opened.places, opened.denied_words(), root.now()));
    found.sort();
    let errors = found.iter().filter(|problem| problem.level == ProblemLevel::Error).count();
    let warnings = found.len() - errors;
    let fields = json!({ "errors": errors, "warnings": warnings });
    if found != *told {
        let news = found.iter().filter(|problem| !told.contains(problem));
        news.for_each(|problem| print::say(&problems::as_text(problem)));
        let words = format!(
            "{} and {} in the files",
            count(errors, "error", "errors"),
            count(warnings, "warning", "warnings")
        );
        host.log.say(host.now(), "checked", &Part::Page, &words, fields.clone());
    }
    host.health_state.record_event("problems", fields);
    *told = found;
}

//! Builds the page when a file is saved and when the clock changes it, and puts it where people read it.
//!
//! Promises: what cannot be read, built or put there leaves the old page as it is; a round that ends well lets the
//! notifier look at exactly what people can read now.

use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::check;
use crate::model::Moment;
use crate::model::incident::Audience;
use crate::model::problem::{Level, Problem};
use crate::render;

use super::super::clock::Clock;
use super::super::exit::Failure;
use super::super::pause;
use super::super::print::{self, count};
use super::super::problems;
use super::super::rebuild::Builder;
use super::super::root::{Opened, Root};
use super::super::write::Target;
use super::part::Part;
use super::{Host, with_time};

/// What people can read, and since when.
pub(super) struct Shown {
    pub(super) opened: Opened,
    pub(super) at: Moment,
}

/// The rounds of the part; each says how long the page stays as it is.
pub(super) fn rounds<'h>(host: &'h Host<'_>) -> impl FnMut() -> Result<Duration, Failure> + use<'h> {
    let mut told = Vec::new();
    let mut builder = Builder::new(Audience::Public);
    let mut out = Target::new(host.root.below(&host.options.out));
    move || round(host, &mut builder, &mut out, &mut told)
}

fn round(
    host: &Host<'_>,
    builder: &mut Builder,
    out: &mut Target,
    told: &mut Vec<Problem>,
) -> Result<Duration, Failure> {
    let started = Instant::now();
    // One moment for the whole round: what is told is what this page shows.
    let root = Root { clock: Clock::Fixed(host.now()), ..host.root.clone() };
    let files = host.files();
    let opened = builder.open(&root)?;
    drop(files);
    tell_problems(host, &root, &opened, told);
    host.sender.offer(&opened, &host.bells.deliver);
    let tree = builder.build(&root, &opened)?.tree;
    let written = out.write(&tree)?;
    let milliseconds = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    let (files, changed) = (tree.files.len(), written.written + written.removed);
    let fields = json!({ "files": files, "changed": changed, "milliseconds": milliseconds });
    if changed > 0 {
        let words =
            format!("built {}, {changed} changed, in {milliseconds} ms", count(files, "file", "files"));
        host.log.say(host.now(), "built", Part::Page, &words, fields.clone());
    }
    host.board.did("built", with_time(fields, root.now()));
    pause::at("after-build");
    let turn = render::next_turn(&opened.site, root.now(), Audience::Public);
    *host.shown.lock().unwrap_or_else(PoisonError::into_inner) =
        Some(Arc::new(Shown { opened, at: root.now() }));
    host.bells.notify.ring();
    Ok(rest(host, turn))
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

//! What follows when a build was sent: caches are told, and the page is read as readers read it.
//!
//! Promises: with several targets one that readers reach is enough; if none is there in time, the operator is told
//! what is there instead, and the exit code says so.

use std::time::Duration;

use serde_json::{Value, json};

use crate::cli::exit::{Exit, Failure};
use crate::cli::print::{self, BAD, GOOD, STRONG, WARN, count, styled};
use crate::cli::span::say_span;
use crate::config::target::Target;
use crate::net::{Client, Limits};
use crate::publish::manifest::FileFacts;
use crate::publish::pointer::POINTER_PATH;
use crate::publish::send::{Parcel, Sent};
use crate::publish::verify::{Expected, Miss, Patience, sample, verify};
use crate::purge::{Purge, Purged, Waits, purge};
use crate::workspace::root::Root;

use crate::flow::publish::place::Journey;

/// One call to a cache, or one look at a file, takes no longer.
const LIMITS: Limits = Limits { connect: Duration::from_secs(10), answer: Duration::from_secs(30) };

/// So many misses are named.
const MISSES_NAMED: usize = 3;

/// A target that a build was sent to.
pub(super) struct Arrived<'a> {
    pub(super) target: &'a Target,
    pub(super) parcel: Parcel,
    pub(super) sent: Sent,
}

/// Tells the cache in front of a target what changed. Gives the exit and what scripts are told.
pub(super) fn tell_cache(journey: &Journey<'_>, arrived: &Arrived<'_>) -> (Exit, Option<Value>) {
    let Arrived { target, sent, parcel } = arrived;
    let root = journey.root;
    let Some(cdn) = &target.cdn else { return (Exit::Done, None) };
    // Cloud caches keep the name of an order for ever, and do nothing when it comes again.
    let reference = format!("{}-{:016x}", sent.build.short(), fastrand::u64(..));
    let every = || parcel.files.keys().cloned().collect();
    let mut paths: Vec<String> = if journey.purge_all { every() } else { sent.changed.clone() };
    if !paths.is_empty() {
        // No cache should keep it, and one that does would hold everyone up.
        paths.push(POINTER_PATH.to_owned());
    }
    let order = Purge { url: &target.url, paths: &paths, reference: &reference };
    let purged = runtime().and_then(|runtime| {
        let client = Client::new(LIMITS)?;
        let now = || root.now();
        Ok(runtime.block_on(purge(cdn, &order, &root.path, &client, Waits::USUAL, &now))?)
    });
    let name = cdn.kind.title;
    match purged {
        Ok(Purged::Urls(0)) => (Exit::Done, None),
        Ok(Purged::Urls(number)) => {
            let words = format!("{name} purges {}", count(number, "address", "addresses"));
            print::say(&format!("{} `{}`: {words}", styled(GOOD, "purged:"), target.name));
            (Exit::Done, Some(json!({ "urls": number })))
        }
        Ok(Purged::Everything) => {
            print::say(&format!("{} `{}`: {name} purged everything", styled(GOOD, "purged:"), target.name));
            (Exit::Done, Some(json!("everything")))
        }
        Err(failure) => {
            let words = match failure {
                Failure::World(error) => format!("{error:#}"),
                other => format!("{other:?}"),
            };
            print::say(&format!("{} target `{}`: {words}", styled(BAD, "error:"), target.name));
            let hint = "readers may see the old page until the CDN's copies expire; once the CDN answers \
                 again, run `allclear publish --purge-all`";
            print::say(&format!("{} {hint}", styled(STRONG, "  help:")));
            (Exit::WorldFailed, Some(json!({ "error": words })))
        }
    }
}

/// Reads the page at every target at once, for as long as `wait`. Says what readers get; for each target whether it is
/// what was sent.
pub(super) fn look(root: &Root, arrived: &[Arrived<'_>], wait: Duration) -> (Exit, Vec<bool>) {
    let looked = runtime().and_then(|runtime| {
        let client = Client::new(LIMITS)?;
        let now = || root.now();
        let patience = Patience { total: wait, ..Patience::USUAL };
        let expected: Vec<Vec<Expected>> = arrived.iter().map(expected).collect();
        let looks = arrived.iter().zip(&expected).map(|(arrived, expected)| {
            verify(&client, &arrived.target.url, &arrived.sent.build, expected, patience, &now)
        });
        Ok(runtime.block_on(futures_util::future::join_all(looks)))
    });
    match looked {
        Ok(looked) => {
            let right: Vec<bool> = looked.iter().map(Result::is_ok).collect();
            let is_somewhere = right.contains(&true);
            for (arrived, looked) in arrived.iter().zip(&looked) {
                say(arrived.target, looked, is_somewhere, wait);
            }
            let exit = if is_somewhere || right.is_empty() { Exit::Done } else { Exit::WorldFailed };
            (exit, right)
        }
        Err(failure) => {
            print::failure(&failure);
            (failure.exit(), vec![false; arrived.len()])
        }
    }
}

/// What is looked at: the first page, and a sample of what changed.
fn expected(arrived: &Arrived<'_>) -> Vec<Expected> {
    let changed = arrived.sent.changed.iter().map(String::as_str).filter(|path| *path != "index.html");
    let paths = std::iter::once("index.html").chain(changed);
    let known = |path: &str| {
        let bytes = arrived.parcel.files.get(path)?;
        Some(Expected { path: path.to_owned(), facts: FileFacts::of(bytes) })
    };
    sample(paths).into_iter().filter_map(known).collect()
}

fn say(target: &Target, looked: &Result<(), Vec<Miss>>, is_somewhere: bool, wait: Duration) {
    let Err(misses) = looked else {
        print::say(&format!("{} readers of {} get the new build", styled(GOOD, "verified:"), target.url));
        return;
    };
    let (style, word) = if is_somewhere { (WARN, "not verified:") } else { (BAD, "not verified:") };
    let waited = chrono::TimeDelta::from_std(wait).map(say_span).unwrap_or_default();
    let named = misses.iter().take(MISSES_NAMED).map(|miss| format!("/{} {}", miss.path, miss.found));
    let mut named: Vec<String> = named.collect();
    if let Some(more) = misses.len().checked_sub(MISSES_NAMED).filter(|more| *more > 0) {
        named.push(format!("and {more} more"));
    }
    print::say(&format!(
        "{} readers of {} still do not get the new build after {waited}: {}",
        styled(style, word),
        target.url,
        named.join("; ")
    ));
}

fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    Ok(tokio::runtime::Builder::new_current_thread().enable_all().build()?)
}

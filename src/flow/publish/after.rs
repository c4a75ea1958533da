//! The steps after an upload: purges the CDN, and reads the page as readers do.
//!
//! Promises: each call has a limit, and ends at once when allclear stops. Never prints: `say.rs` does.

use std::future::Future;
use std::time::Duration;

use crate::cli::exit::Failure;
use crate::config::target::Target;
use crate::net::{Client, Timeouts};
use crate::publish::manifest::FileFacts;
use crate::publish::pointer::POINTER_PATH;
use crate::publish::send::{Sent, UploadJob};
use crate::publish::verify::{Expected, Mismatch, PollLimits, Published, sample, verify};
use crate::purge::{Purge, Purged, Waits, purge};

use crate::flow::publish::place::PublishRun;

/// One call to a cache, or one look at a file, takes no longer.
const LIMITS: Timeouts = Timeouts { connect: Duration::from_secs(10), answer: Duration::from_secs(30) };

/// Purges what changed from the cache in front of a target; `None` if there is no cache, or nothing to purge.
pub(super) fn purge_cache(
    journey: &PublishRun<'_>,
    target: &Target,
    parcel: &UploadJob,
    sent: &Sent,
) -> Result<Option<Purged>, Failure> {
    let root = journey.root;
    let Some(cdn) = &target.cdn else { return Ok(None) };
    // Cloud caches keep the name of an order for ever, and do nothing when it comes again.
    let reference = format!("{}-{:016x}", sent.build.short(), fastrand::u64(..));
    let every = || parcel.files.keys().cloned().collect();
    let mut paths: Vec<String> = if journey.purge_all { every() } else { sent.changed.clone() };
    if !paths.is_empty() {
        // No cache should keep it, and one that does would hold everyone up.
        paths.push(POINTER_PATH.to_owned());
    }
    let order = Purge { url: &target.url, paths: &paths, reference: &reference };
    let client = Client::new(LIMITS)?;
    let now = || root.now();
    let purged = journey.wait_for(purge(cdn, &order, &root.path, &client, Waits::USUAL, &now));
    match purged.map_err(anyhow::Error::from)?? {
        Purged::Urls(0) => Ok(None),
        purged => Ok(Some(purged)),
    }
}

/// Reads the page at a target, for as long as `wait` and until `enough` is over; what is not what was sent.
pub(super) fn look(
    journey: &PublishRun<'_>,
    target: &Target,
    parcel: &UploadJob,
    sent: &Sent,
    wait: Duration,
    enough: impl Future<Output = ()>,
) -> Result<Vec<Mismatch>, Failure> {
    let client = Client::new(LIMITS)?;
    let now = || journey.root.now();
    let patience = PollLimits { total: wait, ..PollLimits::USUAL };
    let expected = expected(target, parcel, sent);
    let published = Published { build: &sent.build, files: &expected };
    let looked = verify(&client, &target.url, published, patience, enough, &now);
    let looked = journey.wait_for(looked).map_err(anyhow::Error::from)?;
    Ok(looked.err().unwrap_or_default())
}

/// What is looked at: the first page, and a sample of what changed.
fn expected(target: &Target, parcel: &UploadJob, sent: &Sent) -> Vec<Expected> {
    let changed = sent.changed.iter().map(String::as_str).filter(|path| *path != "index.html");
    let paths = std::iter::once("index.html").chain(changed);
    let known = |path: &str| {
        let bytes = parcel.files.get(path)?;
        let at = target.links.named(path);
        Some(Expected { path: path.to_owned(), at, facts: FileFacts::of(bytes) })
    };
    sample(paths).into_iter().filter_map(known).collect()
}

//! Publishes to one target repeatedly, for `run`.
//!
//! Promises: each failure is returned as a sentence with a hint; nothing is printed.

use std::future::Future;
use std::time::Duration;

use crate::cli::exit::Failure;
use crate::config::target::Target;
use crate::model::tree::SiteFiles;
use crate::publish::newer::NotNewer;
use crate::publish::pointer::{BuildSource, TakenBack};
use crate::publish::send::{Doubt, Sent, UploadJob};
use crate::publish::verify::{Found, Mismatch};

use crate::flow::publish::after;
use crate::flow::publish::parcel::parcel;
use crate::flow::publish::place::PublishRun;
use crate::flow::publish::say;
use crate::workspace::test_hooks::SignOfLife;

/// Why a target does not have the page.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// The page was taken back there on purpose: from which commit, by whom and when.
    TakenBack(String, Option<TakenBack>),
    /// Any other failure.
    Failed(Failure),
}

/// Why readers were not seen to get the page.
#[derive(Debug)]
pub(crate) struct Unseen {
    failure: Failure,
    /// Whether they get other bytes than were sent: a cache may keep them, or someone damaged them.
    pub(crate) is_damaged: bool,
}

impl From<Unseen> for Failure {
    fn from(unseen: Unseen) -> Self {
        unseen.failure
    }
}

/// A build that is at a target.
pub(crate) struct Arrived {
    parcel: UploadJob,
    /// What happened to it.
    pub(crate) sent: Sent,
    /// The same in a sentence.
    pub(crate) words: String,
}

/// Takes a tree to a target and tells the cache in front of it.
pub(crate) fn take(
    journey: &PublishRun<'_>,
    target: &Target,
    tree: &SiteFiles,
    origin: &BuildSource,
) -> Result<Arrived, Trouble> {
    let parcel = parcel(target, tree, origin);
    let sent = journey.take(target, &parcel).map_err(|error| match say::refusal(&error) {
        Some(NotNewer::RolledBack { commit, back }) => Trouble::TakenBack(commit.clone(), back.clone()),
        Some(refusal) => {
            Trouble::Failed(Failure::Refused { why: refusal.to_string(), hint: refusal.hint().to_owned() })
        }
        None => Trouble::Failed(anyhow::anyhow!("{error}; {}", say::hint(&error)).into()),
    })?;
    after::purge_cache(journey, target, &parcel, &sent).map_err(Trouble::Failed)?;
    let words = say::sentence(target, &sent);
    Ok(Arrived { parcel, sent, words })
}

/// Checks whether readers get what arrived, for as long as `wait` and until `enough` is over.
pub(crate) fn show(
    journey: &PublishRun<'_>,
    target: &Target,
    arrived: &Arrived,
    wait: Duration,
    enough: impl Future<Output = ()>,
) -> Result<(), Unseen> {
    let misses = after::look(journey, target, &arrived.parcel, &arrived.sent, wait, enough);
    let misses = misses.map_err(|failure| Unseen { failure, is_damaged: false })?;
    if misses.is_empty() {
        return Ok(());
    }
    let missed = say::missed(&misses);
    let failure = anyhow::anyhow!("readers of {} do not get the new build: {missed}", target.url).into();
    let is_damage = |miss: &Mismatch| matches!(miss.found, Found::Status(_) | Found::Other(_));
    Err(Unseen { failure, is_damaged: misses.iter().any(is_damage) })
}

impl PublishRun<'_> {
    /// What is checked of a target: if it is `due`, its listing and a sample of its files; if `damaged`, every file.
    pub(crate) fn doubting(self, due: bool, damaged: bool) -> Self {
        let doubt = match (due, damaged) {
            (_, true) => Doubt::Everything,
            (true, false) => Doubt::Listed { draw: fastrand::u64(..) },
            (false, false) => Doubt::Nothing,
        };
        Self { doubt, ..self }
    }

    /// One that gives signs of life as often as it makes progress.
    pub(crate) fn signing(self, sign: SignOfLife) -> Self {
        Self { sign: Some(sign), ..self }
    }
}

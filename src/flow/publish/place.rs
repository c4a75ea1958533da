//! One build on its way to one target: opens what the target is, and lends it the clock, git and chance.
//!
//! Promises: a target whose secret is missing or that cannot be opened is an error of that target alone. Never says
//! anything: `say.rs` does.

use std::time::{Duration, Instant, SystemTime};

use tokio::runtime::Runtime;

use crate::config::target::{Place, Switch, Target};
use crate::publish::branch::{BranchError, BranchTarget};
use crate::publish::handover::{Handover, HandoverError};
use crate::publish::newer::{Refusal, may_replace};
use crate::publish::pointer::Pointer;
use crate::publish::probe;
use crate::publish::releases::{ReleaseError, Releases};
use crate::publish::send::{Parcel, SendError, Sent, Survey, Terms, read_pointer, send, survey};
use crate::publish::store::{Bucket, Conditions, FolderStore, OpenError, Store};
use crate::workspace::pause;
use crate::workspace::root::Root;
use crate::workspace::state;

use crate::workspace::git::Git;

/// How long a publisher may be silent before the next takes over.
const LEASE: Duration = Duration::from_secs(30);

/// What every target of one run has in common.
pub(crate) struct Journey<'a> {
    /// The site.
    pub(crate) root: &'a Root,
    /// Whether the live build may be newer.
    pub(crate) force: bool,
    /// Whether unusually many files may be deleted.
    pub(crate) remove_many: bool,
    /// Whether caches release the whole page, and not only of what changed.
    pub(crate) purge_all: bool,
    /// How long to check whether readers get the build; `None` to not look.
    pub(crate) wait: Option<std::time::Duration>,
}

/// Why a build is not at a target.
#[derive(Debug, thiserror::Error)]
pub(crate) enum JourneyError {
    /// The target cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// It could not be sent.
    #[error(transparent)]
    Send(#[from] SendError),
    /// It could not be put next to the live one.
    #[error(transparent)]
    Release(#[from] ReleaseError),
    /// There is nothing to wait on.
    #[error("failed to start: {0}")]
    Start(#[from] std::io::Error),
    /// It could not be pushed.
    #[error(transparent)]
    Branch(#[from] BranchError),
    /// It could not be handed over.
    #[error(transparent)]
    Handover(#[from] HandoverError),
}

/// A target that is open.
enum Open {
    Releases(Releases),
    Folder(FolderStore),
    Bucket(Bucket),
    Branch(BranchTarget),
    Handover(Handover),
}

impl Journey<'_> {
    /// Takes a build to a target.
    pub(crate) fn take(&self, target: &Target, parcel: &Parcel) -> Result<Sent, JourneyError> {
        match open(self.root, target)? {
            Open::Releases(releases) => {
                let checkpoint = pause::checkpoint();
                let pass = |step| checkpoint.iter().for_each(|checkpoint| checkpoint(step));
                Ok(releases.publish(parcel, &|live| self.may_replace(live, parcel), &pass)?)
            }
            Open::Folder(store) => self.send(&store, parcel),
            Open::Bucket(store) => self.send(&store, parcel),
            Open::Branch(branch) => {
                let checkpoint = pause::checkpoint();
                let pass = |step| checkpoint.iter().for_each(|checkpoint| checkpoint(step));
                Ok(branch.publish(parcel, &|live| self.may_replace(live, parcel), &pass)?)
            }
            Open::Handover(handover) => {
                state::folder(&self.root.path)?;
                Ok(handover.publish(parcel, &|live| self.may_replace(live, parcel))?)
            }
        }
    }

    /// Looks what taking it there would do.
    pub(crate) fn look(&self, target: &Target, parcel: &Parcel) -> Result<Survey, JourneyError> {
        match open(self.root, target)? {
            Open::Releases(releases) => {
                if let Some(live) = releases.live()? {
                    self.may_replace(&live, parcel).map_err(ReleaseError::Refused)?;
                }
                Ok(Survey { write: releases.survey(parcel), delete: Vec::new() })
            }
            Open::Folder(store) => self.survey(&store, parcel),
            Open::Bucket(store) => self.survey(&store, parcel),
            Open::Branch(branch) => Ok(Survey { write: branch.survey(parcel)?, delete: Vec::new() }),
            Open::Handover(handover) => {
                let (write, delete) = handover.survey(parcel)?;
                Ok(Survey { write, delete })
            }
        }
    }

    fn send(&self, store: &impl Store, parcel: &Parcel) -> Result<Sent, JourneyError> {
        let runtime = runtime()?;
        self.with_terms(parcel, |terms| Ok(runtime.block_on(send(store, parcel, terms))?))
    }

    fn survey(&self, store: &impl Store, parcel: &Parcel) -> Result<Survey, JourneyError> {
        let (runtime, now) = (runtime()?, self.root.now());
        self.with_terms(parcel, |terms| Ok(runtime.block_on(survey(store, parcel, terms, now))?))
    }

    fn with_terms<T>(&self, parcel: &Parcel, work: impl FnOnce(&Terms<'_>) -> T) -> T {
        let (elapsed, checkpoint) = (stopwatch(), pause::checkpoint());
        let holder = format!("{:032x}", fastrand::u128(..));
        let lease = pause::lease().and_then(|lease| lease.to_std().ok()).unwrap_or(LEASE);
        work(&Terms {
            may_replace: &|live| self.may_replace(live, parcel),
            remove_many: self.remove_many,
            holder: &holder,
            lease,
            elapsed: &elapsed,
            pass: &|step| checkpoint.iter().for_each(|checkpoint| checkpoint(step)),
        })
    }

    fn may_replace(&self, live: &Pointer, parcel: &Parcel) -> Result<(), Refusal> {
        if self.force {
            return Ok(());
        }
        let git = Git::at(&self.root.path);
        let descends = |ancestor: &str, descendant: &str| git.descends(ancestor, descendant);
        may_replace(live, &parcel.origin, &descends)
    }
}

/// What a target says is live; `None` if nothing is.
pub(crate) fn live(root: &Root, target: &Target) -> Result<Option<Pointer>, JourneyError> {
    match open(root, target)? {
        Open::Releases(releases) => Ok(releases.live()?),
        Open::Folder(store) => Ok(runtime()?.block_on(read_pointer(&store))?.1),
        Open::Bucket(store) => Ok(runtime()?.block_on(read_pointer(&store))?.1),
        Open::Branch(branch) => Ok(branch.live()?),
        Open::Handover(handover) => Ok(handover.live()?),
    }
}

/// What trying a target showed.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Tried {
    /// It takes files, and keeps so much of the conditions of a write.
    Written(Conditions),
    /// It is a folder of this machine that takes files.
    Folder,
    /// Such a target cannot be tried without publishing.
    Unknown,
}

/// Tries whether a target can be published to, with a file that is there for nothing else.
pub(crate) fn try_out(root: &Root, target: &Target) -> Result<Tried, JourneyError> {
    let probed = match open(root, target)? {
        Open::Releases(_) => {
            if let Place::Folder(folder) = &target.place {
                let path = root.path.join(&folder.path);
                // What is not there yet is made in the first folder above that is.
                let there = path.ancestors().find(|folder| folder.is_dir()).unwrap_or(&path);
                tempfile::tempfile_in(there)?;
            }
            return Ok(Tried::Folder);
        }
        Open::Folder(store) => runtime()?.block_on(probe(&store)),
        Open::Bucket(store) => runtime()?.block_on(probe(&store)),
        Open::Branch(_) | Open::Handover(_) => return Ok(Tried::Unknown),
    };
    Ok(Tried::Written(probed.map_err(SendError::Store)?))
}

fn open(root: &Root, target: &Target) -> Result<Open, JourneyError> {
    let root = &root.path;
    Ok(match &target.place {
        Place::Folder(folder) if folder.switch == Switch::Link => {
            Open::Releases(Releases::new(root.join(&folder.path)))
        }
        Place::Folder(folder) => Open::Folder(FolderStore::new(root.join(&folder.path))),
        Place::S3(s3) => Open::Bucket(Bucket::s3(s3, root)?),
        Place::Gcs(gcs) => Open::Bucket(Bucket::gcs(gcs, root)?),
        Place::Azure(azure) => Open::Bucket(Bucket::azure(azure, root)?),
        Place::Branch(branch) => {
            Open::Branch(BranchTarget::new(root.as_path(), &branch.remote, &branch.branch))
        }
        Place::Command(words) => {
            let memory = root.join(state::FOLDER).join("targets").join(&target.name);
            Open::Handover(Handover::new(words, root.as_path(), memory))
        }
    })
}

fn runtime() -> std::io::Result<Runtime> {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()
}

/// Tells how long ago it was made. The machine's time continues while it sleeps, where the other clock may stand; a
/// time that is set back must not make us younger.
fn stopwatch() -> impl Fn() -> Duration + Sync {
    let (instant, time) = (Instant::now(), SystemTime::now());
    move || instant.elapsed().max(time.elapsed().unwrap_or_default())
}

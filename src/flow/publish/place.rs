//! Uploads one build to one target: opens the target, and passes it the clock, git and randomness.
//!
//! Promises: a target whose secret is missing or that cannot be opened is an error of that target alone. Never prints:
//! `say.rs` does.

use std::future::Future;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use tokio::runtime::Runtime;
use tokio::sync::watch;

use crate::config::target::{Switch, Target, TargetKind};
use crate::net::{Client, Timeouts};
use crate::process::{self, Limit};
use crate::publish::branch::{BranchError, BranchTarget, Difference};
use crate::publish::command_target::{CommandTarget, HandoverError};
use crate::publish::gone::Gone;
use crate::publish::live;
use crate::publish::newer::{NotNewer, may_replace};
use crate::publish::pointer::LiveBuild;
use crate::publish::probe;
use crate::publish::releases::{ReleaseError, Releases};
use crate::publish::send::{
    Doubt, SendError, Sent, UploadJob, UploadOptions, UploadPreview, read_pointer, send, survey,
};
use crate::publish::store::{Bucket, ConditionalWrites, FolderStore, OpenError, Store};
use crate::workspace::root::Root;
use crate::workspace::state;
use crate::workspace::test_hooks::{self, SignOfLife};

use crate::workspace::git::Git;

/// How long a publisher may be silent before the next takes over.
const LEASE: Duration = Duration::from_secs(30);

/// How long one call of git may take.
const GIT: Duration = Duration::from_secs(60);

/// How long a program of the operator's may take.
const PROGRAM: Duration = Duration::from_secs(10 * 60);

/// How long a sending may continue when everything has to end: what is not done by then holds a lock until its lease is over.
const ENDING: Duration = Duration::from_secs(3);

/// A look at the public pointer takes no longer.
const LOOK: Timeouts = Timeouts { connect: Duration::from_secs(5), answer: Duration::from_secs(10) };

/// What every target of one run has in common.
#[derive(Clone)]
pub(crate) struct PublishRun<'a> {
    /// The site's folder and options.
    pub(crate) root: &'a Root,
    /// Whether the live build may be newer.
    pub(crate) force: bool,
    /// Whether a page that was taken back may be replaced by what it was taken back from.
    pub(crate) release: bool,
    /// How far targets are believed to be as they were left.
    pub(crate) doubt: Doubt,
    /// Files that have to be gone at once, everywhere.
    pub(crate) gone: Gone,
    /// Whether unusually many files may be deleted.
    pub(crate) remove_many: bool,
    /// Whether caches release the whole page, and not only of what changed.
    pub(crate) purge_all: bool,
    /// How long to check whether readers get the build; `None` to not look.
    pub(crate) wait: Option<std::time::Duration>,
    /// Whether every target has to have the page, where else one that readers reach is enough.
    pub(crate) every_target: bool,
    /// Turns true when everything has to end.
    pub(crate) stop: watch::Receiver<bool>,
    /// Called as often as the work makes progress.
    pub(crate) sign: Option<SignOfLife>,
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
    /// The process is asked to end.
    #[error("publishing was cancelled because allclear is stopping")]
    Stopped,
}

/// A target that is open.
enum Open {
    Releases(Releases),
    Folder(FolderStore),
    Bucket(Bucket),
    Branch(BranchTarget),
    Handover(CommandTarget),
}

impl<'a> PublishRun<'a> {
    /// One that forces nothing, believes the targets, and does not look at the public page.
    pub(crate) fn plain(root: &'a Root, stop: watch::Receiver<bool>) -> Self {
        Self {
            root,
            force: false,
            release: false,
            doubt: Doubt::Nothing,
            gone: Gone::default(),
            remove_many: false,
            purge_all: false,
            wait: None,
            every_target: false,
            stop,
            sign: None,
        }
    }

    /// Takes a build to a target.
    pub(crate) fn take(&self, target: &Target, parcel: &UploadJob) -> Result<Sent, JourneyError> {
        let checkpoint = test_hooks::with_sign(self.sign.clone());
        let pass = |step| checkpoint.iter().for_each(|checkpoint| checkpoint(step));
        let may_replace = |live: &LiveBuild| self.may_replace(live, parcel);
        match self.open(target)? {
            Open::Releases(releases) => Ok(releases.publish(parcel, &self.gone, &may_replace, &pass)?),
            Open::Folder(store) => {
                store.remove_abandoned();
                self.send(&store, parcel)
            }
            Open::Bucket(store) => self.send(&store, parcel),
            Open::Branch(branch) => Ok(branch.publish(parcel, !self.gone.is_empty(), &may_replace, &pass)?),
            Open::Handover(handover) => {
                let live = self.shown(target, &handover)?;
                {
                    let doubt = if self.gone.is_empty() { self.doubt } else { Doubt::Everything };
                    Ok(handover.publish(parcel, live.as_ref(), doubt, &may_replace)?)
                }
            }
        }
    }

    /// Removes earlier builds of a folder that are older than those that stay, after `take`: nobody waits for it.
    pub(crate) fn remove_old(&self, target: &Target) {
        if let Ok(Open::Releases(releases)) = self.open(target) {
            releases.remove_old();
        }
    }

    /// Looks what taking it there would do.
    pub(crate) fn look(&self, target: &Target, parcel: &UploadJob) -> Result<UploadPreview, JourneyError> {
        match self.open(target)? {
            Open::Releases(releases) => {
                if let Some(live) = releases.live()? {
                    self.may_replace(&live, parcel).map_err(ReleaseError::Refused)?;
                }
                Ok(UploadPreview { write: releases.survey(parcel), delete: releases.due(parcel, &self.gone) })
            }
            Open::Folder(store) => self.survey(&store, parcel),
            Open::Bucket(store) => self.survey(&store, parcel),
            Open::Branch(branch) => {
                let Difference { write, delete } = branch.survey(parcel)?;
                Ok(UploadPreview { write, delete })
            }
            Open::Handover(handover) => {
                let live = self.shown(target, &handover)?;
                let (write, delete) = handover.survey(parcel, live.as_ref(), self.doubt)?;
                Ok(UploadPreview { write, delete })
            }
        }
    }

    /// What a target says is live; `None` if nothing is.
    pub(crate) fn live(&self, target: &Target) -> Result<Option<LiveBuild>, JourneyError> {
        match self.open(target)? {
            Open::Releases(releases) => Ok(releases.live()?),
            Open::Folder(store) => Ok(self.wait_for(read_pointer(&store))??.1),
            Open::Bucket(store) => Ok(self.wait_for(read_pointer(&store))??.1),
            Open::Branch(branch) => Ok(branch.live()?),
            Open::Handover(handover) => self.shown(target, &handover),
        }
    }

    /// What readers get of a place that only a program knows: their pointer, or if there is none what was handed
    /// over last from here.
    fn shown(&self, target: &Target, handover: &CommandTarget) -> Result<Option<LiveBuild>, JourneyError> {
        let public = Client::new(LOOK).ok().map(|client| {
            self.wait_for(async move { live::read_pointer(&client, &target.url, self.root.now()).await })
        });
        match public.transpose()? {
            Some(Ok(pointer)) => Ok(Some(pointer)),
            _ => Ok(handover.last()?),
        }
    }

    fn send(&self, store: &impl Store, parcel: &UploadJob) -> Result<Sent, JourneyError> {
        self.with_terms(parcel, |terms| Ok(self.wait_longer(ENDING, send(store, parcel, terms))??))
    }

    fn survey(&self, store: &impl Store, parcel: &UploadJob) -> Result<UploadPreview, JourneyError> {
        let now = self.root.now();
        self.with_terms(parcel, |terms| Ok(self.wait_for(survey(store, parcel, terms, now))??))
    }

    /// Waits for it, and no longer than until everything has to end.
    pub(super) fn wait_for<T>(&self, work: impl Future<Output = T>) -> Result<T, JourneyError> {
        self.wait_longer(Duration::ZERO, work)
    }

    /// The same, and for that long beyond.
    fn wait_longer<T>(&self, time: Duration, work: impl Future<Output = T>) -> Result<T, JourneyError> {
        let runtime = runtime()?;
        let done = runtime.block_on(async {
            tokio::select! {
                done = work => Ok(done),
                () = ended(self.stop.clone(), time) => Err(JourneyError::Stopped),
            }
        });
        // A name server that is asked in the background must not hold up the end.
        runtime.shutdown_background();
        done
    }

    fn with_terms<T>(&self, parcel: &UploadJob, work: impl FnOnce(&UploadOptions<'_>) -> T) -> T {
        let (elapsed, checkpoint) = (stopwatch(), test_hooks::with_sign(self.sign.clone()));
        let holder = format!("{:032x}", fastrand::u128(..));
        let lease = test_hooks::lease().and_then(|lease| lease.to_std().ok()).unwrap_or(LEASE);
        work(&UploadOptions {
            may_replace: &|live| self.may_replace(live, parcel),
            remove_many: self.remove_many,
            doubt: self.doubt,
            gone: &self.gone,
            holder: &holder,
            lease,
            elapsed: &elapsed,
            pass: &|step| checkpoint.iter().for_each(|checkpoint| checkpoint(step)),
        })
    }

    fn may_replace(&self, live: &LiveBuild, parcel: &UploadJob) -> Result<(), NotNewer> {
        if self.force {
            return Ok(());
        }
        let git = Git::at(&self.root.path);
        let descends = |ancestor: &str, descendant: &str| git.descends(ancestor, descendant);
        match may_replace(live, &parcel.origin, &descends) {
            Err(NotNewer::RolledBack { .. }) if self.release => Ok(()),
            decided => decided,
        }
    }

    /// When a program has to end.
    fn limit(&self, time: Duration) -> Limit {
        let stop = self.stop.clone();
        Limit::of(time).or_until(Arc::new(move || *stop.borrow()))
    }

    fn open(&self, target: &Target) -> Result<Open, JourneyError> {
        let root = &self.root.path;
        Ok(match &target.place {
            TargetKind::Folder(folder) if folder.switch == Switch::Link => {
                Open::Releases(Releases::new(root.join(&folder.path)))
            }
            TargetKind::Folder(folder) => Open::Folder(FolderStore::new(root.join(&folder.path))),
            TargetKind::S3(s3) => Open::Bucket(Bucket::s3(s3, root)?),
            TargetKind::Gcs(gcs) => Open::Bucket(Bucket::gcs(gcs, root)?),
            TargetKind::Azure(azure) => Open::Bucket(Bucket::azure(azure, root)?),
            TargetKind::Branch(branch) => {
                let limit = self.limit(GIT);
                Open::Branch(BranchTarget::new(root.as_path(), &branch.remote, &branch.branch, limit))
            }
            TargetKind::Command(program) => {
                let memory = state::folder(&self.root.state)?.join("targets").join(&target.name);
                Open::Handover(CommandTarget::new(program, root.as_path(), memory, self.limit(PROGRAM)))
            }
        })
    }
}

async fn ended(stop: watch::Receiver<bool>, time: Duration) {
    stopped(stop).await;
    tokio::time::sleep(time).await;
}

/// Ends when `stop` turns true, and never if nobody is left who could turn it.
pub(super) async fn stopped(mut stop: watch::Receiver<bool>) {
    if stop.wait_for(|stop| *stop).await.is_err() {
        std::future::pending().await
    }
}

/// What trying a target showed.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Tried {
    /// It takes files, and keeps this part of the conditions of a write.
    Written(ConditionalWrites),
    /// It is a folder of this machine that takes files.
    Folder,
    /// It was reached; whether it takes a page shows only when one is published.
    Reached,
}

/// Tries whether a target can be published to, with a file that is there for nothing else.
pub(crate) fn try_out(root: &Root, target: &Target) -> Result<Tried, JourneyError> {
    let journey = PublishRun::plain(root, watch::channel(false).1);
    let probed = match journey.open(target)? {
        Open::Releases(_) => {
            if let TargetKind::Folder(folder) = &target.place {
                let path = root.path.join(&folder.path);
                if path.exists() && !path.is_dir() {
                    return Err(std::io::Error::from(std::io::ErrorKind::NotADirectory).into());
                }
                // What is not there yet is made in the first folder above that is.
                let there = path.ancestors().find(|folder| folder.is_dir()).unwrap_or(&path);
                tempfile::tempfile_in(there)?;
            }
            return Ok(Tried::Folder);
        }
        Open::Folder(store) => journey.wait_for(probe(&store))?,
        Open::Bucket(store) => journey.wait_for(probe(&store))?,
        Open::Branch(branch) => {
            branch.live()?;
            return Ok(Tried::Reached);
        }
        Open::Handover(_) => {
            if let TargetKind::Command(program) = &target.place {
                find(root, program.run.first().map_or("", String::as_str))?;
            }
            return Ok(Tried::Reached);
        }
    };
    Ok(Tried::Written(probed.map_err(SendError::Store)?))
}

/// Looks for a program as a shell would.
fn find(root: &Root, program: &str) -> std::io::Result<()> {
    let mut look = Command::new("sh");
    look.args(["-c", "command -v -- \"$1\" >/dev/null", "sh", program]).current_dir(&root.path);
    let is_there = process::run(&mut look, None, &Limit::of(GIT)).is_ok_and(|output| output.status.success());
    let words = format!("there is no program `{program}` on this machine");
    is_there.then_some(()).ok_or_else(|| std::io::Error::new(std::io::ErrorKind::NotFound, words))
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

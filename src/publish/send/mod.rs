//! Uploads a build file by file, in an order that keeps the page complete.
//!
//! Promises:
//! - A step begins only when the one before it is whole: assets, new pages, changed pages, lists, feeds and data, first
//!   pages, and last the pointer. Whatever fails stops everything after it, and nothing is deleted then.
//! - The pointer is written only over the one that was looked at. A build whose commit is not newer than the live one's
//!   is refused.
//! - Files are deleted a day after the last build that named them, and never one that the live build names.
//! - Killed at any moment, or asleep for any time, a publisher leaves a page that is whole, and what it left in part is
//!   known to the next, who looks at those files before trusting what is written about them.
//!
//! `docs/publishing-safety.md` says how; `tests` plays thousands of interleavings.

mod doubt;
mod lock;
mod plan;
mod repair;
#[cfg(test)]
mod tests;
mod upload;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use bytes::Bytes;
use parking_lot::Mutex;

use super::gone::Gone;
use super::headers::Headers;
use super::manifest::{BuildId, FileFacts, Manifest};
use super::newer::NotNewer;
use super::pointer::{self, BuildSource, LiveBuild, POINTER_PATH};
use super::record::{self, BuildRecord, LOCK_PATH, Lock, record_path};
use super::store::{self, Condition, ConditionalWrites, Store, StoreFault, StoredFile, probe};
use crate::model::Moment;
pub use doubt::Doubt;
use lock::TargetLock;
use plan::{Deletes, UploadPlan, plan};
use upload::Posted;

/// How often a sending begins again because another pointer came in its way.
const BEGINNINGS_MAX: usize = 5;

/// A build on its way.
#[derive(Clone, Debug)]
pub struct UploadJob {
    /// What the pointer will name.
    pub build: BuildId,
    /// Every file the target shall hold.
    pub files: BTreeMap<String, Bytes>,
    /// What it was made from.
    pub origin: BuildSource,
}

/// How it is to travel, and what only the caller knows.
pub struct UploadOptions<'a> {
    /// Whether our build may replace the live one.
    pub may_replace: &'a (dyn Fn(&LiveBuild) -> Result<(), NotNewer> + Sync),
    /// Whether more files than usual may be deleted at once.
    pub remove_many: bool,
    /// How far the target is believed to be as it was left.
    pub doubt: Doubt,
    /// Files that have to be gone at once.
    pub gone: &'a Gone,
    /// A word of chance that names this publisher.
    pub holder: &'a str,
    /// How long the lock is ours without renewing it.
    pub lease: Duration,
    /// How long the caller has been at it; time during which the machine slept counts.
    pub elapsed: &'a (dyn Fn() -> Duration + Sync),
    /// Told of each request that changes something, before it leaves.
    pub pass: &'a (dyn Fn(&'static str) + Sync),
}

/// What happened to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// The build that is live now.
    pub build: BuildId,
    /// The build that was live before.
    pub before: Option<BuildId>,
    /// How many files were written.
    pub written: usize,
    /// How many were there already.
    pub kept: usize,
    /// How many files of earlier builds were deleted.
    pub deleted: usize,
    /// How many stay for now, because caches may hold pages that name them.
    pub waiting: usize,
    /// How many were not deleted because they are unusually many.
    pub over_limit: usize,
    /// The paths whose bytes are, or may be, other than before.
    pub changed: Vec<String>,
    /// What the place keeps of conditions; `None` if it was not looked.
    pub conditions: Option<ConditionalWrites>,
}

/// Why a build is not live.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// The place did not do what it was asked.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// Another build may not be replaced by ours.
    #[error(transparent)]
    Refused(#[from] NotNewer),
    /// What stands where our own files belong was not written by allclear.
    #[error(transparent)]
    Record(#[from] record::Unreadable),
    /// The same of the pointer.
    #[error(transparent)]
    Pointer(#[from] pointer::Unreadable),
    /// Someone else has been publishing all the time.
    #[error("another publisher is writing to this target")]
    Busy,
    /// Someone else took the lock over while we were away.
    #[error("another publisher took over while this one was suspended")]
    Lost,
    /// The same, and a file that we deleted late belongs to the live build, with bytes that only its publisher has.
    #[error(
        "another publisher took over while this one was suspended, and `{0}` does not match the live build"
    )]
    Unmended(String),
}

/// Publishes a build.
///
/// # Errors
/// See [`SendError`]. Whatever it is, the page at the target is whole.
pub async fn send(
    store: &impl Store,
    parcel: &UploadJob,
    terms: &UploadOptions<'_>,
) -> Result<Sent, SendError> {
    let doubted = doubt::suspects(store, terms.doubt, &manifest(parcel)).await?;
    if doubted.is_empty()
        && terms.gone.is_empty()
        && let Some(sent) = nothing_to_do(store, parcel).await?
    {
        return Ok(sent);
    }
    let conditions = probe(store).await?;
    let posted = Mutex::new(Vec::new());
    for _ in 0..BEGINNINGS_MAX {
        match send_once(store, parcel, terms, conditions, &doubted, &posted).await {
            // Anyone who took over may be older than we are, so it is looked at again from the beginning.
            Err(SendError::Lost) => {}
            result => return result,
        }
    }
    Err(SendError::Lost)
}

async fn send_once(
    store: &impl Store,
    parcel: &UploadJob,
    terms: &UploadOptions<'_>,
    conditions: ConditionalWrites,
    doubted: &BTreeSet<String>,
    posted: &Mutex<Vec<Posted>>,
) -> Result<Sent, SendError> {
    let turn = TargetLock::take(store, terms, conditions, &parcel.build).await?;
    let context = UploadContext { store, terms, turn: &turn, conditions, doubted, posted };
    match context.upload(parcel, &manifest(parcel)).await {
        Ok(sent) => {
            turn.give_back(true).await?;
            Ok(sent)
        }
        Err(SendError::Lost) => {
            drop(turn);
            Err(repair::after_loss(store, terms, conditions, &parcel.build, posted).await)
        }
        Err(SendError::Refused(refusal)) => {
            let wrong = repair::repair_after_suspend(&context).await?;
            turn.give_back(wrong.is_empty()).await?;
            Err(wrong.into_iter().next().map_or(SendError::Refused(refusal), SendError::Unmended))
        }
        Err(error) => {
            // The next publisher determines on its own where the place does not even take this.
            let _not_said = turn.give_back(false).await;
            Err(error)
        }
    }
}

/// What publishing would do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UploadPreview {
    /// Paths that would be written, in the order of the steps.
    pub write: Vec<String>,
    /// Paths of earlier builds that would be deleted.
    pub delete: Vec<String>,
}

/// Looks what publishing would do, and changes nothing. Times at the target are held against `now`.
///
/// # Errors
/// The target cannot be read, or its build may not be replaced.
pub async fn survey(
    store: &impl Store,
    parcel: &UploadJob,
    terms: &UploadOptions<'_>,
    now: Moment,
) -> Result<UploadPreview, SendError> {
    let (_, live) = read_pointer(store).await?;
    if let Some(live) = &live {
        (terms.may_replace)(live)?;
    }
    let record = match &live {
        Some(live) => read_record(store, &live.build).await?,
        None => None,
    };
    let lock = read_lock(store).await?;
    let mut unfinished = Vec::new();
    for build in lock.unfinished.iter().map(|unfinished| &unfinished.build).chain(&lock.build) {
        unfinished.extend(read_record(store, build).await?);
    }
    let manifest = manifest(parcel);
    let doubted = doubt::suspects(store, terms.doubt, &manifest).await?;
    let deletes = Deletes { now, many: terms.remove_many, gone: terms.gone };
    let plan = plan(manifest, record.as_ref(), &unfinished, &doubted, deletes);
    let write = plan.steps.into_iter().flat_map(|(_, writes)| writes).map(|write| write.path).collect();
    Ok(UploadPreview { write, delete: plan.record.due })
}

/// The parts that every step of one sending needs.
struct UploadContext<'a, S> {
    store: &'a S,
    terms: &'a UploadOptions<'a>,
    turn: &'a TargetLock<'a, S>,
    conditions: ConditionalWrites,
    /// Files that may not be as they were left.
    doubted: &'a BTreeSet<String>,
    posted: &'a Mutex<Vec<Posted>>,
}

impl<S: Store> UploadContext<'_, S> {
    /// Uploads everything. Where a pointer was written after all by someone we took over from, begins again from it.
    async fn upload(&self, parcel: &UploadJob, manifest: &Manifest) -> Result<Sent, SendError> {
        for _ in 0..BEGINNINGS_MAX {
            let (found, live) = read_pointer(self.store).await?;
            if let Some(live) = &live {
                (self.terms.may_replace)(live)?;
            }
            let plan = self.plan(manifest, live.as_ref()).await?;
            let mut pointer = LiveBuild::over(live.as_ref(), parcel.build.clone(), parcel.origin.clone());
            if !self.terms.gone.is_empty() {
                // A rollback would bring the page back.
                pointer.past.clear();
            }
            (self.terms.pass)("record");
            self.write(&record_path(&parcel.build), plan.record.to_json().into(), &Condition::Any).await?;
            let mut sent = sent(parcel, live.as_ref(), &plan, self.conditions);
            for (_, writes) in &plan.steps {
                let counts = self.upload_all(writes, &parcel.files).await?;
                sent.written += counts.written;
                sent.kept += counts.kept.len();
                let is_as_left = |path: &String| self.doubted.contains(path) && counts.kept.contains(path);
                sent.changed.retain(|path| !is_as_left(path));
            }
            (self.terms.pass)("pointer");
            if self.point(found.as_ref(), &pointer).await? {
                sent.deleted = self.remove(&plan.record.due).await?;
                self.remove_records(live.as_ref(), &pointer).await?;
                return Ok(sent);
            }
        }
        Err(SendError::Busy)
    }

    async fn plan(&self, manifest: &Manifest, live: Option<&LiveBuild>) -> Result<UploadPlan, SendError> {
        let record = match live {
            Some(live) => read_record(self.store, &live.build).await?,
            None => None,
        };
        let mut unfinished = Vec::new();
        for build in self.turn.unfinished().await {
            unfinished.extend(read_record(self.store, &build).await?);
        }
        let deletes = Deletes { now: self.turn.began, many: self.terms.remove_many, gone: self.terms.gone };
        let mut suspects: BTreeSet<String> =
            self.posted.lock().iter().map(|posted| posted.path.clone()).collect();
        suspects.extend(self.doubted.iter().cloned());
        Ok(plan(manifest.clone(), record.as_ref(), &unfinished, &suspects, deletes))
    }

    /// Writes one of our own files, while the lock is ours.
    async fn write(&self, path: &str, bytes: Bytes, condition: &Condition) -> Result<(), SendError> {
        self.turn.keep().await?;
        self.store.write(path, bytes, Headers::of(path), condition).await?;
        Ok(())
    }

    /// Writes the pointer over the one that was found; `false` where another is there now.
    async fn point(&self, found: Option<&StoredFile>, pointer: &LiveBuild) -> Result<bool, SendError> {
        let condition = match self.conditions {
            ConditionalWrites::Kept => Condition::still(found),
            ConditionalWrites::OnlyAbsent | ConditionalWrites::Ignored => Condition::Any,
        };
        match self.write(POINTER_PATH, pointer.to_json().into(), &condition).await {
            Ok(()) => Ok(true),
            Err(SendError::Store(error)) if error.kind == StoreFault::Conflict => {
                let (_, there) = read_pointer(self.store).await?;
                Ok(there.as_ref() == Some(pointer))
            }
            Err(error) => Err(error),
        }
    }
}

/// Every file with its facts, as the target will hold it.
fn manifest(parcel: &UploadJob) -> Manifest {
    Manifest {
        files: parcel.files.iter().map(|(path, bytes)| (path.clone(), FileFacts::of(bytes))).collect(),
    }
}

/// Whether the target has this very build, of this very commit, and nobody left anything in part there.
async fn nothing_to_do(store: &impl Store, parcel: &UploadJob) -> Result<Option<Sent>, SendError> {
    let (_, live) = read_pointer(store).await?;
    let Some(live) = live.filter(|live| live.build == parcel.build) else { return Ok(None) };
    let same = live.origin.commit == parcel.origin.commit
        && live.origin.rolled_back_from == parcel.origin.rolled_back_from;
    let lock = read_lock(store).await?;
    let at_rest = lock.holder.is_none() && lock.unfinished.is_empty();
    let record = read_record(store, &live.build).await?;
    let whole = record.is_some_and(|record| record.manifest == manifest(parcel));
    Ok((same && at_rest && whole).then(|| Sent {
        build: parcel.build.clone(),
        before: Some(live.build),
        written: 0,
        kept: parcel.files.len(),
        deleted: 0,
        waiting: 0,
        over_limit: 0,
        changed: Vec::new(),
        conditions: None,
    }))
}

fn sent(
    parcel: &UploadJob,
    live: Option<&LiveBuild>,
    plan: &UploadPlan,
    conditions: ConditionalWrites,
) -> Sent {
    let to_write: usize = plan.steps.iter().map(|(_, writes)| writes.len()).sum();
    Sent {
        build: parcel.build.clone(),
        before: live.map(|live| live.build.clone()),
        written: 0,
        kept: parcel.files.len().saturating_sub(to_write),
        deleted: 0,
        waiting: plan.record.retired.len(),
        over_limit: plan.over_limit,
        changed: plan.changed.clone(),
        conditions: Some(conditions),
    }
}

/// What is written about a build's files, if anything is.
async fn read_record(store: &impl Store, build: &BuildId) -> Result<Option<BuildRecord>, SendError> {
    let path = record_path(build);
    let found = store.read(&path).await?;
    Ok(found.map(|found| BuildRecord::from_json(&path, &found.bytes)).transpose()?)
}

async fn read_lock(store: &impl Store) -> Result<Lock, SendError> {
    let found = store.read(LOCK_PATH).await?;
    Ok(found.map(|found| Lock::from_json(&found.bytes)).transpose()?.unwrap_or_default())
}

/// The pointer as it was found, and what it says.
pub async fn read_pointer(store: &impl Store) -> Result<(Option<StoredFile>, Option<LiveBuild>), SendError> {
    let found = store.read(POINTER_PATH).await?;
    let pointer = found.as_ref().map(|found| LiveBuild::from_json(&found.bytes)).transpose()?;
    Ok((found, pointer))
}

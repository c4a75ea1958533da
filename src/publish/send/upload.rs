//! Uploads the files of one stage, several at once, each only over the version that was read.
//!
//! Promises: after a failure no further upload begins, and those in progress are waited for; every change is recorded with
//! the version before it. Never touches the pointer.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use futures_util::StreamExt as _;

use super::plan::Write;
use super::{SendError, UploadContext};
use crate::publish::headers::Headers;
use crate::publish::pointer::LiveBuild;
use crate::publish::record::record_path;
use crate::publish::store::{Condition, ConditionalWrites, Store, StoreFault, StoredFile};

/// Maximum number of concurrent uploads.
const AT_ONCE: usize = 16;

/// How often a file is looked at again that changes under our hands.
const TRIES_MAX: usize = 5;

/// One change at the target, with what is needed to take it back.
#[derive(Clone, Debug)]
pub(super) struct Posted {
    pub(super) path: String,
    /// What stood there before.
    pub(super) before: Option<StoredFile>,
}

/// What happened to the files of a step.
#[derive(Clone, Debug, Default)]
pub(super) struct Counts {
    pub(super) written: usize,
    /// Paths of those that were there already, byte for byte.
    pub(super) kept: BTreeSet<String>,
}

impl<S: Store> UploadContext<'_, S> {
    /// Writes all files of a step. After a failure none is begun; those on their way are waited for.
    pub(super) async fn upload_all(
        &self,
        writes: &[Write],
        files: &BTreeMap<String, Bytes>,
    ) -> Result<Counts, SendError> {
        let stopped = &AtomicBool::new(false);
        let post = |write: &'_ Write| {
            let (path, is_new) = (write.path.clone(), write.is_new);
            let bytes = files.get(&path).cloned().unwrap_or_default();
            async move {
                if stopped.load(Ordering::Relaxed) {
                    return Ok(None);
                }
                let posted = self.post(&path, is_new, bytes).await;
                if posted.is_err() {
                    stopped.store(true, Ordering::Relaxed);
                }
                posted.map(|is_written| Some((path, is_written)))
            }
        };
        let posts: Vec<_> = writes.iter().map(post).collect();
        let results: Vec<Result<Option<(String, bool)>, SendError>> =
            futures_util::stream::iter(posts).buffer_unordered(AT_ONCE).collect().await;
        let mut counts = Counts::default();
        let mut failure = None;
        for result in results {
            match result {
                Ok(Some((_, true))) => counts.written += 1,
                Ok(Some((path, false))) => drop(counts.kept.insert(path)),
                Ok(None) => {}
                // That the lock is gone matters more than what else went wrong.
                Err(SendError::Lost) => failure = Some(SendError::Lost),
                Err(error) => failure = failure.or(Some(error)),
            }
        }
        failure.map_or(Ok(counts), Err)
    }

    /// Writes one file unless it is there already; says whether it wrote.
    async fn post(&self, path: &str, is_new: bool, bytes: Bytes) -> Result<bool, SendError> {
        let mut last = None;
        for attempt in 0..TRIES_MAX {
            let before = if is_new && attempt == 0 { None } else { self.store.read(path).await? };
            if before.as_ref().is_some_and(|before| before.bytes == bytes) {
                return Ok(false);
            }
            let condition = match self.conditions {
                ConditionalWrites::Kept => Condition::still(before.as_ref()),
                ConditionalWrites::OnlyAbsent | ConditionalWrites::Ignored => Condition::Any,
            };
            self.turn.keep().await?;
            (self.terms.pass)("file");
            self.remember(path, before);
            match self.store.write(path, bytes.clone(), Headers::of(path), &condition).await {
                Ok(_) if self.turn.is_in_doubt().await => {
                    // It may have landed in someone else's turn: then this finds it, and the earlier file is put back.
                    self.turn.keep().await?;
                    return Ok(true);
                }
                Ok(_) => return Ok(true),
                Err(error) if error.kind == StoreFault::Conflict => last = Some(error),
                Err(error) => return Err(error.into()),
            }
            // Someone who was asleep wrote it late, or an answer was lost; in neither case is the turn over.
            self.turn.keep().await?;
        }
        last.map_or(Ok(false), |error| Err(error.into()))
    }

    /// Deletes what no build has named for a day, while the lock is ours; says how many.
    pub(super) async fn remove(&self, due: &[String]) -> Result<usize, SendError> {
        let mut deleted = 0;
        for path in due {
            let before = self.store.read(path).await?;
            if before.is_none() {
                continue;
            }
            self.turn.keep().await?;
            (self.terms.pass)("delete");
            self.remember(path, before);
            self.store.delete(path).await?;
            deleted += 1;
            if self.turn.is_in_doubt().await {
                self.turn.keep().await?;
            }
        }
        Ok(deleted)
    }

    /// Deletes the records of builds that the pointer no longer remembers.
    pub(super) async fn remove_records(
        &self,
        live: Option<&LiveBuild>,
        now: &LiveBuild,
    ) -> Result<(), SendError> {
        let remembered = |build| now.build == build || now.past.iter().any(|past| past.build == build);
        for past in live.into_iter().flat_map(|live| &live.past) {
            if !remembered(past.build.clone()) {
                self.turn.keep().await?;
                self.store.delete(&record_path(&past.build)).await?;
            }
        }
        Ok(())
    }

    pub(super) fn remember(&self, path: &str, before: Option<StoredFile>) {
        self.posted.lock().push(Posted { path: path.to_owned(), before });
    }
}

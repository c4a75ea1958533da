//! Repairs files that this publisher may have overwritten after it was suspended and lost the lock during another one's
//! upload.
//!
//! Promises: it waits for the lock first, so that it never interferes with another publisher; it restores only files of the
//! live build.

use std::collections::{BTreeMap, BTreeSet};

use parking_lot::Mutex;

use super::lock::TargetLock;
use super::upload::Posted;
use super::{SendError, UploadContext, UploadOptions, read_pointer, read_record};
use crate::publish::headers::Headers;
use crate::publish::manifest::{BuildId, FileFacts};
use crate::publish::store::{Condition, ConditionalWrites, Store, StoreFault, StoredFile};

/// How often it is tried, should it fall asleep again.
const TRIES_MAX: usize = 3;

/// Takes the lock again and puts right what we changed; says why our build is not live.
pub(super) async fn after_loss<S: Store>(
    store: &S,
    terms: &UploadOptions<'_>,
    conditions: ConditionalWrites,
    build: &BuildId,
    posted: &Mutex<Vec<Posted>>,
) -> SendError {
    if conditions != ConditionalWrites::Kept || posted.lock().is_empty() {
        return SendError::Lost;
    }
    for _ in 0..TRIES_MAX {
        let turn = match TargetLock::take(store, terms, conditions, build).await {
            Ok(turn) => turn,
            Err(SendError::Lost) => continue,
            Err(error) => return error,
        };
        let context =
            UploadContext { store, terms, turn: &turn, conditions, doubted: &BTreeSet::new(), posted };
        match repair_after_suspend(&context).await {
            Ok(wrong) => {
                let _lost_again = turn.give_back(wrong.is_empty()).await;
                return SendError::Lost;
            }
            Err(SendError::Lost) => {}
            Err(error) => {
                let _not_said = turn.give_back(false).await;
                return error;
            }
        }
    }
    SendError::Lost
}

/// Restores the files that we changed and that the live build lists. Returns the paths that are not
/// right anyway: a file that was deleted late, and had come back with other bytes. They are left to the next publisher.
pub(super) async fn repair_after_suspend<S: Store>(
    context: &UploadContext<'_, S>,
) -> Result<Vec<String>, SendError> {
    let posted = context.posted.lock().clone();
    if context.conditions != ConditionalWrites::Kept {
        return Ok(posted.into_iter().map(|posted| posted.path).collect());
    }
    let (_, live) = read_pointer(context.store).await?;
    let Some(live) = live else { return Ok(Vec::new()) };
    let Some(record) = read_record(context.store, &live.build).await? else { return Ok(Vec::new()) };
    let mut kept: BTreeMap<String, Vec<StoredFile>> = BTreeMap::new();
    for Posted { path, before } in posted {
        kept.entry(path).or_default().extend(before);
    }
    let mut wrong = Vec::new();
    for (path, kept) in kept {
        let Some(facts) = record.manifest.files.get(&path) else { continue };
        let there = context.store.read(&path).await?;
        if there.as_ref().is_some_and(|there| FileFacts::of(&there.bytes) == *facts) {
            continue;
        }
        match kept.into_iter().find(|kept| FileFacts::of(&kept.bytes) == *facts) {
            Some(right) => {
                if !put_back(context, &path, right, there).await? {
                    wrong.push(path);
                }
            }
            None => wrong.push(path),
        }
    }
    if wrong.is_empty() {
        context.posted.lock().clear();
    }
    Ok(wrong)
}

async fn put_back<S: Store>(
    context: &UploadContext<'_, S>,
    path: &str,
    right: StoredFile,
    there: Option<StoredFile>,
) -> Result<bool, SendError> {
    context.turn.keep().await?;
    let condition = Condition::still(there.as_ref());
    context.remember(path, there);
    match context.store.write(path, right.bytes, Headers::of(path), &condition).await {
        Ok(_) if context.turn.is_in_doubt().await => context.turn.keep().await.map(|()| true),
        Ok(_) => Ok(true),
        Err(error) if error.kind == StoreFault::Conflict => Ok(false),
        Err(error) => Err(error.into()),
    }
}

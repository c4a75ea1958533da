//! Chooses which files at a target are checked again instead of trusting the record of the last upload.
//!
//! Promises: a file that is missing, or that the place lists with another length or hash, is always found; damage that a
//! listing does not show is found by a sample that is another one each time, or at once when everything is read. Never
//! writes.

use std::collections::BTreeSet;

use super::SendError;
use crate::publish::manifest::{FileFacts, Manifest};
use crate::publish::store::Store;

/// How many files are read whose bytes a listing says nothing about.
const SAMPLE: usize = 20;

/// How far a target is believed to be as it was left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// Entirely: nothing is looked at that is not written.
    Nothing,
    /// Its listing is read, and a sample of its files; `draw` chooses them.
    Listed {
        /// A number by chance.
        draw: u64,
    },
    /// Not at all: every file is read.
    Everything,
}

/// The files of a build that may not be as they were left.
pub(super) async fn suspects(
    store: &impl Store,
    doubt: Doubt,
    manifest: &Manifest,
) -> Result<BTreeSet<String>, SendError> {
    match doubt {
        Doubt::Nothing => Ok(BTreeSet::new()),
        Doubt::Everything => Ok(manifest.files.keys().cloned().collect()),
        Doubt::Listed { draw } => listed(store, draw, manifest).await,
    }
}

async fn listed(store: &impl Store, draw: u64, manifest: &Manifest) -> Result<BTreeSet<String>, SendError> {
    let listed = store.list().await?;
    let mut suspects = BTreeSet::new();
    let mut unread = Vec::new();
    for (path, facts) in &manifest.files {
        match listed.get(path) {
            Some(there) if there.length != facts.length => drop(suspects.insert(path.clone())),
            None => drop(suspects.insert(path.clone())),
            Some(there) => match &there.hash {
                Some(hash) if *hash == facts.hash => {}
                Some(_) => drop(suspects.insert(path.clone())),
                None => unread.push((path, facts)),
            },
        }
    }
    let first = usize::try_from(draw).unwrap_or_default().checked_rem(unread.len()).unwrap_or_default();
    for (path, facts) in unread.iter().cycle().skip(first).take(SAMPLE.min(unread.len())) {
        let found = store.read(path).await?;
        if !found.is_some_and(|found| FileFacts::of(&found.bytes) == **facts) {
            suspects.insert((*path).clone());
        }
    }
    Ok(suspects)
}

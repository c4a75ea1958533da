//! Keeps a copy of every file that is good, for the day it is not.
//!
//! Promises: a copy that is there already is not written again. Never removes one.

use std::path::Path;

use crate::cli::exit::Failure;
use crate::files::Durability;
use crate::load::Source;
use crate::workspace::{state, write};

/// How many good copies are waited for until they are on the disk.
const SYNCED_MAX: usize = 64;

/// Keeps the good ones of the files that were read in `folder`, which is in the folder `state_folder`.
pub(crate) fn keep(folder: &Path, state_folder: &Path, sources: &[Source]) -> Result<(), Failure> {
    let copy = |source: &Source| folder.join(&source.file);
    let stale = parking_lot::Mutex::new(Vec::new());
    let read: Vec<_> = sources.iter().filter(|source| source.good && !source.known).collect();
    write::on_some_threads(&read, |source| {
        let is_copy = |written| write::is_copy(&copy(source), source.text.len() as u64, written);
        let is_kept = source.written.is_some_and(is_copy);
        stale.lock().extend((!is_kept).then_some(*source));
        Ok(())
    })?;
    let stale = stale.into_inner();
    // A whole history at once is not worth minutes of waiting for the disk.
    if !stale.is_empty() {
        state::folder(state_folder)?;
    }
    let durability = if stale.len() <= SYNCED_MAX { Durability::Synced } else { Durability::Cached };
    for source in stale {
        write::if_different(&copy(source), source.text.as_bytes(), durability)?;
    }
    Ok(())
}

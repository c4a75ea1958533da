//! The file of what was parsed, `.allclear/parsed`, so that a new process parses only what was written since.
//!
//! Promises: it is believed only of this very program; without it, or if it is damaged, everything is read and parsed. It is
//! not written for a few files, nor before the state folder is made. It is as secret as the incidents are.

use std::path::Path;

use crate::files::{self, Durability};
use crate::load::ParseCache;
use crate::workspace::stamps::program;

const FILE: &str = "parsed";
/// The longest file that is read, in bytes.
const BYTES_MAX: u64 = 1 << 30;
/// From how many files on that would be parsed again all of them are written. In tests it is one.
const UNSTORED_MIN: usize = if cfg!(test) { 1 } else { 65 };

/// Takes what an earlier process parsed, where this one has parsed nothing yet.
pub(crate) fn recall(state: &Path, memory: &mut ParseCache) {
    if !memory.is_empty() {
        return;
    }
    let read = || files::read(&state.join(FILE), BYTES_MAX).ok().flatten().zip(program());
    if let Some((bytes, program)) = read() {
        *memory = ParseCache::from_bytes(&bytes, &program);
    }
}

/// Writes what was parsed, if much of it is news. What cannot be written is parsed again by the next process.
pub(crate) fn keep(state: &Path, memory: &mut ParseCache) {
    if memory.unstored() < UNSTORED_MIN || !state.is_dir() {
        return;
    }
    if let Some(program) = program() {
        let bytes = memory.to_bytes(&program);
        let _slower_next_time = files::replace(&state.join(FILE), &bytes, Durability::Cached);
    }
    memory.mark_stored();
}

//! The last reading of a folder, so that the next one parses only what was written since.
//!
//! Promises: a reading with memory has the same result as a first one. A file counts as unchanged if its length, both its times
//! and its inode are the same, and the time of writing is old enough for the coarseness of clocks; any other file is read, and
//! parsed only if its text differs. A file that is replaced by its last good version is never remembered. Reads no clock.

use std::collections::HashMap;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use crate::model::localized::Language;
use crate::model::page::Page;

use super::read_file::ReadFile;

/// What the last reading of a folder found; nothing at first.
#[derive(Default)]
pub struct ParseCache {
    /// Names of translations are read by the page's languages.
    pub(super) languages: Vec<Language>,
    pub(super) files: HashMap<String, Kept>,
    /// How many of the files are not as what was stored has them.
    pub(super) unstored: usize,
}

/// One file as it was.
pub(super) struct Kept {
    /// `None` if it was written too shortly before it was read.
    pub(super) facts: Option<Facts>,
    pub(super) read: Arc<ReadFile>,
    /// Whether another process read it.
    pub(super) is_recalled: bool,
}

/// What the file system knows of a file without reading it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Facts {
    pub(super) bytes: u64,
    pub(super) inode: u64,
    /// When its bytes were last written, in nanoseconds since 1970.
    pub(super) written: i128,
    /// When it last became what it is at this place, in nanoseconds since 1970: no program can set it.
    pub(super) changed: i128,
}

impl Facts {
    /// Of a file that was last written before `settled`.
    pub(super) fn of(path: &Path, settled: SystemTime) -> Option<Self> {
        let metadata = std::fs::symlink_metadata(path).ok()?;
        let nanoseconds = |seconds: i64, rest: i64| i128::from(seconds) * 1_000_000_000 + i128::from(rest);
        let facts = Self {
            bytes: metadata.len(),
            inode: metadata.ino(),
            written: nanoseconds(metadata.mtime(), metadata.mtime_nsec()),
            changed: nanoseconds(metadata.ctime(), metadata.ctime_nsec()),
        };
        (metadata.modified().ok()? < settled).then_some(facts)
    }
}

impl ParseCache {
    /// Forgets everything if names would be read by other languages.
    pub(super) fn fit(&mut self, page: &Page) {
        if self.languages != page.languages {
            self.languages.clone_from(&page.languages);
            self.files.clear();
        }
    }

    /// The file as it was, if by the file system's facts it still is.
    pub(super) fn unchanged(&self, file: &str, facts: Option<Facts>) -> Option<Arc<ReadFile>> {
        let kept = self.files.get(file).filter(|kept| kept.facts.is_some() && kept.facts == facts)?;
        Some(Arc::clone(&kept.read))
    }

    /// The file as it was, if its text still is.
    pub(super) fn of_text(&self, file: &str, text: &str) -> Option<Arc<ReadFile>> {
        let kept = self.files.get(file).filter(|kept| *kept.read.text == *text)?;
        Some(Arc::clone(&kept.read))
    }

    /// Whether this very reading of the file, by this process, is remembered.
    pub(super) fn holds(&self, read: &Arc<ReadFile>) -> bool {
        let is_held = |kept: &Kept| !kept.is_recalled && Arc::ptr_eq(&kept.read, read);
        self.files.get(&read.file).is_some_and(is_held)
    }

    /// Remembers these files and no others.
    pub(super) fn keep(&mut self, files: &[(Option<Facts>, Arc<ReadFile>)]) {
        let is_stored = |facts: &Option<Facts>, read: &Arc<ReadFile>| {
            self.files
                .get(&read.file)
                .is_some_and(|kept| kept.facts == *facts && Arc::ptr_eq(&kept.read, read))
        };
        let news = files.iter().filter(|(facts, read)| read.is_storable() && !is_stored(facts, read)).count();
        let mut last = std::mem::take(&mut self.files);
        let usable = files.iter().filter(|(_, read)| stands_alone(read));
        let kept = usable.map(|(facts, read)| {
            let kept = Kept { facts: *facts, read: Arc::clone(read), is_recalled: false };
            (last.remove_entry(&read.file).map_or_else(|| read.file.clone(), |(name, _)| name), kept)
        });
        self.files = kept.collect();
        self.unstored += news;
    }

    /// Whether no file is remembered.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// How many files were read that are not the same in what was stored last.
    pub fn unstored(&self) -> usize {
        self.unstored
    }

    /// Notes that everything was stored just now.
    pub fn mark_stored(&mut self) {
        self.unstored = 0;
    }
}

/// Whether nothing but the file itself went into what was made of it.
fn stands_alone(read: &ReadFile) -> bool {
    read.reads()
}

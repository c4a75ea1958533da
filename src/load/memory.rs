//! The last reading of a folder, so that the next one parses only what was written since.
//!
//! Promises: a reading with memory has the same result as a first one. A file counts as unchanged if its length and
//! modification time are the same, and that time is old enough for the coarseness of clocks; any other file is read, and
//! parsed only if its text differs. A file that is replaced by its last good version is never remembered. Reads no clock.

use std::collections::HashMap;
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
    languages: Vec<Language>,
    files: HashMap<String, Kept>,
}

/// One file as it was.
struct Kept {
    /// `None` if it was written too shortly before it was read.
    facts: Option<Facts>,
    read: Arc<ReadFile>,
}

/// What the file system knows of a file without reading it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Facts {
    bytes: u64,
    changed: SystemTime,
}

impl Facts {
    /// Of a file that was last written before `settled`.
    pub(super) fn of(path: &Path, settled: SystemTime) -> Option<Self> {
        let metadata = std::fs::metadata(path).ok()?;
        let changed = metadata.modified().ok()?;
        (changed < settled).then_some(Self { bytes: metadata.len(), changed })
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

    /// Whether this very reading of the file is remembered.
    pub(super) fn holds(&self, read: &Arc<ReadFile>) -> bool {
        self.files.get(&read.file).is_some_and(|kept| Arc::ptr_eq(&kept.read, read))
    }

    /// Remembers these files and no others.
    pub(super) fn keep(&mut self, files: &[(Option<Facts>, Arc<ReadFile>)]) {
        let usable = files.iter().filter(|(_, read)| stands_alone(read));
        let kept =
            usable.map(|(facts, read)| (read.file.clone(), Kept { facts: *facts, read: Arc::clone(read) }));
        self.files = kept.collect();
    }
}

/// Whether nothing but the file itself went into what was made of it.
fn stands_alone(read: &ReadFile) -> bool {
    read.reads()
}

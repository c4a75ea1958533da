//! Reads the files of a folder into memory, in the order of their paths.
//!
//! Never follows symbolic links, so a link cannot pull files from outside the folder into the page.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Why a source could not be read at all.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The folder holds neither configuration nor incidents.
    #[error("failed to find a cState site in {}: no config file and no content/issues", .0.display())]
    NotASite(PathBuf),
    /// A file or folder could not be read.
    #[error("failed to read {}", path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

/// Reads every regular file below `root` whose path, relative and with `/` between folders, is `wanted`.
pub(super) fn read(root: &Path, wanted: fn(&str) -> bool) -> Result<BTreeMap<String, Vec<u8>>, Error> {
    let mut files = BTreeMap::new();
    let is_seen = |entry: &walkdir::DirEntry| entry.depth() != 1 || entry.file_name() != ".git";
    for entry in walkdir::WalkDir::new(root).sort_by_file_name().into_iter().filter_entry(is_seen) {
        let entry = entry.map_err(|error| Error::Read {
            path: error.path().unwrap_or(root).to_owned(),
            source: error.into(),
        })?;
        let Some(path) = relative(root, entry.path()) else { continue };
        if entry.file_type().is_file() && wanted(&path) {
            let bytes = fs::read(entry.path())
                .map_err(|source| Error::Read { path: entry.path().to_owned(), source })?;
            files.insert(path, bytes);
        }
    }
    Ok(files)
}

fn relative(root: &Path, path: &Path) -> Option<String> {
    let inner = path.strip_prefix(root).ok()?;
    let parts: Vec<_> = inner.components().map(|part| part.as_os_str().to_string_lossy()).collect();
    Some(parts.join("/"))
}

//! Reads the files of a folder into memory, in the order of their paths.
//!
//! Never follows symbolic links, so a link cannot pull files from outside the folder into the page.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::Error;

/// Reads every regular file below `root` whose path, relative and with `/` between folders, is `wanted`.
pub(super) fn read(root: &Path, wanted: fn(&str) -> bool) -> Result<BTreeMap<String, Vec<u8>>, Error> {
    let mut files = BTreeMap::new();
    for entry in walkdir::WalkDir::new(root).sort_by_file_name() {
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

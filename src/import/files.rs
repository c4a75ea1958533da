//! Reads the files of a folder into memory, in the order of their paths.
//!
//! Promises: no link is followed, so none can pull files from outside the folder into the page; no device or pipe is
//! opened; a file that is too large is an error.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::files::{self, Folder, Kind, Reach};

/// No file of a source is larger, and none lies deeper.
const BYTES_MAX: u64 = 16 << 20;
const REACH: Reach = Reach { depth_max: 64, skips_hidden: false };

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
        /// What is there, or what the system said.
        source: files::Error,
    },
    /// A folder could not be listed to its end.
    #[error("failed to list {}: {why}", path.display())]
    Unlisted {
        /// The folder that cannot be listed.
        path: PathBuf,
        /// The system's own words.
        why: String,
    },
}

/// Reads every regular file below `root` whose path, relative and with `/` between folders, is `wanted`.
pub(super) fn read(root: &Path, wanted: fn(&str) -> bool) -> Result<BTreeMap<String, Vec<u8>>, Error> {
    let here = |source| Error::Read { path: root.to_owned(), source };
    let unread = |path: &str, source| Error::Read { path: root.join(path), source };
    let folder = Folder::open(root).map_err(here)?;
    let mut found = BTreeMap::new();
    for entry in files::walk(root, "", REACH).map_err(here)? {
        let unlisted = |why: String| Error::Unlisted { path: root.join(&entry.path), why };
        match entry.kind {
            Kind::File if wanted(&entry.path) => {
                let bytes = folder.read(&entry.path, BYTES_MAX);
                let bytes = bytes.map_err(|source| unread(&entry.path, source))?;
                found.extend(bytes.map(|bytes| (entry.path, bytes)));
            }
            Kind::Unreadable(why) => return Err(unlisted(why)),
            Kind::TooDeep => {
                return Err(unlisted(format!(
                    "folders are nested more than {} levels deep",
                    REACH.depth_max
                )));
            }
            _ => {}
        }
    }
    Ok(found)
}

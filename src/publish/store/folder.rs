//! A folder of this machine whose files are replaced one by one.
//!
//! Promises: a reader sees the old file or the new one, never half of one; what was written is on the disk before the
//! write returns. What a killed publisher left half written goes with the next build. No link below the folder is followed. Conditions are kept among the publishers of this machine, by a lock on a file that the system releases when its holder ends.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use rustix::io::Errno;

use super::{Condition, Error, Listed, Store, StoreFault, StoredFile, Version};
use crate::files::{self, Durability, Folder, Kind, Mode, Reach};
use crate::publish::headers::Headers;
use crate::publish::manifest;

/// The largest file that is read back from a target, in bytes: more than any page or asset has.
const BYTES_MAX: u64 = 1 << 30;

/// How far a listing goes: a page has no deeper folders.
const REACH: Reach = Reach { depth_max: 64, skips_hidden: false };

/// The file that is locked while a condition is looked at and the write is done.
const LOCK: &str = ".allclear-lock";

/// A folder of this machine.
#[derive(Clone, Debug)]
pub struct FolderStore {
    folder: PathBuf,
}

impl FolderStore {
    /// The store in a folder, which is made when something is written.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    fn find(&self, path: &str) -> Result<Option<StoredFile>, files::Error> {
        let opened = match Folder::open(&self.folder) {
            Err(error) if error.is_not_found() => return Ok(None),
            opened => opened?,
        };
        let Some((bytes, modified)) = opened.read_with_time(path, BYTES_MAX)? else { return Ok(None) };
        let version = Version { tag: Some(manifest::hash(&bytes)), number: None };
        Ok(Some(StoredFile { bytes: bytes.into(), version, modified: modified.into() }))
    }

    /// Removes what killed publishers of this machine left half written. What cannot be removed stays for the next: no reader
    /// sees it.
    pub fn remove_abandoned(&self) {
        let Ok(opened) = Folder::open(&self.folder) else { return };
        let name = |entry: &files::Entry| entry.path.rsplit('/').next().is_some_and(files::is_unfinished);
        let entries = files::walk(&self.folder, "", REACH).unwrap_or_default();
        for entry in entries.iter().filter(|entry| entry.kind == Kind::File && name(entry)) {
            let _stays = opened.remove_abandoned(&entry.path);
        }
    }

    fn replace(&self, path: &str, bytes: &[u8], condition: &Condition) -> Result<Version, Error> {
        let fail = |error: files::Error| failure("write", path, &error.into());
        make_folder(&self.folder, path)?;
        let opened = Folder::open(&self.folder).map_err(fail)?;
        let beside = opened.beside(path, bytes, Durability::Synced, Mode::ReadableByAll).map_err(fail)?;
        let lock = File::create(self.folder.join(LOCK)).and_then(|lock| lock.lock().map(|()| lock));
        let _lock = lock.map_err(|error| failure("write", path, &error))?;
        let there = self.find(path).map_err(fail)?;
        let holds = match condition {
            Condition::Any => true,
            Condition::Absent => there.is_none(),
            Condition::Is(version) => there.is_some_and(|there| there.version == *version),
        };
        if !holds {
            return Err(Error {
                verb: "write",
                path: path.to_owned(),
                kind: StoreFault::Conflict,
                why: "it changed meanwhile".to_owned(),
            });
        }
        beside.persist().map_err(fail)?;
        Ok(Version { tag: Some(manifest::hash(bytes)), number: None })
    }

    fn remove(&self, path: &str) -> Result<(), files::Error> {
        let opened = match Folder::open(&self.folder) {
            Err(error) if error.is_not_found() => return Ok(()),
            opened => opened?,
        };
        opened.remove(path)?;
        let mut folder = path;
        while let Some((parent, _)) = folder.rsplit_once('/') {
            if opened.remove_folder(parent).is_err() {
                break;
            }
            folder = parent;
        }
        Ok(())
    }
}

impl FolderStore {
    /// Every regular file with the hash of its bytes: they are at hand. A link is listed as missing, because the page has none.
    fn files(&self) -> Result<BTreeMap<String, Listed>, files::Error> {
        let opened = match Folder::open(&self.folder) {
            Err(error) if error.is_not_found() => return Ok(BTreeMap::new()),
            opened => opened?,
        };
        let mut listed = BTreeMap::new();
        for entry in files::walk(&self.folder, "", REACH)? {
            if entry.kind == Kind::File
                && let Some(bytes) = opened.read(&entry.path, BYTES_MAX)?
            {
                let hash = Some(manifest::hash(&bytes));
                listed.insert(entry.path, Listed { length: bytes.len() as u64, hash });
            }
        }
        Ok(listed)
    }
}

impl Store for FolderStore {
    async fn read(&self, path: &str) -> Result<Option<StoredFile>, Error> {
        self.find(path).map_err(|error| failure("read", path, &error.into()))
    }

    async fn write(
        &self,
        path: &str,
        bytes: Bytes,
        _headers: Headers,
        condition: &Condition,
    ) -> Result<Version, Error> {
        self.replace(path, &bytes, condition)
    }

    async fn list(&self) -> Result<BTreeMap<String, Listed>, Error> {
        self.files().map_err(|error| failure("list", &self.folder.to_string_lossy(), &error.into()))
    }

    /// Takes the folders that are left empty as well.
    async fn delete(&self, path: &str) -> Result<(), Error> {
        self.remove(path).map_err(|error| failure("delete", path, &error.into()))
    }
}

/// What the system said about a file.
pub(in crate::publish) fn failure(verb: &'static str, path: &str, error: &std::io::Error) -> Error {
    let kind = match error.kind() {
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => StoreFault::Denied,
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => StoreFault::Full,
        ErrorKind::NotFound => StoreFault::NoPlace,
        _ => StoreFault::Other,
    };
    Error { verb, path: path.to_owned(), kind, why: same_each_time(error).to_string() }
}

/// An error without the random name of a temporary folder: the same failure has the same words each time, and is reported once.
pub(in crate::publish) fn same_each_time(error: &std::io::Error) -> std::io::Error {
    let words = error.to_string();
    let (why, _name) = words.split_once(" at path ").unwrap_or((&words, ""));
    std::io::Error::new(error.kind(), why)
}

/// Makes a folder for a file and those it is in. The system says of one that it cannot make only that it does not exist.
pub(in crate::publish) fn make_folder(folder: &Path, path: &str) -> Result<(), Error> {
    fs::create_dir_all(folder).map_err(|error| {
        // A file that is in its place is "there already" to the system.
        let is_file = error.kind() == ErrorKind::AlreadyExists;
        let error = if is_file { Errno::NOTDIR.into() } else { error };
        let why = format!("the folder {} cannot be created: {error}", folder.display());
        Error { why, ..failure("write", path, &error) }
    })
}

/// Makes a new name in a folder last through the loss of power.
pub(in crate::publish) fn sync_folder(folder: &Path) -> std::io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::FolderStore;
    use crate::publish::headers::Headers;
    use crate::publish::store::{Condition, ConditionalWrites, Store, StoreFault, probe};

    #[tokio::test]
    async fn a_folder_keeps_conditions_and_leaves_nothing_beside() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = FolderStore::new(folder.path());
        assert_eq!(probe(&store).await, Ok(ConditionalWrites::Kept));
        let headers = Headers::of("a/b.html");
        let first = store.write("a/b.html", "1".into(), headers, &Condition::Absent).await.expect("written");
        let again = store.write("a/b.html", "2".into(), headers, &Condition::Absent).await;
        assert_eq!(again.map_err(|error| error.kind), Err(StoreFault::Conflict));
        store.write("a/b.html", "3".into(), headers, &Condition::Is(first)).await.expect("written");
        assert_eq!(store.read("a/b.html").await.expect("read").map(|found| found.bytes), Some("3".into()));
        let names: Vec<_> = std::fs::read_dir(folder.path().join("a")).expect("a folder").collect();
        assert_eq!(names.len(), 1, "{names:?}");
        store.delete("a/b.html").await.expect("deleted");
        store.delete("a/b.html").await.expect("deleted already");
        assert!(!folder.path().join("a").exists());
        assert_eq!(store.read("a/b.html").await, Ok(None));
    }

    #[tokio::test]
    async fn nothing_is_written_or_deleted_through_a_link() {
        let (folder, victim) =
            (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
        std::fs::write(victim.path().join("kept"), "kept").expect("written");
        std::os::unix::fs::symlink(victim.path(), folder.path().join("out")).expect("linked");
        let store = FolderStore::new(folder.path());
        for path in ["out/kept", "out/new", "../x"] {
            assert!(store.read(path).await.is_err() && store.delete(path).await.is_err(), "{path}");
            let written = store.write(path, "x".into(), Headers::of(path), &Condition::Any).await;
            assert!(written.is_err(), "{path}");
        }
        assert_eq!(std::fs::read_dir(victim.path()).expect("listed").count(), 1);
    }
}

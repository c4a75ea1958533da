//! A folder of this machine whose files are replaced one by one.
//!
//! Promises: a reader sees the old file or the new one, never half of one; what was written is on the disk before the
//! write says so. Conditions are kept among the publishers of this machine, by a lock on a file that the system lets
//! go when its holder ends.

use std::fs::{self, File};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use bytes::Bytes;

use super::{Condition, Error, Fault, Found, Store, Version};
use crate::publish::headers::Headers;
use crate::publish::manifest;

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

    fn find(&self, path: &str) -> std::io::Result<Option<Found>> {
        let place = self.folder.join(path);
        match fs::read(&place) {
            Ok(bytes) => {
                let modified = fs::metadata(&place)?.modified()?.into();
                let version = Version { tag: Some(manifest::hash(&bytes)), number: None };
                Ok(Some(Found { bytes: bytes.into(), version, modified }))
            }
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn replace(&self, path: &str, bytes: &[u8], condition: &Condition) -> Result<Version, Error> {
        let fail = |error: std::io::Error| failure("write", path, &error);
        let place = self.folder.join(path);
        let parent = place.parent().unwrap_or(&self.folder);
        make_folder(parent, path)?;
        let mut beside = tempfile::Builder::new().prefix(".new-").tempfile_in(parent).map_err(fail)?;
        beside.write_all(bytes).map_err(fail)?;
        readable_by_all(beside.as_file()).map_err(fail)?;
        beside.as_file().sync_all().map_err(fail)?;
        let lock = File::create(self.folder.join(LOCK)).map_err(fail)?;
        lock.lock().map_err(fail)?;
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
                kind: Fault::Conflict,
                why: "it is not as it was found".to_owned(),
            });
        }
        beside.persist(&place).map_err(|error| fail(error.error))?;
        sync_folder(parent).map_err(fail)?;
        Ok(Version { tag: Some(manifest::hash(bytes)), number: None })
    }
}

impl Store for FolderStore {
    async fn read(&self, path: &str) -> Result<Option<Found>, Error> {
        self.find(path).map_err(|error| failure("read", path, &error))
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

    /// Takes the folders that are left empty as well.
    async fn delete(&self, path: &str) -> Result<(), Error> {
        match fs::remove_file(self.folder.join(path)) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(failure("delete", path, &error)),
            _ => {
                let mut folder = Path::new(path).parent();
                while let Some(empty) = folder.filter(|folder| !folder.as_os_str().is_empty()) {
                    if fs::remove_dir(self.folder.join(empty)).is_err() {
                        break;
                    }
                    folder = empty.parent();
                }
                Ok(())
            }
        }
    }
}

/// What the system said about a file.
pub(in crate::publish) fn failure(verb: &'static str, path: &str, error: &std::io::Error) -> Error {
    let kind = match error.kind() {
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => Fault::Denied,
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Fault::Full,
        ErrorKind::NotFound => Fault::NoPlace,
        _ => Fault::Other,
    };
    Error { verb, path: path.to_owned(), kind, why: error.to_string() }
}

/// Makes a folder for a file and those it is in. The system says of one that it cannot make only that it is not there.
pub(in crate::publish) fn make_folder(folder: &Path, path: &str) -> Result<(), Error> {
    fs::create_dir_all(folder).map_err(|error| Error {
        why: format!("the folder {} cannot be made: {error}", folder.display()),
        ..failure("write", path, &error)
    })
}

/// Makes a new name in a folder last through the loss of power.
pub(in crate::publish) fn sync_folder(folder: &Path) -> std::io::Result<()> {
    File::open(folder)?.sync_all()
}

/// A temporary file is its owner's alone; a page is for the web server too.
#[cfg(unix)]
fn readable_by_all(file: &File) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn readable_by_all(_file: &File) -> std::io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::FolderStore;
    use crate::publish::headers::Headers;
    use crate::publish::store::{Condition, Conditions, Fault, Store, probe};

    #[tokio::test]
    async fn a_folder_keeps_conditions_and_leaves_nothing_beside() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = FolderStore::new(folder.path());
        assert_eq!(probe(&store).await, Ok(Conditions::Kept));
        let headers = Headers::of("a/b.html");
        let first = store.write("a/b.html", "1".into(), headers, &Condition::Absent).await.expect("written");
        let again = store.write("a/b.html", "2".into(), headers, &Condition::Absent).await;
        assert_eq!(again.map_err(|error| error.kind), Err(Fault::Conflict));
        store.write("a/b.html", "3".into(), headers, &Condition::Is(first)).await.expect("written");
        assert_eq!(store.read("a/b.html").await.expect("read").map(|found| found.bytes), Some("3".into()));
        let names: Vec<_> = std::fs::read_dir(folder.path().join("a")).expect("a folder").collect();
        assert_eq!(names.len(), 1, "{names:?}");
        store.delete("a/b.html").await.expect("deleted");
        store.delete("a/b.html").await.expect("deleted already");
        assert!(!folder.path().join("a").exists());
        assert_eq!(store.read("a/b.html").await, Ok(None));
    }
}

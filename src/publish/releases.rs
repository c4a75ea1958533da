//! A folder of this machine in which each build is a folder of its own, and a link points to the live one.
//!
//! Promises: a reader of `current/` sees exactly one build, never a mix of two; a build that is or was live is never
//! changed; the link is switched in one step, after the whole build is on the disk; the live build and the nine before it
//! stay. A later publisher removes what a killed one left.

mod fill;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bytes::Bytes;

use crate::files::Folder;

use self::fill::{Copied, fill, has, write};
use super::gone::Gone;
use super::manifest::BuildId;
use super::newer::NotNewer;
use super::pointer::{self, LiveBuild, POINTER_PATH};
use super::retired;
use super::send::{Sent, UploadJob};
use super::store::{Error, failure, make_folder, sync_folder};

/// The link to the live build, within the folder.
pub const CURRENT: &str = "current";
const RELEASES: &str = "releases";
const LOCK: &str = ".lock";
/// How what is not yet a release is called.
const UNFINISHED: &str = ".new-";
/// Number of builds that stay, the live one included.
const RELEASES_MAX: usize = 10;
/// Age from which an unfinished release counts as left by a dead publisher.
const ABANDONED: Duration = Duration::from_secs(3_600);

/// A folder with releases.
#[derive(Clone, Debug)]
pub struct Releases {
    folder: PathBuf,
}

/// Why a build is not live.
#[derive(Debug, thiserror::Error)]
pub enum ReleaseError {
    /// The system did not do what it was asked.
    #[error(transparent)]
    Store(#[from] Error),
    /// The live build may not be replaced by ours.
    #[error(transparent)]
    Refused(#[from] NotNewer),
    /// The live pointer cannot be read.
    #[error(transparent)]
    Pointer(#[from] pointer::Unreadable),
}

impl Releases {
    /// The releases in a folder, which is made when something is published.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    /// What the live build says about itself.
    pub fn live(&self) -> Result<Option<LiveBuild>, ReleaseError> {
        let path = self.folder.join(CURRENT).join(POINTER_PATH);
        match fs::read(path) {
            Ok(bytes) => Ok(Some(LiveBuild::from_json(&bytes)?)),
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
            Err(error) => Err(failure("read", POINTER_PATH, &error).into()),
        }
    }

    /// Publishes a build. `pass` gets each step before it is done.
    ///
    /// # Errors
    /// The live build may not be replaced, or the system refuses. The live build stays as it was then.
    pub fn publish(
        &self,
        parcel: &UploadJob,
        gone: &Gone,
        may_replace: &dyn Fn(&LiveBuild) -> Result<(), NotNewer>,
        pass: &dyn Fn(&'static str),
    ) -> Result<Sent, ReleaseError> {
        let live = self.live()?;
        if let Some(live) = &live {
            may_replace(live)?;
            if live.build == parcel.build
                && same_origin(live, parcel)
                && gone.is_empty()
                && self.is_whole(parcel)
            {
                return Ok(sent(parcel, Some(live), &Copied::default(), 0));
            }
        }
        let releases = self.folder.join(RELEASES);
        make_folder(&releases, RELEASES)?;
        let unfinished = tempfile::Builder::new().prefix(UNFINISHED).tempdir_in(&releases);
        let unfinished = unfinished.map_err(|error| failure("write", RELEASES, &error))?;
        let mut copied = fill(unfinished.path(), &self.folder.join(CURRENT), parcel, pass)?;
        self.keep_old(unfinished.path(), parcel, gone, &mut copied)?;
        pass("switch");
        let lock = self.lock()?;
        // While the files were copied someone else may have been faster. Asking about the same build again takes git's time.
        let (before, live) = (live, self.live()?);
        if let Some(live) = live.as_ref().filter(|_| before != live) {
            may_replace(live)?;
        }
        let mut pointer = LiveBuild::over(live.as_ref(), parcel.build.clone(), parcel.origin.clone());
        if !gone.is_empty() {
            // A rollback would bring the page back.
            pointer.past.clear();
        }
        write(&unfinished.path().join(POINTER_PATH), pointer.to_json().as_bytes(), POINTER_PATH)?;
        let name = format!("{:06}-{}", self.last_number()? + 1, parcel.build.short());
        readable_by_all(unfinished.path()).map_err(|error| failure("write", &name, &error))?;
        settle(&releases).map_err(|error| failure("write", RELEASES, &error))?;
        let unfinished = unfinished.keep();
        fs::rename(unfinished, releases.join(&name)).map_err(|error| failure("write", &name, &error))?;
        sync_folder(&releases).map_err(|error| failure("write", RELEASES, &error))?;
        pass("turn");
        self.turn(&name).map_err(|error| failure("write", CURRENT, &error))?;
        if !gone.is_empty() {
            self.remove_releases_but(&name);
        }
        drop(lock);
        let deleted = copied.deleted;
        Ok(sent(parcel, live.as_ref(), &copied, deleted))
    }

    /// Which files of a build the live one has not, or has otherwise.
    pub fn survey(&self, parcel: &UploadJob) -> Vec<String> {
        let current = self.current();
        let differs = |(path, bytes): &(&String, &Bytes)| !has(current.as_ref(), path, bytes);
        parcel.files.iter().filter(differs).map(|(path, _)| path.clone()).collect()
    }

    /// Whether the live tree has every file byte for byte: someone may have been at it by hand.
    fn is_whole(&self, parcel: &UploadJob) -> bool {
        let current = self.current();
        parcel.files.iter().all(|(path, bytes)| has(current.as_ref(), path, bytes))
    }

    /// The live release, if there is one.
    fn current(&self) -> Option<Folder> {
        Folder::open(&self.folder.join(CURRENT)).ok()
    }

    /// Takes over the pages that were removed within the last day, by second names: caches may hold pages that lead to them.
    fn keep_old(
        &self,
        release: &Path,
        parcel: &UploadJob,
        gone: &Gone,
        copied: &mut Copied,
    ) -> Result<(), Error> {
        let current = self.folder.join(CURRENT);
        let (before, now) = (retired::read(&current), parcel.origin.time);
        let mut kept = BTreeMap::new();
        for path in retired::files(&current) {
            if parcel.files.contains_key(&path) {
                continue;
            }
            let since = before.get(&path).copied().unwrap_or(now);
            if gone.holds(&path) || now - since >= retired::GRACE {
                copied.deleted += 1;
                copied.changed.push(path);
                continue;
            }
            let new = release.join(&path);
            if let Some(parent) = new.parent() {
                make_folder(parent, &path)?;
            }
            if fs::hard_link(current.join(&path), &new).is_ok() {
                if !before.contains_key(&path) {
                    copied.changed.push(path.clone());
                }
                kept.insert(path, since);
            }
        }
        copied.waiting = kept.len();
        write(&release.join(retired::PATH), &retired::to_json(&kept), retired::PATH)
    }

    /// Which files a build would delete: those that were removed from the page more than a day before it.
    pub fn due(&self, parcel: &UploadJob, gone: &Gone) -> Vec<String> {
        let current = self.folder.join(CURRENT);
        let (before, now) = (retired::read(&current), parcel.origin.time);
        let is_due = |path: &String| {
            let is_old = before.get(path).is_some_and(|since| now - *since >= retired::GRACE);
            !parcel.files.contains_key(path) && (is_old || gone.holds(path))
        };
        retired::files(&current).into_iter().filter(is_due).collect()
    }

    /// Holds everyone else off who would turn the link. The system releases it when the holder ends.
    fn lock(&self) -> Result<File, Error> {
        let fail = |error: std::io::Error| failure("write", LOCK, &error);
        let lock = File::create(self.folder.join(LOCK)).map_err(fail)?;
        lock.lock().map_err(fail)?;
        Ok(lock)
    }

    fn last_number(&self) -> Result<u64, Error> {
        Ok(self.numbered()?.keys().next_back().copied().unwrap_or_default())
    }

    /// The finished releases by their numbers.
    fn numbered(&self) -> Result<BTreeMap<u64, String>, Error> {
        let fail = |error: std::io::Error| failure("read", RELEASES, &error);
        let mut found = BTreeMap::new();
        for entry in fs::read_dir(self.folder.join(RELEASES)).map_err(fail)? {
            let name = entry.map_err(fail)?.file_name().to_string_lossy().into_owned();
            let number = name.split_once('-').and_then(|(number, _)| number.parse().ok());
            found.extend(number.map(|number| (number, name)));
        }
        Ok(found)
    }

    /// Turns the link, by a new one that is renamed over it.
    fn turn(&self, name: &str) -> std::io::Result<()> {
        let beside = self.folder.join(".current-new");
        let _left_over = fs::remove_file(&beside);
        symlink(&Path::new(RELEASES).join(name), &beside)?;
        fs::rename(&beside, self.folder.join(CURRENT))?;
        sync_folder(&self.folder)
    }

    /// Takes old releases away, and what killed publishers left. On a busy disk that takes seconds, so it is a step of its own:
    /// neither readers nor subscribers wait for it. That one stays longer is no reason to fail: the next publisher tries again.
    pub fn remove_old(&self) {
        let live = fs::read_link(self.folder.join(CURRENT)).ok();
        let Some(live) = live.as_ref().and_then(|live| live.file_name()?.to_str()) else { return };
        let releases = self.folder.join(RELEASES);
        let numbered = self.numbered().unwrap_or_default();
        let old = numbered.len().saturating_sub(RELEASES_MAX);
        let old: Vec<PathBuf> = numbered
            .into_values()
            .filter(|name| name != live)
            .take(old)
            .map(|name| releases.join(name))
            .collect();
        let written = |path: &Path| fs::metadata(path).and_then(|facts| facts.modified());
        let now = written(&releases.join(live));
        let is_abandoned = |path: &PathBuf| {
            let unfinished =
                path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(UNFINISHED));
            let age = now.as_ref().ok().zip(written(path).ok());
            let age = age.and_then(|(now, then)| now.duration_since(then).ok());
            unfinished && age.is_some_and(|age| age > ABANDONED)
        };
        let entries = fs::read_dir(&releases).into_iter().flatten().flatten();
        let abandoned = entries.map(|entry| entry.path()).filter(is_abandoned);
        for path in old.into_iter().chain(abandoned) {
            let _stays = fs::remove_dir_all(path);
        }
    }

    /// Takes every release away but one: the others may hold what has to be gone.
    fn remove_releases_but(&self, live: &str) {
        let others = self.numbered().unwrap_or_default().into_values().filter(|name| name != live);
        for name in others {
            // The next that has to be gone tries again, and nobody is led to it.
            let _stays = fs::remove_dir_all(self.folder.join(RELEASES).join(name));
        }
    }
}

fn same_origin(live: &LiveBuild, parcel: &UploadJob) -> bool {
    live.origin.commit == parcel.origin.commit
        && live.origin.rolled_back_from == parcel.origin.rolled_back_from
}

fn sent(parcel: &UploadJob, live: Option<&LiveBuild>, copied: &Copied, deleted: usize) -> Sent {
    let before: Option<BuildId> = live.map(|live| live.build.clone());
    Sent {
        build: parcel.build.clone(),
        before,
        written: copied.written,
        kept: parcel.files.len() - copied.written,
        deleted,
        waiting: copied.waiting,
        over_limit: 0,
        changed: copied.changed.clone(),
        conditions: None,
    }
}

/// Waits until everything written to the file system of a folder is on its disk: one call, where a site has thousands of
/// files and folders.
#[cfg(target_os = "linux")]
fn settle(folder: &Path) -> std::io::Result<()> {
    Ok(rustix::fs::syncfs(File::open(folder)?)?)
}

/// Elsewhere each file is flushed on its own.
#[cfg(not(target_os = "linux"))]
fn settle(folder: &Path) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            settle(&entry.path())?;
        } else if entry.file_type()?.is_file() {
            File::open(entry.path())?.sync_all()?;
        }
    }
    sync_folder(folder)
}

#[cfg(unix)]
fn symlink(to: &Path, at: &Path) -> std::io::Result<()> {
    std::os::unix::fs::symlink(to, at)
}

#[cfg(not(unix))]
fn symlink(_to: &Path, _at: &Path) -> std::io::Result<()> {
    Err(std::io::Error::new(ErrorKind::Unsupported, "links need a Unix system; use switch = \"in-place\""))
}

#[cfg(unix)]
fn readable_by_all(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o755))
}

#[cfg(not(unix))]
fn readable_by_all(_folder: &Path) -> std::io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests;

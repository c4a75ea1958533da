//! A folder below which files are read, written and removed without following links.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::fd::{AsFd as _, OwnedFd};
use std::path::Path;
use std::time::SystemTime;

use rustix::fs::{
    AtFlags, Dir, FileType, FlockOperation, Mode, OFlags, Stat, flock, fsync, mkdirat, openat, renameat,
    statat, unlinkat,
};
use rustix::io::Errno;

use super::beside::{keep, remove_abandoned};
use super::opening::folder_below;
use super::{Beside, Durability, Error, is_inside};

/// A folder that is open. Paths below it are relative, with `/` between their parts.
#[derive(Debug)]
pub struct Folder {
    fd: OwnedFd,
}

/// What the system says of a file without reading it. Another one whenever something was written to the file, its
/// rights were changed, or another file replaced it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trace {
    /// Its length in bytes.
    pub length: u64,
    /// When its bytes were last written, in nanoseconds since 1970.
    pub written: i128,
    /// When it last became what it is at this place, in nanoseconds since 1970: no program can set it.
    pub changed: i128,
}

impl Folder {
    /// Opens a folder that the operator named; links on the way to it are followed.
    ///
    /// # Errors
    /// There is no such folder, or it may not be read.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let folder = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        // What is not a folder keeps its own message: the operator named it.
        let fd = rustix::fs::open(path, folder, Mode::empty()).map_err(std::io::Error::from)?;
        Ok(Self { fd })
    }

    /// Waits until no other process holds this folder, and holds it for as long as it is open here. Some network disks have
    /// no such locks: there it holds nothing.
    pub fn hold(&self) {
        while flock(&self.fd, FlockOperation::LockExclusive) == Err(Errno::INTR) {}
    }

    /// Opens a folder below this one; `""` is this one.
    ///
    /// # Errors
    /// There is no such folder, a link is on the way, or it may not be read.
    pub fn below(&self, path: &str) -> Result<Self, Error> {
        if !path.is_empty() && !is_inside(path) {
            return Err(Error::Outside);
        }
        Ok(Self { fd: folder_below(self.fd.as_fd(), path)? })
    }

    /// Reads a file of at most `bytes_max` bytes; `None` if nothing is at the path.
    ///
    /// # Errors
    /// Something is there that is no such file.
    pub fn read(&self, path: &str, bytes_max: u64) -> Result<Option<Vec<u8>>, Error> {
        match self.open_file(path) {
            Ok((file, facts)) => read_whole(file, &facts, bytes_max).map(Some),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Like [`Folder::read`], with when it was last written.
    ///
    /// # Errors
    /// As for [`Folder::read`].
    pub fn read_with_time(&self, path: &str, bytes_max: u64) -> Result<Option<(Vec<u8>, SystemTime)>, Error> {
        match self.open_file(path) {
            Ok((file, facts)) => {
                let written = file.metadata()?.modified()?;
                Ok(Some((read_whole(file, &facts, bytes_max)?, written)))
            }
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Whether a regular file is at the path.
    pub fn has_file(&self, path: &str) -> bool {
        self.facts(path).is_ok_and(|facts| is_regular(&facts))
    }

    /// The length of the regular file at the path, in bytes.
    pub fn length(&self, path: &str) -> Option<u64> {
        let facts = self.facts(path).ok().filter(is_regular)?;
        u64::try_from(facts.st_size).ok()
    }

    /// Replaces a file, or makes it and the folders it is in.
    ///
    /// # Errors
    /// It cannot be written; what stood there stays.
    pub fn replace(&self, path: &str, bytes: &[u8], durability: Durability) -> Result<(), Error> {
        self.beside(path, bytes, durability, super::Mode::Kept)?.persist()
    }

    /// When a file was last changed and how long it is; `None` if no regular file is at the path.
    pub fn trace(&self, path: &str) -> Option<Trace> {
        let facts = self.facts(path).ok().filter(is_regular)?;
        let nanoseconds = |seconds: i64, rest: u64| i128::from(seconds) * 1_000_000_000 + i128::from(rest);
        Some(Trace {
            length: u64::try_from(facts.st_size).ok()?,
            written: nanoseconds(facts.st_mtime, facts.st_mtime_nsec),
            changed: nanoseconds(facts.st_ctime, facts.st_ctime_nsec),
        })
    }

    /// Makes a file in this folder that was not there.
    ///
    /// # Errors
    /// It cannot be written, or the name is taken.
    pub fn create(&self, name: &str, bytes: &[u8]) -> Result<(), Error> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let mode = Mode::RUSR | Mode::WUSR | Mode::RGRP | Mode::WGRP | Mode::ROTH | Mode::WOTH;
        Ok(File::from(openat(&self.fd, name, flags, mode)?).write_all(bytes)?)
    }

    /// Moves a file of another folder of the same disk to a path below this one; a file that it replaces leaves it its mode
    /// and owner.
    ///
    /// # Errors
    /// It cannot be moved; what stood at the path stays.
    pub fn move_here(&self, from: &Self, name: &str, path: &str) -> Result<(), Error> {
        let (parent, own_name) = parent_and_name(path)?;
        let parent = self.below(parent)?;
        if let Some(old) = statat(&parent.fd, own_name, AtFlags::SYMLINK_NOFOLLOW).ok().filter(is_regular) {
            keep(&from.open_file(name)?.0, &old)?;
        }
        // The system's own words: that a folder is in the place is what must be said.
        Ok(renameat(&from.fd, name, &parent.fd, own_name).map_err(std::io::Error::from)?)
    }

    /// Writes a file next to its place, where nobody reads it until [`Beside::persist`] is called.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn beside(
        &self,
        path: &str,
        bytes: &[u8],
        durability: Durability,
        mode: super::Mode,
    ) -> Result<Beside, Error> {
        let (parent, name) = parent_and_name(path)?;
        let parent = match self.below(parent) {
            Err(error) if error.is_not_found() => self.make(parent, durability)?,
            opened => opened?,
        };
        Beside::write(parent.fd, name, bytes, durability, mode)
    }

    /// Makes a folder and those it is in, and opens it.
    ///
    /// # Errors
    /// One of them cannot be made, or something else is in its place.
    pub fn make(&self, path: &str, durability: Durability) -> Result<Self, Error> {
        if let Ok(there) = self.below(path) {
            return Ok(there);
        }
        let mut at = self.below("")?;
        for part in path.split('/').filter(|_| !path.is_empty()) {
            match mkdirat(&at.fd, part, Mode::RWXU | Mode::RWXG | Mode::RWXO) {
                Ok(()) if durability == Durability::Synced => fsync(&at.fd)?,
                Ok(()) | Err(Errno::EXIST) => {}
                Err(error) => return Err(error.into()),
            }
            at = at.below(part).map_err(|error| match error {
                error if error.is_not_found() => Error::System(std::io::ErrorKind::NotADirectory.into()),
                error => error,
            })?;
        }
        Ok(at)
    }

    /// Removes a file; says whether one was there.
    ///
    /// # Errors
    /// It cannot be removed, or is a folder.
    pub fn remove(&self, path: &str) -> Result<bool, Error> {
        self.unlink(path, AtFlags::empty())
    }

    /// Removes a file that a killed process left half written (see [`is_unfinished`](super::is_unfinished)). One that a living
    /// process writes stays.
    ///
    /// # Errors
    /// It cannot be opened or removed. One that is gone already is no error.
    pub fn remove_abandoned(&self, path: &str) -> Result<(), Error> {
        let (parent, name) = parent_and_name(path)?;
        remove_abandoned(&self.below(parent)?.fd, name)
    }

    /// Removes a folder that is empty; says whether one was there.
    ///
    /// # Errors
    /// It is not empty, or no folder.
    pub fn remove_folder(&self, path: &str) -> Result<bool, Error> {
        self.unlink(path, AtFlags::REMOVEDIR)
    }

    /// The names in this folder, sorted. A name that is no text is left out.
    ///
    /// # Errors
    /// The folder cannot be listed.
    pub fn names(&self) -> Result<Vec<String>, Error> {
        let mut names = Vec::new();
        for entry in Dir::read_from(&self.fd)? {
            let entry = entry?;
            let name = entry.file_name().to_str().ok().filter(|name| !matches!(*name, "." | ".."));
            names.extend(name.map(str::to_owned));
        }
        names.sort();
        Ok(names)
    }

    fn unlink(&self, path: &str, flags: AtFlags) -> Result<bool, Error> {
        let (parent, name) = parent_and_name(path)?;
        let removed = self.below(parent).and_then(|parent| Ok(unlinkat(&parent.fd, name, flags)?));
        match removed {
            Ok(()) => Ok(true),
            Err(error) if error.is_not_found() => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn open_file(&self, path: &str) -> Result<(File, Stat), Error> {
        let (parent, name) = parent_and_name(path)?;
        let parent = self.below(parent)?;
        // Looked at before it is opened: opening a device or a pipe can have effects of its own.
        regular(&statat(&parent.fd, name, AtFlags::SYMLINK_NOFOLLOW)?)?;
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let fd = openat(&parent.fd, name, flags, Mode::empty())?;
        let facts = rustix::fs::fstat(&fd)?;
        regular(&facts)?;
        Ok((fd.into(), facts))
    }

    fn facts(&self, path: &str) -> Result<Stat, Error> {
        let (parent, name) = parent_and_name(path)?;
        Ok(statat(&self.below(parent)?.fd, name, AtFlags::SYMLINK_NOFOLLOW)?)
    }
}

fn parent_and_name(path: &str) -> Result<(&str, &str), Error> {
    if !is_inside(path) {
        return Err(Error::Outside);
    }
    Ok(path.rsplit_once('/').unwrap_or(("", path)))
}

fn is_regular(facts: &Stat) -> bool {
    FileType::from_raw_mode(facts.st_mode) == FileType::RegularFile
}

fn regular(facts: &Stat) -> Result<(), Error> {
    match FileType::from_raw_mode(facts.st_mode) {
        FileType::RegularFile => Ok(()),
        FileType::Symlink => Err(Error::Link),
        _ => Err(Error::NotAFile),
    }
}

/// Reads no more than it may, whatever the file said of its length.
fn read_whole(file: File, facts: &Stat, bytes_max: u64) -> Result<Vec<u8>, Error> {
    let length = u64::try_from(facts.st_size).unwrap_or_default();
    if length > bytes_max {
        return Err(Error::TooLarge { bytes_max });
    }
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or_default());
    file.take(bytes_max.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > bytes_max { Err(Error::TooLarge { bytes_max }) } else { Ok(bytes) }
}

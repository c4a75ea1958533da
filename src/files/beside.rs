//! Writes a file next to its place and renames it over the old one; no other code writes files below a folder.
//!
//! Promises: a reader sees the old file or the new one, whenever the machine stops; a replaced file keeps its mode, and its
//! owner if the system permits; a file that was not persisted is removed, by this process or, if it was killed, by
//! [`remove_abandoned`]. Never writes through a link: a link in the place is replaced itself.

use std::fs::{File, TryLockError};
use std::io::Write as _;
use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicU64, Ordering};

use rustix::fs::{
    AtFlags, FileType, Gid, Mode as Bits, OFlags, Stat, Uid, fchmod, fchown, fsync, openat, renameat, statat,
    unlinkat,
};
use rustix::io::Errno;

use super::Error;

/// Whether a file has to last through the loss of power.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// It is on the disk, under its name, before the write returns.
    Synced,
    /// The system may keep it in memory for some seconds: for what can be made again, such as a built page.
    Cached,
}

/// Who may read and write a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// As before; a new file as the process's umask says.
    Kept,
    /// Everyone may read it, whatever the umask says: a page for a web server.
    ReadableByAll,
}

/// A number that distinguishes the temporary files of this process.
static NUMBER: AtomicU64 = AtomicU64::new(0);

/// How the name of a file begins that is written and not in its place yet. The dot hides it from readers.
const UNFINISHED: &str = ".new-";

/// Whether a file of that name was being written: no two processes, and no two threads of one, share one.
pub fn is_unfinished(name: &str) -> bool {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let numbers = name.strip_prefix(UNFINISHED).and_then(|numbers| numbers.split_once('-'));
    numbers.is_some_and(|(process, file)| is_number(process) && is_number(file))
}

/// Removes a file that a killed process left half written. One that is being written is locked, and stays; so does every
/// file where the file system has no locks, because nobody can know there.
///
/// # Errors
/// It cannot be opened or removed. One that is gone already is no error.
pub(super) fn remove_abandoned(folder: &OwnedFd, name: &str) -> Result<(), Error> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = match openat(folder, name, flags, Bits::empty()) {
        Ok(fd) => File::from(fd),
        Err(Errno::NOENT) => return Ok(()),
        Err(error) => return Err(error.into()),
    };
    match file.try_lock() {
        // Its writer may have put it in its place, or another may have removed it, before it was locked.
        Ok(()) => match unlinkat(folder, name, AtFlags::empty()) {
            Ok(()) | Err(Errno::NOENT) => Ok(()),
            Err(error) => Err(error.into()),
        },
        Err(TryLockError::WouldBlock | TryLockError::Error(_)) => Ok(()),
    }
}

/// A file that is written, next to its place.
#[derive(Debug)]
#[must_use = "a file that is not persisted is removed"]
pub struct Beside {
    folder: OwnedFd,
    name: String,
    unfinished: String,
    durability: Durability,
    is_persisted: bool,
    /// Open until it is in its place: its lock shows that someone is at it.
    file: File,
}

impl Beside {
    pub(super) fn write(
        folder: OwnedFd,
        name: &str,
        bytes: &[u8],
        durability: Durability,
        mode: Mode,
    ) -> Result<Self, Error> {
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let unfinished = format!("{UNFINISHED}{}-{number}", std::process::id());
        let old = statat(&folder, name, AtFlags::SYMLINK_NOFOLLOW).ok().filter(is_regular);
        // Nobody else reads a file that was its owner's alone, not even while it is written.
        let bits = if old.is_some() { 0o600 } else { 0o666 };
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let file = loop {
            let _left_over = unlinkat(&folder, &unfinished, AtFlags::empty());
            let file = File::from(openat(&folder, &unfinished, flags, Bits::from_raw_mode(bits))?);
            // On a file system without locks nobody removes it either.
            let _locked = file.lock();
            // Between its making and its locking it looked abandoned.
            if rustix::fs::fstat(&file)?.st_nlink > 0 {
                break file;
            }
        };
        let name = name.to_owned();
        let mut beside = Self { folder, name, unfinished, durability, is_persisted: false, file };
        let file = &mut beside.file;
        file.write_all(bytes)?;
        match (mode, old) {
            (Mode::ReadableByAll, _) => fchmod(&*file, Bits::from_raw_mode(0o644))?,
            (Mode::Kept, Some(old)) => keep(file, &old)?,
            (Mode::Kept, None) => {}
        }
        if durability == Durability::Synced {
            file.sync_all()?;
        }
        Ok(beside)
    }

    /// Puts it in its place.
    ///
    /// # Errors
    /// It cannot be renamed; what stood there stays.
    pub fn persist(mut self) -> Result<(), Error> {
        // The system's own words: that a folder is in the place is what must be said.
        renameat(&self.folder, &self.unfinished, &self.folder, &self.name).map_err(std::io::Error::from)?;
        self.is_persisted = true;
        if self.durability == Durability::Synced {
            fsync(&self.folder)?;
        }
        Ok(())
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        if !self.is_persisted {
            // What is half written is of no use; why it could not be written is what is announced.
            let _gone = unlinkat(&self.folder, &self.unfinished, AtFlags::empty());
        }
    }
}

/// Gives a new file the owner and the mode of the one it replaces. Only root may give a file away, so another owner is
/// kept if that is possible; the mode comes last, because a change of owner takes bits away.
pub(super) fn keep(file: &File, old: &Stat) -> Result<(), Error> {
    let new = rustix::fs::fstat(file)?;
    if (new.st_uid, new.st_gid) != (old.st_uid, old.st_gid) {
        let (owner, group) = (Uid::from_raw(old.st_uid), Gid::from_raw(old.st_gid));
        if fchown(file, Some(owner), Some(group)).is_err() {
            let _not_a_member = fchown(file, None, Some(group));
        }
    }
    Ok(fchmod(file, Bits::from_raw_mode(old.st_mode))?)
}

fn is_regular(facts: &Stat) -> bool {
    FileType::from_raw_mode(facts.st_mode) == FileType::RegularFile
}

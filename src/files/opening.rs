//! Opening a folder below another one without following links.
//!
//! Promises: both ways, by one call of the kernel and step by step, open the same folders and refuse the same paths.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::fs::{AtFlags, FileType, Mode, OFlags, openat, statat};
use rustix::io::Errno;

use super::Error;

const FOLDER: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);

/// Opens the folder `path` below `root`; `""` is `root` itself. The path is inside already.
pub(super) fn folder_below(root: BorrowedFd<'_>, path: &str) -> Result<OwnedFd, Error> {
    if path.is_empty() {
        return Ok(openat(root, ".", FOLDER, Mode::empty())?);
    }
    #[cfg(target_os = "linux")]
    match in_one_call(root, path) {
        // An older kernel, or a sandbox that does not know the call.
        Err(Errno::NOSYS | Errno::PERM) => {}
        Err(Errno::NOTDIR) => return Err(not_a_folder(root, path)),
        opened => return Ok(opened?),
    }
    step_by_step(root, path)
}

#[cfg(target_os = "linux")]
fn in_one_call(root: BorrowedFd<'_>, path: &str) -> Result<OwnedFd, Errno> {
    use rustix::fs::{ResolveFlags, openat2};
    let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
    openat2(root, path, FOLDER, Mode::empty(), resolve)
}

/// Opens each part of the path in the one before it.
pub(super) fn step_by_step(root: BorrowedFd<'_>, path: &str) -> Result<OwnedFd, Error> {
    let mut at = openat(root, ".", FOLDER, Mode::empty())?;
    for part in path.split('/') {
        at = match openat(&at, part, FOLDER | OFlags::NOFOLLOW, Mode::empty()) {
            // With O_DIRECTORY and O_NOFOLLOW a link is "not a directory" to some kernels.
            Err(Errno::NOTDIR) => return Err(not_a_folder(at.as_fd(), part)),
            opened => opened?,
        };
    }
    Ok(at)
}

/// Why the path is no folder: a link, or something else that is as good as nothing.
fn not_a_folder(root: BorrowedFd<'_>, path: &str) -> Error {
    let is_link = statat(root, path, AtFlags::SYMLINK_NOFOLLOW)
        .is_ok_and(|facts| FileType::from_raw_mode(facts.st_mode) == FileType::Symlink);
    if is_link { Error::Link } else { Errno::NOTDIR.into() }
}

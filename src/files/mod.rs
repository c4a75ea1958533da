//! The only code that opens files below a folder into which other people can write: the root of a site, a target.
//!
//! Promises: what is opened, listed, written or removed lies below the [`Folder`] it was asked of: no `..`, no absolute
//! path, no symbolic link on the way or at the end, no device, pipe or socket, and no more bytes than the caller
//! allows. A file that is replaced is the old one or the new one for every reader, and keeps its mode and owner. Never
//! follows a link, no matter who put it there.
//!
//! The folder itself is the operator's choice and may be a link. Everything below it is opened by `openat2`
//! (`RESOLVE_BENEATH`, `RESOLVE_NO_SYMLINKS`) if the kernel has it, and folder by folder with `O_NOFOLLOW` if
//! not.

mod beside;
mod error;
mod folder;
mod opening;
mod owner;
#[cfg(test)]
mod tests;
mod walk;

use std::path::Path;

pub use beside::{Beside, Durability, Mode, is_unfinished};
pub use error::Error;
pub use folder::{Folder, Trace};
pub use owner::{may_use, owner_hint};
pub use walk::{Entry, Kind, Reach, is_private_name, walk};

/// Whether a relative path with `/` between its parts names something below a folder, no matter who wrote it: not empty,
/// not absolute, no empty part, no `.` or `..`, no NUL and no backslash (which some systems read as `/`).
pub fn is_inside(path: &str) -> bool {
    !path.contains(['\\', '\0']) && path.split('/').all(|part| !matches!(part, "" | "." | ".."))
}

/// Reads a file of at most `bytes_max` bytes whose folder the operator named: links on the way to the folder are followed,
/// and a link in the file's place is not. `None` if there is no such file or folder.
///
/// # Errors
/// What is there is not such a file.
pub fn read(path: &Path, bytes_max: u64) -> Result<Option<Vec<u8>>, Error> {
    let name = path.file_name().and_then(|name| name.to_str()).ok_or(Error::Outside)?;
    match Folder::open(folder_of(path)).and_then(|folder| folder.read(name, bytes_max)) {
        Err(error) if error.is_not_found() => Ok(None),
        read => read,
    }
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Replaces a file whose folder the operator named: makes the folder, and follows links on the way to it.
///
/// # Errors
/// The folder cannot be made or the file cannot be written; what stood there stays.
pub fn replace(path: &Path, bytes: &[u8], durability: Durability) -> Result<(), Error> {
    let name = path.file_name().and_then(|name| name.to_str()).ok_or(Error::Outside)?;
    let parent = folder_of(path);
    std::fs::create_dir_all(parent)?;
    Folder::open(parent)?.replace(name, bytes, durability)
}

//! Lists the files and links below a folder, in the same order on every machine.
//!
//! Promises: no link is followed, and each is reported, as are devices, pipes and sockets; private names, such as `.git`
//! and `.env`, are reported and never entered. Reads no file: [`Folder::read`](super::Folder::read), which reads them
//! later, checks again.

use std::path::Path;

use walkdir::WalkDir;

use super::{Error, Folder, is_unfinished};

/// Something below a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its path from the folder that was walked, with `/` between its parts. Bytes that are no text are replaced.
    pub path: String,
    /// The kind of the entry, without following links.
    pub kind: Kind,
}

/// What lies at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A regular file.
    File,
    /// A regular file with a name that is not UTF-8, or has a backslash or a control character.
    BadName,
    /// A symbolic link.
    Link,
    /// A device, a pipe or a socket.
    Special,
    /// A file or a folder that is nobody else's business: see [`is_private_name`].
    Private,
    /// A file that a write left half done, because the process was killed: see [`is_unfinished`](super::is_unfinished).
    Unfinished,
    /// A folder below the deepest that is entered.
    TooDeep,
    /// A folder that cannot be listed, and why.
    Unreadable(String),
}

/// How far a walk goes.
#[derive(Clone, Copy, Debug)]
pub struct Reach {
    /// How deep folders may be in each other.
    pub depth_max: usize,
    /// Whether names that begin with a dot are left out and not entered, and files that a write left half done are [`Kind::Unfinished`].
    pub skips_hidden: bool,
}

/// Whether a name is one that is never published: a version control's own folder, allclear's state, or a file of
/// secrets by the usual name (`.env`, `.env.production`).
pub fn is_private_name(name: &str) -> bool {
    matches!(name, ".git" | ".hg" | ".svn" | ".allclear" | ".env" | ".ssh" | ".htpasswd" | ".netrc")
        || name.starts_with(".env.")
}

/// Everything below the folder `path` of `root` that is not a folder itself, sorted; nothing if there is no such
/// folder.
///
/// # Errors
/// A link is on the way to the folder, or it cannot be opened.
pub fn walk(root: &Path, path: &str, reach: Reach) -> Result<Vec<Entry>, Error> {
    match Folder::open(root).and_then(|root| root.below(path)) {
        Err(error) if error.is_not_found() => return Ok(Vec::new()),
        opened => opened?,
    };
    let folder = root.join(path);
    let entries = WalkDir::new(&folder).min_depth(1).max_depth(reach.depth_max).sort_by_file_name();
    let mut entries = entries.into_iter();
    let mut found = Vec::new();
    while let Some(entry) = entries.next() {
        let (kind, path) = match &entry {
            Ok(entry) => (kind_of(entry, reach), entry.path()),
            Err(error) => (Some(Kind::Unreadable(why(error))), error.path().unwrap_or(&folder)),
        };
        let relative = path.strip_prefix(&folder).unwrap_or(path);
        let is_hidden = relative.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        let is_skipped = is_hidden && reach.skips_hidden && kind != Some(Kind::Unfinished);
        if (is_skipped || kind == Some(Kind::Private))
            && entry.as_ref().is_ok_and(|one| one.file_type().is_dir())
        {
            entries.skip_current_dir();
        }
        let entry = |kind| Entry { path: relative.to_string_lossy().into_owned(), kind };
        found.extend(kind.filter(|_| !is_skipped).map(entry));
    }
    Ok(found)
}

/// What an entry is; `None` for a folder that is entered.
fn kind_of(entry: &walkdir::DirEntry, reach: Reach) -> Option<Kind> {
    let kind = entry.file_type();
    match entry.file_name().to_str() {
        Some(name) if is_private_name(name) => Some(Kind::Private),
        _ if kind.is_symlink() => Some(Kind::Link),
        Some(name) if reach.skips_hidden && kind.is_file() && is_unfinished(name) => Some(Kind::Unfinished),
        _ if kind.is_dir() => (entry.depth() == reach.depth_max).then_some(Kind::TooDeep),
        Some(name) if kind.is_file() && !name.contains(|c: char| c == '\\' || c.is_control()) => {
            Some(Kind::File)
        }
        _ if kind.is_file() => Some(Kind::BadName),
        _ => Some(Kind::Special),
    }
}

fn why(error: &walkdir::Error) -> String {
    error.io_error().map_or("its entries cannot be listed".to_owned(), ToString::to_string)
}

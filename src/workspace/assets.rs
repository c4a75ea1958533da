//! The operator's own files in `site/static/`, which are published next to the pages.
//!
//! Promises: publishes regular files that lie below the folder, and nothing a link points to; a file that is left out is
//! named as a problem, so that a pull request that adds one fails its check. Never publishes secrets by their usual
//! names, anything of git, or what would be in the place of allclear's own files.

use std::collections::BTreeMap;
use std::path::Path;

use bytes::Bytes;

use crate::files::{self, Entry, Error, Folder, Kind, Reach};
use crate::model::problem::{Problem, ProblemLevel};

/// The folder, below the site's root.
const FOLDER: &str = "site/static";

/// The folder at a target that holds the pointer, the lock and the records of builds.
const RESERVED: &str = "_allclear";

/// The largest file that is published, in bytes.
const FILE_BYTES_MAX: u64 = 64 << 20;

const REACH: Reach = Reach { depth_max: 32, skips_hidden: false };

/// What is wrong with the files, without reading them.
pub(crate) fn problems(root: &Path) -> Vec<Problem> {
    match files::walk(root, FOLDER, REACH) {
        Ok(entries) => entries.iter().filter_map(|entry| problem(root, entry)).collect(),
        Err(error) => {
            vec![left_out(FOLDER, rule_of(&error), &error.to_string(), "replace the link with the files")]
        }
    }
}

/// The files that may be published, by their paths from the page's root. Those that may not are
/// [problems](problems).
///
/// # Errors
/// A file that may be published cannot be read.
pub(crate) fn read(root: &Path) -> Result<BTreeMap<String, Bytes>, (String, Error)> {
    // What keeps the whole folder from being read is a problem of it.
    let Ok(entries) = files::walk(root, FOLDER, REACH) else { return Ok(BTreeMap::new()) };
    let folder = match Folder::open(root).and_then(|root| root.below(FOLDER)) {
        Ok(folder) => folder,
        Err(_) => return Ok(BTreeMap::new()),
    };
    let mut found = BTreeMap::new();
    for Entry { path, .. } in entries.into_iter().filter(is_published) {
        match folder.read(&path, FILE_BYTES_MAX) {
            Ok(bytes) => found.extend(bytes.map(|bytes| (path, bytes.into()))),
            Err(Error::TooLarge { .. } | Error::Link | Error::NotAFile) => {}
            Err(error) => return Err((format!("{FOLDER}/{path}"), error)),
        }
    }
    Ok(found)
}

fn is_published(entry: &Entry) -> bool {
    entry.kind == Kind::File && !is_reserved(&entry.path)
}

fn is_reserved(path: &str) -> bool {
    path == RESERVED || path.split('/').next() == Some(RESERVED)
}

fn problem(root: &Path, entry: &Entry) -> Option<Problem> {
    let file = format!("{FOLDER}/{}", entry.path);
    let (rule, message, hint) = match &entry.kind {
        Kind::Link => {
            ("symlink", "links are not followed, so it is not published", "replace the link with the file")
        }
        // The files of every name are walked here.
        Kind::Unfinished => return None,
        Kind::Special => ("unreadable-file", "it is not a regular file, so it is not published", "remove it"),
        Kind::Private => {
            ("private-file", "a file of this name is never published", "move it out of `site/static`")
        }
        Kind::BadName => (
            "bad-name",
            "its name cannot be part of a URL, so it is not published",
            "use letters, digits, `-`, `_` and `.`",
        ),
        Kind::TooDeep => ("bad-name", "folders are nested too deep", "move its files up"),
        Kind::Unreadable(why) => ("unreadable-file", why.as_str(), "check its permissions"),
        Kind::File if is_reserved(&entry.path) => (
            "reserved-name",
            "`_allclear/` is reserved for the records of publishing, so the file is not published",
            "rename the folder",
        ),
        Kind::File => {
            let length = Folder::open(root).ok().and_then(|root| root.length(&file)).unwrap_or_default();
            let too_large = || {
                (
                    "file-too-large",
                    "it is larger than 64 MiB, so it is not published",
                    "put it on a host for large files, and link to it",
                )
            };
            (length > FILE_BYTES_MAX).then(too_large)?
        }
    };
    Some(left_out(&file, rule, message, hint))
}

fn rule_of(error: &Error) -> &'static str {
    if matches!(error, Error::Link) { "symlink" } else { "unreadable-file" }
}

fn left_out(file: &str, rule: &'static str, message: &str, hint: &str) -> Problem {
    Problem {
        file: file.to_owned(),
        place: None,
        level: ProblemLevel::Error,
        rule,
        message: message.to_owned(),
        hint: Some(hint.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::{problems, read};

    #[test]
    fn only_files_that_lie_in_the_folder_are_published_and_the_rest_is_named() {
        let root = tempfile::tempdir().unwrap();
        let place = |path: &str| root.path().join("site/static").join(path);
        let write = |path: &str| {
            fs::create_dir_all(place(path).parent().unwrap()).unwrap();
            fs::write(place(path), "x").unwrap();
        };
        for path in ["logo.svg", ".well-known/security.txt", ".env", ".git/config", "_allclear/build.json"] {
            write(path);
        }
        fs::write(root.path().join("secret"), "secret").unwrap();
        symlink(root.path().join("secret"), place("secret.txt")).unwrap();
        symlink(root.path(), place("all")).unwrap();
        fs::File::create(place("huge.iso")).unwrap().set_len((64 << 20) + 1).unwrap();

        let published: Vec<_> = read(root.path()).unwrap().into_keys().collect();
        assert_eq!(published, [".well-known/security.txt", "logo.svg"]);
        let found: Vec<_> = problems(root.path()).into_iter().map(|found| (found.file, found.rule)).collect();
        let expected = [
            (".env", "private-file"),
            (".git", "private-file"),
            ("_allclear/build.json", "reserved-name"),
            ("all", "symlink"),
            ("huge.iso", "file-too-large"),
            ("secret.txt", "symlink"),
        ];
        assert_eq!(found, expected.map(|(path, rule)| (format!("site/static/{path}"), rule)));
    }

    #[test]
    fn a_folder_that_is_a_link_publishes_nothing() {
        let (root, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        fs::create_dir(root.path().join("site")).unwrap();
        fs::write(elsewhere.path().join("secret.txt"), "secret").unwrap();
        symlink(elsewhere.path(), root.path().join("site/static")).unwrap();
        assert!(read(root.path()).unwrap().is_empty());
        assert_eq!(problems(root.path()).len(), 1);
        assert_eq!(
            (&*problems(root.path())[0].file, problems(root.path())[0].rule),
            ("site/static", "symlink")
        );
        let without = tempfile::tempdir().unwrap();
        assert!(problems(without.path()).is_empty() && read(without.path()).unwrap().is_empty());
    }
}

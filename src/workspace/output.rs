//! Whether a build may write into a folder: only into one that is its own.
//!
//! Promises: a folder that holds the site, is part of it or holds files that no build made is refused before anything is
//! written. Never writes.

use std::ffi::OsStr;
use std::fs;
use std::path::{Component, Path, PathBuf};

use crate::cli::exit::Failure;
use crate::workspace::{state, write};

/// The folders of a site that people write into.
const OF_THE_SITE: [&str; 5] = ["site", "incidents", "themes", ".git", state::FOLDER];

/// What a folder may hold although no build made it: marks of file systems and of git.
const HARMLESS: [&str; 3] = ["lost+found", ".gitkeep", ".gitignore"];

/// Refuses a folder that is not a build's, unless the operator gives it away by `adopt`.
pub(crate) fn check(root: &Path, out: &Path, adopt: bool) -> Result<(), Failure> {
    let (site, place) = (whole(root), whole(out));
    let is_of_the_site = OF_THE_SITE.iter().any(|folder| place.starts_with(site.join(folder)));
    if site.starts_with(&place) || is_of_the_site {
        return Err(Failure::Refused {
            why: format!("{} is not a folder for a build: the site's own files are there", out.display()),
            hint: "choose a folder of its own, for example --out public".to_owned(),
        });
    }
    if adopt || write::is_of_a_build(out) {
        return Ok(());
    }
    match stranger(out) {
        None => Ok(()),
        Some(name) => Err(Failure::Refused {
            why: format!("{} holds files that no build made, such as {}", out.display(), name.display()),
            hint: "choose another folder, or run `allclear build --adopt-folder`, which replaces files of the same \
                   name and removes none"
                .to_owned(),
        }),
    }
}

/// Something in the folder that no build made.
fn stranger(out: &Path) -> Option<PathBuf> {
    let names = fs::read_dir(out).ok()?.flatten().map(|entry| entry.file_name());
    let strange = |name: &std::ffi::OsString| !HARMLESS.iter().any(|known| name == OsStr::new(known));
    names.filter(strange).min().map(PathBuf::from)
}

/// The path without links, `.` and `..`, also where its end does not exist yet.
fn whole(path: &Path) -> PathBuf {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut whole = PathBuf::new();
    for part in absolute.components() {
        match part {
            Component::ParentDir => drop(whole.pop()),
            part => whole.push(part),
        }
        if let Ok(real) = whole.canonicalize() {
            whole = real;
        }
    }
    whole
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn why(root: &Path, out: &Path, adopt: bool) -> Option<String> {
        match check(root, out, adopt) {
            Ok(()) => None,
            Err(Failure::Refused { why, .. }) => Some(why),
            Err(other) => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_build_goes_nowhere_near_the_sites_own_files() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("status");
        for made in ["site/static", "incidents", "public"] {
            fs::create_dir_all(root.join(made)).unwrap();
        }
        std::os::unix::fs::symlink(root.join("incidents"), root.join("link")).unwrap();
        for out in [
            "/",
            ".",
            "..",
            "site",
            "site/static/x",
            "incidents",
            "incidents/../site",
            "themes/new",
            ".git",
            ".allclear/x",
            "link",
            "public/../../status",
            "new/../incidents",
        ] {
            for adopt in [false, true] {
                assert!(why(&root, &root.join(out), adopt).is_some(), "{out}");
            }
        }
        for out in ["public", "new", "new/deep", "../elsewhere", "sites", "incidents-built"] {
            assert_eq!(why(&root, &root.join(out), false), None, "{out}");
        }
    }

    #[test]
    fn a_folder_with_files_of_others_is_given_away_by_its_owner_only() {
        let (root, out) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        for harmless in HARMLESS {
            fs::write(out.path().join(harmless), "").unwrap();
        }
        assert_eq!(why(root.path(), out.path(), false), None);
        fs::write(out.path().join("index.html"), "theirs").unwrap();
        let refused = why(root.path(), out.path(), false).unwrap();
        assert!(refused.ends_with("holds files that no build made, such as index.html"), "{refused}");
        assert_eq!(why(root.path(), out.path(), true), None);
        write::Target::new(out.path().to_owned()).write(&Arc::default()).unwrap();
        assert_eq!(why(root.path(), out.path(), false), None, "a build was here");
    }
}

//! Finds the folder of the site: the one given by `--root`, else the nearest one that holds `site/page.toml`, from the
//! working folder upward.
//!
//! Promises: the search ends at the top of a git repository, so that a site is never found by accident above someone else's
//! project. Never creates anything.

use std::path::{Path, PathBuf};

use crate::config::page::PAGE_FILE;

use crate::cli::exit::Failure;

/// A site that was found.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Found {
    /// The folder that holds `site/` and `incidents/`.
    pub(crate) root: PathBuf,
    /// The way from there to the working folder, such as `incidents/2026`; empty if the site was named or is the
    /// working folder.
    pub(crate) within: PathBuf,
}

/// The site at `named`, else the nearest one around the working folder.
pub(crate) fn find(named: Option<&Path>) -> Result<Found, Failure> {
    let found = match named {
        Some(named) => is_site(named).then(|| Found { root: named.to_owned(), within: PathBuf::new() }),
        None => std::env::current_dir().ok().and_then(|folder| around(&folder)),
    };
    found.ok_or_else(|| Failure::Refused {
        why: match named {
            Some(named) => format!("{} is not a site: it has no {PAGE_FILE}", named.display()),
            None => format!("there is no site here: no {PAGE_FILE} in this folder or one above it"),
        },
        hint:
            "change to the folder of your site, name it with --root, or create one with `allclear init DIR`"
                .to_owned(),
    })
}

/// The nearest site around an absolute folder. Its root is relative to that folder, so that paths stay short.
fn around(folder: &Path) -> Option<Found> {
    let mut root = PathBuf::new();
    for above in folder.ancestors() {
        if is_site(above) {
            let within = folder.strip_prefix(above).unwrap_or(Path::new("")).to_owned();
            let root = if root.as_os_str().is_empty() { PathBuf::from(".") } else { root };
            return Some(Found { root, within });
        }
        if above.join(".git").exists() {
            return None;
        }
        root.push("..");
    }
    None
}

/// A link counts too: what is wrong with it is said when it is read.
fn is_site(folder: &Path) -> bool {
    folder.join(PAGE_FILE).symlink_metadata().is_ok()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn the_nearest_site_is_found_but_not_above_another_repository() {
        let folder = tempfile::tempdir().unwrap();
        let place = |path: &str| folder.path().join(path);
        for path in ["status/site", "status/incidents/2026", "status/vendor/.git", "status/vendor/src"] {
            fs::create_dir_all(place(path)).unwrap();
        }
        assert_eq!(around(&place("status")), None);
        fs::write(place("status/site/page.toml"), "").unwrap();
        let found = |root: &str, within: &str| Some(Found { root: root.into(), within: within.into() });
        assert_eq!(around(&place("status")), found(".", ""));
        assert_eq!(around(&place("status/incidents/2026")), found("../..", "incidents/2026"));
        assert_eq!(around(&place("status/vendor/src")), None);
        assert_eq!(around(folder.path()), None);
    }
}

//! Adds the owner of a file to an error about a missing permission.
//!
//! Promises: the kind of the error stays; only its text grows.

use std::io::ErrorKind;
use std::path::PathBuf;

use crate::cli::exit::Failure;
use crate::files::{may_use, owner_hint};
use crate::workspace::root::Root;

/// How SQLite words a file that it may not use.
const OF_SQLITE: [&str; 2] = ["readonly database", "unable to open database file"];

/// The failure, with a sentence about the first file or folder of the site that this process may not use.
pub(crate) fn explained(root: &Root, failure: Failure) -> Failure {
    match failure {
        Failure::World(error) if is_denied(&error) => {
            let words = without_number(&format!("{error:#}"));
            let denied: Vec<PathBuf> = places(root).into_iter().filter(|path| !may_use(path)).collect();
            let is_named = |path: &&PathBuf| words.contains(&path.display().to_string());
            match denied.iter().find(is_named).or(denied.first()) {
                Some(path) => {
                    let hint = owner_hint(path).unwrap_or_default();
                    Failure::World(anyhow::anyhow!("{words}; {hint}"))
                }
                None => Failure::World(error),
            }
        }
        other => other,
    }
}

fn is_denied(error: &anyhow::Error) -> bool {
    let kinds = [ErrorKind::PermissionDenied, ErrorKind::ReadOnlyFilesystem];
    let of_system = error.chain().filter_map(|cause| cause.downcast_ref::<std::io::Error>());
    let words = format!("{error:#}");
    of_system.into_iter().any(|cause| kinds.contains(&cause.kind()))
        || words.contains("Permission denied")
        || OF_SQLITE.iter().any(|sqlite| words.contains(sqlite))
}

/// A message without the number of the system's error, which people cannot use.
fn without_number(words: &str) -> String {
    let number =
        words.split_once(" (os error ").and_then(|(before, rest)| Some((before, rest.split_once(')')?.1)));
    number.map_or_else(|| words.to_owned(), |(before, after)| format!("{before}{after}"))
}

/// What commands read and write, the innermost first.
fn places(root: &Root) -> Vec<PathBuf> {
    let of_state = ["ledger.db", "mark", "workers"].map(|name| root.state.join(name));
    let below = ["incidents", "site/plan.toml", "site/page.toml", "public"].map(|name| root.below(name));
    let folders = [root.state.clone(), root.path.clone()];
    of_state.into_iter().chain(below).chain(folders).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lack_of_permission_is_known_in_every_wording() {
        let denied = || std::io::Error::from(ErrorKind::PermissionDenied);
        for error in [
            anyhow::Error::new(denied()).context("failed to write a"),
            anyhow::anyhow!("failed to open b: Permission denied (os error 13)"),
            anyhow::anyhow!("failed to open c: attempt to write a readonly database"),
        ] {
            assert!(is_denied(&error), "{error:#}");
        }
        assert!(!is_denied(&anyhow::anyhow!("failed to connect: Connection refused (os error 111)")));
        assert_eq!(without_number("a: Permission denied (os error 13); b"), "a: Permission denied; b");
        assert_eq!(without_number("a: no number"), "a: no number");
    }
}

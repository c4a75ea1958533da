//! A failure for lack of permission, with the owner of what may not be used.
//!
//! Promises: the failure stays what it is; only its words grow.

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
            match places(root).into_iter().find(|path| !may_use(path)) {
                Some(path) => {
                    let hint = owner_hint(&path).unwrap_or_default();
                    Failure::World(anyhow::anyhow!("{error:#}; {hint}"))
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

/// What commands read and write, the innermost first.
fn places(root: &Root) -> Vec<PathBuf> {
    let below = ["incidents", "site/plan.toml", "site/page.toml", "public", ""].map(|name| root.below(name));
    let of_state = ["ledger.db", "mark", "workers", ""].map(|name| root.state.join(name));
    of_state.into_iter().chain(below).collect()
}

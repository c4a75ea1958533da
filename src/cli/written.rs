//! Prints what a command wrote into the site: paths for people, an object for scripts.
//!
//! Promises: a shell in the same folder accepts the path as it is printed. Never writes a file.

use std::path::Path;

use serde_json::json;

use super::arguments::Format;
use super::print;

/// Prints the paths of an incident's files, or for scripts its ID with them.
pub(crate) fn incident(format: Format, id: &str, paths: &[&Path]) {
    let paths: Vec<String> = paths.iter().map(|path| plain(path)).collect();
    match format {
        Format::Json => print::exact(&json!({ "id": id, "files": paths }).to_string()),
        _ => paths.iter().for_each(|path| print::data(path)),
    }
}

/// A path without a `./` that says nothing.
fn plain(path: &Path) -> String {
    path.strip_prefix(".").unwrap_or(path).display().to_string()
}

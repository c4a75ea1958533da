//! Files of a release that no build names any more, and since when.
//!
//! Promises: what is written reads back equal; an unreadable list counts as empty, which keeps files longer and never
//! deletes one early. Never deletes anything itself.

use std::collections::BTreeMap;
use std::path::Path;

use chrono::TimeDelta;

use crate::files::{self, Folder, Kind, Reach};
use crate::model::Moment;

/// Where the list stands, from the release's root.
pub(super) const PATH: &str = "_allclear/retired.json";

/// How long a file stays after the last build that named it.
pub(super) const GRACE: TimeDelta = TimeDelta::hours(24);

/// Maximum size of the list, in bytes.
const BYTES_MAX: u64 = 16 << 20;

const REACH: Reach = Reach { depth_max: 64, skips_hidden: false };

/// The list of a release.
pub(super) fn read(release: &Path) -> BTreeMap<String, Moment> {
    let bytes = Folder::open(release).ok().and_then(|folder| folder.read(PATH, BYTES_MAX).ok().flatten());
    let texts: BTreeMap<String, String> =
        bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default();
    let moment = |text: &str| chrono::DateTime::parse_from_rfc3339(text).ok().map(Moment::from);
    texts.iter().filter_map(|(path, at)| Some((path.clone(), moment(at)?))).collect()
}

pub(super) fn to_json(retired: &BTreeMap<String, Moment>) -> Vec<u8> {
    let texts: BTreeMap<&String, String> = retired.iter().map(|(path, at)| (path, at.to_rfc3339())).collect();
    serde_json::to_vec_pretty(&texts).unwrap_or_default()
}

/// The regular files of a release, but for those that are about it.
pub(super) fn files(release: &Path) -> Vec<String> {
    let entries = files::walk(release, "", REACH).unwrap_or_default();
    let is_page = |path: &String| !path.starts_with("_allclear/");
    entries
        .into_iter()
        .filter(|entry| entry.kind == Kind::File)
        .map(|entry| entry.path)
        .filter(is_page)
        .collect()
}

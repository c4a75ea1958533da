//! Files that are the same on every page: the banner's script, the description of all addresses, the schemas.
//!
//! Promises: they are copied byte for byte, so that the script's hash in the documentation holds.

use crate::render::file::File;

const FILES: &[(&str, &str)] = &[
    ("banner.js", include_str!("banner.js")),
    ("openapi.json", include_str!("openapi.json")),
    ("schemas/badge.json", include_str!("schemas/badge.json")),
    ("schemas/banner.json", include_str!("schemas/banner.json")),
    ("schemas/problem.json", include_str!("schemas/problem.json")),
    ("schemas/statuspage.json", include_str!("schemas/statuspage.json")),
    ("schemas/summary.json", include_str!("schemas/summary.json")),
];

/// The files with their paths in the tree.
pub(super) fn files() -> impl Iterator<Item = File> {
    FILES.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec()))
}

//! Builds into a folder without holding files in memory: each is written once it is rendered, and unchanged parts of an
//! earlier build are not rendered again.
//!
//! Promises: the folder then holds the same bytes as [`tree`](super::tree::tree); if a template fails, the folder does not
//! change.

use std::path::Path;

use crate::cli::exit::Failure;
use crate::model::incident::Audience;
use crate::render;
use crate::workspace::root::{LoadedSite, Root};
use crate::workspace::staging::Staging;
use crate::workspace::stamps::Stamps;
use crate::workspace::tree;
use crate::workspace::write::Written;

/// Builds the site into the folder.
pub(crate) fn build(
    root: &Root,
    opened: &LoadedSite,
    audience: Audience,
    out: &Path,
) -> Result<Written, Failure> {
    let audience = tree::rendered_for(audience);
    let staging = Staging::open(out)?;
    let stamps = Stamps::of(&root.state, out);
    let known = stamps.known(staging.out());
    let take = |path: &str, bytes: Vec<u8>| staging.take(path, &bytes);
    let mut made =
        render::site_into(&opened.site, &opened.theme, (root.now(), audience), &known.units, &take)?;
    for (path, bytes) in tree::beside_pages(root, opened, audience)? {
        if tree::wins(&path) || !made.paths.contains(&path) {
            staging.take(&path, &bytes)?;
            made.paths.insert(path);
        }
    }
    let written = staging.finish(&made.paths, |out, names| {
        stamps.record(out, &known, &made.units, &|path| names.contains_key(path));
    })?;
    Ok(written)
}

#[cfg(test)]
mod tests;

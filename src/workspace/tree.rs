//! The site in memory: what is rendered, and the operator's own files beside it.
//!
//! Promises: a rendered page wins over a static file of the same name. Never writes.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::Context;
use bytes::Bytes;
use walkdir::WalkDir;

use crate::cli::exit::Failure;
use crate::model::incident::Audience;
use crate::model::tree::Tree;
use crate::render;
use crate::render::Memory;
use crate::workspace::root::{Opened, Root};

/// What search engines ask for before they look at a page.
const ROBOTS: &str = "robots.txt";

/// The site in memory: what is rendered, and the operator's own files beside it.
pub(crate) fn tree(root: &Root, opened: &Opened, audience: Audience) -> Result<Tree, Failure> {
    tree_again(root, opened, audience, &mut Memory::default())
}

/// The same, where the last build is remembered.
pub(crate) fn tree_again(
    root: &Root,
    opened: &Opened,
    audience: Audience,
    memory: &mut Memory,
) -> Result<Tree, Failure> {
    let mut tree = render::site_again(&opened.site, &opened.theme, root.now(), audience, memory)?;
    for (path, bytes) in static_files(&root.below("site/static"))? {
        // A rendered page wins over a file of the same name: the status must not be hidden by an asset. What search
        // engines may do is the operator's own choice.
        if path == ROBOTS {
            tree.files.insert(path, bytes);
        } else {
            tree.files.entry(path).or_insert(bytes);
        }
    }
    Ok(tree)
}

fn static_files(folder: &Path) -> anyhow::Result<BTreeMap<String, Bytes>> {
    let mut files = BTreeMap::new();
    if !folder.is_dir() {
        return Ok(files);
    }
    for entry in WalkDir::new(folder).follow_links(false).sort_by_file_name() {
        let entry = entry.with_context(|| format!("failed to read {}", folder.display()))?;
        if entry.file_type().is_file() {
            let relative = entry.path().strip_prefix(folder)?;
            let parts: Vec<_> = relative.iter().map(|part| part.to_string_lossy()).collect();
            let bytes =
                fs::read(entry.path()).with_context(|| format!("failed to read {}", relative.display()))?;
            files.insert(parts.join("/"), bytes.into());
        }
    }
    Ok(files)
}

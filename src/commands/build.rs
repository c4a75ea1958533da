//! `allclear build`: the site into a folder, whatever else is wrong.
//!
//! Promises: a broken file holds back only itself; its last good version stays on the page and the exit code
//! says so.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::Context;
use bytes::Bytes;
use walkdir::WalkDir;

use crate::check;
use crate::model::incident::Audience;
use crate::model::tree::Tree;
use crate::render;
use crate::render::Memory;

use super::cli::{Build, Format};
use super::exit::{Exit, Failure, Outcome};
use super::print::{self, GOOD, WARN, count, styled};
use super::problems;
use super::root::{Opened, Root};
use super::write;

/// What search engines ask for before they look at a page.
const ROBOTS: &str = "robots.txt";

/// Builds into the folder the options name.
pub(crate) fn run(root: &Root, options: &Build) -> Outcome {
    let mut opened = root.open()?;
    let audience = options.audience.into();
    let tree = tree(root, &opened, audience)?;
    let out = root.below(options.out.as_deref().unwrap_or(Path::new(folder_of(audience))));
    let written = write::tree(&tree, &out)?;
    root.keep_good(&opened)?;
    opened.problems.extend(check::run(&opened.site, &opened.places, root.now()));
    let failed = problems::show(&mut opened.problems, root.format);
    if root.format == Format::Text {
        let (style, word) = if failed { (WARN, "built with problems:") } else { (GOOD, "built:") };
        print::say(&format!(
            "{} {} in {}, {} written, {} unchanged, {} removed",
            styled(style, word),
            count(tree.files.len(), "file", "files"),
            out.display(),
            written.written,
            written.kept,
            written.removed
        ));
    }
    Ok(if failed { Exit::Problems } else { Exit::Done })
}

/// The folder an audience's site goes to where none is named: never one for both.
fn folder_of(audience: Audience) -> &'static str {
    match audience {
        Audience::Public => "public",
        Audience::Internal => "internal",
    }
}

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

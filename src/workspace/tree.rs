//! The site in memory: rendered pages, the operator's own files, and pages at former addresses of incidents.
//!
//! Promises: a rendered page wins over a static file of the same name. Never writes.

use anyhow::anyhow;
use bytes::Bytes;

use crate::cli::exit::Failure;
use crate::model::incident::Audience;
use crate::model::tree::SiteFiles;
use crate::render;
use crate::render::RenderCache;
use crate::workspace::assets;
use crate::workspace::root::{LoadedSite, Root};

/// What search engines ask for before they look at a page.
const ROBOTS: &str = "robots.txt";

/// The site in memory: what is rendered, and the operator's own files next to it.
pub(crate) fn tree(root: &Root, opened: &LoadedSite, audience: Audience) -> Result<SiteFiles, Failure> {
    tree_again(root, opened, audience, &mut RenderCache::default())
}

/// The same, where the last build is remembered.
pub(crate) fn tree_again(
    root: &Root,
    opened: &LoadedSite,
    audience: Audience,
    memory: &mut RenderCache,
) -> Result<SiteFiles, Failure> {
    let audience = rendered_for(audience);
    let mut tree = render::site_again(&opened.site, &opened.theme, root.now(), audience, memory)?;
    for (path, bytes) in beside_pages(root, opened, audience)? {
        if wins(&path) {
            tree.files.insert(path, bytes);
        } else {
            tree.files.entry(path).or_insert(bytes);
        }
    }
    Ok(tree)
}

/// The audience that a site is rendered for: the site of one that the page names holds what is for it as if it were for
/// everyone.
pub(crate) fn rendered_for(audience: Audience) -> Audience {
    if audience == Audience::Internal { audience } else { Audience::Public }
}

/// Whether a file of the operator's own wins over a rendered one of the same name: what search engines may do is the
/// operator's choice, and the status must not be hidden by an asset.
pub(crate) fn wins(path: &str) -> bool {
    path == ROBOTS
}

/// The files that are next to the rendered ones: the operator's own, then the pages at addresses that incidents have left.
pub(crate) fn beside_pages(
    root: &Root,
    opened: &LoadedSite,
    audience: Audience,
) -> Result<Vec<(String, Bytes)>, Failure> {
    let assets = assets::read(&root.path);
    let assets = assets.map_err(|(file, error)| anyhow!("failed to read {file}: {error}"))?;
    let mut files: Vec<_> = assets.into_iter().collect();
    if !opened.departed.is_empty() {
        let (site, departed) = (&opened.site, &opened.departed);
        files.extend(render::departed(site, &opened.theme, root.now(), audience, departed)?.files);
    }
    Ok(files)
}

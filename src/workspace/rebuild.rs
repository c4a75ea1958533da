//! Rebuilds the site, for `preview` and `run`, after a save or as time passes.
//!
//! Promises: a rebuild gives the same files as a first build, and lists those that changed; only changed files are parsed,
//! and only affected parts are rendered; after a failure the next build starts from the last good one. Writes only below
//! `.allclear/`, and never prints.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::model::incident::Audience;
use crate::model::tree::{SiteFiles, is_same_place};
use crate::render::RenderCache;

use crate::cli::exit::Failure;
use crate::workspace::root::{LastOpened, LoadedSite, Root};
use crate::workspace::tree;

/// Builds one site for one audience, and remembers the last build.
pub(crate) struct Builder {
    audience: Audience,
    opened: LastOpened,
    memory: RenderCache,
    last: Arc<SiteFiles>,
}

/// A build and its warnings.
pub(crate) struct Built {
    /// Every file of the site.
    pub(crate) tree: Arc<SiteFiles>,
    /// The paths of files that are new or have other bytes than in the last build.
    pub(crate) changed: BTreeSet<String>,
    /// The paths of files that the last build had and this one has not.
    pub(crate) removed: BTreeSet<String>,
}

impl Builder {
    /// Remembers nothing yet: the first build makes everything, and all of it is changed.
    pub(crate) fn new(audience: Audience) -> Self {
        Self { audience, opened: LastOpened::default(), memory: RenderCache::default(), last: Arc::default() }
    }

    /// Reads what was written since the last time, and keeps a copy of every file that is good.
    pub(crate) fn open(&mut self, root: &Root) -> Result<LoadedSite, Failure> {
        let opened = root.open_again(&mut self.opened)?;
        if let Err(failure) = root.save_last_valid(&opened) {
            // Only what is read again is kept: what could not be kept now is to be read again.
            self.opened = LastOpened::default();
            return Err(failure);
        }
        Ok(opened)
    }

    /// Builds the site that was opened, as it is now.
    pub(crate) fn build(&mut self, root: &Root, opened: &LoadedSite) -> Result<Built, Failure> {
        let tree = Arc::new(tree::tree_again(root, opened, self.audience, &mut self.memory)?);
        let last = std::mem::replace(&mut self.last, Arc::clone(&tree));
        let (changed, removed) = differences(&last, &tree);
        Ok(Built { tree, changed, removed })
    }
}

/// The paths of the files that are new or have other bytes, and of those that are gone. Both trees are in the order of
/// their paths, so they are walked side by side.
fn differences(before: &SiteFiles, after: &SiteFiles) -> (BTreeSet<String>, BTreeSet<String>) {
    let (mut changed, mut removed) = (BTreeSet::new(), BTreeSet::new());
    let mut before = before.files.iter().peekable();
    for (path, bytes) in &after.files {
        while let Some((gone, _)) = before.next_if(|(last, _)| *last < path) {
            removed.insert(gone.clone());
        }
        let last = before.next_if(|(last, _)| *last == path).map(|(_, bytes)| bytes);
        if !last.is_some_and(|last| is_same_place(last, bytes) || last == bytes) {
            changed.insert(path.clone());
        }
    }
    removed.extend(before.map(|(gone, _)| gone.clone()));
    (changed, removed)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use bytes::Bytes;

    use super::*;

    fn tree(files: &[(u8, u8)]) -> SiteFiles {
        let file = |(path, bytes): &(u8, u8)| (format!("{path}"), Bytes::from(vec![*bytes]));
        SiteFiles { files: files.iter().map(file).collect() }
    }

    proptest! {
        #[test]
        fn what_differs_is_what_a_look_at_each_file_finds(
            before in prop::collection::vec((0..9_u8, 0..3_u8), 0..9),
            after in prop::collection::vec((0..9_u8, 0..3_u8), 0..9),
        ) {
            let (before, after) = (tree(&before), tree(&after));
            let (changed, removed) = differences(&before, &after);
            for path in (0..9).map(|path| path.to_string()) {
                let (was, is) = (before.files.get(&path), after.files.get(&path));
                prop_assert_eq!(changed.contains(&path), is.is_some() && was != is);
                prop_assert_eq!(removed.contains(&path), was.is_some() && is.is_none());
            }
        }
    }
}

//! Building again and again: what `preview` and `run` do whenever something was saved or the clock went on.
//!
//! Promises: a build gives the very tree that a first one would, and says which of its files are not as they were;
//! only what was written since is parsed, and only what a
//! change touches is rendered; after a failure the next build starts from the last good one.
//! Never writes but below `.allclear/`, and never prints.

use std::collections::BTreeSet;
use std::sync::Arc;

use bytes::Bytes;

use crate::model::incident::Audience;
use crate::model::tree::Tree;
use crate::render::Memory;

use super::build;
use super::exit::Failure;
use super::root::{LastOpened, Opened, Root};

/// Builds one site for one audience, and remembers the last build.
pub(crate) struct Builder {
    audience: Audience,
    opened: LastOpened,
    memory: Memory,
    last: Arc<Tree>,
}

/// A build.
pub(crate) struct Built {
    /// The whole site.
    pub(crate) tree: Arc<Tree>,
    /// The paths of files that are new or have other bytes than in the last build.
    pub(crate) changed: BTreeSet<String>,
    /// The paths of files that the last build had and this one has not.
    pub(crate) removed: BTreeSet<String>,
}

impl Builder {
    /// Remembers nothing yet: the first build makes everything, and all of it is changed.
    pub(crate) fn new(audience: Audience) -> Self {
        Self { audience, opened: LastOpened::default(), memory: Memory::default(), last: Arc::default() }
    }

    /// Reads what was written since the last time, and keeps a copy of every file that is good.
    pub(crate) fn open(&mut self, root: &Root) -> Result<Opened, Failure> {
        let opened = root.open_again(&mut self.opened)?;
        if let Err(failure) = root.keep_good(&opened) {
            // Only what is read anew is kept: what could not be kept now is to be read anew.
            self.opened = LastOpened::default();
            return Err(failure);
        }
        Ok(opened)
    }

    /// Builds the site that was opened, as it is now.
    pub(crate) fn build(&mut self, root: &Root, opened: &Opened) -> Result<Built, Failure> {
        let tree = Arc::new(build::tree_again(root, opened, self.audience, &mut self.memory)?);
        let last = std::mem::replace(&mut self.last, Arc::clone(&tree));
        let differs = |(path, bytes): &(&String, &Bytes)| {
            !last.files.get(*path).is_some_and(|last| is_same_place(last, bytes) || last == *bytes)
        };
        let changed = tree.files.iter().filter(differs).map(|(path, _)| path.clone()).collect();
        let gone = last.files.keys().filter(|path| !tree.files.contains_key(*path));
        Ok(Built { removed: gone.cloned().collect(), tree, changed })
    }
}

/// Whether the bytes are at the same place, as those of a part that was not made again: then they need not be looked at.
pub(super) fn is_same_place(one: &Bytes, other: &Bytes) -> bool {
    one.as_ptr() == other.as_ptr() && one.len() == other.len()
}

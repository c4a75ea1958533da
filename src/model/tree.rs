//! The rendered site in memory.

use std::collections::BTreeMap;

/// Files by their path from the site's root, with `/` between folders and no leading slash:
/// `incidents/card-payments/index.html`. The order is the paths', so a tree is the same however it was made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tree {
    /// The files' bytes.
    pub files: BTreeMap<String, Vec<u8>>,
}

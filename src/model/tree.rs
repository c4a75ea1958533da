//! The rendered site in memory.

use std::collections::BTreeMap;

use bytes::Bytes;

/// Files by their path from the site's root, with `/` between folders and no leading slash:
/// `incidents/card-payments/index.html`. The order is the paths', so a tree is the same however it was made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tree {
    /// The files' bytes; a file that is in several trees is in memory once.
    pub files: BTreeMap<String, Bytes>,
}

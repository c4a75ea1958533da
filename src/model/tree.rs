//! The files of a build in memory: what `render` makes and `publish` uploads.

use std::collections::BTreeMap;

use bytes::Bytes;

/// Files by their path from the site's root, with `/` between folders and no leading slash:
/// `incidents/card-payments/index.html`. The order is the paths', so a tree is the same however it was made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SiteFiles {
    /// The files' bytes; a file that is in several trees is in memory once.
    pub files: BTreeMap<String, Bytes>,
}

/// Whether two values are the very same bytes in memory, as those of a part that was not made again: then they need not be
/// compared.
pub fn is_same_place(one: &Bytes, other: &Bytes) -> bool {
    one.as_ptr() == other.as_ptr() && one.len() == other.len()
}

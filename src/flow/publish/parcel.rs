//! A build with what one target has next to it.

use std::collections::BTreeMap;

use bytes::Bytes;

use crate::config::target::{Place, Target};
use crate::model::tree::Tree;
use crate::publish::compress::twins;
use crate::publish::headers::headers_file;
use crate::publish::manifest::Manifest;
use crate::publish::pointer::Origin;
use crate::publish::send::Parcel;

/// The build with what this target has next to it. Its id is that of the page alone, the same at every
/// target.
pub(super) fn parcel(target: &Target, tree: &Tree, origin: &Origin) -> Parcel {
    let build = Manifest::of(tree).build();
    let mut files: BTreeMap<String, Bytes> = tree.files.clone();
    if target.headers_file {
        let rules = headers_file(files.keys().map(String::as_str));
        files.entry("_headers".to_owned()).or_insert_with(|| rules.into());
    }
    if matches!(&target.place, Place::Folder(folder) if folder.compressed) {
        let twins = twins(&files);
        files.extend(twins);
    }
    Parcel { build, files, origin: origin.clone() }
}

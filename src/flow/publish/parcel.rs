//! The files that one target gets: the build, and what only this target needs, such as `_headers`.

use std::collections::BTreeMap;

use bytes::Bytes;

use crate::config::target::{Target, TargetKind};
use crate::model::tree::SiteFiles;
use crate::publish::compress::twins;
use crate::publish::headers::headers_file;
use crate::publish::manifest::Manifest;
use crate::publish::pointer::BuildSource;
use crate::publish::send::UploadJob;

/// The build with what this target has next to it. Its id is that of the page alone, the same at every
/// target.
pub(super) fn parcel(target: &Target, tree: &SiteFiles, origin: &BuildSource) -> UploadJob {
    let build = Manifest::of(tree).build();
    let mut files: BTreeMap<String, Bytes> = tree.files.clone();
    if target.headers_file {
        let rules = headers_file(files.keys().map(String::as_str));
        files.entry("_headers".to_owned()).or_insert_with(|| rules.into());
    }
    if matches!(&target.place, TargetKind::Folder(folder) if folder.compressed) {
        let twins = twins(&files);
        files.extend(twins);
    }
    UploadJob { build, files, origin: origin.clone() }
}

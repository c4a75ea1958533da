//! Builds and terms for the tests of the protocol.

use std::time::Duration;

use bytes::Bytes;

use super::memory::MemoryStore;
use crate::model::Moment;
use crate::model::tree::SiteFiles;
use crate::publish::gone::Gone;
use crate::publish::manifest::Manifest;
use crate::publish::newer::{NotNewer, may_replace};
use crate::publish::pointer::{BuildSource, LiveBuild};
use crate::publish::send::{Doubt, SendError, Sent, UploadJob, UploadOptions, send};

pub(super) const LEASE: Duration = Duration::from_secs(30);

/// A build of a commit; commits are numbers in one line.
pub(super) fn parcel(commit: usize, files: &[(&str, &str)]) -> UploadJob {
    let file = |(path, text): &(&str, &str)| ((*path).to_owned(), Bytes::copy_from_slice(text.as_bytes()));
    let files: std::collections::BTreeMap<String, Bytes> = files.iter().map(file).collect();
    let origin = BuildSource {
        commit: Some(format!("{commit:04}")),
        changed: false,
        rolled_back_from: None,
        taken_back: None,
        time: Moment::default(),
        site: String::new(),
    };
    UploadJob { build: Manifest::of(&SiteFiles { files: files.clone() }).build(), files, origin }
}

/// Whether our build may replace the live one, with commits that are numbers.
pub(super) fn by_number(parcel: &UploadJob) -> impl Fn(&LiveBuild) -> Result<(), NotNewer> + Sync {
    let ours = parcel.origin.clone();
    move |live: &LiveBuild| may_replace(live, &ours, &|one: &str, other: &str| Some(one < other))
}

/// Publishes as someone of that name.
pub(super) async fn publish(
    store: &MemoryStore,
    holder: &str,
    parcel: &UploadJob,
) -> Result<Sent, SendError> {
    publish_doubting(store, holder, parcel, Doubt::Nothing).await
}

/// The same, where the place is not believed to be as it was left.
pub(super) async fn publish_doubting(
    store: &MemoryStore,
    holder: &str,
    parcel: &UploadJob,
    doubt: Doubt,
) -> Result<Sent, SendError> {
    let start = tokio::time::Instant::now();
    let terms = UploadOptions {
        may_replace: &by_number(parcel),
        remove_many: false,
        doubt,
        gone: &Gone::default(),
        holder,
        lease: LEASE,
        elapsed: &move || start.elapsed(),
        pass: &|_| {},
    };
    send(store, parcel, &terms).await
}

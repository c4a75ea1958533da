//! Builds and terms for the tests of the protocol.

use std::time::Duration;

use bytes::Bytes;

use super::memory::MemoryStore;
use crate::model::Moment;
use crate::model::tree::Tree;
use crate::publish::gone::Gone;
use crate::publish::manifest::Manifest;
use crate::publish::newer::{Refusal, may_replace};
use crate::publish::pointer::{Origin, Pointer};
use crate::publish::send::{Doubt, Parcel, SendError, Sent, Terms, send};

pub(super) const LEASE: Duration = Duration::from_secs(30);

/// A build of a commit; commits are numbers in one line.
pub(super) fn parcel(commit: usize, files: &[(&str, &str)]) -> Parcel {
    let file = |(path, text): &(&str, &str)| ((*path).to_owned(), Bytes::copy_from_slice(text.as_bytes()));
    let files: std::collections::BTreeMap<String, Bytes> = files.iter().map(file).collect();
    let origin = Origin {
        commit: Some(format!("{commit:04}")),
        changed: false,
        rolled_back_from: None,
        taken_back: None,
        time: Moment::default(),
        site: String::new(),
    };
    Parcel { build: Manifest::of(&Tree { files: files.clone() }).build(), files, origin }
}

/// Whether a build of ours may replace the live one, with commits that are numbers.
pub(super) fn by_number(parcel: &Parcel) -> impl Fn(&Pointer) -> Result<(), Refusal> + Sync {
    let ours = parcel.origin.clone();
    move |live: &Pointer| may_replace(live, &ours, &|one: &str, other: &str| Some(one < other))
}

/// Publishes as someone of that name.
pub(super) async fn publish(store: &MemoryStore, holder: &str, parcel: &Parcel) -> Result<Sent, SendError> {
    publish_doubting(store, holder, parcel, Doubt::Nothing).await
}

/// The same, where the place is not believed to be as it was left.
pub(super) async fn publish_doubting(
    store: &MemoryStore,
    holder: &str,
    parcel: &Parcel,
    doubt: Doubt,
) -> Result<Sent, SendError> {
    let start = tokio::time::Instant::now();
    let terms = Terms {
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

//! Releases of a folder: which stay, and when nothing is written.

use std::collections::BTreeMap;
use std::path::Path;

use bytes::Bytes;

use super::{Gone, ReleaseError, Releases};
use crate::model::Moment;
use crate::model::tree::SiteFiles;
use crate::publish::manifest::Manifest;
use crate::publish::newer::NotNewer;
use crate::publish::pointer::BuildSource;
use crate::publish::send::{Sent, UploadJob};

fn parcel(commit: usize, files: &[(&str, &str)]) -> UploadJob {
    let file = |(path, text): &(&str, &str)| ((*path).to_owned(), Bytes::copy_from_slice(text.as_bytes()));
    let files: BTreeMap<String, Bytes> = files.iter().map(file).collect();
    let origin = BuildSource {
        commit: Some(commit.to_string()),
        changed: false,
        rolled_back_from: None,
        taken_back: None,
        time: Moment::default(),
        site: String::new(),
    };
    UploadJob { build: Manifest::of(&SiteFiles { files: files.clone() }).build(), files, origin }
}

fn publish(folder: &Path, parcel: &UploadJob) -> Result<Sent, ReleaseError> {
    Releases::new(folder).publish(parcel, &Gone::default(), &|_| Ok(()), &|_| {})
}

#[test]
fn a_link_leads_to_the_newest_and_ten_stay() {
    let folder = tempfile::tempdir().expect("a folder");
    for number in 0..13_usize {
        let text = number.to_string();
        let parcel = parcel(number, &[("index.html", text.as_str()), ("a/same.html", "same")]);
        let sent = publish(folder.path(), &parcel).expect("published");
        assert_eq!(sent.written, if number == 0 { 2 } else { 1 });
    }
    let read = |path: &str| std::fs::read_to_string(folder.path().join(path)).expect("a file");
    assert_eq!((read("current/index.html"), read("current/a/same.html")), ("12".into(), "same".into()));
    let left = || std::fs::read_dir(folder.path().join("releases")).expect("releases").count();
    assert_eq!(left(), 13, "nobody waits for the old ones to go");
    Releases::new(folder.path()).remove_old();
    assert_eq!((left(), read("current/index.html")), (10, "12".into()));
    let live = Releases::new(folder.path()).live().expect("readable").expect("live");
    assert_eq!((live.origin.commit.as_deref(), live.past.len()), (Some("12"), 12));
}

#[test]
fn the_same_build_again_writes_nothing_and_a_refusal_changes_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let parcel = parcel(1, &[("index.html", "1")]);
    publish(folder.path(), &parcel).expect("published");
    let again = publish(folder.path(), &parcel).expect("published");
    assert_eq!((again.written, again.kept), (0, 1));
    let other = self::parcel(0, &[("index.html", "0")]);
    let refuse = |_: &_| Err(NotNewer::Older("1".into(), "0".into()));
    let refused = Releases::new(folder.path()).publish(&other, &Gone::default(), &refuse, &|_| {});
    assert!(matches!(refused, Err(ReleaseError::Refused(NotNewer::Older(..)))), "{refused:?}");
    let releases = std::fs::read_dir(folder.path().join("releases")).expect("releases").count();
    assert_eq!(releases, 1);
    std::fs::remove_file(folder.path().join("current/index.html")).expect("removed by hand");
    assert_eq!(publish(folder.path(), &parcel).expect("published").written, 1, "and put back");
}

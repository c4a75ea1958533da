//! Fills a new release: a second name for the live release's file where the bytes are the same, and the bytes where not.
//!
//! Promises: the live release stays as it is, and what is the same is looked for on every core, because a site has thousands
//! of files and subscribers wait for the page. Never calls a file the same whose bytes it did not read.

use std::fs::{self, File};
use std::io::Write as _;
use std::panic::resume_unwind;
use std::path::Path;
use std::thread;

use bytes::Bytes;

use super::UploadJob;
use crate::files::Folder;
use crate::publish::store::{Error, failure, make_folder};

/// What filling a release came to.
#[derive(Clone, Debug, Default)]
pub(super) struct Copied {
    pub(super) written: usize,
    pub(super) kept: usize,
    pub(super) changed: Vec<String>,
    /// Files that stay for now although no build names them.
    pub(super) waiting: usize,
    pub(super) deleted: usize,
}

/// How a file of a build is in the live release.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Before {
    /// It is the same, and has its second name.
    Linked,
    /// It is the same, and the system gives it no second name.
    Same,
    /// It does not exist, or has other bytes.
    Other,
}

/// Puts every file into a new release. `pass` gets `file` before each file that is written.
pub(super) fn fill(
    release: &Path,
    current: &Path,
    parcel: &UploadJob,
    pass: &dyn Fn(&'static str),
) -> Result<Copied, Error> {
    let files: Vec<(&String, &Bytes)> = parcel.files.iter().collect();
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let share = files.len().div_ceil(cores).max(1);
    let before: Vec<Before> = thread::scope(|scope| {
        let shares = files.chunks(share);
        let workers: Vec<_> =
            shares.map(|share| scope.spawn(move || link_same(release, current, share))).collect();
        let done = workers.into_iter().map(|one| one.join().unwrap_or_else(|panic| resume_unwind(panic)));
        done.collect::<Result<Vec<_>, _>>().map(|shares| shares.concat())
    })?;
    let mut copied = Copied::default();
    for ((path, bytes), before) in files.into_iter().zip(before) {
        if before == Before::Linked {
            copied.kept += 1;
            continue;
        }
        pass("file");
        write(&release.join(path), bytes, path)?;
        copied.written += 1;
        copied.changed.extend((before == Before::Other).then(|| path.clone()));
    }
    Ok(copied)
}

/// Gives the files that are the same a second name; how each is in the live release.
fn link_same(release: &Path, current: &Path, files: &[(&String, &Bytes)]) -> Result<Vec<Before>, Error> {
    let live = Folder::open(current).ok();
    let one = |(path, bytes): &(&String, &Bytes)| {
        let new = release.join(path);
        if let Some(parent) = new.parent() {
            make_folder(parent, path)?;
        }
        Ok(match has(live.as_ref(), path, bytes) {
            true if fs::hard_link(current.join(path), &new).is_ok() => Before::Linked,
            true => Before::Same,
            false => Before::Other,
        })
    };
    files.iter().map(one).collect()
}

/// Whether a release has a file with these bytes: a regular one, which a link is not.
pub(super) fn has(release: Option<&Folder>, path: &str, bytes: &Bytes) -> bool {
    let there = release.and_then(|release| release.read(path, bytes.len() as u64).ok().flatten());
    there.is_some_and(|there| *bytes == there)
}

pub(super) fn write(place: &Path, bytes: &[u8], path: &str) -> Result<(), Error> {
    let fail = |error: std::io::Error| failure("write", path, &error);
    if let Some(parent) = place.parent() {
        fs::create_dir_all(parent).map_err(fail)?;
    }
    let mut file = File::create_new(place).map_err(fail)?;
    file.write_all(bytes).map_err(fail)
}

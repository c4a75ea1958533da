//! Writes a build into an output folder: all files first into a temporary folder in it, then each is moved to its path.
//!
//! Promises: before [`Staging::finish`], no file of the output folder changes; an identical file is not written again;
//! files of earlier builds, even killed ones, that are not in this build are removed. Holds no file in memory, and waits
//! for another build into the same folder.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Context;
use parking_lot::Mutex;

use crate::files::{Durability, Error, Folder};
use crate::workspace::write::{self, Out, Written};

/// The folder within the output folder. The dot hides it from readers.
pub(crate) const FOLDER: &str = ".allclear-staging";

/// What a build is about to put into an output folder.
pub(crate) struct Staging<'p> {
    out: Out<'p>,
    folder: Folder,
    next: AtomicU64,
    /// The names of the files in the folder, by the paths that they are for.
    names: Mutex<BTreeMap<String, String>>,
}

impl<'p> Staging<'p> {
    /// Makes the output folder if it is not there, and removes what a killed build left in it.
    pub(crate) fn open(path: &'p Path) -> anyhow::Result<Self> {
        let out = Out::open(path)?;
        out.folder.hold();
        out.mark()?;
        sweep(&out.folder).with_context(|| format!("failed to empty {}", out.shown(FOLDER)))?;
        let folder = out.folder.make(FOLDER, Durability::Cached);
        let folder = folder.with_context(|| format!("failed to create the folder {}", out.shown(FOLDER)))?;
        Ok(Self { out, folder, next: AtomicU64::new(0), names: Mutex::default() })
    }

    /// The output folder.
    pub(crate) fn out(&self) -> &Folder {
        &self.out.folder
    }

    /// Takes a file for a path; what was taken for the same path before gives way.
    pub(crate) fn take(&self, path: &str, bytes: &[u8]) -> anyhow::Result<()> {
        let name =
            (!self.out.has(path, bytes)).then(|| self.next.fetch_add(1, Ordering::Relaxed).to_string());
        if let Some(name) = &name {
            self.folder
                .create(name, bytes)
                .with_context(|| format!("failed to write {}", self.out.shown(path)))?;
        }
        let mut names = self.names.lock();
        match name {
            Some(name) => drop(names.insert(path.to_owned(), name)),
            None => drop(names.remove(path)),
        }
        Ok(())
    }

    /// Puts what was taken in its places, removes what earlier builds left, and lets `record` look at the folder before
    /// another build may write into it. `paths` are those of the whole tree.
    pub(crate) fn finish(
        self,
        paths: &BTreeSet<String>,
        record: impl FnOnce(&Folder, &BTreeMap<String, String>),
    ) -> anyhow::Result<Written> {
        let names = std::mem::take(&mut *self.names.lock());
        let before = self.out.claim(paths)?;
        self.out.make_folders(names.keys())?;
        // What pages link to comes before them.
        let (assets, pages): (Vec<_>, Vec<_>) =
            names.iter().partition(|(path, _)| path.starts_with("assets/"));
        for files in [assets, pages] {
            write::on_some_threads(&files, |(path, name)| {
                let moved = self.out.folder.move_here(&self.folder, name, path);
                moved.with_context(|| format!("failed to write {}", self.out.shown(path)))
            })?;
        }
        let removed = self.out.remove_left_over(paths, &before)?;
        record(&self.out.folder, &names);
        Ok(Written { written: names.len(), kept: paths.len() - names.len(), removed })
    }
}

impl Drop for Staging<'_> {
    fn drop(&mut self) {
        // What is left here is of no use; the next build tries again.
        let _swept = sweep(&self.out.folder);
    }
}

/// Removes the folder and the files in it.
fn sweep(out: &Folder) -> Result<(), Error> {
    let folder = match out.below(FOLDER) {
        Err(error) if error.is_not_found() => return Ok(()),
        folder => folder?,
    };
    for name in folder.names()? {
        folder.remove(&name)?;
    }
    out.remove_folder(FOLDER).map(drop)
}

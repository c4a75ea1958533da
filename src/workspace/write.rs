//! Writes files next to their place and renames them over the old ones, so that a reader sees the old file or the new one.
//!
//! Promises: never truncates a file first; touches only files whose bytes differ; removes from an output folder only files
//! of an earlier build, even of one that was stopped halfway.

use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::Context;

use crate::files::{self, Durability, Error, Folder};
use crate::model::tree::{SiteFiles, is_same_place};

/// The list of files the last build wrote, kept in the output folder itself.
const MANIFEST: &str = ".allclear-build";
/// The longest such list that is read, in bytes: a million paths.
const MANIFEST_BYTES_MAX: u64 = 256 << 20;
const THREADS: usize = 4;

/// What writing a tree did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Written {
    /// Files that are new or differ.
    pub(crate) written: usize,
    /// Files that were there already, byte for byte.
    pub(crate) kept: usize,
    /// Files of an earlier build that this one no longer has.
    pub(crate) removed: usize,
}

/// Makes a folder and those above it.
pub(crate) fn folder(path: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(path).with_context(|| format!("failed to create the folder {}", path.display()))
}

/// Makes a folder and those above it, unless it is there: of several who do so at once, one gets `true`.
pub(crate) fn new_folder(path: &Path) -> anyhow::Result<bool> {
    path.parent().map_or(Ok(()), folder)?;
    match fs::create_dir(path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error).with_context(|| format!("failed to create the folder {}", path.display())),
    }
}

/// Writes one file and the folder it is in; a file that was there keeps its mode and owner.
pub(crate) fn file(path: &Path, bytes: &[u8], durability: Durability) -> anyhow::Result<()> {
    files::replace(path, bytes, durability).with_context(|| format!("failed to write {}", path.display()))
}

/// Writes one file unless it holds these bytes already; says whether it wrote.
pub(crate) fn if_different(path: &Path, bytes: &[u8], durability: Durability) -> anyhow::Result<bool> {
    if fs::read(path).is_ok_and(|there| there == bytes) {
        return Ok(false);
    }
    file(path, bytes, durability)?;
    Ok(true)
}

/// Whether a copy has its original's length and was written after it, which was in that nanosecond since 1970: then it need
/// not be read to know it.
pub(crate) fn is_copy(copy: &Path, original_length: u64, original_written: i128) -> bool {
    let is_later = |facts: &fs::Metadata| {
        i128::from(facts.mtime()) * 1_000_000_000 + i128::from(facts.mtime_nsec()) > original_written
    };
    fs::metadata(copy).is_ok_and(|facts| facts.len() == original_length && is_later(&facts))
}

/// A folder into which trees are written again and again.
pub(crate) struct Target {
    folder: PathBuf,
    /// What it holds, if nobody else wrote into it.
    last: Arc<SiteFiles>,
}

impl Target {
    /// A folder of which nothing is known yet.
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self { folder, last: Arc::default() }
    }

    /// Writes a tree. A file that was written by the last tree and still has its length is not read again.
    pub(crate) fn write(&mut self, tree: &Arc<SiteFiles>) -> anyhow::Result<Written> {
        // Where writing fails halfway, nothing is known until it succeeded once.
        let last = std::mem::take(&mut self.last);
        let written = tree_over(tree, &last, &self.folder)?;
        self.last = Arc::clone(tree);
        Ok(written)
    }
}

/// Whether a build wrote into the folder before.
pub(crate) fn is_of_a_build(out: &Path) -> bool {
    Folder::open(out).is_ok_and(|out| out.has_file(MANIFEST))
}

/// Writes a tree into a folder: only what differs, then removes what an earlier build left.
fn tree_over(tree: &SiteFiles, last: &SiteFiles, out: &Path) -> anyhow::Result<Written> {
    let out = &Out::open(out)?;
    let paths = tree.files.keys().cloned().collect();
    let before = out.claim(&paths)?;
    out.make_folders(paths.iter())?;
    let files: Vec<_> = tree.files.iter().collect();
    let written = AtomicUsize::new(0);
    on_some_threads(&files, |(path, bytes)| {
        let known = last.files.get(*path).is_some_and(|last| is_same_place(last, bytes));
        if !(known && out.has_length(path, bytes) || out.has(path, bytes)) {
            let replaced = out.folder.replace(path, bytes, Durability::Cached);
            replaced.with_context(|| format!("failed to write {}", out.shown(path)))?;
            written.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    })?;
    let removed = out.remove_left_over(&paths, &before)?;
    let written = written.into_inner();
    Ok(Written { written, kept: files.len() - written, removed })
}

/// Does the same with each of the items, on a few threads; the first error is reported.
pub(crate) fn on_some_threads<T: Sync>(
    items: &[T],
    work: impl Fn(&T) -> anyhow::Result<()> + Sync,
) -> anyhow::Result<()> {
    let share = items.len().div_ceil(THREADS).max(1);
    let work = &work;
    std::thread::scope(|scope| {
        let start = |chunk| scope.spawn(move || <[T]>::iter(chunk).try_for_each(work));
        let threads: Vec<_> = items.chunks(share).map(start).collect();
        let ended = threads.into_iter().map(|thread| {
            thread.join().unwrap_or_else(|_| anyhow::bail!("a thread that writes files stopped"))
        });
        ended.collect::<Vec<_>>().into_iter().collect()
    })
}

/// The folder that a tree is written to. What lies in it may be someone else's work, so no link below it is followed.
pub(crate) struct Out<'p> {
    pub(crate) folder: Folder,
    path: &'p Path,
}

impl<'p> Out<'p> {
    /// Opens the folder, and makes it if it is not there.
    pub(crate) fn open(path: &'p Path) -> anyhow::Result<Self> {
        folder(path)?;
        let folder = Folder::open(path).with_context(|| format!("failed to open {}", path.display()))?;
        Ok(Self { folder, path })
    }

    pub(crate) fn shown(&self, path: &str) -> String {
        self.path.join(path).display().to_string()
    }

    /// Whether these bytes are at the path already.
    pub(crate) fn has(&self, path: &str, bytes: &[u8]) -> bool {
        self.has_length(path, bytes)
            && self.folder.read(path, bytes.len() as u64).is_ok_and(|there| there.as_deref() == Some(bytes))
    }

    fn has_length(&self, path: &str, bytes: &[u8]) -> bool {
        self.folder.length(path) == Some(bytes.len() as u64)
    }

    /// Makes the folder known as a build's own.
    pub(crate) fn mark(&self) -> anyhow::Result<()> {
        if self.folder.has_file(MANIFEST) { Ok(()) } else { self.list(&BTreeSet::new()) }
    }

    /// Lists what is about to be written next to what earlier builds wrote, so that a build that is stopped halfway
    /// leaves nothing that no list names; says what earlier builds wrote.
    pub(crate) fn claim(&self, paths: &BTreeSet<String>) -> anyhow::Result<BTreeSet<String>> {
        let before = self.folder.read(MANIFEST, MANIFEST_BYTES_MAX).ok().flatten().unwrap_or_default();
        let before: BTreeSet<String> = String::from_utf8_lossy(&before).lines().map(str::to_owned).collect();
        if !paths.is_subset(&before) || before.is_empty() {
            self.list(&before.union(paths).collect())?;
        }
        Ok(before)
    }

    fn list(&self, paths: &BTreeSet<&String>) -> anyhow::Result<()> {
        let list: String = paths.iter().map(|path| format!("{path}\n")).collect();
        if self.has(MANIFEST, list.as_bytes()) {
            return Ok(());
        }
        let replaced = self.folder.replace(MANIFEST, list.as_bytes(), Durability::Cached);
        replaced.with_context(|| format!("failed to write {}", self.shown(MANIFEST)))
    }

    /// Makes every folder that one of the paths is in.
    pub(crate) fn make_folders<'t>(&self, paths: impl Iterator<Item = &'t String>) -> anyhow::Result<()> {
        let folders = paths.filter_map(|path| path.rsplit_once('/')).map(|(folder, _)| folder);
        for path in folders.collect::<BTreeSet<&str>>() {
            let made = self.folder.make(path, Durability::Cached);
            made.with_context(|| format!("failed to create the folder {}", self.shown(path)))?;
        }
        Ok(())
    }

    /// Removes what earlier builds wrote and this tree does not have; says how many files.
    pub(crate) fn remove_left_over(
        &self,
        paths: &BTreeSet<String>,
        before: &BTreeSet<String>,
    ) -> anyhow::Result<usize> {
        let mut removed = 0;
        for path in before.difference(paths) {
            match self.folder.remove(path) {
                Ok(was_there) => removed += usize::from(was_there),
                // Anyone who edited the list: what it names outside the folder was not written by allclear.
                Err(Error::Outside | Error::Link) => {}
                // A build makes files: a folder in such a place is someone else's.
                Err(_) if self.folder.below(path).is_ok() => {}
                Err(error) => return Err(error).with_context(|| format!("failed to remove {path}")),
            }
        }
        if before != paths {
            self.list(&paths.iter().collect())?;
        }
        Ok(removed)
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    /// A tree into a folder of which nothing is known.
    fn tree(tree: &Arc<SiteFiles>, out: &Path) -> anyhow::Result<Written> {
        Target::new(out.to_owned()).write(tree)
    }

    fn tree_of(files: &[(&str, &'static str)]) -> Arc<SiteFiles> {
        let files =
            files.iter().map(|(path, text)| ((*path).to_owned(), Bytes::from_static(text.as_bytes())));
        Arc::new(SiteFiles { files: files.collect() })
    }

    fn written(written: usize, kept: usize, removed: usize) -> Written {
        Written { written, kept, removed }
    }

    #[test]
    fn what_the_last_tree_wrote_is_not_read_again_and_what_is_gone_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let place = |path: &str| folder.path().join(path);
        let mut target = Target::new(folder.path().to_owned());
        let tree = tree_of(&[("index.html", "one"), ("a/b.json", "two")]);
        assert_eq!(target.write(&tree).unwrap(), written(2, 0, 0));
        assert_eq!(target.write(&tree).unwrap(), written(0, 2, 0));
        fs::remove_file(place("a/b.json")).unwrap();
        fs::write(place("index.html"), "one and more").unwrap();
        assert_eq!(target.write(&tree).unwrap(), written(2, 0, 0));
        let next = tree_of(&[("index.html", "six")]);
        assert_eq!(target.write(&next).unwrap(), written(1, 0, 1));
        assert_eq!(fs::read(place("index.html")).unwrap(), b"six");
    }

    #[test]
    fn a_build_that_fails_halfway_leaves_files_that_the_next_one_knows() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("b.html")).unwrap();
        assert!(tree(&tree_of(&[("a.html", "one"), ("b.html", "in the way")]), folder.path()).is_err());
        assert!(is_of_a_build(folder.path()) && folder.path().join("a.html").exists());
        fs::remove_dir(folder.path().join("b.html")).unwrap();
        assert_eq!(tree(&tree_of(&[("c.html", "two")]), folder.path()).unwrap(), written(1, 0, 1));
        assert!(!folder.path().join("a.html").exists());
    }

    #[test]
    fn what_others_left_in_the_folder_is_replaced_and_never_emptied() {
        let folder = tempfile::tempdir().unwrap();
        let (index, kept) = (folder.path().join("index.html"), folder.path().join("kept"));
        fs::write(&index, "theirs").unwrap();
        fs::hard_link(&index, &kept).unwrap();
        let files = [("index.html", "ours"), ("new.html", "new")];
        assert_eq!(tree(&tree_of(&files), folder.path()).unwrap(), written(2, 0, 0));
        assert_eq!((fs::read(&index).unwrap(), fs::read(&kept).unwrap()), (b"ours".into(), b"theirs".into()));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 4, "both files, the link and the list");
    }

    #[test]
    fn a_link_in_the_folder_is_replaced_and_never_written_or_removed_through() {
        let (folder, victim) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        fs::write(victim.path().join("kept"), "theirs").unwrap();
        tree(&tree_of(&[("index.html", "one"), ("a/kept", "two")]), folder.path()).unwrap();
        fs::remove_dir_all(folder.path().join("a")).unwrap();
        std::os::unix::fs::symlink(victim.path(), folder.path().join("a")).unwrap();
        fs::remove_file(folder.path().join("index.html")).unwrap();
        std::os::unix::fs::symlink(victim.path().join("kept"), folder.path().join("index.html")).unwrap();
        assert!(
            tree(&tree_of(&[("a/kept", "two")]), folder.path()).is_err(),
            "a link is where a folder belongs"
        );
        assert_eq!(tree(&tree_of(&[("index.html", "one")]), folder.path()).unwrap(), written(1, 0, 0));
        assert_eq!(fs::read(folder.path().join("index.html")).unwrap(), b"one");
        assert_eq!(fs::read(victim.path().join("kept")).unwrap(), b"theirs");
    }

    #[test]
    fn a_first_tree_and_one_after_a_failure_are_compared_byte_for_byte() {
        let folder = tempfile::tempdir().unwrap();
        let index = folder.path().join("index.html");
        let mut target = Target::new(folder.path().to_owned());
        let tree = tree_of(&[("index.html", "one")]);
        target.write(&tree).unwrap();
        // What is in the way of a file makes the next tree fail.
        fs::create_dir(folder.path().join("in-the-way")).unwrap();
        assert!(target.write(&tree_of(&[("in-the-way", "file"), ("index.html", "one")])).is_err());
        fs::write(&index, "two").unwrap();
        assert_eq!(target.write(&tree).unwrap(), written(1, 0, 0));
        fs::write(&index, "two").unwrap();
        let mut other = Target::new(folder.path().to_owned());
        assert_eq!(other.write(&tree).unwrap(), written(1, 0, 0));
    }
}

//! The site as the files of an earlier commit say it.

use std::fs;
use std::path::Path;

use anyhow::Context;
use tempfile::TempDir;

use super::super::cli::Format;
use super::super::exit::Failure;
use super::super::git::Git;
use super::super::root::{Opened, Root};

/// An earlier commit's files, in a folder that goes with this value.
pub(super) struct Before {
    pub(super) root: Root,
    pub(super) opened: Opened,
    _folder: TempDir,
}

impl Before {
    /// The files where the history of `commit` and of what is checked out part: what others have put on top of it since is
    /// none of this change. Leaves the repository as it is, its index as well.
    pub(super) fn of(root: &Root, commit: &str) -> Result<Self, Failure> {
        if commit.starts_with('-') {
            return Err(Failure::Usage(format!("--since {commit}: name a commit")));
        }
        let folder = tempfile::tempdir().context("failed to make a folder for the earlier files")?;
        let here = Git::at(&root.path);
        let commit = here.run(&["merge-base", "HEAD", commit])?;
        let prefix = here.run(&["rev-parse", "--show-prefix"])?;
        let top = here.run(&["rev-parse", "--show-toplevel"])?;
        let index = folder.path().join("index");
        let git = Git::at(Path::new(&top)).with("GIT_INDEX_FILE", &index);
        git.run(&["read-tree", &format!("{commit}:{}", prefix.trim_end_matches('/'))])?;
        let files = folder.path().join("files");
        fs::create_dir(&files).with_context(|| format!("failed to make {}", files.display()))?;
        git.run(&["checkout-index", "--all", &format!("--prefix={}/", files.display())])?;
        let root = Root { path: files, clock: root.clock, format: Format::Text };
        let opened = root.open()?;
        Ok(Self { root, opened, _folder: folder })
    }
}

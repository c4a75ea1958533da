//! The site from the files of an earlier commit.
//!
//! Promises: the earlier files are in a temporary folder that is removed with the value. Never touches the repository, its
//! index or its working tree.

use anyhow::Context;
use tempfile::TempDir;

use crate::cli::arguments::Format;
use crate::cli::exit::Failure;
use crate::workspace::git::Git;
use crate::workspace::root::{LoadedSite, Root};

/// An earlier commit's files, in a folder that goes with this value.
pub(super) struct Before {
    pub(super) root: Root,
    pub(super) opened: LoadedSite,
    _folder: TempDir,
}

impl Before {
    /// The files where the history of `commit` and of what is checked out part: what others have put on top of it since is
    /// none of this change. Leaves the repository as it is, its index as well.
    pub(super) fn of(root: &Root, commit: &str) -> Result<Self, Failure> {
        if commit.starts_with('-') {
            return Err(Failure::Usage(format!("--since {commit}: this is not a commit")));
        }
        let folder = tempfile::tempdir().context("failed to create a folder for the earlier files")?;
        let git = Git::at(&root.path);
        let commit = git.run(&["merge-base", "HEAD", commit]).with_context(|| {
            format!("--since {commit}: no common history with HEAD; in a shallow clone run `git fetch --unshallow` \
                     first")
        })?;
        let files = git.write_files(&commit, folder.path())?;
        let root = Root { audience: root.audience, ..Root::of(files, root.clock, Format::Text) };
        let opened = root.open()?;
        Ok(Self { root, opened, _folder: folder })
    }
}

//! Sees when a file of the site is saved.
//!
//! Promises: all folders that determine the page are watched, new ones once the watch is restarted; reading a file does not
//! count as a save. Never reads or writes a file of the site.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use anyhow::Context;
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher, recommended_watcher};

/// The folders that decide what the page says.
const FOLDERS: [&str; 3] = ["site", "incidents", "themes"];

/// How long is waited at most for someone who writes without end.
const SETTLE_MAX: Duration = Duration::from_secs(2);

type Heard = notify::Result<Event>;

/// A watch over the folders that were there when it began.
pub(crate) struct Saves {
    root: PathBuf,
    folders: Vec<PathBuf>,
    heard: Receiver<Heard>,
    _watcher: RecommendedWatcher,
}

impl Saves {
    /// Begins to watch.
    pub(crate) fn watch(root: &Path) -> anyhow::Result<Self> {
        // Events name whole paths.
        let root = root.canonicalize().with_context(|| format!("failed to find {}", root.display()))?;
        let (saved, heard) = mpsc::channel();
        let mut watcher =
            recommended_watcher(move |event| drop(saved.send(event))).context("failed to watch for saves")?;
        let mut watch = |path: &Path, mode| {
            watcher.watch(path, mode).with_context(|| format!("failed to watch {}", path.display()))
        };
        // The root itself tells when one of the folders comes or goes.
        watch(&root, RecursiveMode::NonRecursive)?;
        let folders = there(&root);
        for folder in &folders {
            watch(folder, RecursiveMode::Recursive)?;
        }
        Ok(Self { root, folders, heard, _watcher: watcher })
    }

    /// Waits for a save, up to a time limit; returns whether there was one.
    pub(crate) fn wait(&self, limit: Duration) -> anyhow::Result<bool> {
        let started = Instant::now();
        loop {
            match self.heard.recv_timeout(limit.saturating_sub(started.elapsed())) {
                Ok(heard) if self.is_save(&heard) => return Ok(true),
                Ok(_) => {}
                Err(RecvTimeoutError::Timeout) => return Ok(false),
                Err(RecvTimeoutError::Disconnected) => anyhow::bail!("watching for saved files stopped"),
            }
        }
    }

    /// Waits until nothing was written for a while: editors write a file in several strokes.
    pub(crate) fn settle(&self, quiet: Duration) -> anyhow::Result<()> {
        let started = Instant::now();
        while started.elapsed() < SETTLE_MAX && self.wait(quiet)? {}
        Ok(())
    }

    /// Whether a folder came or went that must be watched from now on.
    pub(crate) fn is_outdated(&self) -> bool {
        there(&self.root) != self.folders
    }

    /// Whether something was written, and not only read: reading our own files must not rebuild for ever. Of the root
    /// only the folders matter, because the page itself may be written next to them.
    fn is_save(&self, heard: &Heard) -> bool {
        let Ok(event) = heard else { return true };
        let is_ours = |path: &PathBuf| {
            let folder = path.strip_prefix(&self.root).ok().and_then(|path| path.iter().next());
            folder.is_none_or(|folder| FOLDERS.iter().any(|name| folder == *name))
        };
        !matches!(event.kind, EventKind::Access(_))
            && (event.paths.is_empty() || event.paths.iter().any(is_ours))
    }
}

fn there(root: &Path) -> Vec<PathBuf> {
    FOLDERS.map(|name| root.join(name)).into_iter().filter(|folder| folder.is_dir()).collect()
}

//! Sees when a file of the site is saved, and lets the page be built once the saving is over.
//!
//! Promises: saves that follow each other closely are built once, and a git at work in the folder is waited for, for a
//! while. Only looks: never reads or writes a file of the site.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use anyhow::Context;
use notify_debouncer_full::notify::{
    Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher, recommended_watcher,
};

use super::super::exit::Failure;
use super::super::git::Git;
use super::Host;
use super::part::{Part, is_well};

/// The folders that decide what the page says.
const FOLDERS: [&str; 3] = ["site", "incidents", "themes"];

/// Saving is over when nothing was written for this long.
const QUIET: Duration = Duration::from_millis(100);

/// How long is waited for quiet at most, and for a git that is at work in the folder.
const QUIET_MAX: Duration = Duration::from_secs(2);
const GIT_MAX: Duration = Duration::from_secs(30);

/// How late it notices that it should stop.
const SLICE: Duration = Duration::from_millis(250);

type Heard = Result<Event, notify_debouncer_full::notify::Error>;

/// Watches until the host stops, or until a folder comes or goes that must be watched from then on.
pub(super) fn watch(host: &Host<'_>) -> Result<Duration, Failure> {
    let (saved, saves) = mpsc::channel();
    let watched = Watched::new(&host.root.path, saved)?;
    let git_lock = Git::at(&host.root.path).run(&["rev-parse", "--git-path", "index.lock"]);
    let git_lock = git_lock.ok().map(|path| host.root.below(path));
    is_well(host, Part::Files);
    // Whatever was saved before the watch began was not seen.
    host.bells.page.ring();
    while !host.is_stopped() {
        match saves.recv_timeout(SLICE) {
            Ok(heard) if watched.is_save(&heard) => {
                settle(&saves, git_lock.as_deref());
                host.bells.page.ring();
                if watched.is_outdated() {
                    return Ok(Duration::ZERO);
                }
            }
            Ok(_) | Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => {
                return Err(anyhow::anyhow!("the watching of files broke off").into());
            }
        }
    }
    Ok(Duration::ZERO)
}

/// What is watched, as it was when the watch began.
struct Watched {
    root: PathBuf,
    folders: Vec<PathBuf>,
    _watcher: RecommendedWatcher,
}

impl Watched {
    fn new(root: &Path, saved: mpsc::Sender<Heard>) -> anyhow::Result<Self> {
        // Events name whole paths.
        let root = root.canonicalize().with_context(|| format!("failed to find {}", root.display()))?;
        let mut watcher =
            recommended_watcher(move |heard| drop(saved.send(heard))).context("failed to watch for saves")?;
        let mut watch = |path: &Path, mode| {
            watcher.watch(path, mode).with_context(|| format!("failed to watch {}", path.display()))
        };
        // The root itself tells when one of the folders comes or goes.
        watch(&root, RecursiveMode::NonRecursive)?;
        let folders = there(&root);
        for folder in &folders {
            watch(folder, RecursiveMode::Recursive)?;
        }
        Ok(Self { root, folders, _watcher: watcher })
    }

    /// Whether something was written, and not only read: reading our own files must not rebuild for ever. Of the root
    /// only the folders matter, because the page itself may be written beside them.
    fn is_save(&self, heard: &Heard) -> bool {
        let Ok(event) = heard else { return true };
        let is_ours = |path: &PathBuf| {
            let folder = path.strip_prefix(&self.root).ok().and_then(|path| path.iter().next());
            folder.is_none_or(|folder| FOLDERS.iter().any(|name| folder == *name))
        };
        !matches!(event.kind, EventKind::Access(_))
            && (event.paths.is_empty() || event.paths.iter().any(is_ours))
    }

    fn is_outdated(&self) -> bool {
        there(&self.root) != self.folders
    }
}

fn there(root: &Path) -> Vec<PathBuf> {
    FOLDERS.map(|name| root.join(name)).into_iter().filter(|folder| folder.is_dir()).collect()
}

/// Waits until nobody writes any more, and until a git that works in the folder is done: half of a checkout is nobody's
/// meaning.
fn settle(saves: &Receiver<Heard>, git_lock: Option<&Path>) {
    let started = Instant::now();
    while started.elapsed() < QUIET_MAX && saves.recv_timeout(QUIET).is_ok() {}
    while started.elapsed() < GIT_MAX && git_lock.is_some_and(Path::exists) {
        std::thread::sleep(QUIET);
    }
}

//! Has the page built when a file of the site was saved and no further save follows.
//!
//! Promises: saves in quick succession cause one build, and a git command in progress in the folder is waited for, up to a
//! limit. Never builds anything itself.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::cli::exit::Failure;
use crate::host::Host;
use crate::host::part::{Part, is_well};
use crate::workspace::git::Git;
use crate::workspace::saves::Saves;

/// Saving is over when nothing was written for this long.
const QUIET: Duration = Duration::from_millis(100);

/// How long is waited for a git that is at work in the folder.
const GIT_MAX: Duration = Duration::from_secs(30);

/// How late it notices that it should stop.
const SLICE: Duration = Duration::from_millis(250);

/// Watches until the host stops, or until a folder comes or goes that must be watched from then on.
pub(super) fn watch(host: &Host) -> Result<Duration, Failure> {
    let saves = Saves::watch(&host.root.path)?;
    let git_lock = Git::at(&host.root.path).run(&["rev-parse", "--git-path", "index.lock"]);
    let git_lock = git_lock.ok().map(|path| host.root.below(path));
    is_well(host, &Part::Files);
    // Whatever was saved before the watch began was not seen.
    host.wake_signals.page.wake();
    let sign = host.sign_of(&Part::Files);
    while !host.is_stopped() {
        sign();
        if !saves.wait(SLICE)? {
            continue;
        }
        saves.settle(QUIET)?;
        wait_for_git(git_lock.as_deref());
        host.wake_signals.page.wake();
        if saves.is_outdated() {
            break;
        }
    }
    Ok(Duration::ZERO)
}

/// Waits until a git that works in the folder is done: half of a checkout is nobody's meaning.
fn wait_for_git(lock: Option<&Path>) {
    let started = Instant::now();
    while started.elapsed() < GIT_MAX && lock.is_some_and(Path::exists) {
        std::thread::sleep(QUIET);
    }
}

//! Presence: a lock that a worker holds as long as it lives, so that the next one knows who died.
//!
//! Promises: a lock ends with its process, however it ends, because the system lets go of it; so what a killed
//! worker held is freed at once, and what a live one holds is left alone. For workers of one host.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::ledger::Ledger;
use crate::model::Moment;

use super::write;

/// A live worker. Dropping it, or dying, ends its presence.
#[derive(Debug)]
pub(crate) struct Presence {
    /// The worker's name in the ledger, such as `worker-4711-5e1c03aa`.
    pub(crate) worker: String,
    path: PathBuf,
    _lock: File,
}

impl Presence {
    /// Takes a name that no other worker has or had, on this host or another one: by chance, because process numbers
    /// come again and every container has a first.
    pub(crate) fn take(folder: &Path) -> anyhow::Result<Self> {
        write::folder(folder)?;
        let worker = format!("worker-{}-{:08x}", std::process::id(), fastrand::u32(..));
        let path = lock_path(folder, &worker);
        let lock = open(&path)?;
        lock.lock().with_context(|| format!("failed to lock {}", path.display()))?;
        Ok(Self { worker, path, _lock: lock })
    }

    /// Ends the leases of every worker whose presence ended. One that holds steps but never had a lock here
    /// works on another host: its leases run out by themselves.
    pub(crate) fn bury_the_dead(ledger: &mut dyn Ledger, folder: &Path, now: Moment) -> anyhow::Result<()> {
        for holder in ledger.holders()? {
            if is_dead(folder, &holder)? {
                ledger.abandon(&holder, now)?;
            }
        }
        Ok(())
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        // A lock file that stays is harmless: it is not locked any more.
        let _left = fs::remove_file(&self.path);
    }
}

fn is_dead(folder: &Path, worker: &str) -> anyhow::Result<bool> {
    let path = lock_path(folder, worker);
    if !path.is_file() {
        return Ok(false);
    }
    match open(&path)?.try_lock() {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(error)) => {
            Err(error).with_context(|| format!("failed to try {}", path.display()))
        }
    }
}

fn open(path: &Path) -> anyhow::Result<File> {
    let opened = OpenOptions::new().create(true).truncate(false).write(true).open(path);
    opened.with_context(|| format!("failed to open {}", path.display()))
}

/// Names come from the ledger; only the shape that `take` gives them leads to a file.
fn lock_path(folder: &Path, worker: &str) -> PathBuf {
    let plain: String = worker.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
    folder.join(format!("{plain}.lock"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_that_nobody_holds_means_death() {
        let folder = tempfile::tempdir().unwrap();
        let alive = Presence::take(folder.path()).unwrap();
        assert!(!is_dead(folder.path(), &alive.worker).unwrap());
        assert!(!is_dead(folder.path(), "worker-elsewhere").unwrap(), "no lock, no verdict");
        let other = Presence::take(folder.path()).unwrap();
        assert_ne!(alive.worker, other.worker, "two in one process, as in two first processes of containers");
        fs::write(folder.path().join("worker-1.lock"), "").unwrap();
        assert!(is_dead(folder.path(), "worker-1").unwrap());
    }
}

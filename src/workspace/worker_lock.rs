//! A lock that ends with a worker's process, so that the next worker knows which ones died.
//!
//! Promises: the system releases the lock when the process ends; so steps of a killed worker are released at once, and
//! those of a live one are not. For workers of one host.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::files::Folder;
use crate::ledger::Ledger;
use crate::model::Moment;

use crate::workspace::write;

/// A live worker. Dropping it, or dying, ends its presence.
#[derive(Debug)]
pub(crate) struct WorkerLock {
    /// The worker's name in the ledger, such as `worker-4711-5e1c03aa`.
    pub(crate) worker: String,
    path: PathBuf,
    /// Whether steps may still be held in its name.
    holding: bool,
    _lock: File,
}

impl WorkerLock {
    /// Takes a name that no other worker has or had, on this host or another one: by chance, because process numbers
    /// come again and every container has a first.
    pub(crate) fn take(folder: &Path) -> anyhow::Result<Self> {
        write::folder(folder)?;
        let worker = format!("worker-{}-{:08x}", std::process::id(), fastrand::u32(..));
        let path = lock_path(folder, &worker);
        loop {
            let lock = open(&path)?;
            lock.lock().with_context(|| format!("failed to lock {}", path.display()))?;
            // Another worker may have taken the file for a dead one's before it was locked.
            if path.is_file() {
                return Ok(Self { worker, path, holding: false, _lock: lock });
            }
        }
    }

    /// Says whether steps may be held in its name from now on. When it ends while they may, because the ledger failed it,
    /// its lock stays: then the next worker sees that it is dead, and need not wait for its leases.
    pub(crate) fn holds(&mut self, holding: bool) {
        self.holding = holding;
    }

    /// Ends the leases of every worker whose presence ended, and removes what is left of it. One that holds steps but
    /// never had a lock here works on another host: its leases run out by themselves.
    pub(crate) fn reclaim_leases_of_dead_workers(
        ledger: &mut dyn Ledger,
        folder: &Path,
        now: Moment,
    ) -> anyhow::Result<()> {
        for holder in ledger.lease_holders()? {
            if is_dead(folder, &holder)? {
                ledger.expire_leases_of(&holder, now)?;
            }
        }
        remove_dead(folder)
    }
}

impl Drop for WorkerLock {
    fn drop(&mut self) {
        if !self.holding {
            // A lock file that stays is harmless: nobody holds it, and the next worker removes it.
            let _left = fs::remove_file(&self.path);
        }
    }
}

fn is_dead(folder: &Path, worker: &str) -> anyhow::Result<bool> {
    let path = lock_path(folder, worker);
    Ok(path.is_file() && try_lock(&path)?.is_some())
}

/// Removes the locks that nobody holds any more.
fn remove_dead(folder: &Path) -> anyhow::Result<()> {
    let unreadable = || format!("failed to read {}", folder.display());
    for name in Folder::open(folder).and_then(|folder| folder.names()).with_context(unreadable)? {
        let path = folder.join(&name);
        let is_lock = name.ends_with(".lock") && path.is_file();
        // The lock is held while its file goes, so that nobody takes it in between.
        if is_lock && let Some(_grip) = try_lock(&path)? {
            // Anyone who removed it first did the same.
            let _gone = fs::remove_file(&path);
        }
    }
    Ok(())
}

/// The lock itself, unless someone holds it.
fn try_lock(path: &Path) -> anyhow::Result<Option<File>> {
    let lock = open(path)?;
    match lock.try_lock() {
        Ok(()) => Ok(Some(lock)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => {
            Err(error).with_context(|| format!("failed to test the lock {}", path.display()))
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
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_lock_that_nobody_holds_means_death() {
        let folder = tempfile::tempdir().unwrap();
        let alive = WorkerLock::take(folder.path()).unwrap();
        assert!(!is_dead(folder.path(), &alive.worker).unwrap());
        assert!(!is_dead(folder.path(), "worker-elsewhere").unwrap(), "no lock, no verdict");
        let other = WorkerLock::take(folder.path()).unwrap();
        assert_ne!(alive.worker, other.worker, "two in one process, as in two first processes of containers");
        fs::write(folder.path().join("worker-1.lock"), "").unwrap();
        assert!(is_dead(folder.path(), "worker-1").unwrap());
        let mut failed = WorkerLock::take(folder.path()).unwrap();
        failed.holds(true);
        let name = failed.worker.clone();
        drop(failed);
        assert!(is_dead(folder.path(), &name).unwrap(), "it ended and holds steps");
        fs::write(folder.path().join("notes.txt"), "somebody else's").unwrap();
        remove_dead(folder.path()).unwrap();
        let names = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path());
        let left: BTreeSet<PathBuf> = names.collect();
        assert_eq!(
            left,
            [alive.path.clone(), other.path.clone(), folder.path().join("notes.txt")].into(),
            "only locks, and only those that nobody holds"
        );
    }

    #[test]
    fn workers_that_come_and_go_at_once_do_not_take_each_other_for_dead() {
        let folder = tempfile::tempdir().unwrap();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..100 {
                        let alive = WorkerLock::take(folder.path()).unwrap();
                        remove_dead(folder.path()).unwrap();
                        assert!(alive.path.is_file(), "a live worker's lock was removed");
                    }
                });
            }
        });
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}

//! One `run` for each folder: a lock that ends with its process.
//!
//! Promises: the system releases the lock when the process ends, so there is no stale lock. A second process learns at once
//! which process has the folder. It waits only for a dead holder: a program that a killed `run` was just starting holds the
//! lock until it runs.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context;
use rustix::process::{Pid, test_kill_process};

use crate::cli::exit::Failure;
use crate::workspace::state;

/// How long a dead holder's child processes may take to release the lock.
const DEAD_HOLDER_WAIT: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(20);

/// The folder is this process's until this is dropped.
#[derive(Debug)]
pub(super) struct Lock(#[expect(dead_code, reason = "it is held, not read")] File);

impl Lock {
    /// Takes the folder, or says who has it.
    pub(super) fn take(state: &Path) -> Result<Self, Failure> {
        let path = state::folder(state)?.join("run.lock");
        let opened = OpenOptions::new().create(true).truncate(false).read(true).write(true).open(&path);
        let mut file = opened.with_context(|| format!("failed to open {}", path.display()))?;
        let last_try = Instant::now() + DEAD_HOLDER_WAIT;
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) => {}
                Err(TryLockError::Error(error)) => {
                    return Err(anyhow::Error::new(error)
                        .context(format!("failed to lock {}", path.display()))
                        .into());
                }
            }
            let holder = holder(&mut file);
            if is_alive(&holder) || Instant::now() >= last_try {
                return Err(Failure::Refused {
                    why: format!("another `allclear run` is using this folder: process {holder}"),
                    hint: "stop that one first, or name another folder with --root".to_owned(),
                });
            }
            std::thread::sleep(PAUSE);
        }
        let written = file
            .set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| writeln!(file, "{}", std::process::id()));
        written.with_context(|| format!("failed to write {}", path.display()))?;
        Ok(Self(file))
    }
}

/// The number of the process that wrote it last; empty if none did.
fn holder(file: &mut File) -> String {
    let mut text = String::new();
    // It helps people, and at worst the wait for a dead one is left out.
    let _unread = file.rewind().and_then(|()| file.read_to_string(&mut text));
    text.trim().to_owned()
}

/// Whether such a process is there. A number that cannot be read counts as alive, because only a dead one is worth a wait.
fn is_alive(holder: &str) -> bool {
    let Some(pid) = holder.parse().ok().and_then(Pid::from_raw) else { return true };
    test_kill_process(pid) != Err(rustix::io::Errno::SRCH)
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    fn held_by(pid: u32) -> (tempfile::TempDir, File) {
        let folder = tempfile::tempdir().unwrap();
        let mut file = File::create(folder.path().join("run.lock")).unwrap();
        file.try_lock().unwrap();
        writeln!(file, "{pid}").unwrap();
        (folder, file)
    }

    #[test]
    fn a_dead_holder_is_waited_for_and_a_live_one_refuses() {
        let mut ended = Command::new("true").spawn().unwrap();
        ended.wait().unwrap();
        let (folder, file) = held_by(ended.id());
        std::thread::scope(|scope| {
            let taken = scope.spawn(|| Lock::take(folder.path()).map(|_lock| ()));
            std::thread::sleep(4 * PAUSE);
            assert!(!taken.is_finished(), "its lock is still held");
            drop(file);
            taken.join().unwrap().unwrap();
        });
        let text = std::fs::read_to_string(folder.path().join("run.lock")).unwrap();
        assert_eq!(text, format!("{}\n", std::process::id()));

        let (folder, _file) = held_by(std::process::id());
        let Err(Failure::Refused { why, .. }) = Lock::take(folder.path()) else { panic!("it was taken") };
        assert!(why.ends_with(&format!("process {}", std::process::id())), "{why}");
    }
}

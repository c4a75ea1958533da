//! One `run` for each folder: a lock that is held as long as the process lives, however it ends.
//!
//! Promises: the system releases it when the process ends, so no stale lock is ever in the way. Never waits: a
//! second process learns who has the folder.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Write};

use anyhow::Context;

use crate::cli::exit::Failure;
use crate::workspace::root::Root;
use crate::workspace::state;

/// The folder is this process's until this is dropped.
#[derive(Debug)]
pub(super) struct Lock(#[expect(dead_code, reason = "it is held, not read")] File);

impl Lock {
    /// Takes the folder, or says who has it.
    pub(super) fn take(root: &Root) -> Result<Self, Failure> {
        let path = state::folder(&root.state)?.join("run.lock");
        let opened = OpenOptions::new().create(true).truncate(false).read(true).write(true).open(&path);
        let mut file = opened.with_context(|| format!("failed to open {}", path.display()))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                // Who it is helps, but does not decide anything.
                let _unread = file.read_to_string(&mut holder);
                return Err(Failure::Refused {
                    why: format!("another `allclear run` is using this folder: process {}", holder.trim()),
                    hint: "one is enough; end that one first, or name another folder with --root".to_owned(),
                });
            }
            Err(TryLockError::Error(error)) => {
                return Err(anyhow::Error::new(error)
                    .context(format!("failed to lock {}", path.display()))
                    .into());
            }
        }
        let written = file.set_len(0).and_then(|()| writeln!(file, "{}", std::process::id()));
        written.with_context(|| format!("failed to write {}", path.display()))?;
        Ok(Self(file))
    }
}

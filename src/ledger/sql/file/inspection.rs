//! When a file was last read from end to end, and whether that is due again.
//!
//! Promises: it is due after each boot, because a power cut is what damages files; after a day; in a file that was put in the
//! place of another; and wherever the time of the last one is unknown. Never reads a clock: the caller does.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::time::Duration;

use rusqlite::Connection;

use crate::ledger::BootTime;

/// How long a reading from end to end lasts.
const LASTS: Duration = Duration::from_hours(24);

/// The setting that says when it was.
const NAME: &str = "inspected";

/// What is known about the last reading from end to end.
#[derive(Debug, Default)]
pub(in crate::ledger) struct Inspection {
    /// The boot, the file's number and the seconds since the boot; `None` if these are unknown.
    now: Option<(String, u64, u64)>,
    is_done: bool,
}

impl Inspection {
    /// Looks into a file that may be damaged, or no ledger: then it is due.
    pub(in crate::ledger) fn of(connection: &Connection, path: &Path, now: Option<&BootTime>) -> Self {
        let now = now.and_then(|now| {
            let file = fs::metadata(path).ok()?.ino();
            Some((now.boot.clone(), file, now.since_boot.as_secs()))
        });
        let text = "SELECT value FROM setting WHERE name = ?1";
        let last: Option<Vec<u8>> = connection.query_row(text, [NAME], |row| row.get(0)).ok();
        let last = last.and_then(|value| String::from_utf8(value).ok());
        let is_done = now.as_ref().zip(last).is_some_and(|((boot, file, seconds), last)| {
            let since = last.strip_prefix(&format!("{boot} {file} ")).and_then(|since| since.parse().ok());
            since.and_then(|since| seconds.checked_sub(since)).is_some_and(|ago| ago < LASTS.as_secs())
        });
        Self { now, is_done }
    }

    /// Whether the file has to be read from end to end.
    pub(in crate::ledger) fn is_due(&self) -> bool {
        !self.is_done
    }

    /// Keeps that it was, and nothing was wrong. If that cannot be written, the next check reads the file again: a sound ledger
    /// is not refused for it.
    pub(in crate::ledger) fn keep(&mut self, connection: &Connection) {
        let Some((boot, file, seconds)) = &self.now else { return };
        let written = connection.execute(
            "INSERT INTO setting (name, value) VALUES (?1, ?2)
             ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            (NAME, format!("{boot} {file} {seconds}").into_bytes()),
        );
        self.is_done = written.is_ok();
    }
}

//! The high-water mark: how many changes and attempts this host has seen in its ledger, stored in `.allclear/mark`.
//!
//! A ledger that was restored from a backup lacks messages that were sent, and would send them again. The ledger itself is
//! intact and cannot reveal that; the mark can. It is as new as the last plan and the last finished run: later handoffs are
//! not in it. Restoring all of `.allclear` restores the mark too.

use std::path::{Path, PathBuf};

use anyhow::Context;
use serde::{Deserialize, Serialize};

use crate::files::{self, Durability};
use crate::ledger::{HighWaterMark, SqlLedger};

use crate::cli::exit::Failure;
use crate::cli::print::{self, STRONG, WARN, count, styled};
use crate::workspace::root::Root;
use crate::workspace::state;

/// No mark is longer.
const BYTES_MAX: u64 = 4_096;

/// The mark as it is written.
#[derive(Debug, Serialize, Deserialize)]
struct Stored {
    ledger: String,
    changes: u64,
    attempts: u64,
}

/// Opens the ledger to send from it, once it was read from end to end. Refuses one that is not the one this host saw last, or has
/// not come as far, and makes none in the place of one that is lost.
pub(crate) fn open_to_send(root: &Root) -> Result<SqlLedger, Failure> {
    refuse_lost(root, UNSENT)?;
    let mut ledger = root.ledger()?;
    ledger.check()?;
    compare(root, &mut ledger, UNSENT)?;
    Ok(ledger)
}

/// Opens the ledger to change it. Refuses what [`open_to_send`] refuses: what is changed in another ledger would be missing once
/// the right one is restored.
pub(crate) fn open_to_change(root: &Root) -> Result<SqlLedger, Failure> {
    refuse_lost(root, UNCHANGED)?;
    let mut ledger = root.ledger()?;
    compare(root, &mut ledger, UNCHANGED)?;
    Ok(ledger)
}

/// Opens the ledger to show what is in it. Says of an old copy that it is one; refuses a lost one, because nothing of it can be
/// shown.
pub(crate) fn open_to_read(root: &Root) -> Result<SqlLedger, Failure> {
    refuse_lost(root, "there is nothing to show")?;
    let mut ledger = root.ledger()?;
    match compare(root, &mut ledger, "what follows may be incomplete, and nothing is sent from it") {
        Err(Failure::Refused { why, hint }) => {
            print::warn(&format!("{} {why}", styled(WARN, "warning:")));
            print::warn(&format!("{} {hint}", styled(STRONG, "  help:")));
        }
        compared => compared?,
    }
    Ok(ledger)
}

/// Refuses to open a ledger in the place of one that this host used and that is gone.
pub(crate) fn refuse_lost(root: &Root, spared: &str) -> Result<(), Failure> {
    if path(root).is_file() && root.lacks_ledger() {
        return Err(Failure::Refused {
            why: format!("the ledger that this host used last is missing or empty; {spared}"),
            hint: "restore the newest backup of ledger.db and run this again. Only if there is none, run `allclear \
                   adopt --accept-old-copy`: it starts a new ledger, asks for each open incident whether subscribers were notified \
                   of it, and lacks the subscribers and unsubscriptions of the lost one"
                .to_owned(),
        });
    }
    Ok(())
}

/// What a refusal spared: messages.
pub(crate) const UNSENT: &str = "nothing was sent";

/// What a refusal spared: the ledger.
pub(crate) const UNCHANGED: &str = "nothing was changed";

/// Refuses a ledger that is not the one this host saw last, or has not come as far.
pub(crate) fn compare(root: &Root, ledger: &mut SqlLedger, spared: &str) -> Result<(), Failure> {
    // The mark first: a ledger that is read later can only have come further.
    let path = path(root);
    let bytes =
        files::read(&path, BYTES_MAX).with_context(|| format!("failed to read {}", path.display()))?;
    let Some(bytes) = bytes else { return Ok(()) };
    let Ok(seen) = serde_json::from_slice(&bytes) else { return Err(damaged(&path, spared)) };
    match find_rollback(&seen, &ledger.mark()?) {
        None => Ok(()),
        Some(why) => Err(rolled_back(&why, spared)),
    }
}

/// The refusal of a ledger that is not as new as the one that this host saw.
fn rolled_back(why: &str, spared: &str) -> Failure {
    Failure::Refused {
        why: format!("{why}; {spared}"),
        hint: "restore the newest backup of ledger.db and run this again. Only if there is none, run `allclear \
                 adopt --accept-old-copy`: what is on the site now is never announced, and messages still queued \
                 in this copy are never sent. Do not delete .allclear/mark: everything queued in this copy would be \
                 sent, including what subscribers already got"
                .to_owned(),
    }
}

/// What is known of the ledger without a mark that can be read: nothing, so it may be an old copy.
fn damaged(path: &Path, spared: &str) -> Failure {
    let path = path.display();
    Failure::Refused {
        why: format!("{path} is damaged: it is unknown whether this ledger is an old copy; {spared}"),
        hint: format!(
            "if you restored ledger.db from a backup, or are not sure, run `allclear adopt --accept-old-copy`: \
             what is on the site now is never announced, and messages still queued are never sent. Only if \
             ledger.db was not replaced since the last run, delete {path} and run this again"
        ),
    }
}

/// Writes down how far the ledger has come. What the mark says is on the disk before the mark is.
pub(crate) fn keep(root: &Root, ledger: &mut SqlLedger) -> anyhow::Result<()> {
    let HighWaterMark { ledger, changes, attempts } = ledger.mark()?;
    let text = serde_json::to_string(&Stored { ledger, changes, attempts })?;
    state::folder(&root.state)?;
    let path = path(root);
    files::replace(&path, text.as_bytes(), Durability::Synced)
        .with_context(|| format!("failed to write {}", path.display()))
}

fn path(root: &Root) -> PathBuf {
    root.state.join("mark")
}

/// What a ledger lacks of what was seen.
fn find_rollback(seen: &Stored, found: &HighWaterMark) -> Option<String> {
    if seen.ledger != found.ledger {
        return Some("this is a different ledger from the one last used on this host".to_owned());
    }
    let lacks = |seen: u64, found: u64| usize::try_from(seen.saturating_sub(found)).unwrap_or(usize::MAX);
    let (changes, attempts) = (lacks(seen.changes, found.changes), lacks(seen.attempts, found.attempts));
    (changes > 0 || attempts > 0).then(|| {
        let parts = [(changes, "change", "changes"), (attempts, "send attempt", "send attempts")];
        let lacking = parts.into_iter().filter(|(number, ..)| *number > 0);
        let lacking: Vec<_> = lacking.map(|(number, one, many)| count(number, one, many)).collect();
        format!(
            "this ledger is older than the last one used on this host: it lacks {}",
            lacking.join(" and ")
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(changes: u64, attempts: u64) -> HighWaterMark {
        HighWaterMark { ledger: "one".to_owned(), changes, attempts }
    }

    #[test]
    fn only_an_older_ledger_or_another_one_is_behind() {
        let seen = Stored { ledger: "one".to_owned(), changes: 3, attempts: 100 };
        for further in [mark(3, 100), mark(4, 100), mark(3, 101)] {
            assert_eq!(find_rollback(&seen, &further), None);
        }
        let older = find_rollback(&seen, &mark(2, 40)).unwrap();
        assert!(older.ends_with("it lacks 1 change and 60 send attempts"), "{older}");
        let younger = find_rollback(&seen, &mark(4, 99)).unwrap();
        assert!(
            younger.ends_with("it lacks 1 send attempt"),
            "a change more does not make up for it: {younger}"
        );
        assert!(find_rollback(&seen, &mark(1, 100)).unwrap().ends_with("it lacks 2 changes"));
        let other = HighWaterMark { ledger: "other".to_owned(), ..mark(9, 900) };
        assert_eq!(
            find_rollback(&seen, &other).unwrap(),
            "this is a different ledger from the one last used on this host"
        );
    }
}

//! Holds back what someone announces who does not have control of the incident.
//!
//! Promises: a change that is held back does not move the baseline of its incident, so that a later run announces it; its
//! queued messages keep their text.

use super::held::Parts;
use crate::cli::exit::Failure;
use crate::gate::approval::Announcement;
use crate::gate::control::{self, Controlled, Uncontrolled};
use crate::ledger::SqlLedger;
use crate::model::Moment;
use crate::model::edit::Reason;
use crate::workspace::control_store::ControlStore;
use crate::workspace::root::{LoadedSite, Root};

/// Takes out of an announcement what its author may not announce at `now`. Returns how control moves with the rest, and what waits.
pub(super) fn hold_back(
    root: &Root,
    opened: &LoadedSite,
    ledger: &mut SqlLedger,
    parts: &mut Parts<'_>,
    now: Moment,
) -> Result<(Controlled, Vec<Uncontrolled>), Failure> {
    let announcement = Announcement {
        changes: &parts.difference.changes,
        announced: &parts.difference.announced,
        notices: parts.notices,
        corrected: parts.corrected,
    };
    let store = ControlStore::of(root, opened.plan.as_ref(), ledger);
    let (controlled, waiting) = control::examine(root, opened, store, (&announcement, parts.base), now)?;
    for one in &waiting {
        parts.take_out(&one.origin, &one.incident, Reason::Controlled { why: one.why.clone() });
    }
    Ok((controlled, waiting))
}

/// Refuses while someone else has control of what would be announced.
pub(crate) fn refuse(waiting: &[Uncontrolled]) -> Result<(), Failure> {
    let Some(first) = waiting.first() else { return Ok(()) };
    let id = &first.incident;
    let held: Vec<String> =
        waiting.iter().map(|one| format!("{} is not announced: {}", one.incident, one.why)).collect();
    let hint = match &first.hold {
        Some(_) => format!(
            "let the owner announce it, or run `allclear control request {id}`; once control is the author's, `allclear notify` sends \
             it, and `allclear run` does so by itself. If the owner cannot be asked, see `allclear control take --break-glass`"
        ),
        None => format!(
            "check the network and `git remote`, then run this again; nothing is lost. If it has to be said now, run `allclear control \
             take {id} --break-glass --role ROLE --note WHY`: then the ledger of this host says who controls it until the remote can \
             be asked"
        ),
    };
    Err(Failure::Refused { why: held.join("; "), hint })
}

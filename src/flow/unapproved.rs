//! Holds back what waits for an approval.
//!
//! Promises: a change that is held back does not move the baseline of its incident, so that a later run announces it; its
//! queued messages keep the text that was approved.

use super::held::Parts;
use crate::cli::exit::Failure;
use crate::gate::approval::{self, Announcement, Approvals, Unapproved};
use crate::ledger::{Ledger, SqlLedger};
use crate::model::approval::Approval;
use crate::model::edit::Reason;
use crate::workspace::root::{LoadedSite, Root};

/// Takes out of an announcement what is not approved. Returns the approvals of the rest, and what waits.
pub(super) fn hold_back(
    root: &Root,
    opened: &LoadedSite,
    stored: &[Approval],
    parts: &mut Parts<'_>,
) -> (Approvals, Vec<Unapproved>) {
    let announcement = Announcement {
        changes: &parts.difference.changes,
        announced: &parts.difference.announced,
        notices: parts.notices,
        corrected: parts.corrected,
    };
    let (approvals, waiting) = approval::examine(root, opened, stored, &announcement);
    for one in &waiting {
        let reason = Reason::Unapproved { by: one.by.clone(), rejected: one.rejected.clone() };
        parts.take_out(&one.origin, &one.incident, reason);
    }
    (approvals, waiting)
}

/// Counts the approvals of the ledger again and again, over one connection: a server logs each new one.
#[derive(Default)]
pub(crate) struct ApprovalCounter(Option<SqlLedger>);

impl ApprovalCounter {
    /// How many there are now. A connection that failed is not used again.
    pub(crate) fn count(&mut self, root: &Root) -> Result<usize, Failure> {
        let mut ledger = self.0.take().map_or_else(|| root.ledger(), Ok)?;
        let number = approvals(&mut ledger)?;
        self.0 = Some(ledger);
        Ok(number)
    }
}

/// How many approvals the ledger has.
pub(crate) fn approvals(ledger: &mut dyn Ledger) -> Result<usize, Failure> {
    Ok(ledger.approvals()?.len())
}

/// Refuses while something waits for an approval.
pub(crate) fn refuse(waiting: &[Unapproved]) -> Result<(), Failure> {
    let Some(first) = waiting.first() else { return Ok(()) };
    let held: Vec<String> = waiting
        .iter()
        .map(|one| format!("{} needs the approval of {}", one.incident, one.by.join(", and of ")))
        .collect();
    Err(Failure::Refused {
        why: format!("not approved, so not announced: {}", held.join("; ")),
        hint: format!(
            "ask one of them to run `allclear approve {}`; then `allclear notify` sends it, and `allclear run` does so by \
             itself. If none of them can be reached, see `allclear approve --break-glass`",
            first.incident
        ),
    })
}

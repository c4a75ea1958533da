//! Who hears that an incident was reported in error: those who were notified of it, and those who asked about it alone.
//!
//! Never plans, never sends.

use std::collections::BTreeMap;

use crate::cli::exit::Failure;
use crate::ledger::Ledger;
use crate::model::change::Difference;
use crate::model::notice::Notices;

/// Removes the notices of withdrawn incidents for everyone else.
pub(crate) fn keep_who_may_hear(
    ledger: &mut dyn Ledger,
    difference: &Difference,
    notices: &mut Notices,
) -> Result<(), Failure> {
    let withdrawn = ledger.withdrawn()?;
    if withdrawn.is_empty() {
        return Ok(());
    }
    let followers = ledger.followers(&withdrawn.keys().cloned().collect())?;
    let origins: BTreeMap<_, _> =
        difference.changes.iter().map(|change| (&change.id, &change.origin)).collect();
    notices.notices.retain(|notice| {
        let Some(origin) = origins.get(&notice.change) else { return true };
        let asked = followers.get(*origin).is_some_and(|all| all.contains_key(&notice.subscriber));
        withdrawn.get(*origin).is_none_or(|notified| asked || notified.contains(&notice.subscriber))
    });
    Ok(())
}

//! Facts about the ledger, without creating one: whether it exists, what is queued, and whether messages may be sent from
//! it.
//!
//! Promises: changes nothing.

use std::collections::BTreeMap;

use crate::cli::exit::Failure;
use crate::ledger::{Brakes as _, People as _, Planner as _, Queue as _, SharedProviderState as _};
use crate::limits::circuit::CircuitBreaker;
use crate::model::brake::Brake;
use crate::workspace::high_water_mark;
use crate::workspace::root::Root;

/// What is in the ledger.
pub(crate) struct LedgerFacts {
    /// Those who are notified.
    pub(crate) subscribers: usize,
    /// Messages that are not sent yet.
    pub(crate) queued: u64,
    /// The circuit breakers that are open, by the owner of their providers.
    pub(crate) circuits: BTreeMap<String, CircuitBreaker>,
    /// Why all sending is stopped, if it is.
    pub(crate) brake: Option<Brake>,
    /// Whether changes can be found: the site was adopted or announced once.
    pub(crate) has_baseline: bool,
}

/// Looks into the ledger; `None` if there is none yet. Refuses one that is lost or an old copy.
pub(crate) fn look(root: &Root) -> Result<Option<LedgerFacts>, Failure> {
    high_water_mark::refuse_lost(root, high_water_mark::UNSENT)?;
    let Some(mut ledger) = root.ledger_if_any()? else { return Ok(None) };
    high_water_mark::compare(root, &mut ledger, high_water_mark::UNSENT)?;
    let listed = ledger.list_subscribers()?;
    Ok(Some(LedgerFacts {
        subscribers: listed.iter().filter(|one| one.removed_at.is_none()).count(),
        queued: ledger.unfinished()?,
        circuits: ledger.outlook(root.now())?.circuits,
        brake: ledger.brake()?,
        has_baseline: ledger.announced()?.is_some(),
    }))
}

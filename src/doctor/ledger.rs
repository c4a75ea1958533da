//! Whether messages can be sent from the ledger: it exists and is current, has a baseline, and its brake is not on.
//!
//! Promises: never changes or creates a ledger.

use crate::cli::exit::{Failure, before_release};
use crate::cli::print::count;
use crate::flow::deliver::suspended;
use crate::flow::ledger_facts::{LedgerFacts, look};
use crate::limits::circuit::CircuitBreaker;
use crate::workspace::root::Root;

use crate::doctor::finding::Finding;

const ABOUT: &str = "ledger";

/// Everything about the ledger.
pub(super) fn all(root: &Root) -> Vec<Finding> {
    match look(root) {
        Ok(Some(facts)) => findings(&facts),
        Ok(None) => {
            let words = "there is none yet: no one is notified until `allclear adopt` has set the baseline";
            vec![Finding::warning(ABOUT, "there", words.to_owned())]
        }
        Err(Failure::Refused { why, hint }) => {
            vec![Finding::fault(ABOUT, "there", format!("{why}; {hint}"))]
        }
        Err(Failure::World(error)) => vec![Finding::fault(ABOUT, "there", format!("{error:#}"))],
        Err(Failure::Usage(why)) => vec![Finding::unknown(ABOUT, "there", why)],
        // What is wrong with the plan is shown already.
        Err(Failure::Problems) => Vec::new(),
    }
}

fn findings(facts: &LedgerFacts) -> Vec<Finding> {
    let queued = usize::try_from(facts.queued).unwrap_or(usize::MAX);
    let mut findings = vec![Finding::fine(
        ABOUT,
        "there",
        format!(
            "has {}, and {} queued",
            count(facts.subscribers, "subscriber", "subscribers"),
            count(queued, "message", "messages")
        ),
    )];
    if let Some(brake) = &facts.brake {
        findings.push(Finding::fault(ABOUT, "brake", format!("{brake}; {}", before_release(brake))));
    } else {
        findings.push(Finding::fine(ABOUT, "brake", "the brake is not on".to_owned()));
    }
    findings.extend(facts.circuits.iter().filter_map(|(owner, circuit)| suspended(owner, circuit)));
    if !facts.has_baseline {
        let words = "has no baseline: no one is notified until `allclear adopt` has set it";
        findings.push(Finding::warning(ABOUT, "baseline", words.to_owned()));
    }
    findings
}

/// A provider to which nothing is handed, whether its server answers or not.
fn suspended(owner: &str, circuit: &CircuitBreaker) -> Option<Finding> {
    let words = suspended::words(owner, circuit)?;
    Some(Finding::fault(&format!("provider {owner}"), "suspended", words))
}

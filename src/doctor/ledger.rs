//! Whether messages can be sent from the ledger: it exists and is current, has a baseline, and its brake is not on.
//!
//! Promises: never changes or creates a ledger.

use crate::cli::exit::{Failure, before_release};
use crate::cli::print::count;
use crate::config::plan::LedgerPlace;
use crate::flow::deliver::suspended;
use crate::flow::ledger_facts::{LedgerFacts, look};
use crate::limits::circuit::CircuitBreaker;
use crate::workspace::root::Root;

use crate::doctor::finding::Finding;

const ABOUT: &str = "ledger";

/// What helps where its URL cannot be had, where its server is not reached, and where its file is not opened.
const URL: &str = "set the variable, or write the file, that `ledger.url` in site/plan.toml names, for the user that runs allclear";
const SERVER: &str = "check from this machine that the host's name is in the DNS, that its port is open, and that the server runs and \
     accepts this user; nothing is lost: messages wait in the ledger";
const FILE: &str = "check that the user that runs allclear owns `.allclear`, and that its disk works and is not full; a damaged ledger is \
     restored from a backup";
const SUSPENDED: &str =
    "correct the cause with the provider; from that time on the next message tries it again by itself";

/// Everything about the ledger.
pub(super) fn all(root: &Root) -> Vec<Finding> {
    if let Some(LedgerPlace::Server { url, .. }) = root.read_ledger_place().0
        && let Err(error) = url.reveal(&root.path)
    {
        return vec![Finding::fault(ABOUT, "secret", error.to_string(), URL)];
    }
    match look(root).and_then(|facts| inspect(root).map(|()| facts)) {
        Ok(Some(facts)) => findings(&facts),
        Ok(None) => {
            let words = "there is none yet: no one is notified until `allclear adopt` has set the baseline";
            vec![Finding::warning(ABOUT, "there", words.to_owned())]
        }
        Err(Failure::Refused { why, hint }) => {
            vec![Finding::fault(ABOUT, "there", why, hint)]
        }
        Err(Failure::World(error)) => {
            vec![Finding::fault(ABOUT, "there", format!("{error:#}"), unopened(root))]
        }
        Err(Failure::Usage(why)) => vec![Finding::unknown(ABOUT, "there", why)],
        // What is wrong with the plan is shown already.
        Err(Failure::Problems) => Vec::new(),
    }
}

/// Reads the ledger from end to end; `notify` does so once a day.
fn inspect(root: &Root) -> Result<(), Failure> {
    match root.ledger_if_any()? {
        Some(mut ledger) => Ok(ledger.inspect()?),
        None => Ok(()),
    }
}

fn unopened(root: &Root) -> &'static str {
    match root.read_ledger_place().0 {
        Some(LedgerPlace::Server { .. }) => SERVER,
        _ => FILE,
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
        findings.push(Finding::fault(ABOUT, "brake", brake.to_string(), before_release(brake)));
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
    Some(Finding::fault(&format!("provider {owner}"), "suspended", words, SUSPENDED))
}

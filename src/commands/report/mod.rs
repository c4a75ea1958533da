//! `allclear report`: who was reached by an incident's changes, how and how fast, and how accurate its ETAs were.
//!
//! Promises: everyone a change was planned for is in exactly one of its numbers, and the numbers add up to the
//! notices planned; people appear by their ids, never by an address.

mod json;
mod promises;
mod text;

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::ledger::{ChangeSummary, SqlLedger, Story, UnreachedSubscriber};
use crate::model::incident::{Incident, IncidentId};
use crate::theme::calendar::Zone;

use crate::cli::arguments::{Format, Report};
use crate::cli::exit::{Exit, Failure, Outcome};
use crate::cli::named;
use crate::cli::print;
use crate::commands::record::{incidents, require, say_what_stops};
use crate::workspace::high_water_mark;
use crate::workspace::root::Root;

/// How many of those a change missed are named unless all are asked for.
const MISSED_NAMED: usize = 10;

/// The facts about one incident from its file and the ledger.
struct IncidentReport {
    /// The name it had when it was last announced, or the one asked for.
    name: IncidentId,
    /// The incident of its file, if there is one.
    incident: Option<Arc<Incident>>,
    changes: Vec<Change>,
}

struct Change {
    summary: ChangeSummary,
    missed: Vec<UnreachedSubscriber>,
}

/// Prints the sums of one incident, or of all that were announced.
pub(crate) fn run(root: &Root, options: &Report) -> Outcome {
    let asked = options.id.as_deref().map(|name| named::id(&root.within, name)).transpose()?;
    let incidents = incidents(root);
    let mut ledger = high_water_mark::open_to_read(root)?;
    say_what_stops(&mut ledger, root.now())?;
    let found = gather(&mut ledger, &incidents, asked.as_ref(), options.missed)?;
    if found.is_empty()
        && let Some(asked) = &asked
    {
        require(root, &mut ledger, asked)?;
    }
    let (page, _, _) = root.read_page();
    let zone = page.and_then(|page| Zone::named(&page.time_zone)).unwrap_or_else(Zone::utc);
    match root.format {
        Format::Json => print::exact(&json::whole(&found, &zone, root.now())),
        _ if found.is_empty() => print::say("no incident has been announced yet"),
        _ => {
            let reports: Vec<String> =
                found.iter().map(|report| text::whole(report, &zone, root.now())).collect();
            print::data(&reports.join("\n\n"));
        }
    }
    Ok(Exit::Done)
}

fn gather(
    ledger: &mut SqlLedger,
    incidents: &[Arc<Incident>],
    asked: Option<&IncidentId>,
    name_all: bool,
) -> Result<Vec<IncidentReport>, Failure> {
    let mut reports: Vec<IncidentReport> = Vec::new();
    for summary in ledger.summary(asked)? {
        let most = if name_all { usize::MAX } else { MISSED_NAMED };
        let change = Change { missed: ledger.missed(&summary.change.id, most)?, summary };
        let origin = &change.summary.change.origin;
        match reports
            .iter_mut()
            .find(|report| report.changes.iter().any(|c| c.summary.change.origin == *origin))
        {
            Some(report) => {
                report.name = change.summary.change.incident.clone();
                report.changes.push(change);
            }
            None => reports.push(IncidentReport {
                name: change.summary.change.incident.clone(),
                incident: None,
                changes: vec![change],
            }),
        }
    }
    if let Some(asked) = asked.filter(|_| reports.is_empty()) {
        let known = incidents.iter().find(|incident| incident.id == *asked);
        reports.extend(known.map(|_| IncidentReport {
            name: asked.clone(),
            incident: None,
            changes: Vec::new(),
        }));
    }
    for one in &mut reports {
        let names: BTreeSet<&IncidentId> =
            one.changes.iter().map(|change| &change.summary.change.incident).chain([&one.name]).collect();
        one.incident = incidents.iter().find(|incident| names.contains(&incident.id)).cloned();
    }
    Ok(reports)
}

impl Change {
    /// How many of those it did not reach are not named.
    fn unnamed(&self) -> u64 {
        let missed = self.summary.people.iter().filter(|(state, _)| state.is_missed());
        let missed: u64 = missed.map(|(_, number)| number).sum();
        missed.saturating_sub(u64::try_from(self.missed.len()).unwrap_or(u64::MAX))
    }
}

//! The rule about `day_only`: a time that the file does not have is a slip.
//!
//! Promises: whatever form a time is written in, the moment counts.

use std::collections::BTreeSet;

use super::inspection::{Finding, Inspection};
use crate::model::Moment;
use crate::model::incident::{Eta, Incident};

pub(super) fn unknown_day(inspection: &Inspection<'_>, incident: &Incident) -> Vec<Finding> {
    if incident.day_only.is_empty() {
        return Vec::new();
    }
    let updates = incident.updates.iter().map(|update| update.at);
    let turns = incident.window.into_iter().flat_map(|window| window.turns());
    let known: BTreeSet<Moment> = updates.chain(turns).chain([incident.started]).collect();
    let unknown = incident.day_only.times().filter(|at| !known.contains(at));
    unknown
        .map(|at| {
            let time = at.format("%FT%TZ");
            let (message, hint) = match promise(incident, at) {
                Some(what) => (
                    format!("`day_only` names {time}, which is {what}; its time of day is stated"),
                    "delete it from the list: readers need the time of day of a promise",
                ),
                None => (
                    format!("`day_only` names {time}, and the file has no such time"),
                    "write the time as it is in the file, or delete it from the list",
                ),
            };
            Finding::warning(inspection.key(incident, &["day_only", "title"]), message).hint(hint)
        })
        .collect()
}

/// Which promise to readers has that time.
fn promise(incident: &Incident, at: Moment) -> Option<&'static str> {
    let updates = &incident.updates;
    let mut etas = updates.iter().map(|update| update.eta).chain([incident.eta]);
    let mut next = updates.iter().map(|update| update.next_update).chain([incident.next_update]);
    if etas.any(|eta| eta == Some(Eta::At(at))) {
        return Some("the ETA");
    }
    next.any(|promised| promised == Some(at)).then_some("the time of the next update")
}

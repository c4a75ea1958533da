//! Finds announced addresses that have no incident any more, and the new addresses of their incidents.
//!
//! Promises: the address of an incident is never among them, and an announced open incident is not either, because
//! publishing waits for a decision about it.

use std::collections::BTreeSet;

use super::pairing;
use crate::model::Moment;
use crate::model::announced::Baseline;
use crate::model::departed::{Became, Departed};
use crate::model::incident::{Incident, IncidentId};
use crate::model::phase::Phase;
use crate::model::site::Site;

/// The addresses of announced incidents that no incident has now. An incident that was announced as open and is gone is not one
/// of them: nothing is published until a person decides about it.
pub fn departed(announced: &Baseline, site: &Site, now: Moment) -> Vec<Departed> {
    let is_shown =
        |incident: &Incident| incident.updates.is_empty() || incident.public_updates().next().is_some();
    let there: BTreeSet<&IncidentId> = site.incidents.iter().map(|incident| &incident.id).collect();
    let pairs = pairing::by_origin(announced, site, now);
    let mut departed = Vec::new();
    for (origin, told) in &announced.incidents {
        let became = match pairs.get(origin).filter(|incident| is_shown(incident)) {
            Some(incident) => Became::Moved { to: incident.id.clone() },
            None if told.phase.is_over() || told.phase == Phase::Scheduled => Became::TakenOff,
            None => continue,
        };
        let addresses: BTreeSet<&IncidentId> = [origin, &told.id].into();
        let left = addresses.into_iter().filter(|id| !there.contains(*id));
        departed.extend(left.map(|id| Departed { id: id.clone(), became: became.clone() }));
    }
    departed
}

//! What was announced against what the files say now: the changes people should hear about.
//!
//! Promises: pure, and the same whatever order the incidents come in; one [`Change`] per incident and run;
//! comparing again from the result gives nothing. Only what customers may read and what has happened by `now`
//! counts: internal updates and updates of the future do not exist here.
//!
//! Silent, so never a change: renames, retimed headings, reordering, reformatting, typo fixes, edits of
//! titles, impact, workaround and translations, everything of the page and the theme, deletion and bringing
//! back. Silent edits are recorded all the same, so that the next comparison starts from them.

mod facets;
mod pairing;
mod record;
mod updates;
mod words;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use chrono::TimeDelta;

use crate::model::Moment;
use crate::model::announced::{Announced, AnnouncedIncident};
use crate::model::change::{Change, Difference, What};
use crate::model::incident::{Incident, IncidentId, Update};
use crate::model::phase::{Kind, Phase};
use crate::model::site::Site;

/// News older than this is history being filled in: recorded, not announced. It is the longest time to live
/// of a step, so nothing older could be handed off anyway.
pub const FRESH_FOR: TimeDelta = TimeDelta::hours(24);

/// Compares what was announced with what the files say at `now`.
///
/// The result's baseline is complete and includes silent edits; incidents that are gone from the files keep
/// their entry in it.
pub fn difference(announced: &Announced, site: &Site, now: Moment) -> Difference {
    let mut result = Difference { changes: Vec::new(), announced: announced.clone() };
    for (origin, incident) in pairing::by_origin(announced, site, now) {
        let now = told_until(announced.incidents.get(&origin), incident, now);
        let public = incident.public_at(now);
        let (what, mut after) = match announced.incidents.get(&origin) {
            Some(before) if record::holds(before, &public, now) => continue,
            Some(before) => facets::moved(before, &public, now),
            None => (first_news(&public, now), record::of(&public, now)),
        };
        if !what.is_empty() {
            after.revision += 1;
            result.changes.push(change(origin.clone(), &after, what));
        }
        result.announced.incidents.insert(origin, after);
    }
    result
}

/// The baseline that takes everything the files say at `now` as already announced, for a first run.
pub fn baseline(site: &Site, now: Moment) -> Announced {
    let nothing = Announced::default();
    let seen = pairing::by_origin(&nothing, site, now).into_iter();
    let entries = seen.map(|(origin, incident)| (origin, record::of(&incident.public_at(now), now)));
    Announced { incidents: entries.collect(), commit: None }
}

/// The moment up to which the incident counts as known. An end that was told and whose time was then corrected
/// to a little later is still told: it neither reopens the incident nor ends it a second time. An end written
/// ahead for an incident that has since gone on is none of that.
fn told_until(before: Option<&AnnouncedIncident>, incident: &Incident, now: Moment) -> Moment {
    let over = |phase: Option<Phase>| phase.is_some_and(Phase::is_over);
    let Some(before) = before.filter(|before| before.phase.is_over()) else { return now };
    let recorded = |at: Moment| before.updates.iter().any(|update| update.at == at);
    let goes_on = |update: &Update| update.phase.is_some() && !over(update.phase) && !recorded(update.at);
    if incident.public_updates().any(goes_on) {
        return now;
    }
    let corrected = |update: &&Update| over(update.phase) && update.at > now && update.at - now <= FRESH_FOR;
    incident.public_updates().find(corrected).map_or(now, |end| end.at)
}

/// What is told of an incident nobody was told of: that it is there and, if it moved on already, how far.
/// Its facets are part of that.
fn first_news(public: &Incident, now: Moment) -> Vec<What> {
    if public.ended_at(now).is_some_and(|ended| now - ended > FRESH_FOR) {
        return Vec::new();
    }
    let first = match public.kind {
        Kind::Incident => What::Opened,
        Kind::Maintenance => What::MaintenanceAnnounced,
    };
    let then = match public.phase_at(now) {
        Phase::Resolved | Phase::Postmortem => Some(What::Resolved),
        Phase::InProgress | Phase::Verifying => Some(What::MaintenanceStarted),
        Phase::Completed => Some(What::MaintenanceCompleted),
        Phase::Cancelled => Some(What::MaintenanceCancelled),
        Phase::Investigating | Phase::Identified | Phase::Monitoring | Phase::Scheduled => None,
    };
    std::iter::once(first).chain(then).collect()
}

fn change(origin: IncidentId, after: &AnnouncedIncident, what: Vec<What>) -> Change {
    let what: Vec<What> = what.into_iter().collect::<BTreeSet<_>>().into_iter().collect();
    Change {
        id: Change::derive_id(&origin, after.revision, &what),
        incident: after.id.clone(),
        origin,
        revision: after.revision,
        what,
        touched: after.touched.clone(),
        peak_severity: after.peak_severity,
    }
}

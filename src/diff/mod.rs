//! Compares what was announced with the files: the result is the changes to announce.
//!
//! Promises: pure, and the same whatever order the incidents come in; one [`Change`] per incident and run; comparing again
//! from the result gives nothing. Only what customers may read and what has happened by `now` counts: internal updates and
//! updates dated in the future are ignored.
//!
//! Never announced: renamed files and features, headings with another time, reordering, reformatting, edits that are proven
//! to change no meaning, translations that are added or removed, changes of the page and the theme, deletion and restoring.
//! Texts are compared with what was last announced, so that a change in many small edits is announced like one in a single
//! edit. The result has the reason for each difference that is not announced.

mod departed;
mod facets;
mod features;
mod likeness;
mod narrow;
mod pairing;
mod record;
mod reminders;
mod texts;
mod updates;
mod words;

#[cfg(test)]
mod tests;

pub use departed::departed;
pub use narrow::unannounced_hidden;
pub use reminders::next_reminder;

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;

use crate::model::Moment;
use crate::model::announced::{Baseline, BaselineIncident};
use crate::model::author_mark::AuthorMark;
use crate::model::change::{Change, ChangeKind, Difference};
use crate::model::edit::{MaybeRenamed, Reason, TextEdit, Unannounced};
use crate::model::incident::{Incident, IncidentId, Update};
use crate::model::phase::{IncidentKind, Phase};
use crate::model::site::Site;

/// News older than this is history being filled in: recorded, not announced. It is the longest time to live
/// of a step, so nothing older could be handed off anyway.
pub const FRESH_FOR: TimeDelta = TimeDelta::hours(24);

/// What a comparison found: what is announced, which texts were edited, and why what differs in addition to
/// is not told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// What is announced, and the baseline then.
    pub difference: Difference,
    /// The edits of told texts since they were last seen, told or not, by incident.
    pub edits: Vec<TextEdit>,
    /// What differs and is not told, by incident.
    pub unannounced: Vec<Unannounced>,
    /// Open incidents that were announced and that the files no longer show to anyone.
    pub gone: Vec<IncidentId>,
    /// New incidents that may be one of those under another name.
    pub unsure: Vec<MaybeRenamed>,
}

/// What a comparison goes by in addition to the files.
#[derive(Clone, Debug, Default)]
pub struct Terms<'a> {
    /// How long before planned work its readers are reminded of it.
    pub reminders: &'a [TimeDelta],
    /// The announced name of each incident that the operator says was renamed.
    pub renamed: BTreeMap<IncidentId, IncidentId>,
}

/// Compares what was announced with what the files say at `now`: only what is announced.
pub fn difference(announced: &Baseline, site: &Site, now: Moment) -> Difference {
    compare(announced, site, now).difference
}

/// Compares what was announced with what the files say at `now`, without reminders of planned work.
pub fn compare(announced: &Baseline, site: &Site, now: Moment) -> Comparison {
    compare_with(announced, site, &Terms::default(), now)
}

/// Compares what was announced with what the files say at `now`.
///
/// The result's baseline is complete and includes silent edits; incidents that are gone from the files keep
/// their entry in it.
pub fn compare_with(announced: &Baseline, site: &Site, terms: &Terms<'_>, now: Moment) -> Comparison {
    let reminders = terms.reminders;
    let announced = &*features::as_called_now(announced, &site.page);
    let mut result = Difference { changes: Vec::new(), announced: announced.clone() };
    let (mut edits, mut unannounced) = (Vec::new(), ahead(announced, site, now));
    let (pairs, unsure) = pairing::pair(announced, site, &terms.renamed, now);
    let gone = gone(announced, &pairs);
    for (origin, incident) in pairs {
        let before = announced.incidents.get(&origin);
        unannounced.extend(narrow::updates(before, incident, now));
        let now = announced_until(before, incident, now);
        let public = incident.public_at(now);
        let moved = match before {
            Some(before)
                if record::holds(before, &public, now)
                    && !reminders::is_due(before, &public, reminders, now) =>
            {
                continue;
            }
            Some(before) => facets::moved(before, &public, reminders, site.page.first_language(), now),
            None => first_seen(&public, now),
        };
        let mut after = moved.after;
        edits.extend(moved.edits);
        let is_kept = matches!(&moved.reason, Reason::Silenced { what, .. } if !what.is_empty());
        if moved.what.is_empty() || is_kept {
            unannounced.push(Unannounced { incident: public.id.clone(), reason: moved.reason });
        }
        if !moved.what.is_empty() {
            after.revision += 1;
            result.changes.push(change(origin.clone(), &after, moved.what));
        }
        result.announced.incidents.insert(origin, after);
    }
    unannounced.sort_by(|one, other| one.incident.cmp(&other.incident));
    Comparison { difference: result, edits, unannounced, gone, unsure }
}

/// The announced open incidents that are gone from the files or from the public audience.
fn gone(announced: &Baseline, pairs: &BTreeMap<IncidentId, &Incident>) -> Vec<IncidentId> {
    let is_shown = |origin: &IncidentId, told: &BaselineIncident| {
        let shown = pairs.get(origin);
        shown.is_some_and(|incident| told.updates.is_empty() || incident.public_updates().next().is_some())
    };
    let ids: BTreeSet<&IncidentId> = pairs.values().map(|incident| &incident.id).collect();
    let goes_on = |told: &BaselineIncident| !told.phase.is_over() && told.phase != Phase::Scheduled;
    // A file that was used again for another incident is there: what it said before has no end of its own.
    let is_reused =
        |origin: &IncidentId, told: &BaselineIncident| ids.contains(&told.id) && !pairs.contains_key(origin);
    let left = announced
        .incidents
        .iter()
        .filter(|(origin, told)| goes_on(told) && !is_shown(origin, told) && !is_reused(origin, told));
    left.map(|(_, told)| told.id.clone()).collect()
}

/// What is written ahead of `now` and will be announced then.
fn ahead(announced: &Baseline, site: &Site, now: Moment) -> Vec<Unannounced> {
    let known: BTreeSet<&IncidentId> = announced.incidents.values().map(|incident| &incident.id).collect();
    let first = |incident: &Incident| {
        let counted = incident.counted_at(now);
        let updates = incident.public_updates().map(|update| update.at).filter(|at| *at > counted);
        let begins = (!known.contains(&incident.id) && !record::may_be_announced(incident, now))
            .then_some(incident.started);
        updates.chain(begins).min()
    };
    let unannounced = |at, incident: &Incident| Unannounced {
        incident: incident.id.clone(),
        reason: Reason::Future { at },
    };
    site.incidents.iter().filter_map(|incident| Some(unannounced(first(incident)?, incident))).collect()
}

/// An incident nobody was notified of.
fn first_seen(public: &Incident, now: Moment) -> facets::Moved {
    let after = record::of(public, now);
    let what = first_news(public, now);
    let (what, reason) = match public.author_mark {
        Some(AuthorMark::Silent) => (Vec::new(), Reason::Silenced { by_file: true, what }),
        _ => (what, Reason::Old),
    };
    facets::Moved { what, after, edits: Vec::new(), reason }
}

/// The baseline that takes everything the files say at `now` as already announced, for a first run.
pub fn baseline(site: &Site, now: Moment) -> Baseline {
    let nothing = Baseline::default();
    let seen = pairing::by_origin(&nothing, site, now).into_iter();
    let entries = seen
        .map(|(origin, incident)| (origin, record::of(&incident.public_at(now), incident.counted_at(now))));
    Baseline { incidents: entries.collect(), commit: None }
}

/// The moment up to which the incident counts as already announced. An end that was announced and whose time was
/// then corrected to a little later is still told: it neither reopens the incident nor ends it a second time.
/// An end written ahead for an incident that has since gone on is none of that. An end that is dated a little ahead counts at once.
fn announced_until(before: Option<&BaselineIncident>, incident: &Incident, now: Moment) -> Moment {
    let over = |phase: Option<Phase>| phase.is_some_and(Phase::is_over);
    let Some(before) = before.filter(|before| before.phase.is_over()) else {
        return incident.counted_at(now);
    };
    let recorded = |at: Moment| before.updates.iter().any(|update| update.at == at);
    let goes_on = |update: &Update| update.phase.is_some() && !over(update.phase) && !recorded(update.at);
    if incident.public_updates().any(goes_on) {
        return incident.counted_at(now);
    }
    let corrected = |update: &&Update| over(update.phase) && update.at > now && update.at - now <= FRESH_FOR;
    incident.public_updates().find(corrected).map_or_else(|| incident.counted_at(now), |end| end.at)
}

/// The announcement of a new incident: that it exists and, if it moved on already, how far.
/// Its facets are part of that.
fn first_news(public: &Incident, now: Moment) -> Vec<ChangeKind> {
    if public.ended_at(now).is_some_and(|ended| now - ended > FRESH_FOR) {
        return Vec::new();
    }
    let first = match public.kind {
        IncidentKind::Incident => ChangeKind::Opened,
        IncidentKind::Maintenance => ChangeKind::MaintenanceAnnounced,
    };
    let then = match public.phase_at(now) {
        Phase::Resolved | Phase::Postmortem => Some(ChangeKind::Resolved),
        Phase::InProgress | Phase::Verifying => Some(ChangeKind::MaintenanceStarted),
        Phase::Completed => (!public.ended_unannounced_at(now)).then_some(ChangeKind::MaintenanceCompleted),
        Phase::Cancelled => Some(ChangeKind::MaintenanceCancelled),
        Phase::Withdrawn => Some(ChangeKind::Withdrawn),
        Phase::Investigating | Phase::Identified | Phase::Monitoring | Phase::Scheduled => None,
    };
    std::iter::once(first).chain(then).collect()
}

fn change(origin: IncidentId, after: &BaselineIncident, what: Vec<ChangeKind>) -> Change {
    let what: Vec<ChangeKind> = what.into_iter().collect::<BTreeSet<_>>().into_iter().collect();
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

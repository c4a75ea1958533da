//! Matches the incidents of the files with the announced ones.
//!
//! Promises: an incident keeps the id it had when it was first announced, its origin, through renames; no two
//! incidents share an origin; the order of the files does not matter.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::likeness;
use super::record::may_be_announced;
use chrono::TimeDelta;

use crate::model::Moment;
use crate::model::announced::{Baseline, BaselineIncident};
use crate::model::edit::MaybeRenamed;
use crate::model::incident::{Incident, IncidentId};
use crate::model::phase::IncidentKind;
use crate::model::site::Site;

/// Two incidents at the same times are one, renamed, when at least this share of the shorter one's words is
/// in the other in the same order.
const RENAMED_SHARE_PERCENT: usize = 50;
/// Planned work may move to another day and its file's name with it, so that no time is shared; then more words
/// must be. Work that is over is never taken up again: next month's may well be announced in this month's words.
const MOVED_SHARE_PERCENT: usize = 80;
/// An incident whose end nobody was notified of is another one in the same file when nothing was said for this
/// long.
const GAP_MIN: TimeDelta = TimeDelta::hours(24);
/// An open incident whose file is renamed and whose times are corrected starts at most this far from where it did.
const CORRECTED_MAX: TimeDelta = TimeDelta::hours(72);
/// If its words do not show that it is the same, the operator is asked up to this distance.
const ASKED_MAX: TimeDelta = TimeDelta::hours(36);
/// Fewer words than this are too common to recognize planned work by without its times.
const MOVED_WORDS_MIN: usize = 8;

/// Every incident that may be announced at `now`, by its origin.
pub(super) fn by_origin<'a>(
    announced: &Baseline,
    site: &'a Site,
    now: Moment,
) -> BTreeMap<IncidentId, &'a Incident> {
    pair(announced, site, &BTreeMap::new(), now).0
}

/// The same, where the operator said which incident is which announced one: `renamed` gives the announced name by the new
/// one. With the pairs that are not sure; their new incidents are new in the result.
pub(super) fn pair<'a>(
    announced: &Baseline,
    site: &'a Site,
    answers: &BTreeMap<IncidentId, IncidentId>,
    now: Moment,
) -> (BTreeMap<IncidentId, &'a Incident>, Vec<MaybeRenamed>) {
    let known = origins_by_id(announced);
    let mut pairs: BTreeMap<IncidentId, &Incident> = BTreeMap::new();
    let mut newcomers = BTreeMap::new();
    for incident in site.incidents.iter().map(AsRef::as_ref) {
        if let Some((origin, before)) = known.get(&incident.id)
            && !is_new_outage(before, incident, now)
        {
            pairs.insert((*origin).clone(), incident);
        } else if may_be_announced(incident, now) {
            newcomers.insert(&incident.id, incident);
        }
    }
    if newcomers.is_empty() {
        return (pairs, Vec::new());
    }
    for (new, told) in answers {
        let origin = known.get(told).map(|(origin, _)| *origin).filter(|origin| !pairs.contains_key(*origin));
        if let Some(origin) = origin
            && let Some(newcomer) = newcomers.remove(new)
        {
            pairs.insert(origin.clone(), newcomer);
        }
    }
    for (origin, newcomer) in renamed(announced, &pairs, &newcomers) {
        newcomers.remove(&newcomer.id);
        pairs.insert(origin, newcomer);
    }
    let unsure = unsure(announced, site, &pairs, &newcomers);
    for newcomer in newcomers.into_values() {
        pairs.insert(free_origin(announced, &pairs, &newcomer.id), newcomer);
    }
    (pairs, unsure)
}

/// Open incidents that are gone and, for each, the new one of the same features and about the same start that is most like it.
fn unsure(
    announced: &Baseline,
    site: &Site,
    pairs: &BTreeMap<IncidentId, &Incident>,
    newcomers: &BTreeMap<&IncidentId, &Incident>,
) -> Vec<MaybeRenamed> {
    let is_missed = |(origin, told): &(&IncidentId, &BaselineIncident)| {
        !told.phase.is_over() && !pairs.contains_key(*origin) && site.incident(&told.id).is_none()
    };
    let may_be = |told: &BaselineIncident, newcomer: &Incident| {
        let is_near = (told.started - newcomer.started).abs() <= ASKED_MAX;
        let is_about_the_same = newcomer.touched().any(|feature| told.touched.contains(feature));
        told.kind == newcomer.kind && is_near && is_about_the_same
    };
    let missed = announced.incidents.iter().filter(is_missed);
    let nearest = missed.filter_map(|(_, told)| {
        let like = newcomers.values().filter(|newcomer| may_be(told, newcomer));
        let best = like.max_by_key(|newcomer| shared_words(told, newcomer).0)?;
        Some(MaybeRenamed { incident: best.id.clone(), announced: told.id.clone() })
    });
    nearest.collect()
}

/// The announced incidents by the id they have in the files; where a file was used again, its newest.
fn origins_by_id(announced: &Baseline) -> BTreeMap<&IncidentId, (&IncidentId, &BaselineIncident)> {
    let mut known: BTreeMap<&IncidentId, (&IncidentId, &BaselineIncident)> = BTreeMap::new();
    for (origin, incident) in &announced.incidents {
        let newest = known.get(&incident.id).is_none_or(|(_, other)| other.started <= incident.started);
        if newest {
            known.insert(&incident.id, (origin, incident));
        }
    }
    known
}

/// Whether a file that was announced is about something new: it says that it started after all that was announced of the old one
/// was over, or, if no end was announced, long after its last update. Monitors use one file for all outages of a check.
fn is_new_outage(before: &BaselineIncident, incident: &Incident, now: Moment) -> bool {
    let ends = before.window.and_then(|window| window.ends);
    let last_announced = times(before).into_iter().chain(ends).map(|at| before.day_only.latest(at)).max();
    let first_word = incident.public_updates().map(|update| update.at).chain([incident.started]).min();
    let (Some(last_announced), Some(first_word)) = (last_announced, first_word) else { return false };
    match (before.phase.is_over(), before.kind) {
        // Work whose dates are put right after it was done is not done again.
        (true, IncidentKind::Maintenance) => first_word > last_announced && !incident.phase_at(now).is_over(),
        (true, IncidentKind::Incident) => first_word > last_announced,
        // Work that is not over may be moved to any day.
        (false, IncidentKind::Maintenance) => false,
        (false, IncidentKind::Incident) => first_word - last_announced > GAP_MIN,
    }
}

/// Newcomers that are announced incidents under a new name: the best match first, each used once.
fn renamed<'a>(
    announced: &Baseline,
    present: &BTreeMap<IncidentId, &Incident>,
    newcomers: &BTreeMap<&IncidentId, &'a Incident>,
) -> Vec<(IncidentId, &'a Incident)> {
    let missing = announced.incidents.iter().filter(|(origin, _)| !present.contains_key(origin));
    let mut by_time: BTreeMap<Moment, Vec<(&IncidentId, &BaselineIncident)>> = BTreeMap::new();
    let mut open = Vec::new();
    for (origin, incident) in missing {
        for time in times(incident) {
            by_time.entry(time).or_default().push((origin, incident));
        }
        // What is not over may get another name and other times at once.
        open.extend((!incident.phase.is_over()).then_some((origin, incident)));
    }
    let mut matches = Vec::new();
    for newcomer in newcomers.values() {
        let told = newcomer.public_updates().map(|update| update.at);
        let times: BTreeSet<Moment> = told.chain([newcomer.started]).collect();
        let at_same_time = times.iter().filter_map(|time| by_time.get(time)).flatten();
        let candidates: BTreeMap<_, _> = at_same_time.chain(&open).copied().collect();
        for (origin, missing) in candidates.into_iter().filter(|(_, missing)| missing.kind == newcomer.kind) {
            if let Some(likeness) = likeness_of(missing, newcomer, &times) {
                matches.push((Reverse(likeness), origin, &newcomer.id, *newcomer));
            }
        }
    }
    matches.sort_by(|a, b| (a.0, a.1, a.2).cmp(&(b.0, b.1, b.2)));
    let (mut origins, mut ids) = (BTreeSet::new(), BTreeSet::new());
    matches.retain(|(_, origin, id, _)| {
        let free = !origins.contains(origin) && !ids.contains(id);
        if free {
            origins.insert(*origin);
            ids.insert(*id);
        }
        free
    });
    matches.into_iter().map(|(_, origin, _, newcomer)| (origin.clone(), newcomer)).collect()
}

fn times(incident: &BaselineIncident) -> BTreeSet<Moment> {
    incident.updates.iter().map(|update| update.at).chain([incident.started]).collect()
}

/// How like a newcomer at those times is to a missing incident; `None` if it is another.
fn likeness_of(
    missing: &BaselineIncident,
    newcomer: &Incident,
    newcomer_times: &BTreeSet<Moment>,
) -> Option<(bool, usize)> {
    let (share, fewest) = shared_words(missing, newcomer);
    let at_same_time = !times(missing).is_disjoint(newcomer_times);
    let is_near = (missing.started - newcomer.started).abs() <= CORRECTED_MAX;
    let is_same = match missing.kind {
        _ if at_same_time => share >= RENAMED_SHARE_PERCENT,
        IncidentKind::Incident if !is_near => false,
        _ => share >= MOVED_SHARE_PERCENT && fewest >= MOVED_WORDS_MIN,
    };
    is_same.then_some((at_same_time, share))
}

/// How much of the shorter one's text is in the other, in percent, and how many words that has.
fn shared_words(missing: &BaselineIncident, newcomer: &Incident) -> (usize, usize) {
    let mut old = likeness::words(&missing.title.announced.default);
    old.extend(missing.updates.iter().flat_map(|update| likeness::words(&update.body.announced.default)));
    let mut new = likeness::words(&newcomer.title.default);
    new.extend(newcomer.public_updates().flat_map(|update| likeness::words(&update.body.default)));
    (likeness::shared_percent(&old, &new), old.len().min(new.len()))
}

/// The newcomer's own id, or the first numbered one after it when an incident renamed since was announced
/// under that id.
fn free_origin(announced: &Baseline, pairs: &BTreeMap<IncidentId, &Incident>, id: &IncidentId) -> IncidentId {
    let taken = |id: &IncidentId| announced.incidents.contains_key(id) || pairs.contains_key(id);
    let stem = id.as_str().get(..180).unwrap_or(id.as_str());
    let numbered = (2..).filter_map(|number: u64| IncidentId::new(&format!("{stem}-{number}")));
    let mut free = std::iter::once(id.clone()).chain(numbered).filter(|id| !taken(id));
    free.next().unwrap_or_else(|| id.clone())
}

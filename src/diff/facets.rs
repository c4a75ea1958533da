//! What moved between an incident's record and its public facts now.
//!
//! Promises: the phase's move is told in the most telling word there is; the facets of an incident that is
//! over are silent, because nobody waits for them.

use std::collections::BTreeSet;

use super::record;
use super::updates::{self, Edits};
use super::{FRESH_FOR, What};
use crate::model::Moment;
use crate::model::announced::AnnouncedIncident;
use crate::model::feature::FeatureId;
use crate::model::incident::{Eta, Incident};
use crate::model::phase::Phase;

/// What moved, in no particular order, and the new record.
pub(super) fn moved(
    before: &AnnouncedIncident,
    public: &Incident,
    now: Moment,
) -> (Vec<What>, AnnouncedIncident) {
    let mut after = record::of(public, now);
    after.revision = before.revision;
    after.peak_severity = after.peak_severity.max(before.peak_severity);
    after.touched.extend(before.touched.iter().cloned());

    let mut what = phase_moved(before, &after);
    if !after.phase.is_over() {
        what.extend(facets_moved(before, &after));
    }
    let edits = if was_over_for_long(before, public, now) { Edits::Silent } else { Edits::Count };
    let compared = updates::compare(&before.updates, &after.updates, edits, now);
    what.extend(compared.news.into_iter().map(|at| What::UpdatePosted { at }));
    after.updates = compared.record;
    (what, after)
}

fn was_over_for_long(before: &AnnouncedIncident, public: &Incident, now: Moment) -> bool {
    before.phase.is_over() && public.ended_at(now).is_some_and(|ended| now - ended > FRESH_FOR)
}

fn phase_moved(before: &AnnouncedIncident, after: &AnnouncedIncident) -> Vec<What> {
    let (from, to) = (before.phase, after.phase);
    let ever = |phase| before.updates.iter().any(|update| update.phase == Some(phase));
    match (from.is_over(), to.is_over()) {
        (false, true) => match to {
            Phase::Completed => vec![What::MaintenanceCompleted],
            Phase::Cancelled => vec![What::MaintenanceCancelled],
            Phase::Postmortem => vec![What::Resolved, What::PostmortemPublished],
            _ => vec![What::Resolved],
        },
        (true, false) => vec![What::Reopened],
        (true, true) if to == Phase::Postmortem && !ever(Phase::Postmortem) => {
            vec![What::PostmortemPublished]
        }
        (true, true) => Vec::new(),
        (false, false) if from == to => Vec::new(),
        (false, false) => match (from, to) {
            (Phase::Scheduled, Phase::InProgress) => vec![What::MaintenanceStarted],
            (Phase::Scheduled, Phase::Verifying) => {
                vec![What::MaintenanceStarted, What::PhaseMoved { from, to }]
            }
            (_, Phase::Scheduled) if before.window != after.window => Vec::new(),
            _ => vec![What::PhaseMoved { from, to }],
        },
    }
}

fn facets_moved(before: &AnnouncedIncident, after: &AnnouncedIncident) -> Vec<What> {
    let mut what = Vec::new();
    if let (Some(from), Some(to)) = (before.window, after.window)
        && from != to
    {
        what.push(What::MaintenanceMoved { from, to });
    }
    if before.severity != after.severity {
        what.push(What::SeverityMoved { from: before.severity, to: after.severity });
    }
    if estimate(before.eta) != estimate(after.eta) {
        what.push(What::EtaMoved { from: before.eta, to: after.eta });
    }
    what.extend(features_moved(before, after));
    what
}

/// An estimate people can hold on to: none and unknown say the same to who waits.
fn estimate(eta: Option<Eta>) -> Option<Eta> {
    eta.filter(|eta| *eta != Eta::Unknown)
}

fn features_moved(before: &AnnouncedIncident, after: &AnnouncedIncident) -> Vec<What> {
    let only_in = |one: &AnnouncedIncident, other: &AnnouncedIncident| -> BTreeSet<FeatureId> {
        one.affected.keys().filter(|feature| !other.affected.contains_key(feature)).cloned().collect()
    };
    let (added, removed) = (only_in(after, before), only_in(before, after));
    let mut what = Vec::new();
    if !added.is_empty() {
        what.push(What::FeaturesAdded(added));
    }
    if !removed.is_empty() {
        what.push(What::FeaturesRemoved(removed));
    }
    let kept = before.affected.iter().filter_map(|(id, from)| Some((id, *from, *after.affected.get(id)?)));
    what.extend(kept.filter(|(_, from, to)| from != to).map(|(feature, from, to)| What::StatusMoved {
        feature: feature.clone(),
        from,
        to,
    }));
    what
}

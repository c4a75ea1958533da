//! The record of an announced incident: its public facts at a time.
//!
//! Promises: it holds no internal update and no update dated in the future; an unchanged incident is recognized without
//! copying any text.

use std::collections::BTreeMap;

use crate::model::Moment;
use crate::model::announced::{AnnouncedText, AnnouncedUpdate, BaselineIncident, Explained};
use crate::model::feature::{FeatureId, Status};
use crate::model::incident::{DayOnly, Incident, TimeRange, Update};
use crate::model::localized::Localized;

/// Whether anything of the incident may be announced at `now`: not before it started or the first words about it
/// were dated. A maintenance may be announced as soon as its file is there, unless its words are dated later.
pub(super) fn may_be_announced(incident: &Incident, now: Moment) -> bool {
    let first_words = incident.public_updates().next().map(|update| update.at);
    let planned_without_words = incident.window.is_some() && first_words.is_none();
    incident.started <= now || first_words.is_some_and(|at| at <= now) || planned_without_words
}

/// The record of a public incident that was never recorded before.
pub(super) fn of(public: &Incident, now: Moment) -> BaselineIncident {
    BaselineIncident {
        id: public.id.clone(),
        revision: 0,
        kind: public.kind,
        title: AnnouncedText::announced(public.title.clone()),
        explained: explained(public),
        severity: public.severity,
        peak_severity: public.peak_severity(),
        phase: public.phase_at(now),
        affected: affected(public),
        touched: public.touched().cloned().collect(),
        started: public.started,
        window: public.window,
        reminded: public.window.map(|_| now),
        eta: public.eta,
        updates: public.updates.iter().map(update).collect(),
        day_only: public.day_only.clone(),
    }
}

/// Impact and workaround as they are announced now.
pub(super) fn explained(public: &Incident) -> Option<Explained> {
    let told = |text: &Option<Localized>| text.clone().map(AnnouncedText::announced);
    Some(Explained { impact: told(&public.impact), workaround: told(&public.workaround) })
}

/// Whether the record still holds: nothing about the incident differs from what was last seen of it.
pub(super) fn holds(record: &BaselineIncident, public: &Incident, now: Moment) -> bool {
    let same_update = |(then, now): (&AnnouncedUpdate, &Update)| {
        then.at == now.at && then.phase == now.phase && *then.body.last() == now.body
    };
    let same = |then: &Option<AnnouncedText>, now: &Option<Localized>| {
        then.as_ref().map(AnnouncedText::last) == now.as_ref()
    };
    record.id == public.id
        && record.kind == public.kind
        && record.severity == public.severity
        && record.started == public.started
        && record.window.map(without_days) == public.window.map(without_days)
        && record.eta == public.eta
        && record.updates.len() == public.updates.len()
        && *record.title.last() == public.title
        && record.explained.as_ref().is_some_and(|explained| {
            same(&explained.impact, &public.impact) && same(&explained.workaround, &public.workaround)
        })
        && record.updates.iter().zip(&public.updates).all(same_update)
        && record.phase == public.phase_at(now)
        && record.peak_severity >= public.peak_severity()
        && public.touched().all(|feature| record.touched.contains(feature))
        && record.affected == affected(public)
}

/// A record of an earlier version does not have them.
fn without_days(window: TimeRange) -> TimeRange {
    TimeRange { day_only: DayOnly::default(), ..window }
}

fn update(update: &Update) -> AnnouncedUpdate {
    AnnouncedUpdate {
        at: update.at,
        phase: update.phase,
        body: AnnouncedText::announced(update.body.clone()),
    }
}

/// The features affected and how, as the page shows them while the incident continues: the newest update that
/// names a feature wins over the front matter, and one with the status operational takes it off the list unless
/// the front matter keeps it there.
fn affected(public: &Incident) -> BTreeMap<FeatureId, Status> {
    let said = public.updates.iter().flat_map(|update| &update.statuses);
    let latest: BTreeMap<&FeatureId, Status> = said.map(|(feature, status)| (feature, *status)).collect();
    let mut affected = public.affected.clone();
    for (feature, status) in latest {
        if status != Status::Operational || affected.contains_key(feature) {
            affected.insert(feature.clone(), status);
        }
    }
    affected
}

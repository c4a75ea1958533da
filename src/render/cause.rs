//! Which of all that goes on explains to the customers of a failing product why it fails.
//!
//! Promises: names only what is visible; a mere notice explains no failure.

use chrono::TimeDelta;

use super::snapshot::Snapshot;
use crate::model::feature::{FeatureId, Status};
use crate::model::incident::Incident;
use crate::model::phase::{Kind, Severity};

/// How long before its start planned work explains a product that was taken down for it.
pub(super) const EARLY: TimeDelta = TimeDelta::hours(24);

/// What explains that the product, or one feature of it, fails: a problem before planned work, the worst first.
pub(super) fn cause<'a>(snapshot: &Snapshot<'a>, feature: Option<&FeatureId>) -> Option<&'a Incident> {
    let explains = |incident: &Incident| {
        let felt = |feature: &FeatureId| incident.status_of(feature, snapshot.now) != Status::Operational;
        let loud = incident.kind == Kind::Maintenance || incident.severity > Severity::Notice;
        feature.map_or(loud, felt)
    };
    snapshot.active.iter().copied().find(|incident| explains(incident))
}

/// The planned work that goes on, else what begins within a day.
pub(super) fn planned_work<'a>(snapshot: &Snapshot<'a>) -> Option<&'a Incident> {
    let active = snapshot.active.iter().copied().find(|incident| incident.kind == Kind::Maintenance);
    let soon = snapshot.upcoming.first().copied();
    active.or_else(|| soon.filter(|incident| incident.started <= snapshot.now + EARLY))
}

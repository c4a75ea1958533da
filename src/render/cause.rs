//! Chooses the incidents that an error page of the product names as the cause, and those it only mentions.
//!
//! Promises: only an incident that makes the product, or a feature, unavailable is named as a cause; a lesser problem is
//! only mentioned, because it may be unrelated. Names only what readers may see.

use chrono::TimeDelta;

use super::snapshot::Snapshot;
use crate::model::feature::{FeatureId, Status};
use crate::model::incident::Incident;
use crate::model::phase::{IncidentKind, Severity};

/// How long before its start planned work explains a product that was taken down for it.
pub(super) const EARLY: TimeDelta = TimeDelta::hours(24);

/// Maximum number of problems that are named next to a failure which they do not explain.
const ALSO_KNOWN_MAX: usize = 3;

/// What explains that the product, or one feature of it, is unavailable: a problem before planned work, the worst first.
///
/// The product is unavailable while an incident is critical or most of the features are out because of it; a feature,
/// while an incident stops it for some customers at least.
pub(super) fn cause<'a>(snapshot: &Snapshot<'a>, feature: Option<&FeatureId>) -> Option<&'a Incident> {
    let explains = |incident: &Incident| match feature {
        Some(feature) => {
            !matches!(incident.status_of(feature, snapshot.now), Status::Operational | Status::Degraded)
        }
        None => stops_product(snapshot, incident),
    };
    snapshot.active.iter().copied().find(|incident| explains(incident))
}

/// What continues while nothing explains the failure of the product or of a feature, the worst first. Empty if there
/// is a [`cause`]; a mere notice is not among it.
pub(super) fn also_known<'a>(snapshot: &Snapshot<'a>, feature: Option<&FeatureId>) -> Vec<&'a Incident> {
    let concerns = |incident: &Incident| match feature {
        Some(feature) => incident.status_of(feature, snapshot.now) != Status::Operational,
        None => incident.kind == IncidentKind::Maintenance || incident.severity > Severity::Notice,
    };
    let known = if cause(snapshot, feature).is_none() { snapshot.active.as_slice() } else { &[] };
    known.iter().copied().filter(|incident| concerns(incident)).take(ALSO_KNOWN_MAX).collect()
}

/// Whether an incident makes the product as a whole unavailable.
fn stops_product(snapshot: &Snapshot<'_>, incident: &Incident) -> bool {
    let is_out = |feature: &&FeatureId| {
        matches!(incident.status_of(feature, snapshot.now), Status::MajorOutage | Status::Maintenance)
    };
    let out = snapshot.statuses.keys().copied().filter(is_out).count();
    let is_critical = incident.kind == IncidentKind::Incident && incident.severity == Severity::Critical;
    is_critical || 2 * out > snapshot.statuses.len()
}

/// The planned work that continues, else what begins within a day.
pub(super) fn planned_work<'a>(snapshot: &Snapshot<'a>) -> Option<&'a Incident> {
    let active = snapshot.active.iter().copied().find(|incident| incident.kind == IncidentKind::Maintenance);
    let soon = snapshot.upcoming.first().copied();
    active.or_else(|| soon.filter(|incident| incident.started <= snapshot.now + EARLY))
}

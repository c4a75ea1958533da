//! The rule on the sample's incidents, which nobody else's subscribers should hear of.

use super::inspection::{Finding, Inspection};
use crate::config::{SAMPLE_INCIDENTS, is_sample};
use crate::model::incident::Incident;

pub(super) fn sample_incident(inspection: &Inspection<'_>, incident: &Incident) -> Vec<Finding> {
    let is_known = SAMPLE_INCIDENTS.contains(&(incident.id.as_str(), incident.title.default.as_str()));
    if !is_known || is_sample(&inspection.site.page) {
        return Vec::new();
    }
    let place = inspection.key(incident, &["title"]);
    vec![Finding::error(place, "this incident is the sample's, not yours").hint("delete its files")]
}

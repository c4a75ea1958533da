//! Everything the files say: the page and its incidents.

use super::Moment;
use super::feature::{FeatureId, Status};
use super::incident::{Incident, IncidentId};
use super::page::Page;

/// What was read from `site/` and `incidents/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// The page.
    pub page: Page,
    /// Incidents and maintenances, newest start first, then by id. Ids are unique.
    pub incidents: Vec<Incident>,
}

impl Site {
    /// The incident of that id.
    pub fn incident(&self, id: &IncidentId) -> Option<&Incident> {
        self.incidents.iter().find(|incident| incident.id == *id)
    }

    /// How a feature is doing at `at`: the worst that any incident says of it.
    pub fn status_of(&self, feature: &FeatureId, at: Moment) -> Status {
        let said = self.incidents.iter().map(|incident| incident.status_of(feature, at));
        said.max().unwrap_or(Status::Operational)
    }

    /// The worst status of any feature at `at`.
    pub fn overall_status(&self, at: Moment) -> Status {
        let said = self.page.features().map(|feature| self.status_of(&feature.id, at));
        said.max().unwrap_or(Status::Operational)
    }
}

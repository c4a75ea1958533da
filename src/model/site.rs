//! Everything that the files contain: the page and its incidents.

use std::sync::Arc;

use super::Moment;
use super::audience::{Audience, Sight};
use super::feature::{FeatureId, Status};
use super::incident::{Incident, IncidentId};
use super::page::Page;

/// What was read from `site/` and `incidents/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// Whose site it is, with its features.
    pub page: Page,
    /// Incidents and maintenances, newest start first, then by id. Ids are unique. They are shared, because a site has
    /// many and few of them change.
    pub incidents: Vec<Arc<Incident>>,
}

impl Site {
    /// A site of these incidents, which come in the order they are to have.
    pub fn of(page: Page, incidents: impl IntoIterator<Item = Incident>) -> Self {
        Self { page, incidents: incidents.into_iter().map(Arc::new).collect() }
    }

    /// The site as an audience reads it, and the incidents of which it must not know. Staff read everything.
    pub fn as_read_by(self, audience: Audience) -> (Self, Vec<Arc<Incident>>) {
        let sight = match audience {
            Audience::Internal => return (self, Vec::new()),
            Audience::Named(name) => Sight::of(name, &self.page.audiences),
            Audience::Public => Sight::default(),
        };
        let (mut incidents, hidden): (Vec<_>, Vec<_>) =
            self.incidents.into_iter().partition(|incident| sight.includes(incident.audience));
        if audience != Audience::Public {
            incidents = incidents.iter().map(|incident| Arc::new(incident.as_read_by(&sight))).collect();
        }
        (Self { incidents, ..self }, hidden)
    }

    /// By its ID of now; `None` for one that was renamed.
    pub fn incident(&self, id: &IncidentId) -> Option<&Incident> {
        self.incidents.iter().map(AsRef::as_ref).find(|incident: &&Incident| incident.id == *id)
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

//! Requests about one incident: which one it is, and whether it continues.
//!
//! Promises: an incident that is over or unknown cannot be asked about, and the answer is the same for both. Knows only what
//! the public page shows.

use axum::http::StatusCode;

use super::answer::Answer;
use super::page::Sheet;
use super::visitor::Visitor;
use super::{Desk, Error, Shown};
use crate::ledger::Preferences;
use crate::model::Moment;
use crate::model::incident::{Audience, Incident, IncidentId};
use crate::model::localized::Localized;
use crate::model::phase::{IncidentKind, Phase, Severity};
use crate::model::site::Site;
use crate::model::subscriber::FeatureFilter;

/// An incident that continues.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenIncident {
    /// Its name in the files.
    pub id: IncidentId,
    /// The incident's title in the page's languages.
    pub title: Localized,
    /// How far it is.
    pub phase: Phase,
}

/// The incidents that the public page shows as not over.
pub fn open_incidents(site: &Site, now: Moment) -> Vec<OpenIncident> {
    let open = site.incidents.iter().filter(|incident| is_shown(incident, now));
    let open = open.map(|incident| incident.public_at(now));
    let open = open.map(|incident| OpenIncident {
        id: incident.id.clone(),
        title: incident.title.clone(),
        phase: incident.phase_at(incident.counted_at(now)),
    });
    open.filter(|incident| !incident.phase.is_over()).collect()
}

/// Whether readers of the page know of it.
fn is_shown(incident: &Incident, now: Moment) -> bool {
    let is_planned = incident.kind == IncidentKind::Maintenance && incident.updates.is_empty();
    let was_told = incident.updates.iter().any(|one| one.audience == Audience::Public && one.at <= now);
    incident.started <= now || is_planned || was_told
}

impl Shown {
    /// The open incident of that name.
    pub(super) fn open(&self, id: &str) -> Option<&OpenIncident> {
        self.open.iter().find(|one| one.id.as_str() == id)
    }
}

/// The name under which an incident was first announced; one that never was has its own.
pub(super) async fn origin(desk: &Desk, incident: &OpenIncident) -> Result<IncidentId, Error> {
    let id = incident.id.clone();
    let names = desk.ledger(|ledger| ledger.announced_names()).await?;
    Ok(names.into_iter().find(|(_, name)| *name == id).map_or(id, |(origin, _)| origin))
}

/// The title of each of these incidents that continues, in the order given.
pub(super) async fn titles(
    desk: &Desk,
    shown: &Shown,
    visitor: &Visitor,
    origins: Vec<IncidentId>,
) -> Result<Vec<String>, Error> {
    if origins.is_empty() {
        return Ok(Vec::new());
    }
    let names = desk.ledger(|ledger| ledger.announced_names()).await?;
    let title = |origin: &IncidentId| {
        let open = shown.open(names.get(origin).unwrap_or(origin).as_str())?;
        Some(open.title.in_language(&visitor.language).to_owned())
    };
    Ok(origins.iter().filter_map(title).collect())
}

/// What someone asks for who asks about one incident: no feature.
pub(super) fn alone(chosen: Preferences) -> Preferences {
    Preferences { follows: FeatureFilter::nothing(), from_severity: Severity::Notice, ..chosen }
}

/// That there is nothing to wait for.
pub(super) fn gone(shown: &Shown, visitor: &Visitor) -> Answer {
    let sheet = Sheet::saying(&shown.theme, &visitor.language, "desk.only", &["desk.only_gone"]);
    Answer::with(StatusCode::GONE, sheet)
}

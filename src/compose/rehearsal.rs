//! Fills in the templates of messages with the incidents that are there, before anyone is to be notified.
//!
//! Promises: a template that fails for one of the newest incidents is found, in every language of the page and on every channel
//! of the plan. Makes no notices.

use super::{ChangeComposer, Error};
use crate::config::plan::Plan;
use crate::model::Moment;
use crate::model::change::{Change, ChangeKind};
use crate::model::incident::Incident;
use crate::model::site::Site;
use crate::theme::Theme;

/// How many incidents are tried, the newest.
const INCIDENTS_MAX: usize = 50;

/// Writes the message about the state of each of the newest incidents as of `now`, and keeps none.
///
/// # Errors
/// The first message that cannot be written.
pub fn rehearse(site: &Site, plan: &Plan, theme: &Theme, now: Moment) -> Result<(), Error> {
    for incident in site.incidents.iter().take(INCIDENTS_MAX) {
        let incident = incident.public_at(now);
        let change = first_change(&incident, now);
        let composer = ChangeComposer { change: &change, incident, site, plan, theme, now };
        for language in &site.page.languages {
            for channel in plan.channels.keys() {
                composer.write((*channel, language, &site.page.time_zone), now)?;
            }
        }
    }
    Ok(())
}

/// The change that tells an incident to a subscriber who knows nothing of it.
fn first_change(incident: &Incident, now: Moment) -> Change {
    let what = match (incident.window.is_some(), incident.phase_at(now).is_over()) {
        (true, false) => ChangeKind::MaintenanceAnnounced,
        (true, true) => ChangeKind::MaintenanceCompleted,
        (false, false) => ChangeKind::Opened,
        (false, true) => ChangeKind::Resolved,
    };
    let what = vec![what];
    Change {
        id: Change::derive_id(&incident.id, 1, &what),
        incident: incident.id.clone(),
        origin: incident.id.clone(),
        revision: 1,
        what,
        touched: incident.touched().cloned().collect(),
        peak_severity: incident.severity,
    }
}

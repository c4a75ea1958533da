//! Fills in the templates of messages with the incidents that are there, before anyone is to be notified: of all to find
//! mistakes, and of one to show it.
//!
//! Promises: a template that fails for one of the newest incidents is found, in every language of the page and on every channel
//! of the plan. Makes no notices.

use std::borrow::Cow;

use super::reader::Why;
use super::{ChangeComposer, Error, add_places};
use crate::config::plan::Plan;
use crate::model::Moment;
use crate::model::change::{Change, ChangeKind};
use crate::model::channel::Channel;
use crate::model::destination::Destination;
use crate::model::incident::Incident;
use crate::model::localized::Language;
use crate::model::message::Message;
use crate::model::notice::Notices;
use crate::model::phase::Severity;
use crate::model::site::Site;
use crate::model::subscriber::FeatureFilter;
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
        let composer = ChangeComposer { change: Cow::Borrowed(&change), incident, site, plan, theme, now };
        for language in &site.page.languages {
            for channel in plan.channels.keys() {
                composer.write((*channel, language, &site.page.time_zone, Why::Subscribed), now)?;
            }
        }
    }
    Ok(())
}

/// The message about an incident to one reader: about `change` if there is one, and else about how it stands as of `now`.
///
/// # Errors
/// The plan has no such channel, or a template cannot be filled in.
pub fn preview(
    incident: &Incident,
    change: Option<&Change>,
    (channel, language, zone): (Channel, &Language, &str),
    (site, plan, theme): (&Site, &Plan, &Theme),
    now: Moment,
) -> Result<Message, Error> {
    let first = first_change(incident, now);
    let (change, incident) = (Cow::Borrowed(change.unwrap_or(&first)), incident.public_at(now));
    ChangeComposer { change, incident, site, plan, theme, now }
        .write((channel, language, zone, Why::Subscribed), now)
}

/// The same to a destination; `None` if it is not for readers of its language.
///
/// # Errors
/// The change holds nothing to tell.
pub fn preview_of_place(
    incident: &Incident,
    change: Option<&Change>,
    destination: &Destination,
    (site, theme): (&Site, &Theme),
    now: Moment,
) -> Result<Option<Message>, Error> {
    let first = first_change(incident, now);
    let changes = [change.unwrap_or(&first).clone()];
    let everything = Destination {
        follows: FeatureFilter::Everything,
        from_severity: Severity::Notice,
        ..destination.clone()
    };
    let mut notices = Notices::default();
    add_places(&mut notices, &changes, site, &[everything], theme, now)?;
    Ok(notices.messages.into_iter().next())
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

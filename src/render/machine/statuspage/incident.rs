//! Incidents and maintenance as objects of the API.
//!
//! Statuspage has no word for a cancelled maintenance: it is `completed` here, and its last update says that
//! it did not take place.

use std::collections::BTreeSet;

use chrono::TimeDelta;

use super::component;
use super::id;
use super::shape::{self, AffectedComponent, Component, Impact, IncidentStatus, Schedule, Time};
use crate::model::Moment;
use crate::model::feature::{FeatureId, Status};
use crate::model::incident::{Incident, Update};
use crate::model::phase::{IncidentKind, Phase, Severity};
use crate::render::edition::LanguageEdition;
use crate::render::known::announced_updates;
use crate::render::machine::journal::{changed_at, first_said, touched};
use crate::render::machine::value::{address, one_line, plain, title};

/// An incident with its updates; `components` are those of the whole page.
pub(super) fn view(
    edition: &LanguageEdition<'_>,
    incident: &Incident,
    components: &[Component],
) -> shape::Incident {
    let now = edition.snapshot.now;
    let touched = touched(incident);
    let ids: BTreeSet<String> = touched.iter().map(|feature| id::of_feature(feature)).collect();
    let monitored =
        announced_updates(incident, now).filter(|update| update.phase == Some(Phase::Monitoring)).last();
    let updates = announced_updates(incident, now).map(|said| update(edition, incident, said, &touched));
    let mut updates: Vec<shape::Update> = updates.collect();
    if updates.is_empty() {
        updates.push(announcement(edition, incident));
    }
    shape::Incident {
        id: id::of_incident(&incident.id),
        name: title(edition, incident),
        status: status(incident.phase_at(now)),
        created_at: Time(first_said(incident, now)),
        updated_at: Time(changed_at(incident, now)),
        monitoring_at: monitored.map(|update| Time(update.at)),
        resolved_at: incident.ended_at(now).map(Time),
        impact: impact(incident),
        shortlink: address(edition, incident),
        started_at: Time(incident.began_at()),
        page_id: id::of_page(edition.page),
        incident_updates: updates,
        components: components.iter().filter(|component| ids.contains(&component.id)).cloned().collect(),
        reminder_intervals: None,
        schedule: incident.window.map(|window| Schedule {
            scheduled_for: Time(window.starts),
            scheduled_until: window.ends.map(Time),
        }),
    }
}

fn update(
    edition: &LanguageEdition<'_>,
    incident: &Incident,
    update: &Update,
    touched: &BTreeSet<&FeatureId>,
) -> shape::Update {
    let is_first = announced_updates(incident, update.at).nth(1).is_none();
    let affected =
        touched.iter().filter_map(|feature| affected(edition, incident, feature, update.at, is_first));
    let affected: Vec<_> = affected.collect();
    shape::Update {
        id: id::of_update(&incident.id, update),
        status: status(incident.phase_at(update.at)),
        body: plain(edition, update.body.in_language(edition.language)),
        incident_id: id::of_incident(&incident.id),
        created_at: Time(update.at),
        updated_at: Time(update.at),
        display_at: Time(update.at),
        affected_components: (!affected.is_empty()).then_some(affected),
        deliver_notifications: true,
        custom_tweet: None,
        tweet_id: None,
    }
}

/// The update of an incident that nobody has written one for: what it means, else its title. Statuspage has one for each
/// from its beginning, and clients read the first without asking whether it is there.
fn announcement(edition: &LanguageEdition<'_>, incident: &Incident) -> shape::Update {
    let now = edition.snapshot.now;
    let said = Time(first_said(incident, now));
    let text = incident.impact.as_ref().unwrap_or(&incident.title);
    shape::Update {
        id: id::of_announcement(&incident.id),
        status: status(incident.phase_at(now)),
        body: plain(edition, text.in_language(edition.language)),
        incident_id: id::of_incident(&incident.id),
        created_at: said,
        updated_at: said,
        display_at: said,
        affected_components: None,
        deliver_notifications: true,
        custom_tweet: None,
        tweet_id: None,
    }
}

/// What an update did to a feature: its status right before and from then on. The first update brings every feature
/// from operational. A feature that the page no longer has is left out.
fn affected(
    edition: &LanguageEdition<'_>,
    incident: &Incident,
    feature: &FeatureId,
    at: Moment,
    is_first: bool,
) -> Option<AffectedComponent> {
    edition.page.feature(feature)?;
    let before = match is_first {
        true => Status::Operational,
        false => incident.status_of(feature, at - TimeDelta::milliseconds(1)),
    };
    Some(AffectedComponent {
        code: id::of_feature(feature),
        name: one_line(edition.name(feature)),
        old_status: component::status(before),
        new_status: component::status(incident.status_of(feature, at)),
    })
}

fn status(phase: Phase) -> IncidentStatus {
    match phase {
        Phase::Investigating => IncidentStatus::Investigating,
        Phase::Identified => IncidentStatus::Identified,
        Phase::Monitoring => IncidentStatus::Monitoring,
        Phase::Resolved | Phase::Withdrawn => IncidentStatus::Resolved,
        Phase::Postmortem => IncidentStatus::Postmortem,
        Phase::Scheduled => IncidentStatus::Scheduled,
        Phase::InProgress => IncidentStatus::InProgress,
        Phase::Verifying => IncidentStatus::Verifying,
        Phase::Completed | Phase::Cancelled => IncidentStatus::Completed,
    }
}

fn impact(incident: &Incident) -> Impact {
    match (incident.kind, incident.severity) {
        (IncidentKind::Maintenance, _) => Impact::Maintenance,
        (IncidentKind::Incident, Severity::Notice) => Impact::None,
        (IncidentKind::Incident, Severity::Minor) => Impact::Minor,
        (IncidentKind::Incident, Severity::Major) => Impact::Major,
        (IncidentKind::Incident, Severity::Critical) => Impact::Critical,
    }
}

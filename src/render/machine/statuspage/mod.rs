//! The public API of Statuspage, version 2, as static files, for existing clients.
//!
//! Promises: the nine addresses and the shapes of the original, in the page's first language; ids that stay. A file of
//! planned work alone says when planned work last changed, so that no other incident makes it be published again.
//! The tenth, which takes subscribers, needs a server and is not here.

mod component;
mod id;
mod incident;
mod shape;

use serde::Serialize;

use super::journal::{Journal, Scope};
use super::value::one_line;
use super::write::json;
use crate::model::Moment;
use crate::model::feature::Status;
use crate::model::incident::Incident;
use crate::model::phase::{IncidentKind, Phase};
use crate::render::edition::LanguageEdition;
use crate::render::file::{Error, File};
use shape::{Component, Indicator, Overall, PageObject, Time};

/// How many incidents, and how many maintenances, the lists of all hold: the newest, as Statuspage has it.
const LIST_MAX: usize = 50;

/// What any of the files holds in addition to the page.
#[derive(Clone, Default, Serialize)]
struct Content<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    components: Option<&'a [Component]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    incidents: Option<Vec<shape::Incident>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scheduled_maintenances: Option<Vec<shape::Incident>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<Overall>,
}

#[derive(Serialize)]
struct Document<'a> {
    page: &'a PageObject,
    #[serde(flatten)]
    content: Content<'a>,
}

/// Renders every file of the API.
pub(super) fn files(edition: &LanguageEdition<'_>, journal: &Journal<'_>) -> Result<Vec<File>, Error> {
    let components = component::all(edition, journal);
    let view = |incidents: Vec<&Incident>| {
        Some(incidents.into_iter().map(|one| incident::view(edition, one, &components)).collect::<Vec<_>>())
    };
    let now = edition.snapshot.now;
    let open = |kind: IncidentKind, shown: fn(Phase) -> bool| {
        let visible = edition.snapshot.visible.iter().copied();
        let of_kind = visible.filter(move |one| one.kind == kind);
        view(of_kind.filter(|one| !one.phase_at(now).is_over() && shown(one.phase_at(now))).collect())
    };
    let newest = |kind: IncidentKind| {
        let visible = edition.snapshot.visible.iter().copied();
        view(visible.filter(move |one| one.kind == kind).take(LIST_MAX).collect())
    };
    let unresolved = open(IncidentKind::Incident, |_| true);
    let empty = Content::default();
    let status = Some(overall(edition.snapshot.overall));
    let summary = Content {
        components: Some(&components),
        incidents: unresolved.clone(),
        scheduled_maintenances: open(IncidentKind::Maintenance, |_| true),
        status: status.clone(),
    };
    let plans = |plans| Content { scheduled_maintenances: plans, ..Content::default() };
    let incidents = |incidents| Content { incidents, ..Content::default() };
    let contents = [
        ("summary", summary),
        ("status", Content { status, ..empty.clone() }),
        ("components", Content { components: Some(&components), ..empty }),
        ("incidents", incidents(newest(IncidentKind::Incident))),
        ("incidents/unresolved", incidents(unresolved)),
        ("scheduled-maintenances", plans(newest(IncidentKind::Maintenance))),
        (
            "scheduled-maintenances/upcoming",
            plans(open(IncidentKind::Maintenance, |phase| phase == Phase::Scheduled)),
        ),
        (
            "scheduled-maintenances/active",
            plans(open(IncidentKind::Maintenance, |phase| phase != Phase::Scheduled)),
        ),
    ];
    let of_all = page(edition, journal.share(Scope::All).changed);
    let of_plans = page(edition, journal.plans_changed);
    let document = |(name, content): (&str, Content<'_>)| {
        let is_of_plans = name.starts_with("scheduled-maintenances");
        let page = if is_of_plans { &of_plans } else { &of_all };
        json(format!("api/v2/{name}.json"), &Document { page, content })
    };
    contents.into_iter().map(document).collect()
}

fn page(edition: &LanguageEdition<'_>, changed: Moment) -> PageObject {
    PageObject {
        id: id::of_page(edition.page),
        name: one_line(edition.page.name.in_language(edition.language)),
        url: edition.page.url.clone(),
        time_zone: edition.page.time_zone.clone(),
        updated_at: Time(changed),
    }
}

/// The sentences are Statuspage's own: clients compare them.
fn overall(status: Status) -> Overall {
    let (indicator, description) = match status {
        Status::Operational => (Indicator::None, "All Systems Operational"),
        Status::Maintenance => (Indicator::None, "Service Under Maintenance"),
        Status::Degraded => (Indicator::Minor, "Partially Degraded Service"),
        Status::PartialOutage => (Indicator::Major, "Partial System Outage"),
        Status::MajorOutage => (Indicator::Critical, "Major Service Outage"),
    };
    Overall { indicator, description }
}

//! Features and groups as components.

use std::collections::HashMap;

use super::id;
use super::shape::{Component, ComponentStatus, Time};
use crate::model::Moment;
use crate::model::feature::{Feature, Group, Status};
use crate::render::edition::LanguageEdition;
use crate::render::machine::journal::{Journal, Scope};
use crate::render::machine::value::{one_line, plain};

/// Every group, each followed by its features.
pub(super) fn all(edition: &LanguageEdition<'_>, journal: &Journal<'_>) -> Vec<Component> {
    let mut seen: HashMap<&str, usize> = HashMap::new();
    let now = edition.snapshot.now;
    let groups = edition.page.groups_at(now).enumerate();
    let components = groups.flat_map(|(position, group)| {
        let number = seen.entry(group.name.default.as_str()).or_default();
        *number += 1;
        let id = id::of_group(&group.name.default, *number);
        let features: Vec<Component> = (group.features_at(now).enumerate())
            .map(|(position, feature)| of_feature(edition, journal, feature, position, &id))
            .collect();
        std::iter::once(of_group(edition, journal, group, position, id)).chain(features)
    });
    components.collect()
}

/// The word of the API for a status.
pub(super) fn status(status: Status) -> ComponentStatus {
    match status {
        Status::Operational => ComponentStatus::Operational,
        Status::Maintenance => ComponentStatus::UnderMaintenance,
        Status::Degraded => ComponentStatus::DegradedPerformance,
        Status::PartialOutage => ComponentStatus::PartialOutage,
        Status::MajorOutage => ComponentStatus::MajorOutage,
    }
}

fn of_group(
    edition: &LanguageEdition<'_>,
    journal: &Journal<'_>,
    group: &Group,
    position: usize,
    id: String,
) -> Component {
    let features = || group.features_at(edition.snapshot.now);
    let worst = features().map(|feature| edition.snapshot.statuses[&feature.id]).max();
    let changed = features().map(|feature| journal.share(Scope::Feature(feature)).changed).max();
    Component {
        name: one_line(group.name.in_language(edition.language)),
        status: status(worst.unwrap_or(Status::Operational)),
        created_at: Time(Moment::UNIX_EPOCH),
        updated_at: Time(changed.unwrap_or(Moment::UNIX_EPOCH)),
        position: from_one(position),
        description: None,
        showcase: false,
        start_date: None,
        group_id: None,
        page_id: id::of_page(edition.page),
        group: true,
        only_show_if_degraded: false,
        components: Some(features().map(|feature| id::of_feature(&feature.id)).collect()),
        id,
    }
}

fn of_feature(
    edition: &LanguageEdition<'_>,
    journal: &Journal<'_>,
    feature: &Feature,
    position: usize,
    group: &str,
) -> Component {
    let description = feature.description.as_ref();
    Component {
        id: id::of_feature(&feature.id),
        name: one_line(edition.name(&feature.id)),
        status: status(edition.snapshot.statuses[&feature.id]),
        created_at: Time(Moment::UNIX_EPOCH),
        updated_at: Time(journal.share(Scope::Feature(feature)).changed),
        position: from_one(position),
        description: description.map(|text| plain(edition, text.in_language(edition.language))),
        showcase: true,
        start_date: None,
        group_id: Some(group.to_owned()),
        page_id: id::of_page(edition.page),
        group: false,
        only_show_if_degraded: false,
        components: None,
    }
}

/// Positions count from one; strict clients keep them in a byte.
fn from_one(position: usize) -> u8 {
    u8::try_from(position + 1).unwrap_or(u8::MAX)
}

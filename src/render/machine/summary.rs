//! `summary.json`: the state in few bytes, for programs that poll.
//!
//! Promises: lists only features that are not operational, so that it stays below a kilobyte while nothing is wrong,
//! however many features there are. Its schema is `schemas/summary.json`; within a version, fields are added and never
//! removed.

use serde::Serialize;

use super::journal::{Journal, Scope};
use super::value::{absolute, address, level, one_line, title, to_second};
use super::write::json;
use crate::model::Moment;
use crate::model::feature::Status;
use crate::model::incident::{Eta, Incident};
use crate::render::edition::LanguageEdition;
use crate::render::file::{Error, File};
use crate::render::overall::sentence;
use crate::render::stamp::news_mark;

#[derive(Serialize)]
struct Summary {
    version: u8,
    name: String,
    url: String,
    /// The worst status of any feature.
    status: &'static str,
    sentence: String,
    /// When anything last changed; null if nothing ever happened.
    updated: Option<String>,
    /// The features that are not operational.
    features: Vec<FeatureState>,
    /// What continues: problems first, the worst first.
    active: Vec<Item>,
    /// Planned and not begun, soonest first.
    upcoming: Vec<Item>,
}

#[derive(Serialize)]
struct FeatureState {
    id: String,
    name: String,
    status: &'static str,
}

#[derive(Serialize)]
struct Item {
    id: String,
    title: String,
    level: &'static str,
    phase: &'static str,
    features: Vec<String>,
    started: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    ends: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    eta: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_update: Option<String>,
    url: String,
    /// Another one whenever anything of it is written: an open page compares it with its own.
    news: String,
}

/// Renders the summary of one language.
pub(super) fn file(edition: &LanguageEdition<'_>, journal: &Journal<'_>) -> Result<File, Error> {
    let snapshot = edition.snapshot;
    let changed = journal.share(Scope::All).changed;
    let items = |incidents: &[&Incident]| incidents.iter().map(|incident| item(edition, incident)).collect();
    let features = edition.page.features().map(|feature| (feature, snapshot.statuses[&feature.id]));
    let unwell = features.filter(|(_, status)| *status != Status::Operational);
    let summary = Summary {
        version: 1,
        name: one_line(edition.page.name.in_language(edition.language)),
        url: absolute(edition.page, &edition.folder),
        status: snapshot.overall.word(),
        sentence: sentence(edition).to_owned(),
        updated: (!snapshot.visible.is_empty()).then(|| to_second(changed)),
        features: unwell
            .map(|(feature, status)| FeatureState {
                id: feature.id.to_string(),
                name: one_line(edition.name(&feature.id)),
                status: status.word(),
            })
            .collect(),
        active: items(&snapshot.active),
        upcoming: items(&snapshot.upcoming),
    };
    json(format!("{}summary.json", edition.folder), &summary)
}

fn item(edition: &LanguageEdition<'_>, incident: &Incident) -> Item {
    Item {
        id: incident.id.to_string(),
        title: title(edition, incident),
        level: level(incident),
        phase: incident.phase_at(edition.snapshot.now).word(),
        features: incident.affected.keys().map(ToString::to_string).collect(),
        started: stated(edition, incident, incident.began_at()),
        ends: incident.window.and_then(|window| window.ends).map(|ends| stated(edition, incident, ends)),
        eta: match incident.eta {
            Some(Eta::At(moment)) => Some(to_second(moment)),
            Some(Eta::Unknown) | None => None,
        },
        next_update: incident.next_update.map(to_second),
        url: address(edition, incident),
        news: news_mark(incident),
    }
}

/// A time to the second; the day alone where no more is known.
fn stated(edition: &LanguageEdition<'_>, incident: &Incident, at: Moment) -> String {
    if incident.is_day_only(at) { edition.stated_time(incident, at).machine } else { to_second(at) }
}

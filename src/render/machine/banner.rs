//! `banner.json`: what an application shows its users while something they use is broken, in every language.
//!
//! Promises: one file for the page and one per feature, each about its most severe open incident; texts are plain and links
//! absolute; without an incident the level is `none`. Its schema is `schemas/banner.json`.

use std::collections::BTreeMap;

use serde::Serialize;

use super::journal::{Journal, Scope};
use super::problem_details::expected;
use super::value::{absolute, address, level, plain, title, to_second};
use super::write::json;
use crate::model::Moment;
use crate::model::feature::Status;
use crate::model::incident::{Eta, Incident};
use crate::render::edition::LanguageEdition;
use crate::render::file::{Error, File};
use crate::render::snapshot::Snapshot;

#[derive(Serialize)]
struct Banner<'a> {
    version: u8,
    level: &'static str,
    status: &'static str,
    /// The incident it is about.
    incident: Option<String>,
    /// How many others continue in addition to.
    others: usize,
    eta: Option<String>,
    next_update: Option<String>,
    /// When anything last changed; null if nothing ever happened.
    updated: Option<String>,
    /// The page's first language.
    language: &'a str,
    texts: BTreeMap<&'a str, Text>,
}

#[derive(Serialize)]
struct Text {
    text: String,
    /// When it is expected back, as a sentence in the page's time zone.
    eta: Option<String>,
    workaround: Option<String>,
    link: String,
}

/// Renders the banner of the page and of each feature, all languages in one file.
pub(super) fn files(editions: &[LanguageEdition<'_>], journal: &Journal<'_>) -> Result<Vec<File>, Error> {
    let Some(first) = editions.first() else { return Ok(Vec::new()) };
    let file = |scope: Scope<'_>| {
        json(format!("{}banner.json", scope.folder()), &banner(editions, first, journal, scope))
    };
    Scope::every(first.page).map(file).collect()
}

fn banner<'a>(
    editions: &'a [LanguageEdition<'_>],
    first: &'a LanguageEdition<'_>,
    journal: &Journal<'_>,
    scope: Scope<'_>,
) -> Banner<'a> {
    let snapshot = first.snapshot;
    let mut active = snapshot.active.iter().copied().filter(|incident| concerns(snapshot, incident, scope));
    let worst = active.next();
    let changed = journal.share(scope).changed;
    Banner {
        version: 1,
        level: worst.map_or("none", level),
        status: status(snapshot, scope).word(),
        incident: worst.map(|incident| incident.id.to_string()),
        others: active.count(),
        eta: worst.and_then(expected).map(to_second),
        next_update: worst.and_then(|incident| incident.next_update).map(to_second),
        updated: (changed > Moment::UNIX_EPOCH).then(|| to_second(changed)),
        language: first.language.as_str(),
        texts: editions
            .iter()
            .map(|edition| (edition.language.as_str(), text(edition, worst, scope)))
            .collect(),
    }
}

/// Whether something that continues is felt there: an incident without features by the page only.
fn concerns(snapshot: &Snapshot<'_>, incident: &Incident, scope: Scope<'_>) -> bool {
    match scope {
        Scope::All => true,
        Scope::Feature(feature) => {
            incident.affected.contains_key(&feature.id)
                || incident.status_of(&feature.id, snapshot.now) != Status::Operational
        }
    }
}

fn status(snapshot: &Snapshot<'_>, scope: Scope<'_>) -> Status {
    match scope {
        Scope::All => snapshot.overall,
        Scope::Feature(feature) => snapshot.statuses[&feature.id],
    }
}

fn text(edition: &LanguageEdition<'_>, worst: Option<&Incident>, scope: Scope<'_>) -> Text {
    let Some(incident) = worst else {
        return Text {
            text: edition.mark(status(edition.snapshot, scope)).word,
            eta: None,
            workaround: None,
            link: absolute(edition.page, &edition.folder),
        };
    };
    let workaround = incident.workaround.as_ref();
    Text {
        text: title(edition, incident),
        eta: eta(edition, incident),
        workaround: workaround.map(|text| plain(edition, text.in_language(edition.language))),
        link: address(edition, incident),
    }
}

fn eta(edition: &LanguageEdition<'_>, incident: &Incident) -> Option<String> {
    let words = edition.words;
    let at =
        |key, moment| words.say_with(key, &[("time", &edition.short_stated_time(incident, moment).human)]);
    match (incident.eta, incident.window) {
        (Some(Eta::At(moment)), _) if moment < edition.snapshot.now => {
            Some(words.say("incident.eta_missed").to_owned())
        }
        (Some(Eta::At(moment)), _) => Some(at("incident.eta_now", moment)),
        (Some(Eta::Unknown), _) => Some(words.say("news.eta_unknown").to_owned()),
        (None, Some(_)) if incident.is_overdue_at(edition.snapshot.now) => {
            Some(words.say("incident.overdue").to_owned())
        }
        (None, window) => window.and_then(|window| window.ends).map(|ends| at("news.planned_until", ends)),
    }
}

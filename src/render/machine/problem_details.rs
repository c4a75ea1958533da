//! The error bodies of the operator's API while it fails: problem details (RFC 9457).
//!
//! Promises: one body per status for the page and for each feature, about what makes that very feature unavailable; what continues and does not explain the failure is
//! named as already announced, without its estimate; a body holds no time but those of the incident, for it is served long after the build.

use serde::Serialize;

use super::journal::Scope;
use super::value::{absolute, address, level, one_line, plain, title, to_second};
use super::write::json;
use crate::model::Moment;
use crate::model::feature::FeatureId;
use crate::model::incident::{Eta, Incident};
use crate::model::localized::Localized;
use crate::render::cause::{also_known, cause};
use crate::render::edition::LanguageEdition;
use crate::render::failure::heading;
use crate::render::file::{Error, File};

/// The statuses with the phrases of RFC 9110, which stand as title where no incident gives the problem a type.
pub(super) const STATUSES: [(u16, &str); 4] = [
    (500, "Internal Server Error"),
    (502, "Bad Gateway"),
    (503, "Service Unavailable"),
    (504, "Gateway Timeout"),
];

/// What is said of a failure.
#[derive(Serialize)]
pub(super) struct Problem {
    /// The incident's address; `about:blank` if none explains it.
    #[serde(rename = "type")]
    kind: String,
    title: String,
    status: u16,
    detail: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    incident: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    level: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    feature: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    eta: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_update: Option<String>,
    /// What callers can do meanwhile.
    #[serde(skip_serializing_if = "Option::is_none")]
    workaround: Option<String>,
    /// The addresses of what continues and does not explain it, the worst first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    also_known: Vec<String>,
    status_page: String,
}

/// Renders the bodies in the page's first language.
pub(super) fn files(edition: &LanguageEdition<'_>) -> Result<Vec<File>, Error> {
    let mut files = Vec::new();
    for scope in Scope::every(edition.page) {
        for (status, _) in STATUSES {
            let problem = problem(edition, scope, status);
            files.push(json(format!("errors/{}{status}.json", folder(scope)), &problem)?);
        }
    }
    Ok(files)
}

/// Where the bodies of a scope lie below `errors/`, with a slash at its end.
pub(super) fn folder(scope: Scope<'_>) -> String {
    match scope {
        Scope::All => "api/".to_owned(),
        Scope::Feature(feature) => format!("api/{}/", feature.id),
    }
}

/// What explains that a scope fails.
pub(super) fn cause_in<'a>(edition: &LanguageEdition<'a>, scope: Scope<'_>) -> Option<&'a Incident> {
    cause(edition.snapshot, feature_of(scope))
}

/// The addresses of what continues in a scope and does not explain that it fails.
fn also_known_in(edition: &LanguageEdition<'_>, scope: Scope<'_>) -> Vec<String> {
    let known = also_known(edition.snapshot, feature_of(scope));
    known.into_iter().map(|incident| address(edition, incident)).collect()
}

fn feature_of<'a>(scope: Scope<'a>) -> Option<&'a FeatureId> {
    match scope {
        Scope::All => None,
        Scope::Feature(feature) => Some(&feature.id),
    }
}

/// When it is expected back: the estimate of a problem, the planned end of work.
pub(super) fn expected(incident: &Incident) -> Option<Moment> {
    match (incident.eta, incident.window) {
        (Some(Eta::At(moment)), _) => Some(moment),
        (_, window) => window.and_then(|window| window.ends),
    }
}

/// The body for a status.
pub(super) fn problem(edition: &LanguageEdition<'_>, scope: Scope<'_>, status: u16) -> Problem {
    let feature = feature_of(scope).map(FeatureId::to_string);
    let status_page = absolute(edition.page, &edition.folder);
    let Some(incident) = cause_in(edition, scope) else {
        let phrase = STATUSES.iter().find(|(known, _)| *known == status).map_or("", |(_, phrase)| phrase);
        let (heading, why) = (heading(edition, &status.to_string()), edition.words.say("error.why_unknown"));
        return Problem {
            kind: "about:blank".to_owned(),
            title: phrase.to_owned(),
            status,
            detail: format!("{heading}. {why}"),
            incident: None,
            level: None,
            feature,
            eta: None,
            next_update: None,
            workaround: None,
            also_known: also_known_in(edition, scope),
            status_page,
        };
    };
    let text = |text: &Option<Localized>| {
        text.as_ref().map(|text| one_line(&plain(edition, text.in_language(edition.language))))
    };
    Problem {
        kind: address(edition, incident),
        title: title(edition, incident),
        status,
        detail: text(&incident.impact).unwrap_or_else(|| title(edition, incident)),
        incident: Some(incident.id.to_string()),
        level: Some(level(incident)),
        feature,
        eta: expected(incident).map(to_second),
        next_update: incident.next_update.map(to_second),
        workaround: text(&incident.workaround),
        also_known: Vec::new(),
        status_page,
    }
}

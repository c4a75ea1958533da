//! Each incident as an alert of the Common Alerting Protocol 1.2, for the systems of authorities and large customers.
//!
//! Promises: the elements are in the order of the standard, one `info` per language; each update is a message of
//! its own id that refers to all before it, and the one that ends an incident cancels them. Never claims a threat
//! to life: the highest severity used is `Severe`.

use chrono::TimeDelta;
use serde::Serialize;

use super::value::{absolute, address, level, one_line, plain, title, to_second};
use super::write::xml;
use crate::model::Moment;
use crate::model::incident::{Eta, Incident};
use crate::model::localized::Localized;
use crate::model::phase::{IncidentKind, Phase, Severity};
use crate::render::edition::LanguageEdition;
use crate::render::file::{Error, File};
use crate::render::known::{announced_updates, first_known};
use crate::render::path::incident_folder;

#[derive(Serialize)]
struct Alert {
    #[serde(rename = "@xmlns")]
    xmlns: &'static str,
    identifier: String,
    sender: String,
    sent: String,
    status: &'static str,
    #[serde(rename = "msgType")]
    msg_type: &'static str,
    scope: &'static str,
    /// The earlier messages as `sender,identifier,sent`, parted by blanks.
    #[serde(skip_serializing_if = "Option::is_none")]
    references: Option<String>,
    info: Vec<Info>,
}

#[derive(Serialize)]
struct Info {
    language: String,
    category: &'static str,
    event: String,
    #[serde(rename = "responseType", skip_serializing_if = "Option::is_none")]
    response_type: Option<&'static str>,
    urgency: &'static str,
    severity: &'static str,
    certainty: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    onset: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires: Option<String>,
    #[serde(rename = "senderName")]
    sender_name: String,
    headline: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    description: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    instruction: Option<String>,
    web: String,
    parameter: Vec<Parameter>,
    area: Area,
}

#[derive(Serialize)]
struct Parameter {
    #[serde(rename = "valueName")]
    name: &'static str,
    value: String,
}

/// Not a place: what is affected is what people use, wherever they are.
#[derive(Serialize)]
struct Area {
    #[serde(rename = "areaDesc")]
    description: String,
}

/// How long an alert stays after the incident ended.
const KEPT_FOR: TimeDelta = TimeDelta::days(90);

/// Whether an incident has an alert at `now`.
pub(in crate::render) fn is_kept(incident: &Incident, now: Moment) -> bool {
    incident.ended_at(now).is_none_or(|ended| now - ended < KEPT_FOR)
}

/// When an incident that is over at `now` loses its alert.
pub(in crate::render) fn leaves_at(incident: &Incident, now: Moment) -> Option<Moment> {
    incident.ended_at(now)?.checked_add_signed(KEPT_FOR)
}

/// Renders the alert of an incident, in all languages at once.
pub(super) fn file(
    editions: &[LanguageEdition<'_>],
    first: &LanguageEdition<'_>,
    incident: &Incident,
) -> Result<File, Error> {
    let (now, sender) = (first.snapshot.now, first.page.host());
    let phase = incident.phase_at(now);
    let mut sent: Vec<Moment> = announced_updates(incident, now).map(|update| update.at).collect();
    let newest = if sent.is_empty() { first_known(incident, now) } else { sent.remove(0) };
    let reference = |at: &Moment| format!("{sender},{},{}", identifier(incident, *at), with_offset(*at));
    let references = sent.iter().rev().map(reference).collect::<Vec<_>>().join(" ");
    let alert = Alert {
        xmlns: "urn:oasis:names:tc:emergency:cap:1.2",
        identifier: identifier(incident, newest),
        sender: sender.to_owned(),
        sent: with_offset(newest),
        status: "Actual",
        msg_type: match (references.is_empty(), phase.is_over()) {
            (true, _) => "Alert",
            (false, true) => "Cancel",
            (false, false) => "Update",
        },
        scope: "Public",
        references: (!references.is_empty()).then_some(references),
        info: editions.iter().map(|edition| info(edition, incident, phase)).collect(),
    };
    xml(format!("{}cap.xml", incident_folder(&incident.id)), "alert", &alert)
}

fn info(edition: &LanguageEdition<'_>, incident: &Incident, phase: Phase) -> Info {
    let text = |text: &Localized| plain(edition, text.in_language(edition.language));
    let said = announced_updates(incident, edition.snapshot.now).next().map(|update| text(&update.body));
    let is_planned = incident.kind == IncidentKind::Maintenance;
    let key = if is_planned { "kind.maintenance" } else { "kind.incident" };
    Info {
        language: edition.language.to_string(),
        category: "Infra",
        event: edition.words.say(key).to_owned(),
        response_type: phase.is_over().then_some("AllClear"),
        urgency: match phase {
            Phase::Scheduled => "Future",
            phase if phase.is_over() => "Past",
            _ => "Immediate",
        },
        severity: match incident.severity {
            Severity::Critical => "Severe",
            Severity::Major => "Moderate",
            Severity::Minor | Severity::Notice => "Minor",
        },
        certainty: if phase == Phase::Scheduled { "Likely" } else { "Observed" },
        onset: Some(incident.began_at()).filter(|at| !incident.is_day_only(*at)).map(with_offset),
        expires: incident
            .window
            .and_then(|window| window.ends)
            .map(|ends| with_offset(incident.latest(ends))),
        sender_name: one_line(edition.page.name.in_language(edition.language)),
        headline: title(edition, incident),
        description: incident.impact.iter().map(text).chain(said).collect::<Vec<_>>().join("\n\n"),
        instruction: incident.workaround.as_ref().map(text),
        web: address(edition, incident),
        parameter: parameters(edition, incident, phase),
        area: Area { description: area(edition, incident) },
    }
}

/// What the standard has no element for.
fn parameters(edition: &LanguageEdition<'_>, incident: &Incident, phase: Phase) -> Vec<Parameter> {
    let parameter = |name, value| Parameter { name, value };
    let eta = match incident.eta {
        Some(Eta::At(moment)) if !phase.is_over() => Some(parameter("eta", to_second(moment))),
        _ => None,
    };
    let next = incident.next_update.filter(|_| !phase.is_over());
    let next = next.map(|moment| parameter("next_update", to_second(moment)));
    let known = [parameter("level", level(incident).to_owned()), parameter("phase", phase.word().to_owned())];
    let story = parameter("page", absolute(edition.page, &edition.folder));
    known.into_iter().chain([story]).chain(eta).chain(next).collect()
}

/// The features affected, as readers know them; the page where no feature is named.
fn area(edition: &LanguageEdition<'_>, incident: &Incident) -> String {
    let names: Vec<String> =
        incident.affected.keys().map(|feature| one_line(edition.name(feature))).collect();
    if names.is_empty() {
        return one_line(edition.page.name.in_language(edition.language));
    }
    edition.words.list(&names)
}

/// The id of the message that told of an update. It holds neither blank nor comma: the standard parts
/// references with them.
fn identifier(incident: &Incident, at: Moment) -> String {
    format!("{}{}", incident_folder(&incident.id), at.format("%Y%m%dT%H%M%SZ"))
}

/// The standard wants an offset and forbids `Z`; `-00:00` is its way to say UTC.
fn with_offset(moment: Moment) -> String {
    moment.format("%Y-%m-%dT%H:%M:%S-00:00").to_string()
}

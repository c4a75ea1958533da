//! Opsgenie, by its Alert API (version 2: `POST /v2/alerts`, `PUT …/description`, `POST …/close`).
//!
//! Promises: an incident is one alert, named by an alias that follows from the incident: news change its description, its end
//! closes it, and the same alert twice is one.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::model::channel::Channel;
use crate::model::message::{EventMessage, Message, Tone};
use crate::model::phase::Severity;
use crate::model::reply::{Reply, ReplyClass};
use crate::model::report::Evidence;
use crate::provider::card;
use crate::provider::exchange::{Handoff, Method, Request, Response, Unfit};
use crate::provider::http_status;
use crate::provider::key::{Key, Need, Shape};
use crate::provider::kind::{Edit, Http, Idempotence, Kind, Proof, Protection, Protocol, Thread};
use crate::provider::settings::Settings;

/// The row.
pub(super) static KIND: Kind = Kind {
    word: "opsgenie",
    title: "an Opsgenie team, through an API integration",
    example: "opsgenie",
    channels: &[Channel::Tool],
    owner: Some("atlassian"),
    domains: &["opsgenie.com"],
    proof: Proof { always: Evidence::Accepted, with: None },
    idempotence: Idempotence::Always,
    room: None,
    validity_unit: None,
    keys: KEYS,
    protection: Protection::Url("api_url"),
    protocol: Protocol::Http(Http {
        probe: |settings| Some(settings.text("api_url").to_owned()),
        thread: Some(Thread { edit: Some(Edit { request: edit, is_gone: |_| false }), posts: true }),
        ..Http::new(request, classify)
    }),
};

const KEYS: &[Key] = &[
    Key {
        name: "api_key",
        shape: Shape::Secret,
        need: Need::Required,
        example: "{ env = \"OPSGENIE_KEY\" }",
        help: "Key of the API integration, a secret. The integration must be allowed to create and update alerts.",
    },
    Key {
        name: "api_url",
        shape: Shape::Base,
        need: Need::Default("https://api.opsgenie.com"),
        example: "\"https://api.eu.opsgenie.com\"",
        help: "URL of the API; `https://api.eu.opsgenie.com` for an account in the EU region.",
    },
];

/// What Opsgenie takes at most, in characters.
const MESSAGE_MAX: usize = 130;
const DESCRIPTION_MAX: usize = 15_000;
const SOURCE_MAX: usize = 100;
const ENTITY_MAX: usize = 512;
const TAG_MAX: usize = 50;
const TAGS_MAX: usize = 20;

/// Opens the alert, or closes it. An alert that is open with the same alias stays the only one; one that was closed by hand
/// is opened again.
fn request(handoff: &Handoff<'_>, settings: &Settings) -> Result<Request, Unfit> {
    let event = event_of(handoff)?;
    if event.tone == Tone::Over {
        let document = json!({ "source": source(event), "note": card::cut(&event.text, DESCRIPTION_MAX) });
        return call(Method::Post, &of_alert(event, "close"), &document, settings);
    }
    let details = event.details.as_ref();
    let features = || details.into_iter().flat_map(|details| &details.features);
    let names: Vec<&str> = features().map(|one| one.name.as_str()).collect();
    let tags: Vec<String> = features().take(TAGS_MAX).map(|one| card::cut(&one.id, TAG_MAX)).collect();
    let document = json!({
        "message": card::cut(&event.summary, MESSAGE_MAX),
        "alias": event.thread,
        "description": card::cut(&event.text, DESCRIPTION_MAX),
        "priority": priority(event.tone),
        "source": source(event),
        "entity": card::cut(&names.join(", "), ENTITY_MAX),
        "tags": tags,
        "details": { "url": event.url, "page": event.page_url },
    });
    call(Method::Post, "alerts", &document, settings)
}

/// Brings the text of the alert up to date.
fn edit(handoff: &Handoff<'_>, settings: &Settings) -> Result<Request, Unfit> {
    let event = event_of(handoff)?;
    let document = json!({ "description": card::cut(&event.text, DESCRIPTION_MAX) });
    call(Method::Put, &of_alert(event, "description"), &document, settings)
}

fn call(method: Method, path: &str, document: &Value, settings: &Settings) -> Result<Request, Unfit> {
    let key = settings.secret("api_key").ok_or(Unfit::Form)?;
    let mut request = Request::json(method, format!("{}/v2/{path}", settings.text("api_url")), document);
    request.headers.push(("authorization", format!("GenieKey {}", key.expose().trim())));
    Ok(request)
}

fn event_of<'a>(handoff: &Handoff<'a>) -> Result<&'a EventMessage, Unfit> {
    match handoff.message {
        Message::Event(event) => Ok(event),
        _ => Err(Unfit::Form),
    }
}

/// The path of what is done to the alert of an incident.
fn of_alert(event: &EventMessage, what: &str) -> String {
    format!("alerts/{}/{what}?identifierType=alias", event.thread)
}

fn source(event: &EventMessage) -> String {
    card::cut(&event.page_name, SOURCE_MAX)
}

fn priority(tone: Tone) -> &'static str {
    match tone {
        Tone::Ongoing(Severity::Critical) => "P1",
        Tone::Ongoing(Severity::Major) => "P2",
        Tone::Ongoing(Severity::Minor) => "P3",
        Tone::Ongoing(Severity::Notice) => "P4",
        Tone::Planned | Tone::Over => "P5",
    }
}

/// What Opsgenie says.
#[derive(Default, Deserialize)]
#[serde(default)]
struct ResponseBody {
    #[serde(rename = "requestId")]
    request_id: Option<String>,
    message: String,
}

fn classify(response: &Response<'_>) -> Reply {
    let body: ResponseBody = serde_json::from_str(response.body).unwrap_or_default();
    let class = match response.status {
        202 if body.request_id.is_some() => ReplyClass::Accepted,
        200..=299 => ReplyClass::AccountRejected,
        status => http_status::class(status),
    };
    let reference = body.request_id.filter(|_| class == ReplyClass::Accepted);
    http_status::reply(class, response, &body.message, reference)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn planned_work_has_the_lowest_priority() {
        assert_eq!(Tone::ALL.map(priority), ["P4", "P3", "P2", "P1", "P5", "P5"]);
    }
}

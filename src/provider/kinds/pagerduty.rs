//! PagerDuty, by its Events API (version 2: `POST /v2/enqueue`, OpenAPI description of 2026-08).
//!
//! Promises: an incident is one alert, named by a key that follows from the incident: news change it, its end resolves it, and
//! the same event twice is one.

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
use crate::provider::kind::{Http, Idempotence, Kind, Proof, Protection, Protocol};
use crate::provider::settings::Settings;

/// The row.
pub(super) static KIND: Kind = Kind {
    word: "pagerduty",
    title: "a PagerDuty service, through the Events API v2",
    example: "pagerduty",
    channels: &[Channel::Tool],
    owner: Some("pagerduty"),
    domains: &["pagerduty.com"],
    proof: Proof { always: Evidence::Accepted, with: None },
    idempotence: Idempotence::Always,
    room: None,
    validity_unit: None,
    keys: KEYS,
    protection: Protection::Url("api_url"),
    protocol: Protocol::Http(Http {
        probe: |settings| Some(settings.text("api_url").to_owned()),
        ..Http::new(request, classify)
    }),
};

const KEYS: &[Key] = &[
    Key {
        name: "routing_key",
        shape: Shape::Secret,
        need: Need::Required,
        example: "{ env = \"PAGERDUTY_KEY\" }",
        help: "Integration key of the service, a secret.",
    },
    Key {
        name: "api_url",
        shape: Shape::Url,
        need: Need::Default("https://events.pagerduty.com"),
        example: "\"https://events.eu.pagerduty.com\"",
        help: "URL of the API; `https://events.eu.pagerduty.com` for an account in the EU region.",
    },
];

/// The longest summary, in characters.
const SUMMARY_MAX: usize = 1_024;

fn request(handoff: &Handoff<'_>, settings: &Settings) -> Result<Request, Unfit> {
    let Message::Event(event) = handoff.message else { return Err(Unfit::Form) };
    let key = settings.secret("routing_key").ok_or(Unfit::Form)?;
    let action = if event.tone == Tone::Over { "resolve" } else { "trigger" };
    let document = json!({
        "routing_key": key.expose().trim(),
        "event_action": action,
        "dedup_key": event.thread,
        "payload": payload(event),
        "links": [{ "href": event.url, "text": event.page_name }],
        "client": event.page_name,
        "client_url": event.page_url,
    });
    let url = format!("{}/v2/enqueue", settings.text("api_url").trim_end_matches('/'));
    Ok(Request::json(Method::Post, url, &document))
}

fn payload(event: &EventMessage) -> Value {
    let details = event.details.as_ref();
    let features: Vec<&str> =
        details.into_iter().flat_map(|details| &details.features).map(|one| one.name.as_str()).collect();
    json!({
        "summary": card::cut(&event.summary, SUMMARY_MAX),
        "source": event.page_url,
        "severity": severity(event.tone),
        "timestamp": event.at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
        "component": features.join(", "),
        "class": details.map_or("incident", |details| details.kind.as_str()),
        "custom_details": { "text": event.text },
    })
}

fn severity(tone: Tone) -> &'static str {
    match tone {
        Tone::Ongoing(Severity::Critical) => "critical",
        Tone::Ongoing(Severity::Major) => "error",
        Tone::Ongoing(Severity::Minor) => "warning",
        Tone::Ongoing(Severity::Notice) | Tone::Planned | Tone::Over => "info",
    }
}

/// What PagerDuty says.
#[derive(Default, Deserialize)]
#[serde(default)]
struct ResponseBody {
    status: String,
    message: String,
    errors: Vec<String>,
    dedup_key: Option<String>,
}

fn classify(response: &Response<'_>) -> Reply {
    let body: ResponseBody = serde_json::from_str(response.body).unwrap_or_default();
    let words = format!("{} {}", body.message, body.errors.join(", "));
    let class = match response.status {
        202 if body.status == "success" => ReplyClass::Accepted,
        200..=299 => ReplyClass::AccountRejected,
        400 if words.contains("routing_key") => ReplyClass::AccountRejected,
        status => http_status::class(status),
    };
    http_status::reply(class, response, &words, body.dedup_key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::sample;

    #[test]
    fn planned_work_calls_nobody_out_of_bed() {
        let event = EventMessage { tone: Tone::Planned, ..sample::event() };
        assert_eq!(payload(&event)["severity"], "info");
        assert_eq!(payload(&sample::event())["severity"], "error");
    }
}

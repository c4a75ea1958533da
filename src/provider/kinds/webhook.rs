//! A partner's program, by a signed request (Standard Webhooks, version 1).
//!
//! Promises: every request is signed, with both keys while one replaces the other; the id of a request is that of the step,
//! so a receiver can drop duplicates. A URL that leads into a private network is called only if the plan allows it.

use serde_json::{Map, Value, json};

use crate::model::Moment;
use crate::model::channel::Channel;
use crate::model::message::{EventDetails, EventMessage, Message};
use crate::model::reply::{Reply, ReplyClass};
use crate::model::report::Evidence;
use crate::provider::exchange::{Handoff, Method, Request, Response, Unfit};
use crate::provider::http_status;
use crate::provider::key::{Key, Need, Shape};
use crate::provider::kind::{Http, Idempotence, Kind, Proof, Protection, Protocol};
use crate::provider::settings::Settings;
use crate::provider::signature;

/// The row.
pub(super) static KIND: Kind = Kind {
    word: "webhook",
    title: "a program that receives signed requests (Standard Webhooks)",
    example: "partner",
    channels: &[Channel::Webhook],
    owner: None,
    domains: &[],
    proof: Proof { always: Evidence::Accepted, with: None },
    idempotence: Idempotence::Always,
    room: None,
    validity_unit: None,
    keys: KEYS,
    protection: Protection::Url("url"),
    protocol: Protocol::Http(Http {
        check,
        // Whatever is asked of it may be taken for a message.
        guard: Some(PRIVATE_NETWORKS),
        ..Http::new(request, classify)
    }),
};

const SECRET: &str = "secret";
const PREVIOUS_SECRET: &str = "previous_secret";
const PRIVATE_NETWORKS: &str = "private_networks";

const KEYS: &[Key] = &[
    Key {
        name: "url",
        shape: Shape::Url,
        need: Need::Required,
        example: "\"https://partner.example.com/hooks/status\"",
        help: "URL to which requests are sent.",
    },
    Key {
        name: SECRET,
        shape: Shape::Secret,
        need: Need::Required,
        example: "{ env = \"PARTNER_SECRET\" }",
        help: "Signing key, a secret: `whsec_` and 24 to 64 bytes in Base64 (HMAC-SHA256), or `whsk_` and an Ed25519 key of 32 \
               bytes in Base64, of which the receiver needs only the public half. Use a different key for each receiver.",
    },
    Key {
        name: PREVIOUS_SECRET,
        shape: Shape::Secret,
        need: Need::Optional,
        example: "{ env = \"PARTNER_PREVIOUS_SECRET\" }",
        help: "Previous signing key, a secret. Keep it until the receiver has the new one.",
    },
    Key {
        name: PRIVATE_NETWORKS,
        shape: Shape::Choice(&["refused", "allowed"]),
        need: Need::Default("refused"),
        example: "\"allowed\"",
        help: "Whether the URL may resolve to a private or local address: `refused` or `allowed`.",
    },
];

fn request(handoff: &Handoff<'_>, settings: &Settings) -> Result<Request, Unfit> {
    let Message::Event(event) = handoff.message else { return Err(Unfit::Form) };
    let keys = keys(settings)?;
    let mut request = Request::json(Method::Post, settings.text("url").to_owned(), &document(event));
    let (id, at) = (handoff.step.as_str(), handoff.now.timestamp());
    let signatures: Vec<String> = keys.iter().map(|key| key.sign(id, at, &request.body)).collect();
    request.headers.push(("webhook-id", id.to_owned()));
    request.headers.push(("webhook-timestamp", at.to_string()));
    request.headers.push(("webhook-signature", signatures.join(" ")));
    Ok(request)
}

fn check(settings: &Settings) -> Result<(), Unfit> {
    keys(settings).map(drop)
}

/// The keys that sign, the newer first.
fn keys(settings: &Settings) -> Result<Vec<signature::Key>, Unfit> {
    let read = |key: &'static str| {
        let secret = settings.secret(key)?;
        let expected = signature::EXPECTED;
        Some(signature::Key::read(secret).ok_or(Unfit::Secret { key, expected }))
    };
    let keys: Vec<_> = [SECRET, PREVIOUS_SECRET].into_iter().filter_map(read).collect::<Result<_, _>>()?;
    if keys.is_empty() { Err(Unfit::Form) } else { Ok(keys) }
}

/// The body: `type`, `timestamp` and `data`, as the specification has them.
fn document(event: &EventMessage) -> Value {
    let first = event.what.first().map_or("changed", String::as_str);
    // What is not about an incident has its whole type.
    let kind = if first.contains('.') { first.to_owned() } else { format!("incident.{first}") };
    json!({
        "type": kind,
        "timestamp": written(event.at),
        "data": {
            "change": event.change,
            "revision": event.revision,
            "what": event.what,
            "state": event.tone.word(),
            "thread": event.thread,
            "summary": event.summary,
            "text": event.text,
            "language": event.language.as_str(),
            "url": event.url,
            "page": { "name": event.page_name, "url": event.page_url },
            "incident": event.details.as_ref().map(details),
        },
    })
}

/// The facts; what is not known is left out.
fn details(details: &EventDetails) -> Value {
    let mut facts = Map::new();
    let mut put = |name: &str, value: Option<Value>| {
        facts.extend(value.map(|value| (name.to_owned(), value)));
    };
    put("id", Some(json!(details.incident)));
    put("title", Some(json!(details.title)));
    put("kind", Some(json!(details.kind)));
    put("phase", Some(json!(details.phase)));
    put("started_at", Some(json!(details.started_at)));
    put("ends_at", details.ends_at.as_ref().map(|at| json!(at)));
    put("ended_at", details.ended_at.as_ref().map(|at| json!(at)));
    put("eta", details.eta.map(|at| json!(written(at))));
    put("next_update", details.next_update.map(|at| json!(written(at))));
    let feature = |feature: &crate::model::message::EventFeature| json!({ "id": feature.id, "name": feature.name, "status": feature.status });
    put("features", Some(details.features.iter().map(feature).collect()));
    put("impact", details.impact.as_ref().map(|text| json!(text)));
    put("workaround", details.workaround.as_ref().map(|text| json!(text)));
    put("update", details.update.as_ref().map(|text| json!(text)));
    Value::Object(facts)
}

fn written(at: Moment) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}

fn classify(response: &Response<'_>) -> Reply {
    let class = match response.status {
        // The receiver asks for no more.
        410 => ReplyClass::AddressRejected,
        status => http_status::class(status),
    };
    http_status::reply(class, response, response.body, None)
}

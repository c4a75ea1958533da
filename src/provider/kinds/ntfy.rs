//! A topic of ntfy, by HTTP (documentation of version 2.16: publishing as JSON).
//!
//! Promises: an incident is one notification, replaced by its news, on servers from version 2.16 on; older servers show a
//! notification for each. The topic of a public server is its only secret: choose one that is hard to guess, or use a
//! token.

use serde::Deserialize;
use serde_json::json;

use crate::model::address::Address;
use crate::model::channel::Channel;
use crate::model::message::{Message, Tone};
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
    word: "ntfy",
    title: "an ntfy server, through its HTTP API",
    example: "ntfy",
    channels: &[Channel::Chat],
    owner: None,
    domains: &[],
    proof: Proof { always: Evidence::Accepted, with: None },
    idempotence: Idempotence::None,
    room: Some(Key {
        name: "address",
        shape: Shape::Word,
        need: Need::Required,
        example: "\"shop-status\"",
        help: "For ntfy: the topic.",
    }),
    validity_unit: None,
    keys: KEYS,
    protection: Protection::Url("url"),
    protocol: Protocol::Http(Http {
        probe: |settings| Some(format!("{}/v1/health", settings.text("url").trim_end_matches('/'))),
        ..Http::new(request, classify)
    }),
};

const KEYS: &[Key] = &[
    Key {
        name: "url",
        shape: Shape::Url,
        need: Need::Default("https://ntfy.sh"),
        example: "\"https://ntfy.example.com\"",
        help: "URL of the server.",
    },
    Key {
        name: "token",
        shape: Shape::Secret,
        need: Need::Optional,
        example: "{ env = \"NTFY_TOKEN\" }",
        help: "Access token with write permission for the topic, a secret.",
    },
];

/// What a server takes at most as a message, in bytes; more becomes a file.
const MESSAGE_BYTES_MAX: usize = 4_000;
const TITLE_MAX: usize = 200;

fn request(handoff: &Handoff<'_>, settings: &Settings) -> Result<Request, Unfit> {
    let Message::Card(message) = handoff.message else { return Err(Unfit::Form) };
    let Address::Place(place) = handoff.to.address() else { return Err(Unfit::Form) };
    let topic = place.room().ok_or(Unfit::Form)?;
    // The title stands apart.
    let text = message.text.split_once('\n').map_or(message.text.as_str(), |(_, rest)| rest);
    let document = json!({
        "topic": topic,
        "title": card::cut(&message.title, TITLE_MAX),
        "message": text.get(..text.floor_char_boundary(MESSAGE_BYTES_MAX)),
        "priority": priority(message.tone),
        "tags": [tag(message.tone)],
        "click": message.url,
        "sequence_id": message.thread,
    });
    let request = Request::json(Method::Post, settings.text("url").to_owned(), &document);
    Ok(match settings.secret("token") {
        Some(token) => request.bearer(token),
        None => request,
    })
}

/// From 1, silent, to 5, which breaks through "do not disturb".
fn priority(tone: Tone) -> u8 {
    match tone {
        Tone::Ongoing(Severity::Critical) => 5,
        Tone::Ongoing(Severity::Major) => 4,
        Tone::Ongoing(Severity::Minor) | Tone::Over => 3,
        Tone::Ongoing(Severity::Notice) | Tone::Planned => 2,
    }
}

/// The short code of the sign before the title.
fn tag(tone: Tone) -> &'static str {
    match tone {
        Tone::Ongoing(Severity::Critical) => "rotating_light",
        Tone::Ongoing(Severity::Major | Severity::Minor) => "warning",
        Tone::Ongoing(Severity::Notice) => "information_source",
        Tone::Planned => "wrench",
        Tone::Over => "white_check_mark",
    }
}

/// What a server says.
#[derive(Default, Deserialize)]
#[serde(default)]
struct ResponseBody {
    id: Option<String>,
    error: String,
}

fn classify(response: &Response<'_>) -> Reply {
    let body: ResponseBody = serde_json::from_str(response.body).unwrap_or_default();
    let class = match response.status {
        200 if body.id.is_some() => ReplyClass::Accepted,
        200..=299 => ReplyClass::AccountRejected,
        // Full, for now.
        507 => ReplyClass::Retryable,
        status => http_status::class(status),
    };
    http_status::reply(class, response, &body.error, body.id)
}

//! Gotify, by its HTTP API (version 2.6: `POST /message`).
//!
//! Promises: each news is a notification with a link, because a server can neither edit nor replace one. Its priority
//! follows from the severity. No text is Markdown.

use serde::Deserialize;
use serde_json::json;

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
    word: "gotify",
    title: "a Gotify server, through its HTTP API",
    example: "gotify",
    channels: &[Channel::Chat],
    owner: None,
    domains: &[],
    proof: Proof { always: Evidence::Accepted, with: None },
    idempotence: Idempotence::None,
    room: None,
    validity_unit: None,
    keys: KEYS,
    protection: Protection::Url("url"),
    protocol: Protocol::Http(Http {
        probe: |settings| Some(format!("{}/health", settings.text("url"))),
        ..Http::new(request, classify)
    }),
};

const KEYS: &[Key] = &[
    Key {
        name: "url",
        shape: Shape::Base,
        need: Need::Required,
        example: "\"https://gotify.example.com\"",
        help: "URL of the server.",
    },
    Key {
        name: "token",
        shape: Shape::Secret,
        need: Need::Required,
        example: "{ env = \"GOTIFY_TOKEN\" }",
        help: "Token of the application that posts, a secret.",
    },
];

/// The longest title and the longest text that a phone shows well, in characters.
const TITLE_MAX: usize = 200;
const TEXT_MAX: usize = 4_000;

fn request(handoff: &Handoff<'_>, settings: &Settings) -> Result<Request, Unfit> {
    let Message::Card(message) = handoff.message else { return Err(Unfit::Form) };
    let token = settings.secret("token").ok_or(Unfit::Form)?;
    // The title stands apart.
    let text = message.text.split_once('\n').map_or(message.text.as_str(), |(_, rest)| rest);
    let document = json!({
        "title": card::cut(&card::title(message), TITLE_MAX),
        "message": card::cut(text, TEXT_MAX),
        "priority": priority(message.tone),
        "extras": {
            "client::display": { "contentType": "text/plain" },
            "client::notification": { "click": { "url": message.url } },
        },
    });
    let mut request = Request::json(Method::Post, format!("{}/message", settings.text("url")), &document);
    request.headers.push(("x-gotify-key", token.expose().trim().to_owned()));
    Ok(request)
}

/// From 0, only listed, over 4, with a sound, to 8, which also vibrates.
fn priority(tone: Tone) -> u8 {
    match tone {
        Tone::Ongoing(Severity::Critical) => 8,
        Tone::Ongoing(Severity::Major) => 6,
        Tone::Ongoing(Severity::Minor) | Tone::Over => 4,
        Tone::Ongoing(Severity::Notice) | Tone::Planned => 2,
    }
}

/// What a server says.
#[derive(Default, Deserialize)]
#[serde(default)]
struct ResponseBody {
    id: Option<u64>,
    error: String,
    #[serde(rename = "errorDescription")]
    description: String,
}

fn classify(response: &Response<'_>) -> Reply {
    let body: ResponseBody = serde_json::from_str(response.body).unwrap_or_default();
    let class = match response.status {
        200 if body.id.is_some() => ReplyClass::Accepted,
        200..=299 => ReplyClass::AccountRejected,
        status => http_status::class(status),
    };
    let reference = body.id.filter(|_| class == ReplyClass::Accepted).map(|id| id.to_string());
    let words = if body.description.is_empty() { &body.error } else { &body.description };
    http_status::reply(class, response, words, reference)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worse_it_is_the_louder_and_only_what_is_bad_makes_a_sound() {
        assert_eq!(Tone::ALL.map(priority), [2, 4, 6, 8, 2, 4]);
    }
}

//! Matrix, by the client-server API of a homeserver (version 1.11: `PUT /rooms/{id}/send/m.room.message/{txn}`).
//!
//! Promises: an incident is one message in the room, kept up to date, and its news are a thread below it. The step names the
//! transaction, so the same message twice is one. Every text is escaped, and no one is mentioned.

use std::time::Duration;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::model::address::Address;
use crate::model::channel::Channel;
use crate::model::message::{CardMessage, Message};
use crate::model::reply::{Reply, ReplyClass};
use crate::model::report::Evidence;
use crate::provider::article::{self, Markup};
use crate::provider::card;
use crate::provider::exchange::{Handoff, Method, Request, Response, Unfit};
use crate::provider::http_status;
use crate::provider::key::{Key, Need, Shape};
use crate::provider::kind::{Edit, Http, Idempotence, Kind, Proof, Protection, Protocol, Thread};
use crate::provider::settings::Settings;

/// The row.
pub(super) static KIND: Kind = Kind {
    word: "matrix",
    title: "a Matrix room, through a homeserver",
    example: "matrix",
    channels: &[Channel::Chat],
    owner: None,
    domains: &[],
    proof: Proof { always: Evidence::Accepted, with: None },
    idempotence: Idempotence::Always,
    room: Some(Key {
        name: "address",
        shape: Shape::Room,
        need: Need::Required,
        example: "\"!qporfwt:example.com\"",
        help: "For Matrix: the internal ID of the room, which begins with `!`; an alias is not enough. The account must be a \
               member, and the room must not be encrypted.",
    }),
    validity_unit: None,
    keys: KEYS,
    protection: Protection::Url("url"),
    protocol: Protocol::Http(Http {
        probe: |settings| Some(format!("{}/_matrix/client/versions", settings.text("url"))),
        thread: Some(Thread { edit: Some(Edit { request: edit, is_gone: |_| false }), posts: true }),
        ..Http::new(request, classify)
    }),
};

const KEYS: &[Key] = &[
    Key {
        name: "url",
        shape: Shape::Base,
        need: Need::Required,
        example: "\"https://matrix.example.com\"",
        help: "URL of the homeserver.",
    },
    Key {
        name: "token",
        shape: Shape::Secret,
        need: Need::Required,
        example: "{ env = \"MATRIX_TOKEN\" }",
        help: "Access token of the account that posts, a secret.",
    },
];

/// The longest text, in UTF-16 units; an event has at most 65,536 bytes, and an edit holds the text twice.
const TEXT_MAX: usize = 6_000;

const MARKUP: Markup = Markup {
    escaped: article::html,
    bold: |text| format!("<strong>{text}</strong>"),
    link: |url, text| format!("<a href=\"{}\">{text}</a>", article::html(url)),
    breaks: ("<br>", "<br><br>"),
};

fn request(handoff: &Handoff<'_>, settings: &Settings) -> Result<Request, Unfit> {
    let mut content = content(card_of(handoff)?, handoff.thread.is_none());
    if let Some(root) = handoff.thread {
        // Programs without threads show it as a reply.
        content["m.relates_to"] = json!({
            "rel_type": "m.thread",
            "event_id": root,
            "is_falling_back": true,
            "m.in_reply_to": { "event_id": root },
        });
    }
    send(handoff, "", &content, settings)
}

/// Brings the first message up to date.
fn edit(handoff: &Handoff<'_>, settings: &Settings) -> Result<Request, Unfit> {
    let root = handoff.thread.ok_or(Unfit::Form)?;
    let new = content(card_of(handoff)?, true);
    let mut content = new.clone();
    content["m.new_content"] = new;
    content["m.relates_to"] = json!({ "rel_type": "m.replace", "event_id": root });
    send(handoff, "-edit", &content, settings)
}

fn send(handoff: &Handoff<'_>, part: &str, content: &Value, settings: &Settings) -> Result<Request, Unfit> {
    let Address::Place(place) = handoff.to.address() else { return Err(Unfit::Form) };
    let room = utf8_percent_encode(place.room().ok_or(Unfit::Form)?, NON_ALPHANUMERIC);
    let token = settings.secret("token").ok_or(Unfit::Form)?;
    let (base, step) = (settings.text("url"), handoff.step.as_str());
    let url = format!("{base}/_matrix/client/v3/rooms/{room}/send/m.room.message/{step}{part}");
    Ok(Request::json(Method::Put, url, content).bearer(token))
}

fn card_of<'a>(handoff: &Handoff<'a>) -> Result<&'a CardMessage, Unfit> {
    match handoff.message {
        Message::Card(message) => Ok(message),
        _ => Err(Unfit::Form),
    }
}

/// The text twice, plain and as HTML. A notice would ring no phone, so it is a text.
fn content(message: &CardMessage, is_whole: bool) -> Value {
    json!({
        "msgtype": "m.text",
        "body": card::cut(&message.text, TEXT_MAX),
        "format": "org.matrix.custom.html",
        "formatted_body": article::write(message, is_whole, &MARKUP, TEXT_MAX),
        "m.mentions": {},
    })
}

/// What a homeserver says.
#[derive(Default, Deserialize)]
#[serde(default)]
struct ResponseBody {
    event_id: Option<String>,
    errcode: String,
    error: String,
    retry_after_ms: Option<u64>,
}

fn classify(response: &Response<'_>) -> Reply {
    let body: ResponseBody = serde_json::from_str(response.body).unwrap_or_default();
    let class = match (response.status, body.errcode.as_str()) {
        (200, _) if body.event_id.is_some() => ReplyClass::Accepted,
        (200..=299, _) => ReplyClass::AccountRejected,
        (_, "M_LIMIT_EXCEEDED") => ReplyClass::Retryable,
        (_, "M_UNKNOWN_TOKEN" | "M_MISSING_TOKEN" | "M_USER_DEACTIVATED" | "M_USER_SUSPENDED") => {
            ReplyClass::AccountRejected
        }
        // Of one room: others can be written to.
        (403, "M_FORBIDDEN") | (404, "M_NOT_FOUND") => ReplyClass::ContentRejected,
        (status, _) => http_status::class(status),
    };
    let reference = body.event_id.filter(|_| class == ReplyClass::Accepted);
    let mut reply = http_status::reply(class, response, &body.error, reference);
    if !body.errcode.is_empty() {
        reply.code = format!("{} {}", reply.code, http_status::shortened(&body.errcode));
    }
    reply.retry_after = reply.retry_after.max(body.retry_after_ms.map(Duration::from_millis));
    reply
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::sample;

    #[test]
    fn both_texts_say_it_and_neither_mentions_anyone() {
        let message = CardMessage { headline: "@room <b>x</b>".to_owned(), ..sample::card() };
        let content = content(&message, true);
        assert_eq!(
            content["m.mentions"],
            json!({}),
            "without it a server would look for mentions in the text"
        );
        let html = content["formatted_body"].as_str().unwrap();
        assert!(html.contains("@room &lt;b&gt;x&lt;/b&gt;<br>Refunds are affected too"), "{html}");
        assert!(content["body"].as_str().unwrap().starts_with("Card payments are failing\n"));
    }

    #[test]
    fn a_wait_in_the_body_counts() {
        let body = r#"{"errcode":"M_LIMIT_EXCEEDED","error":"Too Many Requests","retry_after_ms":1500}"#;
        let reply = classify(&Response { status: 429, retry_after: None, headers: &[], body });
        let wait = Some(Duration::from_millis(1_500));
        assert_eq!((reply.class, reply.retry_after), (ReplyClass::Retryable, wait));
        assert_eq!(reply.code, "HTTP 429 M_LIMIT_EXCEEDED");
    }
}

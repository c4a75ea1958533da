//! Zulip, by its REST API (feature level of server 11: `POST /api/v1/messages`, `PATCH /api/v1/messages/{id}`).
//!
//! Promises: an incident is one topic of the channel, named by its title; its first message is kept up to date, its news
//! follow in the topic, and its end marks the topic as resolved. No text mentions anyone.

use serde::Deserialize;

use crate::model::address::Address;
use crate::model::channel::Channel;
use crate::model::message::{CardMessage, Message, Tone};
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
    word: "zulip",
    title: "a Zulip channel, through a bot",
    example: "zulip",
    channels: &[Channel::Chat],
    owner: None,
    domains: &["zulipchat.com"],
    proof: Proof { always: Evidence::Accepted, with: None },
    idempotence: Idempotence::None,
    room: Some(Key {
        name: "address",
        shape: Shape::Room,
        need: Need::Required,
        example: "\"status\"",
        help: "For Zulip: the name of the channel; its numeric ID if the name has spaces. The bot must be subscribed to it.",
    }),
    validity_unit: None,
    keys: KEYS,
    protection: Protection::Url("url"),
    protocol: Protocol::Http(Http {
        probe: |settings| Some(format!("{}/api/v1/server_settings", settings.text("url"))),
        thread: Some(Thread { edit: Some(Edit { request: edit, is_gone }), posts: true }),
        ..Http::new(request, classify)
    }),
};

const KEYS: &[Key] = &[
    Key {
        name: "url",
        shape: Shape::Base,
        need: Need::Required,
        example: "\"https://chat.example.com\"",
        help: "URL of the server.",
    },
    Key {
        name: "user",
        shape: Shape::Text,
        need: Need::Required,
        example: "\"status-bot@chat.example.com\"",
        help: "Email address of the bot.",
    },
    Key {
        name: "api_key",
        shape: Shape::Secret,
        need: Need::Required,
        example: "{ env = \"ZULIP_KEY\" }",
        help: "API key of the bot, a secret.",
    },
];

/// The longest topic, its mark included, and the longest message.
const TOPIC_MAX: usize = 60;
const TEXT_MAX: usize = 9_000;
/// What Zulip writes before the name of a resolved topic.
const RESOLVED: &str = "✔ ";

const MARKUP: Markup = Markup {
    escaped: article::parted,
    bold: |text| format!("**{text}**"),
    link: |url, text| format!("[{text}]({url})"),
    breaks: ("\n", "\n\n"),
};

fn request(handoff: &Handoff<'_>, settings: &Settings) -> Result<Request, Unfit> {
    let (message, Address::Place(place)) = (card_of(handoff)?, handoff.to.address()) else {
        return Err(Unfit::Form);
    };
    let is_resolved = handoff.thread.is_some() && message.tone == Tone::Over;
    let topic = topic(message, is_resolved);
    let content = article::write(message, handoff.thread.is_none(), &MARKUP, TEXT_MAX);
    let room = place.room().ok_or(Unfit::Form)?;
    let fields = [("type", "stream"), ("to", room), ("topic", &topic), ("content", &content)];
    call("messages", settings, |url| Request::post_form(url, &fields))
}

/// Brings the first message up to date. At the end the topic is marked with it; before, a topic that stays as it is must
/// not be named.
fn edit(handoff: &Handoff<'_>, settings: &Settings) -> Result<Request, Unfit> {
    let message = card_of(handoff)?;
    let root = handoff.thread.ok_or(Unfit::Form)?;
    let (content, topic) = (article::write(message, true, &MARKUP, TEXT_MAX), topic(message, true));
    let mut fields = vec![("content", content.as_str())];
    if message.tone == Tone::Over {
        fields.extend([("topic", topic.as_str()), ("propagate_mode", "change_all")]);
    }
    call(&format!("messages/{root}"), settings, |url| Request {
        method: Method::Patch,
        ..Request::post_form(url, &fields)
    })
}

fn call(path: &str, settings: &Settings, write: impl FnOnce(String) -> Request) -> Result<Request, Unfit> {
    let key = settings.secret("api_key").ok_or(Unfit::Form)?.expose().trim();
    Ok(write(format!("{}/api/v1/{path}", settings.text("url"))).basic(settings.text("user"), key))
}

fn card_of<'a>(handoff: &Handoff<'a>) -> Result<&'a CardMessage, Unfit> {
    match handoff.message {
        Message::Card(message) => Ok(message),
        _ => Err(Unfit::Form),
    }
}

/// The topic of an incident.
fn topic(message: &CardMessage, is_resolved: bool) -> String {
    let name = card::cut(&message.name, TOPIC_MAX - RESOLVED.chars().count());
    if is_resolved { format!("{RESOLVED}{name}") } else { name }
}

/// What Zulip says.
#[derive(Default, Deserialize)]
#[serde(default)]
struct ResponseBody {
    result: String,
    msg: String,
    code: String,
    id: Option<u64>,
}

fn classify(response: &Response<'_>) -> Reply {
    let body: ResponseBody = serde_json::from_str(response.body).unwrap_or_default();
    let is_error = body.result == "error";
    let class = match (response.status, body.code.as_str()) {
        (200, _) if body.result == "success" => ReplyClass::Accepted,
        (200..=299, _) => ReplyClass::AccountRejected,
        (_, "RATE_LIMIT_HIT") => ReplyClass::Retryable,
        (400, "INVALID_API_KEY" | "USER_DEACTIVATED" | "REALM_DEACTIVATED") => ReplyClass::AccountRejected,
        // Of one channel or one message: others can be written to.
        (403 | 404, _) if is_error && body.code != "REALM_DEACTIVATED" => ReplyClass::ContentRejected,
        (status, _) => http_status::class(status),
    };
    let reference = body.id.filter(|_| class == ReplyClass::Accepted).map(|id| id.to_string());
    let words = if is_error { body.msg.as_str() } else { "" };
    http_status::reply(class, response, words, reference)
}

fn is_gone(response: &Response<'_>) -> bool {
    let body: ResponseBody = serde_json::from_str(response.body).unwrap_or_default();
    response.status == 400 && body.msg == "Invalid message(s)"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::sample;

    #[test]
    fn a_topic_is_never_longer_than_zulip_takes_and_keeps_its_name_at_the_end() {
        for title in ["Card payments are failing".to_owned(), "x".repeat(200), "é".repeat(59)] {
            let message = CardMessage { name: title, ..sample::card() };
            let (ongoing, over) = (topic(&message, false), topic(&message, true));
            assert_eq!(over, format!("✔ {ongoing}"));
            assert!(over.chars().count() <= 60, "{over}");
        }
    }

    #[test]
    fn only_a_lost_message_begins_anew() {
        for (status, msg, gone) in [
            (400, "Invalid message(s)", true),
            (400, "The time limit for editing this message has passed", false),
            (403, "Invalid message(s)", false),
        ] {
            let body =
                serde_json::json!({ "result": "error", "msg": msg, "code": "BAD_REQUEST" }).to_string();
            assert_eq!(
                is_gone(&Response { status, retry_after: None, headers: &[], body: &body }),
                gone,
                "{status} {msg}"
            );
        }
    }
}

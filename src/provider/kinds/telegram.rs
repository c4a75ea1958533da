//! Telegram, by its Bot API (version 10.1: `sendMessage`, `editMessageText`).
//!
//! Promises: an incident is one message in the chat, kept up to date, and its news are replies to it. Text is escaped; a name
//! after `@` is parted, so none mentions anyone.

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::model::address::Address;
use crate::model::channel::Channel;
use crate::model::message::Message;
use crate::model::reply::{Reply, ReplyClass};
use crate::model::report::Evidence;
use crate::provider::article::{self, Markup};
use crate::provider::exchange::{Handoff, Method, Request, Response, Unfit};
use crate::provider::http_status;
use crate::provider::key::{Key, Need, Shape};
use crate::provider::kind::{Edit, Http, Idempotence, Kind, Proof, Protection, Protocol, Thread};
use crate::provider::settings::Settings;

/// The row.
pub(super) static KIND: Kind = Kind {
    word: "telegram",
    title: "a Telegram group or channel, through a bot",
    example: "telegram",
    channels: &[Channel::Chat],
    owner: Some("telegram"),
    domains: &["telegram.org"],
    proof: Proof { always: Evidence::Accepted, with: None },
    idempotence: Idempotence::None,
    room: Some(Key {
        name: "address",
        shape: Shape::Word,
        need: Need::Required,
        example: "\"-1001234567890\"",
        help: "For Telegram: the ID of the group or channel, or the public name of a channel without `@`. The bot must be a \
               member; in a channel, an administrator who may post.",
    }),
    validity_unit: None,
    keys: KEYS,
    protection: Protection::Url("api_url"),
    protocol: Protocol::Http(Http {
        check: |settings| token(settings).map(drop),
        probe: |settings| method("getMe", settings).ok(),
        thread: Some(Thread { edit: Some(Edit { request: edit, is_gone }), posts: true }),
        ..Http::new(request, classify)
    }),
};

const TOKEN: &str = "token";

const KEYS: &[Key] = &[
    Key {
        name: TOKEN,
        shape: Shape::Secret,
        need: Need::Required,
        example: "{ env = \"TELEGRAM_TOKEN\" }",
        help: "Token of the bot, a secret: `123456789:LETTERS`.",
    },
    Key {
        name: "api_url",
        shape: Shape::Base,
        need: Need::Default("https://api.telegram.org"),
        example: "\"https://api.telegram.org\"",
        help: "URL of the Bot API, or of a server of your own.",
    },
];

/// The longest text, in UTF-16 units.
const TEXT_MAX: usize = 4_096;

const MARKUP: Markup = Markup {
    escaped: |text| article::html(text).replace('@', "@\u{200b}"),
    bold: |text| format!("<b>{text}</b>"),
    link: |url, text| format!("<a href=\"{}\">{text}</a>", article::html(url)),
    breaks: ("\n", "\n\n"),
};

fn request(handoff: &Handoff<'_>, settings: &Settings) -> Result<Request, Unfit> {
    let mut document = document(handoff, handoff.thread.is_none())?;
    if let Some(root) = handoff.thread {
        let root: i64 = root.parse().map_err(|_| Unfit::Form)?;
        document["reply_parameters"] = json!({ "message_id": root, "allow_sending_without_reply": true });
    }
    Ok(Request::json(Method::Post, method("sendMessage", settings)?, &document))
}

/// Brings the first message up to date.
fn edit(handoff: &Handoff<'_>, settings: &Settings) -> Result<Request, Unfit> {
    let root = handoff.thread.and_then(|root| root.parse::<i64>().ok()).ok_or(Unfit::Form)?;
    let mut document = document(handoff, true)?;
    document["message_id"] = json!(root);
    Ok(Request::json(Method::Post, method("editMessageText", settings)?, &document))
}

fn document(handoff: &Handoff<'_>, is_whole: bool) -> Result<Value, Unfit> {
    let Message::Card(message) = handoff.message else { return Err(Unfit::Form) };
    let Address::Place(place) = handoff.to.address() else { return Err(Unfit::Form) };
    let room = place.room().ok_or(Unfit::Form)?;
    // A name is public, an id is a number.
    let chat = if room.parse::<i64>().is_ok() { room.to_owned() } else { format!("@{room}") };
    Ok(json!({
        "chat_id": chat,
        "text": article::write(message, is_whole, &MARKUP, TEXT_MAX),
        "parse_mode": "HTML",
        "link_preview_options": { "is_disabled": true },
    }))
}

/// The URL of a method, which holds the token.
fn method(name: &str, settings: &Settings) -> Result<String, Unfit> {
    Ok(format!("{}/bot{}/{name}", settings.text("api_url"), token(settings)?))
}

/// The token, if it can be a part of a URL.
fn token(settings: &Settings) -> Result<&str, Unfit> {
    let token = settings.secret(TOKEN).ok_or(Unfit::Form)?.expose().trim();
    let is_plain = |text: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
    let is_token =
        token.split_once(':').is_some_and(|(id, rest)| !id.is_empty() && is_plain(id) && is_plain(rest));
    let expected = "the token of a bot, such as 123456789:LETTERS";
    if is_token { Ok(token) } else { Err(Unfit::Secret { key: TOKEN, expected }) }
}

/// What the Bot API says.
#[derive(Default, Deserialize)]
#[serde(default)]
struct ResponseBody {
    ok: bool,
    description: String,
    result: Posted,
    parameters: Parameters,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Posted {
    message_id: i64,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Parameters {
    retry_after: Option<u64>,
    migrate_to_chat_id: Option<i64>,
}

fn classify(response: &Response<'_>) -> Reply {
    let body: ResponseBody = serde_json::from_str(response.body).unwrap_or_default();
    let class = match response.status {
        200 if body.ok => ReplyClass::Accepted,
        200..=299 => ReplyClass::AccountRejected,
        // The same edit again.
        400 if body.description.contains("message is not modified") => ReplyClass::Accepted,
        // The group is another chat now, with an ID of its own.
        400 if body.parameters.migrate_to_chat_id.is_some() => ReplyClass::AddressRejected,
        // The bot was removed or blocked.
        403 if body.description.starts_with("Forbidden") => ReplyClass::AddressRejected,
        status => http_status::class(status),
    };
    let id = body.result.message_id;
    let reference = (class == ReplyClass::Accepted && id > 0).then(|| id.to_string());
    let mut reply = http_status::reply(class, response, &body.description, reference);
    reply.retry_after = reply.retry_after.max(body.parameters.retry_after.map(Duration::from_secs));
    reply
}

fn is_gone(response: &Response<'_>) -> bool {
    let body: ResponseBody = serde_json::from_str(response.body).unwrap_or_default();
    response.status == 400 && body.description.contains("message to edit not found")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::settings::Hidden;

    #[test]
    fn a_wait_in_the_body_counts() {
        let body = r#"{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 35","parameters":{"retry_after":35}}"#;
        let reply = classify(&Response { status: 429, retry_after: None, headers: &[], body });
        assert_eq!((reply.class, reply.retry_after), (ReplyClass::Retryable, Some(Duration::from_secs(35))));
    }

    #[test]
    fn only_a_token_becomes_a_part_of_the_url() {
        for (secret, is_taken) in [
            ("123456789:AAH-x_y\n", true),
            ("123456789:a/../b", false),
            ("123456789", false),
            (":a", false),
            ("a:b?c", false),
            ("", false),
        ] {
            let settings = Settings::default().with(TOKEN, Hidden::new(secret));
            assert_eq!(token(&settings).is_ok(), is_taken, "{secret}");
        }
    }

    #[test]
    fn only_an_edit_of_a_lost_message_begins_anew() {
        let is_gone_at = |status, description: &str| {
            let body = json!({ "ok": false, "description": description }).to_string();
            is_gone(&Response { status, retry_after: None, headers: &[], body: &body })
        };
        assert!(is_gone_at(400, "Bad Request: message to edit not found"));
        assert!(!is_gone_at(400, "Bad Request: message can't be edited"));
        assert!(!is_gone_at(404, "Not Found: message to edit not found"));
    }
}

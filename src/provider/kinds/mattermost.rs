//! Mattermost, by its API (version 4: `POST /api/v4/posts`, `PUT /api/v4/posts/{id}/patch`).
//!
//! Promises: an incident is one message in the channel, kept up to date, and its news are replies to it. None of our text
//! becomes a mention.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::model::address::Address;
use crate::model::channel::Channel;
use crate::model::message::{CardMessage, Message};
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
    word: "mattermost",
    title: "a Mattermost server, through its HTTP API",
    example: "mattermost",
    channels: &[Channel::Chat],
    owner: None,
    domains: &[],
    proof: Proof { always: Evidence::Accepted, with: None },
    idempotence: Idempotence::None,
    room: Some(Key {
        name: "address",
        shape: Shape::Word,
        need: Need::Required,
        example: "\"4xp9fdt77pncbef59f4k1qe83o\"",
        help: "For Mattermost: the ID of the channel. The bot must be a member of it.",
    }),
    validity_unit: None,
    keys: KEYS,
    protection: Protection::Url("url"),
    protocol: Protocol::Http(Http {
        probe: |settings| Some(format!("{}/api/v4/system/ping", settings.text("url").trim_end_matches('/'))),
        thread: Some(Thread { edit: Some(Edit { request: edit, is_gone }), posts: true }),
        ..Http::new(request, classify)
    }),
};

const KEYS: &[Key] = &[
    Key {
        name: "url",
        shape: Shape::Url,
        need: Need::Required,
        example: "\"https://chat.example.com\"",
        help: "URL of the server.",
    },
    Key {
        name: "token",
        shape: Shape::Secret,
        need: Need::Required,
        example: "{ env = \"MATTERMOST_TOKEN\" }",
        help: "Access token of a bot, a secret.",
    },
];

/// What is shown of a text, in characters.
const TEXT_MAX: usize = 4_000;

fn request(handoff: &Handoff<'_>, settings: &Settings) -> Result<Request, Unfit> {
    let Address::Place(place) = handoff.to.address() else { return Err(Unfit::Form) };
    let mut document = post(handoff, handoff.thread.is_none())?;
    document["channel_id"] = json!(place.room().ok_or(Unfit::Form)?);
    if let Some(root) = handoff.thread {
        document["root_id"] = json!(root);
    }
    call(Method::Post, "posts", &document, settings)
}

/// Brings the first message up to date.
fn edit(handoff: &Handoff<'_>, settings: &Settings) -> Result<Request, Unfit> {
    let root = handoff.thread.ok_or(Unfit::Form)?;
    call(Method::Put, &format!("posts/{root}/patch"), &post(handoff, true)?, settings)
}

fn call(method: Method, path: &str, document: &Value, settings: &Settings) -> Result<Request, Unfit> {
    let token = settings.secret("token").ok_or(Unfit::Form)?;
    let url = format!("{}/api/v4/{path}", settings.text("url").trim_end_matches('/'));
    Ok(Request::json(method, url, document).bearer(token))
}

/// A post; of less than the whole without the facts, which the first post has.
fn post(handoff: &Handoff<'_>, is_whole: bool) -> Result<Value, Unfit> {
    let Message::Card(message) = handoff.message else { return Err(Unfit::Form) };
    Ok(json!({ "message": "", "props": { "attachments": [attachment(message, is_whole)] } }))
}

fn attachment(message: &CardMessage, is_whole: bool) -> Value {
    let said =
        message.said.iter().map(|said| format!("**{}**\n{}", escaped(&said.label), escaped(&said.text)));
    let text: Vec<String> = std::iter::once(escaped(&card::news(message))).chain(said).collect();
    let fact = |fact: &crate::model::message::CardFact| json!({ "short": false, "title": escaped(&fact.label), "value": card::cut(&escaped(&fact.text), TEXT_MAX) });
    json!({
        "fallback": card::cut(&message.text, TEXT_MAX),
        "color": format!("#{:06x}", card::color(message.tone)),
        "title": escaped(&card::title(message)),
        "title_link": message.url,
        "text": card::cut(&text.join("\n\n"), TEXT_MAX),
        "fields": message.facts.iter().filter(|_| is_whole).map(fact).collect::<Vec<_>>(),
        "footer": message.page_name,
    })
}

/// The text without what Mattermost takes for markup or for a mention.
fn escaped(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '\\' | '*' | '_' | '~' | '`' | '|' | '>' | '<' | '[' | ']' | '#' | ':') {
            shown.push('\\');
        }
        shown.push(c);
        // A mention is an at sign and a name; a character without width parts them.
        if c == '@' {
            shown.push('\u{200b}');
        }
    }
    shown
}

/// What Mattermost says.
#[derive(Default, Deserialize)]
#[serde(default)]
struct ResponseBody {
    id: String,
    root_id: String,
    message: String,
    status_code: Option<u16>,
}

fn classify(response: &Response<'_>) -> Reply {
    let body: ResponseBody = serde_json::from_str(response.body).unwrap_or_default();
    let is_error = body.status_code.is_some();
    let class = match response.status {
        200 | 201 if !body.id.is_empty() && !is_error => ReplyClass::Accepted,
        200..=299 => ReplyClass::AccountRejected,
        // Of one channel or one message: others can be written to.
        403 | 404 if is_error => ReplyClass::ContentRejected,
        status => http_status::class(status),
    };
    let root = if body.root_id.is_empty() { body.id } else { body.root_id };
    // It becomes a part of a URL.
    let is_id = !root.is_empty() && root.chars().all(|c| c.is_ascii_alphanumeric());
    let reference = (class == ReplyClass::Accepted && is_id).then_some(root);
    let words = if is_error { body.message.as_str() } else { "" };
    http_status::reply(class, response, words, reference)
}

fn is_gone(response: &Response<'_>) -> bool {
    let body: ResponseBody = serde_json::from_str(response.body).unwrap_or_default();
    response.status == 404 && body.status_code.is_some()
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn no_word_is_a_mention_or_markup() {
        assert_eq!(escaped("@all **x**"), "@\u{200b}all \\*\\*x\\*\\*");
    }
}

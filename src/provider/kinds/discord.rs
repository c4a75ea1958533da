//! Discord, by a channel's webhook (OpenAPI description of 2026-07: `POST` and `PATCH /webhooks/{id}/{token}`).
//!
//! Promises: an incident is one message in the channel, edited with its news; no text mentions anyone. The webhook's URL is
//! a secret: anyone who has it can write there.

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::model::channel::Channel;
use crate::model::message::{CardFact, CardMessage, Message};
use crate::model::reply::{Reply, ReplyClass};
use crate::model::report::Evidence;
use crate::provider::card;
use crate::provider::exchange::{Handoff, Method, Request, Response, Unfit};
use crate::provider::http_status;
use crate::provider::key::{Key, Need, Shape};
use crate::provider::kind::{Edit, Http, Idempotence, Kind, Proof, Protection, Protocol, Thread};
use crate::provider::secret_url;
use crate::provider::settings::Settings;

/// The row.
pub(super) static KIND: Kind = Kind {
    word: "discord",
    title: "a Discord channel, through its webhook",
    example: "discord",
    channels: &[Channel::Chat],
    owner: Some("discord"),
    domains: &["discord.com"],
    proof: Proof { always: Evidence::Accepted, with: None },
    idempotence: Idempotence::Edits,
    room: None,
    validity_unit: None,
    keys: KEYS,
    protection: Protection::SecretUrl,
    protocol: Protocol::Http(Http {
        check: |settings| secret_url::read(settings).map(drop),
        // Reading the webhook says who it is and sends nothing.
        probe: |settings| secret_url::read(settings).ok().map(str::to_owned),
        thread: Some(Thread { edit: Some(Edit { request: edit, is_gone }), posts: false }),
        ..Http::new(request, classify)
    }),
};

const KEYS: &[Key] = &[Key {
    name: secret_url::KEY,
    shape: Shape::Secret,
    need: Need::Required,
    example: "{ env = \"DISCORD_WEBHOOK\" }",
    help: "Webhook URL of the channel, a secret: `https://discord.com/api/webhooks/ID/TOKEN`.",
}];

/// What Discord takes at most, in characters.
const TITLE_MAX: usize = 256;
const DESCRIPTION_MAX: usize = 2_000;
const FIELDS_MAX: usize = 25;
const FIELD_NAME_MAX: usize = 256;
const FIELD_VALUE_MAX: usize = 1_024;
/// Of all texts of a message together.
const WHOLE_MAX: usize = 6_000;

fn request(handoff: &Handoff<'_>, settings: &Settings) -> Result<Request, Unfit> {
    let document = document(handoff)?;
    let (base, query) = split(secret_url::read(settings)?);
    // Without `wait` there is no answer to tell whether it is there, and no id to edit it by.
    let url = format!("{base}?wait=true{}", query.map(|query| format!("&{query}")).unwrap_or_default());
    Ok(Request::json(Method::Post, url, &document))
}

/// Edits the message.
fn edit(handoff: &Handoff<'_>, settings: &Settings) -> Result<Request, Unfit> {
    let (document, id) = (document(handoff)?, handoff.thread.ok_or(Unfit::Form)?);
    let (base, query) = split(secret_url::read(settings)?);
    let url = format!("{base}/messages/{id}{}", query.map(|query| format!("?{query}")).unwrap_or_default());
    Ok(Request::json(Method::Patch, url, &document))
}

/// A URL and its query, which names a thread of the channel.
fn split(url: &str) -> (&str, Option<&str>) {
    let (base, query) = url.split_once('?').map_or((url, None), |(base, query)| (base, Some(query)));
    (base.trim_end_matches('/'), query)
}

fn document(handoff: &Handoff<'_>) -> Result<Value, Unfit> {
    let Message::Card(message) = handoff.message else { return Err(Unfit::Form) };
    Ok(json!({ "embeds": [embed(message)], "allowed_mentions": { "parse": [] } }))
}

fn embed(message: &CardMessage) -> Value {
    let title = card::cut(&card::title(message), TITLE_MAX);
    let footer = card::cut(&message.page_name, FIELD_NAME_MAX);
    let said =
        message.said.iter().map(|said| format!("**{}**\n{}", escaped(&said.label), escaped(&said.text)));
    let description: Vec<String> = std::iter::once(escaped(&card::news(message))).chain(said).collect();
    let description = card::cut(&description.join("\n\n"), DESCRIPTION_MAX);
    let mut room =
        WHOLE_MAX - [&title, &footer, &description].map(|text| text.chars().count()).iter().sum::<usize>();
    let fields: Vec<Value> =
        message.facts.iter().take(FIELDS_MAX).filter_map(|fact| field(fact, &mut room)).collect();
    json!({
        "title": title,
        "url": message.url,
        "description": description,
        "color": card::color(message.tone),
        "fields": fields,
        "footer": { "text": footer },
    })
}

/// A fact, while there is room for it.
fn field(fact: &CardFact, room: &mut usize) -> Option<Value> {
    let name = card::cut(&fact.label, FIELD_NAME_MAX);
    let value = card::cut(&escaped(&fact.text), FIELD_VALUE_MAX);
    *room = room.checked_sub(name.chars().count() + value.chars().count())?;
    Some(json!({ "name": name, "value": value }))
}

/// The text without what Discord takes for markup.
fn escaped(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '\\' | '*' | '_' | '~' | '`' | '|' | '>' | '<' | '[' | ']' | '#' | '@') {
            shown.push('\\');
        }
        shown.push(c);
    }
    shown
}

/// What Discord says.
#[derive(Default, Deserialize)]
#[serde(default)]
struct ResponseBody {
    id: Option<String>,
    message: Option<String>,
    code: Option<u32>,
    retry_after: Option<f64>,
}

/// The code of a message that does not exist, and of a webhook that is not.
const UNKNOWN_MESSAGE: u32 = 10_008;
const UNKNOWN_WEBHOOK: u32 = 10_015;

fn classify(response: &Response<'_>) -> Reply {
    let body: ResponseBody = serde_json::from_str(response.body).unwrap_or_default();
    let class = match (response.status, body.code) {
        (200, _) if body.id.is_some() => ReplyClass::Accepted,
        // Without `wait`, or from something else in its place.
        (200..=299, _) => ReplyClass::AccountRejected,
        // The webhook was deleted: this room is lost, others are not.
        (404, Some(UNKNOWN_WEBHOOK | UNKNOWN_MESSAGE)) => ReplyClass::ContentRejected,
        (status, _) => http_status::class(status),
    };
    let words = body.message.as_deref().unwrap_or_default();
    // It becomes a part of a URL.
    let is_id = |id: &String| !id.is_empty() && id.chars().all(|c| c.is_ascii_digit());
    let id = body.id.filter(|id| class == ReplyClass::Accepted && is_id(id));
    let mut reply = http_status::reply(class, response, words, id);
    if let Some(code) = body.code.filter(|code| *code > 0) {
        reply.code = format!("{} {code}", reply.code);
    }
    let asked = body.retry_after.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    reply.retry_after = reply.retry_after.max(asked);
    reply
}

fn is_gone(response: &Response<'_>) -> bool {
    let body: ResponseBody = serde_json::from_str(response.body).unwrap_or_default();
    response.status == 404 && body.code == Some(UNKNOWN_MESSAGE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::sample;

    #[test]
    fn nothing_is_longer_than_discord_takes() {
        let long = CardFact { label: "x".repeat(500), text: "*".repeat(5_000) };
        let message = CardMessage {
            title: "x".repeat(5_000),
            facts: vec![long.clone(); 40],
            said: vec![long],
            ..sample::card()
        };
        let embed = embed(&message);
        let length = |value: &Value| value.as_str().map_or(0, |text| text.chars().count());
        assert_eq!((length(&embed["title"]), length(&embed["description"])), (256, 2_000));
        let fields = embed["fields"].as_array().unwrap();
        let facts: usize = fields.iter().map(|field| length(&field["name"]) + length(&field["value"])).sum();
        let whole = length(&embed["title"])
            + length(&embed["description"])
            + length(&embed["footer"]["text"])
            + facts;
        assert!(whole <= 6_000 && !fields.is_empty() && fields.len() <= 25, "{whole}");
    }

    #[test]
    fn no_word_is_markup() {
        assert_eq!(escaped("**@everyone** <@1> [x](y)"), r"\*\*\@everyone\*\* \<\@1\> \[x\](y)");
    }

    #[test]
    fn a_thread_in_the_url_stays() {
        let at = |url: &str| (split(url).0.to_owned(), split(url).1.map(str::to_owned));
        assert_eq!(
            at("https://d.test/api/webhooks/1/t/"),
            ("https://d.test/api/webhooks/1/t".to_owned(), None)
        );
        assert_eq!(at("https://d.test/w?thread_id=9").1.as_deref(), Some("thread_id=9"));
    }

    #[test]
    fn a_wait_in_the_body_counts() {
        let body = r#"{"message":"You are being rate limited.","retry_after":1.5,"global":false}"#;
        let reply = classify(&Response {
            status: 429,
            retry_after: Some(Duration::from_secs(1)),
            headers: &[],
            body,
        });
        assert_eq!(
            (reply.class, reply.retry_after),
            (ReplyClass::Retryable, Some(Duration::from_millis(1_500)))
        );
    }
}

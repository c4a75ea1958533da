//! Slack, by its Web API (`chat.postMessage`, `chat.update`; reference of 2026-11).
//!
//! Promises: an incident is one message in the room, kept up to date, and its news are replies in that message's thread;
//! the end is shown in the room as well. No text from us becomes Slack's markup, so none mentions anyone.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::model::address::Address;
use crate::model::channel::Channel;
use crate::model::message::{CardFact, CardMessage, Message, Tone};
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
    word: "slack",
    title: "Slack, through its Web API",
    example: "slack",
    channels: &[Channel::Chat],
    owner: Some("salesforce"),
    domains: &["slack.com"],
    proof: Proof { always: Evidence::Accepted, with: None },
    idempotence: Idempotence::None,
    room: Some(Key {
        name: "address",
        shape: Shape::Word,
        need: Need::Required,
        example: "\"C0123456789\"",
        help: "For Slack: the ID of the channel, shown in its details. The app must be a member of the channel.",
    }),
    validity_unit: None,
    keys: KEYS,
    protection: Protection::Url("api_url"),
    protocol: Protocol::Http(Http {
        probe: |settings| Some(format!("{}/api.test", settings.text("api_url").trim_end_matches('/'))),
        thread: Some(Thread { edit: Some(Edit { request: edit, is_gone }), posts: true }),
        ..Http::new(request, classify)
    }),
};

const KEYS: &[Key] = &[
    Key {
        name: "token",
        shape: Shape::Secret,
        need: Need::Required,
        example: "{ env = \"SLACK_TOKEN\" }",
        help: "Bot token of an app with the scope `chat:write`, a secret.",
    },
    Key {
        name: "api_url",
        shape: Shape::Url,
        need: Need::Default("https://slack.com/api"),
        example: "\"https://slack.com/api\"",
        help: "URL of the API.",
    },
];

/// What Slack takes at most, in characters.
const HEADER_MAX: usize = 150;
const SECTION_MAX: usize = 3_000;
const FIELD_MAX: usize = 2_000;
const FIELDS_MAX: usize = 10;
const TEXT_MAX: usize = 4_000;

fn request(handoff: &Handoff<'_>, settings: &Settings) -> Result<Request, Unfit> {
    let (message, room) = (card_of(handoff)?, room(handoff)?);
    // Anyone who reads a thread has the whole above; the end stands alone in the channel.
    let is_whole = handoff.thread.is_none() || message.tone == Tone::Over;
    let mut document = json!({
        "channel": room,
        "text": escaped(&card::cut(&message.text, TEXT_MAX)),
        "blocks": blocks(message, is_whole),
        "unfurl_links": false,
        "unfurl_media": false,
    });
    if let Some((_, root)) = handoff.thread.and_then(|thread| thread.split_once('/')) {
        document["thread_ts"] = json!(root);
        document["reply_broadcast"] = json!(message.tone == Tone::Over);
    }
    call("chat.postMessage", &document, settings)
}

/// Brings the first message of the thread up to date.
fn edit(handoff: &Handoff<'_>, settings: &Settings) -> Result<Request, Unfit> {
    let message = card_of(handoff)?;
    let (room, root) = handoff.thread.and_then(|thread| thread.split_once('/')).ok_or(Unfit::Form)?;
    let document = json!({
        "channel": room,
        "ts": root,
        "text": escaped(&card::cut(&message.text, TEXT_MAX)),
        "blocks": blocks(message, true),
    });
    call("chat.update", &document, settings)
}

fn call(method: &str, document: &Value, settings: &Settings) -> Result<Request, Unfit> {
    let token = settings.secret("token").ok_or(Unfit::Form)?;
    let url = format!("{}/{method}", settings.text("api_url").trim_end_matches('/'));
    Ok(Request::json(Method::Post, url, document).bearer(token))
}

fn card_of<'a>(handoff: &Handoff<'a>) -> Result<&'a CardMessage, Unfit> {
    match handoff.message {
        Message::Card(message) => Ok(message),
        _ => Err(Unfit::Form),
    }
}

fn room<'a>(handoff: &Handoff<'a>) -> Result<&'a str, Unfit> {
    match handoff.to.address() {
        Address::Place(place) => place.room().ok_or(Unfit::Form),
        _ => Err(Unfit::Form),
    }
}

/// A header, what is different, the facts two by two, what was said, and the link; of less than the whole neither header nor
/// facts.
fn blocks(message: &CardMessage, is_whole: bool) -> Vec<Value> {
    let markdown = |text: &str, max| json!({ "type": "mrkdwn", "text": card::cut(&escaped(text), max) });
    let header =
        json!({ "type": "plain_text", "text": card::cut(&card::title(message), HEADER_MAX), "emoji": true });
    let mut blocks = Vec::new();
    if is_whole {
        blocks.push(json!({ "type": "header", "text": header }));
    }
    blocks.push(json!({ "type": "section", "text": markdown(&card::news(message), SECTION_MAX) }));
    let fact = |fact: &CardFact| {
        let text = format!("*{}*\n{}", escaped(&fact.label), escaped(&fact.text));
        json!({ "type": "mrkdwn", "text": card::cut(&text, FIELD_MAX) })
    };
    for facts in message.facts.chunks(FIELDS_MAX).filter(|_| is_whole) {
        let fields: Vec<Value> = facts.iter().map(fact).collect();
        blocks.push(json!({ "type": "section", "fields": fields }));
    }
    for said in &message.said {
        let text = format!("*{}*\n{}", escaped(&said.label), escaped(&said.text));
        let text = json!({ "type": "mrkdwn", "text": card::cut(&text, SECTION_MAX) });
        blocks.push(json!({ "type": "section", "text": text }));
    }
    let link = format!("<{}|{}>", message.url, escaped(&message.read_more));
    let link = json!({ "type": "mrkdwn", "text": format!("{link} · {}", escaped(&message.page_name)) });
    blocks.push(json!({ "type": "context", "elements": [link] }));
    blocks
}

/// The text without Slack's three signs of control, so that `<!channel>` is words.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// What Slack says.
#[derive(Default, Deserialize)]
#[serde(default)]
struct ResponseBody {
    ok: bool,
    error: String,
    channel: String,
    ts: String,
    message: Posted,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Posted {
    thread_ts: Option<String>,
}

fn classify(response: &Response<'_>) -> Reply {
    let body: ResponseBody = serde_json::from_str(response.body).unwrap_or_default();
    let class = match (response.status, body.error.as_str()) {
        (200, _) if body.ok => ReplyClass::Accepted,
        // Slack may have posted it before it failed.
        (200, "fatal_error") => ReplyClass::Ambiguous,
        (
            200,
            "ratelimited"
            | "rate_limited"
            | "internal_error"
            | "service_unavailable"
            | "request_timeout"
            | "team_added_to_org",
        ) => ReplyClass::Retryable,
        (
            200,
            "invalid_auth"
            | "not_authed"
            | "account_inactive"
            | "token_revoked"
            | "token_expired"
            | "missing_scope"
            | "no_permission"
            | "not_allowed_token_type"
            | "org_login_required"
            | "ekm_access_denied"
            | "access_denied"
            | "two_factor_setup_required",
        ) => ReplyClass::AccountRejected,
        // The room cannot be written to, or the message is of no shape that Slack takes: other rooms can.
        (200, error) if !error.is_empty() => ReplyClass::ContentRejected,
        (200..=299, _) => ReplyClass::AccountRejected,
        (status, _) => http_status::class(status),
    };
    let words = if body.error.is_empty() { "" } else { body.error.as_str() };
    // The thread's first message, so that later news find it by whatever was posted last.
    let root = body.message.thread_ts.unwrap_or(body.ts);
    let reference = (body.ok && !root.is_empty()).then(|| format!("{}/{root}", body.channel));
    http_status::reply(class, response, words, reference)
}

fn is_gone(response: &Response<'_>) -> bool {
    let body: ResponseBody = serde_json::from_str(response.body).unwrap_or_default();
    matches!(body.error.as_str(), "message_not_found" | "thread_not_found")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::sample;

    #[test]
    fn no_word_calls_anybody() {
        assert_eq!(escaped("<!channel> & <@U01>"), "&lt;!channel&gt; &amp; &lt;@U01&gt;");
        let blocks = Value::from(blocks(&sample::card(), true)).to_string();
        assert!(
            blocks.contains("&lt;card&gt; payments &amp; refunds") && !blocks.contains("<card>"),
            "{blocks}"
        );
    }

    #[test]
    fn nothing_is_longer_than_slack_takes() {
        let long = "<".repeat(5_000);
        let fact = CardFact { label: "Affected".to_owned(), text: long.clone() };
        let message = CardMessage {
            title: long.clone(),
            headline: long,
            facts: vec![fact.clone(); 14],
            said: vec![fact],
            ..sample::card()
        };
        let short = blocks(&message, false);
        assert!(
            short.iter().all(|block| block["type"] != "header" && block["fields"].is_null()),
            "{short:?}"
        );
        let blocks = blocks(&message, true);
        let length = |block: &Value| block["text"]["text"].as_str().map_or(0, |text| text.chars().count());
        assert_eq!((length(&blocks[0]), length(&blocks[1])), (150, 3_000));
        let fields: Vec<usize> =
            blocks.iter().filter_map(|block| block["fields"].as_array()).map(Vec::len).collect();
        assert_eq!(fields, [10, 4]);
    }
}

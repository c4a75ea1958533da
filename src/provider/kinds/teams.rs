//! Microsoft Teams, by a workflow that starts "when a Teams webhook request is received" (documentation of 2026-10; Adaptive
//! Cards 1.4).
//!
//! Promises: each news is a card that shows the whole incident, because a workflow neither edits nor replies. No text is
//! Markdown, and none mentions anyone. The workflow's URL is a secret: anyone who has it can post there.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::model::channel::Channel;
use crate::model::message::{CardMessage, Message, Tone};
use crate::model::phase::Severity;
use crate::model::reply::{Reply, ReplyClass};
use crate::model::report::Evidence;
use crate::provider::card;
use crate::provider::exchange::{Handoff, Method, Request, Response, Unfit};
use crate::provider::http_status;
use crate::provider::key::{Key, Need, Shape};
use crate::provider::kind::{Http, Idempotence, Kind, Proof, Protection, Protocol};
use crate::provider::secret_url;
use crate::provider::settings::Settings;

/// The row.
pub(super) static KIND: Kind = Kind {
    word: "teams",
    title: "a Microsoft Teams channel or chat, through a workflow",
    example: "teams",
    channels: &[Channel::Chat],
    owner: Some("microsoft"),
    domains: &["logic.azure.com", "powerplatform.com"],
    proof: Proof { always: Evidence::Accepted, with: None },
    idempotence: Idempotence::None,
    room: None,
    validity_unit: None,
    keys: KEYS,
    protection: Protection::SecretUrl,
    protocol: Protocol::Http(Http {
        check: |settings| secret_url::read(settings).map(drop),
        // Whatever is asked of it may be taken for a message.
        ..Http::new(request, classify)
    }),
};

const KEYS: &[Key] = &[Key {
    name: secret_url::KEY,
    shape: Shape::Secret,
    need: Need::Required,
    example: "{ env = \"TEAMS_WORKFLOW\" }",
    help: "URL of the workflow, a secret. In Teams, create the workflow \"Send webhook alerts to a channel\" and copy its URL.",
}];

/// What a workflow posts at most, in bytes, with room for what Teams adds.
const BYTES_MAX: usize = 26_000;

fn request(handoff: &Handoff<'_>, settings: &Settings) -> Result<Request, Unfit> {
    let Message::Card(message) = handoff.message else { return Err(Unfit::Form) };
    let document = card::fitted(message, BYTES_MAX, document);
    Ok(Request::json(Method::Post, secret_url::read(settings)?.to_owned(), &document))
}

fn document(message: &CardMessage) -> Value {
    json!({
        "type": "message",
        "summary": format!("{}: {}", card::title(message), message.headline),
        "attachments": [{
            "contentType": "application/vnd.microsoft.card.adaptive",
            "contentUrl": null,
            "content": adaptive_card(message),
        }],
    })
}

fn adaptive_card(message: &CardMessage) -> Value {
    let title = run(&card::title(message));
    let title = json!({
        "type": "Container",
        "style": style(message.tone),
        "bleed": true,
        "items": [{ "type": "RichTextBlock", "inlines": [with(with(title, "weight", "Bolder"), "size", "Large")] }],
    });
    let mut body = vec![title];
    body.extend(lines(&card::news(message)));
    for fact in message.facts.iter().chain(&message.said) {
        let label = with(run(&fact.label), "weight", "Bolder");
        body.push(json!({ "type": "RichTextBlock", "inlines": [label], "spacing": "Medium" }));
        body.extend(lines(&fact.text));
    }
    let page = with(run(&message.page_name), "isSubtle", true);
    body.push(json!({ "type": "RichTextBlock", "inlines": [page], "spacing": "Medium" }));
    json!({
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "lang": message.language.as_str(),
        "fallbackText": message.text,
        "msteams": { "width": "full" },
        "body": body,
        "actions": [{ "type": "Action.OpenUrl", "title": message.read_more, "url": message.url }],
    })
}

/// A block for each line: a run of text shows no line break.
fn lines(text: &str) -> Vec<Value> {
    let blocks = text.lines().filter(|line| !line.trim().is_empty());
    blocks
        .map(|line| json!({ "type": "RichTextBlock", "inlines": [run(line)], "spacing": "Small" }))
        .collect()
}

/// Text that is shown as it is.
fn run(text: &str) -> Value {
    json!({ "type": "TextRun", "text": text })
}

fn with(mut run: Value, name: &str, value: impl Into<Value>) -> Value {
    run[name] = value.into();
    run
}

fn style(tone: Tone) -> &'static str {
    match tone {
        Tone::Ongoing(Severity::Critical | Severity::Major) => "attention",
        Tone::Ongoing(Severity::Minor) => "warning",
        Tone::Ongoing(Severity::Notice) | Tone::Planned => "accent",
        Tone::Over => "good",
    }
}

/// What a workflow says of an error.
#[derive(Default, Deserialize)]
#[serde(default)]
struct ResponseBody {
    error: ResponseError,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ResponseError {
    code: String,
    message: String,
}

fn classify(response: &Response<'_>) -> Reply {
    let ResponseBody { error } = serde_json::from_str(response.body).unwrap_or_default();
    let class = match (response.status, error.code.as_str()) {
        (202, _) => ReplyClass::Accepted,
        // A page of something else in its place.
        (200..=299, _) if !response.body.trim().is_empty() => ReplyClass::AccountRejected,
        // Turned off or deleted.
        (400, "WorkflowTriggerIsNotEnabled" | "WorkflowNotFound") => ReplyClass::AccountRejected,
        (status, _) => http_status::class(status),
    };
    let words = format!("{} {}", error.code, error.message);
    http_status::reply(class, response, words.trim(), None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::sample;

    #[test]
    fn every_text_is_a_run_of_its_own_and_none_is_markdown() {
        let message = CardMessage {
            title: "**<at>Everyone</at>**".to_owned(),
            headline: "[Read](https://evil.example)\nSecond line".to_owned(),
            ..sample::card()
        };
        let card = adaptive_card(&message);
        let blocks = card["body"].as_array().unwrap();
        let shown = |block: &Value| block["inlines"][0]["text"].as_str().map(str::to_owned);
        assert_eq!(shown(&card["body"][0]["items"][0]).unwrap(), "\u{1f7e0} **<at>Everyone</at>**");
        assert_eq!(shown(&blocks[1]).unwrap(), "[Read](https://evil.example)");
        assert_eq!(shown(&blocks[2]).unwrap(), "Second line");
        assert!(blocks.iter().all(|block| block["type"] != "TextBlock" && block["type"] != "FactSet"));
        assert!(card["msteams"]["entities"].is_null(), "a mention needs an entity");
    }

    #[test]
    fn the_style_is_that_of_the_state() {
        let styles = Tone::ALL.map(style);
        assert_eq!(styles, ["accent", "warning", "attention", "attention", "accent", "good"]);
    }
}

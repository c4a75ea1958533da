//! Google Chat, by a space's webhook (reference of 2026-11: `spaces.messages.create`, cards version 2).
//!
//! Promises: an incident is one thread of the space, named by a key that follows from the incident; each news is a card in it.
//! Text is escaped, so none mentions anyone. The webhook's URL is a secret: anyone who has it can post there.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::model::channel::Channel;
use crate::model::message::{CardMessage, Message};
use crate::model::reply::{Reply, ReplyClass};
use crate::model::report::Evidence;
use crate::provider::exchange::{Handoff, Method, Request, Response, Unfit};
use crate::provider::http_status;
use crate::provider::key::{Key, Need, Shape};
use crate::provider::kind::{Http, Idempotence, Kind, Proof, Protection, Protocol};
use crate::provider::secret_url;
use crate::provider::settings::Settings;
use crate::provider::{article, card};

/// The row.
pub(super) static KIND: Kind = Kind {
    word: "google-chat",
    title: "a Google Chat space, through its webhook",
    example: "google-chat",
    channels: &[Channel::Chat],
    owner: Some("google"),
    domains: &["googleapis.com"],
    proof: Proof { always: Evidence::Accepted, with: None },
    idempotence: Idempotence::None,
    room: None,
    validity_unit: None,
    keys: KEYS,
    protection: Protection::SecretUrl,
    protocol: Protocol::Http(Http {
        check: |settings| secret_url::read(settings).map(drop),
        // A webhook may only post.
        ..Http::new(request, classify)
    }),
};

const KEYS: &[Key] = &[Key {
    name: secret_url::KEY,
    shape: Shape::Secret,
    need: Need::Required,
    example: "{ env = \"GOOGLE_CHAT_WEBHOOK\" }",
    help: "Webhook URL of the space, a secret: `https://chat.googleapis.com/v1/spaces/SPACE/messages?key=KEY&token=TOKEN`.",
}];

/// The longest message, in bytes, with room for what Google adds.
const BYTES_MAX: usize = 30_000;

fn request(handoff: &Handoff<'_>, settings: &Settings) -> Result<Request, Unfit> {
    let Message::Card(message) = handoff.message else { return Err(Unfit::Form) };
    let url = secret_url::read(settings)?;
    let joint = if url.contains('?') { '&' } else { '?' };
    // A space without threads takes it as a message of its own.
    let url = format!(
        "{url}{joint}messageReplyOption=REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD&requestId={}",
        handoff.step.as_str()
    );
    let document = card::fitted(message, BYTES_MAX, document);
    Ok(Request::json(Method::Post, url, &document))
}

fn document(message: &CardMessage) -> Value {
    let shown = |text: &str| article::html(text).replace('\n', "<br>");
    let mut widgets = vec![json!({ "textParagraph": { "text": shown(&card::news(message)) } })];
    widgets.extend(message.facts.iter().map(|fact| {
        json!({ "decoratedText": { "topLabel": fact.label, "text": shown(&fact.text), "wrapText": true } })
    }));
    widgets.extend(message.said.iter().map(|said| {
        let text = format!("<b>{}</b><br>{}", shown(&said.label), shown(&said.text));
        json!({ "textParagraph": { "text": text } })
    }));
    let open = json!({ "openLink": { "url": message.url } });
    widgets.push(json!({ "buttonList": { "buttons": [{ "text": message.read_more, "onClick": open }] } }));
    let header = json!({ "title": card::title(message), "subtitle": message.page_name });
    json!({
        "fallbackText": message.text,
        "cardsV2": [{ "cardId": "incident", "card": { "header": header, "sections": [{ "widgets": widgets }] } }],
        "thread": { "threadKey": message.thread },
    })
}

/// What Google says.
#[derive(Default, Deserialize)]
#[serde(default)]
struct ResponseBody {
    name: Option<String>,
    error: ResponseError,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ResponseError {
    message: String,
    status: String,
}

fn classify(response: &Response<'_>) -> Reply {
    let body: ResponseBody = serde_json::from_str(response.body).unwrap_or_default();
    let class = match (response.status, body.error.status.as_str()) {
        (200, _) if body.name.is_some() => ReplyClass::Accepted,
        (200..=299, _) => ReplyClass::AccountRejected,
        (_, "RESOURCE_EXHAUSTED" | "UNAVAILABLE" | "ABORTED") => ReplyClass::Retryable,
        (status, _) => http_status::class(status),
    };
    let reference = body.name.filter(|_| class == ReplyClass::Accepted);
    http_status::reply(class, response, &body.error.message, reference)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::sample;

    #[test]
    fn no_word_is_a_tag_or_a_mention() {
        let message = CardMessage { headline: "<users/all> <b>x</b> & y".to_owned(), ..sample::card() };
        let card = document(&message);
        let widgets = &card["cardsV2"][0]["card"]["sections"][0]["widgets"];
        let text = widgets[0]["textParagraph"]["text"].as_str().unwrap();
        assert!(text.starts_with("&lt;users/all&gt; &lt;b&gt;x&lt;/b&gt; &amp; y<br>"), "{text}");
        assert!(card["text"].is_null(), "only a plain text mentions anyone");
    }
}

//! Bluesky, by the API of an account's server (AT Protocol: `com.atproto.server.createSession`, `com.atproto.repo.putRecord`).
//!
//! Promises: an incident is one post, and its news are replies to it; the step names each post, so the same post twice is one.
//! No post is edited, because readers would not see it, and no text mentions anyone: only a facet would. The app password
//! leaves only to open a session.

use chrono::SecondsFormat;
use percent_encoding::percent_decode_str;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::model::channel::Channel;
use crate::model::hash::derive;
use crate::model::message::{CardMessage, Message};
use crate::model::notice::StepId;
use crate::model::reply::{Reply, ReplyClass};
use crate::model::report::Evidence;
use crate::provider::card;
use crate::provider::exchange::{Handoff, Method, Request, Response, Unfit};
use crate::provider::http_status;
use crate::provider::key::{Key, Need, Shape};
use crate::provider::kind::{Http, Idempotence, Kind, Proof, Protection, Protocol, Session, Thread};
use crate::provider::settings::{Hidden, Settings};

/// The row.
pub(super) static KIND: Kind = Kind {
    word: "bluesky",
    title: "a Bluesky account, through its server",
    example: "bluesky",
    channels: &[Channel::Chat],
    owner: None,
    domains: &["bsky.social", "bsky.network"],
    proof: Proof { always: Evidence::Accepted, with: None },
    idempotence: Idempotence::Always,
    room: None,
    validity_unit: None,
    keys: KEYS,
    protection: Protection::Url("url"),
    protocol: Protocol::Http(Http {
        probe: |settings| Some(format!("{}/xrpc/com.atproto.server.describeServer", settings.text("url"))),
        thread: Some(Thread { edit: None, posts: true }),
        session: Some(Session { request: sign_in, settings: signed_in, is_over }),
        ..Http::new(request, classify)
    }),
};

const KEYS: &[Key] = &[
    Key {
        name: "url",
        shape: Shape::Base,
        need: Need::Default("https://bsky.social"),
        example: "\"https://bsky.social\"",
        help: "URL of the account's server.",
    },
    Key {
        name: "account",
        shape: Shape::Text,
        need: Need::Required,
        example: "\"status.example.com\"",
        help: "Handle of the account, without `@`, or its DID.",
    },
    Key {
        name: "app_password",
        shape: Shape::Secret,
        need: Need::Required,
        example: "{ env = \"BLUESKY_APP_PASSWORD\" }",
        help: "App password of the account, a secret. An app password cannot change or delete the account.",
    },
];

/// What a session adds to the settings.
const DID: &str = "did";
const ACCESS_TOKEN: &str = "access_token";

/// The longest post, in characters: never more graphemes, which is what the server counts.
const POST_MAX: usize = 300;
/// The longest link as it is shown, in characters.
const LINK_MAX: usize = 40;
const CARD_TITLE_MAX: usize = 150;

const COLLECTION: &str = "app.bsky.feed.post";

fn sign_in(settings: &Settings) -> Result<Request, Unfit> {
    let password = settings.secret("app_password").ok_or(Unfit::Form)?;
    let document = json!({ "identifier": settings.text("account").trim_start_matches('@'), "password": password.expose().trim() });
    Ok(call("com.atproto.server.createSession", &document, settings))
}

/// What opens a session.
#[derive(Deserialize)]
struct Opened {
    did: String,
    #[serde(rename = "accessJwt")]
    access_token: String,
}

fn signed_in(settings: &Settings, response: &Response<'_>) -> Option<Settings> {
    let opened: Opened = serde_json::from_str(response.body).ok().filter(|_| response.status == 200)?;
    let is_did = opened.did.starts_with("did:") && !opened.access_token.is_empty();
    let token = Hidden::new(&opened.access_token);
    is_did.then(|| settings.clone().with(DID, opened.did.as_str()).with(ACCESS_TOKEN, token))
}

/// Puts the post under a key of its step: put there again, it replaces itself.
fn request(handoff: &Handoff<'_>, settings: &Settings) -> Result<Request, Unfit> {
    let Message::Card(message) = handoff.message else { return Err(Unfit::Form) };
    let token = settings.secret(ACCESS_TOKEN).ok_or(Unfit::Form)?;
    let mut record = post(message);
    record["createdAt"] = json!(handoff.now.to_rfc3339_opts(SecondsFormat::Millis, true));
    if let Some((uri, cid)) = handoff.thread.and_then(|first| first.split_once(' ')) {
        let first = json!({ "uri": uri, "cid": cid });
        record["reply"] = json!({ "root": first, "parent": first });
    }
    let document = json!({
        "repo": settings.text(DID),
        "collection": COLLECTION,
        "rkey": record_key(handoff.step),
        "record": record,
    });
    Ok(call("com.atproto.repo.putRecord", &document, settings).bearer(token))
}

fn call(method: &str, document: &Value, settings: &Settings) -> Request {
    Request::json(Method::Post, format!("{}/xrpc/{method}", settings.text("url")), document)
}

/// The mark, what people have to know, the link, and a card of the same link.
fn post(message: &CardMessage) -> Value {
    let shown = shown(&message.url);
    let said = format!("{} {}", card::mark(message.tone), message.brief);
    let said = card::cut(&said, POST_MAX - shown.chars().count() - 2);
    let text = format!("{said}\n\n{shown}");
    // Counted in bytes of UTF-8.
    let link = json!({ "byteStart": text.len() - shown.len(), "byteEnd": text.len() });
    json!({
        "$type": COLLECTION,
        "text": text,
        "langs": [message.language.as_str()],
        "facets": [{
            "index": link,
            "features": [{ "$type": "app.bsky.richtext.facet#link", "uri": message.url }],
        }],
        "embed": {
            "$type": "app.bsky.embed.external",
            "external": {
                "uri": message.url,
                "title": card::cut(&card::title(message), CARD_TITLE_MAX),
                "description": card::cut(&message.page_name, CARD_TITLE_MAX),
            },
        },
    })
}

/// A link as readers see it: without its scheme, and cut.
fn shown(url: &str) -> String {
    let bare = url.split_once("://").map_or(url, |(_, bare)| bare);
    let readable = percent_decode_str(bare).decode_utf8_lossy().replace(char::is_whitespace, " ");
    card::cut(readable.trim_end_matches('/'), LINK_MAX)
}

/// A record key of the form `tid`: 13 letters that name a time. The first two are of the year 2022, the others of the step.
fn record_key(step: &StepId) -> String {
    format!("3j{}", &derive("bluesky", &[step.as_str()])[..11])
}

/// What a server says.
#[derive(Default, Deserialize)]
#[serde(default)]
struct ResponseBody {
    uri: String,
    cid: String,
    error: String,
    message: String,
}

fn classify(response: &Response<'_>) -> Reply {
    let body: ResponseBody = serde_json::from_str(response.body).unwrap_or_default();
    let is_record = body.uri.starts_with("at://") && !body.cid.is_empty();
    let is_one_word = ![&body.uri, &body.cid].iter().any(|part| part.contains(char::is_whitespace));
    let class = match response.status {
        200 if is_record && is_one_word => ReplyClass::Accepted,
        200..=299 => ReplyClass::AccountRejected,
        400 if body.error != "InvalidRequest" => ReplyClass::AccountRejected,
        status => http_status::class(status),
    };
    let reference = (class == ReplyClass::Accepted).then(|| format!("{} {}", body.uri, body.cid));
    http_status::reply(class, response, &body.message, reference)
}

/// An access token is good for about two hours.
fn is_over(response: &Response<'_>) -> bool {
    let body: ResponseBody = serde_json::from_str(response.body).unwrap_or_default();
    matches!(response.status, 400 | 401) && matches!(body.error.as_str(), "ExpiredToken" | "InvalidToken")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::sample;

    #[test]
    fn a_post_fits_and_its_link_is_whole_where_the_facet_says() {
        let url = format!("https://status.example.com/incidents/{}/", "ñ".repeat(300));
        for brief in
            ["Checkout fails. Back by 12:30.".to_owned(), "@ops ".repeat(200), "\u{1f525}".repeat(900)]
        {
            let post = post(&CardMessage { brief, url: url.clone(), ..sample::card() });
            let text = post["text"].as_str().unwrap();
            assert!(text.chars().count() <= POST_MAX, "{text}");
            let index = &post["facets"][0]["index"];
            let place = |end: &str| usize::try_from(index[end].as_u64().unwrap()).unwrap();
            let link = &text[place("byteStart")..place("byteEnd")];
            assert!(link.starts_with("status.example.com/incidents/ñ") && text.ends_with(link), "{link}");
            assert_eq!(post["facets"][0]["features"][0]["uri"], url, "the link is whole");
            assert_eq!(post["embed"]["external"]["uri"], url);
        }
    }

    #[test]
    fn a_step_has_one_record_key_of_the_form_that_posts_have() {
        let key = record_key(&StepId::from_stored("step"));
        assert_eq!(key, record_key(&StepId::from_stored("step")));
        assert_ne!(key, record_key(&StepId::from_stored("step2")));
        let is_letter = |letter: u8| matches!(letter, b'2'..=b'7' | b'a'..=b'z');
        assert!(key.len() == 13 && key.bytes().all(is_letter), "{key}");
    }

    #[test]
    fn only_a_token_that_is_over_begins_another_session() {
        for (status, body, over) in [
            (400, r#"{"error":"ExpiredToken","message":"Token has expired"}"#, true),
            (400, r#"{"error":"InvalidToken","message":"Token could not be verified"}"#, true),
            (400, r#"{"error":"InvalidRequest","message":"Invalid record"}"#, false),
            (401, r#"{"error":"AuthenticationRequired","message":"Invalid identifier or password"}"#, false),
            (500, r#"{"error":"ExpiredToken"}"#, false),
        ] {
            assert_eq!(is_over(&Response { status, retry_after: None, headers: &[], body }), over, "{body}");
        }
    }

    #[test]
    fn a_session_is_opened_only_by_a_did_and_a_token() {
        let settings = Settings::default();
        let opened =
            |status, body| signed_in(&settings, &Response { status, retry_after: None, headers: &[], body });
        let whole = opened(200, r#"{"did":"did:plc:x","accessJwt":"t0ken","active":true}"#).unwrap();
        assert_eq!((whole.text(DID), whole.secret(ACCESS_TOKEN).unwrap().expose()), ("did:plc:x", "t0ken"));
        for (status, body) in [
            (401, r#"{"did":"did:plc:x","accessJwt":"t0ken"}"#),
            (200, r#"{"did":"x","accessJwt":"t0ken"}"#),
            (200, r#"{"did":"did:plc:x","accessJwt":""}"#),
            (200, "<html>It works!</html>"),
        ] {
            assert_eq!(opened(status, body), None, "{body}");
        }
    }
}

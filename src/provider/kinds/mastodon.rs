//! Mastodon, by its API (version 4.5: `POST /api/v1/statuses`, `PUT /api/v1/statuses/{id}`).
//!
//! Promises: an incident is one post, kept up to date for those to whom it was passed on, and its news are replies to it. The step
//! names each post, so the same post twice within an hour is one. No text mentions anyone.

use serde::Deserialize;
use serde_json::{Value, json};

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
    word: "mastodon",
    title: "a Mastodon account, through its server",
    example: "mastodon",
    channels: &[Channel::Chat],
    owner: None,
    domains: &["mastodon.social", "mastodon.online"],
    proof: Proof { always: Evidence::Accepted, with: None },
    idempotence: Idempotence::Always,
    room: None,
    validity_unit: None,
    keys: KEYS,
    protection: Protection::Url("url"),
    protocol: Protocol::Http(Http {
        probe: |settings| Some(format!("{}/api/v2/instance", settings.text("url"))),
        thread: Some(Thread { edit: Some(Edit { request: edit, is_gone }), posts: true }),
        ..Http::new(request, classify)
    }),
};

const KEYS: &[Key] = &[
    Key {
        name: "url",
        shape: Shape::Base,
        need: Need::Required,
        example: "\"https://mastodon.example\"",
        help: "URL of the account's server.",
    },
    Key {
        name: "token",
        shape: Shape::Secret,
        need: Need::Required,
        example: "{ env = \"MASTODON_TOKEN\" }",
        help: "Access token with the scope `write:statuses`, a secret.",
    },
    Key {
        name: "visibility",
        shape: Shape::Choice(&["public", "unlisted", "private"]),
        need: Need::Default("public"),
        example: "\"unlisted\"",
        help: "Who sees the posts: `public`, `unlisted` or `private` (only followers).",
    },
];

/// The longest post, in characters. A link counts as 23, however long it is.
const POST_MAX: usize = 500;
const LINK_LENGTH: usize = 23;

fn request(handoff: &Handoff<'_>, settings: &Settings) -> Result<Request, Unfit> {
    let mut document = document(handoff)?;
    document["visibility"] = json!(settings.text("visibility"));
    if let Some(first) = handoff.thread {
        document["in_reply_to_id"] = json!(first);
    }
    let request = call(Method::Post, "", &document, settings)?;
    Ok(request.header("idempotency-key", handoff.step.as_str()))
}

/// Brings the first post up to date.
fn edit(handoff: &Handoff<'_>, settings: &Settings) -> Result<Request, Unfit> {
    let first = handoff.thread.ok_or(Unfit::Form)?;
    call(Method::Put, &format!("/{first}"), &document(handoff)?, settings)
}

fn document(handoff: &Handoff<'_>) -> Result<Value, Unfit> {
    let Message::Card(message) = handoff.message else { return Err(Unfit::Form) };
    Ok(json!({ "status": post(message), "language": message.language.as_str() }))
}

fn call(method: Method, path: &str, document: &Value, settings: &Settings) -> Result<Request, Unfit> {
    let token = settings.secret("token").ok_or(Unfit::Form)?;
    let url = format!("{}/api/v1/statuses{path}", settings.text("url"));
    Ok(Request::json(method, url, document).bearer(token))
}

/// The mark, what people have to know, and the link. A character without width parts what would be a mention.
fn post(message: &CardMessage) -> String {
    let said = format!("{} {}", card::mark(message.tone), message.brief.replace('@', "@\u{200b}"));
    format!("{}\n\n{}", card::cut(&said, POST_MAX - LINK_LENGTH - 2), message.url)
}

/// What Mastodon says.
#[derive(Default, Deserialize)]
#[serde(default)]
struct ResponseBody {
    id: String,
    error: String,
}

fn classify(response: &Response<'_>) -> Reply {
    let body: ResponseBody = serde_json::from_str(response.body).unwrap_or_default();
    // It becomes a part of a URL.
    let is_id = !body.id.is_empty() && body.id.chars().all(|c| c.is_ascii_alphanumeric());
    let class = match response.status {
        200 if is_id => ReplyClass::Accepted,
        200..=299 => ReplyClass::AccountRejected,
        // The post that is to be edited or answered.
        404 if !body.error.is_empty() => ReplyClass::ContentRejected,
        status => http_status::class(status),
    };
    let reference = (class == ReplyClass::Accepted).then_some(body.id);
    http_status::reply(class, response, &body.error, reference)
}

fn is_gone(response: &Response<'_>) -> bool {
    let body: ResponseBody = serde_json::from_str(response.body).unwrap_or_default();
    response.status == 404 && !body.error.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::sample;

    #[test]
    fn a_post_fits_with_its_link_counted_as_the_server_does_and_mentions_no_one() {
        let url = format!("https://status.example.com/incidents/{}/", "x".repeat(300));
        for brief in
            ["Checkout fails. Back by 12:30.".to_owned(), "@ops ".repeat(200), "\u{1f525}".repeat(900)]
        {
            let post = post(&CardMessage { brief, url: url.clone(), ..sample::card() });
            let (said, link) = post.split_once("\n\n").unwrap();
            assert_eq!(link, url, "the link is whole");
            assert!(said.chars().count() + 2 + LINK_LENGTH <= POST_MAX, "{said}");
            assert!(said.starts_with("\u{1f7e0} ") && !said.contains("@ops"), "{said}");
        }
    }

    #[test]
    fn only_a_lost_post_begins_anew() {
        for (status, body, gone) in [
            (404, r#"{"error":"Record not found"}"#, true),
            (404, "<html>not found</html>", false),
            (422, r#"{"error":"Validation failed"}"#, false),
        ] {
            assert_eq!(is_gone(&Response { status, retry_after: None, headers: &[], body }), gone, "{body}");
        }
    }
}

//! Rocket.Chat, by its REST API (server 7: `chat.postMessage`, `chat.update`).
//!
//! Promises: an incident is one message in the room, kept up to date, and its news are replies in that message's thread. No
//! text mentions anyone.

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
    word: "rocket-chat",
    title: "a Rocket.Chat server, through its REST API",
    example: "rocket-chat",
    channels: &[Channel::Chat],
    owner: None,
    domains: &["rocket.chat"],
    proof: Proof { always: Evidence::Accepted, with: None },
    idempotence: Idempotence::None,
    room: Some(Key {
        name: "address",
        shape: Shape::Word,
        need: Need::Required,
        example: "\"GENERAL\"",
        help: "For Rocket.Chat: the ID of the room. The user must be a member of it.",
    }),
    validity_unit: None,
    keys: KEYS,
    protection: Protection::Url("url"),
    protocol: Protocol::Http(Http {
        probe: |settings| Some(format!("{}/api/info", settings.text("url"))),
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
        name: "user_id",
        shape: Shape::Word,
        need: Need::Required,
        example: "\"aobEdbYhXfu5hkeqG\"",
        help: "ID of the user that posts, shown with its token.",
    },
    Key {
        name: "token",
        shape: Shape::Secret,
        need: Need::Required,
        example: "{ env = \"ROCKET_CHAT_TOKEN\" }",
        help: "Personal access token of the user, a secret; created without two-factor authentication.",
    },
];

/// The longest text, in UTF-16 units; a server takes 5,000 unless it is set otherwise.
const TEXT_MAX: usize = 4_500;

const MARKUP: Markup = Markup {
    escaped: article::parted,
    bold: |text| format!("*{text}*"),
    link: |url, text| format!("[{text}]({url})"),
    breaks: ("\n", "\n\n"),
};

fn request(handoff: &Handoff<'_>, settings: &Settings) -> Result<Request, Unfit> {
    let mut document = document(handoff, handoff.thread.is_none())?;
    if let Some(root) = handoff.thread {
        document["tmid"] = json!(root);
    }
    call("chat.postMessage", &document, settings)
}

/// Brings the first message up to date.
fn edit(handoff: &Handoff<'_>, settings: &Settings) -> Result<Request, Unfit> {
    let mut document = document(handoff, true)?;
    document["msgId"] = json!(handoff.thread.ok_or(Unfit::Form)?);
    call("chat.update", &document, settings)
}

fn document(handoff: &Handoff<'_>, is_whole: bool) -> Result<Value, Unfit> {
    let Message::Card(message) = handoff.message else { return Err(Unfit::Form) };
    let Address::Place(place) = handoff.to.address() else { return Err(Unfit::Form) };
    let room = place.room().ok_or(Unfit::Form)?;
    Ok(json!({ "roomId": room, "text": article::write(message, is_whole, &MARKUP, TEXT_MAX) }))
}

fn call(method: &str, document: &Value, settings: &Settings) -> Result<Request, Unfit> {
    let token = settings.secret("token").ok_or(Unfit::Form)?;
    let mut request =
        Request::json(Method::Post, format!("{}/api/v1/{method}", settings.text("url")), document);
    request.headers.push(("x-auth-token", token.expose().trim().to_owned()));
    request.headers.push(("x-user-id", settings.text("user_id").to_owned()));
    Ok(request)
}

/// What Rocket.Chat says.
#[derive(Default, Deserialize)]
#[serde(default)]
struct ResponseBody {
    success: bool,
    error: String,
    message: Value,
}

fn classify(response: &Response<'_>) -> Reply {
    let body: ResponseBody = serde_json::from_str(response.body).unwrap_or_default();
    let class = match response.status {
        200 if body.success => ReplyClass::Accepted,
        200..=299 => ReplyClass::AccountRejected,
        400 if body.error.contains("error-too-many-requests") => ReplyClass::Retryable,
        status => http_status::class(status),
    };
    let root = body.message["tmid"].as_str().or(body.message["_id"].as_str());
    let reference = root.filter(|_| class == ReplyClass::Accepted).map(str::to_owned);
    // A refused login has its words elsewhere.
    let words = if body.error.is_empty() { body.message.as_str().unwrap_or_default() } else { &body.error };
    http_status::reply(class, response, words, reference)
}

fn is_gone(response: &Response<'_>) -> bool {
    let body: ResponseBody = serde_json::from_str(response.body).unwrap_or_default();
    response.status == 400 && body.error.starts_with("No message found with the id")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_lost_message_begins_anew() {
        for (status, error, gone) in [
            (400, "No message found with the id of \"x\".", true),
            (400, "The room id provided does not match where the message is from.", false),
            (404, "No message found with the id of \"x\".", false),
        ] {
            let body = json!({ "success": false, "error": error }).to_string();
            assert_eq!(
                is_gone(&Response { status, retry_after: None, headers: &[], body: &body }),
                gone,
                "{status} {error}"
            );
        }
    }
}

//! Mailgun, by its Messages API (OpenAPI description of 2026-07: `POST /v3/{domain}/messages`).
//!
//! Promises: Mailgun writes the email from our texts and adds no tracking; it is asked to give up when the step's turn
//! ends, within the 5 minutes to 24 hours that it accepts. Reports by webhook are not read.

use chrono::TimeDelta;
use serde::Deserialize;

use crate::model::channel::Channel;
use crate::model::line::one_line;
use crate::model::message::Message;
use crate::model::reply::{Reply, ReplyClass};
use crate::model::report::Evidence;
use crate::provider::exchange::{Handoff, Request, Response, Unfit};
use crate::provider::http_status;
use crate::provider::key::{Key, Need, Shape};
use crate::provider::kind::{Http, Idempotence, Kind, Proof, Protection, Protocol};
use crate::provider::mail;
use crate::provider::settings::Settings;

/// The row.
pub(super) static KIND: Kind = Kind {
    word: "mailgun",
    title: "Mailgun, through its HTTP API",
    example: "mailgun",
    channels: &[Channel::Mail],
    owner: Some("sinch"),
    domains: &["mailgun.net", "mailgun.org"],
    proof: Proof { always: Evidence::Accepted, with: None },
    idempotence: Idempotence::None,
    room: None,
    validity_unit: None,
    keys: KEYS,
    protection: Protection::Url("api_url"),
    protocol: Protocol::Http(Http {
        request,
        check: |_| Ok(()),
        classify,
        reports: None,
        probe: |settings| Some(settings.text("api_url").to_owned()),
        thread: None,
        inquiry: None,
        guard: None,
    }),
};

const KEYS: &[Key] = &[
    Key {
        name: "domain",
        shape: Shape::Host,
        need: Need::Required,
        example: "\"mg.example.com\"",
        help: "Sending domain, as Mailgun names it.",
    },
    Key {
        name: "key",
        shape: Shape::Secret,
        need: Need::Required,
        example: "{ env = \"MAILGUN_KEY\" }",
        help: "Sending key of the domain, a secret.",
    },
    Key {
        name: "api_url",
        shape: Shape::Url,
        need: Need::Default("https://api.mailgun.net"),
        example: "\"https://api.eu.mailgun.net\"",
        help: "URL of the API; `https://api.eu.mailgun.net` for a domain in the EU region.",
    },
];

fn request(handoff: &Handoff<'_>, settings: &Settings) -> Result<Request, Unfit> {
    let Message::Mail(message) = handoff.message else { return Err(Unfit::Form) };
    let key = settings.secret("key").ok_or(Unfit::Form)?;
    let from = mail::mailbox(&message.from.name, &message.from.address);
    let subject = one_line(&message.subject);
    let message_id = mail::message_id(handoff.step, &mail::host(&message.host));
    let (thread, list_id) = (mail::thread(message), mail::list_id(message));
    let (language, within) = (message.language.to_string(), within(handoff.gives_way_at - handoff.now));
    let unsubscribe = mail::unsubscribe(message);
    let mut fields = vec![
        ("from", from.as_str()),
        ("to", handoff.to.expose()),
        ("subject", subject.as_str()),
        ("text", message.text.as_str()),
        ("html", message.html.as_str()),
        ("h:Message-Id", message_id.as_str()),
        ("h:In-Reply-To", thread.as_str()),
        ("h:References", thread.as_str()),
        ("h:List-Id", list_id.as_str()),
        ("h:List-Unsubscribe", unsubscribe.as_str()),
        ("h:Auto-Submitted", "auto-generated"),
        ("h:Content-Language", language.as_str()),
        ("o:tracking", "no"),
        ("o:deliver-within", within.as_str()),
        ("v:step", handoff.step.as_str()),
    ];
    fields.extend(message.leave.as_ref().map(|_| ("h:List-Unsubscribe-Post", mail::ONE_CLICK)));
    fields.extend(message.reply_to.as_ref().map(|reply_to| ("h:Reply-To", reply_to.expose())));
    let base = settings.text("api_url").trim_end_matches('/');
    let url = format!("{base}/v3/{}/messages", settings.text("domain"));
    Ok(Request::post_multipart(url, &fields).basic("api", key.expose()))
}

/// How long Mailgun may try, as it writes lengths of time.
fn within(left: TimeDelta) -> String {
    let minutes = left.num_minutes().clamp(5, 24 * 60);
    format!("{}h{}m", minutes / 60, minutes % 60)
}

/// What Mailgun says.
#[derive(Default, Deserialize)]
struct ResponseBody {
    id: Option<String>,
    message: Option<String>,
}

fn classify(response: &Response<'_>) -> Reply {
    let body: ResponseBody = serde_json::from_str(response.body).unwrap_or_default();
    let words = body.message.as_deref().unwrap_or(response.body);
    let class = match response.status {
        // Something else answers in its place.
        200..=299 if response.body.trim_start().starts_with('<') => ReplyClass::AccountRejected,
        400 if words.contains("'to' parameter is not a valid address") => ReplyClass::AddressRejected,
        status => http_status::class(status),
    };
    http_status::reply(class, response, words, body.id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_to_try_is_within_what_mailgun_accepts() {
        for (minutes, written) in [(-5, "0h5m"), (1, "0h5m"), (30, "0h30m"), (90, "1h30m"), (9_999, "24h0m")]
        {
            assert_eq!(within(TimeDelta::minutes(minutes)), written);
        }
    }
}

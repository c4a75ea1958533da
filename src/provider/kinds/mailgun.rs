//! Mailgun, by its Messages API (OpenAPI description of 2026-07: `POST /v3/{domain}/messages`).
//!
//! Promises: Mailgun writes the email from our texts and adds no tracking; it is asked to give up when the step's turn
//! ends, within the 5 minutes to 24 hours that it accepts. A report is read once the signature of the webhook fits.

use chrono::TimeDelta;
use data_encoding::HEXLOWER;
use ring::hmac;
use serde::Deserialize;
use serde_json::Value;

use crate::model::channel::Channel;
use crate::model::line::one_line;
use crate::model::message::Message;
use crate::model::reply::{Reply, ReplyClass};
use crate::model::report::{Evidence, ReceiptStatus};
use crate::provider::callback::{Callback, Refused, Report, is_same};
use crate::provider::exchange::{Handoff, Request, Response, Unfit};
use crate::provider::http_status::{self, shortened};
use crate::provider::key::{Key, Need, RECEIVES, REPORT_URL, REPORTS_KEY, Shape};
use crate::provider::kind::{Http, Idempotence, Kind, Proof, Protection, Protocol};
use crate::provider::kinds::bounce;
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
    proof: Proof { always: Evidence::Accepted, with: Some((REPORT_URL, Evidence::Delivered)) },
    idempotence: Idempotence::None,
    room: None,
    validity_unit: None,
    keys: KEYS,
    protection: Protection::Url("api_url"),
    protocol: Protocol::Http(Http {
        reports: Some(reports),
        probe: |settings| Some(settings.text("api_url").to_owned()),
        ..Http::new(request, classify)
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
    RECEIVES,
    Key {
        name: REPORTS_KEY,
        shape: Shape::Secret,
        need: Need::With(REPORT_URL),
        example: "{ env = \"MAILGUN_REPORTS_KEY\" }",
        help: "HTTP webhook signing key, a secret.",
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
    let within = within(handoff.gives_way_at - handoff.now);
    let headers = mail::headers(message, handoff.step);
    let headers: Vec<(String, String)> =
        headers.into_iter().map(|(name, value)| (format!("h:{name}"), value)).collect();
    let mut fields = vec![
        ("from", from.as_str()),
        ("to", handoff.to.expose()),
        ("subject", subject.as_str()),
        ("text", message.text.as_str()),
        ("html", message.html.as_str()),
        ("o:tracking", "no"),
        ("o:deliver-within", within.as_str()),
        ("v:step", handoff.step.as_str()),
    ];
    fields.extend(headers.iter().map(|(name, value)| (name.as_str(), value.as_str())));
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

/// One call of the webhook.
#[derive(Deserialize)]
struct Event {
    signature: Signature,
    #[serde(rename = "event-data")]
    data: Value,
}

/// What proves it: the HMAC of the time and the token, in hexadecimal digits.
#[derive(Deserialize)]
struct Signature {
    timestamp: String,
    token: String,
    signature: String,
}

fn reports(callback: &Callback<'_>) -> Result<Vec<Report>, Refused> {
    let event = callback.json::<Event>();
    callback.is_proven(|settings| {
        let Signature { timestamp, token, signature } = &event.as_ref().ok()?.signature;
        let key = hmac::Key::new(hmac::HMAC_SHA256, settings.secret(REPORTS_KEY)?.expose().as_bytes());
        let expected = hmac::sign(&key, format!("{timestamp}{token}").as_bytes());
        Some(is_same(&HEXLOWER.encode(expected.as_ref()), signature))
    })?;
    let data = event?.data;
    let kind = data["event"].as_str().unwrap_or_default();
    let delivery = &data["delivery-status"];
    let answer =
        ["enhanced-code", "message", "description"].map(|key| delivery[key].as_str().unwrap_or_default());
    let answer = answer.join(" ");
    let status = match (kind, data["severity"].as_str()) {
        ("accepted", _) | ("failed", Some("temporary")) => ReceiptStatus::Buffered,
        ("delivered", _) => ReceiptStatus::Delivered,
        // Mailgun did not try, because it bounced, complained or unsubscribed before.
        ("failed", _) if data["reason"].as_str().is_some_and(|reason| reason.starts_with("suppress-")) => {
            ReceiptStatus::Undeliverable
        }
        ("failed", _) if data["reason"] == "bounce" => bounce::permanent(&answer),
        ("failed" | "rejected", _) => ReceiptStatus::Failed,
        ("complained" | "unsubscribed", _) => ReceiptStatus::Undeliverable,
        _ => return Ok(Vec::new()),
    };
    let message_id = data["message"]["headers"]["message-id"].as_str().map(|id| format!("<{id}>"));
    let reference = data["user-variables"]["step"].as_str().map(str::to_owned).or(message_id);
    let reference = reference.ok_or(Refused::Unreadable)?;
    Ok(vec![Report { reference, status, words: shortened(&format!("{kind} {answer}")) }])
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

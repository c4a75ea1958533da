//! SendGrid, by its Mail Send API (OpenAPI description of 2026-01: `POST /v3/mail/send`).
//!
//! Promises: SendGrid writes the email from our texts and adds no tracking and no footer. A report is read once the signature of
//! the event webhook fits, which is asymmetric: the plan holds SendGrid's public key.

use data_encoding::BASE64;
use ring::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};
use serde::Deserialize;
use serde_json::json;

use crate::model::channel::Channel;
use crate::model::line::one_line;
use crate::model::message::Message;
use crate::model::reply::{Reply, ReplyClass};
use crate::model::report::{Evidence, ReceiptStatus};
use crate::provider::callback::{Callback, Refused, Report};
use crate::provider::exchange::{Handoff, Method, Request, Response, Unfit};
use crate::provider::http_status::{self, shortened};
use crate::provider::key::{Key, Need, RECEIVES, REPORT_URL, REPORTS_KEY, Shape};
use crate::provider::kind::{Http, Idempotence, Kind, Proof, Protection, Protocol};
use crate::provider::kinds::bounce;
use crate::provider::mail;
use crate::provider::settings::Settings;

/// The row.
pub(super) static KIND: Kind = Kind {
    word: "sendgrid",
    title: "SendGrid, through its HTTP API",
    example: "sendgrid",
    channels: &[Channel::Mail],
    owner: Some("twilio"),
    domains: &["sendgrid.com", "sendgrid.net"],
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
        name: "key",
        shape: Shape::Secret,
        need: Need::Required,
        example: "{ env = \"SENDGRID_KEY\" }",
        help: "API key with the permission to send mail, a secret.",
    },
    RECEIVES,
    Key {
        name: REPORTS_KEY,
        shape: Shape::Text,
        need: Need::With(REPORT_URL),
        example: "\"MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE…\"",
        help: "Verification key of the signed event webhook, as SendGrid shows it; it is public.",
    },
    Key {
        name: "api_url",
        shape: Shape::Url,
        need: Need::Default("https://api.sendgrid.com"),
        example: "\"https://api.eu.sendgrid.com\"",
        help: "URL of the API; `https://api.eu.sendgrid.com` for a subuser in the EU region.",
    },
];

fn request(handoff: &Handoff<'_>, settings: &Settings) -> Result<Request, Unfit> {
    let Message::Mail(message) = handoff.message else { return Err(Unfit::Form) };
    let key = settings.secret("key").ok_or(Unfit::Form)?;
    let off = json!({ "enable": false });
    let mut document = json!({
        "personalizations": [{ "to": [{ "email": handoff.to.expose() }] }],
        "from": { "email": message.from.address.expose(), "name": one_line(&message.from.name) },
        "subject": one_line(&message.subject),
        // The plain text has to be the first.
        "content": [
            { "type": "text/plain", "value": message.text },
            { "type": "text/html", "value": message.html },
        ],
        "headers": mail::header_object(message, handoff.step),
        "custom_args": { "step": handoff.step.as_str() },
        "tracking_settings": {
            "click_tracking": { "enable": false, "enable_text": false },
            "open_tracking": off,
            "subscription_tracking": off,
        },
    });
    if let Some(reply_to) = &message.reply_to {
        document["reply_to"] = json!({ "email": reply_to.expose() });
    }
    let url = format!("{}/v3/mail/send", settings.text("api_url").trim_end_matches('/'));
    Ok(Request::json(Method::Post, url, &document).bearer(key))
}

/// Why SendGrid refuses a message.
#[derive(Default, Deserialize)]
struct ResponseBody {
    #[serde(default)]
    errors: Vec<ErrorDetail>,
}

#[derive(Deserialize)]
struct ErrorDetail {
    message: Option<String>,
    field: Option<String>,
}

fn classify(response: &Response<'_>) -> Reply {
    let body: ResponseBody = serde_json::from_str(response.body).unwrap_or_default();
    let is_of_address = |error: &ErrorDetail| {
        error.field.as_deref().is_some_and(|field| field.contains(".to.") && field.ends_with("email"))
    };
    let class = match response.status {
        202 => ReplyClass::Accepted,
        // In its sandbox, or something else answers in its place.
        200..=299 => ReplyClass::AccountRejected,
        400 if body.errors.iter().any(is_of_address) => ReplyClass::AddressRejected,
        status => http_status::class(status),
    };
    let words = body.errors.into_iter().find_map(|error| error.message).unwrap_or_default();
    let reference = response.header("x-message-id").map(str::to_owned);
    http_status::reply(class, response, &words, reference)
}

/// One entry of the event webhook.
#[derive(Deserialize)]
struct Entry {
    event: String,
    step: Option<String>,
    sg_message_id: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    status: Option<String>,
    #[serde(default)]
    reason: String,
}

fn reports(callback: &Callback<'_>) -> Result<Vec<Report>, Refused> {
    callback.is_proven(|settings| {
        let signature = callback.header("x-twilio-email-event-webhook-signature")?;
        let at = callback.header("x-twilio-email-event-webhook-timestamp")?;
        let key = public_key(settings.text(REPORTS_KEY))?;
        let signature = BASE64.decode(signature.as_bytes()).ok()?;
        let signed = format!("{at}{}", callback.body);
        Some(key.verify(signed.as_bytes(), &signature).is_ok())
    })?;
    let entries: Vec<Entry> = callback.json()?;
    Ok(entries.into_iter().filter_map(report).collect())
}

/// How SendGrid begins a key (RFC 5480: an uncompressed point of P-256, in DER).
const POINT_OF_P256: &[u8] = &[
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86,
    0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

fn public_key(text: &str) -> Option<UnparsedPublicKey<Vec<u8>>> {
    let der = BASE64.decode(text.trim().as_bytes()).ok()?;
    let point = der.strip_prefix(POINT_OF_P256)?;
    Some(UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point.to_vec()))
}

/// `None` for an event that says nothing of whether the email arrived.
fn report(entry: Entry) -> Option<Report> {
    let status = match entry.event.as_str() {
        "processed" | "deferred" => ReceiptStatus::Buffered,
        "delivered" => ReceiptStatus::Delivered,
        "bounce" if entry.kind.as_deref() == Some("blocked") => ReceiptStatus::Failed,
        "bounce" => {
            bounce::permanent(&format!("{} {}", entry.status.as_deref().unwrap_or_default(), entry.reason))
        }
        // It bounced, complained or unsubscribed before.
        "dropped" if entry.reason.ends_with("Address") => ReceiptStatus::Undeliverable,
        "dropped" => ReceiptStatus::Failed,
        "spamreport" | "unsubscribe" | "group_unsubscribe" => ReceiptStatus::Undeliverable,
        _ => return None,
    };
    // What follows the dot is SendGrid's own.
    let given = || entry.sg_message_id.as_deref().and_then(|id| id.split('.').next()).map(str::to_owned);
    let reference = entry.step.clone().or_else(given)?;
    Some(Report { reference, status, words: shortened(&format!("{} {}", entry.event, entry.reason)) })
}

//! Resend, by its Emails API (OpenAPI description 1.5.0 of 2026-08: `POST /emails`).
//!
//! Promises: the step is the idempotency key, which Resend remembers for 24 hours, as long as an email may be tried. Resend
//! writes a Message-ID of its own. A report is read once its signature (Standard Webhooks) fits.

use serde::Deserialize;
use serde_json::{Value, json};

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
use crate::provider::signature;

/// The row.
pub(super) static KIND: Kind = Kind {
    word: "resend",
    title: "Resend, through its HTTP API",
    example: "resend",
    channels: &[Channel::Mail],
    owner: Some("resend"),
    domains: &["resend.com"],
    proof: Proof { always: Evidence::Accepted, with: Some((REPORT_URL, Evidence::Delivered)) },
    idempotence: Idempotence::Always,
    room: None,
    validity_unit: None,
    keys: KEYS,
    protection: Protection::Url("api_url"),
    protocol: Protocol::Http(Http {
        check,
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
        example: "{ env = \"RESEND_KEY\" }",
        help: "API key with the permission to send, a secret.",
    },
    RECEIVES,
    Key {
        name: REPORTS_KEY,
        shape: Shape::Secret,
        need: Need::With(REPORT_URL),
        example: "{ env = \"RESEND_REPORTS_KEY\" }",
        help: "Signing secret of the webhook, `whsec_…`; a secret.",
    },
    Key {
        name: "api_url",
        shape: Shape::Url,
        need: Need::Default("https://api.resend.com"),
        example: "\"https://api.resend.com\"",
        help: "URL of the API.",
    },
];

fn check(settings: &Settings) -> Result<(), Unfit> {
    let Some(secret) = settings.secret(REPORTS_KEY) else { return Ok(()) };
    let unfit = Unfit::Secret { key: REPORTS_KEY, expected: signature::EXPECTED };
    signature::Key::read(secret).map(drop).ok_or(unfit)
}

fn request(handoff: &Handoff<'_>, settings: &Settings) -> Result<Request, Unfit> {
    let Message::Mail(message) = handoff.message else { return Err(Unfit::Form) };
    let key = settings.secret("key").ok_or(Unfit::Form)?;
    let mut document = json!({
        "from": mail::mailbox(&message.from.name, &message.from.address),
        "to": [handoff.to.expose()],
        "subject": one_line(&message.subject),
        "text": message.text,
        "html": message.html,
        "headers": mail::header_object(message, handoff.step),
        "tags": [{ "name": "step", "value": handoff.step.as_str() }],
    });
    if let Some(reply_to) = &message.reply_to {
        document["reply_to"] = json!(reply_to.expose());
    }
    let url = format!("{}/emails", settings.text("api_url").trim_end_matches('/'));
    let request = Request::json(Method::Post, url, &document).bearer(key);
    Ok(request.header("idempotency-key", handoff.step.as_str()))
}

/// What Resend says: of an email it took, or of why it did not.
#[derive(Default, Deserialize)]
struct ResponseBody {
    id: Option<String>,
    name: Option<String>,
    message: Option<String>,
}

fn classify(response: &Response<'_>) -> Reply {
    let body: ResponseBody = serde_json::from_str(response.body).unwrap_or_default();
    let (name, words) =
        (body.name.as_deref().unwrap_or_default(), body.message.as_deref().unwrap_or_default());
    let class = match (response.status, name) {
        (200..=299, _) if body.id.is_none() => ReplyClass::AccountRejected,
        // The same key is in another request that has not ended.
        (_, "concurrent_idempotent_requests") => ReplyClass::Retryable,
        // The key came with other words before, which Resend may have sent.
        (_, "invalid_idempotent_request") => ReplyClass::Ambiguous,
        (_, "daily_quota_exceeded" | "monthly_quota_exceeded") => ReplyClass::AccountRejected,
        (_, "invalid_from_address" | "missing_api_key" | "restricted_api_key" | "invalid_api_key") => {
            ReplyClass::AccountRejected
        }
        (400 | 422, "validation_error") if words.contains("`to`") => ReplyClass::AddressRejected,
        (status, _) => http_status::class(status),
    };
    http_status::reply(class, response, words, body.id)
}

/// One call of the webhook.
#[derive(Deserialize)]
struct Event {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    data: Value,
}

fn reports(callback: &Callback<'_>) -> Result<Vec<Report>, Refused> {
    callback.is_proven(|settings| {
        let key = signature::Key::read(settings.secret(REPORTS_KEY)?)?;
        let at = callback.header("svix-timestamp")?.parse().ok()?;
        let (id, signatures) = (callback.header("svix-id")?, callback.header("svix-signature")?);
        Some(key.is_of(signatures, id, at, callback.body.as_bytes()))
    })?;
    let Event { kind, data } = callback.json()?;
    let detail = data["bounce"]["message"].as_str().or_else(|| data["failed"]["reason"].as_str());
    let detail = detail.unwrap_or_default();
    let status = match (kind.as_str(), data["bounce"]["type"].as_str()) {
        ("email.sent" | "email.delivery_delayed", _) => ReceiptStatus::Buffered,
        ("email.delivered", _) => ReceiptStatus::Delivered,
        ("email.bounced", Some("Permanent") | None) => bounce::permanent(detail),
        ("email.complained" | "email.suppressed", _) => ReceiptStatus::Undeliverable,
        ("email.bounced" | "email.failed", _) => ReceiptStatus::Failed,
        _ => return Ok(Vec::new()),
    };
    let reference = data["tags"]["step"].as_str().or_else(|| data["email_id"].as_str());
    let reference = reference.ok_or(Refused::Unreadable)?.to_owned();
    Ok(vec![Report { reference, status, words: shortened(&format!("{kind} {detail}")) }])
}

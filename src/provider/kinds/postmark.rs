//! Postmark, by its Email API (`POST /email`).
//!
//! Promises: Postmark writes the email from our texts, keeps our Message-ID and adds no tracking. Its own error code takes
//! precedence over the HTTP status. It signs no reports: the webhook gives a password.

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
use crate::provider::key::{Key, Need, PASSWORD_OF_REPORTS, RECEIVES, REPORT_URL, REPORTS_PASSWORD, Shape};
use crate::provider::kind::{Http, Idempotence, Kind, Proof, Protection, Protocol};
use crate::provider::kinds::bounce;
use crate::provider::mail;
use crate::provider::settings::Settings;

/// The row.
pub(super) static KIND: Kind = Kind {
    word: "postmark",
    title: "Postmark, through its HTTP API",
    example: "postmark",
    channels: &[Channel::Mail],
    owner: Some("activecampaign"),
    domains: &["postmarkapp.com"],
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
        name: "token",
        shape: Shape::Secret,
        need: Need::Required,
        example: "{ env = \"POSTMARK_TOKEN\" }",
        help: "Server API token, a secret.",
    },
    Key {
        name: "stream",
        shape: Shape::Id,
        need: Need::Default("outbound"),
        example: "\"outbound\"",
        help: "ID of the message stream. A broadcast stream adds a link of Postmark's own to unsubscribe.",
    },
    RECEIVES,
    PASSWORD_OF_REPORTS,
    Key {
        name: "api_url",
        shape: Shape::Url,
        need: Need::Default("https://api.postmarkapp.com"),
        example: "\"https://api.postmarkapp.com\"",
        help: "URL of the API.",
    },
];

fn request(handoff: &Handoff<'_>, settings: &Settings) -> Result<Request, Unfit> {
    let Message::Mail(message) = handoff.message else { return Err(Unfit::Form) };
    let token = settings.secret("token").ok_or(Unfit::Form)?;
    // Without the last one, Postmark writes a Message-ID of its own.
    let keep = ("X-PM-KeepID", "true".to_owned());
    let headers = mail::headers(message, handoff.step).into_iter().chain([keep]);
    let headers: Vec<Value> = headers.map(|(name, value)| json!({ "Name": name, "Value": value })).collect();
    let mut document = json!({
        "From": mail::mailbox(&message.from.name, &message.from.address),
        "To": handoff.to.expose(),
        "Subject": one_line(&message.subject),
        "TextBody": message.text,
        "HtmlBody": message.html,
        "Headers": headers,
        "Metadata": { "step": handoff.step.as_str() },
        "MessageStream": settings.text("stream"),
        "TrackOpens": false,
        "TrackLinks": "None",
    });
    if let Some(reply_to) = &message.reply_to {
        document["ReplyTo"] = json!(reply_to.expose());
    }
    let url = format!("{}/email", settings.text("api_url").trim_end_matches('/'));
    let request = Request::json(Method::Post, url, &document).header("accept", "application/json");
    Ok(request.header("x-postmark-server-token", token.expose()))
}

/// What Postmark says of a message.
#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct ResponseBody {
    error_code: Option<u32>,
    message: Option<String>,
    #[serde(rename = "MessageID")]
    message_id: Option<String>,
}

fn classify(response: &Response<'_>) -> Reply {
    let body: ResponseBody = serde_json::from_str(response.body).unwrap_or_default();
    let words = body.message.as_deref().unwrap_or_default();
    let class = match (response.status, body.error_code) {
        (200, Some(0)) => ReplyClass::Accepted,
        (200..=299, None) => ReplyClass::AccountRejected,
        // It bounced or complained before; or it is not an address.
        (_, Some(406)) => ReplyClass::AddressRejected,
        (_, Some(300)) if words.contains("'To'") => ReplyClass::AddressRejected,
        // Maintenance, too many requests, a fault of its database.
        (_, Some(100 | 429 | 500)) => ReplyClass::Retryable,
        // The token, the sender, the credits, the account, the message stream.
        (_, Some(10 | 400 | 401 | 405 | 412 | 413 | 1200..=1299)) => ReplyClass::AccountRejected,
        (200..=299, Some(_)) => ReplyClass::ContentRejected,
        (status, _) => http_status::class(status),
    };
    let mut reply = http_status::reply(class, response, words, body.message_id);
    if let Some(code) = body.error_code.filter(|code| *code != 0) {
        reply.code = format!("{} {code}", reply.code);
    }
    reply
}

/// One call of a webhook.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Event {
    record_type: String,
    #[serde(rename = "MessageID")]
    message_id: Option<String>,
    #[serde(default)]
    metadata: Value,
    #[serde(rename = "Type")]
    kind: Option<String>,
    #[serde(default)]
    details: String,
    #[serde(default)]
    suppress_sending: bool,
}

fn reports(callback: &Callback<'_>) -> Result<Vec<Report>, Refused> {
    callback.lets_in_with(REPORTS_PASSWORD)?;
    let event: Event = callback.json()?;
    let Some(status) = status(&event) else { return Ok(Vec::new()) };
    let reference = event.metadata["step"].as_str().map(str::to_owned).or(event.message_id);
    let reference = reference.ok_or(Refused::Unreadable)?;
    let kind = event.kind.unwrap_or_default();
    let words = shortened(&format!("{} {kind} {}", event.record_type, event.details));
    Ok(vec![Report { reference, status, words }])
}

/// `None` for an event that says nothing of whether the email arrived.
fn status(event: &Event) -> Option<ReceiptStatus> {
    match (event.record_type.as_str(), event.kind.as_deref().unwrap_or_default()) {
        ("Delivery", _) => Some(ReceiptStatus::Delivered),
        ("SpamComplaint", _) => Some(ReceiptStatus::Undeliverable),
        ("SubscriptionChange", _) if event.suppress_sending => Some(ReceiptStatus::Undeliverable),
        ("Bounce", "HardBounce") => Some(bounce::permanent(&event.details)),
        ("Bounce", "BadEmailAddress" | "ManuallyDeactivated" | "SpamComplaint" | "Unsubscribe") => {
            Some(ReceiptStatus::Undeliverable)
        }
        // What answers by itself has arrived.
        (
            "Bounce",
            "AutoResponder" | "AddressChange" | "ChallengeVerification" | "OpenRelayTest" | "Subscribe",
        ) => None,
        ("Bounce", "Transient") => Some(ReceiptStatus::Buffered),
        ("Bounce", _) => Some(ReceiptStatus::Failed),
        _ => None,
    }
}

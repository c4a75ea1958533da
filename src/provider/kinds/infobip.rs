//! Infobip, by its SMS API (`POST /sms/3/messages`).
//!
//! Promises: the group of the status in the answer decides; the text is not transliterated, because it was counted as it is. Infobip
//! gives up when the step's turn ends, within the 10 seconds to 48 hours that it accepts. A report is authenticated by the token
//! in its URL, and says by itself whether an error is permanent.

use std::time::Duration;

use serde::Deserialize;
use serde_json::json;

use crate::model::channel::Channel;
use crate::model::message::Message;
use crate::model::reply::{Reply, ReplyClass};
use crate::model::report::{Evidence, ReceiptStatus};
use crate::provider::callback::{Callback, Refused, Report, report_url};
use crate::provider::exchange::{Handoff, Method, Request, Response, Unfit};
use crate::provider::http_status::{self, shortened};
use crate::provider::key::{Key, LISTENS, Need, REPORT_URL, Shape, VALIDITY};
use crate::provider::kind::{Http, Idempotence, Kind, Proof, Protection, Protocol};
use crate::provider::settings::Settings;

const VALIDITY_MIN: Duration = Duration::from_secs(10);
const VALIDITY_MAX: Duration = Duration::from_secs(48 * 3_600);

/// The row.
pub(super) static KIND: Kind = Kind {
    word: "infobip",
    title: "Infobip, through its SMS API",
    example: "infobip",
    channels: &[Channel::Text],
    owner: Some("infobip"),
    domains: &["infobip.com"],
    proof: Proof { always: Evidence::Accepted, with: Some((REPORT_URL, Evidence::Delivered)) },
    idempotence: Idempotence::None,
    room: None,
    validity_unit: Some(Duration::from_secs(1)),
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
        name: "api_url",
        shape: Shape::Base,
        need: Need::Required,
        example: "\"https://abc123.api.infobip.com\"",
        help: "URL of the API; each account has its own.",
    },
    Key {
        name: "key",
        shape: Shape::Secret,
        need: Need::Required,
        example: "{ env = \"INFOBIP_KEY\" }",
        help: "API key, a secret.",
    },
    Key {
        name: "sender",
        shape: Shape::Sender,
        need: Need::Optional,
        example: "\"+15005550006\"",
        help: "Sender, if it differs from `text.sender`.",
    },
    Key {
        name: VALIDITY,
        shape: Shape::Duration(VALIDITY_MIN, VALIDITY_MAX),
        need: Need::Optional,
        example: "\"10m\"",
        help: "How long Infobip keeps trying a message, 10s to 48h. It stops earlier if the step of the chain times out.",
    },
    Key {
        name: REPORT_URL,
        shape: Shape::Url,
        need: Need::Optional,
        example: "\"https://desk.example.com/reports/infobip\"",
        help: "Public URL to which Infobip sends delivery receipts.",
    },
    LISTENS,
];

fn request(handoff: &Handoff<'_>, settings: &Settings) -> Result<Request, Unfit> {
    let Message::Text(message) = handoff.message else { return Err(Unfit::Form) };
    let key = settings.secret("key").ok_or(Unfit::Form)?;
    let seconds = handoff.seconds(settings.duration(VALIDITY), VALIDITY_MIN..=VALIDITY_MAX);
    let from = settings.optional("sender").unwrap_or(handoff.sender);
    let mut sms = json!({
        // Numbers are without their plus sign.
        "sender": from.trim_start_matches('+'),
        "destinations": [{
            "to": handoff.to.expose().trim_start_matches('+'),
            "messageId": handoff.step.as_str(),
        }],
        "content": { "text": message.body, "transliteration": "NONE" },
        "options": { "validityPeriod": { "amount": seconds, "timeUnit": "SECONDS" } },
    });
    if let Some(base) = settings.optional(REPORT_URL) {
        let url = report_url(base, handoff.provider, key, handoff.step.as_str());
        sms["webhooks"] = json!({ "delivery": { "url": url }, "contentType": "application/json" });
    }
    let url = format!("{}/sms/3/messages", settings.text("api_url"));
    let request = Request::json(Method::Post, url, &json!({ "messages": [sms] }));
    Ok(request.header("authorization", format!("App {}", key.expose())).header("accept", "application/json"))
}

/// What Infobip says of a message it looked at.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ResponseBody {
    #[serde(default)]
    messages: Vec<Sent>,
    /// Why it did not look at it.
    description: Option<String>,
    request_error: Option<RequestError>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RequestError {
    service_exception: ServiceException,
}

#[derive(Deserialize)]
struct ServiceException {
    text: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Sent {
    message_id: Option<String>,
    status: Status,
}

/// A status; Infobip's groups are 0 accepted, 1 pending, 2 undeliverable, 3 delivered, 4 expired, 5 rejected.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Status {
    group_id: u32,
    name: String,
    description: String,
}

fn classify(response: &Response<'_>) -> Reply {
    let body: ResponseBody = serde_json::from_str(response.body).unwrap_or_default();
    let sent = body.messages.into_iter().next();
    let class = match (response.status, &sent) {
        (200..=299, None) => ReplyClass::AccountRejected,
        (200..=299, Some(Sent { status, .. })) => class_of(status),
        (status, _) => http_status::class(status),
    };
    let said = body.request_error.and_then(|error| error.service_exception.text).or(body.description);
    let words = sent.as_ref().map(|sent| format!("{} {}", sent.status.name, sent.status.description));
    let words = words.or(said).unwrap_or_default();
    http_status::reply(class, response, &words, sent.and_then(|sent| sent.message_id))
}

fn class_of(status: &Status) -> ReplyClass {
    match (status.group_id, status.name.as_str()) {
        (0 | 1 | 3, _) => ReplyClass::Accepted,
        (_, "REJECTED_FLOODING_FILTER" | "REJECTED_SYSTEM_ERROR" | "REJECTED_NETWORK") => {
            ReplyClass::Retryable
        }
        // The step is the id of the message: this one was taken before.
        (_, "REJECTED_DUPLICATE_MESSAGE_ID") => ReplyClass::Ambiguous,
        (
            _,
            "REJECTED_DESTINATION"
            | "REJECTED_INVALID_DESTINATION"
            | "REJECTED_PREFIX_MISSING"
            | "REJECTED_DND"
            | "REJECTED_BLACKLISTED"
            | "MISSING_TO",
        ) => ReplyClass::AddressRejected,
        (2 | 4, _)
        | (_, "REJECTED_MESSAGE_TOO_LONG" | "REJECTED_INVALID_UDH" | "REJECTED_VALIDATION_FAILED") => {
            ReplyClass::ContentRejected
        }
        // The sender, the credits, the route, the registration.
        _ => ReplyClass::AccountRejected,
    }
}

/// One call of the webhook.
#[derive(Deserialize)]
struct Results {
    results: Vec<Outcome>,
}

#[derive(Deserialize)]
struct Outcome {
    status: Status,
    #[serde(default)]
    error: Problem,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Problem {
    name: String,
    permanent: bool,
}

fn reports(callback: &Callback<'_>) -> Result<Vec<Report>, Refused> {
    let reference = callback.step(Method::Post, "key")?;
    let Results { results } = callback.json()?;
    let report = |Outcome { status: Status { group_id, name, .. }, error }| {
        let status = match (group_id, name.as_str()) {
            // Of these two the handset says nothing: the network has it, or does not say what happened.
            (3, "DELIVERED_TO_OPERATOR") => ReceiptStatus::Sent,
            (4, "EXPIRED_DLR_UNKNOWN") => ReceiptStatus::Buffered,
            (3, _) => ReceiptStatus::Delivered,
            (0 | 1, _) => ReceiptStatus::Buffered,
            (2, _) if error.permanent && is_of_the_number(&error.name) => ReceiptStatus::Undeliverable,
            (2 | 4 | 5, _) => ReceiptStatus::Failed,
            _ => return None,
        };
        let words = shortened(&format!("{name} {}", error.name));
        Some(Report { reference: reference.clone(), status, words })
    };
    Ok(results.into_iter().filter_map(report).collect())
}

/// Whether an error is about the number: it is unknown, ported away, or a blocked one. Other permanent errors are about the text
/// or the sender.
fn is_of_the_number(error: &str) -> bool {
    ["UNKNOWN_SUBSCRIBER", "ILLEGAL_SUBSCRIBER", "ILLEGAL_NUMBER", "INVALID_DESTINATION", "BLACKLIST"]
        .iter()
        .any(|part| error.contains(part))
}

//! Vonage, by its SMS API (`POST /sms/json`).
//!
//! Promises: Vonage answers 200 whatever happened, so the status of each part in its answer decides; one part that it may have
//! sent puts the message in doubt. It gives up when the step's turn ends, within the 20 seconds to 7 days that it accepts. A
//! report is authenticated by the token in its URL.

use std::time::Duration;

use serde::Deserialize;

use crate::model::channel::Channel;
use crate::model::message::{Encoding, Message};
use crate::model::reply::{Reply, ReplyClass};
use crate::model::report::{Evidence, ReceiptStatus};
use crate::provider::callback::{Callback, Refused, Report, report_url};
use crate::provider::exchange::{Handoff, Request, Response, Unfit};
use crate::provider::http_status;
use crate::provider::key::{Key, LISTENS, Need, REPORT_URL, Shape, VALIDITY};
use crate::provider::kind::{Http, Idempotence, Kind, Proof, Protection, Protocol};
use crate::provider::settings::Settings;

const VALIDITY_MIN: Duration = Duration::from_secs(20);
const VALIDITY_MAX: Duration = Duration::from_secs(7 * 24 * 3_600);

/// The row.
pub(super) static KIND: Kind = Kind {
    word: "vonage",
    title: "Vonage, through its SMS API",
    example: "vonage",
    channels: &[Channel::Text],
    owner: Some("ericsson"),
    domains: &["nexmo.com", "vonage.com"],
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
        name: "key",
        shape: Shape::Word,
        need: Need::Required,
        example: "\"abcd1234\"",
        help: "API key of the account.",
    },
    Key {
        name: "secret",
        shape: Shape::Secret,
        need: Need::Required,
        example: "{ env = \"VONAGE_SECRET\" }",
        help: "API secret of the account.",
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
        help: "How long Vonage keeps trying a message, 20s to 7 days. It stops earlier if the step of the chain times out.",
    },
    Key {
        name: REPORT_URL,
        shape: Shape::Url,
        need: Need::Optional,
        example: "\"https://desk.example.com/reports/vonage\"",
        help: "Public URL to which Vonage sends delivery receipts.",
    },
    LISTENS,
    Key {
        name: "api_url",
        shape: Shape::Url,
        need: Need::Default("https://rest.nexmo.com"),
        example: "\"https://rest.nexmo.com\"",
        help: "URL of the API.",
    },
];

fn request(handoff: &Handoff<'_>, settings: &Settings) -> Result<Request, Unfit> {
    let Message::Text(message) = handoff.message else { return Err(Unfit::Form) };
    let secret = settings.secret("secret").ok_or(Unfit::Form)?;
    let seconds = handoff.seconds(settings.duration(VALIDITY), VALIDITY_MIN..=VALIDITY_MAX);
    let milliseconds = (seconds * 1_000).to_string();
    let from = settings.optional("sender").unwrap_or(handoff.sender);
    let mut fields = vec![
        // Numbers are without their plus sign.
        ("from", from.trim_start_matches('+')),
        ("to", handoff.to.expose().trim_start_matches('+')),
        ("text", message.body.as_str()),
        ("type", encoding(message.encoding)),
        ("ttl", milliseconds.as_str()),
        ("client-ref", handoff.step.as_str()),
    ];
    let report = settings
        .optional(REPORT_URL)
        .map(|base| report_url(base, handoff.provider, secret, handoff.step.as_str()));
    if let Some(url) = &report {
        fields.extend([("status-report-req", "1"), ("callback", url.as_str())]);
    }
    let url = format!("{}/sms/json", settings.text("api_url").trim_end_matches('/'));
    Ok(Request::post_form(url, &fields).basic(settings.text("key"), secret.expose()))
}

fn encoding(encoding: Encoding) -> &'static str {
    match encoding {
        Encoding::Gsm7 => "text",
        Encoding::Ucs2 => "unicode",
    }
}

/// What Vonage says of the parts of a message.
#[derive(Default, Deserialize)]
struct ResponseBody {
    #[serde(default)]
    messages: Vec<Part>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Part {
    status: String,
    message_id: Option<String>,
    error_text: Option<String>,
}

fn classify(response: &Response<'_>) -> Reply {
    let body: ResponseBody = serde_json::from_str(response.body).unwrap_or_default();
    let refused = body.messages.iter().find(|part| part.status != "0");
    let class = match (response.status, refused) {
        (200..=299, None) if body.messages.is_empty() => ReplyClass::AccountRejected,
        (200..=299, None) => ReplyClass::Accepted,
        // A part is on its way already.
        (200..=299, Some(_)) if body.messages.iter().any(|part| part.status == "0") => ReplyClass::Ambiguous,
        (200..=299, Some(part)) => class_of(part),
        (status, _) => http_status::class(status),
    };
    let words = refused.and_then(|part| part.error_text.as_deref()).unwrap_or_default();
    let reference = body.messages.iter().find_map(|part| part.message_id.clone());
    let mut reply = http_status::reply(class, response, words, reference);
    if let Some(part) = refused {
        reply.code = format!("{} {}", reply.code, http_status::shortened(&part.status));
    }
    reply
}

/// Vonage's numbers of errors.
fn class_of(part: &Part) -> ReplyClass {
    let words = part.error_text.as_deref().unwrap_or_default().to_lowercase();
    match part.status.as_str() {
        // Throttled, an internal error, too many connections.
        "1" | "5" | "10" => ReplyClass::Retryable,
        // Barred, or deactivated.
        "7" | "33" => ReplyClass::AddressRejected,
        "3" if words.contains("to address") || words.contains("param: to") => ReplyClass::AddressRejected,
        // Missing and invalid parameters, an invalid text, one that is too long.
        "2" | "3" | "6" | "12" => ReplyClass::ContentRejected,
        // The key, the account, the sender, the credits, the callback.
        _ => ReplyClass::AccountRejected,
    }
}

fn reports(callback: &Callback<'_>) -> Result<Vec<Report>, Refused> {
    // The account says whether it calls by GET or POST.
    let reference = callback.step(callback.method, "secret")?;
    let json: Option<serde_json::Value> = callback.json().ok();
    let in_json = |name: &str| json.as_ref().and_then(|json| json[name].as_str().map(str::to_owned));
    let field =
        |name| callback.query_field(name).or_else(|| callback.body_field(name)).or_else(|| in_json(name));
    let word = field("status").ok_or(Refused::Unreadable)?;
    let code = field("err-code").unwrap_or_default();
    let status = status(&word, &code).ok_or(Refused::Unreadable)?;
    Ok(vec![Report { reference, status, words: http_status::shortened(&format!("{word} {code}")) }])
}

/// Vonage's words for what happened to a message, with its code where it failed.
fn status(word: &str, code: &str) -> Option<ReceiptStatus> {
    match word {
        "buffered" | "unknown" => Some(ReceiptStatus::Buffered),
        "accepted" => Some(ReceiptStatus::Sent),
        "delivered" => Some(ReceiptStatus::Delivered),
        // Absent for good, barred by the subscriber, not a number.
        "failed" | "rejected" | "expired" if matches!(code, "3" | "4" | "9") => {
            Some(ReceiptStatus::Undeliverable)
        }
        "failed" | "rejected" | "expired" => Some(ReceiptStatus::Failed),
        _ => None,
    }
}

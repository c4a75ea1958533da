//! Brevo, by its transactional email API (`POST /v3/smtp/email`).
//!
//! Promises: an idempotency key made of the step goes with each request; Brevo remembers it for less time than an email may be
//! tried (15 to 30 minutes), so a later retry may arrive twice. Brevo signs no reports: the webhook gives a password.

use data_encoding::HEXLOWER;
use serde::Deserialize;
use serde_json::json;

use crate::model::channel::Channel;
use crate::model::hash::derive;
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
    word: "brevo",
    title: "Brevo, through its HTTP API",
    example: "brevo",
    channels: &[Channel::Mail],
    owner: Some("brevo"),
    domains: &["brevo.com", "sendinblue.com"],
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
        example: "{ env = \"BREVO_KEY\" }",
        help: "API key (version 3), a secret.",
    },
    RECEIVES,
    PASSWORD_OF_REPORTS,
    Key {
        name: "api_url",
        shape: Shape::Url,
        need: Need::Default("https://api.brevo.com"),
        example: "\"https://api.brevo.com\"",
        help: "URL of the API.",
    },
];

/// The header field that Brevo repeats in its reports.
const CUSTOM: &str = "X-Mailin-custom";

fn request(handoff: &Handoff<'_>, settings: &Settings) -> Result<Request, Unfit> {
    let Message::Mail(message) = handoff.message else { return Err(Unfit::Form) };
    let key = settings.secret("key").ok_or(Unfit::Form)?;
    let step = handoff.step.as_str();
    let mut headers = mail::header_object(message, handoff.step);
    headers["idempotencyKey"] = json!(uuid(step));
    headers[CUSTOM] = json!(step);
    let name = one_line(&message.from.name);
    let address = message.from.address.expose();
    let mut document = json!({
        // An empty name is an error.
        "sender": if name.is_empty() { json!({ "email": address }) } else { json!({ "email": address, "name": name }) },
        "to": [{ "email": handoff.to.expose() }],
        "subject": one_line(&message.subject),
        "textContent": message.text,
        "htmlContent": message.html,
        "headers": headers,
    });
    if let Some(reply_to) = &message.reply_to {
        document["replyTo"] = json!({ "email": reply_to.expose() });
    }
    let url = format!("{}/v3/smtp/email", settings.text("api_url").trim_end_matches('/'));
    Ok(Request::json(Method::Post, url, &document).header("api-key", key.expose()))
}

/// A UUID (RFC 9562, version 8: of our own making) that follows from the step.
fn uuid(step: &str) -> String {
    let mut bytes = [0; 16];
    bytes.iter_mut().zip(derive("brevo", &[step]).bytes()).for_each(|(byte, letter)| *byte = letter);
    bytes[6] = bytes[6] & 0x0f | 0x80;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex = HEXLOWER.encode(&bytes);
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

/// What Brevo says: of an email it took, or of why it did not.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ResponseBody {
    message_id: Option<String>,
    code: Option<String>,
    message: Option<String>,
}

fn classify(response: &Response<'_>) -> Reply {
    let body: ResponseBody = serde_json::from_str(response.body).unwrap_or_default();
    let (code, words) =
        (body.code.as_deref().unwrap_or_default(), body.message.as_deref().unwrap_or_default());
    let class = match (response.status, code) {
        (200..=299, _) if body.message_id.is_none() => ReplyClass::AccountRejected,
        // An earlier request with the key came through; its answer is not repeated.
        (400 | 409, "duplicate_request") => ReplyClass::Ambiguous,
        (400.., "not_enough_credits" | "permission_denied" | "account_under_validation" | "unauthorized") => {
            ReplyClass::AccountRejected
        }
        (400, "invalid_parameter") if words.to_lowercase().contains("email is not valid in to") => {
            ReplyClass::AddressRejected
        }
        (400, "invalid_parameter") if words.to_lowercase().contains("sender") => ReplyClass::AccountRejected,
        (status, _) => http_status::class(status),
    };
    http_status::reply(class, response, words, body.message_id)
}

/// One call of the webhook.
#[derive(Deserialize)]
struct Event {
    event: String,
    #[serde(rename = "message-id")]
    message_id: Option<String>,
    #[serde(rename = "X-Mailin-custom")]
    step: Option<String>,
    #[serde(default)]
    reason: String,
}

fn reports(callback: &Callback<'_>) -> Result<Vec<Report>, Refused> {
    callback.lets_in_with(REPORTS_PASSWORD)?;
    let Event { event, message_id, step, reason } = callback.json()?;
    let status = match event.as_str() {
        "request" | "deferred" => ReceiptStatus::Buffered,
        "delivered" => ReceiptStatus::Delivered,
        "hard_bounce" => bounce::permanent(&reason),
        "invalid_email" | "spam" | "unsubscribed" => ReceiptStatus::Undeliverable,
        // Blocked is one that bounced or complained before, on Brevo's own list.
        "blocked" => ReceiptStatus::Undeliverable,
        "soft_bounce" | "error" => ReceiptStatus::Failed,
        _ => return Ok(Vec::new()),
    };
    let reference = step.or(message_id).ok_or(Refused::Unreadable)?;
    Ok(vec![Report { reference, status, words: shortened(&format!("{event} {reason}")) }])
}

#[cfg(test)]
mod tests {
    use super::uuid;

    #[test]
    fn a_step_has_one_uuid_of_the_right_shape() {
        let first = uuid("one");
        assert_eq!((first.as_str(), first.len()), (uuid("one").as_str(), 36));
        assert_ne!(first, uuid("two"));
        let parts: Vec<usize> = first.split('-').map(str::len).collect();
        assert_eq!(parts, [8, 4, 4, 4, 12]);
        assert!(first[14..].starts_with('8') && first[19..].starts_with(['8', '9', 'a', 'b']), "{first}");
    }
}

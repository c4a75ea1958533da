//! Amazon SES, by its API of version 2 (`SendEmail`).
//!
//! Promises: SES writes the email from our texts; it writes Message-ID and Date itself, so threads hang on the other header
//! fields. Events come from EventBridge or SNS, neither of which signs for a receiver without a network: they give a password.

use serde_json::{Value, json};

use crate::model::channel::Channel;
use crate::model::line::one_line;
use crate::model::message::Message;
use crate::model::reply::{Reply, ReplyClass};
use crate::model::report::{Evidence, ReceiptStatus};
use crate::provider::aws;
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
    word: "ses",
    title: "Amazon SES, through its HTTP API",
    example: "ses",
    channels: &[Channel::Mail],
    owner: Some("aws"),
    domains: aws::DOMAINS,
    proof: Proof { always: Evidence::Accepted, with: Some((REPORT_URL, Evidence::Delivered)) },
    idempotence: Idempotence::None,
    room: None,
    validity_unit: None,
    keys: KEYS,
    protection: Protection::Url("endpoint"),
    protocol: Protocol::Http(Http {
        reports: Some(reports),
        probe: |settings| Some(aws::endpoint(settings, "email")),
        ..Http::new(request, classify)
    }),
};

const KEYS: &[Key] = &[
    aws::REGION,
    aws::ACCESS_KEY_ID,
    aws::SECRET_ACCESS_KEY,
    aws::SESSION_TOKEN,
    Key {
        name: "configuration_set",
        shape: Shape::Id,
        need: Need::Optional,
        example: "\"status\"",
        help: "Configuration set, which sends events to EventBridge or SNS. Turn off its open and click tracking.",
    },
    RECEIVES,
    PASSWORD_OF_REPORTS,
    aws::ENDPOINT,
];

fn request(handoff: &Handoff<'_>, settings: &Settings) -> Result<Request, Unfit> {
    let Message::Mail(message) = handoff.message else { return Err(Unfit::Form) };
    let text = |data: &str| json!({ "Data": data, "Charset": "UTF-8" });
    let headers = mail::headers(message, handoff.step).into_iter().filter(|(name, _)| *name != "Message-ID");
    let headers: Vec<Value> = headers.map(|(name, value)| json!({ "Name": name, "Value": value })).collect();
    let mut document = json!({
        "FromEmailAddress": mail::ascii_mailbox(&message.from.name, &message.from.address),
        "Destination": { "ToAddresses": [handoff.to.expose()] },
        "Content": { "Simple": {
            "Subject": text(&one_line(&message.subject)),
            "Body": { "Text": text(&message.text), "Html": text(&message.html) },
            "Headers": headers,
        } },
        "EmailTags": [{ "Name": "step", "Value": handoff.step.as_str() }],
    });
    if let Some(reply_to) = &message.reply_to {
        document["ReplyToAddresses"] = json!([reply_to.expose()]);
    }
    if let Some(set) = settings.optional("configuration_set") {
        document["ConfigurationSetName"] = json!(set);
    }
    let url = format!("{}/v2/email/outbound-emails", aws::endpoint(settings, "email"));
    aws::signed(Request::json(Method::Post, url, &document), settings, "ses", handoff.now)
}

fn classify(response: &Response<'_>) -> Reply {
    let (kind, words) = aws::error(response);
    let reference = || {
        let body: Value = serde_json::from_str(response.body).ok()?;
        body["MessageId"].as_str().map(str::to_owned)
    };
    let reference = if response.status == 200 { reference() } else { None };
    let class = match (response.status, kind.as_str()) {
        (200..=299, _) if reference.is_none() => ReplyClass::AccountRejected,
        (
            _,
            "AccountSuspendedException" | "SendingPausedException" | "MailFromDomainNotVerifiedException",
        ) => ReplyClass::AccountRejected,
        // In the sandbox, or a sender that is not ours.
        (_, "MessageRejected") if words.contains("not verified") => ReplyClass::AccountRejected,
        (_, "BadRequestException") if speaks_of_the_address(&words) => ReplyClass::AddressRejected,
        (status, kind) => aws::class(kind).unwrap_or_else(|| match kind {
            "MessageRejected" => ReplyClass::ContentRejected,
            _ => http_status::class(status),
        }),
    };
    let mut reply = http_status::reply(class, response, &words, reference);
    if !kind.is_empty() {
        reply.code = format!("{} {}", reply.code, shortened(&kind));
    }
    reply
}

/// Words by which SES refuses a recipient's address.
fn speaks_of_the_address(words: &str) -> bool {
    ["final '@domain'", "Domain contains", "Domain starts", "Domain ends", "Local address", "Illegal address"]
        .iter()
        .any(|phrase| words.contains(phrase))
}

fn reports(callback: &Callback<'_>) -> Result<Vec<Report>, Refused> {
    callback.lets_in_with(REPORTS_PASSWORD)?;
    let event = aws::event(callback)?;
    let kind = event["eventType"].as_str().or_else(|| event["notificationType"].as_str()).unwrap_or_default();
    let bounced = &event["bounce"];
    let answer = bounced["bouncedRecipients"][0]["diagnosticCode"].as_str().unwrap_or_default();
    let status = match (kind, bounced["bounceType"].as_str().unwrap_or_default()) {
        ("Send" | "DeliveryDelay", _) => ReceiptStatus::Buffered,
        ("Delivery", _) => ReceiptStatus::Delivered,
        ("Bounce", "Permanent") => bounce::permanent(answer),
        ("Complaint" | "Subscription", _) => ReceiptStatus::Undeliverable,
        ("Bounce" | "Reject" | "Rendering Failure", _) => ReceiptStatus::Failed,
        _ => return Ok(Vec::new()),
    };
    let mail = &event["mail"];
    let reference = mail["tags"]["step"][0].as_str().or_else(|| mail["messageId"].as_str());
    let reference = reference.ok_or(Refused::Unreadable)?.to_owned();
    let detail = bounced["bounceSubType"].as_str().unwrap_or_default();
    Ok(vec![Report { reference, status, words: shortened(&format!("{kind} {detail} {answer}")) }])
}

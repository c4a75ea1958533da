//! AWS End User Messaging, by its SMS API of version 2 (`SendTextMessage`).
//!
//! Promises: every message is transactional; AWS gives up when the step's turn ends, within the 5 seconds to 72 hours that it
//! accepts. Events come from EventBridge or SNS, neither of which signs for a receiver without a network: they give a password.

use std::time::Duration;

use serde_json::{Value, json};

use crate::model::channel::Channel;
use crate::model::message::Message;
use crate::model::reply::{Reply, ReplyClass};
use crate::model::report::{Evidence, ReceiptStatus};
use crate::provider::aws;
use crate::provider::callback::{Callback, Refused, Report};
use crate::provider::exchange::{Handoff, Method, Request, Response, Unfit};
use crate::provider::http_status::{self, shortened};
use crate::provider::key::{
    Key, Need, PASSWORD_OF_REPORTS, RECEIVES, REPORT_URL, REPORTS_PASSWORD, Shape, VALIDITY,
};
use crate::provider::kind::{Http, Idempotence, Kind, Proof, Protection, Protocol};
use crate::provider::settings::Settings;

const VALIDITY_MIN: Duration = Duration::from_secs(5);
const VALIDITY_MAX: Duration = Duration::from_secs(72 * 3_600);

/// The row.
pub(super) static KIND: Kind = Kind {
    word: "eum",
    title: "AWS End User Messaging, through its SMS API",
    example: "eum",
    channels: &[Channel::Text],
    owner: Some("aws"),
    domains: aws::DOMAINS,
    proof: Proof { always: Evidence::Accepted, with: Some((REPORT_URL, Evidence::Delivered)) },
    idempotence: Idempotence::None,
    room: None,
    validity_unit: Some(Duration::from_secs(1)),
    keys: KEYS,
    protection: Protection::Url("endpoint"),
    protocol: Protocol::Http(Http {
        reports: Some(reports),
        probe: |settings| Some(aws::endpoint(settings, SERVICE)),
        ..Http::new(request, classify)
    }),
};

const SERVICE: &str = "sms-voice";

const KEYS: &[Key] = &[
    aws::REGION,
    aws::ACCESS_KEY_ID,
    aws::SECRET_ACCESS_KEY,
    aws::SESSION_TOKEN,
    Key {
        name: "sender",
        shape: Shape::Text,
        need: Need::Optional,
        example: "\"pool-0123456789abcdef\"",
        help: "Origination identity, if it differs from `text.sender`: a number, a sender ID, a pool, or the ARN of one.",
    },
    Key {
        name: VALIDITY,
        shape: Shape::Duration(VALIDITY_MIN, VALIDITY_MAX),
        need: Need::Optional,
        example: "\"10m\"",
        help: "How long AWS keeps trying a message, 5s to 72h. It stops earlier if the step of the chain times out.",
    },
    Key {
        name: "configuration_set",
        shape: Shape::Id,
        need: Need::Optional,
        example: "\"status\"",
        help: "Configuration set, which sends events to EventBridge or SNS.",
    },
    RECEIVES,
    PASSWORD_OF_REPORTS,
    aws::ENDPOINT,
];

fn request(handoff: &Handoff<'_>, settings: &Settings) -> Result<Request, Unfit> {
    let Message::Text(message) = handoff.message else { return Err(Unfit::Form) };
    let seconds = handoff.seconds(settings.duration(VALIDITY), VALIDITY_MIN..=VALIDITY_MAX);
    let mut document = json!({
        "DestinationPhoneNumber": handoff.to.expose(),
        "MessageBody": message.body,
        "MessageType": "TRANSACTIONAL",
        "TimeToLive": seconds,
        "Context": { "step": handoff.step.as_str() },
    });
    let from = settings.optional("sender").unwrap_or(handoff.sender);
    if !from.is_empty() {
        document["OriginationIdentity"] = json!(from);
    }
    if let Some(set) = settings.optional("configuration_set") {
        document["ConfigurationSetName"] = json!(set);
    }
    let request = Request::json(Method::Post, format!("{}/", aws::endpoint(settings, SERVICE)), &document);
    let headers = vec![
        ("content-type", "application/x-amz-json-1.0".to_owned()),
        ("x-amz-target", "PinpointSMSVoiceV2.SendTextMessage".to_owned()),
    ];
    aws::signed(Request { headers, ..request }, settings, SERVICE, handoff.now)
}

fn classify(response: &Response<'_>) -> Reply {
    let (kind, words) = aws::error(response);
    let body: Value = serde_json::from_str(response.body).unwrap_or_default();
    let reference = body["MessageId"].as_str().filter(|_| response.status == 200).map(str::to_owned);
    let reason = body["Reason"].as_str().unwrap_or_default();
    let fields = body["Fields"].as_array();
    let is_of_number =
        fields.is_some_and(|fields| fields.iter().any(|field| field["Name"] == "DestinationPhoneNumber"));
    let class = match (kind.as_str(), reason) {
        _ if (200..=299).contains(&response.status) && reference.is_none() => ReplyClass::AccountRejected,
        ("ConflictException", "DESTINATION_PHONE_NUMBER_OPTED_OUT") => ReplyClass::AddressRejected,
        // A rule of the account about the country or the number: nothing is wrong with the number itself.
        ("ConflictException", reason) if reason.starts_with("DESTINATION_") => ReplyClass::ContentRejected,
        ("ConflictException" | "ResourceNotFoundException" | "ServiceQuotaExceededException", _) => {
            ReplyClass::AccountRejected
        }
        ("ValidationException", _) if is_of_number => ReplyClass::AddressRejected,
        (kind, _) => aws::class(kind).unwrap_or_else(|| http_status::class(response.status)),
    };
    let mut reply = http_status::reply(class, response, &words, reference);
    if !kind.is_empty() {
        reply.code = format!("{} {}", reply.code, shortened(&format!("{kind} {reason}")));
    }
    reply
}

fn reports(callback: &Callback<'_>) -> Result<Vec<Report>, Refused> {
    callback.lets_in_with(REPORTS_PASSWORD)?;
    let event = aws::event(callback)?;
    let kind = event["eventType"].as_str().unwrap_or_default();
    let status = match kind {
        "TEXT_QUEUED" | "TEXT_PENDING" | "TEXT_UNKNOWN" => ReceiptStatus::Buffered,
        "TEXT_SENT" | "TEXT_SUCCESSFUL" => ReceiptStatus::Sent,
        "TEXT_DELIVERED" => ReceiptStatus::Delivered,
        // The number is invalid.
        "TEXT_INVALID" => ReceiptStatus::Undeliverable,
        kind if kind.starts_with("TEXT_") => ReceiptStatus::Failed,
        _ => return Ok(Vec::new()),
    };
    let reference = event["context"]["step"].as_str().or_else(|| event["messageId"].as_str());
    let reference = reference.ok_or(Refused::Unreadable)?.to_owned();
    let detail = event["messageStatusDescription"].as_str().unwrap_or_default();
    Ok(vec![Report { reference, status, words: shortened(&format!("{kind} {detail}")) }])
}

//! Amazon SNS as a sender of SMS (`Publish` with a phone number, API of 2010-03-31).
//!
//! Promises: every message is transactional. SNS keeps no limit for a message and reports only to CloudWatch, so acceptance is
//! all that it proves; End User Messaging (`eum`) knows both.

use serde::Deserialize;

use crate::model::channel::Channel;
use crate::model::message::Message;
use crate::model::reply::{Reply, ReplyClass};
use crate::model::report::Evidence;
use crate::provider::aws;
use crate::provider::exchange::{Handoff, Request, Response, Unfit};
use crate::provider::http_status::{self, shortened};
use crate::provider::key::{Key, Need, Shape};
use crate::provider::kind::{Http, Idempotence, Kind, Proof, Protection, Protocol};
use crate::provider::settings::Settings;

/// The row.
pub(super) static KIND: Kind = Kind {
    word: "sns",
    title: "Amazon SNS, through its HTTP API",
    example: "sns",
    channels: &[Channel::Text],
    owner: Some("aws"),
    domains: aws::DOMAINS,
    proof: Proof { always: Evidence::Accepted, with: None },
    idempotence: Idempotence::None,
    room: None,
    validity_unit: None,
    keys: KEYS,
    protection: Protection::Url("endpoint"),
    protocol: Protocol::Http(Http {
        probe: |settings| Some(aws::endpoint(settings, "sns")),
        ..Http::new(request, classify)
    }),
};

const KEYS: &[Key] = &[
    aws::REGION,
    aws::ACCESS_KEY_ID,
    aws::SECRET_ACCESS_KEY,
    aws::SESSION_TOKEN,
    Key {
        name: "sender",
        shape: Shape::Sender,
        need: Need::Optional,
        example: "\"+15005550006\"",
        help: "Sender, if it differs from `text.sender`: a number of the account, or a sender ID.",
    },
    aws::ENDPOINT,
];

fn request(handoff: &Handoff<'_>, settings: &Settings) -> Result<Request, Unfit> {
    let Message::Text(message) = handoff.message else { return Err(Unfit::Form) };
    let from = settings.optional("sender").unwrap_or(handoff.sender);
    let is_number = from.trim_start_matches('+').chars().all(|c| c.is_ascii_digit());
    let origin = if is_number { "AWS.MM.SMS.OriginationNumber" } else { "AWS.SNS.SMS.SenderID" };
    let mut fields = vec![
        ("Action", "Publish"),
        ("Version", "2010-03-31"),
        ("PhoneNumber", handoff.to.expose()),
        ("Message", message.body.as_str()),
        ("MessageAttributes.entry.1.Name", "AWS.SNS.SMS.SMSType"),
        ("MessageAttributes.entry.1.Value.DataType", "String"),
        ("MessageAttributes.entry.1.Value.StringValue", "Transactional"),
    ];
    if !from.is_empty() {
        fields.extend([
            ("MessageAttributes.entry.2.Name", origin),
            ("MessageAttributes.entry.2.Value.DataType", "String"),
            ("MessageAttributes.entry.2.Value.StringValue", from),
        ]);
    }
    let url = format!("{}/", aws::endpoint(settings, "sns"));
    aws::signed(Request::post_form(url, &fields), settings, "sns", handoff.now)
}

/// A message that SNS took.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Published {
    publish_result: PublishResult,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PublishResult {
    message_id: String,
}

/// One that it did not.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Refusal {
    error: ErrorDetail,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct ErrorDetail {
    code: String,
    message: String,
}

fn classify(response: &Response<'_>) -> Reply {
    let published: Option<Published> = quick_xml::de::from_str(response.body).ok();
    let refusal: Option<Refusal> = quick_xml::de::from_str(response.body).ok();
    let ErrorDetail { code, message } = refusal.map(|refusal| refusal.error).unwrap_or_default();
    let is_of_number = message.contains("PhoneNumber") || message.contains("opted out");
    let class = match (response.status, code.as_str()) {
        (200..=299, _) if published.is_none() => ReplyClass::AccountRejected,
        (_, "OptedOut" | "OptedOutException" | "EndpointDisabled") => ReplyClass::AddressRejected,
        (_, "InvalidParameter") if is_of_number => ReplyClass::AddressRejected,
        (status, code) => aws::class(code).unwrap_or_else(|| http_status::class(status)),
    };
    let reference = published.map(|published| published.publish_result.message_id);
    let mut reply = http_status::reply(class, response, &message, reference);
    if !code.is_empty() {
        reply.code = format!("{} {}", reply.code, shortened(&code));
    }
    reply
}

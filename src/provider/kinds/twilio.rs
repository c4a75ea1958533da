//! Twilio Programmable Messaging (OpenAPI description of 2026-04: `POST /2010-04-01/Accounts/{Sid}/Messages.json`).
//!
//! Promises: Twilio gives up when the step's turn ends; a code of Twilio's own takes precedence over the HTTP status. A
//! report is authenticated by the token in its URL, a text of a subscriber by the signature of the request.

use std::time::Duration;

use chrono::{DateTime, TimeDelta};
use data_encoding::BASE64;
use ring::hmac;
use serde::Deserialize;

use crate::model::channel::Channel;
use crate::model::endpoint::Endpoint;
use crate::model::keyword::Keyword;
use crate::model::message::Message;
use crate::model::reply::{Reply, ReplyClass};
use crate::model::report::{Evidence, ReceiptStatus};
use crate::provider::callback::{Callback, Received, Refused, Report, is_same, report_url};
use crate::provider::exchange::{Found, Handoff, Method, Request, Response, Unfit};
use crate::provider::http_status;
use crate::provider::key::{Key, LISTENS, Need, REPORT_URL, Shape, VALIDITY};
use crate::provider::kind::{Http, Idempotence, Inquiry, Kind, Proof, Protection, Protocol};
use crate::provider::settings::Settings;

const SECOND: Duration = Duration::from_secs(1);

/// The longest that Twilio keeps a message in its queue.
const VALIDITY_MAX: Duration = Duration::from_secs(36_000);

/// The name of the key of inbound texts.
const INBOUND_URL: &str = "inbound_url";

/// The row.
pub(super) static KIND: Kind = Kind {
    word: "twilio",
    title: "Twilio, through its HTTP API",
    example: "twilio",
    channels: &[Channel::Text],
    owner: Some("twilio"),
    domains: &["twilio.com"],
    proof: Proof { always: Evidence::Accepted, with: Some((REPORT_URL, Evidence::Delivered)) },
    idempotence: Idempotence::None,
    room: None,
    validity_unit: Some(SECOND),
    keys: KEYS,
    protection: Protection::Url("api_url"),
    protocol: Protocol::Http(Http {
        reports: Some(reports),
        inbound: Some(inbound),
        probe: |settings| Some(settings.text("api_url").to_owned()),
        inquiry: Some(Inquiry { request: list, find }),
        ..Http::new(request, classify)
    }),
};

const KEYS: &[Key] = &[
    Key {
        name: "account",
        shape: Shape::Word,
        need: Need::Required,
        example: "\"AC00000000000000000000000000000000\"",
        help: "SID of the account.",
    },
    Key {
        name: "token",
        shape: Shape::Secret,
        need: Need::Required,
        example: "{ env = \"TWILIO_TOKEN\" }",
        help: "Auth token of the account, a secret.",
    },
    Key {
        name: "sender",
        shape: Shape::Sender,
        need: Need::Optional,
        example: "\"+15005550006\"",
        help: "Sender, if it differs from `text.sender`.",
    },
    Key {
        name: "service",
        shape: Shape::Word,
        need: Need::Optional,
        example: "\"MG00000000000000000000000000000000\"",
        help: "SID of a messaging service, which then chooses the sender.",
    },
    Key {
        name: VALIDITY,
        shape: Shape::Duration(SECOND, VALIDITY_MAX),
        need: Need::Optional,
        example: "\"10m\"",
        help: "How long Twilio keeps a message in its queue, up to 10h. It stops earlier if the step of the chain \
               times out.",
    },
    Key {
        name: REPORT_URL,
        shape: Shape::Url,
        need: Need::Optional,
        example: "\"https://desk.example.com/reports/twilio\"",
        help: "Public URL to which Twilio sends delivery receipts.",
    },
    LISTENS,
    Key {
        name: INBOUND_URL,
        shape: Shape::Url,
        need: Need::Optional,
        example: "\"https://desk.example.com/reports/twilio/inbound\"",
        help: "Public URL to which Twilio sends texts of subscribers, exactly as entered there; see \
               [receipts.md](receipts.md#stop-start-help-and-status-by-sms).",
    },
    Key {
        name: "api_url",
        shape: Shape::Url,
        need: Need::Default("https://api.twilio.com"),
        example: "\"https://api.dublin.ie1.twilio.com\"",
        help: "URL of the API, for a region other than the United States.",
    },
];

fn request(handoff: &Handoff<'_>, settings: &Settings) -> Result<Request, Unfit> {
    let Message::Text(message) = handoff.message else { return Err(Unfit::Form) };
    let token = settings.secret("token").ok_or(Unfit::Form)?;
    let validity = handoff.seconds(settings.duration(VALIDITY), SECOND..=VALIDITY_MAX).to_string();
    let from = match settings.optional("service") {
        Some(service) => ("MessagingServiceSid", service),
        None => ("From", settings.optional("sender").unwrap_or(handoff.sender)),
    };
    let mut fields = vec![
        ("To", handoff.to.expose()),
        from,
        ("Body", message.body.as_str()),
        ("ValidityPeriod", validity.as_str()),
        // The text was counted as it is.
        ("SmartEncoded", "false"),
    ];
    let report = settings
        .optional(REPORT_URL)
        .map(|base| report_url(base, handoff.provider, token, handoff.step.as_str()));
    fields.extend(report.as_deref().map(|url| ("StatusCallback", url)));
    let (base, account) = (settings.text("api_url").trim_end_matches('/'), settings.text("account"));
    let url = format!("{base}/2010-04-01/Accounts/{account}/Messages.json");
    Ok(Request::post_form(url, &fields).basic(account, token.expose()))
}

/// How many messages Twilio lists, the newest first.
const LISTED: &str = "20";

/// How far Twilio's clock may be from ours.
const CLOCKS_APART_MAX: TimeDelta = TimeDelta::minutes(10);

/// Asks for the newest messages to the number. One that waits in Twilio's queue has no date of sending, so that is no condition.
fn list(handoff: &Handoff<'_>, settings: &Settings) -> Result<Request, Unfit> {
    let token = settings.secret("token").ok_or(Unfit::Form)?;
    let (base, account) = (settings.text("api_url").trim_end_matches('/'), settings.text("account"));
    let url = format!("{base}/2010-04-01/Accounts/{account}/Messages.json");
    let query = [("To", handoff.to.expose()), ("PageSize", LISTED)];
    Ok(Request::get(&url, &query).basic(account, token.expose()))
}

/// The messages that Twilio lists.
#[derive(Default, Deserialize)]
struct List {
    messages: Vec<Listed>,
}

/// One of them.
#[derive(Deserialize)]
struct Listed {
    sid: String,
    to: String,
    body: String,
    status: String,
    date_created: String,
    error_code: Option<u32>,
}

/// The message with the same text to the same number, made since the handoff began.
fn find(handoff: &Handoff<'_>, response: &Response<'_>) -> Option<Found> {
    let Message::Text(message) = handoff.message else { return None };
    let list: List = (response.status == 200).then(|| serde_json::from_str(response.body).ok())??;
    let is_it = |one: &&Listed| {
        let made = DateTime::parse_from_rfc2822(&one.date_created);
        one.to == handoff.to.expose()
            && one.body == message.body
            && made.is_ok_and(|made| made.to_utc() >= handoff.now - CLOCKS_APART_MAX)
    };
    let one = list.messages.iter().find(is_it)?;
    let code = one.error_code.map(|code| code.to_string()).unwrap_or_default();
    let status = status(&one.status, &code)?;
    let words = format!("{} {code}", one.status).trim().to_owned();
    Some(Found { reference: one.sid.clone(), status, words })
}

/// What Twilio says: of a message it took, or of why it did not.
#[derive(Default, Deserialize)]
struct ResponseBody {
    sid: Option<String>,
    code: Option<u32>,
    message: Option<String>,
}

fn classify(response: &Response<'_>) -> Reply {
    let body: ResponseBody = serde_json::from_str(response.body).unwrap_or_default();
    let words = body.message.as_deref().unwrap_or_default();
    let class = match (response.status, body.code) {
        (201, _) => ReplyClass::Accepted,
        (200..=299, _) => ReplyClass::AccountRejected,
        // Not a number, not a mobile, or it asked us to stop.
        (_, Some(21211 | 21214 | 21217 | 21610 | 21614)) => ReplyClass::AddressRejected,
        // The sender, the country or the account is not ours to use.
        (_, Some(20003 | 21212 | 21408 | 21603 | 21606 | 21659 | 21660)) => ReplyClass::AccountRejected,
        (_, Some(14107 | 20429 | 21611)) => ReplyClass::Retryable,
        (status, _) => http_status::class(status),
    };
    let mut reply = http_status::reply(class, response, words, body.sid);
    if let Some(code) = body.code {
        reply.code = format!("{} {code}", reply.code);
    }
    reply
}

fn reports(callback: &Callback<'_>) -> Result<Vec<Report>, Refused> {
    let reference = callback.step(Method::Post, "token")?;
    let code = callback.body_field("ErrorCode").unwrap_or_default();
    let word = callback.body_field("MessageStatus").ok_or(Refused::Unreadable)?;
    let status = status(&word, &code).ok_or(Refused::Unreadable)?;
    let words = format!("{word} {code}").trim().to_owned();
    Ok(vec![Report { reference, status, words }])
}

/// A text is let in by Twilio's signature: HMAC-SHA1 of the URL and the sorted fields, with the account's token.
fn inbound(callback: &Callback<'_>) -> Result<Received, Refused> {
    callback.is_proven(|settings| {
        let url = settings.optional(INBOUND_URL)?.to_owned();
        let mut fields: Vec<_> = form_urlencoded::parse(callback.body.as_bytes()).into_owned().collect();
        fields.sort();
        let signed = fields.into_iter().fold(url, |signed, (name, value)| signed + &name + &value);
        let token = settings.secret("token")?.expose();
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, token.as_bytes());
        let expected = BASE64.encode(hmac::sign(&key, signed.as_bytes()).as_ref());
        Some(is_same(&expected, callback.header("x-twilio-signature")?))
    })?;
    let field = |name| callback.body_field(name).ok_or(Refused::Unreadable);
    let from = Endpoint::new(Channel::Text, &field("From")?).ok_or(Refused::Unreadable)?;
    let words = field("Body")?;
    Ok(Received { reference: field("MessageSid")?, from, keyword: Keyword::of(&words), words })
}

/// Twilio's words for what happened to a message, with its code where it failed.
fn status(word: &str, code: &str) -> Option<ReceiptStatus> {
    match word {
        "accepted" | "scheduled" | "queued" | "sending" => Some(ReceiptStatus::Buffered),
        "sent" => Some(ReceiptStatus::Sent),
        "delivered" => Some(ReceiptStatus::Delivered),
        "read" => Some(ReceiptStatus::Read),
        // It opted out, is unknown, or is a landline.
        "failed" | "undelivered" if matches!(code, "21610" | "30005" | "30006") => {
            Some(ReceiptStatus::Undeliverable)
        }
        "failed" | "undelivered" | "canceled" => Some(ReceiptStatus::Failed),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::endpoint::Endpoint;
    use crate::model::message::{Encoding, TextMessage};
    use crate::model::notice::StepId;
    use crate::provider::Hidden;

    #[test]
    fn a_message_that_may_have_arrived_is_found_by_number_text_and_time() {
        let now = DateTime::parse_from_rfc3339("2026-11-20T09:00:00Z").unwrap().to_utc();
        let to = Endpoint::read("+34600000001").unwrap();
        let message = Message::Text(TextMessage {
            body: "Payments fail".to_owned(),
            encoding: Encoding::Gsm7,
            segments: 1,
        });
        let step = StepId::from_stored("abc");
        let handoff = Handoff {
            provider: "twilio",
            message: &message,
            to: &to,
            step: &step,
            sender: "",
            thread: None,
            now,
            gives_way_at: now,
        };
        let settings = Settings::default().with("token", Hidden::new("t0ken")).with("account", "AC1");
        let settings = settings.with("api_url", "https://api.twilio.com/");
        let request = list(&handoff, &settings).unwrap();
        assert_eq!(request.method, Method::Get);
        let url =
            "https://api.twilio.com/2010-04-01/Accounts/AC1/Messages.json?To=%2B34600000001&PageSize=20";
        assert_eq!(request.url, url);

        let found = |to: &str, body: &str, made: &str, status: &str| {
            let body = format!(
                r#"{{"messages": [{{"sid": "SM1", "to": "{to}", "body": "{body}", "status": "{status}",
                   "date_created": "{made}", "date_sent": null, "error_code": null}}], "page": 0}}"#
            );
            let response = Response { status: 200, retry_after: None, headers: &[], body: &body };
            find(&handoff, &response).map(|found| (found.reference, found.status))
        };
        let made = "Fri, 20 Nov 2026 09:00:02 +0000";
        let queued = Some(("SM1".to_owned(), ReceiptStatus::Buffered));
        assert_eq!(found("+34600000001", "Payments fail", made, "queued"), queued);
        let failed = Some(("SM1".to_owned(), ReceiptStatus::Failed));
        assert_eq!(found("+34600000001", "Payments fail", made, "undelivered"), failed);
        assert_eq!(found("+34600000002", "Payments fail", made, "queued"), None);
        assert_eq!(found("+34600000001", "Search fails", made, "queued"), None);
        assert_eq!(found("+34600000001", "Payments fail", "Fri, 20 Nov 2026 08:00:00 +0000", "sent"), None);
        for (status, body) in [(503, r#"{"messages": []}"#), (200, "<html>"), (200, r#"{"messages": []}"#)] {
            assert_eq!(find(&handoff, &Response { status, retry_after: None, headers: &[], body }), None);
        }
    }

    #[test]
    fn a_report_is_read_once_its_token_fits() {
        let token = Hidden::new("t0ken");
        let settings = Settings::default().with("token", token.clone());
        let url = report_url("https://desk.example.com/t", "twilio", &token, "abc");
        let query = url.split_once('?').unwrap().1;
        let read = |query: &str, body: &str| {
            let callback = Callback::new("twilio", &settings, (Method::Post, query), body);
            reports(&callback).map(|mut reports| (reports.len(), reports.remove(0).status))
        };
        for (body, status) in [
            ("MessageSid=SM1&MessageStatus=queued", ReceiptStatus::Buffered),
            ("MessageStatus=sent", ReceiptStatus::Sent),
            ("MessageStatus=delivered&To=%2B34600000001", ReceiptStatus::Delivered),
            ("MessageStatus=undelivered&ErrorCode=30003", ReceiptStatus::Failed),
            ("MessageStatus=undelivered&ErrorCode=30006", ReceiptStatus::Undeliverable),
            ("MessageStatus=failed&ErrorCode=21610", ReceiptStatus::Undeliverable),
        ] {
            assert_eq!(read(query, body), Ok((1, status)), "{body}");
        }
        assert_eq!(read(query, "MessageStatus=flying"), Err(Refused::Unreadable));
        assert_eq!(read(&query.replace("abc", "abd"), "MessageStatus=sent"), Err(Refused::Stranger));
    }

    #[test]
    fn a_text_is_let_in_by_its_signature_and_no_flipped_bit_is() {
        let url = "https://example.com/myapp?foo=1&bar=2";
        let settings = Settings::default().with(INBOUND_URL, url).with("token", Hidden::new("12345"));
        let body = "MessageSid=SM1&From=%2B14158675310&Body=STOP&To=%2B18005551212";
        let signed = format!("{url}BodySTOPFrom+14158675310MessageSidSM1To+18005551212");
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, b"12345");
        let signature = BASE64.encode(hmac::sign(&key, signed.as_bytes()).as_ref());
        let read = |body: &str, signature: &str| {
            let headers = [("x-twilio-signature".to_owned(), signature.to_owned())];
            let callback = Callback::new("twilio", &settings, (Method::Post, ""), body);
            inbound(&Callback { headers: &headers, ..callback })
        };
        let text = read(body, &signature).unwrap();
        assert_eq!((text.keyword, text.from.expose()), (Some(Keyword::Stop), "+14158675310"));
        let flipped = |text: &str| -> Vec<String> {
            let flip = |bit: usize| {
                let mut bytes = text.as_bytes().to_vec();
                bytes[bit / 8] ^= 1 << (bit % 8);
                String::from_utf8(bytes).ok()
            };
            (0..text.len() * 8).filter_map(flip).collect()
        };
        for changed in flipped(&signature) {
            assert_eq!(read(body, &changed), Err(Refused::Stranger), "{changed}");
        }
        let fields = |body: &str| {
            let mut fields: Vec<_> = form_urlencoded::parse(body.as_bytes()).into_owned().collect();
            fields.sort();
            fields
        };
        // A flipped bit that leaves the fields as they were is no change.
        for changed in flipped(body).into_iter().filter(|changed| fields(changed) != fields(body)) {
            assert_eq!(read(&changed, &signature), Err(Refused::Stranger), "{changed}");
        }
    }
}

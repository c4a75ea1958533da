//! A Kannel gateway for SMS, by its `sendsms` interface (Kannel 1.4, user guide, chapter 9).
//!
//! Promises: only Kannel's own text for an accepted message counts as accepted; another web page that answers 200 does not.
//! The gateway is asked to stop trying when the step's turn ends.

use std::time::Duration;

use chrono::TimeDelta;

use crate::model::channel::Channel;
use crate::model::endpoint::Endpoint;
use crate::model::keyword::Keyword;
use crate::model::message::{Encoding, Message};
use crate::model::reply::{Reply, ReplyClass};
use crate::model::report::{Evidence, ReceiptStatus};
use crate::provider::callback::{Callback, Received, Refused, Report, is_same, report_url};
use crate::provider::exchange::{Handoff, Method, Request, Response, Unfit};
use crate::provider::http_status::{self, shortened};
use crate::provider::key::{Key, LISTENS, Need, REPORT_URL, Shape, VALIDITY};
use crate::provider::kind::{Http, Idempotence, Kind, Proof, Protection, Protocol};
use crate::provider::settings::Settings;

const MINUTE: Duration = Duration::from_secs(60);

/// The name of the key of inbound texts.
const INBOUND_KEY: &str = "inbound_key";

/// What Kannel is asked to report: delivered (1), not delivered (2), taken by the network (8), refused by it (16).
const REPORT_MASK: &str = "27";

/// The row.
pub(super) static KIND: Kind = Kind {
    word: "kannel",
    title: "a Kannel SMS gateway",
    example: "gateway",
    channels: &[Channel::Text],
    owner: None,
    domains: &[],
    proof: Proof { always: Evidence::Accepted, with: Some((REPORT_URL, Evidence::Delivered)) },
    idempotence: Idempotence::None,
    room: None,
    validity_unit: Some(MINUTE),
    keys: KEYS,
    protection: Protection::Url("url"),
    protocol: Protocol::Http(Http {
        reports: Some(reports),
        inbound: Some(inbound),
        probe: |settings| Some(settings.text("url").to_owned()),
        ..Http::new(request, classify)
    }),
};

const KEYS: &[Key] = &[
    Key {
        name: "url",
        shape: Shape::Url,
        need: Need::Required,
        example: "\"http://127.0.0.1:13013/cgi-bin/sendsms\"",
        help: "URL of its `sendsms` interface.",
    },
    Key {
        name: "user",
        shape: Shape::Text,
        need: Need::Required,
        example: "\"status\"",
        help: "User name of the account.",
    },
    Key {
        name: "password",
        shape: Shape::Secret,
        need: Need::Required,
        example: "{ env = \"GATEWAY_PASSWORD\" }",
        help: "Password of the account, a secret.",
    },
    Key {
        name: "sender",
        shape: Shape::Sender,
        need: Need::Optional,
        example: "\"34600\"",
        help: "Sender, if it differs from `text.sender`.",
    },
    Key {
        name: VALIDITY,
        shape: Shape::Duration(MINUTE, Duration::from_secs(48 * 3_600)),
        need: Need::Optional,
        example: "\"10m\"",
        help: "How long the gateway keeps trying a message, 1m to 48h, in whole minutes. It stops earlier if the \
               step of the chain times out.",
    },
    Key {
        name: REPORT_URL,
        shape: Shape::Url,
        need: Need::Optional,
        example: "\"https://desk.example.com/reports/gateway\"",
        help: "URL to which the gateway sends delivery receipts. If it is an `http` URL with an address of this \
               machine, `allclear deliver` and `allclear run` listen there.",
    },
    LISTENS,
    Key {
        name: INBOUND_KEY,
        shape: Shape::Secret,
        need: Need::Optional,
        example: "{ env = \"INBOUND_KEY\" }",
        help: "Password in the URL to which Kannel delivers texts of subscribers, a secret; see [receipts.md](receipts.md#stop-start-help-and-status-by-sms).",
    },
];

fn request(handoff: &Handoff<'_>, settings: &Settings) -> Result<Request, Unfit> {
    let Message::Text(message) = handoff.message else { return Err(Unfit::Form) };
    let password = settings.secret("password").ok_or(Unfit::Form)?;
    let left = handoff.gives_way_at - handoff.now;
    let validity = minutes(settings.duration(VALIDITY), left).to_string();
    let mut query = vec![
        ("username", settings.text("user")),
        ("password", password.expose()),
        ("from", settings.optional("sender").unwrap_or(handoff.sender)),
        ("to", handoff.to.expose()),
        ("text", message.body.as_str()),
        ("charset", "UTF-8"),
        ("coding", coding(message.encoding)),
        ("validity", validity.as_str()),
    ];
    // `%d` and `%A` are Kannel's to fill in: the kind of report and the network's own words.
    let report = settings.optional(REPORT_URL).map(|base| {
        let url = report_url(base, handoff.provider, password, handoff.step.as_str());
        format!("{url}&report=%d&answer=%A")
    });
    if let Some(url) = &report {
        query.extend([("dlr-mask", REPORT_MASK), ("dlr-url", url.as_str())]);
    }
    Ok(Request::get(settings.text("url"), &query))
}

fn coding(encoding: Encoding) -> &'static str {
    match encoding {
        Encoding::Gsm7 => "0",
        Encoding::Ucs2 => "2",
    }
}

/// How many minutes the gateway may try: whole ones within what is left, and one where less is left.
fn minutes(longest: Option<Duration>, left: TimeDelta) -> i64 {
    let longest = longest.and_then(|longest| TimeDelta::from_std(longest).ok());
    longest.map_or(left, |longest| longest.min(left)).num_minutes().max(1)
}

fn classify(response: &Response<'_>) -> Reply {
    let class = match response.status {
        // 0: accepted for delivery; 3: queued for later delivery.
        202 => ReplyClass::Accepted,
        200..=299 => ReplyClass::AccountRejected,
        // The operator's own list of numbers refuses this one: no fault of our account.
        403 if response.body.contains("denied by white") => ReplyClass::ContentRejected,
        status => http_status::class(status),
    };
    http_status::reply(class, response, response.body, None)
}

fn reports(callback: &Callback<'_>) -> Result<Vec<Report>, Refused> {
    let step = callback.step(Method::Get, "password")?;
    let number = callback.query_field("report").and_then(|number| number.parse().ok());
    let answer = callback.query_field("answer").unwrap_or_default();
    let status = number.and_then(|number| status(number, &answer)).ok_or(Refused::Unreadable)?;
    let words = shortened(&answer);
    Ok(vec![Report { reference: step, status, words }])
}

/// Texts come by the `get-url` of an `sms-service`, with a password that the plan names: Kannel signs nothing.
fn inbound(callback: &Callback<'_>) -> Result<Received, Refused> {
    if callback.method != Method::Get {
        return Err(Refused::Method);
    }
    let given = callback.query_field("key").unwrap_or_default();
    if !callback.settings.secret(INBOUND_KEY).is_some_and(|key| is_same(key.expose(), &given)) {
        return Err(Refused::Stranger);
    }
    let field = |name| callback.query_field(name).ok_or(Refused::Unreadable);
    let number = field("from")?;
    let international = || format!("+{}", number.trim_start_matches("00"));
    let from = Endpoint::new(Channel::Text, &number)
        .or_else(|| Endpoint::new(Channel::Text, &international()))
        .ok_or(Refused::Unreadable)?;
    let words = field("text")?;
    Ok(Received { reference: field("id")?, from, keyword: Keyword::of(&words), words })
}

/// The status of an SMS center to which the number is invalid (SMPP 3.4, 5.1.3).
const INVALID_NUMBER: u32 = 0x0b;

/// The status of an SMS center in `NACK/<status>/<words>`. Kannel writes it in hexadecimal for SMPP, else in decimal.
fn refusal(answer: &str) -> Option<u32> {
    let (status, _) = answer.strip_prefix("NACK/")?.split_once('/')?;
    match status.strip_prefix("0x") {
        Some(digits) => u32::from_str_radix(digits, 16).ok(),
        None => status.parse().ok(),
    }
}

/// Kannel's numbers for kinds of reports. A refusal by the network is about the number only if its answer names it.
fn status(report: u8, answer: &str) -> Option<ReceiptStatus> {
    match report {
        1 => Some(ReceiptStatus::Delivered),
        2 => Some(ReceiptStatus::Failed),
        4 => Some(ReceiptStatus::Buffered),
        8 => Some(ReceiptStatus::Sent),
        16 if refusal(answer) == Some(INVALID_NUMBER) => Some(ReceiptStatus::Undeliverable),
        16 => Some(ReceiptStatus::Failed),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gateway_never_tries_for_longer_than_the_step() {
        for (longest, left_seconds, tried) in [
            (None, 1_800, 30),
            (None, 119, 1),
            (None, 5, 1),
            (Some(10 * MINUTE), 1_800, 10),
            (Some(10 * MINUTE), 300, 5),
        ] {
            let left = TimeDelta::seconds(left_seconds);
            assert_eq!(minutes(longest, left), tried, "{longest:?} {left_seconds}");
        }
    }

    #[test]
    fn the_encoding_is_the_one_the_message_was_counted_in() {
        assert_eq!((coding(Encoding::Gsm7), coding(Encoding::Ucs2)), ("0", "2"));
    }

    #[test]
    fn every_kind_of_report_has_its_status_and_nothing_else_has() {
        let known: Vec<_> = (0..=u8::MAX).filter_map(|number| status(number, "").map(|_| number)).collect();
        assert_eq!(known, [1, 2, 4, 8, 16]);
    }
}

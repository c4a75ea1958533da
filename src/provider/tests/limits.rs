//! The time that a provider may try a message, and what an answer asks for: every provider at once.

use std::time::Duration;

use chrono::{DateTime, TimeDelta};

use super::sample;
use super::specs::{address, message, over_http};
use crate::model::notice::StepId;
use crate::model::reply::ReplyClass;
use crate::provider::{Handoff, Http, Kind, Request, Response, Settings, Shape, VALIDITY};

fn written(http: &Http, kind: &Kind, settings: &Settings, left: TimeDelta) -> Request {
    let (message, step) = (message(kind.channels[0].facts().form), StepId::from_stored("step"));
    let handoff = Handoff {
        provider: kind.example,
        message: &message,
        to: &address(kind, kind.channels[0]),
        step: &step,
        sender: "Shop",
        thread: None,
        now: DateTime::UNIX_EPOCH,
        gives_way_at: DateTime::UNIX_EPOCH + left,
    };
    (http.request)(&handoff, settings).unwrap()
}

/// The time to try that a request states, in the seconds of its provider's unit.
fn stated(kind: &Kind, request: &Request) -> u64 {
    let url = url::Url::parse(&request.url).unwrap();
    let body = String::from_utf8(request.body.clone()).unwrap();
    let in_form = |name: &str| {
        let mut fields = url.query_pairs().chain(form_urlencoded::parse(body.as_bytes()));
        fields.find(|(key, _)| key == name).map(|(_, value)| value.parse::<u64>().unwrap())
    };
    let document: serde_json::Value = serde_json::from_str(&body).unwrap_or_default();
    match kind.word {
        "kannel" => in_form("validity").unwrap() * 60,
        "twilio" => in_form("ValidityPeriod").unwrap(),
        "vonage" => in_form("ttl").unwrap() / 1_000,
        "infobip" => document["messages"][0]["options"]["validityPeriod"]["amount"].as_u64().unwrap(),
        "eum" => document["TimeToLive"].as_u64().unwrap(),
        word => panic!("where {word} states its limit is not known to this test"),
    }
}

#[test]
fn no_provider_tries_for_longer_than_the_step_or_the_plan_allows() {
    let mut seen = 0;
    for (kind, http) in over_http().filter(|(kind, _)| kind.validity_unit.is_some()) {
        let key = kind.keys.iter().find(|key| key.name == VALIDITY).unwrap();
        let Shape::Duration(least, most) = key.shape else { panic!("{}: no length of time", kind.word) };
        let unit = kind.validity_unit.unwrap().as_secs();
        let plain = sample(kind).with(VALIDITY, most);
        let short = sample(kind).with(VALIDITY, Duration::from_mins(10));
        for (settings, left, expected) in [
            (&plain, TimeDelta::minutes(30), 1_800),
            (&plain, TimeDelta::seconds(90), 90 / unit * unit),
            (&plain, TimeDelta::zero(), least.as_secs()),
            (&plain, TimeDelta::minutes(-5), least.as_secs()),
            (&plain, TimeDelta::days(30), most.as_secs()),
            (&short, TimeDelta::minutes(30), 600),
            (&short, TimeDelta::minutes(5), 300),
        ] {
            let request = written(http, kind, settings, left);
            assert_eq!(stated(kind, &request), expected, "{} {left}", kind.word);
        }
        seen += 1;
    }
    assert!(seen >= 5, "only {seen} providers accept a limit");
}

#[test]
fn a_web_page_in_place_of_the_provider_is_never_an_acceptance() {
    let page = "<!DOCTYPE html><html><body>Welcome to nginx!</body></html>";
    // What is run by oneself, and places that answer with a word or nothing, are believed by their status.
    for (kind, http) in over_http().filter(|(kind, _)| kind.channels.iter().any(|one| !one.is_for_places())) {
        for status in [200, 301, 302, 307, 404] {
            let reply = (http.classify)(&Response { status, retry_after: None, headers: &[], body: page });
            assert_ne!(reply.class, ReplyClass::Accepted, "{} {status}", kind.word);
        }
    }
}

#[test]
fn no_status_is_taken_for_a_fault_of_the_address_by_itself() {
    for (kind, http) in over_http().filter(|(kind, _)| kind.channels.iter().any(|one| !one.is_for_places())) {
        for status in 100..=599 {
            for body in ["", "{}", "[]", "null", "<a/>", "\u{0}", "{\"code\": -1}"] {
                let reply = (http.classify)(&Response { status, retry_after: None, headers: &[], body });
                assert_ne!(reply.class, ReplyClass::AddressRejected, "{} {status} {body}", kind.word);
                let is_success = (200..=299).contains(&status);
                assert!(is_success || reply.class != ReplyClass::Accepted, "{} {status} {body}", kind.word);
            }
        }
    }
}

#[test]
fn the_words_of_an_answer_are_short_and_hold_no_address() {
    let words = format!("+34600000001 of ana@example.org \r\n\u{1b}[2J {}", "x".repeat(5_000));
    let texts = [
        words.clone(),
        serde_json::json!({ "message": words, "Message": words, "code": words, "__type": words, "name": words }).to_string(),
        serde_json::json!({ "errors": [{ "message": words, "field": words }] }).to_string(),
        serde_json::json!({ "messages": [{ "status": words, "error-text": words }] }).to_string(),
        serde_json::json!({ "messages": [{ "status": { "groupId": 5, "name": words, "description": words } }] }).to_string(),
        format!("<ErrorResponse><Error><Code>{words}</Code><Message>{words}</Message></Error></ErrorResponse>"),
    ];
    let headers = [("x-amzn-errortype".to_owned(), words.clone())];
    for (kind, http) in over_http() {
        for body in &texts {
            for status in [200, 400, 403, 422, 500] {
                let reply = (http.classify)(&Response { status, retry_after: None, headers: &headers, body });
                for said in [&reply.words, &reply.code] {
                    assert!(said.chars().count() <= 330, "{} {said}", kind.word);
                    let is_clean =
                        !said.contains(['@', '\r', '\n', '\u{1b}']) && !said.contains("34600000001");
                    assert!(is_clean, "{} {status}: {said:?}", kind.word);
                }
            }
        }
    }
}

//! Every provider, with texts that attack: line breaks, controls, quotes, scripts of all kinds, and far too many characters.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta};
use serde_json::Value;

use super::sample;
use super::specs::{address, message, over_http};
use crate::model::message::{CardMessage, Message};
use crate::model::notice::StepId;
use crate::provider::{Handoff, Http, Kind, Request};

/// What comes from the files of an operator, or from a pull request.
const TEXTS: &[&str] = &[
    "Checkout\r\nBcc: eve@example.net\r\n\r\nfree money",
    "Checkout\r\n--boundary\r\nContent-Disposition: form-data; name=\"to\"\r\n\r\neve@example.net",
    "\u{0}\u{1b}[2J\u{7f}\u{85}\u{2028}\u{202e}tuokcehC",
    "\"}],\"to\":[{\"email\":\"eve@example.net\"}],\"x\":[{\"",
    "\" <eve@example.net>, \"",
    "支付失败 · Плата́ · 🧾👩‍👩‍👧 · ﷽ · Ñandú",
    "a&To=%2B34999999999&Body=b",
];

fn texts() -> Vec<String> {
    let long = ["x".repeat(10_000), "支".repeat(10_000), "a\r\n".repeat(3_333)];
    TEXTS.iter().map(|text| (*text).to_owned()).chain(long).collect()
}

/// A message with the text in every place that a text may come to.
fn hostile(of: &Message, text: &str) -> Message {
    let mut message = of.clone();
    match &mut message {
        Message::Mail(mail) => {
            text.clone_into(&mut mail.from.name);
            for place in [&mut mail.subject, &mut mail.text, &mut mail.html, &mut mail.host, &mut mail.thread]
            {
                text.clone_into(place);
            }
            mail.leave = Some(format!("https://status.example.com/desk/leave/{text}"));
        }
        Message::Text(words) => text.clone_into(&mut words.body),
        Message::Card(card) => {
            let CardMessage { name, title, headline, read_more, page_name, text: plain, brief, .. } =
                &mut **card;
            for place in [name, title, headline, read_more, page_name, plain, brief] {
                text.clone_into(place);
            }
            for place in &mut card.news {
                text.clone_into(place);
            }
            for fact in card.facts.iter_mut().chain(&mut card.said) {
                text.clone_into(&mut fact.label);
                text.clone_into(&mut fact.text);
            }
        }
        Message::Event(event) => {
            text.clone_into(&mut event.summary);
            text.clone_into(&mut event.text);
        }
    }
    message
}

fn written(http: &Http, kind: &Kind, message: &Message, sender: &str) -> Request {
    let step = StepId::from_stored("step");
    let handoff = Handoff {
        provider: kind.example,
        message,
        to: &address(kind, kind.channels[0]),
        step: &step,
        sender,
        thread: None,
        now: DateTime::UNIX_EPOCH,
        gives_way_at: DateTime::UNIX_EPOCH + TimeDelta::minutes(30),
    };
    (http.request)(&handoff, &sample(kind)).unwrap_or_else(|unfit| panic!("{}: {unfit}", kind.word))
}

/// The names of what a body holds, at any depth: a text that breaks out of its place adds one.
fn shape(request: &Request) -> Vec<String> {
    let body = String::from_utf8(request.body.clone()).unwrap();
    let content_type = request.headers.iter().find(|(name, _)| *name == "content-type");
    match content_type.map(|(_, value)| value.split(';').next().unwrap_or_default()) {
        Some("multipart/form-data") => {
            let boundary = format!("{}\r\n", body.lines().next().unwrap());
            let parts = body.split(&boundary).skip(1);
            parts.map(|part| part.lines().next().unwrap().to_owned()).collect()
        }
        Some(json) if json.contains("json") => {
            let mut names = Vec::new();
            names_of(&serde_json::from_str(&body).unwrap(), &mut names);
            names
        }
        Some("application/x-www-form-urlencoded") => {
            form_urlencoded::parse(body.as_bytes()).map(|(name, _)| name.into_owned()).collect()
        }
        // The text itself is the body, or everything is in the URL.
        _ => {
            let url = url::Url::parse(&request.url).unwrap();
            url.query_pairs().map(|(name, _)| name.into_owned()).collect()
        }
    }
}

fn names_of(value: &Value, names: &mut Vec<String>) {
    match value {
        Value::Object(fields) => fields.iter().for_each(|(name, value)| {
            names.push(name.clone());
            names_of(value, names);
        }),
        Value::Array(values) => values.iter().for_each(|value| names_of(value, names)),
        _ => {}
    }
}

#[test]
fn no_text_of_an_incident_breaks_out_of_its_place() {
    for (kind, http) in over_http() {
        let plain = message(kind.channels[0].facts().form);
        let expected: BTreeSet<String> =
            shape(&written(http, kind, &hostile(&plain, "Checkout"), "Shop")).into_iter().collect();
        for text in texts() {
            let request = written(http, kind, &hostile(&plain, &text), "Shop");
            let names: BTreeSet<String> = shape(&request).into_iter().collect();
            assert_eq!(names, expected, "{} {:.40}", kind.word, text);
            for (name, value) in &request.headers {
                assert!(!value.contains(|c: char| c.is_control()), "{}: {name}", kind.word);
            }
            assert!(request.url.is_ascii() && !request.url.contains(['\r', '\n', ' ']), "{}", kind.word);
        }
    }
}

/// The values of a JSON body that become header fields or mailboxes of an email.
fn header_values(value: &Value, found: &mut Vec<String>) {
    const ONE_LINE: [&str; 15] = [
        "from",
        "From",
        "FromEmailAddress",
        "name",
        "Name",
        "subject",
        "Subject",
        "To",
        "to",
        "Data",
        "Value",
        "References",
        "In-Reply-To",
        "List-Unsubscribe",
        "Message-ID",
    ];
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                match value {
                    // The text and the HTML of SES have the same name as its subject.
                    Value::Object(_) if name == "Body" => {}
                    Value::String(text) if ONE_LINE.contains(&name.as_str()) => found.push(text.clone()),
                    value => header_values(value, found),
                }
            }
        }
        Value::Array(values) => values.iter().for_each(|value| header_values(value, found)),
        _ => {}
    }
}

#[test]
fn no_text_becomes_a_header_field_of_an_email() {
    let mails =
        || over_http().filter(|(kind, _)| matches!(message(kind.channels[0].facts().form), Message::Mail(_)));
    assert!(mails().count() >= 6);
    for (kind, http) in mails() {
        let plain = message(kind.channels[0].facts().form);
        for text in texts() {
            let request = written(http, kind, &hostile(&plain, &text), "");
            let body = String::from_utf8(request.body).unwrap();
            let values = match serde_json::from_str::<Value>(&body) {
                Ok(document) => {
                    let mut values = Vec::new();
                    header_values(&document, &mut values);
                    values
                }
                Err(_) => {
                    let boundary = body.lines().next().unwrap().to_owned();
                    let is_text =
                        |part: &&str| part.contains("name=\"text\"") || part.contains("name=\"html\"");
                    let parts = body.split(&boundary).filter(|part| !is_text(part));
                    parts
                        .filter_map(|part| part.split_once("\r\n\r\n"))
                        .map(|(_, value)| value.trim_end_matches("\r\n").to_owned())
                        .collect()
                }
            };
            assert!(values.len() >= 5, "{}: {values:?}", kind.word);
            for value in values {
                assert!(!value.contains(|c: char| c.is_control()), "{}: {value:?}", kind.word);
            }
        }
    }
}

#[test]
fn no_card_is_larger_than_its_service_takes_however_much_is_said() {
    let limits = [
        ("teams", 28 * 1024),
        ("google-chat", 32_000),
        ("matrix", 65_536),
        ("zulip", 3 * 40_000),
        ("ntfy", 16_384),
        ("mastodon", 4 * 500 + 300),
        ("bluesky", 4 * (300 + 3 * 150) + 1_000),
    ];
    for (kind, http) in over_http() {
        let Some((_, bytes_max)) = limits.iter().find(|(word, _)| *word == kind.word) else { continue };
        for text in texts() {
            let mut card = message(kind.channels[0].facts().form);
            if let Message::Card(card) = &mut card {
                card.said = vec![card.said[0].clone(); 40];
                card.facts = vec![card.facts[0].clone(); 40];
            }
            let request = written(http, kind, &hostile(&card, &text), "");
            assert!(request.body.len() <= *bytes_max, "{} {:.20}: {}", kind.word, text, request.body.len());
            let body = String::from_utf8(request.body).unwrap();
            assert!(body.contains("status.example.com"), "{} {:.20}: the link is there", kind.word, text);
        }
    }
}

#[test]
fn a_long_text_is_sent_whole_or_cut_and_never_refused_before_the_provider_sees_it() {
    for (kind, http) in over_http() {
        let plain = message(kind.channels[0].facts().form);
        let text = "word ".repeat(2_000);
        let request = written(http, kind, &hostile(&plain, &text), "Shop");
        assert!(request.body.len() + request.url.len() > 100, "{}", kind.word);
    }
}

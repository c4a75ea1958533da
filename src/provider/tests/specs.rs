//! Requests, held to the parts of the providers' own descriptions in `tests/specs/NAME.toml`.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta};
use serde::Deserialize;

use super::{file, read, sample as settings};
use crate::model::address::EmailAddress;
use crate::model::channel::Channel;
use crate::model::endpoint::Endpoint;
use crate::model::localized::Language;
use crate::model::message::{Encoding, Form, MailMessage, Mailbox, Message, TextMessage};
use crate::model::notice::StepId;
use crate::model::place::Place;
use crate::model::sample;
use crate::provider::{Handoff, Http, KINDS, Kind, Method, Protocol, Request, Settings, Unfit};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Spec {
    method: String,
    /// The path of the URL, with `{}` for what the plan says.
    path: String,
    content_type: String,
    #[serde(default = "basic")]
    authorization: String,
    required: BTreeSet<String>,
    fields: BTreeSet<String>,
    /// How the names of further fields begin.
    prefixes: Vec<String>,
}

fn basic() -> String {
    "Basic ".to_owned()
}

pub(super) fn message(form: Form) -> Message {
    let address = EmailAddress::new("status@example.com").unwrap();
    match form {
        Form::Mail => Message::Mail(MailMessage {
            from: Mailbox { name: "Shop".to_owned(), address: address.clone() },
            reply_to: Some(address),
            subject: "Checkout fails".to_owned(),
            text: "Checkout fails.".to_owned(),
            html: "<p>Checkout fails.</p>".to_owned(),
            language: Language::new("en").unwrap(),
            date: DateTime::UNIX_EPOCH,
            host: "status.example.com".to_owned(),
            thread: "thread".to_owned(),
            leave: None,
        }),
        Form::Text => Message::Text(TextMessage {
            body: "Checkout fails & burns".to_owned(),
            encoding: Encoding::Gsm7,
            segments: 1,
        }),
        Form::Card => Message::Card(Box::new(sample::card())),
        Form::Event => Message::Event(Box::new(sample::event())),
    }
}

/// An address on a channel, in a room where the provider has several.
pub(super) fn address(kind: &Kind, channel: Channel) -> Endpoint {
    if !channel.is_for_places() {
        return Endpoint::new(channel, channel.facts().address.specimen()).unwrap();
    }
    let room = kind.room.map(|key| key.example.trim_matches('"'));
    Endpoint::new(channel, Place::new(kind.example, room).unwrap().as_str()).unwrap()
}

/// The request of a provider with everything set, for a message of a channel.
pub(super) fn request(http: &Http, kind: &Kind, channel: Channel) -> Result<Request, Unfit> {
    written(http.request, kind, channel, None)
}

/// What a provider writes for later news of an incident; `thread` is the reference it gave for the first message.
fn written(
    write: fn(&Handoff<'_>, &Settings) -> Result<Request, Unfit>,
    kind: &Kind,
    channel: Channel,
    thread: Option<&str>,
) -> Result<Request, Unfit> {
    let (message, step) = (message(channel.facts().form), StepId::from_stored("step"));
    let handoff = Handoff {
        provider: kind.example,
        message: &message,
        to: &address(kind, channel),
        step: &step,
        sender: "Shop",
        thread,
        now: DateTime::UNIX_EPOCH,
        gives_way_at: DateTime::UNIX_EPOCH + TimeDelta::minutes(30),
    };
    write(&handoff, &settings(kind))
}

pub(super) fn over_http() -> impl Iterator<Item = (&'static Kind, &'static Http)> {
    KINDS.iter().filter_map(|kind| match &kind.protocol {
        Protocol::Http(http) => Some((*kind, http)),
        Protocol::Smtp => None,
    })
}

/// The names of the fields in a body.
fn names(request: &Request, content_type: &str) -> BTreeSet<String> {
    let body = String::from_utf8(request.body.clone()).unwrap();
    if content_type == "multipart/form-data" {
        let names = body.split("form-data; name=\"").skip(1);
        return names.map(|rest| rest.split('"').next().unwrap().to_owned()).collect();
    }
    if content_type.contains("json") {
        let document: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&body).unwrap();
        return document.into_iter().map(|(name, _)| name).collect();
    }
    form_urlencoded::parse(body.as_bytes()).map(|(name, _)| name.into_owned()).collect()
}

fn has_shape(url: &str, path: &str) -> bool {
    let Some((before, after)) = path.split_once("{}") else { return url.ends_with(path) };
    url.split_once(before).is_some_and(|(host, rest)| {
        host.starts_with("https://") && rest.strip_suffix(after).is_some_and(|id| !id.contains('/'))
    })
}

#[test]
fn every_request_is_one_that_the_provider_describes() {
    let mut held = 0;
    for (kind, http) in over_http() {
        let path = format!("tests/specs/{}.toml", kind.word);
        // Software that is run by oneself has a manual, and no description for machines.
        if kind.owner.is_none() && !file(&path).exists() {
            continue;
        }
        let spec: Spec = toml::from_str(&read(&path)).unwrap();
        for channel in kind.channels {
            let request = request(http, kind, *channel).unwrap();
            assert_eq!((spec.method.as_str(), request.method), ("POST", Method::Post));
            assert!(has_shape(&request.url, &spec.path), "{}", request.url);
            let header = |name: &str| request.headers.iter().find(|(header, _)| *header == name);
            let content_type = &header("content-type").unwrap().1;
            assert_eq!(content_type.split(';').next(), Some(spec.content_type.as_str()));
            let authorization = header("authorization").map_or("", |(_, value)| value);
            assert!(authorization.starts_with(&spec.authorization), "{}", kind.word);
            let names = names(&request, &spec.content_type);
            assert!(names.is_superset(&spec.required), "{}: {names:?}", kind.word);
            let is_described = |name: &&String| {
                spec.fields.contains(*name) || spec.prefixes.iter().any(|prefix| name.starts_with(prefix))
            };
            let unknown: Vec<&String> = names.iter().filter(|name| !is_described(name)).collect();
            assert!(unknown.is_empty(), "{}: {unknown:?}", kind.word);
        }
        held += 1;
    }
    let hosted = over_http().filter(|(kind, _)| kind.owner.is_some()).count();
    assert!(held >= hosted, "{held} of {hosted}");
}

#[test]
fn a_request_shows_neither_its_secret_nor_its_address() {
    for (kind, http) in over_http() {
        for channel in kind.channels {
            let shown = format!("{:?} {:?}", request(http, kind, *channel), settings(kind));
            assert!(!shown.contains("s3cret") && !shown.contains("czNjcmV0"), "{shown}");
            let is_shown = channel.is_for_places() || !shown.contains(channel.facts().address.specimen());
            assert!(is_shown, "{shown}");
        }
    }
}

#[test]
fn the_same_handoff_is_the_same_request() {
    for (kind, http) in over_http() {
        for channel in kind.channels {
            assert_eq!(request(http, kind, *channel), request(http, kind, *channel));
        }
    }
}

#[test]
fn a_message_of_another_form_is_refused_without_a_request() {
    for (kind, http) in over_http() {
        let forms: Vec<Form> = kind.channels.iter().map(|channel| channel.facts().form).collect();
        for channel in Channel::ALL.into_iter().filter(|channel| !forms.contains(&channel.facts().form)) {
            assert_eq!(request(http, kind, channel), Err(Unfit::Form), "{}", kind.word);
        }
    }
}

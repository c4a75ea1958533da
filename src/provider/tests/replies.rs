//! `tests/replies/NAME.toml` says what each answer of a provider means; here the program is held to it.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::read;
use crate::model::reply::ReplyClass;
use crate::provider::smtp::{Stage, classify};
use crate::provider::{KINDS, Kind, Protocol, Response};

/// The file of one provider.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Replies {
    pub(super) answers: Vec<Answers>,
    #[serde(default)]
    pub(super) reports: Vec<Reports>,
    /// Secrets of the shape that the provider takes, by key, where it does not take any.
    #[serde(default)]
    pub(super) secrets: BTreeMap<String, String>,
    /// The body that opens a session, where the provider takes messages only in one.
    pub(super) session: Option<String>,
}

/// Answers that mean the same.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Answers {
    /// For the documentation.
    pub(super) says: String,
    pub(super) class: String,
    examples: Vec<Example>,
}

impl Answers {
    /// Status and body of the first.
    pub(super) fn over_http(&self) -> Option<(u16, String)> {
        match self.examples.first()? {
            Example::Http { status, body, .. } => Some((*status, body.clone())),
            Example::Smtp { .. } => None,
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
enum Example {
    Http {
        status: u16,
        body: String,
        #[serde(default)]
        headers: BTreeMap<String, String>,
        reference: Option<String>,
    },
    Smtp {
        at: String,
        code: u16,
        words: String,
    },
}

/// Reports that mean the same.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Reports {
    /// For the documentation.
    pub(super) says: String,
    /// The word of a status, or `ignored`.
    pub(super) status: String,
    pub(super) examples: Vec<Call>,
}

/// A call of the address for reports: what is particular to it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Call {
    #[serde(default)]
    pub(super) query: String,
    #[serde(default)]
    pub(super) body: String,
}

pub(super) fn of(kind: &Kind) -> Replies {
    let path = format!("tests/replies/{}.toml", kind.word);
    toml::from_str(&read(&path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn class(kind: &Kind, example: &Example) -> (ReplyClass, Option<String>) {
    match (&kind.protocol, example) {
        (Protocol::Http(http), Example::Http { status, body, headers, .. }) => {
            let headers: Vec<(String, String)> = headers.clone().into_iter().collect();
            let reply =
                (http.classify)(&Response { status: *status, retry_after: None, headers: &headers, body });
            assert!(reply.code.starts_with(&format!("HTTP {status}")), "{example:?}: {}", reply.code);
            (reply.class, reply.reference)
        }
        (Protocol::Smtp, Example::Smtp { at, code, words }) => (classify(stage(at), *code, words), None),
        _ => panic!("{example:?} is no answer of {}", kind.word),
    }
}

fn stage(word: &str) -> Stage {
    match word {
        "hello" => Stage::Hello,
        "login" => Stage::Login,
        "sender" => Stage::Sender,
        "recipient" => Stage::Recipient,
        "data" => Stage::Data,
        "body" => Stage::Body,
        _ => panic!("{word} is no stage"),
    }
}

#[test]
fn every_answer_of_every_provider_has_its_class() {
    for kind in KINDS {
        for answers in of(kind).answers {
            assert!(!answers.examples.is_empty(), "{}: {} has no example", kind.word, answers.says);
            for example in &answers.examples {
                let (class, reference) = class(kind, example);
                assert_eq!(class.word(), answers.class, "{}: {example:?}", kind.word);
                if let Example::Http { reference: expected, .. } = example {
                    assert_eq!(&reference, expected, "{}: {example:?}", kind.word);
                }
            }
        }
    }
}

#[test]
fn the_files_show_what_is_retried_and_what_is_not() {
    for kind in KINDS {
        let classes: BTreeSet<String> = of(kind).answers.into_iter().map(|answers| answers.class).collect();
        let reaches_people = kind.channels.iter().any(|channel| !channel.is_for_places());
        for class in ReplyClass::ALL {
            // A relay is in doubt if there is no answer, its file holds refusals only, and a place has no address of its
            // own; software that is run by oneself judges no number.
            let may_lack = match class {
                ReplyClass::Accepted | ReplyClass::Ambiguous => matches!(kind.protocol, Protocol::Smtp),
                ReplyClass::AddressRejected => !reaches_people || kind.owner.is_none(),
                _ => false,
            };
            assert!(may_lack || classes.contains(class.word()), "{} has no {}", kind.word, class.word());
        }
    }
}

#[test]
fn an_answer_asks_for_time_whatever_it_says() {
    let wait = Some(std::time::Duration::from_secs(3));
    for kind in KINDS {
        let Protocol::Http(http) = &kind.protocol else { continue };
        for status in [200, 202, 400, 429, 503] {
            let reply = (http.classify)(&Response { status, retry_after: wait, headers: &[], body: "" });
            assert_eq!(reply.retry_after, wait, "{} {status}", kind.word);
        }
    }
}

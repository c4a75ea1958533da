//! `tests/replies/NAME.toml` says what each report of a provider means; here each comes in as the provider sends it, and as a
//! stranger does.

use data_encoding::{BASE64, HEXLOWER};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};
use ring::{hmac, rand};

use super::replies::{self, Call};
use super::sample;
use super::specs::{over_http, request};
use crate::provider::callback::{Callback, Refused, Report};
use crate::provider::key::{REPORTS_KEY, REPORTS_PASSWORD};
use crate::provider::{Hidden, Http, Kind, Method, Setting, Settings, Shape, signature};

/// When the examples were signed, in seconds since 1970, and what Mailgun puts next to it.
const SIGNED_AT: i64 = 1_767_225_600;
const TOKEN: &str = "t0ken";

/// The DER of a public key of P-256, before its point.
const DER: &str = "3059301306072a8648ce3d020106082a8648ce3d030107034200";

/// A provider with its report keys, and the private half of the one that is asymmetric.
struct Source {
    settings: Settings,
    pair: EcdsaKeyPair,
}

impl Source {
    fn new(kind: &Kind) -> Self {
        let random = SystemRandom::new();
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random).unwrap();
        let pair =
            EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, pkcs8.as_ref(), &random).unwrap();
        let point = HEXLOWER.encode(pair.public_key().as_ref());
        let public = BASE64.encode(&HEXLOWER.decode(format!("{DER}{point}").as_bytes()).unwrap());
        let mut settings = sample(kind);
        if settings.optional(REPORTS_KEY).is_some() {
            settings = settings.with(REPORTS_KEY, public);
        }
        Self { settings, pair }
    }

    /// Everything that proves a provider, each in its own place; a provider looks at its own.
    fn proofs(&self, body: &str) -> Vec<(String, String)> {
        let secret = |key| self.settings.secret(key).map_or("", Hidden::expose);
        let account = BASE64.encode(format!("status:{}", secret(REPORTS_PASSWORD)).as_bytes());
        let signed = format!("{SIGNED_AT}{body}");
        let signature = self.pair.sign(&rand::SystemRandom::new(), signed.as_bytes()).unwrap();
        let webhook = signature::Key::read(&Hidden::new(secret(REPORTS_KEY)));
        let webhook = webhook.map(|key| key.sign("msg_1", SIGNED_AT, body.as_bytes())).unwrap_or_default();
        [
            ("authorization", format!("Basic {account}")),
            ("svix-id", "msg_1".to_owned()),
            ("svix-timestamp", SIGNED_AT.to_string()),
            ("svix-signature", webhook),
            ("x-twilio-email-event-webhook-timestamp", SIGNED_AT.to_string()),
            ("x-twilio-email-event-webhook-signature", BASE64.encode(signature.as_ref())),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .to_vec()
    }

    /// The body with Mailgun's signature within it.
    fn body(&self, call: &Call) -> String {
        let secret = self.settings.secret(REPORTS_KEY).map_or("", Hidden::expose);
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        let signature = hmac::sign(&key, format!("{SIGNED_AT}{TOKEN}").as_bytes());
        call.body.replace("SIGNATURE", &HEXLOWER.encode(signature.as_ref()))
    }
}

/// The query of the URL that a provider is given with each message; empty if it is given none.
fn given(http: &Http, kind: &Kind) -> String {
    let request = request(http, kind, kind.channels[0]).unwrap();
    let sent = format!("{} {}", request.url, String::from_utf8(request.body).unwrap());
    let decoded = percent_encoding::percent_decode_str(&sent).decode_utf8().unwrap().into_owned();
    let Some((_, rest)) = decoded.split_once("step=step&token=") else { return String::new() };
    let token: String = rest.chars().take_while(char::is_ascii_alphanumeric).collect();
    format!("step=step&token={token}&")
}

type Said = Result<Vec<Report>, Refused>;

fn call(
    http: &Http,
    kind: &Kind,
    settings: &Settings,
    call: (&str, &str),
    headers: &[(String, String)],
) -> Said {
    let (query, body) = call;
    let method = if body.is_empty() { Method::Get } else { Method::Post };
    let callback = Callback { headers, ..Callback::new(kind.example, settings, (method, query), body) };
    (http.reports.unwrap())(&callback)
}

fn reporting() -> impl Iterator<Item = (&'static Kind, &'static Http)> {
    over_http().filter(|(_, http)| http.reports.is_some())
}

#[test]
fn every_report_of_every_provider_has_its_status() {
    for (kind, http) in reporting() {
        let (source, given) = (Source::new(kind), given(http, kind));
        let mut seen = 0;
        for reports in replies::of(kind).reports {
            for example in &reports.examples {
                let (query, body) = (format!("{given}{}", example.query), source.body(example));
                let said = call(http, kind, &source.settings, (&query, &body), &source.proofs(&body));
                let said = said.unwrap_or_else(|refused| panic!("{} {example:?}: {refused:?}", kind.word));
                let statuses: Vec<&str> = said.iter().map(|report| report.status.word()).collect();
                let expected =
                    if reports.status == "ignored" { vec![] } else { vec![reports.status.as_str()] };
                assert_eq!(statuses, expected, "{} {example:?}", kind.word);
                for report in said {
                    assert_eq!(report.reference, "step", "{} {example:?}", kind.word);
                    assert!(!report.words.contains('@'), "{}: {}", kind.word, report.words);
                }
                seen += 1;
            }
        }
        assert!(seen >= 4, "{} has only {seen} reports", kind.word);
    }
}

#[test]
fn every_provider_that_reports_says_what_arrived_what_did_not_and_what_never_will() {
    for (kind, _) in reporting() {
        let reports = replies::of(kind).reports;
        for status in ["buffered", "delivered", "failed", "undeliverable"] {
            assert!(reports.iter().any(|report| report.status == status), "{} has no {status}", kind.word);
        }
    }
}

#[test]
fn a_stranger_reports_nothing_whatever_is_known_but_the_secret() {
    for (kind, http) in reporting() {
        let (source, given) = (Source::new(kind), given(http, kind));
        let other = Source::new(kind);
        let secrets = kind.keys.iter().filter(|key| key.shape == Shape::Secret).map(|key| key.name);
        let other = secrets.fold(other.settings, |settings, name| {
            settings.with(name, Setting::from(Hidden::new("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")))
        });
        for example in replies::of(kind).reports.iter().flat_map(|reports| &reports.examples) {
            let (query, body) = (format!("{given}{}", example.query), source.body(example));
            let proofs = source.proofs(&body);
            let strangers = [
                call(http, kind, &other, (&query, &body), &proofs),
                call(http, kind, &source.settings, (&example.query, &example.body), &[]),
                call(http, kind, &Settings::default(), (&query, &body), &proofs),
            ];
            for said in strangers {
                assert!(
                    matches!(said, Err(Refused::Stranger | Refused::Unreadable)),
                    "{} {said:?}",
                    kind.word
                );
            }
        }
    }
}

#[test]
fn a_report_that_was_changed_on_its_way_is_refused() {
    for (kind, http) in reporting().filter(|(kind, _)| ["sendgrid", "resend"].contains(&kind.word)) {
        let source = Source::new(kind);
        let reports = replies::of(kind).reports;
        let body = source.body(&reports[0].examples[0]);
        let proofs = source.proofs(&body);
        let changed = body.replacen("step", "stop", 1);
        for body in [changed, format!("{body} "), body.to_uppercase()] {
            let said = call(http, kind, &source.settings, ("", &body), &proofs);
            assert_eq!(said, Err(Refused::Stranger), "{}: {body}", kind.word);
        }
    }
}

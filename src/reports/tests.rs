//! The port, over HTTP: who is let in, and what is answered.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;

use super::Reports;
use crate::config::parse_plan;
use crate::config::plan::Plan;
use crate::ledger::{Planner as _, SqlLedger, sqlite};
use crate::model::announced::Baseline;
use crate::model::endpoint::Endpoint;
use crate::model::message::{Encoding, Message, TextMessage};
use crate::model::notice::StepId;
use crate::net::port::free_port;
use crate::net::{self, Client, Timeouts};
use crate::provider::{Handoff, Protocol};

const LIMITS: Timeouts = Timeouts { connect: Duration::from_secs(5), answer: Duration::from_secs(5) };

/// A plan whose gateway brings its reports to that port, and a folder with its password.
fn plan(port: u16) -> (Plan, tempfile::TempDir) {
    let root = tempfile::tempdir().unwrap();
    std::fs::write(root.path().join("password"), "s3cret\n").unwrap();
    let text = format!(
        "[text]\nsender = 'Example'\nproviders = ['gateway']\n[providers.gateway]\nkind = 'kannel'\n\
         url = 'http://127.0.0.1:1/cgi-bin/sendsms'\nuser = 'status'\npassword = {{ file = 'password' }}\n\
         dlr_url = 'http://127.0.0.1:{port}/reports/gateway'\n"
    );
    let (plan, problems, _) = parse_plan(&text);
    (plan.unwrap_or_else(|| panic!("{problems:?}")), root)
}

/// The address that the gateway gets with a message: a report of that kind is one request to it.
fn given(plan: &Plan, root: &tempfile::TempDir, kind: &str) -> String {
    let provider = &plan.providers["gateway"];
    let Protocol::Http(http) = &provider.kind.protocol else { panic!("Kannel is spoken to by HTTP") };
    let message = TextMessage { body: "Payments fail".to_owned(), encoding: Encoding::Gsm7, segments: 1 };
    let now = chrono::DateTime::UNIX_EPOCH;
    let handoff = Handoff {
        provider: "gateway",
        message: &Message::Text(message),
        to: &Endpoint::read("+34600000001").unwrap(),
        step: &StepId::from_stored("step"),
        sender: "Example",
        now,
        gives_way_at: now + chrono::TimeDelta::minutes(5),
        thread: None,
    };
    let request = (http.request)(&handoff, &provider.revealed(root.path()).unwrap()).unwrap();
    let url = url::Url::parse(&request.url).unwrap();
    let (_, url) = url.query_pairs().find(|(key, _)| key == "dlr-url").unwrap();
    url.replace("%d", kind).replace("%A", "NACK%2F")
}

async fn status(url: &str) -> u16 {
    let client = Client::new(LIMITS).unwrap();
    client.get(url, &[], chrono::DateTime::UNIX_EPOCH).await.unwrap().status
}

async fn open(plan: &Plan, root: &tempfile::TempDir, ledger: SqlLedger) -> Reports {
    let mut reports = Reports::new(Arc::new(Mutex::new(ledger)), Arc::new(|| chrono::DateTime::UNIX_EPOCH));
    reports.open(plan, root.path()).await.unwrap();
    reports
}

#[tokio::test(flavor = "multi_thread")]
async fn only_who_was_given_the_address_reports_and_twice_is_once() {
    let (plan, root) = plan(free_port());
    let mut ledger = sqlite::open_in_memory().unwrap();
    ledger.adopt(&Baseline::default(), chrono::DateTime::UNIX_EPOCH).unwrap();
    let reports = open(&plan, &root, ledger).await;
    assert!(reports.is_any());
    let url = given(&plan, &root, "1");
    for (url, answer) in [
        (url.replacen("token=", "token=a", 1), 403),
        (url.replacen("step=", "step=b", 1), 403),
        (url.replacen("/reports/", "/report/", 1), 404),
        (url.replacen("report=1", "report=3", 1), 400),
        (url.replacen("report=1", "report=8", 1), 200),
        (url.replacen("report=1", "report=8", 1), 200),
        (url.clone(), 200),
    ] {
        assert_eq!(status(&url).await, answer, "{url}");
    }
    reports.close().await;
    let client = Client::new(LIMITS).unwrap();
    assert!(client.get(&url, &[], chrono::DateTime::UNIX_EPOCH).await.is_err(), "the port is closed");
}

/// A plan with one provider, whose secrets are those of the folder.
fn plan_of(text: &str) -> (Plan, tempfile::TempDir) {
    let root = tempfile::tempdir().unwrap();
    std::fs::write(root.path().join("key"), "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n").unwrap();
    let (plan, problems, _) = parse_plan(text);
    (plan.unwrap_or_else(|| panic!("{problems:?}")), root)
}

async fn post(url: &str, headers: &[(&str, &str)], body: &str) -> u16 {
    let client = Client::new(LIMITS).unwrap();
    let request = net::Request::new(net::Method::Post, url).body("application/json", body);
    let request = headers.iter().fold(request, |request, (name, value)| request.header(name, value));
    client.send(&request, net::BODY_BYTES_MAX, chrono::DateTime::UNIX_EPOCH).await.unwrap().status
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signed_report_comes_in_with_its_header_fields() {
    let port = free_port();
    let (plan, root) = plan_of(&format!(
        "[mail]\nfrom = 'status@example.com'\nproviders = ['resend']\n[providers.resend]\nkind = 'resend'\n\
         key = {{ file = 'key' }}\nreports_key = {{ file = 'key' }}\ndlr_url = 'http://127.0.0.1:{port}/reports'\n"
    ));
    let reports = open(&plan, &root, sqlite::open_in_memory().unwrap()).await;
    let url = format!("http://127.0.0.1:{port}/reports");
    let body = r#"{"type":"email.delivered","data":{"email_id":"1","tags":{"step":"step"}}}"#;
    // Made with openssl: HMAC-SHA256 of `msg_1.1767225600.` and the body, with the key in base64 of the file.
    let signature = "v1,IIWYXSgS2dJTW9nfnxlnIwL4BHfSGLY4pFg2uri00ts=";
    let named =
        |signature| [("svix-id", "msg_1"), ("Svix-Timestamp", "1767225600"), ("svix-signature", signature)];
    for (headers, body, answer) in [
        (&named(signature)[..], body, 200),
        (&named(signature)[..], &body.replacen("step", "stop", 1), 403),
        (&named("v1,AAAA")[..], body, 403),
        (&named(signature)[1..], body, 403),
        (&[], body, 403),
    ] {
        assert_eq!(post(&url, headers, body).await, answer, "{headers:?}");
    }
    reports.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_of_its_own_listens_for_what_a_proxy_passes_on() {
    let port = free_port();
    let (plan, root) = plan_of(&format!(
        "[text]\nsender = 'Example'\nproviders = ['vonage']\n[providers.vonage]\nkind = 'vonage'\nkey = 'abcd1234'\n\
         secret = {{ file = 'key' }}\ndlr_url = 'https://desk.example.com/reports'\n\
         dlr_listen = 'http://127.0.0.1:{port}/vonage'\n"
    ));
    let reports = open(&plan, &root, sqlite::open_in_memory().unwrap()).await;
    assert_eq!(status(&format!("http://127.0.0.1:{port}/vonage?step=step&token=a")).await, 403);
    assert_eq!(status(&format!("http://127.0.0.1:{port}/reports")).await, 404);
    reports.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_that_cannot_be_recorded_is_not_confirmed() {
    let (plan, root) = plan(free_port());
    let path = root.path().join("ledger.db");
    let mut ledger = sqlite::open(&path).unwrap();
    ledger.adopt(&Baseline::default(), chrono::DateTime::UNIX_EPOCH).unwrap();
    let reports = open(&plan, &root, ledger).await;
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute_batch("DROP TABLE report").unwrap();
    assert_eq!(status(&given(&plan, &root, "1")).await, 503);
    reports.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_that_another_process_has_is_taken_over_when_that_is_gone() {
    let port = free_port();
    let (plan, root) = plan(port);
    let other = tokio::net::TcpListener::bind(("127.0.0.1", port)).await.unwrap();
    let mut reports = open(&plan, &root, sqlite::open_in_memory().unwrap()).await;
    assert!(!reports.is_any());
    drop(other);
    reports.open(&plan, root.path()).await.unwrap();
    assert!(reports.is_any());
    reports.close().await;
}

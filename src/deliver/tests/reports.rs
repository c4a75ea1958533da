//! Reports that come in over HTTP while a worker runs: who is let in, and what it sets off.

use std::time::Duration;

use super::gateway::Gateway;
use super::house::House;
use super::relay::Relay;
use crate::model::notice::StepState;
use crate::model::report::Evidence;
use crate::net::port::free_port;
use crate::net::{Client, Limits};
use crate::provider::REPORT_URL;

const LIMITS: Limits = Limits { connect: Duration::from_secs(5), answer: Duration::from_secs(5) };

/// Answers of the door, in the order in which a stranger and then the gateway knock.
async fn knock(gateway: Gateway, kind: &'static str) -> Vec<u16> {
    let client = Client::new(LIMITS).unwrap();
    let request = loop {
        match gateway.requests().pop() {
            Some(request) => break request,
            None => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    };
    let given = request.split('&').find_map(|pair| pair.strip_prefix("dlr-url=")).unwrap();
    let given = given.replace("%3A", ":").replace("%2F", "/").replace("%3F", "?").replace("%3D", "=");
    let given = given.replace("%26", "&").replace("%25", "%");
    assert!(request.contains("dlr-mask=27") && given.contains("report=%d&answer=%A"), "{given}");
    let url = given.replace("%d", kind).replace("%A", "NACK%2F+34600000001");
    let forged = url.replacen("token=", "token=a", 1);
    let another = url.replacen("step=", "step=b", 1);
    let elsewhere = url.replacen("/reports/", "/report/", 1);
    let nonsense = url.replacen(&format!("report={kind}"), "report=3", 1);
    let mut answers = Vec::new();
    let sent = url.replacen(&format!("report={kind}"), "report=8", 1);
    for url in [&forged, &another, &elsewhere, &nonsense, &sent, &sent, &url] {
        let now = chrono::DateTime::UNIX_EPOCH;
        answers.push(client.get(url, &[], now).await.unwrap().status);
    }
    answers
}

fn house(gateway: &Gateway, port: u16) -> House {
    let mut house = House::new().gateway(&gateway.url);
    house.success = Evidence::Delivered;
    let chosen = house.plan.providers.get_mut("gateway").unwrap();
    let url = format!("http://127.0.0.1:{port}/reports/gateway");
    chosen.settings = std::mem::take(&mut chosen.settings).with(REPORT_URL, url);
    house
}

#[tokio::test(flavor = "multi_thread")]
async fn only_who_was_given_the_url_reports_and_twice_is_once() {
    let gateway = Gateway::start().await;
    let mut house = house(&gateway, free_port());
    let who = house.subscriber(&["+34600000001"]);
    house.change("payments");
    let knocking = tokio::spawn(knock(gateway, "1"));
    house.deliver().await.unwrap();
    assert_eq!(knocking.await.unwrap(), [403, 403, 404, 400, 200, 200, 200]);
    assert_eq!(house.states(&who), [StepState::Delivered]);
    let explained = house.ledger(|ledger| ledger.explain(&who, None).unwrap());
    assert_eq!(explained[0].steps[0].reports.len(), 2);
    assert_eq!(explained[0].steps[0].reports[0].words, "NACK/ …", "no number is kept");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_of_failure_has_the_mail_sent_at_once() {
    let (gateway, relay) = (Gateway::start().await, Relay::start().await);
    let mut house = house(&gateway, free_port()).relay("relay", relay.port);
    let who = house.subscriber(&["+34600000001", "ana@example.org"]);
    house.change("payments");
    let knocking = tokio::spawn(knock(gateway, "2"));
    house.deliver().await.unwrap();
    assert_eq!(knocking.await.unwrap(), [403, 403, 404, 400, 200, 200, 200]);
    assert_eq!(house.states(&who), [StepState::Dead, StepState::Accepted]);
}

//! Reports that come in while a worker runs: what they set off.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;

use super::gateway::Gateway;
use super::house::House;
use super::relay::Relay;
use crate::ledger::{DeliveryReceipt, Ledger};
use crate::model::Moment;
use crate::model::notice::StepState;
use crate::model::report::{Evidence, ReceiptStatus};
use crate::provider::REPORT_URL;

/// Records a report on the first message that the gateway takes, as the port for reports does.
async fn report(ledger: Arc<Mutex<dyn Ledger>>, gateway: Gateway, status: ReceiptStatus, at: Moment) {
    let request = loop {
        match gateway.requests().pop() {
            Some(request) => break request,
            None => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    };
    let step = request.split("step%3D").nth(1).and_then(|rest| rest.split('%').next()).unwrap();
    let (provider, words) = ("gateway".to_owned(), String::new());
    let report = DeliveryReceipt { provider, reference: step.to_owned(), status, words, at };
    ledger.lock().report(&report).unwrap();
}

fn house(gateway: &Gateway) -> House {
    let mut house = House::new().gateway(&gateway.url);
    house.success = Evidence::Delivered;
    house.options.receives_reports = true;
    let chosen = house.plan.providers.get_mut("gateway").unwrap();
    let url = "https://desk.example.com/reports/gateway";
    chosen.settings = std::mem::take(&mut chosen.settings).with(REPORT_URL, url);
    house
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_hears_reports_waits_for_them() {
    let gateway = Gateway::start().await;
    let mut house = house(&gateway);
    let who = house.subscriber(&["+34600000001"]);
    house.change("payments");
    let reporting = report(Arc::clone(&house.ledger), gateway, ReceiptStatus::Delivered, house.now());
    let reporting = tokio::spawn(reporting);
    house.deliver().await.unwrap();
    reporting.await.unwrap();
    assert_eq!(house.states(&who), [StepState::Delivered]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_of_failure_has_the_mail_sent_at_once() {
    let (gateway, relay) = (Gateway::start().await, Relay::start().await);
    let mut house = house(&gateway).relay("relay", relay.port);
    let who = house.subscriber(&["+34600000001", "ana@example.org"]);
    house.change("payments");
    let reporting = report(Arc::clone(&house.ledger), gateway, ReceiptStatus::Failed, house.now());
    let reporting = tokio::spawn(reporting);
    house.deliver().await.unwrap();
    reporting.await.unwrap();
    assert_eq!(house.states(&who), [StepState::Dead, StepState::Accepted]);
}

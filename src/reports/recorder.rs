//! Records a delivery report in the ledger before the provider gets its confirmation.
//!
//! Promises: a report that is confirmed is on record, durably.

use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::watch;

use super::{Clock, Error};
use crate::ledger::{self, DeliveryReceipt, InboundText, Ledger, ReceiptOutcome};
use crate::provider;

/// Writes reports down in the ledger.
#[derive(Clone)]
pub(super) struct Recorder {
    ledger: Arc<Mutex<dyn Ledger>>,
    now: Clock,
    over: watch::Receiver<bool>,
}

impl Recorder {
    pub(super) fn new(ledger: Arc<Mutex<dyn Ledger>>, now: Clock, over: watch::Receiver<bool>) -> Self {
        Self { ledger, now, over }
    }

    /// Waits until no more reports are wanted.
    pub(super) async fn until_over(mut self) {
        // An error means that the owner of the ports is gone: then it is over as well.
        let _over = self.over.wait_for(|over| *over).await;
    }

    /// Records what a provider reports.
    pub(super) async fn record(
        &self,
        provider: &str,
        report: &provider::Report,
    ) -> Result<ReceiptOutcome, Error> {
        let report = DeliveryReceipt {
            provider: provider.to_owned(),
            reference: report.reference.clone(),
            status: report.status,
            words: report.words.clone(),
            at: (self.now)(),
        };
        self.write(move |ledger| ledger.report(&report)).await
    }

    /// Obeys a text of a subscriber, or keeps it for an answer or a person.
    pub(super) async fn receive(&self, provider: &str, text: provider::Received) -> Result<(), Error> {
        let text = InboundText {
            provider: provider.to_owned(),
            reference: text.reference,
            from: text.from,
            keyword: text.keyword,
            words: text.words,
            at: (self.now)(),
        };
        self.write(move |ledger| ledger.receive_text(&text)).await.map(drop)
    }

    async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut dyn Ledger) -> Result<T, ledger::Error> + Send + 'static,
    ) -> Result<T, Error> {
        let ledger = Arc::clone(&self.ledger);
        let write = move || work(&mut *ledger.lock());
        Ok(tokio::task::spawn_blocking(write).await.map_err(|_| Error::Broken)??)
    }
}

//! Records a delivery report in the ledger before the provider gets its confirmation.
//!
//! Promises: a report that is confirmed is on record, durably.

use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::watch;

use super::{Clock, Error};
use crate::ledger::{DeliveryReceipt, Ledger, ReceiptOutcome};
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
        let ledger = Arc::clone(&self.ledger);
        let record = move || ledger.lock().report(&report);
        Ok(tokio::task::spawn_blocking(record).await.map_err(|_| Error::Broken)??)
    }
}

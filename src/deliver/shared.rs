//! The state that all handoffs of a worker share: the ledger, the providers and their availability, the events.
//!
//! Promises: the ledger is used by one at a time, on a thread that may wait for the disk.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;
use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::sync::mpsc;

use super::availability::ProviderAvailability;
use super::batch::BatchCommitter;
use super::provider::Providers;
use super::{DeliveryEvent, Error, EventKind, Options};
use crate::config::plan::Retry;
use crate::ledger::{self, ClaimedStep, Ledger};
use crate::model::Moment;
use crate::model::endpoint::Endpoint;

/// What all handoffs of a worker share.
pub(super) struct Shared {
    pub(super) ledger: Arc<Mutex<dyn Ledger>>,
    pub(super) providers: Providers,
    /// The places that the plan names.
    pub(super) places: BTreeSet<Endpoint>,
    pub(super) retry: Retry,
    pub(super) options: Options,
    pub(super) availability: ProviderAvailability,
    /// Whether nothing new may be handed off.
    pub(super) halted: AtomicBool,
    pub(super) settler: BatchCommitter,
    pub(super) events: mpsc::UnboundedSender<DeliveryEvent>,
}

impl Shared {
    pub(super) fn now(&self) -> Moment {
        (self.options.now)()
    }

    pub(super) fn checkpoint(&self, name: &'static str) {
        if let Some(checkpoint) = &self.options.checkpoint {
            checkpoint(name);
        }
    }

    /// Does one thing with the ledger, on a thread that may wait for the disk. A runtime of one thread has no other
    /// thread to keep free: there it is done in place, so that the order of all work is the runtime's.
    pub(super) async fn ledger<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut dyn Ledger) -> Result<T, ledger::Error> + Send + 'static,
    ) -> Result<T, Error> {
        let ledger = Arc::clone(&self.ledger);
        let done = move || work(&mut *ledger.lock());
        if Handle::current().runtime_flavor() == RuntimeFlavor::CurrentThread {
            return Ok(done()?);
        }
        Ok(tokio::task::spawn_blocking(done).await.map_err(|_| Error::Broken)??)
    }

    pub(super) fn must_stop(&self) -> bool {
        self.halted.load(Ordering::Relaxed) || *self.options.stop.borrow()
    }

    /// Why a step is not handed off any more for now, by any provider.
    pub(super) fn why_not(&self, step: &ClaimedStep) -> Option<&'static str> {
        if self.must_stop() {
            Some("the worker is shutting down")
        } else if step.expires_at <= self.now() {
            Some("its step limit was over before a provider could be called")
        } else {
            None
        }
    }

    pub(super) fn report(&self, step: &ClaimedStep, happened: EventKind) {
        // The worker receives until its last task is done.
        let _ = self.events.send(DeliveryEvent::of(step, self.now(), happened));
    }
}

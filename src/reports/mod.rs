//! Receives delivery reports from providers, each at a port, and records them in the ledger.
//!
//! Promises: a report is recorded before it is confirmed to its provider; one that cannot be recorded is not confirmed, so
//! that the provider sends it again; no report is shown with an address. Authentication and parsing are in the provider's
//! own file. Never sends anything.

mod listener;
mod recorder;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::config::plan::Plan;
use crate::config::secret::SecretError;
use crate::ledger::{self, Ledger};
use crate::model::Moment;
use listener::Listener;
use recorder::Recorder;

/// How long a request that is being answered may still take once no more are wanted.
const CLOSING_LIMIT: Duration = Duration::from_secs(1);

/// Returns the current time.
pub type Clock = Arc<dyn Fn() -> Moment + Send + Sync>;

/// Why reports cannot come in.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A provider's secret cannot be had.
    #[error("failed to set up the delivery receipts of provider `{provider}`")]
    Secret {
        /// Its name in the plan.
        provider: String,
        /// The cause.
        source: SecretError,
    },
    /// The port cannot be opened.
    #[error("failed to listen on {address} for the delivery receipts of provider `{provider}`")]
    Port {
        /// Its name in the plan.
        provider: String,
        /// The address and port.
        address: std::net::SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// The ledger failed: the report is not on record.
    #[error(transparent)]
    Ledger(#[from] ledger::Error),
    /// The task that wrote the report broke off.
    #[error("failed to record a delivery receipt: internal error, the task was aborted")]
    Broken,
}

/// The open ports of a plan's providers.
pub struct Reports {
    recorder: Recorder,
    open: BTreeMap<String, JoinHandle<()>>,
    over: watch::Sender<bool>,
}

impl Reports {
    /// Without a port. What comes in is recorded in that ledger, at the time of that clock.
    pub fn new(ledger: Arc<Mutex<dyn Ledger>>, now: Clock) -> Self {
        let (over, wait) = watch::channel(false);
        Self { recorder: Recorder::new(ledger, now, wait), open: BTreeMap::new(), over }
    }

    /// Opens the port that each provider of the plan reports to, if that is one of this machine. One that is open
    /// stays; one that another process has is left to it, and tried again at the next call.
    ///
    /// # Errors
    ///
    /// A provider's secret cannot be read, or a port cannot be opened for another reason.
    pub async fn open(&mut self, plan: &Plan, root: &Path) -> Result<(), Error> {
        for (name, provider) in plan.channels.keys().flat_map(|channel| plan.providers_of(*channel)) {
            if self.open.get(name).is_some_and(|task| !task.is_finished()) {
                continue;
            }
            if let Some(listener) = Listener::open(name, provider, root).await? {
                let task = tokio::spawn(listener.serve(self.recorder.clone()));
                self.open.insert(name.to_owned(), task);
            }
        }
        Ok(())
    }

    /// Whether reports may come in.
    pub fn is_any(&self) -> bool {
        self.open.values().any(|task| !task.is_finished())
    }

    /// Closes the ports. What is being recorded is still confirmed.
    pub async fn close(self) {
        self.over.send_replace(true);
        let finished = async {
            for (_, task) in self.open {
                // A task that broke off is finished too.
                let _ended = task.await;
            }
        };
        // A provider that has not finished by then brings the report again.
        let _late = tokio::time::timeout(CLOSING_LIMIT, finished).await;
    }
}

//! Delivery reports that come in while a worker runs, anyone who brings them.
//!
//! Promises: a report is on record before anyone who brought it hears that it is; a report that cannot be recorded is
//! not confirmed, so that it is brought again. Nothing that a report says is shown with an address.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::listener::Listener;
use super::{Clock, Error, Options};
use crate::config::plan::Plan;
use crate::ledger::{Ledger, Report, Reported};
use crate::provider;

/// How long a worker that is done waits for reports that are being brought.
const CLOSING_LIMIT: Duration = Duration::from_secs(1);

/// What brings reports until the recorder says that it is over.
pub type Bringing = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Anyone who brings delivery reports: a listener that a provider calls, or one who asks a provider.
pub trait Reports: Send {
    /// Brings every report to the recorder.
    fn bring(self: Box<Self>, recorder: Recorder) -> Bringing;
}

/// Writes reports down in the ledger.
#[derive(Clone)]
pub struct Recorder {
    ledger: Arc<Mutex<dyn Ledger>>,
    now: Clock,
    over: watch::Receiver<bool>,
}

impl Recorder {
    /// Waits until no more reports are wanted. What is being recorded then is still confirmed.
    pub async fn until_over(mut self) {
        // An error means that the worker is gone: then it is over as well.
        let _over = self.over.wait_for(|over| *over).await;
    }

    /// Records what a provider reports, durably.
    ///
    /// # Errors
    ///
    /// The ledger fails: the report is not on record.
    pub async fn record(&self, provider: &str, report: &provider::Report) -> Result<Reported, Error> {
        let report = Report {
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

/// Anyone who brings reports to a worker.
pub(super) struct Bringers {
    tasks: JoinSet<()>,
    over: watch::Sender<bool>,
}

impl Bringers {
    /// Whether reports may come in at all.
    pub(super) fn is_any(&self) -> bool {
        !self.tasks.is_empty()
    }

    /// Lets them finish what they are bringing.
    pub(super) async fn close(mut self) {
        self.over.send_replace(true);
        let finished = async { while self.tasks.join_next().await.is_some() {} };
        // Anyone who has not finished by then brings it again.
        let _late = tokio::time::timeout(CLOSING_LIMIT, finished).await;
    }
}

/// Opens whatever the plan's providers bring their reports to.
pub(super) async fn open(
    plan: &Plan,
    options: &Options,
    ledger: &Arc<Mutex<dyn Ledger>>,
) -> Result<Bringers, Error> {
    let (over, wait) = watch::channel(false);
    let recorder = Recorder { ledger: Arc::clone(ledger), now: Arc::clone(&options.now), over: wait };
    let mut tasks = JoinSet::new();
    for (name, provider) in plan.channels.keys().flat_map(|channel| plan.providers_of(*channel)) {
        if let Some(listener) = Listener::open(name, provider, &options.root).await? {
            let reports: Box<dyn Reports> = Box::new(listener);
            tasks.spawn(reports.bring(recorder.clone()));
        }
    }
    Ok(Bringers { tasks, over })
}

//! The worker: claims due steps, hands them to providers, and settles their answers.
//!
//! Promises: a handoff begins only after its step was claimed and its start recorded, by the claim itself if it follows at
//! once (`tempo.rs`); every answer is settled before its connection takes the next message; the next provider of the channel
//! is tried only if none has accepted, and the ledger starts the next channel; a stopped worker finishes its handoffs in
//! progress and returns the other steps. Events and errors hold no full address, no secret and no text of a message. The
//! clock, the seed and the stop signal are arguments.

mod availability;
mod batch;
mod carrier;
mod clock;
mod courier;
mod decide;
mod dkim;
mod doubts;
mod event;
mod flight;
mod handoff;
mod mail;
mod patience;
mod permits;
mod provider;
mod shared;
mod smtp_check;
mod tempo;
#[cfg(test)]
mod tests;
mod worker;

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use tokio::sync::watch;

pub use clock::SteadyClock;
pub use courier::{Courier, Letter, Unsent};
pub use dkim::{DkimRecord, KeyError, dkim_records};
pub use doubts::LastAsked;
pub use event::{DeliveryEvent, EventKind};
pub use provider::{Unusable, unusable};
pub use smtp_check::check_smtp_login;
pub use worker::run;

use crate::config::plan::{self, Plan};
use crate::config::secret::SecretError;
use crate::ledger::{self, Budget, HeldTexts};
use crate::model::Moment;
use crate::model::channel::Channel;
use crate::model::notice::StepState;
use crate::model::pass::PassKey;
use crate::net;

/// How long a worker holds a claimed step unless told otherwise. Longer than a handoff may take.
pub const LEASE: TimeDelta = TimeDelta::minutes(5);

/// No handoff takes longer. Shorter than a lease, so that nobody else hands the same step off meanwhile.
const HANDOFF_LIMIT: Duration = Duration::from_secs(240);

/// Returns the current time.
pub type Clock = Arc<dyn Fn() -> Moment + Send + Sync>;

/// Called at named places of the work; a test makes the process die there.
pub type Checkpoint = Arc<dyn Fn(&'static str) + Send + Sync>;

/// How a worker works.
#[derive(Clone)]
pub struct Options {
    /// Its name in the ledger. Two that work at the same time have different names.
    pub worker: String,
    /// Work ends when nothing is due within this time. Zero: only what is due now.
    pub max_wait: Duration,
    /// How long claimed steps are held; see [`LEASE`].
    pub lease: TimeDelta,
    /// The clock. It must move on by itself, or waiting for a retry never ends.
    pub now: Clock,
    /// The clock that nobody can set, where the other one is the machine's; `None` where that one cannot be set either.
    pub steady: Option<Arc<SteadyClock>>,
    /// Whether text messages are sent although the plan's budget is used up.
    pub over_budget: bool,
    /// Where the waits before retries are drawn from.
    pub seed: u64,
    /// The site's root, where secrets and certificates named by a relative path are.
    pub root: PathBuf,
    /// The name this host gives itself in `EHLO`.
    pub host: String,
    /// Whether delivery reports may come in meanwhile: then it waits for them as long as its patience lasts.
    pub receives_reports: bool,
    /// What signs the links of a message's reader; `None` if the plan names no desk.
    pub links: Option<PassKey>,
    /// Turns `true` when the worker should stop.
    pub stop: watch::Receiver<bool>,
    /// When providers were last asked about messages in doubt: shared by the runs of one worker.
    pub last_asked: LastAsked,
    /// For tests that kill the process at a certain point: before or after `recover`, `look`, `claim`, `start`, `moves`,
    /// `handoff`, `settle`, `learn`, `rest`, `close` and `sum`.
    pub checkpoint: Option<Checkpoint>,
}

impl Options {
    /// The budget of each channel whose messages cost money, if the plan has one.
    fn budgets(&self, plan: &Plan) -> BTreeMap<Channel, Budget> {
        let plan::Budget { text_per_incident: per_incident, text_per_day: per_day } = plan.budget;
        let counts = !self.over_budget && (per_incident.is_some() || per_day.is_some());
        counts.then_some((Channel::Text, Budget { per_incident, per_day })).into_iter().collect()
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options").field("worker", &self.worker).finish_non_exhaustive()
    }
}

/// What a worker did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WorkerSummary {
    /// Steps that ended while it worked, by how they ended.
    pub ended: BTreeMap<StepState, u64>,
    /// People whose notice ended while it worked without a handoff, by their last step's end. Who left or
    /// gave the address up is not among them, nor whose notice a newer change replaced.
    pub unreached: BTreeMap<StepState, u64>,
    /// Destinations whose notice ended like that.
    pub unreached_places: BTreeMap<StepState, u64>,
    /// Calls of providers.
    pub attempts: u64,
    /// Channels that nobody can carry for now, with the reason, in words.
    pub unavailable_channels: Vec<String>,
    /// Text steps that are held, because the plan's budget is used up.
    pub held: HeldTexts,
    /// Steps that are not finished, no matter who holds them.
    pub unfinished: u64,
    /// When this worker can do something about those next. What nobody can carry is not due.
    pub next_due: Option<Moment>,
}

/// Why a worker could not continue.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The ledger failed, or its brake is on.
    #[error(transparent)]
    Ledger(#[from] ledger::Error),
    /// The ledger failed while several handoffs were settled; all of them get that error.
    #[error(transparent)]
    Together(#[from] Arc<ledger::Error>),
    /// A provider's secret cannot be had.
    #[error("failed to set up provider `{provider}`")]
    Secret {
        /// Its name in the plan.
        provider: String,
        /// Why.
        source: SecretError,
    },
    /// A provider's certificate or name cannot be used.
    #[error("failed to set up provider `{provider}`: {what}")]
    SetUp {
        /// Its name in the plan.
        provider: String,
        /// Why.
        what: String,
    },
    /// Mail cannot be signed as the plan wants.
    #[error("failed to set up DKIM signing of email")]
    Signing {
        /// Why.
        source: KeyError,
    },
    /// The HTTP client cannot be used.
    #[error(transparent)]
    Net(#[from] net::Error),
    /// A task of the worker broke off. What it held is held until the lease ends.
    #[error("failed to finish a send: internal error, the task was aborted")]
    Broken,
}

impl Error {
    /// What the ledger said, if it is the ledger's error.
    pub fn of_ledger(&self) -> Option<&ledger::Error> {
        match self {
            Self::Ledger(error) => Some(error),
            Self::Together(error) => Some(error),
            _ => None,
        }
    }
}

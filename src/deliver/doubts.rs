//! Asks providers about messages of which it is unknown whether they were accepted.
//!
//! Promises: only a provider that offers such a query is asked; a message that it has on record counts as accepted from
//! then on, and until then as not received. A provider that does not answer is not asked again in the same round. Never
//! sends.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use parking_lot::Mutex;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::provider::Provider;
use super::shared::Shared;
use super::{DeliveryEvent, Error, EventKind, WorkerSummary};
use crate::ledger::{Attempt, AttemptResult, DeliveryReceipt, DoubtedStep};
use crate::model::Moment;
use crate::model::notice::StepState;
use crate::model::reply::{Reply, ReplyClass};
use crate::provider::Found;

/// How often a worker asks.
const PAUSE: Duration = Duration::from_secs(30);

/// For how long after a handoff it asks.
const ASKED_FOR: TimeDelta = TimeDelta::hours(1);

/// Maximum number of questions in one round.
const QUESTIONS_MAX: usize = 50;

/// When a worker last asked, in this run or an earlier one.
#[derive(Clone, Default)]
pub struct LastAsked(Arc<Mutex<Option<Instant>>>);

impl LastAsked {
    /// Whether the pause is over; then it begins again.
    fn is_over(&self) -> bool {
        let mut last = self.0.lock();
        let is_over = last.is_none_or(|last| last.elapsed() >= PAUSE);
        if is_over {
            *last = Some(Instant::now());
        }
        is_over
    }
}

/// The questions of one run of a worker.
#[derive(Default)]
pub(super) struct Questions {
    /// The round that is being asked, or was.
    asked: Option<JoinHandle<Result<(), Error>>>,
}

impl Questions {
    /// Asks if it is time, next to everything else: nothing waits for the answers.
    pub(super) fn ask_in_time(&mut self, shared: &Arc<Shared>) {
        let is_asking = self.asked.as_ref().is_some_and(|asked| !asked.is_finished());
        if !is_asking && !shared.must_stop() && can_ask(shared) && shared.options.last_asked.is_over() {
            let shared = Arc::clone(shared);
            self.asked = Some(tokio::spawn(async move { ask(&shared).await }));
        }
    }

    /// Waits for the answers. Asks again at once about what the run itself left in doubt.
    pub(super) async fn finish(&mut self, shared: &Shared, leaves_doubt: bool) -> Result<(), Error> {
        if let Some(asked) = self.asked.take() {
            asked.await.map_err(|_| Error::Broken)??;
        }
        if leaves_doubt && can_ask(shared) { ask(shared).await } else { Ok(()) }
    }
}

/// Counts one step less in doubt, because a provider has it.
pub(super) fn forget(summary: &mut WorkerSummary) {
    for counted in [&mut summary.ended, &mut summary.unreached] {
        if let Some(number) = counted.get_mut(&StepState::InDoubt) {
            *number = number.saturating_sub(1);
        }
        counted.retain(|_, number| *number > 0);
    }
}

/// Whether a provider can be asked at all.
fn can_ask(shared: &Shared) -> bool {
    shared.providers.values().flatten().any(|provider| provider.can_be_asked())
}

/// One round: asks about each step in doubt, and records what is known now.
async fn ask(shared: &Shared) -> Result<(), Error> {
    let since = shared.now() - ASKED_FOR;
    let doubted = shared.ledger(move |ledger| ledger.doubted(since, QUESTIONS_MAX)).await?;
    let mut silent = BTreeSet::new();
    for step in doubted {
        if shared.must_stop() {
            break;
        }
        let Some(provider) = of(shared, &step) else { continue };
        if silent.contains(&provider.name) {
            continue;
        }
        match provider.inquire(&step, shared.now(), shared.options.stop.clone()).await {
            Some(Some(found)) => record(shared, provider, step, found).await?,
            Some(None) => {}
            None => {
                silent.insert(provider.name.clone());
            }
        }
    }
    Ok(())
}

/// The provider that may have the message. If a worker died during its call, that is one that can be asked.
fn of<'s>(shared: &'s Shared, step: &DoubtedStep) -> Option<&'s Provider> {
    let mut all = shared.providers.get(&step.endpoint.channel())?.iter().map(AsRef::as_ref);
    all.find(|one| one.can_be_asked() && (step.provider.is_empty() || one.name == step.provider))
}

/// Records that the provider has the message, or that it reports a failure of it.
async fn record(shared: &Shared, provider: &Provider, step: DoubtedStep, found: Found) -> Result<(), Error> {
    let now = shared.now();
    if found.status.is_failure() {
        let receipt = DeliveryReceipt {
            provider: provider.name.clone(),
            reference: step.hold.step.as_str().to_owned(),
            status: found.status,
            words: found.words,
            at: now,
        };
        return shared.ledger(move |ledger| ledger.report(&receipt)).await.map(drop);
    }
    let happened = EventKind::Accepted { provider: provider.name.clone() };
    let event = event(&step, now, happened);
    let reply = Reply {
        class: ReplyClass::Accepted,
        code: String::new(),
        words: format!("found in its list of messages: {}", found.words),
        reference: Some(found.reference),
        retry_after: None,
    };
    let attempt =
        Attempt { provider: provider.name.clone(), reply, started_at: step.started_at, ended_at: now };
    let hold = step.hold;
    shared.ledger(move |ledger| ledger.record_result(&hold, &attempt, AttemptResult::Accepted)).await?;
    // The worker hears until its last task is done.
    let _ = shared.events.send(event);
    Ok(())
}

fn event(step: &DoubtedStep, at: Moment, happened: EventKind) -> DeliveryEvent {
    DeliveryEvent {
        at,
        step: step.hold.step.clone(),
        subscriber: step.subscriber.clone(),
        incident: step.incident.clone(),
        channel: step.endpoint.channel(),
        endpoint: step.endpoint.to_string(),
        happened,
    }
}

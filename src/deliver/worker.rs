//! The loop: recover, claim, hand off, wait for what is due.
//!
//! Promises: at most [`WINDOW`] steps of a channel are claimed at once; when the ledger fails, or its brake is on,
//! nothing new is handed off and what is under way is settled as far as it can be.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use super::handoff::{Shared, carry};
use super::provider::{Providers, providers};
use super::{Delivered, Error, Event, Happened, Options};
use crate::config::plan::Plan;
use crate::ledger::{ClaimRequest, EndedStep, Ledger};
use crate::model::Moment;
use crate::model::address::Channel;
use crate::model::notice::StepState;

/// How many steps of a channel a worker claims at once: what power loss can repeat at most.
const WINDOW: [(Channel, usize); 2] = [(Channel::Mail, 100), (Channel::Text, 10)];

/// How often a worker looks whether something came due while others are being handed off, or while another worker
/// is in the way.
const LOOK_AGAIN: Duration = Duration::from_millis(250);

/// No sleep is longer: the clock of the options may run faster than ours, or jump.
const SLEEP_MAX: Duration = Duration::from_secs(1);

/// Works until every step is at an end, or what is left is due later than the options' patience, or is told to
/// stop. `events` hears of everything that happens to a step.
///
/// # Errors
///
/// A provider cannot be set up, the ledger fails or its brake is on. What was handed off by then is settled.
pub async fn run(
    ledger: Arc<Mutex<dyn Ledger>>,
    plan: &Plan,
    options: Options,
    events: &mut (dyn FnMut(Event) + Send),
) -> Result<Delivered, Error> {
    run_with(providers(plan, &options)?, ledger, plan, options, events).await
}

/// [`run`] with providers that are set up already.
pub(super) async fn run_with(
    providers: Providers,
    ledger: Arc<Mutex<dyn Ledger>>,
    plan: &Plan,
    options: Options,
    events: &mut (dyn FnMut(Event) + Send),
) -> Result<Delivered, Error> {
    let (sender, inbox) = mpsc::unbounded_channel();
    let stop = options.stop.clone();
    let shared = Shared {
        ledger,
        providers,
        retry: plan.retry,
        options,
        out: Mutex::default(),
        halted: AtomicBool::new(false),
        events: sender,
    };
    let mut worker = Worker {
        shared: Arc::new(shared),
        handoffs_per_hour_max: plan.brake.messages_per_address_per_hour,
        tasks: JoinSet::new(),
        outstanding: BTreeMap::new(),
        delivered: Delivered::default(),
        inbox,
        stop,
        events,
    };
    let worked = worker.work().await;
    worker.shared.checkpoint("before-close");
    close(&worker.shared.providers).await;
    worked?;
    worker.summed_up().await
}

struct Worker<'e> {
    shared: Arc<Shared>,
    handoffs_per_hour_max: u32,
    tasks: JoinSet<(Channel, Result<(), Error>)>,
    /// Steps claimed and not yet settled or given back.
    outstanding: BTreeMap<Channel, usize>,
    delivered: Delivered,
    inbox: mpsc::UnboundedReceiver<Event>,
    stop: watch::Receiver<bool>,
    events: &'e mut (dyn FnMut(Event) + Send),
}

impl Worker<'_> {
    async fn work(&mut self) -> Result<(), Error> {
        let mut result = self.recover().await;
        let mut claiming = true;
        loop {
            if result.is_ok() && claiming && !*self.stop.borrow() {
                result = self.claim().await;
            }
            if result.is_err() {
                self.shared.halted.store(true, Ordering::Relaxed);
            }
            self.tell();
            let over = result.is_err() || *self.stop.borrow();
            if self.tasks.is_empty() {
                if over || !self.rest().await? {
                    self.tell();
                    return result;
                }
                result = self.recover().await;
                claiming = true;
            } else {
                let settled = self.follow().await;
                claiming = !matches!(settled, Ok(Heard::Event));
                result = result.and(settled.map(drop));
            }
        }
    }

    /// Waits for the next thing that happens to a task.
    async fn follow(&mut self) -> Result<Heard, Error> {
        tokio::select! {
            // In the order written, not by lot: then the same seed gives the same run.
            biased;
            joined = self.tasks.join_next() => {
                let Some(joined) = joined else { return Ok(Heard::Done) };
                let (channel, carried) = joined.map_err(|_| Error::Broken)?;
                if let Some(outstanding) = self.outstanding.get_mut(&channel) {
                    *outstanding = outstanding.saturating_sub(1);
                }
                carried.map(|()| Heard::Done)
            }
            Some(event) = self.inbox.recv() => {
                self.hear(event);
                Ok(Heard::Event)
            }
            () = tokio::time::sleep(LOOK_AGAIN) => Ok(Heard::Time),
        }
    }

    /// Claims as much as fits and starts a task for each step.
    async fn claim(&mut self) -> Result<(), Error> {
        let room = WINDOW.into_iter().filter_map(|(channel, window)| {
            let outstanding = self.outstanding.get(&channel).copied().unwrap_or(0);
            // Half a window at least, so that one disk flush carries many steps.
            (outstanding <= window / 2).then(|| (channel, window - outstanding))
        });
        let steps_max: BTreeMap<Channel, usize> = room.collect();
        if steps_max.is_empty() {
            return Ok(());
        }
        let (options, now) = (&self.shared.options, self.shared.now());
        let (worker, lease, max) = (options.worker.clone(), options.lease, self.handoffs_per_hour_max);
        self.shared.checkpoint("before-claim");
        let claim = self.shared.ledger(move |ledger| {
            let request = ClaimRequest { worker: &worker, steps_max, lease, handoffs_per_hour_max: max };
            ledger.claim(&request, now)
        });
        let claim = claim.await?;
        self.ended(claim.ended, now);
        if !claim.steps.is_empty() {
            self.shared.checkpoint("after-claim");
        }
        for step in claim.steps {
            let channel = step.endpoint.channel();
            *self.outstanding.entry(channel).or_default() += 1;
            let shared = Arc::clone(&self.shared);
            self.tasks.spawn(async move { (channel, carry(&shared, step).await) });
        }
        Ok(())
    }

    /// Frees what others left behind.
    async fn recover(&mut self) -> Result<(), Error> {
        let now = self.shared.now();
        self.shared.checkpoint("before-recover");
        let recovered = self.shared.ledger(move |ledger| ledger.recover(now)).await?;
        self.shared.checkpoint("after-recover");
        self.ended(recovered.ended, now);
        Ok(())
    }

    /// Waits until something is due. `false` when that is beyond patience or never.
    async fn rest(&mut self) -> Result<bool, Error> {
        self.shared.checkpoint("before-rest");
        let Some(due) = self.shared.ledger(|ledger| ledger.next_due()).await? else { return Ok(false) };
        let wait = (due - self.shared.now()).to_std().unwrap_or(Duration::ZERO);
        if wait > self.shared.options.patience {
            return Ok(false);
        }
        tokio::select! {
            biased;
            // An error means that nobody can tell us to stop any more: then time decides alone.
            Ok(_) = self.stop.wait_for(|stop| *stop) => {}
            () = tokio::time::sleep(wait.clamp(LOOK_AGAIN, SLEEP_MAX)) => {}
        }
        Ok(true)
    }

    async fn summed_up(mut self) -> Result<Delivered, Error> {
        let counted = self.shared.ledger(|ledger| Ok((ledger.unfinished()?, ledger.next_due()?)));
        (self.delivered.unfinished, self.delivered.next_due) = counted.await?;
        Ok(self.delivered)
    }

    fn ended(&mut self, steps: Vec<EndedStep>, now: Moment) {
        for step in steps {
            self.hear(Event::of_ended(step, now));
        }
    }

    fn tell(&mut self) {
        while let Ok(event) = self.inbox.try_recv() {
            self.hear(event);
        }
    }

    fn hear(&mut self, event: Event) {
        match &event.happened {
            Happened::HandingOff { .. } => self.delivered.attempts += 1,
            Happened::Accepted { .. } => *self.delivered.ended.entry(StepState::Accepted).or_default() += 1,
            Happened::Ended { state, .. } => *self.delivered.ended.entry(*state).or_default() += 1,
            _ => {}
        }
        (self.events)(event);
    }
}

/// What a worker heard while it waited for its tasks.
enum Heard {
    /// A task is done.
    Done,
    /// A task told of something.
    Event,
    /// Nothing, for a while.
    Time,
}

async fn close(providers: &Providers) {
    for provider in providers.values().flatten() {
        provider.close().await;
    }
}

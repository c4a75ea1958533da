//! The loop: recover, claim, hand off, wait for what is due.
//!
//! Promises: at most a channel's `claim_window` of steps are claimed at once, and none while the channel has no available
//! provider: then chains continue with their next channel, and last steps wait. If the ledger fails, or its brake is on, no
//! new handoff begins, and those in progress are settled as far as possible.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use parking_lot::Mutex;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::availability::{self, Availability, ChannelAvailability, ProviderAvailability};
use super::batch::BatchCommitter;
use super::clock;
use super::doubts::{self, Questions};
use super::handoff::deliver_step;
use super::permits;
use super::provider::{Provider, Providers, providers};
use super::shared::Shared;
use super::tempo::{ClaimTime, Tempo};
use super::{DeliveryEvent, Error, EventKind, Options, WorkerSummary};
use crate::config::plan::Plan;
use crate::ledger::{Budget, ClaimRequest, Due, EndedStep, Ledger};
use crate::model::Moment;
use crate::model::channel::Channel;
use crate::model::notice::{StepId, StepState};

/// How often a worker checks whether something came due while others are being handed off, or while another
/// worker is in the way.
const LOOK_AGAIN: Duration = Duration::from_millis(250);

/// How many times within a lease a worker frees what dead workers left behind, however much it has to do.
const RECOVERIES_IN_A_LEASE: u32 = 30;

/// No sleep is longer: the clock of the options may run faster than ours, or jump.
const SLEEP_MAX: Duration = Duration::from_secs(1);

/// Works until every step is finished, or what is left is due later than the options' patience, or is asked to
/// stop. `events` hears of everything that happens to a step.
///
/// # Errors
///
/// A provider cannot be set up, the ledger fails or its brake is on. What was handed off by then is settled.
pub async fn run(
    ledger: Arc<Mutex<dyn Ledger>>,
    plan: &Plan,
    options: Options,
    events: &mut (dyn FnMut(DeliveryEvent) + Send),
) -> Result<WorkerSummary, Error> {
    let providers = providers(plan, &options)?;
    run_with(providers, ledger, plan, options, events).await
}

/// [`run`] with providers that are set up already.
pub(super) async fn run_with(
    providers: Providers,
    ledger: Arc<Mutex<dyn Ledger>>,
    plan: &Plan,
    options: Options,
    events: &mut (dyn FnMut(DeliveryEvent) + Send),
) -> Result<WorkerSummary, Error> {
    let (sender, inbox) = mpsc::unbounded_channel();
    let stop = options.stop.clone();
    let budgets = options.budgets(plan);
    let shared = Shared {
        settler: BatchCommitter::new(Arc::clone(&ledger), options.checkpoint.clone()),
        ledger,
        providers,
        places: plan.destinations.iter().map(|destination| destination.endpoint.clone()).collect(),
        retry: plan.retry,
        options,
        availability: ProviderAvailability::default(),
        halted: AtomicBool::new(false),
        events: sender,
    };
    let mut worker = Worker {
        shared: Arc::new(shared),
        budgets,
        handoffs_per_hour_max: plan.brake.messages_per_address_per_hour,
        turn: 0,
        tempo: Tempo::default(),
        tasks: JoinSet::new(),
        idle_since: None,
        recovered: Instant::now(),
        questions: Questions::default(),
        in_doubt: BTreeSet::new(),
        outstanding: BTreeMap::new(),
        delivered: WorkerSummary::default(),
        inbox,
        stop,
        events,
    };
    let worked = worker.work().await;
    worker.shared.checkpoint("before-close");
    close(&worker.shared.providers).await;
    worker.shared.checkpoint("after-close");
    worked?;
    permits::share_all(&worker.shared, true).await?;
    worker.summary().await
}

struct Worker<'e> {
    shared: Arc<Shared>,
    handoffs_per_hour_max: u32,
    budgets: BTreeMap<Channel, Budget>,
    /// How many claims were made.
    turn: u64,
    tempo: Tempo,
    tasks: JoinSet<(Channel, Result<(), Error>)>,
    /// Since when nothing was to be done within its patience.
    idle_since: Option<Instant>,
    /// When it last freed what others left behind.
    recovered: Instant,
    /// The questions about steps in doubt.
    questions: Questions,
    /// The steps that count as not notified because they are in doubt.
    in_doubt: BTreeSet<StepId>,
    /// Steps claimed and not yet settled or returned.
    outstanding: BTreeMap<Channel, usize>,
    delivered: WorkerSummary,
    inbox: mpsc::UnboundedReceiver<DeliveryEvent>,
    stop: watch::Receiver<bool>,
    events: &'e mut (dyn FnMut(DeliveryEvent) + Send),
}

impl Worker<'_> {
    async fn work(&mut self) -> Result<(), Error> {
        let mut result = self.recover().await;
        let mut claiming = true;
        loop {
            if result.is_ok() && claiming && !*self.stop.borrow() {
                result = self.recover_in_time().await;
            }
            if result.is_ok() && claiming && !*self.stop.borrow() {
                result = self.claim().await;
            }
            if result.is_err() {
                self.shared.halted.store(true, Ordering::Relaxed);
            }
            self.drain_events();
            let over = result.is_err() || *self.stop.borrow();
            self.questions.ask_in_time(&self.shared);
            if self.tasks.is_empty() {
                if over || !self.rest().await? {
                    let doubts = !over && self.delivered.ended.contains_key(&StepState::InDoubt);
                    result = result.and(self.questions.finish(&self.shared, doubts).await);
                    self.drain_events();
                    return result;
                }
                result = self.recover().await;
                claiming = true;
            } else {
                let settled = self.follow().await;
                claiming = !matches!(settled, Ok(Woken::Event));
                result = result.and(settled.map(drop));
            }
        }
    }

    /// Waits for the next thing that happens to a task.
    async fn follow(&mut self) -> Result<Woken, Error> {
        tokio::select! {
            // In the order written, not by lot: then the same seed gives the same run.
            biased;
            joined = self.tasks.join_next() => {
                let Some(joined) = joined else { return Ok(Woken::Done) };
                let (channel, carried) = joined.map_err(|_| Error::Broken)?;
                if let Some(outstanding) = self.outstanding.get_mut(&channel) {
                    *outstanding = outstanding.saturating_sub(1);
                }
                self.tempo.count(channel);
                carried.map(|()| Woken::Done)
            }
            Some(event) = self.inbox.recv() => {
                self.receive(event);
                Ok(Woken::Event)
            }
            () = tokio::time::sleep(LOOK_AGAIN) => Ok(Woken::Time),
        }
    }

    /// Claims as much as fits and starts a task for each step.
    async fn claim(&mut self) -> Result<(), Error> {
        if Channel::ALL.into_iter().all(|channel| self.room(channel, channel.facts().claim_window) == 0) {
            return Ok(());
        }
        clock::mind(&self.shared).await?;
        permits::share_all(&self.shared, false).await?;
        permits::refresh(&self.shared).await?;
        let mut steps_max = BTreeMap::new();
        for channel in Channel::ALL {
            let status = self.status(channel);
            let window = match status.state {
                Availability::Go => self.window(channel),
                Availability::Probe => 1,
                // They are claimed to be put off, so that the next channel's turn comes in time.
                Availability::Paused(_) => channel.facts().claim_window,
                Availability::ProbeInFlight(_) => 0,
                Availability::Open(_) | Availability::Broken => {
                    self.pass_over(channel, &status).await?;
                    0
                }
            };
            steps_max.insert(channel, self.room(channel, window));
        }
        steps_max.retain(|_, max| *max > 0);
        if steps_max.is_empty() { Ok(()) } else { self.claim_some(steps_max).await }
    }

    /// How many more steps of a channel may be claimed. Half a window at least, so that one disk flush carries many.
    fn room(&self, channel: Channel, window: usize) -> usize {
        let outstanding = self.outstanding.get(&channel).copied().unwrap_or(0);
        if outstanding <= window / 2 { window.saturating_sub(outstanding) } else { 0 }
    }

    /// How many steps of a channel are claimed at once while its providers work.
    fn window(&self, channel: Channel) -> usize {
        let (now, availability) = (self.shared.now(), &self.shared.availability);
        let open = |provider: &&Provider| availability.of_provider(provider, now) == Availability::Go;
        availability::window(self.providers(channel).filter(open), channel.facts().claim_window)
    }

    fn status(&self, channel: Channel) -> ChannelAvailability {
        self.shared.availability.of_channel(self.providers(channel), self.shared.now())
    }

    fn providers(&self, channel: Channel) -> impl Iterator<Item = &Provider> {
        self.shared.providers.get(&channel).into_iter().flatten().map(Arc::as_ref)
    }

    /// Lets the chains of a channel that cannot be used continue with their next channel.
    async fn pass_over(&mut self, channel: Channel, status: &ChannelAvailability) -> Result<(), Error> {
        loop {
            let now = clock::mind(&self.shared).await?;
            let why = format!("skipped: {}", status.why);
            let passed = self.shared.ledger(move |ledger| ledger.skip_channel(channel, &why, now)).await?;
            if passed.is_empty() || *self.stop.borrow() {
                return Ok(());
            }
            for step in passed {
                self.receive(DeliveryEvent::of_passed(step, now));
            }
        }
    }

    async fn claim_some(&mut self, steps_max: BTreeMap<Channel, usize>) -> Result<(), Error> {
        let now = clock::mind(&self.shared).await?;
        let options = &self.shared.options;
        let (turn, budgets, at_once) = (self.turn, self.budgets.clone(), self.tempo.at_once(&steps_max));
        self.turn += 1;
        let (name, lease, handoffs_per_hour_max) =
            (options.worker.clone(), options.lease, self.handoffs_per_hour_max);
        let claimed = ClaimTime { at: now, instant: Instant::now() };
        self.shared.checkpoint("before-claim");
        let claim = self.shared.ledger(move |ledger| {
            let worker = &name;
            let request =
                ClaimRequest { worker, steps_max, at_once, lease, turn, budgets, handoffs_per_hour_max };
            ledger.claim(&request, now)
        });
        let claim = claim.await?;
        self.ended(claim.ended, now);
        for held in claim.held {
            self.receive(DeliveryEvent::of_held(held, now));
        }
        if !claim.steps.is_empty() {
            self.shared.checkpoint("after-claim");
        }
        for step in claim.steps {
            let channel = step.endpoint.channel();
            *self.outstanding.entry(channel).or_default() += 1;
            let shared = Arc::clone(&self.shared);
            self.tasks.spawn(async move { (channel, deliver_step(&shared, step, claimed).await) });
        }
        Ok(())
    }

    /// [`Worker::recover`] once it is time: a long backlog here must not keep what a dead worker holds.
    async fn recover_in_time(&mut self) -> Result<(), Error> {
        let every = self.shared.options.lease.to_std().unwrap_or_default() / RECOVERIES_IN_A_LEASE;
        if self.recovered.elapsed() >= every { self.recover().await } else { Ok(()) }
    }

    /// Frees what others left behind.
    async fn recover(&mut self) -> Result<(), Error> {
        self.recovered = Instant::now();
        let now = clock::mind(&self.shared).await?;
        self.shared.checkpoint("before-recover");
        let recovered = self.shared.ledger(move |ledger| ledger.recover(now)).await?;
        self.shared.checkpoint("after-recover");
        self.ended(recovered.ended, now);
        Ok(())
    }

    /// Waits until something is due. `false` when that is beyond patience or never.
    async fn rest(&mut self) -> Result<bool, Error> {
        self.shared.checkpoint("before-rest");
        let due = self.shared.ledger(|ledger| ledger.due()).await?;
        let Some(due) = self.next(&due) else { return Ok(false) };
        let wait = (due - self.shared.now()).to_std().unwrap_or(Duration::ZERO);
        let patience = self.shared.options.max_wait;
        if wait > patience {
            let since = *self.idle_since.get_or_insert_with(Instant::now);
            if !self.shared.options.receives_reports || since.elapsed() >= patience {
                return Ok(false);
            }
        } else {
            self.idle_since = None;
        }
        tokio::select! {
            biased;
            // An error means that nobody can tell us to stop any more: then time decides alone.
            Ok(_) = self.stop.wait_for(|stop| *stop) => {}
            () = tokio::time::sleep(wait.clamp(LOOK_AGAIN, SLEEP_MAX)) => {}
        }
        Ok(true)
    }

    /// When this worker can do something next: what nobody can carry is not due before someone can.
    fn next(&self, due: &Due) -> Option<Moment> {
        let channels = due.channels.iter().filter_map(|(channel, due)| match self.status(*channel).state {
            Availability::Go | Availability::Probe | Availability::Paused(_) => Some(*due),
            Availability::ProbeInFlight(until) | Availability::Open(until) => Some(until.max(*due)),
            Availability::Broken => None,
        });
        channels.chain(due.lease).chain(due.watch).min()
    }

    async fn summary(mut self) -> Result<WorkerSummary, Error> {
        let shut =
            Channel::ALL.into_iter().filter_map(|channel| availability::said(channel, &self.status(channel)));
        self.delivered.unavailable_channels = shut.collect();
        self.shared.checkpoint("before-sum");
        let counted =
            self.shared.ledger(|ledger| Ok((ledger.unfinished()?, ledger.count_on_hold()?, ledger.due()?)));
        let (unfinished, held, due) = counted.await?;
        self.delivered.next_due = self.next(&due);
        (self.delivered.unfinished, self.delivered.held) = (unfinished, held);
        Ok(self.delivered)
    }

    fn ended(&mut self, steps: Vec<EndedStep>, now: Moment) {
        for step in steps {
            self.receive(DeliveryEvent::of_ended(step, now));
        }
    }

    fn drain_events(&mut self) {
        while let Ok(event) = self.inbox.try_recv() {
            self.receive(event);
        }
    }

    fn receive(&mut self, event: DeliveryEvent) {
        match &event.happened {
            EventKind::HandingOff { .. } => self.delivered.attempts += 1,
            EventKind::Accepted { .. } => {
                *self.delivered.ended.entry(StepState::Accepted).or_default() += 1;
                if self.in_doubt.remove(&event.step) {
                    doubts::forget(&mut self.delivered);
                }
            }
            EventKind::Ended { state, by_wish, next, .. } => {
                *self.delivered.ended.entry(*state).or_default() += 1;
                if *state == StepState::InDoubt && next.is_none() && !event.channel.is_for_places() {
                    self.in_doubt.insert(event.step.clone());
                }
                if next.is_none() && !by_wish && *state != StepState::Superseded {
                    let unreached = match event.channel.is_for_places() {
                        true => &mut self.delivered.unreached_places,
                        false => &mut self.delivered.unreached,
                    };
                    *unreached.entry(*state).or_default() += 1;
                }
            }
            _ => {}
        }
        (self.events)(event);
    }
}

/// Why a worker that waited for its tasks woke up.
enum Woken {
    /// A task is done.
    Done,
    /// A task sent an event.
    Event,
    /// Nothing, for a while.
    Time,
}

async fn close(providers: &Providers) {
    join_all(providers.values().flatten().map(|provider| provider.close())).await;
}

//! One process of the simulation: a runtime of one thread with a clock of its own, in which the real worker runs.
//!
//! It moves only when it is moved, so it can be frozen by not moving it, and dies by being dropped.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use chrono::TimeDelta;
use parking_lot::Mutex;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::layer::{Below, Layer};
use super::planted::Bug;
use super::providers::providers;
use super::state::{Life, Shared};
use super::town;
use super::watch::Watch;
use crate::deliver::worker::run_with;
use crate::deliver::{Clock, DeliveryEvent, EventKind, LEASE, Options, SteadyClock};

/// The chance in a thousand to die at a checkpoint.
const DEATH: u32 = 8;

/// The checkpoints it may die at. At the others it may die already in the ledger it calls.
const DEADLY: [&str; 4] = ["after-claim", "after-start", "after-handoff", "after-settle"];

pub(super) struct Process {
    pub(super) life: Life,
    /// It does not move before then, on the world's clock.
    pub(super) frozen_until: Option<Duration>,
    runtime: Runtime,
    /// When it began, on its own clock and on the world's.
    began: (Instant, Duration),
    run: Option<JoinHandle<()>>,
    stop: watch::Sender<bool>,
    shared: Shared,
    below: Below,
    /// How far the clocks on the walls jumped, in milliseconds.
    jumped: Arc<AtomicI64>,
    /// For how long the machine slept since it began, in milliseconds. Its runtime's clock stood still meanwhile.
    slept: Arc<AtomicU64>,
    steady: Arc<SteadyClock>,
    bug: Option<Bug>,
}

impl Process {
    pub(super) fn new(
        name: String,
        shared: &Shared,
        below: &Below,
        elapsed: Duration,
        (jumped, bug): (&Arc<AtomicI64>, Option<Bug>),
    ) -> Self {
        let runtime = Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        let began = (runtime.block_on(async { Instant::now() }), elapsed);
        let slept = Arc::new(AtomicU64::new(0));
        let sleeps = if bug == Some(Bug::SleepNotCounted) { Arc::default() } else { Arc::clone(&slept) };
        let since_boot = move || began.1 + began.0.elapsed() + asleep(&sleeps);
        Self {
            life: Life::new(name, shared),
            frozen_until: None,
            runtime,
            began,
            run: None,
            stop: watch::channel(false).0,
            shared: Arc::clone(shared),
            below: Arc::clone(below),
            jumped: Arc::clone(jumped),
            slept,
            steady: SteadyClock::new(town::BOOT.to_owned(), since_boot, |_| {}),
            bug,
        }
    }

    pub(super) fn is_busy(&self) -> bool {
        self.run.as_ref().is_some_and(|run| !run.is_finished())
    }

    /// Starts a worker, as a timer of the host would, unless one is at work.
    pub(super) fn wake(&mut self) {
        if self.is_busy() || self.frozen_until.is_some() {
            return;
        }
        self.stop = watch::channel(false).0;
        let now = self.clock();
        let providers = providers(&self.shared, &self.life, &now);
        let watch = Watch { shared: Arc::clone(&self.shared), life: Some(self.life.clone()) };
        let ledger = Arc::new(Mutex::new(Layer { twist: watch, below: Arc::clone(&self.below) }));
        let (options, shared, name) = (self.options(now), Arc::clone(&self.shared), self.life.name.clone());
        self.run = Some(self.runtime.spawn(async move {
            let kind = shared.lock().kind;
            let mut tell = |event: DeliveryEvent| tell(&shared, &event);
            let done = run_with(providers, ledger, &town::plan(kind), options, &mut tell).await;
            let ended = done.map_or_else(|error| error.to_string(), |delivered| format!("{delivered:?}"));
            shared.lock().promises.trace.note(format!("{name} rests: {ended}"));
        }));
    }

    /// Asks the worker to finish what it is handing off and to give the rest back.
    pub(super) fn stop(&self) {
        if self.is_busy() {
            // What is not answered within the grace is cut off.
            self.shared.lock().promises.struck(Some(&self.life.name));
        }
        self.stop.send_replace(true);
    }

    /// Lets it live until that moment of the world's clock.
    pub(super) fn live_until(&mut self, elapsed: Duration) {
        let until = self.instant(elapsed);
        self.runtime.block_on(async { tokio::time::sleep_until(until).await });
    }

    /// Lets it wake from a freeze: its clock jumps, and everything it waited for is there at once.
    pub(super) fn thaw(&mut self, elapsed: Duration) {
        self.frozen_until = None;
        let until = self.instant(elapsed);
        self.runtime.block_on(async { tokio::time::advance(until - Instant::now()).await });
    }

    /// The machine slept for that long, and this process with it.
    pub(super) fn sleep(&self, time: Duration) {
        self.slept.fetch_add(u64::try_from(time.as_millis()).unwrap(), Ordering::Relaxed);
    }

    /// That moment of the world's clock on its own.
    fn instant(&self, elapsed: Duration) -> Instant {
        self.began.0 + (elapsed - self.began.1 - asleep(&self.slept))
    }

    fn clock(&self) -> Clock {
        let ((began, offset), slept) = (self.began, Arc::clone(&self.slept));
        let jumped = match self.bug {
            Some(Bug::ClockFromTheStart) => Arc::new(AtomicI64::new(self.jumped.load(Ordering::Relaxed))),
            _ => Arc::clone(&self.jumped),
        };
        Arc::new(move || {
            let elapsed = TimeDelta::from_std(offset + began.elapsed() + asleep(&slept)).unwrap();
            town::start() + elapsed + TimeDelta::milliseconds(jumped.load(Ordering::Relaxed))
        })
    }

    fn options(&self, now: Clock) -> Options {
        let life = self.life.clone();
        Options {
            worker: self.life.name.clone(),
            max_wait: Duration::ZERO,
            lease: LEASE,
            now,
            steady: Some(Arc::clone(&self.steady)),
            over_budget: false,
            receives_reports: false,
            seed: 7,
            root: PathBuf::new(),
            host: "status.example.com".to_owned(),
            stop: self.stop.subscribe(),
            links: None,
            last_asked: Default::default(),
            checkpoint: Some(Arc::new(move |name| {
                if DEADLY.contains(&name) {
                    life.risk(DEATH, name);
                }
            })),
        }
    }
}

fn asleep(slept: &AtomicU64) -> Duration {
    Duration::from_millis(slept.load(Ordering::Relaxed))
}

/// Counts why circuits open.
fn tell(shared: &Shared, event: &DeliveryEvent) {
    let EventKind::CircuitOpened { why, .. } = &event.happened else { return };
    let promises = &mut shared.lock().promises;
    if why.contains("did not answer for") {
        promises.reach("a circuit opened for silence");
    } else if why.contains("addresses within") {
        promises.reach("a circuit opened for a storm of refusals");
    }
}

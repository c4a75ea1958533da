//! One process of the simulation: a runtime of one thread with a clock of its own, in which the real worker runs.
//!
//! It moves only when it is moved, so it can be frozen by not moving it, and dies by being dropped.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use chrono::TimeDelta;
use parking_lot::Mutex;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::layer::{Below, Layer};
use super::providers::providers;
use super::state::{Life, Shared};
use super::town;
use super::watch::Watch;
use crate::deliver::worker::run_with;
use crate::deliver::{Clock, LEASE, Options, SteadyClock};

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
    steady: Arc<SteadyClock>,
}

impl Process {
    pub(super) fn new(
        name: String,
        shared: &Shared,
        below: &Below,
        elapsed: Duration,
        jumped: &Arc<AtomicI64>,
    ) -> Self {
        let runtime = Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        let began = (runtime.block_on(async { Instant::now() }), elapsed);
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
            steady: SteadyClock::new(town::BOOT.to_owned(), move || began.1 + began.0.elapsed(), |_| {}),
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
            let mut tell = |_| {};
            let done = run_with(providers, ledger, &town::plan(), options, &mut tell).await;
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
        let until = self.began.0 + (elapsed - self.began.1);
        self.runtime.block_on(async { tokio::time::sleep_until(until).await });
    }

    /// Lets it wake from a freeze: its clock jumps, and everything it waited for is there at once.
    pub(super) fn thaw(&mut self, elapsed: Duration) {
        self.frozen_until = None;
        let until = self.began.0 + (elapsed - self.began.1);
        self.runtime.block_on(async { tokio::time::advance(until - Instant::now()).await });
    }

    fn clock(&self) -> Clock {
        let ((began, offset), jumped) = (self.began, Arc::clone(&self.jumped));
        Arc::new(move || {
            let elapsed = TimeDelta::from_std(offset + began.elapsed()).unwrap();
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

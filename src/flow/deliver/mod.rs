//! `allclear deliver`: sends the messages that are due, with a line for each event.
//!
//! Promises: Ctrl-C and SIGTERM finish the handoffs in progress and return the other steps; the steps of a killed worker of
//! this host are released before anything else.

mod events;
mod outcome;
pub(crate) mod standing;
pub(crate) mod suspended;
pub(crate) mod watch;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use parking_lot::Mutex;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{Notify, watch as channel};

use crate::config::plan::Plan;
use crate::deliver::{self, DeliveryEvent, LEASE, Options, SteadyClock, WorkerSummary};
use crate::ledger::{Ledger, People as _, Queue, SharedProviderState, SqlLedger, Story as _};
use crate::model::Moment;
use crate::model::notice::StepState;
use crate::reports::Reports;

use crate::cli::arguments::{Format, Sending};
use crate::cli::describe::clock;
use crate::cli::duration::say_span;
use crate::cli::exit::{Exit, Failure, Outcome};
use crate::cli::print::{self, WARN, count, styled};
use crate::workspace::clock::{Clock, boot, since_boot};
use crate::workspace::high_water_mark;
use crate::workspace::root::Root;
use crate::workspace::test_hooks::{self, SignOfLife};
use crate::workspace::worker_lock::WorkerLock;
use events::DeliveryOutput;
pub(crate) use events::{Counters, OPEN_METRICS};

/// What is said when it should stop.
const STOPPING: &str = "stopping: finishing the messages being sent and returning the rest to the queue. \
     Stop again to quit at once; an email being sent may then be sent twice, and an SMS be lost";

/// Hands off what is due, and what comes due within `patience`.
pub(crate) fn drain(root: &Root, plan: &Plan, ledger: SqlLedger, sending: &Sending) -> Outcome {
    let (host, _) = root.plan()?;
    let ledger = Arc::new(Mutex::new(ledger));
    let mut worker = WorkerSetup::new(root, host, plan, sending.patience)?;
    worker.drain_once(&ledger, sending)
}

/// Whether a command tries at once what waits for a retry: a person does not wait for one.
pub(crate) fn retries_now(sending: &Sending) -> bool {
    sending.retry_now || print::is_interactive()
}

/// Everything a worker needs but its ledger.
pub(crate) struct WorkerSetup<'a> {
    plan: &'a Plan,
    options: Options,
    /// Shows that the worker lives, as long as this value does.
    presence: WorkerLock,
    root: &'a Root,
    runtime: tokio::runtime::Runtime,
    format: Format,
    counters: Counters,
    /// Whether it was said what to do about a failure.
    is_advised: bool,
    sign: Option<SignOfLife>,
    /// Signaled by a planner in this process when it has queued something.
    queued: Option<Arc<Notify>>,
    /// The ports for delivery reports, from the first work on.
    reports: Option<Reports>,
}

impl<'a> WorkerSetup<'a> {
    /// Takes a worker's name and listens for signals.
    pub(crate) fn new(
        root: &'a Root,
        host: String,
        plan: &'a Plan,
        patience: Duration,
    ) -> Result<Self, Failure> {
        let (stop, stopped) = channel::channel(false);
        let sending = Self::stopped_by(stopped, root, host, plan, patience)?;
        sending.runtime.spawn(stop_at_a_signal(stop, Some(STOPPING)));
        Ok(sending)
    }

    /// Takes a worker's name; it works until `stopped` turns true.
    pub(crate) fn stopped_by(
        stopped: channel::Receiver<bool>,
        root: &'a Root,
        host: String,
        plan: &'a Plan,
        patience: Duration,
    ) -> Result<Self, Failure> {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        let presence = WorkerLock::take(&root.workers()?)?;
        let options = Options {
            worker: presence.worker.clone(),
            max_wait: patience,
            lease: test_hooks::lease().unwrap_or(LEASE),
            now: running_clock(root),
            steady: steady_clock(root.clock),
            over_budget: false,
            receives_reports: false,
            seed: fastrand::u64(..),
            root: root.path.clone(),
            host,
            stop: stopped,
            links: root.links(plan)?,
            last_asked: Default::default(),
            checkpoint: test_hooks::test_hook(),
        };
        let (format, counters, is_advised) = (root.format, Counters::new(), false);
        Ok(Self {
            plan,
            options,
            presence,
            root,
            runtime,
            format,
            counters,
            is_advised,
            sign: None,
            queued: None,
            reports: None,
        })
    }

    /// Sends text messages beyond the plan's budget too, where `allowed`.
    pub(crate) fn over_budget(mut self, allowed: bool) -> Self {
        self.options.over_budget = allowed;
        self
    }

    /// Continues with counters that counted for others before, and tells in that format.
    pub(crate) fn count_in(&mut self, counters: Counters, format: Format) {
        (self.counters, self.format) = (counters, format);
    }

    /// Gives signs of life as often as work makes progress, or rests on purpose.
    pub(crate) fn sign_by(&mut self, sign: SignOfLife) {
        self.options.checkpoint = test_hooks::with_sign(Some(Arc::clone(&sign)));
        self.sign = Some(sign);
    }

    /// Is woken by a planner in this process at once, instead of seeing what it queued some time later.
    pub(crate) fn wake_by(&mut self, queued: Arc<Notify>) {
        self.queued = Some(queued);
    }

    /// Waits until something is queued, and at most that long; whether it was.
    fn wait(&self, ledger: &Mutex<SqlLedger>, at_most: Duration) -> Result<bool, Failure> {
        let is_polled = ledger.lock().is_polled();
        let Some(queued) = self.queued.as_ref().filter(|_| is_polled) else {
            return Ok(ledger.lock().wait(at_most)?);
        };
        let woken =
            self.runtime.block_on(async { tokio::time::timeout(at_most, queued.notified()).await.is_ok() });
        // Another process may have queued something.
        Ok(woken || ledger.lock().wait(Duration::ZERO)?)
    }

    /// Its name in the ledger.
    pub(crate) fn name(&self) -> &str {
        &self.options.worker
    }

    /// Takes over the messages that the worker of another host has claimed and not begun. It may live: then it begins none of them.
    pub(crate) fn take_over_from(&self, ledger: &Mutex<SqlLedger>, worker: &str) -> Result<(), Failure> {
        let number = ledger.lock().take_unstarted_of(worker, self.now())?;
        if number > 0 {
            let messages = count(usize::try_from(number).unwrap_or(usize::MAX), "message", "messages");
            print::say(&format!("sending what the host that led before had not begun: {messages}"));
        }
        Ok(())
    }

    /// A sign of life.
    pub(crate) fn sign(&self) {
        self.sign.iter().for_each(|sign| sign());
    }

    /// Opens the ledger that the worker works on, looked through from end to end, with its counters served at that address.
    pub(crate) fn ledger(&self, metrics: Option<SocketAddr>) -> Result<Arc<Mutex<SqlLedger>>, Failure> {
        high_water_mark::refuse_lost(self.root, high_water_mark::UNSENT)?;
        let (mut ledger, durability) = self.root.ledger_and_durability()?;
        ledger.check()?;
        high_water_mark::compare(self.root, &mut ledger, high_water_mark::UNSENT)?;
        if let Some(durability) = durability {
            print::say(&durability.to_string());
        }
        // The budget may be another one than when steps were held.
        ledger.release_on_hold(self.now())?;
        let ledger = Arc::new(Mutex::new(ledger));
        if let Some(address) = metrics {
            print::say(&format!("metrics at http://{}/metrics", self.serve_counters(address, &ledger)?));
        }
        Ok(ledger)
    }

    /// Works on the ledger until nothing is left that comes due within the patience.
    pub(crate) fn drain(&mut self, ledger: &Arc<Mutex<SqlLedger>>) -> Result<WorkerSummary, Failure> {
        let mut output =
            DeliveryOutput::new(&mut *ledger.lock(), self.format, &self.counters, self.is_advised)?;
        let delivered = self.drain_reporting(ledger, &mut |event| output.record(&event));
        self.is_advised = output.is_advised;
        delivered
    }

    /// The same once, for a command: says what it waits for, how it ended and what was rejected for good. A person does not wait for
    /// a retry: what waits for one is tried at once.
    pub(crate) fn drain_once(&mut self, ledger: &Arc<Mutex<SqlLedger>>, sending: &Sending) -> Outcome {
        if retries_now(sending) {
            let number = ledger.lock().retry_now(self.now())?;
            if number > 0 {
                let messages = count(usize::try_from(number).unwrap_or(usize::MAX), "message", "messages");
                print::say(&format!("trying again now: {messages} that waited for a retry"));
            }
        }
        self.say_wait(ledger)?;
        let delivered = self.drain(ledger)?;
        let waits = ledger.lock().waits()?;
        let exit = outcome::exit(&delivered, &waits, self.now());
        if delivered.ended.contains_key(&StepState::Rejected) {
            say_suppressed(&mut ledger.lock())?;
        }
        Ok(exit)
    }

    /// Says until when a run waits before it can send anything: a retry that is not due yet.
    pub(crate) fn say_wait(&self, ledger: &Mutex<SqlLedger>) -> Result<(), Failure> {
        let Some(due) = ledger.lock().next_due()? else { return Ok(()) };
        let wait = due - self.now();
        if wait >= TimeDelta::seconds(1) && wait.to_std().is_ok_and(|wait| wait <= self.options.max_wait) {
            print::say(&format!(
                "{} the next message is due at {}, in {}; Ctrl-C stops and leaves it in the queue. `allclear report` \
                 says what failed",
                styled(WARN, "waiting:"),
                clock(due),
                say_span(wait)
            ));
        }
        Ok(())
    }

    /// The same, telling every event to `tell`.
    pub(crate) fn drain_reporting(
        &mut self,
        ledger: &Arc<Mutex<SqlLedger>>,
        tell: &mut (dyn FnMut(DeliveryEvent) + Send),
    ) -> Result<WorkerSummary, Failure> {
        WorkerLock::reclaim_leases_of_dead_workers(&mut *ledger.lock(), &self.root.workers()?, self.now())?;
        // Nothing is in this worker's hands now. What the ledger thinks is there was handed off and could not be settled,
        // because the server was away or lost the settling; waiting for the lease to end would help nobody.
        ledger.lock().expire_leases_of(&self.options.worker, self.now())?;
        test_hooks::at("after-reclaim");
        let shared: Arc<Mutex<dyn Ledger>> = Arc::<Mutex<SqlLedger>>::clone(ledger);
        self.options.receives_reports = self.open_for_reports(&shared)?;
        self.presence.holds(true);
        let delivered = self.runtime.block_on(deliver::run(shared, self.plan, self.options.clone(), tell))?;
        self.presence.holds(false);
        test_hooks::at("before-mark");
        if delivered.attempts > 0 {
            high_water_mark::keep(self.root, &mut ledger.lock())?;
        }
        Ok(delivered)
    }

    /// Opens the ports for delivery reports, which stay open as long as this value lives: also while it rests. Says
    /// whether there are any.
    fn open_for_reports(&mut self, ledger: &Arc<Mutex<dyn Ledger>>) -> Result<bool, Failure> {
        let now = Arc::clone(&self.options.now);
        let reports = self.reports.get_or_insert_with(|| Reports::new(Arc::clone(ledger), now));
        self.runtime.block_on(reports.open(self.plan, &self.options.root))?;
        Ok(reports.is_any())
    }

    /// Lets others read what is counted, at that address.
    fn serve_counters(
        &self,
        address: SocketAddr,
        ledger: &Arc<Mutex<SqlLedger>>,
    ) -> Result<SocketAddr, Failure> {
        let (counters, ledger, now) =
            (self.counters.clone(), Arc::clone(ledger), Arc::clone(&self.options.now));
        Ok(self.runtime.block_on(events::serve(address, counters, ledger, now))?)
    }

    pub(crate) fn now(&self) -> Moment {
        (self.options.now)()
    }

    pub(crate) fn is_stopped(&self) -> bool {
        *self.options.stop.borrow()
    }

    pub(crate) fn sleep(&self, time: Duration) {
        let mut stop = self.options.stop.clone();
        self.runtime.block_on(async {
            tokio::select! {
                () = tokio::time::sleep(time) => {}
                _ = stop.wait_for(|stop| *stop) => {}
            }
        });
    }
}

impl Drop for WorkerSetup<'_> {
    fn drop(&mut self) {
        if let Some(reports) = self.reports.take() {
            self.runtime.block_on(reports.close());
        }
    }
}

/// The machine's clock, whatever it is set to; or that of `--now`, continuing from its time: retries would never come
/// due in a world that stands still.
fn running_clock(root: &Root) -> deliver::Clock {
    let clock = root.clock.running();
    Arc::new(move || clock.now())
}

/// Keeps in the ledger how the machine's clocks stand, before something is written by them.
pub(crate) fn keep_clock(root: &Root, ledger: &mut dyn Ledger) -> Result<(), Failure> {
    match steady_clock(root.clock) {
        Some(steady) => Ok(steady.keep(ledger, &running_clock(root), "planner")?),
        None => Ok(()),
    }
}

/// What the machine's clock is held against, to notice that it was set.
fn steady_clock(clock: Clock) -> Option<Arc<SteadyClock>> {
    let boot = matches!(clock, Clock::System).then(boot)??;
    Some(SteadyClock::new(boot, since_boot, |step| print::say(&clock_was_set(step))))
}

/// That the clock was set, and what follows.
fn clock_was_set(step: TimeDelta) -> String {
    let direction = if step < TimeDelta::zero() { "back" } else { "forward" };
    let by = say_span(step.abs());
    format!(
        "{} the clock of this machine was set {direction} by {by}; queued messages keep their remaining time",
        styled(WARN, "clock:")
    )
}

/// Says how many addresses are on the suppression list, and how one leaves it.
fn say_suppressed(ledger: &mut SqlLedger) -> Result<(), Failure> {
    let number: usize = ledger.list_subscribers()?.iter().map(|listed| listed.suppressed.len()).sum();
    if number > 0 {
        print::warn(&format!(
            "{} {} that a provider rejected permanently; nothing more is sent there. To list them, run `allclear subscribers \
             list --suppressed`; to use one again, run `allclear subscribers allow ADDRESS`",
            styled(WARN, "on the suppression list:"),
            count(number, "address", "addresses")
        ));
    }
    Ok(())
}

/// Turns `stop` true at Ctrl-C or SIGTERM, saying `words`, and ends the process at the next.
pub(crate) async fn stop_at_a_signal(stop: channel::Sender<bool>, words: Option<&str>) {
    let mut terminate = signal(SignalKind::terminate()).ok();
    for is_first in [true, false] {
        let terminated = async {
            match &mut terminate {
                Some(signal) => drop(signal.recv().await),
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            () = terminated => {}
        }
        if is_first {
            let _nobody_listens = stop.send(true);
            words.into_iter().for_each(print::say);
        }
    }
    // A worker that dies is what the leases are for.
    std::process::exit(Exit::OperationFailed.code().into());
}

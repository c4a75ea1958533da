//! The targets: each is kept up to date by a thread of its own, for as long as `site/page.toml` names it.
//!
//! Promises: no target waits for another; the notifier is woken as soon as one has a build; a target that fails is retried
//! with the newest build; a target that was rolled back stays as it is and does not count as failing.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use parking_lot::{Mutex, MutexGuard};
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::cli::exit::Failure;
use crate::config::target::Target;
use crate::flow::publish::place::PublishRun;
use crate::flow::publish::{Trouble, show, take};
use crate::host::part::{Part, supervise};
use crate::host::shown::{Job, TAKEN_BACK};
use crate::host::wake_signal::WakeSignal;
use crate::host::{Host, with_time};
use crate::publish::pointer::TakenBack;
use crate::workspace::clock::Clock;
use crate::workspace::root::Root;

/// How long is checked whether readers get the page; then the target fails, and is looked at again in its next round.
const VERIFY: Duration = Duration::from_secs(30);

/// The same for a build that readers were seen to get before.
const VERIFY_AGAIN: Duration = Duration::from_secs(5);

/// How often is checked whether the targets have ended.
const LOOK: Duration = Duration::from_millis(10);

/// Every target with its thread.
#[derive(Default)]
pub(super) struct Targets {
    workers: Mutex<BTreeMap<String, Arc<Worker>>>,
}

/// The thread that publishes to one target.
struct Worker {
    target: Target,
    part: Part,
    job: watch::Sender<Option<Arc<Job>>>,
    stop: watch::Sender<bool>,
    bell: WakeSignal,
    is_at_work: AtomicBool,
}

/// What a worker remembers from round to round.
#[derive(Default)]
struct Memory {
    /// The build that readers were seen to get, and when the target was last looked at as a whole.
    seen: Option<(u64, Instant)>,
    /// Whether the last build was seen to be damaged there.
    is_damaged: bool,
    /// What was last said about the page being taken back.
    taken_back: Option<String>,
}

impl Targets {
    /// Gives a build to every target. Targets that are new begin to work, those that are no longer named end.
    pub(super) fn offer(&self, host: &Arc<Host>, targets: Vec<Target>, job: &Arc<Job>) {
        let mut workers = self.workers();
        workers.retain(|_, worker| {
            let is_named = targets.contains(&worker.target);
            if !is_named {
                worker.end();
                host.health_state.forget(&worker.part);
            }
            is_named
        });
        for target in targets {
            let worker = workers.entry(target.name.clone()).or_insert_with(|| Worker::start(host, target));
            worker.job.send_replace(Some(Arc::clone(job)));
            worker.bell.wake();
        }
    }

    /// Waits until every target has ended, and no longer than `until`.
    pub(super) fn wait(&self, until: Instant) {
        let is_at_work = || {
            let workers = self.workers();
            workers.values().any(|worker| worker.is_at_work.load(Ordering::Acquire))
        };
        while is_at_work() && Instant::now() < until {
            thread::sleep(LOOK);
        }
    }

    /// Lets every target look again.
    pub(super) fn wake(&self) {
        self.workers().values().for_each(|worker| worker.bell.wake());
    }

    /// Lets every target end what it has in hand.
    pub(super) fn end(&self) {
        self.workers().values().for_each(|worker| worker.end());
    }

    fn workers(&self) -> MutexGuard<'_, BTreeMap<String, Arc<Worker>>> {
        self.workers.lock()
    }
}

impl Worker {
    fn start(host: &Arc<Host>, target: Target) -> Arc<Self> {
        let part = Part::Target(target.name.as_str().into());
        let (job, stop) = (watch::channel(None).0, watch::channel(false).0);
        let worker = Arc::new(Self {
            target,
            part,
            job,
            stop,
            bell: WakeSignal::default(),
            is_at_work: AtomicBool::new(true),
        });
        let (host, own) = (Arc::clone(host), Arc::clone(&worker));
        // Nobody waits for its end: a folder on a server that hangs would never return.
        thread::spawn(move || {
            let mut memory = Memory::default();
            let is_over = || host.is_stopped() || *own.stop.borrow();
            supervise(&host, &own.part, &own.bell, &is_over, || own.work(&host, &mut memory));
            own.is_at_work.store(false, Ordering::Release);
        });
        worker
    }

    fn end(&self) {
        self.stop.send_replace(true);
        self.bell.wake();
    }

    /// Takes the newest build there, and checks whether readers get it; says when to look again.
    fn work(&self, host: &Host, memory: &mut Memory) -> Result<Duration, Failure> {
        let every = host.options.at_least_every;
        if !host.may_publish() {
            // What the other host puts there is not known here.
            memory.seen = None;
            return Ok(every);
        }
        let Some(job) = self.job.borrow().clone() else { return Ok(every) };
        let looked = memory.seen.map(|(_, at)| at).filter(|at| at.elapsed() < every);
        if let Some(at) = looked.filter(|_| memory.seen.is_some_and(|(number, _)| number == job.shown.number))
        {
            return Ok(every.saturating_sub(at.elapsed()));
        }
        let root = Root { clock: Clock::Fixed(job.shown.at), ..host.root.clone() };
        let journey = PublishRun::plain(&root, self.stop.subscribe())
            .doubting(looked.is_none(), memory.is_damaged)
            .signing(host.sign_of(&self.part));
        let began = Instant::now();
        let arrived = match take(&journey, &self.target, &job.tree, &job.origin) {
            Ok(arrived) => arrived,
            Err(Trouble::TakenBack(commit, back)) => {
                self.tell_taken_back(host, &commit, back.as_ref(), memory);
                memory.seen = Some((job.shown.number, Instant::now()));
                return Ok(every);
            }
            Err(Trouble::Failed(failure)) => return Err(failure),
        };
        if memory.taken_back.take().is_some() {
            host.health_state.note(&self.part, TAKEN_BACK, Value::Null);
        }
        host.metrics.published(&self.target.name, began.elapsed());
        host.is_out(&job.shown);
        self.tell(host, &job, arrived.sent.written + arrived.sent.deleted, &arrived.words);
        let was_seen = memory.seen.is_some_and(|(number, _)| number == job.shown.number);
        let wait = if was_seen { VERIFY_AGAIN } else { VERIFY };
        let began = Instant::now();
        let seen = show(&journey, &self.target, &arrived, wait, self.newer_than(job.shown.number));
        if self.job.borrow().as_ref().is_some_and(|newest| newest.shown.number != job.shown.number) {
            // Whether readers get this one is of no interest any more.
            return Ok(Duration::ZERO);
        }
        let looked_for = began.elapsed();
        journey.remove_old(&self.target);
        memory.is_damaged = !memory.is_damaged && seen.as_ref().is_err_and(|unseen| unseen.is_damaged);
        seen?;
        host.metrics.verified(&self.target.name, looked_for);
        if let Some(at) = job.committed.filter(|_| !was_seen) {
            host.metrics.reached_readers(&self.target.name, host.now() - at);
        }
        memory.seen = Some((job.shown.number, looked.unwrap_or_else(Instant::now)));
        Ok(every)
    }

    /// Ends when there is a newer build to take there.
    async fn newer_than(&self, number: u64) {
        let mut job = self.job.subscribe();
        let is_newer = |job: &Option<Arc<Job>>| job.as_ref().is_some_and(|job| job.shown.number != number);
        if job.wait_for(is_newer).await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    fn tell(&self, host: &Host, job: &Job, changed: usize, words: &str) {
        let live = json!({ "commit": job.origin.commit, "target": self.target.name, "url": self.target.url });
        host.health_state.note(&self.part, "live", live.clone());
        if changed > 0 {
            host.log.say(host.now(), "published", &self.part, &format!("published: {words}"), live.clone());
            host.health_state.record_event("published", with_time(live, host.now()));
        }
    }

    fn tell_taken_back(&self, host: &Host, commit: &str, back: Option<&TakenBack>, memory: &mut Memory) {
        let who =
            back.map_or_else(String::new, |back| format!(" by {} at {}", back.by, back.at.to_rfc3339()));
        let words = format!(
            "the page was rolled back from {commit}{who}; it stays rolled back until the next commit or \
             `allclear rollback --release`"
        );
        let fields = json!({
            "from": commit,
            "by": back.map(|back| back.by.as_str()),
            "at": back.map(|back| back.at.to_rfc3339()),
        });
        host.health_state.note(&self.part, TAKEN_BACK, fields.clone());
        if memory.taken_back.as_ref() != Some(&words) {
            host.log.say(host.now(), "taken_back", &self.part, &words, fields);
            memory.taken_back = Some(words);
        }
    }
}

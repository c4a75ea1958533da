//! `allclear run`: building, publishing and notifying in one process on one small host, unattended.
//!
//! Promises: a saved file, a pulled commit and a change by the clock alone are built, published and announced. Each part is
//! supervised (`part::supervise`), and each target is a part: a failure is reported and retried, and the other parts
//! continue. At SIGTERM or Ctrl-C handoffs are finished, everything else ends within seconds, and the process ends with 0.
//! One process per folder.

mod alarm;
mod files;
mod health;
mod health_state;
mod hook;
mod lead;
mod leadership;
mod lock;
mod log;
mod metrics;
mod notify;
mod page;
mod part;
mod pull;
mod sender;
mod shown;
mod status;
mod systemd;
mod target;
mod wake_signal;
mod wall_clock;

use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use parking_lot::{Mutex, MutexGuard};
use serde_json::json;
use tokio::runtime::Runtime;
use tokio::sync::watch;

use crate::model::Moment;

use crate::cli::arguments::Format;
use crate::cli::arguments::Run;
use crate::cli::exit::{Exit, Failure, Outcome};
use crate::cli::print;
use crate::flow;
use crate::flow::deliver::Counters;
use crate::flow::deliver::stop_at_a_signal;
use crate::host::health_state::HealthState;
use crate::host::hook::Hook;
use crate::host::leadership::{Leadership, Role};
use crate::host::lock::Lock;
use crate::host::log::Log;
use crate::host::metrics::Metrics;
use crate::host::part::Part;
use crate::host::pull::Branch;
use crate::host::sender::Sender;
use crate::host::shown::Shown;
use crate::host::systemd::Systemd;
use crate::host::target::Targets;
use crate::host::wake_signal::{WakeSignal, WakeSignals};
use crate::host::wall_clock::Wall;
use crate::workspace::clock::since_boot;
use crate::workspace::heartbeat::LedgerHeartbeat;
use crate::workspace::root::Root;
use crate::workspace::test_hooks::{self, SignOfLife};

/// What is said when it should stop.
const STOPPING: &str = "stopping: every part finishes what it is doing. Stop again to quit at once; an email \
     being sent may then be sent twice, and an SMS be lost";

/// What is said of the addresses that are listened on.
const HEALTH: &str = "health at http://ADDRESS/healthz";
const HOOK: &str = "push hook at http://ADDRESS/hook";

/// How often is checked whether a part is stuck.
const LOOK: Duration = Duration::from_secs(10);

/// The longest that one piece of work can take before the service manager is left to think that it hangs.
const STUCK: Duration = Duration::from_secs(30 * 60);

/// How long everything but handoffs has to end, and how often is checked whether it has.
const END: Duration = Duration::from_secs(4);
const END_LOOK: Duration = Duration::from_millis(10);

/// What the parts share.
struct Host {
    root: Root,
    options: Run,
    log: Log,
    health_state: Arc<HealthState>,
    counters: Counters,
    metrics: Arc<Metrics>,
    stop: watch::Receiver<bool>,
    /// Held by anyone who reads or changes the files, so that nobody reads half of a pull.
    files: Mutex<()>,
    /// What people can read now.
    shown: Mutex<Option<Arc<Shown>>>,
    targets: Targets,
    sender: Sender,
    leadership: Arc<Leadership>,
    wake_signals: WakeSignals,
}

/// The site at a clock that runs, which every line of the log shows.
fn with_clock(root: &Root) -> Root {
    let root = root.running();
    let clock = root.clock;
    print::say_with_time(move || clock.now());
    root
}

/// Runs until it is stopped.
pub(crate) fn run(root: &Root, options: &Run) -> Outcome {
    if options.status {
        return status::show(root);
    }
    if options.test_alarm {
        return flow::alarm::test(root);
    }
    let root = with_clock(root);
    let branch = options.pull.as_deref();
    let branch = branch.map(|name| Branch::new(&root.path, name, options.signers.as_deref())).transpose()?;
    let health = options.health.map(|address| health::bind(address, "--health", HEALTH)).transpose()?;
    let hook = options.hook_secret.as_deref().map(Hook::read).transpose()?;
    let hooked = options.hook.map(|address| health::bind(address, "--hook", HOOK)).transpose()?;
    let _lock = Lock::take(&root.state)?;
    let socket = status::bind(&root)?;
    let mut heartbeat = LedgerHeartbeat::new(&root)?;
    let runtime = Runtime::new()?;
    let (stop, stopped) = watch::channel(false);
    runtime.spawn(stop_at_a_signal(stop, Some(STOPPING)));
    let host = Arc::new(Host::new(root, options.clone(), stopped));
    host.log.say(
        host.now(),
        "started",
        &Part::Page,
        "started; Ctrl-C stops it",
        json!({ "pid": std::process::id() }),
    );
    let mut parts = vec![
        host.start(Part::Files, |host| {
            keep(host, &Part::Files, &host.wake_signals.files, || files::watch(host))
        }),
        host.start(Part::Page, |host| keep(host, &Part::Page, &host.wake_signals.page, page::rounds(host))),
        host.start(Part::Notify, |host| {
            keep(host, &Part::Notify, &host.wake_signals.notify, notify::rounds(host))
        }),
        host.start(Part::Deliver, |host| {
            keep(host, &Part::Deliver, &host.wake_signals.deliver, || sender::work(host))
        }),
        host.start(Part::Alarm, |host| {
            keep(host, &Part::Alarm, &host.wake_signals.alarm, alarm::rounds(host))
        }),
        host.start(Part::Ledger, move |host| {
            keep(host, &Part::Ledger, &host.wake_signals.ledger, lead::rounds(host, &mut heartbeat));
            heartbeat.step_down();
        }),
    ];
    parts.extend(branch.map(|branch| {
        host.start(Part::Pull, move |host| {
            keep(host, &Part::Pull, &host.wake_signals.pull, || host.pull(&branch));
        })
    }));
    parts.extend(hooked.zip(hook).map(|(listener, hook)| {
        let hook = Arc::new(hook);
        host.start(Part::Hook, move |host| {
            keep(host, &Part::Hook, &host.wake_signals.hook, || hook::serve(host, &listener, &hook));
        })
    }));
    parts.push(host.start(Part::Health, move |host| {
        keep(host, &Part::Health, &host.wake_signals.health, || {
            health::serve(host, &socket, health.as_ref())
        });
    }));
    host.update_health(&runtime, &Systemd::of_this_process());
    host.end();
    host.wait_for(parts);
    host.log.say(host.now(), "stopped", &Part::Page, "stopped", json!({}));
    // What hangs on a disk or a name server is left behind.
    runtime.shutdown_background();
    Ok(Exit::Done)
}

/// Keeps a part of the host at work until the host stops.
fn keep(host: &Host, part: &Part, bell: &WakeSignal, work: impl FnMut() -> Result<Duration, Failure>) {
    part::supervise(host, part, bell, &|| host.is_stopped(), work);
}

impl Host {
    fn new(root: Root, options: Run, stop: watch::Receiver<bool>) -> Self {
        let (now, counters) = (root.now(), Counters::new());
        Self {
            log: Log { format: root.format },
            // Problems of files are printed as text: lines of a log are for events.
            root: Root { format: Format::Text, ..root },
            options,
            health_state: Arc::new(HealthState::new(now, test_hooks::deadline())),
            metrics: Arc::new(Metrics::new(counters.clone())),
            counters,
            stop,
            files: Mutex::default(),
            shown: Mutex::default(),
            targets: Targets::default(),
            sender: Sender::default(),
            leadership: Arc::default(),
            wake_signals: WakeSignals::default(),
        }
    }

    fn now(&self) -> Moment {
        self.root.now()
    }

    fn is_stopped(&self) -> bool {
        *self.stop.borrow()
    }

    /// What a part calls as often as its work makes progress.
    fn sign_of(&self, part: &Part) -> SignOfLife {
        let (board, root, part) = (Arc::clone(&self.health_state), self.root.clone(), part.clone());
        Arc::new(move || board.signs(&part, root.now()))
    }

    /// The files are the caller's until the result is dropped.
    fn files(&self) -> MutexGuard<'_, ()> {
        self.files.lock()
    }

    /// What people can read.
    fn shown(&self) -> Option<Arc<Shown>> {
        self.shown.lock().clone()
    }

    /// A build is where people can read it: the notifier may look, unless another host has the lead by now.
    fn is_out(&self, build: &Arc<Shown>) {
        let mut shown = self.shown.lock();
        let is_news = shown.as_ref().is_none_or(|shown| shown.number < build.number);
        if is_news && self.may_publish() {
            *shown = Some(Arc::clone(build));
        }
        drop(shown);
        self.wake_signals.notify.wake();
    }

    /// The files were read again, and the page comes out as it was: where people can read it, it shows this moment too.
    fn is_unchanged(&self, build: &Arc<Shown>) {
        let mut shown = self.shown.lock();
        if shown.as_ref().is_some_and(|shown| shown.number == build.number) {
            *shown = Some(Arc::clone(build));
            drop(shown);
            self.wake_signals.notify.wake();
        }
    }

    /// Another host leads: nothing is put out or announced here.
    fn ends_work(&self) {
        *self.shown.lock() = None;
        self.sender.stop();
    }

    /// This host may lead: everything is looked at again, beginning with what is new.
    fn begins_work(&self) {
        self.wake_signals.wake_work();
        self.targets.wake();
    }

    /// Whether this host sends; an error if it cannot be known.
    fn may_send(&self) -> Result<bool, Failure> {
        match self.leadership.role(since_boot()) {
            Role::Leads => Ok(true),
            Role::StandsBy(_) | Role::Asks => Ok(false),
            Role::Publishes => Err(Failure::Refused {
                why: "the server of the ledger does not say which host leads, so no one is notified"
                    .to_owned(),
                hint: "nothing is lost; messages are sent when it answers".to_owned(),
            }),
        }
    }

    /// Whether this host writes to the targets.
    fn may_publish(&self) -> bool {
        matches!(self.leadership.role(since_boot()), Role::Leads | Role::Publishes)
    }

    /// Starts a part in a thread of its own.
    fn start(
        self: &Arc<Self>,
        part: Part,
        work: impl FnOnce(&Arc<Self>) + Send + 'static,
    ) -> (Part, JoinHandle<()>) {
        let host = Arc::clone(self);
        (part, thread::spawn(move || work(&host)))
    }

    /// Waits for every part to end: for handoffs as long as their own limits are, for all else a few seconds.
    fn wait_for(&self, parts: Vec<(Part, JoinHandle<()>)>) {
        let until = Instant::now() + END;
        for (part, thread) in parts {
            while !thread.is_finished() && (part == Part::Deliver || Instant::now() < until) {
                thread::sleep(END_LOOK);
            }
            if !thread.is_finished() {
                self.log.say(self.now(), "left", &part, "did not stop in time; quitting anyway", json!({}));
            }
        }
        self.targets.wait(until);
    }

    /// Fetches the branch and goes forward to it; says when to look again.
    fn pull(&self, branch: &Branch) -> Result<Duration, Failure> {
        let stop = self.stop.clone();
        if let Some(pulled) = branch.fetch(Arc::new(move || *stop.borrow()))? {
            let files = self.files();
            branch.forward(&pulled)?;
            drop(files);
            let words = format!(
                "pulled {}, fast-forwarded to {}",
                print::count(pulled.commits, "commit", "commits"),
                pull::short(&pulled.commit)
            );
            let fields = json!({ "commit": pulled.commit, "commits": pulled.commits });
            self.log.say(self.now(), "pulled", &Part::Pull, &words, fields.clone());
            self.health_state.record_event("pulled", with_time(fields, self.now()));
            self.wake_signals.page.wake();
        }
        Ok(self.options.every)
    }

    /// Reports the state to the service manager until it is time to stop.
    fn update_health(&self, runtime: &Runtime, systemd: &Systemd) {
        systemd.notify("READY=1");
        let every = systemd.sign_every().unwrap_or(LOOK).min(LOOK);
        let mut stop = self.stop.clone();
        let mut wall = Wall::look(self.root.clock);
        let mut hanging = Vec::new();
        while runtime
            .block_on(async { tokio::time::timeout(every, stop.wait_for(|stop| *stop)).await })
            .is_err()
        {
            if wall.has_jumped() {
                self.catch_up();
            }
            self.say_hanging(&mut hanging);
            let well = if self.health_state.is_all_well(self.now()) {
                "all parts are healthy"
            } else {
                "a part is failing"
            };
            match self.health_state.stuck(STUCK) {
                // Without a sign of life the manager starts it again.
                Some(part) => systemd.notify(&format!("STATUS=stuck: {}", part.word())),
                None => systemd.notify(&format!("WATCHDOG=1\nSTATUS={well}")),
            }
        }
        systemd.notify("STOPPING=1");
    }

    /// Says which parts hang, each once.
    fn say_hanging(&self, said: &mut Vec<(Part, Moment)>) {
        let hanging = self.health_state.hanging();
        for (part, since) in hanging.iter().filter(|hanging| !said.contains(hanging)) {
            let words = format!("no sign of life since {}", since.to_rfc3339());
            self.log.trouble(self.now(), "hanging", part, &words, json!({ "since": since.to_rfc3339() }));
        }
        *said = hanging;
    }

    /// Wakes those that rest until a moment of the clock on the wall, now that this is another one.
    fn catch_up(&self) {
        let words = "the clock was set, or the machine slept: everything is checked again";
        self.log.say(self.now(), "clock", &Part::Page, words, json!({}));
        self.wake_signals.wake_work();
    }

    /// Wakes anyone who rests, now that it is time to stop.
    fn end(&self) {
        self.sender.stop();
        self.targets.end();
        self.wake_signals.wake_all();
    }
}

/// Fields with the moment they are of, for the board.
fn with_time(mut fields: serde_json::Value, at: Moment) -> serde_json::Value {
    if let Some(fields) = fields.as_object_mut() {
        fields.insert("at".to_owned(), json!(at.to_rfc3339()));
    }
    fields
}

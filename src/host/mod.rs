//! `allclear run`: the whole thing on one small host, for as long as it is left unchanged.
//!
//! Promises: a saved file or a pulled commit is built, put where readers see it and told of, and so is what the clock
//! alone changes. Each part looks after itself (`part::keep`): one that fails is told of and tried again, the others
//! continue. At SIGTERM or Ctrl-C every part ends what it has in hand, and the process ends with 0. One process per
//! folder.

mod bell;
mod board;
mod files;
mod health;
mod lock;
mod log;
mod notify;
mod page;
mod part;
mod pull;
mod sender;
mod systemd;
mod wall;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use serde_json::json;
use tokio::runtime::Runtime;
use tokio::sync::watch;

use crate::model::Moment;

use crate::cli::arguments::Format;
use crate::cli::arguments::Run;
use crate::cli::exit::{Exit, Failure, Outcome};
use crate::cli::print;
use crate::flow::deliver::Counters;
use crate::flow::deliver::stop_at_a_signal;
use crate::host::bell::Bell;
use crate::host::board::Board;
use crate::host::lock::Lock;
use crate::host::log::Log;
use crate::host::page::Shown;
use crate::host::part::Part;
use crate::host::pull::Branch;
use crate::host::sender::Sender;
use crate::host::systemd::Systemd;
use crate::host::wall::Wall;
use crate::workspace::root::Root;

/// What is said when it should stop.
const STOPPING: &str = "stopping: every part finishes what it is doing. Stop again to quit at once; an email \
     being sent may then be sent twice";

/// How often is checked whether a part is stuck.
const LOOK: Duration = Duration::from_secs(10);

/// The longest that one piece of work can take before the service manager is left to think that it hangs.
const STUCK: Duration = Duration::from_secs(30 * 60);

/// What the parts share.
struct Host<'a> {
    root: Root,
    options: &'a Run,
    log: Log,
    board: Arc<Board>,
    counters: Counters,
    stop: watch::Receiver<bool>,
    /// Held by anyone who reads or changes the files, so that nobody reads half of a pull.
    files: Mutex<()>,
    /// What people can read now.
    shown: Mutex<Option<Arc<Shown>>>,
    sender: Sender,
    bells: Bells,
}

/// What wakes the parts, and sees to it that they end.
#[derive(Debug, Default)]
struct Bells {
    files: Bell,
    pull: Bell,
    page: Bell,
    notify: Bell,
    deliver: Bell,
    health: Bell,
}

/// Runs until it is told to stop.
pub(crate) fn run(root: &Root, options: &Run) -> Outcome {
    let root = root.running();
    let branch = options.pull.as_deref();
    let branch = branch.map(|name| Branch::new(&root.path, name, options.signers.as_deref())).transpose()?;
    let listener = options.health.map(health::bind).transpose()?;
    let _lock = Lock::take(&root)?;
    let runtime = Runtime::new()?;
    let (stop, stopped) = watch::channel(false);
    runtime.spawn(stop_at_a_signal(stop, Some(STOPPING)));
    let host = Host::new(root, options, stopped);
    host.log.say(
        host.now(),
        "started",
        Part::Page,
        "started; Ctrl-C stops it",
        json!({ "pid": std::process::id() }),
    );
    thread::scope(|scope| {
        scope.spawn(|| part::keep(&host, Part::Files, &host.bells.files, || files::watch(&host)));
        scope.spawn(|| part::keep(&host, Part::Page, &host.bells.page, page::rounds(&host)));
        scope.spawn(|| part::keep(&host, Part::Notify, &host.bells.notify, notify::rounds(&host)));
        scope.spawn(|| part::keep(&host, Part::Deliver, &host.bells.deliver, || sender::work(&host)));
        if let Some(branch) = &branch {
            scope.spawn(|| part::keep(&host, Part::Pull, &host.bells.pull, || host.pull(branch)));
        }
        if let Some(listener) = &listener {
            scope.spawn(|| {
                part::keep(&host, Part::Health, &host.bells.health, || health::serve(&host, listener))
            });
        }
        host.mind(&runtime, &Systemd::of_this_process());
        host.end();
    });
    host.log.say(host.now(), "stopped", Part::Page, "stopped", json!({}));
    Ok(Exit::Done)
}

impl<'a> Host<'a> {
    fn new(root: Root, options: &'a Run, stop: watch::Receiver<bool>) -> Self {
        let now = root.now();
        Self {
            log: Log { format: root.format },
            // What the files get wrong is told in words: lines of a log are for what happened.
            root: Root { format: Format::Text, ..root },
            options,
            board: Arc::new(Board::new(now)),
            counters: Counters::new(),
            stop,
            files: Mutex::default(),
            shown: Mutex::default(),
            sender: Sender::default(),
            bells: Bells::default(),
        }
    }

    fn now(&self) -> Moment {
        self.root.now()
    }

    fn is_stopped(&self) -> bool {
        *self.stop.borrow()
    }

    /// The files are the caller's until the result is dropped.
    fn files(&self) -> MutexGuard<'_, ()> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Fetches the branch and goes forward to it; says when to look again.
    fn pull(&self, branch: &Branch) -> Result<Duration, Failure> {
        if let Some(pulled) = branch.fetch(&|| self.is_stopped())? {
            let files = self.files();
            branch.forward(&pulled)?;
            drop(files);
            let words = format!(
                "pulled {}, forward to {}",
                print::count(pulled.commits, "commit", "commits"),
                pull::short(&pulled.commit)
            );
            let fields = json!({ "commit": pulled.commit, "commits": pulled.commits });
            self.log.say(self.now(), "pulled", Part::Pull, &words, fields.clone());
            self.board.did("pulled", with_time(fields, self.now()));
            self.bells.page.ring();
        }
        Ok(self.options.every)
    }

    /// Tells the service manager how it goes until it is time to stop.
    fn mind(&self, runtime: &Runtime, systemd: &Systemd) {
        systemd.tell("READY=1");
        let every = systemd.sign_every().unwrap_or(LOOK).min(LOOK);
        let mut stop = self.stop.clone();
        let mut wall = Wall::look(self.root.clock);
        while runtime
            .block_on(async { tokio::time::timeout(every, stop.wait_for(|stop| *stop)).await })
            .is_err()
        {
            if wall.has_jumped() {
                self.catch_up();
            }
            let well = if self.board.is_all_well() { "all parts are healthy" } else { "a part is failing" };
            match self.board.stuck(STUCK) {
                // Without a sign of life the manager starts it again.
                Some(part) => systemd.tell(&format!("STATUS=stuck: {}", part.word())),
                None => systemd.tell(&format!("WATCHDOG=1\nSTATUS={well}")),
            }
        }
        systemd.tell("STOPPING=1");
    }

    /// Wakes those that rest until a moment of the clock on the wall, now that this is another one.
    fn catch_up(&self) {
        let words = "the clock was set, or the machine slept: every part looks again";
        self.log.say(self.now(), "clock", Part::Page, words, json!({}));
        let Bells { pull, page, notify, deliver, .. } = &self.bells;
        for bell in [pull, page, notify, deliver] {
            bell.ring();
        }
    }

    /// Wakes anyone who rests, now that it is time to stop.
    fn end(&self) {
        self.sender.stop();
        let Bells { files, pull, page, notify, deliver, health } = &self.bells;
        for bell in [files, pull, page, notify, deliver, health] {
            bell.ring();
        }
    }
}

/// Fields with the moment they are of, for the board.
fn with_time(mut fields: serde_json::Value, at: Moment) -> serde_json::Value {
    if let Some(fields) = fields.as_object_mut() {
        fields.insert("at".to_owned(), json!(at.to_rfc3339()));
    }
    fields
}

//! The world of one seed: three processes, two planners, an operator, and what befalls them.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};
use std::time::Duration;

use chrono::TimeDelta;
use parking_lot::Mutex;
use rusqlite::Connection;

use super::bugs::Buggy;
use super::layer::{Below, Layer};
use super::planted::Bug;
use super::process::Process;
use super::promises::Promises;
use super::state::{Shared, State, WorldKind};
use super::{town, watch::Watch};
use crate::ledger::{
    Added, Brakes, DeliveryReceipt, NoticeHistory, People, PlanRequest, Planner, Queue, Receipts,
    SharedProviderState, Story, sqlite,
};
use crate::model::Moment;
use crate::model::announced::Baseline;
use crate::model::clearance::{Clearance, Ground};
use crate::model::subscriber::{ConsentMethod, SubscriberId};

pub(super) const PROCESSES: usize = 3;
const TURNS: usize = 40;

/// How far processes run before the next one has its turn.
const SLICE: Duration = Duration::from_millis(500);

/// After the last fault everything finishes within this number of leaps to what is due next.
const LEAPS_MAX: usize = 200;

/// Plays one seed, with one planted bug or none, until everything is finished or a promise is broken.
pub(super) fn play(seed: u64, bug: Option<Bug>) -> Promises {
    let mut world = World::new(seed, bug);
    for _ in 0..TURNS {
        world.turn();
        if world.is_broken() {
            return world.over();
        }
    }
    world.finish();
    world.over()
}

pub(super) struct World {
    pub(super) shared: Shared,
    pub(super) below: Below,
    pub(super) operator: Layer<Watch>,
    pub(super) people: Vec<SubscriberId>,
    pub(super) processes: Vec<Option<Process>>,
    /// How many processes have been started.
    started: usize,
    pub(super) elapsed: Duration,
    pub(super) jumped: Arc<AtomicI64>,
    bug: Option<Bug>,
    /// The trace's hash when the ledger was looked at last.
    looked_at: Option<u64>,
}

impl World {
    fn new(seed: u64, bug: Option<Bug>) -> Self {
        // Named and in memory: the second connection sees the same rows, and the last one takes them with it. Another
        // test may play the same seed at the same time.
        static WORLDS: AtomicU32 = AtomicU32::new(0);
        let store = format!("file:/world-{}?vfs=memdb", WORLDS.fetch_add(1, Ordering::Relaxed));
        let mut ledger = sqlite::open_shared_in_memory(&store).unwrap();
        let raw = Connection::open(&store).unwrap();
        ledger.adopt(&Baseline::default(), town::start()).unwrap();
        let kind = WorldKind::of(seed);
        let everybody: Vec<_> = (0..town::population(kind)).map(town::subscription).collect();
        // The same ids from run to run.
        let mut ids = fastrand::Rng::with_seed(7);
        let mut draw = || ids.u128(..).to_be_bytes();
        let added = ledger
            .add_subscribers(&everybody, &town::consent(ConsentMethod::Added, town::start()), &mut draw)
            .unwrap();
        let people = added.iter().filter_map(Added::id).cloned().collect();
        let below: Below = match bug {
            None => Arc::new(Mutex::new(ledger)),
            Some(bug) => {
                let below: Below = Arc::new(Mutex::new(ledger));
                Arc::new(Mutex::new(Layer { twist: Buggy::new(bug, raw), below }))
            }
        };
        let rng = fastrand::Rng::with_seed(seed);
        let shared = Arc::new(Mutex::new(State::new(rng, kind)));
        let watch = Watch { shared: Arc::clone(&shared), life: None };
        let operator = Layer { twist: watch, below: Arc::clone(&below) };
        let jumped = Arc::new(AtomicI64::new(0));
        Self {
            shared,
            below,
            operator,
            people,
            processes: (0..PROCESSES).map(|_| None).collect(),
            started: 0,
            elapsed: Duration::ZERO,
            jumped,
            bug,
            looked_at: None,
        }
    }

    pub(super) fn now(&self) -> Moment {
        let jumped = TimeDelta::milliseconds(self.jumped.load(Ordering::Relaxed));
        town::start() + TimeDelta::from_std(self.elapsed).unwrap() + jumped
    }

    pub(super) fn draw(&self, below: usize) -> usize {
        self.shared.lock().rng.usize(0..below)
    }

    pub(super) fn note(&self, what: &str) {
        self.shared.lock().promises.trace.note(format!("{} {what}", self.now()));
    }

    fn is_broken(&self) -> bool {
        self.shared.lock().promises.broken.is_some()
    }

    fn turn(&mut self) {
        match self.draw(100) {
            0..12 => self.plan(1),
            12..17 => self.plan(2),
            17..22 => self.opt_out(),
            22..25 => self.come_back(),
            25..28 => self.bounce(),
            28..33 => self.brake(),
            33..37 => self.kill(),
            37..44 => self.freeze(),
            44..46 => self.jump(),
            46..58 => self.leap(),
            58..62 => self.slow_down(),
            62..66 => self.suspend(),
            66..71 => self.hang(),
            71..76 => self.refuse_everybody(),
            76..80 => self.import_again(),
            _ => {}
        }
        if self.shared.lock().promises.braked && self.draw(3) == 0 {
            self.release();
        }
        self.bring_reports();
        self.wake();
        let time = match self.draw(11) {
            0 if self.shared.lock().slow => self.milliseconds(60_000..200_000),
            0..5 => self.milliseconds(1..60),
            5..8 => self.milliseconds(100..1_500),
            _ => self.milliseconds(1_500..30_000),
        };
        self.pass(time);
        self.check();
    }

    pub(super) fn milliseconds(&self, range: std::ops::Range<u64>) -> Duration {
        self.shared.lock().milliseconds(range)
    }

    /// Planners read the baseline together and write one after the other.
    fn plan(&mut self, planners: usize) {
        let base = self.operator.announced().unwrap().unwrap();
        let subscribers = self.operator.active_subscribers().unwrap();
        for _ in 0..planners {
            let incident = town::INCIDENTS[self.draw(town::INCIDENTS.len())];
            let difference = town::next_change(&base, incident, self.shared.lock().kind);
            let now = self.now();
            self.operator.look_at_the_clock(now, self.elapsed);
            let life = TimeDelta::minutes([2, 20, 120][self.draw(3)]);
            let try_for = TimeDelta::minutes(town::TRY_FOR[self.draw(town::TRY_FOR.len())]);
            let success = town::SUCCESS[self.draw(town::SUCCESS.len())];
            let notices = town::compose(&difference, &subscribers, (life, try_for, success), now);
            let clearance = Clearance::grant(Ground::Shown);
            let request = PlanRequest::new(&base, &difference, &notices, &clearance);
            if let Err(error) = self.operator.plan(&request, now) {
                self.note(&format!("a plan was refused: {error}"));
            }
        }
    }

    /// The reports whose time has come come in.
    fn bring_reports(&mut self) {
        let now = self.now();
        let come: Vec<_> = {
            let state = &mut self.shared.lock();
            state.reports.extract_if(.., |(at, _)| *at <= now).collect()
        };
        for (_, report) in come {
            self.operator.report(&DeliveryReceipt { at: now, ..report }).unwrap();
        }
    }

    fn brake(&mut self) {
        let now = self.now();
        self.note("the brake is pulled");
        self.operator.engage_brake("the operator said so", now).unwrap();
        self.shared.lock().promises.brake_pulled();
    }

    fn release(&mut self) {
        self.note("brake released; sending now");
        let now = self.now();
        let was_on = self.operator.release_brake(now).unwrap();
        let promises = &mut self.shared.lock().promises;
        promises.braked = false;
        if was_on {
            promises.reach("a brake was released");
        }
    }

    /// Lets every worker finish and then moves to what is due next, or somewhat further.
    fn leap(&mut self) {
        self.come_to_rest();
        let due = self.operator.next_due().unwrap().unwrap_or_else(|| self.now());
        let wait = (due - self.now()).to_std().unwrap_or_default();
        let time = if self.draw(2) == 0 { wait } else { self.milliseconds(1_000..1_200_000) };
        self.note(&format!("nothing happens for {time:?}"));
        self.elapsed += time;
    }

    fn come_to_rest(&mut self) {
        self.processes.iter().flatten().for_each(Process::stop);
        for _ in 0..2_000 {
            let busy = |process: &Process| process.is_busy() && process.frozen_until.is_none();
            if !self.processes.iter().flatten().any(busy) {
                return;
            }
            self.pass(SLICE);
        }
        let promises = &mut self.shared.lock().promises;
        promises.hold(false, || "a worker that was told to stop did not".to_owned());
    }

    /// Starts what is not running where something is due, as a timer or a service manager would.
    fn wake(&mut self) {
        if self.operator.next_due().unwrap().is_none_or(|due| due > self.now()) {
            return;
        }
        for number in 0..PROCESSES {
            if self.draw(2) == 0 {
                self.process(number).wake();
            }
        }
    }

    fn process(&mut self, number: usize) -> &mut Process {
        self.processes[number].get_or_insert_with(|| {
            self.started += 1;
            let name = format!("worker {}", self.started);
            Process::new(name, &self.shared, &self.below, self.elapsed, (&self.jumped, self.bug))
        })
    }

    /// Lets time pass for everyone who is not frozen, a slice at a time and in any order.
    fn pass(&mut self, time: Duration) {
        let until = self.elapsed + time;
        while self.elapsed < until && !self.is_broken() {
            self.elapsed = (self.elapsed + SLICE).min(until);
            let first = self.draw(PROCESSES);
            for number in 0..PROCESSES {
                self.step((first + number) % PROCESSES);
            }
            self.bury();
            if !self.processes.iter().flatten().any(Process::is_busy) {
                self.elapsed = until;
            }
        }
    }

    fn step(&mut self, number: usize) {
        let elapsed = self.elapsed;
        let Some(process) = &mut self.processes[number] else { return };
        if process.frozen_until.is_some_and(|until| until > elapsed) {
            return;
        }
        if process.frozen_until.is_some() {
            process.thaw(elapsed);
        }
        process.live_until(elapsed);
    }

    /// Takes away what has died; now and then someone who saw it tells the ledger.
    pub(super) fn bury(&mut self) {
        for number in 0..PROCESSES {
            let Some(process) = self.processes[number].take_if(|process| process.life.is_over()) else {
                continue;
            };
            let name = process.life.name.clone();
            drop(process);
            if self.draw(2) == 0 {
                let now = self.now();
                self.operator.expire_leases_of(&name, now).unwrap();
            }
        }
    }

    fn explained(&mut self) -> Vec<NoticeHistory> {
        let people = self.people.clone();
        people.iter().flat_map(|who| self.operator.explain(who, None).unwrap()).collect()
    }

    /// Looks at every step, where anything has happened since.
    fn check(&mut self) {
        let hash = self.shared.lock().promises.trace.hash();
        if self.looked_at.replace(hash) == Some(hash) {
            return;
        }
        let (explained, braked) = (self.explained(), self.operator.brake().unwrap().is_some());
        let promises = &mut self.shared.lock().promises;
        promises.check(&explained);
        promises.hold(braked || !promises.braked, || "the brake is not on, and should be".to_owned());
        promises.hold(promises.braked || !braked, || "the brake is on for nothing that is new".to_owned());
        promises.braked = braked;
    }

    /// No more faults: everything that is left finishes.
    fn finish(&mut self) {
        self.note("calm");
        self.shared.lock().calm = true;
        for _ in 0..LEAPS_MAX {
            if self.is_broken() || self.operator.unfinished().unwrap() == 0 {
                break;
            }
            self.release();
            self.bring_reports();
            self.leap();
            self.processes.iter_mut().flatten().for_each(|process| {
                if let Some(until) = process.frozen_until.as_mut() {
                    *until = self.elapsed.min(*until);
                }
            });
            for number in 0..PROCESSES {
                self.process(number).wake();
            }
            self.pass(Duration::from_secs(5));
            self.check();
        }
        let unfinished = self.operator.unfinished().unwrap();
        let explained = self.explained();
        let promises = &mut self.shared.lock().promises;
        promises.hold(unfinished == 0, || format!("{unfinished} steps never come to an end"));
        promises.check_ends(&explained);
    }

    fn over(self) -> Promises {
        drop(self.processes);
        drop(self.operator);
        std::mem::take(&mut self.shared.lock().promises)
    }
}

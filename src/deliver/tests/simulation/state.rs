//! What every part of the simulation shares: chance, the account of promises, and whether faults may happen.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::promises::Promises;

pub(super) type Shared = Arc<Mutex<State>>;

pub(super) struct State {
    pub(super) rng: fastrand::Rng,
    pub(super) promises: Promises,
    /// Providers take minutes to answer.
    pub(super) slow: bool,
    /// No more faults: everything that is left is delivered.
    pub(super) calm: bool,
}

impl State {
    /// Whether one thing in a thousand that has `weight` happens now.
    pub(super) fn chance(&mut self, weight: u32) -> bool {
        !self.calm && self.rng.u32(0..1_000) < weight
    }

    pub(super) fn milliseconds(&mut self, range: std::ops::Range<u64>) -> Duration {
        Duration::from_millis(self.rng.u64(range))
    }
}

/// Whether a process lives. One that is dead reads and writes nothing any more.
#[derive(Clone)]
pub(super) struct Life {
    pub(super) name: String,
    alive: Arc<AtomicBool>,
    shared: Shared,
}

impl Life {
    pub(super) fn new(name: String, shared: &Shared) -> Self {
        Self { name, alive: Arc::new(AtomicBool::new(true)), shared: Arc::clone(shared) }
    }

    pub(super) fn is_over(&self) -> bool {
        !self.alive.load(Ordering::Relaxed)
    }

    pub(super) fn end(&self, at: &str) {
        if self.alive.swap(false, Ordering::Relaxed) {
            let promises = &mut self.shared.lock().unwrap().promises;
            promises.trace.note(format!("{} dies {at}", self.name));
            promises.died(&self.name);
        }
    }

    /// Lets it die here with that chance in a thousand.
    pub(super) fn risk(&self, weight: u32, at: &str) {
        if self.shared.lock().unwrap().chance(weight) {
            self.end(at);
        }
    }
}

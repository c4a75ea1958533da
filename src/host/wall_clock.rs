//! Notices that the machine's clock was set or that the machine slept.
//!
//! Promises: a wait until a time of day is at most one check longer than the machine's clock requires.

use std::time::Instant;

use chrono::TimeDelta;

use crate::model::Moment;
use crate::workspace::clock::Clock;

/// A smaller difference is a correction, or the time between two readings.
const JUMP_MIN: TimeDelta = TimeDelta::seconds(2);

/// How both clocks stood at the last look.
pub(super) struct Wall {
    clock: Clock,
    seen: (Moment, Instant),
}

impl Wall {
    /// Looks for the first time.
    pub(super) fn look(clock: Clock) -> Self {
        Self { clock, seen: (clock.now(), Instant::now()) }
    }

    /// Whether the clock on the wall went another way than the other one since the last look.
    pub(super) fn has_jumped(&mut self) -> bool {
        let before = std::mem::replace(&mut self.seen, (self.clock.now(), Instant::now()));
        let rested = TimeDelta::from_std(self.seen.1 - before.1).unwrap_or(TimeDelta::MAX);
        ((self.seen.0 - before.0) - rested).abs() >= JUMP_MIN
    }
}

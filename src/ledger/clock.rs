//! Readings of a machine's clocks, stored so that the next worker notices a clock that was set, and the next run knows how long
//! ago a file was read from end to end.

use std::time::Duration;

use chrono::TimeDelta;

use crate::model::Moment;

/// A reading of a machine's two clocks at one time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClockReading {
    /// Names the boot that the steady clock counts from: another machine, or another boot, has another one.
    pub boot: String,
    /// The clock that can be set.
    pub now: Moment,
    /// The clock that nobody can set.
    pub since_boot: Duration,
    /// The name of the worker that reads its clock.
    pub worker: String,
    /// How long it holds claimed steps.
    pub lease: TimeDelta,
}

impl ClockReading {
    /// When the machine was booted, by the clock that can be set: this moves when it is set, and only then.
    pub fn offset(&self) -> TimeDelta {
        let since_boot = TimeDelta::from_std(self.since_boot).unwrap_or(TimeDelta::MAX);
        self.now.signed_duration_since(Moment::UNIX_EPOCH) - since_boot
    }
}

/// A time since a machine was booted, which no one can set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BootTime {
    /// Names the boot: another machine, or another boot, has another one.
    pub boot: String,
    /// The time since then, including the time that the machine slept.
    pub since_boot: Duration,
}

//! Compares the machine's clock with the time since boot, to notice that the clock was set.
//!
//! Promises: a clock that was set by a second or more is noticed at the next check of any worker of that machine and
//! reported once, and queued messages keep their remaining time. Small corrections, as by a time server, change nothing.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use parking_lot::Mutex;

use super::shared::Shared;
use super::{Clock, Error, LEASE};
use crate::ledger::{self, ClockReading, Ledger};
use crate::model::Moment;

/// A difference that is smaller is a correction, or the time between two readings.
const STEP_MIN: TimeDelta = TimeDelta::seconds(1);

/// How often the ledger records how the clocks stand, so that the next worker of the machine knows.
const REPORT_EVERY: Duration = Duration::from_secs(60);

/// Two readings that are further apart were interrupted, and are made again.
const READING_MAX: Duration = Duration::from_millis(50);

/// No pair of readings is tried more often.
const READINGS_MAX: usize = 5;

/// A clock that nobody can set and that counts the time that the machine slept, and who hears that the other one was set.
pub struct SteadyClock {
    boot: String,
    since_boot: Box<dyn Fn() -> Duration + Send + Sync>,
    tell: Box<dyn Fn(TimeDelta) + Send + Sync>,
    seen: Mutex<Option<Seen>>,
}

/// How the clocks stood when they were looked at last.
#[derive(Clone, Copy)]
struct Seen {
    offset: TimeDelta,
    reported_at: Duration,
}

impl SteadyClock {
    /// `boot` names what `since_boot` counts from. `tell` hears by how much the machine's clock was set.
    pub fn new(
        boot: String,
        since_boot: impl Fn() -> Duration + Send + Sync + 'static,
        tell: impl Fn(TimeDelta) + Send + Sync + 'static,
    ) -> Arc<Self> {
        let (since_boot, tell) = (Box::new(since_boot), Box::new(tell));
        Arc::new(Self { boot, since_boot, tell, seen: Mutex::new(None) })
    }

    /// Keeps in the ledger how the clocks stand, before `worker` writes by them, and tells where the clock was set.
    ///
    /// # Errors
    ///
    /// The ledger fails.
    pub fn keep(&self, ledger: &mut dyn Ledger, now: &Clock, worker: &str) -> Result<(), ledger::Error> {
        let (now, since_boot) = self.read(now);
        let (boot, worker) = (self.boot.clone(), worker.to_owned());
        let reading = ClockReading { boot, now, since_boot, worker, lease: LEASE };
        if let Some(step) = ledger.keep_clock(&reading)? {
            (self.tell)(step);
        }
        Ok(())
    }

    /// Reads both clocks: the time, and the reading if the ledger should know it.
    fn look(&self, now: &Clock, worker: &str, lease: TimeDelta) -> (Moment, Option<ClockReading>) {
        let (now, since_boot) = self.read(now);
        let reading =
            ClockReading { boot: self.boot.clone(), now, since_boot, worker: worker.to_owned(), lease };
        let offset = reading.offset();
        let mut seen = self.seen.lock();
        let is_news = seen.is_none_or(|seen| {
            (offset - seen.offset).abs() >= STEP_MIN
                || since_boot.saturating_sub(seen.reported_at) >= REPORT_EVERY
        });
        let reported_at = if is_news { since_boot } else { seen.map_or(since_boot, |seen| seen.reported_at) };
        *seen = Some(Seen { offset, reported_at });
        (now, is_news.then_some(reading))
    }

    /// Both clocks at about the same time.
    fn read(&self, now: &Clock) -> (Moment, Duration) {
        let mut read = (now(), (self.since_boot)());
        for _ in 0..READINGS_MAX {
            let before = (self.since_boot)();
            read = (now(), before);
            if (self.since_boot)().saturating_sub(before) <= READING_MAX {
                break;
            }
        }
        read
    }
}

/// The time, once the ledger knows if the machine's clock was set. What is written by this time and no later reading cannot
/// expire a step by a clock that was set in between.
pub(super) async fn mind(shared: &Shared) -> Result<Moment, Error> {
    let options = &shared.options;
    let Some(steady) = &options.steady else { return Ok(shared.now()) };
    let (now, reading) = steady.look(&options.now, &options.worker, options.lease);
    if let Some(reading) = reading
        && let Some(step) = shared.ledger(move |ledger| ledger.keep_clock(&reading)).await?
    {
        (steady.tell)(step);
    }
    Ok(now)
}

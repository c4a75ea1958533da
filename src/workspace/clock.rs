//! The clock: the only code that reads it, and the only code that can fix it (`--now`).
//!
//! Promises: without `--now` every reading is the machine's current clock, also after it was set. The time since boot,
//! which cannot be set and includes sleep, is read here too.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

use crate::ledger::BootTime;
use crate::model::Moment;

/// The moment a command takes for now.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Clock {
    /// The clock of the machine.
    System,
    /// Held still by `--now`.
    Fixed(Moment),
    /// Continues from that time, since that long after the boot: `--now` for what lasts.
    Running(Moment, Duration),
}

impl Clock {
    /// The same clock, continuing from the time at which it was held.
    pub(crate) fn running(self) -> Self {
        match self {
            Self::Fixed(moment) => Self::Running(moment, since_boot()),
            other => other,
        }
    }

    /// Now, in whole milliseconds: what the ledger can keep.
    pub(crate) fn now(self) -> Moment {
        let now = match self {
            Self::System => chrono::Utc::now(),
            Self::Fixed(moment) => moment,
            Self::Running(from, began) => {
                let elapsed = since_boot().saturating_sub(began);
                from + chrono::TimeDelta::from_std(elapsed).unwrap_or(chrono::TimeDelta::MAX)
            }
        };
        Moment::from_timestamp_millis(now.timestamp_millis()).unwrap_or(now)
    }
}

/// The time since the machine was booted, including the time that it slept.
pub(crate) fn since_boot() -> Duration {
    let time = clock_gettime(BOOT);
    let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
    Duration::new(seconds, u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// Names the boot that [`since_boot`] counts from; `None` where the system does not say.
pub(crate) fn boot() -> Option<String> {
    let id = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    Some(id.trim().to_owned()).filter(|id| !id.is_empty())
}

/// The time since boot with its boot, also under `--now`: it says how old a file's last inspection is. `None` as for [`boot`].
pub(crate) fn boot_time() -> Option<BootTime> {
    Some(BootTime { boot: boot()?, since_boot: since_boot() })
}

#[cfg(target_os = "linux")]
const BOOT: ClockId = ClockId::Boottime;

/// Elsewhere the steady clock may stand still while the machine sleeps.
#[cfg(not(target_os = "linux"))]
const BOOT: ClockId = ClockId::Monotonic;

//! The clock: the one place that reads it, and the one place that can hold it still.

use std::time::Instant;

use crate::model::Moment;

/// The moment a command takes for now.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Clock {
    /// The machine's.
    System,
    /// Held still by `--now`.
    Fixed(Moment),
    /// Going on from that moment since then: `--now` for what lasts.
    Running(Moment, Instant),
}

impl Clock {
    /// The same clock, going on where it was held still.
    pub(crate) fn running(self) -> Self {
        match self {
            Self::Fixed(moment) => Self::Running(moment, Instant::now()),
            other => other,
        }
    }

    /// Now, in whole milliseconds: what the ledger can keep.
    pub(crate) fn now(self) -> Moment {
        let now = match self {
            Self::System => chrono::Utc::now(),
            Self::Fixed(moment) => moment,
            Self::Running(from, since) => {
                from + chrono::TimeDelta::from_std(since.elapsed()).unwrap_or(chrono::TimeDelta::MAX)
            }
        };
        Moment::from_timestamp_millis(now.timestamp_millis()).unwrap_or(now)
    }
}

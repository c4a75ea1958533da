//! The clock: the one place that reads it, and the one place that can hold it still.

use crate::model::Moment;

/// The moment a command takes for now.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Clock {
    /// The machine's.
    System,
    /// Held still by `--now`.
    Fixed(Moment),
}

impl Clock {
    /// Now, in whole milliseconds: what the ledger can keep.
    pub(crate) fn now(self) -> Moment {
        let now = match self {
            Self::System => chrono::Utc::now(),
            Self::Fixed(moment) => moment,
        };
        Moment::from_timestamp_millis(now.timestamp_millis()).unwrap_or(now)
    }
}

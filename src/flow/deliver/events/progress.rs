//! The progress bar for a long send: share done, rate, time left, failures.
//!
//! On a terminal only; lines that must be seen are printed above it.

use std::fmt::Write;

use indicatif::{ProgressBar, ProgressState, ProgressStyle};

use crate::deliver::{DeliveryEvent, EventKind};

const TEMPLATE: &str = "{wide_bar} {human_pos} of {human_len} people · {rate} · {eta} left{msg}";

/// The bar. Gone when it is dropped.
pub(super) struct Progress {
    bar: ProgressBar,
    failed: u64,
}

impl Progress {
    /// A bar for this number of people.
    pub(super) fn new(people: u64) -> Self {
        let bar = ProgressBar::new(people);
        if let Ok(style) = ProgressStyle::with_template(TEMPLATE) {
            let rate = |state: &ProgressState, out: &mut dyn Write| {
                // A bar that cannot be drawn is none.
                let _ = write!(out, "{:.0}/s", state.per_sec());
            };
            bar.set_style(style.with_key("rate", rate));
        }
        Self { bar, failed: 0 }
    }

    /// Moves on when someone's notice finished.
    pub(super) fn record(&mut self, event: &DeliveryEvent) {
        match &event.happened {
            EventKind::Accepted { .. } | EventKind::AwaitingReceipt { .. } => self.bar.inc(1),
            EventKind::Ended { next: None, .. } => {
                self.bar.inc(1);
                self.failed += 1;
                self.bar.set_message(format!(" · {} failed", self.failed));
            }
            _ => {}
        }
    }

    /// Says something above the bar.
    pub(super) fn aside(&self, say: impl FnOnce()) {
        self.bar.suspend(say);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

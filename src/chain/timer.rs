//! The timers of a notice: the next one, and the event it causes.
//!
//! Nothing runs here; the ledger stores the times and reads the earliest from its indexes. A live step always has a timer,
//! so no step is stuck for ever.

use super::event::Event;
use super::notice::FailoverChain;
use super::step::WATCH;
use crate::model::Moment;
use crate::model::notice::StepState;

/// What a moment that was waited for means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Timer {
    /// A call took longer than its lease: its worker counts as dead.
    LeaseExpiry,
    /// A pending step may be claimed.
    Retry,
    /// A step was tried, or watched, for as long as it may be, and another one follows.
    StepLimit,
    /// The whole notice has expired.
    Notice,
    /// Nothing more is learned of the notice.
    ReceiptDeadline,
}

impl Timer {
    /// What it sets off in the ledger; `None` if it is someone else's turn.
    pub fn event(self) -> Option<Event> {
        match self {
            Self::LeaseExpiry => Some(Event::LeaseEnded),
            Self::StepLimit | Self::Notice => Some(Event::DeadlineReached),
            Self::Retry | Self::ReceiptDeadline => None,
        }
    }
}

impl FailoverChain {
    /// What rings next, if nothing happens before: for the live step, or else for the whole notice.
    pub fn timer(&self) -> Option<(Timer, Moment)> {
        let Some(step) = self.live().and_then(|place| self.steps.get(place)) else {
            let ended_at = self.steps.iter().filter_map(|step| step.ended_at).max()?;
            return Some((Timer::ReceiptDeadline, ended_at + WATCH));
        };
        let follows = step.spare.is_some() || self.steps.iter().any(|step| step.state == StepState::Waiting);
        let limit = (if follows { Timer::StepLimit } else { Timer::Notice }, step.expires_at);
        Some(match step.state {
            StepState::Claimed => (Timer::LeaseExpiry, step.lease_until.unwrap_or(step.expires_at)),
            StepState::Pending if step.due_at < step.expires_at => (Timer::Retry, step.due_at),
            _ => limit,
        })
    }
}

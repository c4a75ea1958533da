//! The brake: the stop on all planning and all handoffs until a person releases it.
//!
//! Promises: it is an error of its own, so that anyone who prints a failure finds it among the causes.

use super::Moment;

/// What engages the brake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BrakeCause {
    /// One run has more changes than the plan allows.
    TooManyChanges,
    /// A provider accepted a step for the second time, or an accepted step is due again.
    AcceptedTwice,
}

/// Why and since when nothing is planned or handed off.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("sending is stopped by the brake since {}: {reason}", since.format("%Y-%m-%d %H:%M UTC"))]
pub struct Brake {
    /// The cause, as a sentence.
    pub reason: String,
    /// What kind of cause it is: what an operator has to look at depends on it.
    pub cause: BrakeCause,
    /// The time at which the brake engaged.
    pub since: Moment,
}

//! The rules of control: one owner of each incident may announce its updates, and others take it, ask for it, or wait.
//!
//! Promises: pure, with time and actor as arguments. There is one owner at most; an owner loses control only by passing or
//! releasing it, by a time without an update (the plan says how long), or to someone who may take it: the default owner, a person in an urgent incident,
//! an acknowledgment, or break-glass. Requests are granted in the order in which they were made. A hold ends at most as long
//! after its owner last did something as the plan lets an extension be. Never reads a clock, and never stores anything: who stores a record compares its
//! revision with the one that it was made from.

mod announce;
mod moves;
mod record;
mod settle;
mod stored;
#[cfg(test)]
mod tests;

use chrono::TimeDelta;

pub use announce::{Refused, announce};
pub use moves::{Action, Move, Refusal, apply};
pub use record::{KEYS_MAX, NOTE_CHARACTERS_MAX, unclaimed};
pub use settle::settle;
pub use stored::{Unreadable, read, write};

use crate::model::Moment;
use crate::model::control::{Control, ControlRules, Request};

/// The requests that nobody answered within `limit`, counted from when they were made or last answered.
pub fn overdue(control: &Control, limit: TimeDelta, now: Moment) -> impl Iterator<Item = &Request> {
    control.queue.iter().filter(move |request| now - request.answered_at.unwrap_or(request.at) > limit)
}

/// Whether a survey about the incident may be sent: it is over, and nobody has control any more.
pub fn survey_may_be_sent(control: &Control, is_over: bool, rules: &ControlRules, now: Moment) -> bool {
    is_over && settle(control, rules, now).hold.is_none()
}

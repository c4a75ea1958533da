//! One thing that happened as readers see it.
//!
//! Promises: one line for each event, with the time, the channel and as much of the address as may be shown. Never holds a
//! whole address, a secret or words of a message; what a provider said is the provider's own.

use crate::deliver::{Event, Happened};

use crate::cli::describe::clock;
use crate::cli::print::{BAD, FAINT, GOOD, WARN, styled};

/// One thing that happened, as a line.
pub(crate) fn line(event: &Event) -> String {
    let who = format!("{} {:<4} {}", styled(FAINT, &clock(event.at)), event.channel.word(), event.endpoint);
    let what = match &event.happened {
        Happened::HandingOff { provider } => styled(FAINT, &format!("sending through {provider}")),
        Happened::Accepted { provider } => format!("{} by {provider}", styled(GOOD, "accepted")),
        Happened::Watched { provider } => {
            format!("{} by {provider}, waiting for a delivery receipt", styled(GOOD, "accepted"))
        }
        Happened::NextProvider { provider, why } => {
            format!("{} {provider}: {why}; trying the next provider", styled(WARN, "failed"))
        }
        Happened::Retry { provider, why, at } => {
            format!("{} {provider}: {why}; retrying at {}", styled(WARN, "failed"), clock(*at))
        }
        Happened::Ended { state, why, next, .. } => {
            let style = if state.is_success() { GOOD } else { BAD };
            let next = next.map(|next| format!("; falling back to {}", next.word())).unwrap_or_default();
            format!("{} {why}{next}", styled(style, state.word()))
        }
        Happened::PassedOver { why, next } => {
            let next = next.map(|next| format!("; falling back to {}", next.word())).unwrap_or_default();
            format!("{why}{next}")
        }
        Happened::Held { count, why } => format!("{} {count} messages: {why}", styled(WARN, "on hold:")),
        Happened::CircuitOpened { owner, why } => {
            format!("{} sending through {owner} is suspended: {why}", styled(BAD, "circuit breaker open:"))
        }
        Happened::CircuitClosed { owner } => {
            format!("{} sending through {owner} has resumed", styled(GOOD, "circuit breaker closed:"))
        }
        Happened::GivenBack { why, at } => format!("returned to the queue: {why}; due at {}", clock(*at)),
        Happened::Lost => styled(WARN, "lease lost; another worker has this message"),
    };
    format!("{who}  {what}")
}

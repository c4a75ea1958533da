//! One thing that happened as people read it.
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
        Happened::HandingOff { provider } => styled(FAINT, &format!("handing to {provider}")),
        Happened::Accepted { provider } => format!("{} by {provider}", styled(GOOD, "accepted")),
        Happened::Watched { provider } => {
            format!("{} by {provider}, and its report is awaited", styled(GOOD, "accepted"))
        }
        Happened::NextProvider { provider, why } => {
            format!("{} {provider}: {why}; trying the next provider", styled(WARN, "failed"))
        }
        Happened::Retry { provider, why, at } => {
            format!("{} {provider}: {why}; again at {}", styled(WARN, "not now"), clock(*at))
        }
        Happened::Ended { state, why, next } => {
            let style = if state.is_success() { GOOD } else { BAD };
            let next = next.map(|next| format!("; going on by {}", next.word())).unwrap_or_default();
            format!("{} {why}{next}", styled(style, state.word()))
        }
        Happened::PassedOver { why, next } => {
            let next = next.map(|next| format!("; going on by {}", next.word())).unwrap_or_default();
            format!("{why}{next}")
        }
        Happened::Held { count, why } => format!("{} {count} like this one: {why}", styled(WARN, "asking:")),
        Happened::CircuitOpened { owner, why } => {
            format!("{} the providers of {owner} are left alone: {why}", styled(BAD, "circuit open:"))
        }
        Happened::CircuitClosed { owner } => {
            format!("{} the providers of {owner} are back", styled(GOOD, "circuit closed:"))
        }
        Happened::GivenBack { why, at } => format!("given back: {why}; due at {}", clock(*at)),
        Happened::Lost => styled(WARN, "another worker has it"),
    };
    format!("{who}  {what}")
}

//! An event of a worker as a line for the terminal.
//!
//! Promises: one line for each event, with the channel, as much of the address as may be shown, and the incident. Its
//! caller puts the time before it. Never holds a full address, a secret or text of a message; a provider's response is
//! quoted.

use crate::deliver::{DeliveryEvent, EventKind};

use crate::cli::describe::clock;
use crate::cli::print::{BAD, FAINT, GOOD, WARN, styled};

/// One thing that happened, as a line.
pub(crate) fn line(event: &DeliveryEvent) -> String {
    let who = format!("{:<5} {}", event.channel.name(), event.endpoint);
    let what = match &event.happened {
        EventKind::HandingOff { provider } => styled(FAINT, &format!("sending through {provider}")),
        EventKind::Accepted { provider } => format!("{} by {provider}", styled(GOOD, "accepted")),
        EventKind::AwaitingReceipt { provider } => {
            format!("{} by {provider}, waiting for a delivery receipt", styled(GOOD, "accepted"))
        }
        EventKind::NextProvider { provider, why } => {
            format!("{} {provider}: {why}; trying the next provider", styled(WARN, "failed"))
        }
        EventKind::Retry { provider, why, at } => {
            format!("{} {provider}: {why}; retrying at {}", styled(WARN, "failed"), clock(*at))
        }
        EventKind::Ended { state, why, next, .. } => {
            let style = if state.is_success() { GOOD } else { BAD };
            let next = next.map(|next| format!("; falling back to {}", next.name())).unwrap_or_default();
            format!("{} {why}{next}", styled(style, state.word()))
        }
        EventKind::GaveWay { provider, why, next } => {
            let next = next.map(|next| format!("; falling back to {}", next.name())).unwrap_or_default();
            format!("{} {provider}: {why}{next}", styled(WARN, "failed"))
        }
        EventKind::PassedOver { why, next } => {
            let next = next.map(|next| format!("; falling back to {}", next.name())).unwrap_or_default();
            format!("{why}{next}")
        }
        EventKind::Held { count, why } => {
            let why = why.trim_start_matches("held: ");
            format!("{} this one and similar ones, {count} in all: {why}", styled(WARN, "on hold:"))
        }
        EventKind::CircuitOpened { owner, why } => {
            format!("{} sending through {owner} is suspended: {why}", styled(BAD, "circuit breaker open:"))
        }
        EventKind::CircuitClosed { owner } => {
            format!("{} sending through {owner} has resumed", styled(GOOD, "circuit breaker closed:"))
        }
        EventKind::GivenBack { why, at } => format!("returned to the queue: {why}; due at {}", clock(*at)),
        EventKind::LeaseLost => styled(WARN, "lease lost; another worker has this message"),
    };
    format!("{who}  {}: {what}", event.incident)
}

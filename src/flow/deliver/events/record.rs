//! An event of a worker as a line of JSON, for logs.
//!
//! Promises: people appear by the ids of subscriber and step, addresses not at all, not even masked; the names of the
//! fields are documented in `docs/commands.md` and never change their meaning.

use serde_json::{Map, Value, json};

use crate::deliver::{DeliveryEvent, EventKind};

/// The event, on one line.
pub(super) fn record(event: &DeliveryEvent) -> String {
    let mut fields = Map::new();
    fields.insert("at".to_owned(), json!(event.at.to_rfc3339()));
    fields.insert("event".to_owned(), json!(name(&event.happened)));
    fields.insert("step".to_owned(), json!(event.step.as_str()));
    fields.insert("subscriber".to_owned(), json!(event.subscriber.as_str()));
    fields.insert("incident".to_owned(), json!(event.incident.as_str()));
    fields.insert("channel".to_owned(), json!(event.channel.word()));
    if let Value::Object(more) = details(&event.happened) {
        fields.extend(more);
    }
    Value::Object(fields).to_string()
}

fn name(happened: &EventKind) -> &'static str {
    match happened {
        EventKind::HandingOff { .. } => "handing_off",
        EventKind::Accepted { .. } => "accepted",
        EventKind::AwaitingReceipt { .. } => "watching",
        EventKind::NextProvider { .. } => "next_provider",
        EventKind::Retry { .. } => "retry",
        EventKind::GaveWay { .. } => "gave_way",
        EventKind::Ended { .. } => "ended",
        EventKind::PassedOver { .. } => "passed_over",
        EventKind::Held { .. } => "held",
        EventKind::CircuitOpened { .. } => "circuit_opened",
        EventKind::CircuitClosed { .. } => "circuit_closed",
        EventKind::GivenBack { .. } => "given_back",
        EventKind::LeaseLost => "lost",
    }
}

fn details(happened: &EventKind) -> Value {
    match happened {
        EventKind::HandingOff { provider }
        | EventKind::Accepted { provider }
        | EventKind::AwaitingReceipt { provider } => {
            json!({ "provider": provider })
        }
        EventKind::NextProvider { provider, why } => json!({ "provider": provider, "why": why }),
        EventKind::Retry { provider, why, at } => {
            json!({ "provider": provider, "why": why, "due_at": at.to_rfc3339() })
        }
        EventKind::GaveWay { provider, why, next } => {
            json!({ "provider": provider, "why": why, "next_channel": next.map(|next| next.word()) })
        }
        EventKind::Ended { state, why, next, .. } => {
            json!({ "state": state.word(), "why": why, "next_channel": next.map(|next| next.word()) })
        }
        EventKind::PassedOver { why, next } => {
            json!({ "why": why, "next_channel": next.map(|next| next.word()) })
        }
        EventKind::Held { count, why } => json!({ "count": count, "why": why }),
        EventKind::CircuitOpened { owner, why } => json!({ "owner": owner, "why": why }),
        EventKind::CircuitClosed { owner } => json!({ "owner": owner }),
        EventKind::GivenBack { why, at } => json!({ "why": why, "due_at": at.to_rfc3339() }),
        EventKind::LeaseLost => json!({}),
    }
}

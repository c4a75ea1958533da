//! One thing that happened as a line of JSON, for logs.
//!
//! Promises: people appear by the ids of subscriber and step, addresses not at all, not even masked; the names of the
//! fields are documented in `docs/commands.md` and never change their meaning.

use serde_json::{Map, Value, json};

use crate::deliver::{Event, Happened};

/// The event, on one line.
pub(super) fn record(event: &Event) -> String {
    let mut fields = Map::new();
    fields.insert("at".to_owned(), json!(event.at.to_rfc3339()));
    fields.insert("event".to_owned(), json!(name(&event.happened)));
    fields.insert("step".to_owned(), json!(event.step.as_str()));
    fields.insert("subscriber".to_owned(), json!(event.subscriber.as_str()));
    if let Some(incident) = &event.incident {
        fields.insert("incident".to_owned(), json!(incident.as_str()));
    }
    fields.insert("channel".to_owned(), json!(event.channel.word()));
    if let Value::Object(more) = details(&event.happened) {
        fields.extend(more);
    }
    Value::Object(fields).to_string()
}

fn name(happened: &Happened) -> &'static str {
    match happened {
        Happened::HandingOff { .. } => "handing_off",
        Happened::Accepted { .. } => "accepted",
        Happened::Watched { .. } => "watching",
        Happened::NextProvider { .. } => "next_provider",
        Happened::Retry { .. } => "retry",
        Happened::Ended { .. } => "ended",
        Happened::PassedOver { .. } => "passed_over",
        Happened::Held { .. } => "held",
        Happened::CircuitOpened { .. } => "circuit_opened",
        Happened::CircuitClosed { .. } => "circuit_closed",
        Happened::GivenBack { .. } => "given_back",
        Happened::Lost => "lost",
    }
}

fn details(happened: &Happened) -> Value {
    match happened {
        Happened::HandingOff { provider }
        | Happened::Accepted { provider }
        | Happened::Watched { provider } => {
            json!({ "provider": provider })
        }
        Happened::NextProvider { provider, why } => json!({ "provider": provider, "why": why }),
        Happened::Retry { provider, why, at } => {
            json!({ "provider": provider, "why": why, "due_at": at.to_rfc3339() })
        }
        Happened::Ended { state, why, next, .. } => {
            json!({ "state": state.word(), "why": why, "next_channel": next.map(|next| next.word()) })
        }
        Happened::PassedOver { why, next } => {
            json!({ "why": why, "next_channel": next.map(|next| next.word()) })
        }
        Happened::Held { count, why } => json!({ "count": count, "why": why }),
        Happened::CircuitOpened { owner, why } => json!({ "owner": owner, "why": why }),
        Happened::CircuitClosed { owner } => json!({ "owner": owner }),
        Happened::GivenBack { why, at } => json!({ "why": why, "due_at": at.to_rfc3339() }),
        Happened::Lost => json!({}),
    }
}

//! Built-in phones: an SMS gateway on localhost with Kannel's `sendsms` interface that keeps what it is given.
//!
//! For the demo and for fast tests only; it never sends anything on.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::routing::get;
use parking_lot::Mutex;

/// A text message as it arrived.
#[derive(Clone, Debug)]
pub struct ReceivedText {
    /// The phone number.
    pub to: String,
    /// Decoded from its encoding in the request.
    pub body: String,
    /// Its number among the messages of all sinks.
    pub arrival: u64,
}

/// The gateway's shared state.
#[derive(Clone, Debug, Default)]
pub struct TextSink {
    received: Arc<Mutex<Vec<ReceivedText>>>,
}

impl TextSink {
    /// Everything received so far, oldest first.
    pub fn received(&self) -> Vec<ReceivedText> {
        self.received.lock().clone()
    }

    /// The gateway's one route.
    pub fn routes(self) -> axum::Router {
        axum::Router::new().route("/cgi-bin/sendsms", get(send)).with_state(self)
    }
}

async fn send(
    State(sink): State<TextSink>,
    Query(fields): Query<HashMap<String, String>>,
) -> (StatusCode, &'static str) {
    let (Some(to), Some(body)) = (fields.get("to"), fields.get("text")) else {
        return (StatusCode::BAD_REQUEST, "Missing receiver or text");
    };
    let text = ReceivedText { to: to.clone(), body: body.clone(), arrival: super::arrival() };
    sink.received.lock().push(text);
    (StatusCode::ACCEPTED, "0: Accepted for delivery")
}

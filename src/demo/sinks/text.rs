//! Built-in phones: an SMS gateway on localhost with Kannel's `sendsms` interface that keeps what it is given.
//!
//! For the demo, drills and fast tests only; it never sends anything on, except to a port of this machine (`hand_to`).

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::extract::{Query, RawQuery, State};
use axum::http::StatusCode;
use axum::routing::get;
use parking_lot::Mutex;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

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
    down: Arc<AtomicBool>,
    onward: Arc<Mutex<Option<u16>>>,
}

impl TextSink {
    /// Everything received so far, oldest first.
    pub fn received(&self) -> Vec<ReceivedText> {
        self.received.lock().clone()
    }

    /// Takes the gateway down, or brings it up: while down it takes no message.
    pub fn set_down(&self, down: bool) {
        self.down.store(down, Ordering::SeqCst);
    }

    /// From now on keeps only what the gateway at that port of this machine accepts, and answers what it answers.
    pub fn hand_to(&self, port: u16) {
        *self.onward.lock() = Some(port);
    }

    /// The gateway's one route.
    pub fn routes(self) -> axum::Router {
        axum::Router::new().route("/cgi-bin/sendsms", get(send)).with_state(self)
    }
}

async fn send(
    State(sink): State<TextSink>,
    RawQuery(query): RawQuery,
    Query(fields): Query<HashMap<String, String>>,
) -> (StatusCode, String) {
    if sink.down.load(Ordering::SeqCst) {
        return (StatusCode::SERVICE_UNAVAILABLE, "Temporal failure, try again later.".to_owned());
    }
    let (Some(to), Some(body)) = (fields.get("to"), fields.get("text")) else {
        return (StatusCode::BAD_REQUEST, "Missing receiver or text".to_owned());
    };
    let onward = *sink.onward.lock();
    let answer = match onward {
        Some(port) => hand_over(port, &query.unwrap_or_default()).await,
        None => Some((StatusCode::ACCEPTED, "0: Accepted for delivery".to_owned())),
    };
    let Some((status, words)) = answer else {
        return (StatusCode::BAD_GATEWAY, "the gateway does not answer".to_owned());
    };
    if status.is_success() {
        let text = ReceivedText { to: to.clone(), body: body.clone(), arrival: super::arrival() };
        sink.received.lock().push(text);
    }
    (status, words)
}

/// Gives a request to the gateway at that port of this machine; what it answers, if it does.
async fn hand_over(port: u16, query: &str) -> Option<(StatusCode, String)> {
    let mut gateway = TcpStream::connect(("127.0.0.1", port)).await.ok()?;
    let request =
        format!("GET /cgi-bin/sendsms?{query} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n");
    gateway.write_all(request.as_bytes()).await.ok()?;
    let mut answer = String::new();
    gateway.read_to_string(&mut answer).await.ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse::<u16>().ok()?;
    Some((StatusCode::from_u16(status).ok()?, body.trim().to_owned()))
}

//! Each reply and each breakage of a text gateway, with the one way it ends.
//!
//! Every row runs through a real worker and a real ledger. The clock of the ledger starts at 09:00:00 and runs ten
//! times as fast as ours; a message lives two minutes, and a gateway may take two seconds.

use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{TimeDelta, TimeZone, Utc};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::house::House;
use super::mishap::{Mishap, Then, nothing, raw};
use crate::deliver::EventKind;
use crate::model::notice::StepState::{self, Accepted, Dead, Expired, InDoubt, Rejected};
use crate::net::port::free_port;

use Then::{Close, Hang, Reset};

/// How long a gateway may take. On a machine that is too slow for the first, a row is played again with the next: what it ends
/// in must not depend on the length, so a row that is wrong is wrong with each.
const WAITS: [Duration; 3] = [Duration::from_secs(2), Duration::from_secs(10), Duration::from_secs(60)];

/// Maximum number of waits of one row; most need much less.
const ROW_WAITS: u32 = 10;

struct Row {
    mishap: Mishap,
    /// What the first attempt is taken for.
    heard: &'static str,
    end: StepState,
    attempts: usize,
    /// Earliest second attempt, in seconds after nine.
    not_before: i64,
}

fn row(mishap: Mishap, heard: &'static str, end: StepState, attempts: usize) -> Row {
    Row { mishap, heard, end, attempts, not_before: 0 }
}

impl Row {
    fn not_before(self, seconds: i64) -> Self {
        Self { not_before: seconds, ..self }
    }
}

/// A whole answer.
fn http(status: &str, body: &str) -> Mishap {
    answer(status, "", body)
}

/// A whole answer with one more header.
fn answer(status: &str, header: &str, body: &str) -> Mishap {
    let header = if header.is_empty() { String::new() } else { format!("{header}\r\n") };
    let length = body.len();
    raw(&format!("HTTP/1.1 {status}\r\n{header}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"))
        .then(Close)
}

/// The head of an answer whose body is longer than what comes of it.
fn cut(status: &str, body: &str) -> Mishap {
    raw(&format!("HTTP/1.1 {status}\r\nContent-Length: 99999999\r\n\r\n{body}"))
}

/// What the gateway does; what it is taken for, how it ends, attempts.
#[rustfmt::skip]
fn rows() -> Vec<Row> {
    vec![
        // A yes in every shape.
        row(http("202 Accepted", "0: Accepted for delivery"),              "accepted HTTP 202",  Accepted, 1),
        row(http("202 Accepted", "3: Queued for later delivery"),          "accepted HTTP 202",  Accepted, 1),
        row(http("202 Accepted", ""),                                      "accepted HTTP 202",  Accepted, 1),
        row(http("202 Accepted", "\u{1}\u{fffd}junk"),                     "accepted HTTP 202",  Accepted, 1),
        row(raw("HTTP/1.0 202 Ok\r\n").slowly("\r\n0:").then(Close),    "accepted HTTP 202",  Accepted, 1),
        row(raw("HTTP/1.0 202 Accepted\r\n\r\n0: Accepted").then(Close),   "accepted HTTP 202",  Accepted, 1),
        row(cut("202 Accepted", "0: Acc").then(Close),                     "accepted HTTP 202",  Accepted, 1),
        row(cut("202 Accepted", "0: Acc").then(Reset),                     "accepted HTTP 202",  Accepted, 1),
        row(cut("202 Accepted", "").then(Hang),                            "accepted HTTP 202",  Accepted, 1),
        row(cut("202 Accepted", "").slowly(&"x".repeat(1_000)),                "accepted HTTP 202",  Accepted, 1),
        row(raw("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n"), "accepted HTTP 202", Accepted, 1),
        // Something else answers: no message will pass until the operator acts.
        row(http("200 OK", "<html>It works!</html>"),                      "account HTTP 200",   Dead,     2),
        row(http("200 OK", ""),                                            "account HTTP 200",   Dead,     2),
        row(http("204 No Content", ""),                                    "account HTTP 204",   Dead,     2),
        row(answer("301 Moved", "Location: http://127.0.0.1:1/", ""),      "account HTTP 301",   Dead,     2),
        row(answer("307 Moved", "Location: http://127.0.0.1:1/", ""),      "account HTTP 307",   Dead,     2),
        row(http("401 Unauthorized", ""),                                  "account HTTP 401",   Dead,     2),
        row(http("403 Forbidden", "Authorization failed for sendsms"),     "account HTTP 403",   Dead,     2),
        row(http("404 Not Found", "Unknown request"),                      "account HTTP 404",   Dead,     2),
        row(http("409 Conflict", ""),                                      "account HTTP 409",   Dead,     2),
        row(http("999 What", ""),                                          "account HTTP 999",   Dead,     2),
        // These words or this number will never pass.
        row(http("400 Bad Request", "Missing receiver number, rejected"),  "content HTTP 400",   Rejected, 1),
        row(http("403 Forbidden", "Number(s) has/have been denied by white- and/or black-lists."), "content HTTP 403", Rejected, 1),
        row(http("413 Too Large", ""),                                     "content HTTP 413",   Rejected, 1),
        row(http("414 Too Long", ""),                                      "content HTTP 414",   Rejected, 1),
        row(http("422 Unprocessable", ""),                                 "content HTTP 422",   Rejected, 1),
        // Temporary failures.
        row(http("408 Timeout", ""),                                       "retryable HTTP 408", Dead,     2),
        row(http("421 Misdirected", ""),                                   "retryable HTTP 421", Dead,     2),
        row(http("425 Too Early", ""),                                     "retryable HTTP 425", Dead,     2),
        row(http("429 Slow Down", ""),                                     "retryable HTTP 429", Dead,     2),
        row(http("500 Error", ""),                                         "retryable HTTP 500", Dead,     2),
        row(http("503 Unavailable", "Temporal failure, try again later."), "retryable HTTP 503", Dead,     2),
        row(cut("503 Unavailable", "x").flood(),                           "retryable HTTP 503", Dead,     2),
        row(cut("503 Unavailable", "").then(Hang),                         "retryable HTTP 503", Dead,     2),
        // Not before then, as long as the message is worth anything then.
        row(answer("429 Slow Down", "Retry-After: 20", ""),                "retryable HTTP 429", Dead,     2).not_before(20),
        row(answer("503 Unavailable", "Retry-After: 15", ""),              "retryable HTTP 503", Dead,     2).not_before(15),
        row(answer("429 Slow Down", "Retry-After: Fri, 20 Nov 2026 09:00:30 GMT", ""), "retryable HTTP 429", Dead, 2).not_before(30),
        row(answer("429 Slow Down", "Retry-After: Fri, 20 Nov 1998 09:00:30 GMT", ""), "retryable HTTP 429", Dead, 2),
        row(answer("429 Slow Down", "Retry-After: soon", ""),              "retryable HTTP 429", Dead,     2),
        row(answer("429 Slow Down", "Retry-After: 99999999999999999999", ""), "retryable HTTP 429", Expired, 1),
        row(answer("503 Unavailable", "Retry-After: Fri, 20 Nov 2099 09:00:30 GMT", ""), "retryable HTTP 503", Expired, 1),
        // Nobody knows whether it was heard: a text is not sent again.
        row(http("502 Bad Gateway", ""),                                   "ambiguous HTTP 502", InDoubt,  1),
        row(http("504 Gateway Timeout", ""),                               "ambiguous HTTP 504", InDoubt,  1),
        row(nothing().then(Close),                                         "ambiguous ",         InDoubt,  1),
        row(nothing().then(Reset),                                         "ambiguous ",         InDoubt,  1),
        row(nothing().then(Hang),                                          "ambiguous ",         InDoubt,  1),
        row(raw("HTTP/1.1 202 Acc").then(Close),                           "ambiguous ",         InDoubt,  1),
        row(raw("HTTP/1.1 202 Accepted\r\nContent-").then(Hang),           "ambiguous ",         InDoubt,  1),
        row(raw("HTTP/1.1 202 ").slowly(&"x".repeat(1_000)),        "ambiguous ",         InDoubt,  1),
        row(raw("HTTP/1.1 202 endless ").flood(),                          "ambiguous ",         InDoubt,  1),
        row(raw("220 relay.test ESMTP\r\n"),                               "ambiguous ",         InDoubt,  1),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn every_reply_of_a_gateway_ends_in_its_one_way() {
    let slots = Arc::new(Semaphore::new(16));
    let mut runs = JoinSet::new();
    for row in rows() {
        let slots = Arc::clone(&slots);
        runs.spawn(async move {
            let _slot = slots.acquire().await;
            play_patiently(&row).await.err().map(|what| format!("{:?}: {what}", row.mishap))
        });
    }
    let complaints: Vec<String> = runs.join_all().await.into_iter().flatten().collect();
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_is_not_there_has_heard_nothing() {
    let mut house = House::new().gateway(&format!("http://127.0.0.1:{}/", free_port()));
    house.hurry(10);
    house.plan.retry.attempts_max = 2;
    let who = house.subscriber(&["+34600000001"]);
    house.change("payments");
    house.deliver_within(WAITS[2]).await.unwrap();
    assert_eq!(house.states(&who), [Dead]);
    let replies = house.replies(&who);
    assert!(replies.len() == 2 && replies[0].starts_with("gateway retryable "), "{replies:?}");
}

async fn play_patiently(row: &Row) -> Result<(), String> {
    let mut played = Ok(());
    for wait in WAITS {
        played = play(row, wait).await;
        if played.is_ok() {
            break;
        }
    }
    played
}

async fn play(row: &Row, wait: Duration) -> Result<(), String> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut house = House::new().gateway(&format!("http://{}/sendsms", listener.local_addr().unwrap()));
    house.hurry(10);
    house.plan.retry.attempts_max = 2;
    let server = tokio::spawn(gateway_at(listener, row.mishap.clone()));
    let who = house.subscriber(&["+34600000001"]);
    house.change("payments");
    let started = Instant::now();
    house.deliver_within(wait).await.unwrap();
    let took = started.elapsed();
    server.abort();

    let (replies, states) = (house.replies(&who), house.states(&who));
    let nine = Utc.with_ymd_and_hms(2026, 11, 20, 9, 0, 0).unwrap();
    let early = house.events.iter().any(|event| {
        matches!(event.happened, EventKind::Retry { at, .. } if at < nine + TimeDelta::seconds(row.not_before))
    });
    let first = replies.first().and_then(|reply| reply.strip_prefix("gateway ")).unwrap_or_default();
    let right = (states.as_slice(), replies.len()) == (&[row.end], row.attempts)
        && first.starts_with(row.heard)
        && !early
        && took < wait * ROW_WAITS;
    right.then_some(()).ok_or_else(|| format!("{states:?} after {took:?}, too early: {early}, {replies:?}"))
}

async fn gateway_at(listener: TcpListener, mishap: Mishap) {
    while let Ok((stream, _)) = listener.accept().await {
        let mishap = mishap.clone();
        // A request that either side breaks off is over.
        tokio::spawn(async move { dialogue(BufReader::new(stream), &mishap).await });
    }
}

async fn dialogue(mut stream: BufReader<TcpStream>, mishap: &Mishap) -> std::io::Result<()> {
    let mut line = String::new();
    while line != "\r\n" {
        line.clear();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(());
        }
    }
    mishap.happen(stream.get_mut()).await?;
    // What the other side still says is read, so that it is not reset.
    while stream.read(&mut [0; 1024]).await? > 0 {}
    Ok(())
}

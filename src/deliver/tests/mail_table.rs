//! Each reply and each breakage of a mail relay, with the one way it ends.
//!
//! Every row runs twice through a real worker and a real ledger, with a relay that offers pipelining and one that does
//! not. The clock of the ledger runs ten times as fast as ours; a relay may take two seconds before the content of
//! a mail and two for it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::house::House;
use super::mishap::{Mishap, Then, nothing, raw, say};
use crate::config::secret::Secret;
use crate::model::notice::StepState::{self, Accepted, Dead, Rejected};

/// How long a relay may take. On a machine that is too slow for the first, a row is played again with the next: what it ends
/// in must not depend on the length, so a row that is wrong is wrong with each.
const WAITS: [Duration; 3] = [Duration::from_secs(2), Duration::from_secs(10), Duration::from_secs(60)];

/// Maximum number of waits of one row; most need much less.
const ROW_WAITS: u32 = 10;

/// Where it happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    Greeting,
    Ehlo,
    StartTls,
    /// After the relay agreed to STARTTLS.
    Handshake,
    Login,
    Mail,
    Rcpt,
    Data,
    /// After the final dot.
    Dot,
}

use At::{Data, Dot, Ehlo, Greeting, Handshake, Login, Mail, Rcpt, StartTls};
use Then::{Close, Hang, Reset};

/// How often it happens before the relay behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Often {
    Once,
    Always,
}

use Often::{Always, Once};

#[derive(Clone)]
struct Row {
    at: At,
    mishap: Mishap,
    often: Often,
    /// What the first attempt is taken for: the class, and the code where the relay gave one.
    heard: &'static str,
    end: StepState,
    attempts: usize,
    /// How many copies the relay has taken.
    copies: usize,
}

fn row(
    at: At,
    often: Often,
    mishap: Mishap,
    heard: &'static str,
    end: StepState,
    counts: (usize, usize),
) -> Row {
    Row { at, mishap, often, heard, end, attempts: counts.0, copies: counts.1 }
}

/// Where, how often, what; what it is taken for, how it ends, (attempts, copies taken).
fn rows() -> Vec<Row> {
    [taken(), before_a_mail(), sender(), recipient(), content(), in_doubt(), broken_off()].concat()
}

/// A yes in every shape.
#[rustfmt::skip]
fn taken() -> Vec<Row> {
    vec![
        row(Dot,      Always, say("250 2.0.0 Ok: queued as 4F2A"),           "accepted 250 2.0.0", Accepted, (1, 1)),
        row(Dot,      Always, say("250 Ok"),                                 "accepted 250",       Accepted, (1, 1)),
        row(Dot,      Always, say("250"),                                    "accepted 250",       Accepted, (1, 1)),
        row(Dot,      Always, raw("250 bare line end\n"),                    "accepted 250",       Accepted, (1, 1)),
        row(Dot,      Always, say("250-2.0.0 one\r\n250-2.0.0 two\r\n250 2.0.0 three"), "accepted 250 2.0.0", Accepted, (1, 1)),
        row(Dot,      Always, say("299 2.9.9 a code nobody has seen"),       "accepted 299 2.9.9", Accepted, (1, 1)),
        row(Dot,      Always, raw("250 ok").slowly("!\r\n"),                    "accepted 250"      , Accepted, (1, 1)),
        row(Rcpt,     Always, say("251 2.1.5 not here; will forward to <eve@example.net>"), "accepted 250", Accepted, (1, 1)),
        row(Rcpt,     Always, say("252 2.5.2 cannot verify, will try"),      "accepted 250",       Accepted, (1, 1)),
        row(Ehlo,     Always, say("502 5.5.2 what?"),                        "accepted 250",       Accepted, (1, 1)),
    ]
}

/// Before a mail is begun.
#[rustfmt::skip]
fn before_a_mail() -> Vec<Row> {
    let long = "x".repeat(1_000);
    vec![
        row(Greeting, Always, say("421 4.3.2 shutting down"),                "retryable 421 4.3.2", Dead,    (2, 0)),
        row(Greeting, Once,   say("421 4.3.2 shutting down"),                "retryable 421 4.3.2", Accepted, (2, 1)),
        row(Greeting, Always, say("554 5.7.1 your network is on a list"),    "account 554 5.7.1",  Dead,     (2, 0)),
        row(Greeting, Always, say("HTTP/1.1 400 Bad Request"),               "retryable ",         Dead,     (2, 0)),
        row(Greeting, Always, nothing().then(Close),                         "retryable ",         Dead,     (2, 0)),
        row(Greeting, Once,   nothing().then(Reset),                         "retryable ",         Accepted, (2, 1)),
        row(Greeting, Once,   nothing().then(Hang),                          "retryable ",         Accepted, (2, 1)),
        row(Greeting, Once,   raw("220 ").slowly(&long),                     "retryable ",         Accepted, (2, 1)),
        row(Greeting, Once,   raw("220-spam and eggs\r\n").flood(),          "retryable ",         Accepted, (2, 1)),
        row(Greeting, Once,   raw("220 eggs and spam").flood(),              "retryable ",         Accepted, (2, 1)),
        row(Ehlo,     Always, say("421 4.7.0 too many connections"),         "retryable 421 4.7.0", Dead,    (2, 0)),
        row(Ehlo,     Always, say("550 5.7.1 go away"),                      "account 550 5.7.1",  Dead,     (2, 0)),
        row(StartTls, Always, say("454 4.7.0 TLS not available"),            "retryable 454 4.7.0", Dead,    (2, 0)),
        row(StartTls, Always, say("502 5.5.1 no such command"),              "account 502 5.5.1",  Dead,     (2, 0)),
        row(StartTls, Always, say("220 go on\r\nthis is no TLS at all"),     "account ",           Dead,     (2, 0)),
        row(Handshake, Always, say("this is no TLS at all"),                 "account ",           Dead,     (2, 0)),
        row(Handshake, Always, nothing().then(Close),                        "retryable ",         Dead,     (2, 0)),
        row(Handshake, Always, nothing().then(Hang),                         "retryable ",         Dead,     (2, 0)),
        row(Login,    Always, say("454 4.7.0 temporary failure"),            "retryable 454 4.7.0", Dead,    (2, 0)),
        row(Login,    Always, say("530 5.7.0 encryption required"),          "account 530 5.7.0",  Dead,     (2, 0)),
        row(Login,    Always, say("534 5.7.9 mechanism too weak"),           "account 534 5.7.9",  Dead,     (2, 0)),
        row(Login,    Always, say("535 5.7.8 authentication failed"),        "account 535 5.7.8",  Dead,     (2, 0)),
        row(Login,    Once,   nothing().then(Close),                         "retryable ",         Accepted, (2, 1)),
    ]
}

#[rustfmt::skip]
fn sender() -> Vec<Row> {
    vec![
        row(Mail,     Always, say("421 4.7.0 too much mail from you"),       "retryable 421 4.7.0", Dead,    (2, 0)),
        row(Mail,     Once,   say("451 4.3.0 try again"),                    "retryable 451 4.3.0", Accepted, (2, 1)),
        row(Mail,     Always, say("500 5.5.2 what?"),                        "account 500 5.5.2",  Dead,     (2, 0)),
        row(Mail,     Once,   say("503 5.5.1 not now"),                      "retryable 503 5.5.1", Accepted, (2, 1)),
        row(Mail,     Always, say("530 5.7.0 log in first"),                 "account 530 5.7.0",  Dead,     (2, 0)),
        row(Mail,     Always, say("550 5.1.8 your domain is unknown"),       "account 550 5.1.8",  Dead,     (2, 0)),
        row(Mail,     Always, say("552 5.3.4 too big"),                      "content 552 5.3.4",  Rejected, (1, 0)),
        row(Mail,     Once,   nothing().then(Reset),                         "retryable ",         Accepted, (2, 1)),
        row(Mail,     Once,   say("354 out of turn"),                        "retryable ",         Accepted, (2, 1)),
    ]
}

#[rustfmt::skip]
fn recipient() -> Vec<Row> {
    vec![
        row(Rcpt,     Once,   say("450 4.2.0 greylisted"),                   "retryable 450 4.2.0", Accepted, (2, 1)),
        row(Rcpt,     Once,   say("451 4.7.1 greylisted"),                   "retryable 451 4.7.1", Accepted, (2, 1)),
        row(Rcpt,     Always, say("452 4.2.2 mailbox full"),                 "retryable 452 4.2.2", Dead,    (2, 0)),
        row(Rcpt,     Always, say("421 4.4.5 too busy").then(Close),         "retryable 421 4.4.5", Dead,    (2, 0)),
        row(Rcpt,     Always, say("501 5.1.3 bad address"),                  "recipient 501 5.1.3", Rejected, (1, 0)),
        row(Rcpt,     Always, say("550 5.1.1 no such user"),                 "recipient 550 5.1.1", Rejected, (1, 0)),
        row(Rcpt,     Always, say("550-5.1.1 no such\r\n550 5.1.1 user"),    "recipient 550 5.1.1", Rejected, (1, 0)),
        row(Rcpt,     Always, say("550 no such user"),                       "recipient 550",      Rejected, (1, 0)),
        row(Rcpt,     Always, say("550"),                                    "content 550",        Rejected, (1, 0)),
        row(Rcpt,     Always, say("550 5.7.1 blocked by policy"),            "content 550 5.7.1",  Rejected, (1, 0)),
        row(Rcpt,     Always, say("552 5.2.2 mailbox full"),                 "retryable 552 5.2.2", Dead,    (2, 0)),
        row(Rcpt,     Always, say("553 5.6.7 the address needs SMTPUTF8"),   "content 553 5.6.7",  Rejected, (1, 0)),
        row(Rcpt,     Always, say("554 5.7.1 relay access denied"),          "account 554 5.7.1",  Dead,     (2, 0)),
        row(Rcpt,     Always, say("550 relay not permitted"),                "account 550",        Dead,     (2, 0)),
        row(Rcpt,     Once,   nothing().then(Hang),                          "retryable ",         Accepted, (2, 1)),
        row(Rcpt,     Once,   raw("550 5.1").then(Close),                    "retryable ",         Accepted, (2, 1)),
        row(Rcpt,     Always, say("550-5.1.1 no\r\n250 2.1.5 yes"),          "retryable ",         Dead,     (2, 0)),
    ]
}

#[rustfmt::skip]
fn content() -> Vec<Row> {
    vec![
        row(Data,     Once,   say("451 4.3.0 queue is full"),                "retryable 451 4.3.0", Accepted, (2, 1)),
        row(Data,     Always, say("554 5.5.1 no valid recipients"),          "content 554 5.5.1",  Rejected, (1, 0)),
        row(Data,     Once,   say("250 out of turn"),                        "retryable ",         Accepted, (2, 1)),
        row(Data,     Once,   nothing().then(Close),                         "retryable ",         Accepted, (2, 1)),
        row(Dot,      Once,   say("421 4.3.2 shutting down").then(Close),    "retryable 421 4.3.2", Accepted, (2, 1)),
        row(Dot,      Once,   say("452 4.3.1 out of space"),                 "retryable 452 4.3.1", Accepted, (2, 1)),
        row(Dot,      Always, say("550 5.1.1 no such user after all"),       "recipient 550 5.1.1", Rejected, (1, 0)),
        row(Dot,      Always, say("552 5.3.4 too big"),                      "content 552 5.3.4",  Rejected, (1, 0)),
        row(Dot,      Always, say("554 5.7.1 looks like spam"),              "content 554 5.7.1",  Rejected, (1, 0)),
    ]
}

/// Nobody knows: it is sent again, and where the relay had taken it there are two.
#[rustfmt::skip]
fn in_doubt() -> Vec<Row> {
    vec![
        row(Dot,      Once,   nothing().then(Close),                         "ambiguous ",         Accepted, (2, 2)),
        row(Dot,      Once,   nothing().then(Reset),                         "ambiguous ",         Accepted, (2, 2)),
        row(Dot,      Once,   nothing().then(Hang),                          "ambiguous ",         Accepted, (2, 2)),
        row(Dot,      Once,   say("354 out of turn"),                        "ambiguous ",         Accepted, (2, 2)),
        row(Dot,      Once,   say("\u{1}garbage"),                           "ambiguous ",         Accepted, (2, 2)),
        row(Dot,      Once,   raw("25").then(Close),                         "ambiguous ",         Accepted, (2, 2)),
    ]
}

/// The answer breaks off, and still says enough.
#[rustfmt::skip]
fn broken_off() -> Vec<Row> {
    let long = "x".repeat(1_000);
    vec![
        row(Dot,      Always, raw("250 2.0").then(Close),                    "accepted 250",       Accepted, (1, 1)),
        row(Dot,      Always, raw("250-2.0.0 ok").then(Hang),                "accepted 250",       Accepted, (1, 1)),
        row(Dot,      Always, raw("250-2.0.0 yes\r\n").flood(),              "accepted 250",       Accepted, (1, 1)),
        row(Dot,      Always, raw("250 2.0.0").slowly(&long),               "accepted 250",       Accepted, (1, 1)),
        row(Dot,      Once,   raw("554 5.7").then(Close),                    "retryable ",         Accepted, (2, 1)),
        row(Dot,      Always, say("250 2.0.0 yes\r\n250 2.0.0 and again"),   "accepted 250 2.0.0", Accepted, (1, 1)),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn every_reply_of_a_relay_ends_in_its_one_way() {
    let rows: Vec<Arc<Row>> = rows().into_iter().map(Arc::new).collect();
    let slots = Arc::new(Semaphore::new(16));
    let mut runs = JoinSet::new();
    for (row, pipelining) in rows.iter().flat_map(|row| [(row, true), (row, false)]) {
        let (row, slots) = (Arc::clone(row), Arc::clone(&slots));
        runs.spawn(async move {
            let _slot = slots.acquire().await;
            play_patiently(&row, pipelining).await.err().map(|what| {
                format!("{:?} {:?} {:?}, pipelining {pipelining}: {what}", row.at, row.often, row.mishap)
            })
        });
    }
    let complaints: Vec<String> = runs.join_all().await.into_iter().flatten().collect();
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

async fn play_patiently(row: &Arc<Row>, pipelining: bool) -> Result<(), String> {
    let mut played = Ok(());
    for wait in WAITS {
        played = play(row, pipelining, wait).await;
        if played.is_ok() {
            break;
        }
    }
    played
}

async fn play(row: &Arc<Row>, pipelining: bool, wait: Duration) -> Result<(), String> {
    let relay = Arc::new(Relay { row: Arc::clone(row), pipelining, happened: 0.into(), copies: 0.into() });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut house = House::new().relay("relay", listener.local_addr().unwrap().port());
    house.hurry(10);
    house.plan.retry.attempts_max = 2;
    let provider = house.plan.providers.get_mut("relay").unwrap();
    let settings = std::mem::take(&mut provider.settings);
    provider.settings = match row.at {
        Login => {
            provider.secrets.insert("password", Secret::File("password".into()));
            settings.with("user", "status")
        }
        StartTls | Handshake => settings.with("security", "starttls"),
        _ => settings,
    };
    let server = tokio::spawn(relay_at(listener, Arc::clone(&relay)));
    let who = house.subscriber(&["ana@example.org"]);
    house.change("payments");
    let started = Instant::now();
    house.deliver_within(wait).await.unwrap();
    let took = started.elapsed();
    server.abort();

    let (replies, states) = (house.replies(&who), house.states(&who));
    let suppressed = !house.ledger(|ledger| ledger.list_subscribers().unwrap())[0].suppressed.is_empty();
    let found = (states.as_slice(), replies.len(), relay.copies.load(Ordering::Relaxed));
    let first = replies.first().and_then(|reply| reply.strip_prefix("relay ")).unwrap_or_default();
    let right = found == (&[row.end], row.attempts, row.copies)
        && first.starts_with(row.heard)
        && suppressed == row.heard.starts_with("recipient")
        && took < wait * ROW_WAITS;
    right
        .then_some(())
        .ok_or_else(|| format!("{found:?} after {took:?}, suppressed {suppressed}, {replies:?}"))
}

/// A relay that does what its row says.
struct Relay {
    row: Arc<Row>,
    pipelining: bool,
    happened: AtomicUsize,
    copies: AtomicUsize,
}

async fn relay_at(listener: TcpListener, relay: Arc<Relay>) {
    while let Ok((stream, _)) = listener.accept().await {
        let relay = Arc::clone(&relay);
        // A dialogue that either side breaks off is over.
        tokio::spawn(async move { relay.dialogue(BufReader::new(stream)).await });
    }
}

impl Relay {
    async fn dialogue(&self, mut stream: BufReader<TcpStream>) -> std::io::Result<()> {
        let mut may_send = false;
        let mut goes_on = self.answer(Greeting, "220 relay.test ESMTP", &mut stream).await?;
        while goes_on {
            let mut line = String::new();
            if stream.read_line(&mut line).await? == 0 {
                return Ok(());
            }
            let (at, usual) = match &*line.chars().take(4).collect::<String>() {
                "EHLO" => (Some(Ehlo), self.extensions()),
                "STAR" => (Some(StartTls), "220 go on".to_owned()),
                "AUTH" => (Some(Login), "235 2.7.0 welcome".to_owned()),
                "MAIL" => (Some(Mail), "250 2.1.0 Ok".to_owned()),
                "RCPT" => (Some(Rcpt), "250 2.1.5 Ok".to_owned()),
                "DATA" if may_send => (Some(Data), "354 go on".to_owned()),
                "DATA" => (None, "554 5.5.1 no valid recipients".to_owned()),
                _ => (None, "250 2.0.0 Ok".to_owned()),
            };
            may_send &= at == Some(Data);
            may_send |= at == Some(Rcpt) && (!self.happens(Rcpt) || self.row.mishap.begins_with(&['2']));
            let usually = at.is_none_or(|at| !self.happens(at));
            goes_on = match at {
                Some(at) => self.answer(at, &usual, &mut stream).await?,
                None => say(&usual).happen(stream.get_mut()).await?,
            };
            if at == Some(StartTls) && usually {
                stream.read_u8().await?;
                goes_on = self.answer(Handshake, "", &mut stream).await?;
            }
            if at == Some(Data) && goes_on && usually {
                goes_on = self.content(&mut stream).await?;
            }
        }
        // Closed for writing; what the other side still says is read, so that it is not reset.
        while stream.read(&mut [0; 1024]).await? > 0 {}
        Ok(())
    }

    async fn content(&self, stream: &mut BufReader<TcpStream>) -> std::io::Result<bool> {
        let mut line = String::new();
        while line != ".\r\n" {
            line.clear();
            if stream.read_line(&mut line).await? == 0 {
                return Ok(false);
            }
        }
        if !self.happens(Dot) || !self.row.mishap.begins_with(&['4', '5']) {
            self.copies.fetch_add(1, Ordering::Relaxed);
        }
        self.answer(Dot, "250 2.0.0 Ok: queued as 4F2A", stream).await
    }

    fn extensions(&self) -> String {
        let mut lines = vec!["250-relay.test"];
        lines.extend((self.row.at == Login).then_some("250-AUTH LOGIN PLAIN"));
        lines.extend(matches!(self.row.at, StartTls | Handshake).then_some("250-STARTTLS"));
        lines.extend(self.pipelining.then_some("250-PIPELINING"));
        lines.push("250 ENHANCEDSTATUSCODES");
        lines.join("\r\n")
    }

    /// Whether the row's mishap is what comes at this place now.
    fn happens(&self, at: At) -> bool {
        self.row.at == at && (self.row.often == Always || self.happened.load(Ordering::Relaxed) == 0)
    }

    async fn answer(&self, at: At, usual: &str, stream: &mut BufReader<TcpStream>) -> std::io::Result<bool> {
        if self.happens(at) {
            self.happened.fetch_add(1, Ordering::Relaxed);
            return self.row.mishap.happen(stream.get_mut()).await;
        }
        say(usual).happen(stream.get_mut()).await
    }
}

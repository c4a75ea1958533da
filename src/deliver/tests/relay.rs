//! A mail relay that behaves as the recipient's name says and remembers what it took.

use std::collections::BTreeSet;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// What a relay saw.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// Recipient and content of everything it accepted, in order.
    pub(super) accepted: Vec<(String, String)>,
    /// How often it was connected to.
    pub(super) connections: usize,
    /// How many connections are over.
    pub(super) closed: usize,
    /// How often it was asked to take a mail.
    pub(super) dialogues: usize,
    /// Every command, without content.
    pub(super) commands: Vec<String>,
    greylisted: BTreeSet<String>,
}

/// A relay on a port of its own, until it is dropped.
#[derive(Clone)]
pub(super) struct Relay {
    pub(super) port: u16,
    seen: Arc<Mutex<Seen>>,
}

impl Relay {
    pub(super) async fn start() -> Self {
        Self::greeting("220 relay.test ESMTP").await
    }

    /// A relay that greets with these words.
    pub(super) async fn greeting(words: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen = Arc::new(Mutex::new(Seen::default()));
        let relay = Self { port, seen: Arc::clone(&seen) };
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                seen.lock().connections += 1;
                // A dialogue that the client breaks off is over.
                let seen = Arc::clone(&seen);
                tokio::spawn(async move {
                    let over = dialogue(stream, words, Arc::clone(&seen)).await;
                    seen.lock().closed += 1;
                    over
                });
            }
        });
        relay
    }

    pub(super) fn seen<T>(&self, look: impl FnOnce(&Seen) -> T) -> T {
        look(&self.seen.lock())
    }

    /// The recipients of everything it accepted, in order.
    pub(super) fn accepted(&self) -> Vec<String> {
        self.seen(|seen| seen.accepted.iter().map(|(to, _)| to.clone()).collect())
    }
}

async fn dialogue(stream: TcpStream, greeting: &'static str, seen: Arc<Mutex<Seen>>) -> std::io::Result<()> {
    let (reading, mut writing) = stream.into_split();
    let mut lines = BufReader::new(reading).lines();
    writing.write_all(format!("{greeting}\r\n").as_bytes()).await?;
    let mut to = String::new();
    while let Some(line) = lines.next_line().await? {
        seen.lock().commands.push(line.clone());
        let verb = line.split([' ', ':']).next().unwrap_or("").to_uppercase();
        let answer = match verb.as_str() {
            "EHLO" if greeting.ends_with("SMTPUTF8") => "250-relay.test\r\n250 SMTPUTF8",
            "EHLO" => "250-relay.test\r\n250-AUTH PLAIN\r\n250 ENHANCEDSTATUSCODES",
            "AUTH" => "535 5.7.8 wrong password",
            "MAIL" => {
                seen.lock().dialogues += 1;
                "250 2.1.0 Ok"
            }
            "RCPT" => {
                let address = line.split(['<', '>']).nth(1).unwrap_or("").to_owned();
                let answer = recipient(&address, &mut seen.lock());
                to = address;
                let Some(answer) = answer else { return Ok(()) };
                answer
            }
            "DATA" => {
                writing.write_all(b"354 go on\r\n").await?;
                let content = content(&mut lines).await?;
                let Some(answer) = body(&to, content, &mut seen.lock()) else { return Ok(()) };
                answer
            }
            "RSET" => "250 2.0.0 Ok",
            "QUIT" => "221 2.0.0 Bye",
            _ => "502 5.5.2 what?",
        };
        writing.write_all(format!("{answer}\r\n").as_bytes()).await?;
        if to.starts_with("goodbye") && verb == "DATA" {
            return Ok(());
        }
    }
    Ok(())
}

async fn content(
    lines: &mut tokio::io::Lines<BufReader<tokio::net::tcp::OwnedReadHalf>>,
) -> std::io::Result<String> {
    let mut content = String::new();
    while let Some(line) = lines.next_line().await? {
        if line == "." {
            break;
        }
        content.push_str(line.strip_prefix('.').unwrap_or(&line));
        content.push('\n');
    }
    Ok(content)
}

/// What is said to a recipient; nothing when the line is cut.
fn recipient(address: &str, seen: &mut Seen) -> Option<&'static str> {
    let ok = Some("250 2.1.5 Ok");
    match address.split(['@', '-']).next().unwrap_or("") {
        "unknown" => Some("550 5.1.1 no such user here"),
        "greylist" if seen.greylisted.insert(address.to_owned()) => {
            Some("451 4.7.1 greylisted, try again later")
        }
        "busy" => Some("450 4.2.0 never now"),
        "cut" => None,
        _ => ok,
    }
}

/// What is said to a mail; nothing when the line is cut.
fn body(to: &str, content: String, seen: &mut Seen) -> Option<&'static str> {
    match to.split(['@', '-']).next().unwrap_or("") {
        "spam" => Some("554 5.7.1 looks like spam"),
        "cutafter" if seen.greylisted.insert(to.to_owned()) => None,
        _ => {
            seen.accepted.push((to.to_owned(), content));
            Some("250 2.0.0 Ok: queued as 4F2A")
        }
    }
}

//! Email by SMTP (RFC 5321), over connections that stay open between messages.
//!
//! Promises: if the plan requires STARTTLS or TLS, neither the login nor a message is sent before the relay's certificate
//! is verified; a relay that does not offer STARTTLS gets nothing. Every wait has a limit, and the limits together are
//! shorter than a handoff may take. A connection that breaks before the final dot sent nothing; one that breaks after it
//! leaves the message in doubt, unless the relay had begun to answer.

mod answer;
mod dialogue;
mod tls;
mod wire;

use std::path::Path;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use parking_lot::Mutex;
use tokio::net::{TcpStream, lookup_host};

use self::answer::Answer;
use self::dialogue::{Access, Dialogue, Encryption, SmtpFailure};
use self::tls::Tls;
use crate::deliver::Error;
use crate::deliver::mail::{Mail, transparent};
use crate::deliver::patience::Patience;
use crate::model::line::masked_line;
use crate::model::reply::{Reply, ReplyClass};
use crate::net;
use crate::provider::smtp::{Security, Smtp, Stage, classify, enhanced};

/// How long a relay may take.
#[derive(Clone, Copy, Debug)]
pub(in crate::deliver) struct SmtpTimeouts {
    /// For everything before the content of a mail, connecting included.
    pub(in crate::deliver) before_content: Duration,
    /// For taking the content and answering to the final dot. RFC 5321, 4.5.3.2.6, asks for ten minutes; anyone who is
    /// that slow is asked again, with the same Message-ID.
    pub(in crate::deliver) acceptance: Duration,
}

impl SmtpTimeouts {
    /// The limits of an ordinary message.
    pub(in crate::deliver) const USUAL: Self =
        Self { before_content: Duration::from_secs(100), acceptance: Duration::from_secs(120) };
}

/// How long one of a host's addresses may take to be connected to, before the next is tried.
const CONNECT_LIMIT: Duration = Duration::from_secs(20);

/// A connection that was idle longer is not used again.
const IDLE: Duration = Duration::from_secs(20);

/// Maximum number of messages per connection: many relays close it about here.
const MESSAGES_MAX: u32 = 100;

/// How long all goodbyes together may take.
const GOODBYE: Duration = Duration::from_millis(500);

/// No more of a server's words are kept.
const WORDS_CHARACTERS_MAX: usize = 300;

/// A mail relay and the connections open to it.
pub(in crate::deliver) struct Relay {
    host: String,
    port: u16,
    access: Access,
    waits: SmtpTimeouts,
    idle: Mutex<Vec<Connection>>,
}

struct Connection {
    dialogue: Dialogue,
    messages: u32,
    since: Instant,
}

impl Relay {
    /// Reads the certificate. Does not connect.
    pub(in crate::deliver) fn new(
        name: &str,
        smtp: &Smtp,
        root: &Path,
        host: &str,
        waits: SmtpTimeouts,
    ) -> Result<Self, Error> {
        let account = smtp.account.clone();
        let tls = || Tls::new(smtp, root).map_err(|what| Error::SetUp { provider: name.to_owned(), what });
        let encryption = match smtp.security {
            Security::None => Encryption::None,
            Security::Starttls => Encryption::Starttls(tls()?),
            Security::Tls => Encryption::AtOnce(tls()?),
        };
        let access = Access { encryption, account, hello: host.to_owned() };
        Ok(Self { host: smtp.host.clone(), port: smtp.port, access, waits, idle: Mutex::default() })
    }

    /// Hands one mail off and says what the relay answered.
    pub(in crate::deliver) async fn hand_off(&self, mail: &Mail, patience: &Patience) -> Reply {
        let content = transparent(mail);
        let mut connection = match patience.before_content(self.waits.before_content, self.offer(mail)).await
        {
            Ok(Ok(connection)) => connection,
            Ok(Err(failure)) => return reply(failure),
            Err(cut) => return unsaid(ReplyClass::Retryable, &cut.words()),
        };
        let sent = patience.answer(self.waits.acceptance, connection.dialogue.send(&content)).await;
        let sent = sent.unwrap_or_else(|cut| connection.dialogue.give_up(&cut.words()));
        self.keep(connection);
        sent.map_or_else(reply, |answer| accepted(&answer))
    }

    /// Comes in, and says goodbye.
    pub(in crate::deliver) async fn greet(&self) -> Result<(), String> {
        let come_in = async { Dialogue::begin(self.connect().await?, &self.access).await };
        match tokio::time::timeout(self.waits.before_content, come_in).await {
            Ok(Ok(mut dialogue)) => {
                dialogue.quit().await;
                Ok(())
            }
            Ok(Err(failure)) => {
                let Reply { code, words, .. } = reply(failure);
                Err(format!("{code} {words}").trim().to_owned())
            }
            Err(_) => Err(timed_out(self.waits.before_content)),
        }
    }

    /// A connection on which the relay waits for the content of the mail.
    async fn offer(&self, mail: &Mail) -> Result<Connection, SmtpFailure> {
        if let Some(mut kept) = self.kept() {
            match kept.dialogue.offer(mail).await {
                Ok(()) => return Ok(kept),
                // It may have died unnoticed; nothing was sent by then, so a fresh one is tried.
                Err(
                    SmtpFailure::Broken(Stage::Sender, _)
                    | SmtpFailure::Refused(Stage::Sender, Answer { code: 421, .. }),
                ) => {}
                Err(failure) => {
                    self.keep(kept);
                    return Err(failure);
                }
            }
        }
        let dialogue = Dialogue::begin(self.connect().await?, &self.access).await?;
        let mut fresh = Connection { dialogue, messages: 0, since: Instant::now() };
        match fresh.dialogue.offer(mail).await {
            Ok(()) => Ok(fresh),
            Err(failure) => {
                self.keep(fresh);
                Err(failure)
            }
        }
    }

    async fn connect(&self) -> Result<TcpStream, SmtpFailure> {
        let place = format!("{}:{}", self.host, self.port);
        let broken = |error: std::io::Error| {
            SmtpFailure::Broken(Stage::Hello, format!("{place}: {}", net::plain(&error.to_string())))
        };
        let mut failure = SmtpFailure::Broken(Stage::Hello, format!("{place}: the host has no address"));
        for address in lookup_host((self.host.as_str(), self.port)).await.map_err(broken)? {
            match tokio::time::timeout(CONNECT_LIMIT, TcpStream::connect(address)).await {
                Ok(Ok(stream)) => {
                    // Else the last segment of a mail waits for the acknowledgement of the one before.
                    stream.set_nodelay(true).map_err(broken)?;
                    return Ok(stream);
                }
                Ok(Err(error)) => failure = broken(error),
                Err(_) => {
                    failure =
                        SmtpFailure::Broken(Stage::Hello, format!("{place}: {}", timed_out(CONNECT_LIMIT)));
                }
            }
        }
        Err(failure)
    }

    fn kept(&self) -> Option<Connection> {
        let mut idle = self.idle.lock();
        while let Some(connection) = idle.pop() {
            if connection.since.elapsed() < IDLE {
                return Some(connection);
            }
        }
        None
    }

    /// Keeps a connection that can be used again.
    fn keep(&self, mut connection: Connection) {
        connection.messages += 1;
        connection.since = Instant::now();
        if connection.dialogue.is_fit() && connection.messages < MESSAGES_MAX {
            self.idle.lock().push(connection);
        }
    }

    /// Says goodbye on every kept connection.
    pub(in crate::deliver) async fn close(&self) {
        let idle = std::mem::take(&mut *self.idle.lock());
        let goodbyes = idle.into_iter().map(async |mut connection| connection.dialogue.quit().await);
        // A relay that is slow to say goodbye is left without.
        let _ = tokio::time::timeout(GOODBYE, join_all(goodbyes)).await;
    }
}

fn timed_out(limit: Duration) -> String {
    format!("no answer within {} seconds", limit.as_secs())
}

fn accepted(answer: &Answer) -> Reply {
    let queued = answer.words.split_once("queued as ").and_then(|(_, rest)| rest.split_whitespace().next());
    let reference = queued.map(|id| id.trim_end_matches(['.', ')']).to_owned());
    server_reply(ReplyClass::Accepted, answer, reference)
}

fn reply(failure: SmtpFailure) -> Reply {
    match failure {
        SmtpFailure::Refused(stage, answer) => {
            server_reply(classify(stage, answer.code, &answer.words), &answer, None)
        }
        SmtpFailure::Broken(stage, words) => {
            unsaid(ReplyClass::Retryable, &format!("{}: {words}", stage.stage_label()))
        }
        SmtpFailure::InDoubt(words) => {
            unsaid(ReplyClass::Ambiguous, &format!("{}: {words}", Stage::Body.stage_label()))
        }
        SmtpFailure::Unfit(words) => unsaid(ReplyClass::AccountRejected, &words),
    }
}

/// A reply the server did not give.
fn unsaid(class: ReplyClass, words: &str) -> Reply {
    Reply { class, code: String::new(), words: shortened(words), reference: None, retry_after: None }
}

fn server_reply(class: ReplyClass, answer: &Answer, reference: Option<String>) -> Reply {
    let words = answer.words.trim_start();
    let first = words.split_whitespace().next().unwrap_or("");
    let (code, words) = match enhanced(first) {
        Some(_) => (format!("{} {first}", answer.code), words.strip_prefix(first).unwrap_or(words)),
        None => (answer.code.to_string(), words),
    };
    Reply { class, code, words: shortened(words), reference, retry_after: None }
}

/// The server's words without controls and without anything that looks like an address, cut to a length.
fn shortened(words: &str) -> String {
    masked_line(words, |word| word.contains('@'), WORDS_CHARACTERS_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deliver::HANDOFF_LIMIT;

    #[test]
    fn a_relay_cannot_take_longer_than_a_handoff_may() {
        assert!(SmtpTimeouts::USUAL.before_content + SmtpTimeouts::USUAL.acceptance < HANDOFF_LIMIT);
    }
}

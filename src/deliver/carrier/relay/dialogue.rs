//! One dialogue with a mail relay: greeting, encryption, login, and one email after the other.
//!
//! Promises: if the plan requires encryption, neither the login nor an email is sent before it is established. If the relay
//! offers pipelining (RFC 2920), MAIL, RCPT and DATA are sent in one write and their answers are matched in order; the
//! content of an email is sent only after the relay asked for it, and never an empty email in place of a refused one.

use data_encoding::BASE64;
use tokio::net::TcpStream;

use super::answer::Answer;
use super::tls::{Tls, Unencrypted};
use super::wire::{ReadError, Socket, Wire};
use crate::deliver::mail::Mail;
use crate::provider::Hidden;
use crate::provider::smtp::Stage;

/// How to come in.
pub(super) struct Access {
    pub(super) encryption: Encryption,
    /// User and password.
    pub(super) account: Option<(String, Hidden)>,
    /// The name this host gives itself.
    pub(super) hello: String,
}

/// When a connection is encrypted.
pub(super) enum Encryption {
    /// TLS is never asked for.
    None,
    /// From the first byte.
    AtOnce(Tls),
    /// By STARTTLS (RFC 3207).
    Starttls(Tls),
}

/// Why a mail was not taken.
#[derive(Debug)]
pub(super) enum SmtpFailure {
    /// The server said no.
    Refused(Stage, Answer),
    /// The connection is gone, or cannot be trusted to be in step. Nothing was taken.
    Broken(Stage, String),
    /// Everything was sent and no answer is there: nobody knows.
    InDoubt(String),
    /// The relay is not what the plan says: no STARTTLS, no login we know, a certificate nobody vouches for.
    Unfit(String),
}

/// What the relay can do (RFC 5321, 4.1.1.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Extensions {
    starttls: bool,
    pipelining: bool,
    plain: bool,
    login: bool,
    /// Addresses outside ASCII (RFC 6531).
    utf8: bool,
}

/// A dialogue that got as far as mails.
pub(super) struct Dialogue {
    wire: Wire<Box<dyn Socket>>,
    pipelining: bool,
    utf8: bool,
    /// Whether a mail was begun that must be taken back before the next (RFC 5321, 4.1.1.5).
    begun: bool,
}

impl Dialogue {
    /// Comes in over a connection that was just made.
    pub(super) async fn begin(stream: TcpStream, access: &Access) -> Result<Self, SmtpFailure> {
        let mut wire = match &access.encryption {
            Encryption::None => {
                let mut wire = Wire::new(stream);
                positive(&mut wire, Stage::Hello).await?;
                wire.boxed()
            }
            Encryption::AtOnce(tls) => {
                let mut wire = Wire::new(tls.encrypt(stream).await?);
                positive(&mut wire, Stage::Hello).await?;
                wire.boxed()
            }
            Encryption::Starttls(tls) => start_tls(Wire::new(stream), tls, &access.hello).await?,
        };
        let extensions = hello(&mut wire, &access.hello).await?;
        if let Some((user, password)) = &access.account {
            log_in(&mut wire, extensions, user, password).await?;
        }
        let Extensions { pipelining, utf8, .. } = extensions;
        Ok(Self { wire, pipelining, utf8, begun: false })
    }

    /// Whether the next mail can be said here.
    pub(super) fn is_fit(&self) -> bool {
        self.wire.is_in_step()
    }

    /// Says whom a mail is from and for; afterwards the relay waits for its content.
    pub(super) async fn offer(&mut self, mail: &Mail) -> Result<(), SmtpFailure> {
        let to = mail.to.expose();
        let parameters = if to.is_ascii() { "" } else { " BODY=8BITMIME SMTPUTF8" };
        if !(to.is_ascii() || self.utf8) {
            let words = "5.6.7 the relay does not accept internationalized addresses (SMTPUTF8)".to_owned();
            return Err(SmtpFailure::Refused(Stage::Recipient, Answer { code: 553, words }));
        }
        let reset = std::mem::replace(&mut self.begun, true).then(|| (Stage::Sender, "RSET\r\n".to_owned()));
        let commands = reset.into_iter().chain([
            (Stage::Sender, format!("MAIL FROM:<{}>{parameters}\r\n", mail.from)),
            (Stage::Recipient, format!("RCPT TO:<{to}>\r\n")),
            (Stage::Data, "DATA\r\n".to_owned()),
        ]);
        let offered = if self.pipelining {
            self.offer_at_once(commands.collect()).await
        } else {
            self.offer_each(commands).await
        };
        if matches!(offered, Err(SmtpFailure::Refused(_, Answer { code: 421 | 503, .. }))) {
            // It closes, or is out of step with us: nothing more is said here.
            self.wire.break_off("");
        }
        offered
    }

    async fn offer_each(
        &mut self,
        commands: impl Iterator<Item = (Stage, String)>,
    ) -> Result<(), SmtpFailure> {
        for (stage, command) in commands {
            self.say(stage, &command).await?;
            accepted(&mut self.wire, stage).await?;
        }
        Ok(())
    }

    async fn offer_at_once(&mut self, commands: Vec<(Stage, String)>) -> Result<(), SmtpFailure> {
        let all: String = commands.iter().map(|(_, command)| command.as_str()).collect();
        self.say(Stage::Sender, &all).await?;
        let mut first_no = None;
        for (stage, _) in commands {
            match accepted(&mut self.wire, stage).await {
                Ok(()) if stage == Stage::Data && first_no.is_some() => {
                    // It wants the content of a mail that it refused. Hanging up is the one answer that sends nothing.
                    self.wire.break_off("");
                }
                Ok(()) => {}
                // What follows the first refusal only follows from it, and has to be heard to stay in step.
                Err(no @ SmtpFailure::Refused(..)) => first_no = first_no.or(Some(no)),
                Err(broken) => return Err(first_no.unwrap_or(broken)),
            }
        }
        first_no.map_or(Ok(()), Err)
    }

    /// Sends the content that the relay asked for, final dot included.
    pub(super) async fn send(&mut self, content: &[u8]) -> Result<Answer, SmtpFailure> {
        let sent = self.wire.say(content).await;
        // Whatever comes of it, the mail is no longer one that was begun.
        self.begun = false;
        match (sent, self.wire.answer().await) {
            (Err(why), Err(_) | Ok(Answer { code: ..400, .. })) => Err(SmtpFailure::Broken(Stage::Body, why)),
            (_, answered) => judged(answered),
        }
    }

    /// What is known of a mail whose answer is not waited for any longer.
    pub(super) fn give_up(&mut self, why: &str) -> Result<Answer, SmtpFailure> {
        judged(Err(self.wire.break_off(why)))
    }

    /// Says goodbye and does not wait for an answer longer than the server cares to give one.
    pub(super) async fn quit(&mut self) {
        if self.wire.say(b"QUIT\r\n").await.is_ok() {
            // Whether the relay answers goodbye changes nothing any more.
            let _ = self.wire.answer().await;
        }
    }

    async fn say(&mut self, stage: Stage, command: &str) -> Result<(), SmtpFailure> {
        self.wire.say(command.as_bytes()).await.map_err(|why| SmtpFailure::Broken(stage, why))
    }
}

/// What the answer to a mail's content means.
fn judged(answered: Result<Answer, ReadError>) -> Result<Answer, SmtpFailure> {
    match answered {
        Ok(answer @ Answer { code: 200..=299, .. }) => Ok(answer),
        Ok(answer @ Answer { code: 400.., .. }) => Err(SmtpFailure::Refused(Stage::Body, answer)),
        Ok(answer) => {
            Err(SmtpFailure::InDoubt(format!("the server answered out of sequence: {}", answer.code)))
        }
        // It breaks off, and still says whether the mail was taken. Why it was not may be cut off.
        Err(ReadError { code: Some(code @ 200..=299), .. }) => Ok(Answer { code, words: String::new() }),
        Err(ReadError { code: Some(400..), why }) => {
            Err(SmtpFailure::Broken(Stage::Body, format!("refused, then {why}")))
        }
        Err(ReadError { why, .. }) => Err(SmtpFailure::InDoubt(why)),
    }
}

/// Reads the answer to a command of an email, which must be positive: 3xx for DATA, 2xx for the others.
async fn accepted(wire: &mut Wire<Box<dyn Socket>>, stage: Stage) -> Result<(), SmtpFailure> {
    if stage == Stage::Data { expected(wire, stage, 300..=399).await } else { positive(wire, stage).await }
        .map(drop)
}

async fn positive<S: Socket>(wire: &mut Wire<S>, stage: Stage) -> Result<Answer, SmtpFailure> {
    expected(wire, stage, 200..=299).await
}

async fn expected<S: Socket>(
    wire: &mut Wire<S>,
    stage: Stage,
    codes: std::ops::RangeInclusive<u16>,
) -> Result<Answer, SmtpFailure> {
    let answer = wire.answer().await.map_err(|silence| SmtpFailure::Broken(stage, silence.why))?;
    if codes.contains(&answer.code) {
        return Ok(answer);
    }
    if answer.code >= 400 {
        return Err(SmtpFailure::Refused(stage, answer));
    }
    // A yes to another question: whose answers these are is not known any more.
    wire.break_off("");
    Err(SmtpFailure::Broken(stage, format!("the server answered out of sequence: {}", answer.code)))
}

async fn start_tls(
    mut wire: Wire<TcpStream>,
    tls: &Tls,
    name: &str,
) -> Result<Wire<Box<dyn Socket>>, SmtpFailure> {
    positive(&mut wire, Stage::Hello).await?;
    if !hello(&mut wire, name).await?.starttls {
        return Err(SmtpFailure::Unfit("the relay does not offer STARTTLS".to_owned()));
    }
    command(&mut wire, Stage::Hello, "STARTTLS\r\n").await?;
    let stream = wire.into_socket();
    let stream = stream
        .ok_or_else(|| SmtpFailure::Unfit("the server sent data before TLS was established".to_owned()))?;
    Ok(Wire::new(tls.encrypt(stream).await?).boxed())
}

async fn command<S: Socket>(wire: &mut Wire<S>, stage: Stage, words: &str) -> Result<Answer, SmtpFailure> {
    wire.say(words.as_bytes()).await.map_err(|why| SmtpFailure::Broken(stage, why))?;
    positive(wire, stage).await
}

/// Says who we are and hears what the relay can do; one from before 1995 can do nothing.
async fn hello<S: Socket>(wire: &mut Wire<S>, name: &str) -> Result<Extensions, SmtpFailure> {
    match command(wire, Stage::Hello, &format!("EHLO {name}\r\n")).await {
        Ok(answer) => Ok(extensions(&answer.words)),
        Err(SmtpFailure::Refused(_, Answer { code: 500..=504, .. })) => {
            command(wire, Stage::Hello, &format!("HELO {name}\r\n")).await?;
            Ok(Extensions::default())
        }
        Err(failure) => Err(failure),
    }
}

fn extensions(words: &str) -> Extensions {
    let mut extensions = Extensions::default();
    for line in words.to_ascii_uppercase().lines().skip(1) {
        let mut words = line.split_whitespace();
        match words.next() {
            Some("STARTTLS") => extensions.starttls = true,
            Some("PIPELINING") => extensions.pipelining = true,
            Some("SMTPUTF8") => extensions.utf8 = true,
            Some("AUTH") => {
                for mechanism in words {
                    extensions.plain |= mechanism == "PLAIN";
                    extensions.login |= mechanism == "LOGIN";
                }
            }
            _ => {}
        }
    }
    extensions
}

/// Logs in by PLAIN (RFC 4616), or by LOGIN where the relay knows nothing else.
async fn log_in<S: Socket>(
    wire: &mut Wire<S>,
    extensions: Extensions,
    user: &str,
    password: &Hidden,
) -> Result<(), SmtpFailure> {
    let password = password.expose();
    if extensions.plain {
        let account = BASE64.encode(format!("\0{user}\0{password}").as_bytes());
        command(wire, Stage::Login, &format!("AUTH PLAIN {account}\r\n")).await?;
    } else if extensions.login {
        for words in ["AUTH LOGIN", &BASE64.encode(user.as_bytes())] {
            let said = wire.say(format!("{words}\r\n").as_bytes()).await;
            said.map_err(|why| SmtpFailure::Broken(Stage::Login, why))?;
            expected(wire, Stage::Login, 334..=334).await?;
        }
        command(wire, Stage::Login, &format!("{}\r\n", BASE64.encode(password.as_bytes()))).await?;
    } else {
        return Err(SmtpFailure::Unfit("the server supports neither AUTH PLAIN nor AUTH LOGIN".to_owned()));
    }
    Ok(())
}

impl From<Unencrypted> for SmtpFailure {
    fn from(unencrypted: Unencrypted) -> Self {
        match unencrypted {
            Unencrypted::Broken(why) => Self::Broken(Stage::Hello, why),
            Unencrypted::Untrusted(why) => Self::Unfit(why),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_relay_can_do_is_read_from_its_hello() {
        let all = Extensions { starttls: true, pipelining: true, plain: true, login: true, utf8: true };
        let said = "relay.test at your service\nSIZE 1000\nstarttls\nPIPELINING\nAUTH LOGIN Plain\nSMTPUTF8";
        assert_eq!(extensions(said), all);
        assert_eq!(extensions("relay.test PIPELINING"), Extensions::default());
        assert_eq!(extensions("relay.test\nXPIPELINING\nAUTH=PLAIN"), Extensions::default());
    }
}

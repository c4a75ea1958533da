//! Mail by SMTP (RFC 5321), over connections kept open between messages.
//!
//! Promises: where the plan wants STARTTLS or TLS, neither an account nor a message leaves before the relay's certificate
//! is verified; a relay that does not offer STARTTLS is not spoken to in the clear. Every wait has a limit. What
//! breaks before the final dot was not handed off; what breaks after it is in doubt.

use std::io::ErrorKind;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail as MailFrom, Rcpt, Rset};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::response::Response;
use tokio::net::TcpStream;

use super::Error;
use super::mail::{Mail, transparent};
use super::smtp_replies::{Stage, classify, enhanced};
use crate::config::plan::{Security, Smtp};
use crate::model::reply::{Reply, ReplyClass};

/// The limit of every wait but the last.
const STEP_LIMIT: Duration = Duration::from_secs(60);

/// The limit of the wait for the answer to the final dot. RFC 5321, 4.5.3.2.6, asks for ten minutes; whoever is
/// that slow is asked again, with the same Message-ID.
const ACCEPTANCE_LIMIT: Duration = Duration::from_secs(120);

/// A connection that was idle longer is not used again.
const IDLE: Duration = Duration::from_secs(20);

/// A connection that carried so many messages is not used again: many relays cut it about here.
const MESSAGES_MAX: u32 = 100;

/// How a certificate begins (RFC 7468, 5.1).
const PEM_START: &[u8] = b"-----BEGIN CERTIFICATE-----";

/// No more of a server's words are kept.
const WORDS_CHARACTERS_MAX: usize = 300;

/// A mail relay and the connections open to it.
pub(super) struct Relay {
    host: String,
    port: u16,
    security: Security,
    credentials: Option<Credentials>,
    tls: Option<TlsParameters>,
    hello: ClientId,
    idle: Mutex<Vec<Connection>>,
}

struct Connection {
    smtp: AsyncSmtpConnection,
    messages: u32,
    since: Instant,
}

/// Why a dialogue ended without acceptance.
enum Failure {
    /// The server said no. The connection can be used again.
    Refused(Stage, u16, String),
    /// The connection is gone, or cannot be trusted to be in step.
    Broken(Stage, String),
    /// The relay is not what the plan says: no STARTTLS, no login we know, a certificate nobody vouches for.
    Unfit(String),
}

impl Relay {
    /// Reads the secret and the certificate. Does not connect.
    pub(super) fn new(name: &str, smtp: &Smtp, root: &Path, host: &str) -> Result<Self, Error> {
        let credentials = match &smtp.account {
            None => None,
            Some((user, password)) => {
                let password = password
                    .reveal(root)
                    .map_err(|source| Error::Secret { provider: name.to_owned(), source })?;
                Some(Credentials::new(user.clone(), password.expose().to_owned()))
            }
        };
        let tls = match smtp.security {
            Security::None => None,
            Security::Starttls | Security::Tls => {
                let set_up = |what| Error::SetUp { provider: name.to_owned(), what };
                Some(tls_parameters(smtp, root).map_err(set_up)?)
            }
        };
        Ok(Self {
            host: smtp.host.clone(),
            port: smtp.port,
            security: smtp.security,
            credentials,
            tls,
            hello: ClientId::Domain(host.to_owned()),
            idle: Mutex::default(),
        })
    }

    /// Hands one mail off and says what the relay answered.
    pub(super) async fn hand_off(&self, mail: &Mail) -> Reply {
        // A kept connection may have died unnoticed; nothing has left by then, so a fresh one is tried.
        if let Some(mut kept) = self.kept() {
            match self.speak(&mut kept, mail).await {
                Err(Failure::Broken(Stage::Sender, _) | Failure::Refused(Stage::Sender, 421, _)) => {}
                result => return self.finish(kept, result).await,
            }
        }
        match self.connect().await {
            Ok(mut fresh) => {
                let result = self.speak(&mut fresh, mail).await;
                self.finish(fresh, result).await
            }
            Err(failure) => reply(failure),
        }
    }

    fn kept(&self) -> Option<Connection> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some(connection) = idle.pop() {
            if connection.since.elapsed() < IDLE && connection.messages < MESSAGES_MAX {
                return Some(connection);
            }
        }
        None
    }

    async fn connect(&self) -> Result<Connection, Failure> {
        let connected = tokio::time::timeout(STEP_LIMIT, self.greet()).await;
        let smtp = connected.unwrap_or_else(|_| Err(Failure::Broken(Stage::Hello, timed_out(STEP_LIMIT))))?;
        Ok(Connection { smtp, messages: 0, since: Instant::now() })
    }

    async fn greet(&self) -> Result<AsyncSmtpConnection, Failure> {
        let hello = |error| failure(Stage::Hello, &error);
        let mut smtp = match (self.security, &self.tls) {
            (Security::Tls, Some(tls)) => {
                let address = (self.host.as_str(), self.port);
                AsyncSmtpConnection::connect_tokio1(address, None, &self.hello, Some(tls.clone()), None)
                    .await
                    .map_err(hello)?
            }
            _ => {
                let stream = self.dial().await.map_err(|e| Failure::Broken(Stage::Hello, e.to_string()))?;
                AsyncSmtpConnection::connect_with_transport(Box::new(stream), &self.hello)
                    .await
                    .map_err(hello)?
            }
        };
        if self.security == Security::Starttls
            && let Some(tls) = &self.tls
        {
            smtp.starttls(tls.clone(), &self.hello).await.map_err(hello)?;
        }
        if let Some(credentials) = &self.credentials {
            let login = smtp.auth(DEFAULT_MECHANISMS, credentials).await;
            login.map_err(|error| failure(Stage::Login, &error))?;
        }
        Ok(smtp)
    }

    /// A connection of our own making, because lettre's would wait 40 ms with every mail (no TCP_NODELAY).
    async fn dial(&self) -> std::io::Result<TcpStream> {
        let stream = TcpStream::connect((self.host.as_str(), self.port)).await?;
        stream.set_nodelay(true)?;
        Ok(stream)
    }

    async fn speak(&self, connection: &mut Connection, mail: &Mail) -> Result<Response, Failure> {
        let smtp = &mut connection.smtp;
        step(Stage::Sender, smtp.command(MailFrom::new(Some(mail.from.clone()), vec![]))).await?;
        step(Stage::Recipient, smtp.command(Rcpt::new(mail.to.clone(), vec![]))).await?;
        step(Stage::Data, smtp.command(Data)).await?;
        limited(Stage::Body, ACCEPTANCE_LIMIT, smtp.command(transparent(mail))).await
    }

    /// Keeps the connection where it can be used again, and sorts the answer.
    async fn finish(&self, mut connection: Connection, result: Result<Response, Failure>) -> Reply {
        connection.messages += 1;
        connection.since = Instant::now();
        match result {
            Ok(response) => {
                self.keep(connection);
                accepted(&response)
            }
            Err(failure) => {
                if let Failure::Refused(..) = failure
                    && step(Stage::Sender, connection.smtp.command(Rset)).await.is_ok()
                {
                    self.keep(connection);
                }
                reply(failure)
            }
        }
    }

    fn keep(&self, connection: Connection) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
    }

    /// Says goodbye on every kept connection.
    pub(super) async fn close(&self) {
        let idle = std::mem::take(&mut *self.idle.lock().unwrap_or_else(PoisonError::into_inner));
        for mut connection in idle {
            let goodbye = connection.smtp.quit();
            // Whether the relay answers goodbye changes nothing any more.
            let _ = tokio::time::timeout(Duration::from_secs(1), goodbye).await;
        }
    }
}

fn tls_parameters(smtp: &Smtp, root: &Path) -> Result<TlsParameters, String> {
    let mut builder = TlsParameters::builder(smtp.host.clone());
    if let Some(path) = &smtp.ca_file {
        let unusable = |why: String| format!("the certificate {} cannot be used: {why}", path.display());
        let pem = std::fs::read(root.join(path)).map_err(|error| unusable(error.to_string()))?;
        if !pem.windows(PEM_START.len()).any(|window| window == PEM_START) {
            // A file without a certificate reads as no certificates at all.
            return Err(unusable("there is none in the file".to_owned()));
        }
        let certificate = Certificate::from_pem(&pem).map_err(|error| unusable(error.to_string()))?;
        builder = builder.add_root_certificate(certificate);
    }
    builder.build().map_err(|error| error.to_string())
}

async fn step(
    stage: Stage,
    command: impl Future<Output = Result<Response, SmtpError>>,
) -> Result<Response, Failure> {
    limited(stage, STEP_LIMIT, command).await
}

async fn limited(
    stage: Stage,
    limit: Duration,
    command: impl Future<Output = Result<Response, SmtpError>>,
) -> Result<Response, Failure> {
    match tokio::time::timeout(limit, command).await {
        Ok(answered) => answered.map_err(|error| failure(stage, &error)),
        Err(_) => Err(Failure::Broken(stage, timed_out(limit))),
    }
}

fn timed_out(limit: Duration) -> String {
    format!("no answer within {} seconds", limit.as_secs())
}

fn failure(stage: Stage, error: &SmtpError) -> Failure {
    let words = std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string);
    match error.status() {
        Some(code) => Failure::Refused(stage, code.into(), words),
        None if error.is_client() || is_untrusted(error) => Failure::Unfit(words),
        None => Failure::Broken(stage, words),
    }
}

/// Whether TLS ended the connection, not the network.
fn is_untrusted(error: &SmtpError) -> bool {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if error.downcast_ref::<std::io::Error>().is_some_and(|io| io.kind() == ErrorKind::InvalidData) {
            return true;
        }
        cause = error.source();
    }
    error.is_tls()
}

fn accepted(response: &Response) -> Reply {
    let words = response.message().collect::<Vec<_>>().join(" ");
    let queued = words.split_once("queued as ").and_then(|(_, rest)| rest.split_whitespace().next());
    let reference = queued.map(|id| id.trim_end_matches(['.', ')']).to_owned());
    told(ReplyClass::Accepted, u16::from(response.code()), &words, reference)
}

fn reply(failure: Failure) -> Reply {
    match failure {
        Failure::Refused(stage, code, words) => told(classify(stage, code, &words), code, &words, None),
        Failure::Broken(stage, words) => {
            let class = if stage == Stage::Body { ReplyClass::Ambiguous } else { ReplyClass::Retryable };
            unsaid(class, &format!("{}: {words}", stage.phrase()))
        }
        Failure::Unfit(words) => unsaid(ReplyClass::Account, &words),
    }
}

/// A reply the server did not give.
fn unsaid(class: ReplyClass, words: &str) -> Reply {
    Reply { class, code: String::new(), words: shortened(words), reference: None, retry_after: None }
}

fn told(class: ReplyClass, code: u16, words: &str, reference: Option<String>) -> Reply {
    let (code, words) = match enhanced(words) {
        Some((class, subject, detail)) => {
            let rest = words.split_once(char::is_whitespace).map_or("", |(_, rest)| rest);
            (format!("{code} {class}.{subject}.{detail}"), rest)
        }
        None => (code.to_string(), words),
    };
    Reply { class, code, words: shortened(words), reference, retry_after: None }
}

/// The server's words without controls and without anything that looks like an address, cut to a length.
fn shortened(words: &str) -> String {
    let masked = words.split_whitespace().map(|word| if word.contains('@') { "…" } else { word });
    let line: String = masked.collect::<Vec<_>>().join(" ");
    line.chars().filter(|c| !c.is_control()).take(WORDS_CHARACTERS_MAX).collect()
}

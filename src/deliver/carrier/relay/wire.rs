//! A connection to a mail server: writes commands and reads answers.
//!
//! Promises: an answer has at most [`ANSWER_BYTES_MAX`] bytes in memory; after an invalid or incomplete answer, the
//! connection is not used again.

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::answer::{self, Answer, Arrived};

/// No longer answer is listened to.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// Anything that bytes can be sent over both ways.
pub(super) trait Socket: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Socket for S {}

/// A connection.
pub(super) struct Wire<S> {
    socket: S,
    /// What arrived and was not read as an answer yet.
    inbox: Vec<u8>,
    /// Whether every answer so far came whole.
    sound: bool,
}

/// There is no answer.
pub(super) struct ReadError {
    /// The code of the result of one.
    pub(super) code: Option<u16>,
    /// Why there is none.
    pub(super) why: String,
}

impl<S: Socket> Wire<S> {
    pub(super) fn new(socket: S) -> Self {
        Self { socket, inbox: Vec::new(), sound: true }
    }

    /// The same connection, whatever it is made of.
    pub(super) fn boxed(self) -> Wire<Box<dyn Socket>>
    where
        S: 'static,
    {
        Wire { socket: Box::new(self.socket), inbox: self.inbox, sound: self.sound }
    }

    /// The bare connection, to be encrypted. `None` where the server spoke out of turn: anyone who sits in between
    /// could put words into the encrypted dialogue that way.
    pub(super) fn into_socket(self) -> Option<S> {
        self.is_in_step().then_some(self.socket)
    }

    /// Whether what arrives next is the answer to what is said next.
    pub(super) fn is_in_step(&self) -> bool {
        self.sound && self.inbox.is_empty()
    }

    /// Sends all of `words`.
    pub(super) async fn say(&mut self, words: &[u8]) -> Result<(), String> {
        let sent = async {
            self.socket.write_all(words).await?;
            self.socket.flush().await
        };
        sent.await.map_err(|error: std::io::Error| {
            self.sound = false;
            error.to_string()
        })
    }

    /// The next answer.
    pub(super) async fn answer(&mut self) -> Result<Answer, ReadError> {
        loop {
            match answer::read(&self.inbox) {
                Arrived::Whole(answer, bytes) => {
                    self.inbox.drain(..bytes);
                    return Ok(answer);
                }
                Arrived::Garbage => {
                    self.sound = false;
                    let why = "not an SMTP reply".to_owned();
                    return Err(ReadError { code: None, why });
                }
                Arrived::Part if self.inbox.len() >= ANSWER_BYTES_MAX => {
                    return Err(self.break_off("the SMTP reply is incomplete"));
                }
                Arrived::Part => {}
            }
            match self.socket.read_buf(&mut self.inbox).await {
                Ok(0) => return Err(self.break_off("the connection was closed")),
                Ok(_) => {}
                Err(error) => return Err(self.break_off(&error.to_string())),
            }
        }
    }

    /// Listens no longer, and says what came so far of the answer.
    pub(super) fn break_off(&mut self, why: &str) -> ReadError {
        self.sound = false;
        let code = answer::code_of_part(&self.inbox);
        self.inbox.clear();
        ReadError { code, why: why.to_owned() }
    }
}

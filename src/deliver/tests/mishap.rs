//! What a server of a table does at the moment a row is about, byte for byte.

use std::fmt;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The size of a flood in bytes.
const FLOOD_BYTES: usize = 10 * 1024 * 1024;

/// The pause before each byte of what is said slowly.
const BYTE_PAUSE: Duration = Duration::from_millis(5);

/// Words, and what comes after them.
#[derive(Clone)]
pub(super) struct Mishap {
    words: String,
    slow_tail: String,
    flood: bool,
    then: Then,
}

/// What a server does when it has said its words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Then {
    /// The next thing.
    GoOn,
    /// Closes the connection.
    Close,
    /// Resets the connection.
    Reset,
    /// Nothing more, and listens to nothing.
    Hang,
}

/// Says these lines.
pub(super) fn say(words: &str) -> Mishap {
    Mishap { words: format!("{words}\r\n"), slow_tail: String::new(), flood: false, then: Then::GoOn }
}

/// Says exactly this.
pub(super) fn raw(words: &str) -> Mishap {
    Mishap { words: words.to_owned(), ..say("") }
}

/// Says nothing.
pub(super) fn nothing() -> Mishap {
    raw("")
}

impl fmt::Debug for Mishap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: String = self.words.chars().take(60).collect();
        write!(f, "{words:?}, slow tail of {}, flood {}, {:?}", self.slow_tail.len(), self.flood, self.then)
    }
}

impl Mishap {
    /// Says this too, byte by byte.
    pub(super) fn slowly(self, tail: &str) -> Self {
        Self { slow_tail: tail.to_owned(), ..self }
    }

    /// Repeats it, ten megabytes of it.
    pub(super) fn flood(self) -> Self {
        Self { flood: true, ..self }
    }

    pub(super) fn then(self, then: Then) -> Self {
        Self { then, ..self }
    }

    /// Whether its words begin with one of these.
    pub(super) fn begins_with(&self, first: &[char]) -> bool {
        self.words.starts_with(first)
    }

    /// Does it. `false` when the connection is of no more use.
    pub(super) async fn happen(&self, stream: &mut TcpStream) -> std::io::Result<bool> {
        if self.flood {
            let part = self.words.repeat(1 + 64 * 1024 / self.words.len());
            for _ in 0..=FLOOD_BYTES / part.len() {
                stream.write_all(part.as_bytes()).await?;
            }
        } else {
            stream.write_all(self.words.as_bytes()).await?;
        }
        for byte in self.slow_tail.as_bytes() {
            tokio::time::sleep(BYTE_PAUSE).await;
            stream.write_all(&[*byte]).await?;
        }
        match self.then {
            Then::GoOn => {}
            Then::Close => stream.shutdown().await?,
            Then::Reset => {
                stream.set_zero_linger()?;
                // It is reset when it is dropped, and this makes anyone who holds it drop it.
                return Err(std::io::ErrorKind::ConnectionReset.into());
            }
            // The other side ends it.
            Then::Hang => while stream.read(&mut [0; 1024]).await? > 0 {},
        }
        Ok(self.then == Then::GoOn)
    }
}

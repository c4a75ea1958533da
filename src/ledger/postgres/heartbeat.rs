//! A connection that only checks whether the server answers, for monitoring.
//!
//! Promises: each answer comes within seconds, whether the server answers or not, and is never retried. Makes and
//! changes no table.

use std::path::Path;

use super::{Error, Server, server_at};

/// The connection, and the name of its server.
#[derive(Debug)]
pub struct Heartbeat {
    name: String,
    server: Server,
}

impl Heartbeat {
    /// One for the server at `url`, as [`connect`](super::connect) has it. Connects to nothing yet.
    ///
    /// # Errors
    ///
    /// The URL cannot be read, or leaves open whether to encrypt.
    pub fn at(url: &str, ca_file: Option<&Path>) -> Result<Self, Error> {
        let (name, server) = server_at(url, ca_file)?;
        Ok(Self { name, server })
    }

    /// Asks once.
    ///
    /// # Errors
    ///
    /// The server does not answer, or refuses to.
    pub fn beat(&mut self) -> Result<(), Error> {
        let failed =
            |source: postgres::Error| Error::Open { ledger: self.name.clone(), source: source.into() };
        self.server.beat().map_err(failed)
    }
}

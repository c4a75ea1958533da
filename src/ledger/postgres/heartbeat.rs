//! A connection that checks whether the server answers and which host leads, for monitoring.
//!
//! Promises: each answer comes within seconds, whether the server answers or not, and is never retried. Makes no table, and changes
//! only that of the leader.

use std::path::Path;

use postgres::Client;

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

    /// Asks the server one thing, once.
    pub(super) fn ask<T>(
        &mut self,
        question: impl FnOnce(&mut Client) -> Result<T, postgres::Error>,
    ) -> Result<T, postgres::Error> {
        self.server.ask(question)
    }

    /// What it means that the server did not answer.
    pub(super) fn failed(&self, source: postgres::Error) -> Error {
        Error::Open { ledger: self.name.clone(), source: source.into() }
    }
}

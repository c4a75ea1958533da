//! The ledger on a PostgreSQL server, for any number of workers on any number of machines.
//!
//! Promises: only a server that accepts writes is used, never a standby; a schema of a newer allclear or the tables of
//! another program are refused and not changed. Planning and claiming are on the server's disk (and on that of its
//! synchronous standbys) when they return; settling is `synchronous_commit = off`. Rows are locked only during a
//! transaction, never during a call of a provider. A transaction that lost against another one, or whose connection broke
//! before its end, is run again, a few times.
//!
//! Only features of every PostgreSQL server are used: no extension, no stored code. Workers are woken by `LISTEN` if the
//! server passes it on, and poll otherwise.

mod durability;
mod heartbeat;
mod leader;
mod schema;
#[cfg(test)]
mod tests;

pub use durability::{Durability, SynchronousCommit};
pub use heartbeat::Heartbeat;
pub use leader::{Candidate, Leader};

use std::path::Path;

use super::Error;
use super::sql::SqlLedger;
use super::sql::connection::Connection;
use super::sql::server::client::{self as server, Server};
use super::sql::server::tls::{self, Transport};

/// Connects to the ledger at `url` (`postgres://user:password@host:port/database`, or `key=value` pairs), makes its
/// tables if there are none, and brings older ones to today's schema. Says how durable the server is.
///
/// `sslmode=verify-full` in the URL encrypts the connection, and so does `require`: there is none with a server whose
/// certificate cannot be verified. `sslmode=disable` does not encrypt. Without either only a server on this host is
/// connected to, plainly. `ca_file` names the certificates (PEM) to trust in place of the well-known ones.
///
/// # Errors
///
/// The server cannot be reached, only reads, or holds another program's tables or those of a newer allclear. No
/// error shows the URL: it may hold a password.
pub fn connect(url: &str, ca_file: Option<&Path>) -> Result<(SqlLedger, Durability), Error> {
    match open(url, ca_file, true)? {
        Some(opened) => Ok(opened),
        None => Err(Error::Open { ledger: "server".to_owned(), source: "it has no tables".into() }),
    }
}

/// The same, for a look: no table is made or changed. `None` if the server has no ledger of this version.
///
/// # Errors
///
/// As [`connect`].
pub fn look(url: &str, ca_file: Option<&Path>) -> Result<Option<SqlLedger>, Error> {
    Ok(open(url, ca_file, false)?.map(|(ledger, _)| ledger))
}

fn open(
    url: &str,
    ca_file: Option<&Path>,
    may_change: bool,
) -> Result<Option<(SqlLedger, Durability)>, Error> {
    let (name, mut server) = server_at(url, ca_file)?;
    let failed = |source: postgres::Error| Error::Open { ledger: name.clone(), source: source.into() };
    let client = server.client().map_err(failed)?;
    if server::only_reads(client).map_err(failed)? {
        return Err(Error::ReadOnly { ledger: name });
    }
    match schema::found(client).map_err(failed)? {
        schema::Found::Foreign => return Err(Error::NotALedger { ledger: name }),
        schema::Found::Newer(found) => {
            return Err(Error::Newer { ledger: name, found, known: schema::newest() });
        }
        schema::Found::Older if !may_change => return Ok(None),
        schema::Found::Older => schema::migrate(client).map_err(failed)?,
        schema::Found::Newest => {}
    }
    let durability = durability::read(client).map_err(failed)?;
    Ok(Some((SqlLedger::new(Connection::Postgres(Box::new(server)), name), durability)))
}

/// The server at `url` and its name, before anything is said to it.
fn server_at(url: &str, ca_file: Option<&Path>) -> Result<(String, Server), Error> {
    let unreadable = |_| Error::Open { ledger: "server".to_owned(), source: "its URL cannot be read".into() };
    let config = tls::spelled(url).parse().map_err(unreadable)?;
    let name = server::name(&config);
    let unsafely = |what: String| Error::Open { ledger: name.clone(), source: what.into() };
    let transport = Transport::of(&config, ca_file).map_err(unsafely)?;
    Ok((name, Server::new(config, transport)))
}

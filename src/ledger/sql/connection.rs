//! A connection to either database, and how a transaction runs on it.

use std::time::Duration;
use std::{mem, thread};

use postgres::IsolationLevel;
use rusqlite::TransactionBehavior;

use super::fault::LedgerFault;
use super::file::damage;
use super::file::inspection::Inspection;
use super::server::client::Server;
use super::session::Session;

/// What a transaction waits for at its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::ledger) enum Commit {
    /// That it is on the disk.
    Durable,
    /// That the database has it: it survives our process, not a power cut.
    Fast,
}

#[derive(Debug)]
pub(in crate::ledger) enum Connection {
    /// To a file, and whether it has to be read from end to end.
    Sqlite(rusqlite::Connection, Inspection),
    Postgres(Box<Server>),
}

impl Connection {
    /// Runs `work` in one transaction. On a server it may run more than once; only the last time counts.
    pub(in crate::ledger) fn transact<T>(
        &mut self,
        commit: Commit,
        mut work: impl FnMut(&mut Session<'_>) -> Result<T, LedgerFault>,
    ) -> Result<T, LedgerFault> {
        match self {
            Self::Sqlite(connection, _) => {
                let synchronous = match commit {
                    Commit::Durable => "FULL",
                    Commit::Fast => "NORMAL",
                };
                connection.pragma_update(None, "synchronous", synchronous)?;
                let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
                finish(Session::Sqlite(transaction), work)
            }
            Self::Postgres(server) => server.run(|client, prepared, tells| {
                let mut transaction = client.transaction()?;
                if commit == Commit::Fast {
                    transaction.batch_execute("SET LOCAL synchronous_commit TO OFF")?;
                }
                finish(Session::Postgres { transaction, prepared, tells }, &mut work)
            }),
        }
    }

    /// Waits for another connection to write, or to tell that it did. `seen` is the version that a file had when it was
    /// looked at last.
    pub(in crate::ledger) fn wait(&mut self, at_most: Duration, seen: &mut i64) -> Result<bool, LedgerFault> {
        match self {
            Self::Sqlite(connection, _) => {
                thread::sleep(at_most);
                let version = connection.pragma_query_value(None, "data_version", |row| row.get(0))?;
                Ok(mem::replace(seen, version) != version)
            }
            Self::Postgres(server) => server.wait(at_most),
        }
    }

    /// Whether a wait looks once at its end, because a file does not signal that it changed.
    pub(in crate::ledger) fn is_polled(&self) -> bool {
        matches!(self, Self::Sqlite(..))
    }

    /// Whether a wait ends when there is work.
    pub(in crate::ledger) fn is_signaled(&self) -> bool {
        match self {
            Self::Sqlite(..) => true,
            Self::Postgres(server) => server.tells(),
        }
    }

    /// Runs `work` on one snapshot, without the right to write.
    pub(in crate::ledger) fn read<T>(
        &mut self,
        mut work: impl FnMut(&mut Session<'_>) -> Result<T, LedgerFault>,
    ) -> Result<T, LedgerFault> {
        match self {
            Self::Sqlite(connection, _) => work(&mut Session::Sqlite(connection.transaction()?)),
            Self::Postgres(server) => server.run(|client, prepared, tells| {
                let snapshot = client.build_transaction().isolation_level(IsolationLevel::RepeatableRead);
                let transaction = snapshot.read_only(true).start()?;
                work(&mut Session::Postgres { transaction, prepared, tells })
            }),
        }
    }

    /// What is wrong with the store, where that can be asked: a server looks after its own pages. A file is read from end to end
    /// if that is due, or if `wholly` is set.
    pub(in crate::ledger) fn find_damage(&mut self, wholly: bool) -> Result<Option<String>, LedgerFault> {
        match self {
            Self::Sqlite(connection, inspection) if wholly || inspection.is_due() => {
                let found = damage::find(&*connection.transaction()?)?;
                if found.is_none() && !wholly {
                    inspection.keep(connection);
                }
                Ok(found)
            }
            Self::Sqlite(connection, _) => Ok(damage::find_in_rows(&*connection.transaction()?)?),
            Self::Postgres(_) => Ok(None),
        }
    }
}

fn finish<T>(
    mut session: Session<'_>,
    mut work: impl FnMut(&mut Session<'_>) -> Result<T, LedgerFault>,
) -> Result<T, LedgerFault> {
    let done = work(&mut session)?;
    match session {
        Session::Sqlite(transaction) => transaction.commit()?,
        Session::Postgres { transaction, .. } => transaction.commit().map_err(LedgerFault::Commit)?,
    }
    Ok(done)
}

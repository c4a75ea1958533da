//! The ledger over a connection to either database: how its work runs in transactions.
//!
//! Promises: every method of a role is one transaction, and its error names the store and what was being done.

use std::time::Duration;

use super::brake;
use super::connection::{Commit, Connection};
use super::fault::LedgerFault;
use super::session::Session;
use crate::ledger::Error;

/// A ledger in a SQLite file ([`open`](crate::ledger::sqlite::open)) or on a PostgreSQL server
/// ([`connect`](crate::ledger::postgres::connect)).
#[derive(Debug)]
pub struct SqlLedger {
    connection: Connection,
    name: String,
    /// What a file's version was when it was looked at last.
    seen: i64,
}

impl SqlLedger {
    /// A ledger over a connection whose schema is today's; `name` is for messages and holds no secret.
    pub(in crate::ledger) fn new(connection: Connection, name: String) -> Self {
        Self { connection, name, seen: 0 }
    }

    /// Waits until another connection may have made a step due, up to a time limit; one that comes due by itself ends
    /// no wait. `false` when the time ran out first.
    ///
    /// # Errors
    ///
    /// The server is away.
    pub fn wait(&mut self, at_most: Duration) -> Result<bool, Error> {
        let waited = self.connection.wait(at_most, &mut self.seen);
        waited.map_err(|fault| fault.into_error(&self.name, "wait for work"))
    }

    /// Whether [`wait`](Self::wait) sees work only at its end, so that a planner in this process should signal it.
    pub fn is_polled(&self) -> bool {
        self.connection.is_polled()
    }

    /// Whether [`wait`](Self::wait) ends when there is work. Some servers pass on no signal.
    pub fn is_signaled(&self) -> bool {
        self.connection.is_signaled()
    }

    /// Refuses a store that cannot be trusted: a bit that flipped in a file, a row that was changed by hand. Takes
    /// time with the number of subscribers and queued messages, and with the size of the file if it has to be read from end to
    /// end ([`open_at`](crate::ledger::sqlite::open_at)); call it before anything is sent.
    ///
    /// # Errors
    ///
    /// [`Error::Damaged`] says what is wrong, other errors that the store could not be read.
    pub fn check(&mut self) -> Result<(), Error> {
        self.refuse_damaged(false)
    }

    /// [`check`](Self::check), always reads the file from end to end, and writes nothing.
    ///
    /// # Errors
    ///
    /// Those of [`check`](Self::check).
    pub fn inspect(&mut self) -> Result<(), Error> {
        self.refuse_damaged(true)
    }

    fn refuse_damaged(&mut self, wholly: bool) -> Result<(), Error> {
        let damage = self.connection.find_damage(wholly);
        match damage.map_err(|fault| fault.into_error(&self.name, "check the rows"))? {
            None => Ok(()),
            Some(what) => Err(Error::Damaged { ledger: self.name.clone(), what }),
        }
    }

    /// Runs `work` in one transaction that is on the disk when it returns.
    pub(super) fn write<T>(
        &mut self,
        doing: &'static str,
        work: impl FnMut(&mut Session<'_>) -> Result<T, LedgerFault>,
    ) -> Result<T, Error> {
        self.transact(doing, Commit::Durable, work)
    }

    pub(super) fn transact<T>(
        &mut self,
        doing: &'static str,
        commit: Commit,
        work: impl FnMut(&mut Session<'_>) -> Result<T, LedgerFault>,
    ) -> Result<T, Error> {
        self.connection.transact(commit, work).map_err(|fault| fault.into_error(&self.name, doing))
    }

    /// Runs `work` on one snapshot, without the right to write.
    pub(super) fn read<T>(
        &mut self,
        doing: &'static str,
        work: impl FnMut(&mut Session<'_>) -> Result<T, LedgerFault>,
    ) -> Result<T, Error> {
        self.connection.read(work).map_err(|fault| fault.into_error(&self.name, doing))
    }

    /// Runs `work`; when it raises an alarm, nothing of it stays but the brake.
    pub(super) fn write_or_brake<T>(
        &mut self,
        doing: &'static str,
        work: impl FnMut(&mut Session<'_>) -> Result<T, LedgerFault>,
    ) -> Result<T, Error> {
        let done = self.connection.transact(Commit::Durable, work);
        if let Err(LedgerFault::Alarm { brake, changes }) = &done {
            self.write("set the brake", |session| brake::pull_for(session, brake, changes))?;
        }
        done.map_err(|fault| fault.into_error(&self.name, doing))
    }
}

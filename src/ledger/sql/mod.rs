//! The protocol of the ledger in SQL, written once for both databases.
//!
//! Promises: every method is one transaction; what a database must do in its own way (open, lock rows, insert by the
//! thousand) is asked of it, everything else is the same statement on both. A transaction that lost against
//! another one (PostgreSQL says so) is run again, a few times.

mod baseline;
mod brake;
mod budget;
mod candidates;
mod claim;
mod column;
pub(super) mod columns;
mod connection;
mod joining;
mod lanes;
mod leases;
mod limits;
mod mark;
mod message;
mod overdue;
mod people;
mod plan;
mod reports;
mod rows;
mod session;
mod settle;
mod steps;
mod story;
mod sums;
#[cfg(test)]
mod tests;

use std::error::Error as StdError;
use std::time::Duration;

use chrono::TimeDelta;

pub(super) use connection::{Commit, Connection};
pub(super) use rows::{NoticeRow, StepRow};
pub(super) use session::{Prepared, Session};

use super::postgres::is_away;
use super::stored::Unreadable;
use super::{
    Added, Attempt, Brake, ChangeSummary, Claim, ClaimRequest, Error, Explained, Hold, Ledger, Listed, Mark,
    Missed, Move, Moved, People, PlanRequest, Planning, Recovered, Report, Reported, Settled, UnreadableRow,
    Verdict,
};
use crate::model::Moment;
use crate::model::announced::Announced;
use crate::model::change::ChangeId;
use crate::model::endpoint::Endpoint;
use crate::model::incident::IncidentId;
use crate::model::subscriber::{Consent, Subscriber, SubscriberId, Subscription};

/// A ledger in a SQLite file ([`open`](super::sqlite::open)) or on a PostgreSQL server
/// ([`connect`](super::postgres::connect)).
#[derive(Debug)]
pub struct SqlLedger {
    connection: Connection,
    name: String,
    /// What a file's version was when it was looked at last.
    seen: i64,
}

/// Why work inside a transaction stopped; the transaction is rolled back.
pub(super) enum Fault {
    Sqlite(rusqlite::Error),
    Postgres(postgres::Error),
    /// The last word of a transaction failed: unless the server said no, it may have happened.
    Commit(postgres::Error),
    Unreadable(&'static str),
    Unfounded(String),
    Braked(Brake),
    /// Something is wrong enough to pull the brake, once what was done is rolled back.
    Alarm(Brake),
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl From<postgres::Error> for Fault {
    fn from(error: postgres::Error) -> Self {
        Self::Postgres(error)
    }
}

impl From<Unreadable> for Fault {
    fn from(error: Unreadable) -> Self {
        Self::Unreadable(error.what)
    }
}

impl Fault {
    /// The error for the caller of the ledger of that name.
    pub(super) fn into_error(self, ledger: &str, doing: &'static str) -> Error {
        let ledger = ledger.to_owned();
        let failed =
            |ledger, source: Box<dyn StdError + Send + Sync>| Error::Database { ledger, doing, source };
        match self {
            Self::Sqlite(error) if is_damage(&error) => Error::Damaged { ledger, what: error.to_string() },
            Self::Sqlite(error) => failed(ledger, error.into()),
            Self::Postgres(error) | Self::Commit(error) if is_away(&error) => {
                Error::Away { ledger, doing, source: error.into() }
            }
            Self::Postgres(error) | Self::Commit(error) => failed(ledger, error.into()),
            Self::Unreadable(what) => Error::Damaged { ledger, what: format!("unreadable {what}") },
            Self::Unfounded(what) => Error::Unfounded { ledger, doing, what },
            Self::Braked(brake) | Self::Alarm(brake) => Error::Braked(brake),
        }
    }
}

fn is_damage(error: &rusqlite::Error) -> bool {
    let code = error.sqlite_error_code();
    matches!(code, Some(rusqlite::ErrorCode::DatabaseCorrupt | rusqlite::ErrorCode::NotADatabase))
}

impl SqlLedger {
    /// A ledger over a connection whose schema is today's; `name` is for messages and holds no secret.
    pub(super) fn new(connection: Connection, name: String) -> Self {
        Self { connection, name, seen: 0 }
    }

    /// Waits until another connection may have made a step due, at most so long; one that comes due by itself ends
    /// no wait. `false` when the time ran out first.
    ///
    /// # Errors
    ///
    /// The server is away.
    pub fn wait(&mut self, at_most: Duration) -> Result<bool, Error> {
        let waited = self.connection.wait(at_most, &mut self.seen);
        waited.map_err(|fault| fault.into_error(&self.name, "wait for work"))
    }

    /// Whether [`wait`](Self::wait) ends when there is work. Some servers tell nobody.
    pub fn is_told(&self) -> bool {
        self.connection.is_told()
    }

    /// Refuses a store that cannot be trusted: a bit that flipped in a file, a row that was changed by hand. Takes
    /// time with the size of the file; call it before anything is sent.
    ///
    /// # Errors
    ///
    /// [`Error::Damaged`] says what is wrong, other errors that the store could not be read.
    pub fn check(&mut self) -> Result<(), Error> {
        let damage = self.connection.find_damage();
        match damage.map_err(|fault| fault.into_error(&self.name, "check the rows"))? {
            None => Ok(()),
            Some(what) => Err(Error::Damaged { ledger: self.name.clone(), what }),
        }
    }

    /// How far this ledger has come. What it says is on the disk when it returns.
    ///
    /// # Errors
    ///
    /// The store failed.
    pub fn mark(&mut self) -> Result<Mark, Error> {
        self.write("mark how far it has come", mark::take)
    }

    /// Ends every step that is not at an end as one that may have been sent: in a copy of a ledger that was used on,
    /// nobody knows what was. Says how many.
    ///
    /// # Errors
    ///
    /// The store failed.
    pub fn doubt_all(&mut self, reason: &str, now: Moment) -> Result<u64, Error> {
        self.write("doubt what waits", |session| mark::doubt_all(session, reason, now))
    }

    /// Runs `work` in one transaction that is on the disk when it returns.
    fn write<T>(
        &mut self,
        doing: &'static str,
        work: impl FnMut(&mut Session<'_>) -> Result<T, Fault>,
    ) -> Result<T, Error> {
        self.transact(doing, Commit::Durable, work)
    }

    fn transact<T>(
        &mut self,
        doing: &'static str,
        commit: Commit,
        work: impl FnMut(&mut Session<'_>) -> Result<T, Fault>,
    ) -> Result<T, Error> {
        self.connection.transact(commit, work).map_err(|fault| fault.into_error(&self.name, doing))
    }

    /// Runs `work` on one snapshot, without the right to write.
    fn read<T>(
        &mut self,
        doing: &'static str,
        work: impl FnMut(&mut Session<'_>) -> Result<T, Fault>,
    ) -> Result<T, Error> {
        self.connection.read(work).map_err(|fault| fault.into_error(&self.name, doing))
    }

    /// Runs `work`; when it raises an alarm, nothing of it stays but the brake.
    fn write_or_brake<T>(
        &mut self,
        doing: &'static str,
        work: impl FnMut(&mut Session<'_>) -> Result<T, Fault>,
    ) -> Result<T, Error> {
        let done = self.connection.transact(Commit::Durable, work);
        if let Err(Fault::Alarm(brake)) = &done {
            self.pull_brake(&brake.reason, brake.since)?;
        }
        done.map_err(|fault| fault.into_error(&self.name, doing))
    }
}

impl People for SqlLedger {
    fn add_subscribers(
        &mut self,
        people: &[Subscription],
        consent: &Consent,
        draw: &mut dyn FnMut() -> [u8; 16],
    ) -> Result<Vec<Added>, Error> {
        self.write("add subscribers", |session| joining::add(session, people, consent, draw))
    }

    fn confirm_subscriber(&mut self, id: &SubscriberId, now: Moment) -> Result<bool, Error> {
        self.write("confirm a subscriber", |session| people::confirm(session, id, now))
    }

    fn remove_subscriber(&mut self, id: &SubscriberId, now: Moment) -> Result<bool, Error> {
        self.write("remove a subscriber", |session| people::remove(session, id, now))
    }

    fn list_subscribers(&mut self) -> Result<Vec<Listed>, Error> {
        self.read("list subscribers", people::list)
    }

    fn unreadable_subscribers(&mut self) -> Result<Vec<UnreadableRow>, Error> {
        self.read("look for subscribers that cannot be read", people::unreadable_rows)
    }

    fn subscribers_at(&mut self, endpoint: &Endpoint) -> Result<Vec<Listed>, Error> {
        self.read("find a subscriber", |session| people::at(session, endpoint))
    }

    fn subscribers(&mut self) -> Result<Vec<Subscriber>, Error> {
        self.read("read the subscribers", people::active)
    }

    fn suppress(&mut self, endpoint: &Endpoint, reason: &str, now: Moment) -> Result<bool, Error> {
        self.write("suppress an address", |session| people::suppress(session, endpoint, reason, now))
    }

    fn lift_suppression(&mut self, endpoint: &Endpoint) -> Result<bool, Error> {
        self.write("lift a suppression", |session| people::lift(session, endpoint))
    }
}

impl Ledger for SqlLedger {
    fn announced(&mut self) -> Result<Option<Announced>, Error> {
        self.read("read the baseline", baseline::read)
    }

    fn adopt(&mut self, announced: &Announced, now: Moment) -> Result<(), Error> {
        self.write("adopt a baseline", |session| baseline::adopt(session, announced, now))
    }

    fn plan(&mut self, request: &PlanRequest<'_>, now: Moment) -> Result<Planning, Error> {
        self.write_or_brake("plan", |session| plan::plan(session, request, now))
    }

    fn claim(&mut self, request: &ClaimRequest<'_>, now: Moment) -> Result<Claim, Error> {
        self.write_or_brake("claim", |session| claim::claim(session, request, now))
    }

    fn start(&mut self, hold: &Hold, lease: TimeDelta, now: Moment) -> Result<bool, Error> {
        self.transact("start a handoff", Commit::Fast, |session| settle::start(session, hold, lease, now))
    }

    fn settle(&mut self, hold: &Hold, attempt: &Attempt, verdict: Verdict) -> Result<Settled, Error> {
        self.transact("settle a handoff", Commit::Fast, |session| {
            settle::settle(session, hold, attempt, verdict)
        })
    }

    fn report(&mut self, report: &Report) -> Result<Reported, Error> {
        // Durable: whoever brought it does not bring it again.
        self.write("record a report", |session| reports::report(session, report))
    }

    fn give_back(&mut self, hold: &Hold, due: Moment, now: Moment) -> Result<(), Error> {
        self.transact("give a step back", Commit::Fast, |session| settle::give_back(session, hold, due, now))
    }

    fn make_all(&mut self, moves: &[Move]) -> Result<Vec<Moved>, Error> {
        self.transact("settle handoffs", Commit::Fast, |session| settle::make_all(session, moves))
    }

    fn holders(&mut self) -> Result<Vec<String>, Error> {
        self.read("read the leases", leases::holders)
    }

    fn abandon(&mut self, worker: &str, now: Moment) -> Result<u64, Error> {
        self.write("end a lease", |session| leases::abandon(session, worker, now))
    }

    fn recover(&mut self, now: Moment) -> Result<Recovered, Error> {
        self.write("recover", |session| overdue::recover(session, now))
    }

    fn brake(&mut self) -> Result<Option<Brake>, Error> {
        self.read("read the brake", brake::read)
    }

    fn pull_brake(&mut self, reason: &str, now: Moment) -> Result<(), Error> {
        self.write("pull the brake", |session| brake::pull(session, reason, now))
    }

    fn release_brake(&mut self) -> Result<bool, Error> {
        self.write("release the brake", brake::release)
    }

    fn explain(&mut self, who: &SubscriberId, what: Option<&IncidentId>) -> Result<Vec<Explained>, Error> {
        self.read("explain", |session| story::explain(session, who, what))
    }

    fn summary(&mut self, what: Option<&IncidentId>) -> Result<Vec<ChangeSummary>, Error> {
        self.read("sum up", |session| sums::summary(session, what))
    }

    fn missed(&mut self, change: &ChangeId, most: usize) -> Result<Vec<Missed>, Error> {
        self.read("look for those it missed", |session| sums::missed(session, change, most))
    }

    fn unfinished(&mut self) -> Result<u64, Error> {
        self.read("count the steps", story::unfinished)
    }
}

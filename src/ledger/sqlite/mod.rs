//! The ledger in one SQLite file: the default, for one host.
//!
//! Promises: a file is made with its schema or not at all; a file of a newer schema, of another program, or
//! damaged is refused by name and left as it is, never replaced by an empty one. Planning and claiming are on
//! the disk when they return (`synchronous=FULL`); settling survives a killed process and is on the disk with the next
//! plan or claim (`NORMAL`). Several processes of one host may share the file; a network disk is not supported,
//! because its locks cannot be trusted.

mod baseline;
mod brake;
mod claim;
mod columns;
mod leases;
mod people;
mod plan;
mod schema;
mod settle;
mod steps;
mod story;
#[cfg(test)]
mod tests;

use std::path::Path;
use std::time::Duration;

use chrono::TimeDelta;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, Transaction, TransactionBehavior};

use super::stored::Unreadable;
use super::{
    Attempt, Brake, ChangeSummary, Claim, ClaimRequest, Error, Explained, Hold, Ledger, Listed, PlanRequest,
    Planning, Recovered, Settled, Verdict,
};
use crate::model::Moment;
use crate::model::address::Endpoint;
use crate::model::announced::Announced;
use crate::model::incident::IncidentId;
use crate::model::subscriber::{Subscriber, SubscriberId, Subscription};

/// How long a statement waits for another process's transaction.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// A ledger in a SQLite file.
#[derive(Debug)]
pub struct SqliteLedger {
    connection: Connection,
    name: String,
}

/// Opens the ledger at `path`, makes it when there is none, and brings an older one to today's schema. The
/// folder must exist.
///
/// # Errors
///
/// The file cannot be opened or made, belongs to another program or a newer allclear, or is damaged.
pub fn open(path: &Path) -> Result<SqliteLedger, Error> {
    let name = path.display().to_string();
    let connection = Connection::open(path)
        .map_err(|source| Error::Open { ledger: name.clone(), source: source.into() })?;
    SqliteLedger::prepare(connection, name)
}

/// Makes a ledger that lives as long as the value, for tests and demonstrations.
///
/// # Errors
///
/// SQLite has no memory.
pub fn open_in_memory() -> Result<SqliteLedger, Error> {
    let name = "in memory".to_owned();
    let connection = Connection::open_in_memory()
        .map_err(|source| Error::Open { ledger: name.clone(), source: source.into() })?;
    SqliteLedger::prepare(connection, name)
}

/// How durable a transaction is once it is committed.
#[derive(Clone, Copy)]
enum Durability {
    /// On the disk.
    Disk,
    /// With the operating system: survives the process, not a power cut.
    Process,
}

/// Why work inside a transaction stopped; the transaction is rolled back.
enum Fault {
    Sql(rusqlite::Error),
    Unreadable(&'static str),
    Unfounded(String),
    Braked(Brake),
    /// Something is wrong enough to pull the brake, once what was done is rolled back.
    Alarm(Brake),
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sql(error)
    }
}

impl From<Unreadable> for Fault {
    fn from(error: Unreadable) -> Self {
        Self::Unreadable(error.what)
    }
}

impl SqliteLedger {
    fn prepare(connection: Connection, name: String) -> Result<Self, Error> {
        let mut ledger = Self { connection, name };
        ledger.set_up().map_err(|fault| ledger.error("open", fault, true))?;
        ledger.check_header()?;
        ledger.check_pages()?;
        ledger.migrate()?;
        Ok(ledger)
    }

    fn set_up(&mut self) -> Result<(), Fault> {
        self.connection.busy_timeout(BUSY_TIMEOUT)?;
        self.connection.pragma_update(None, "foreign_keys", true)?;
        self.connection.pragma_update(None, "trusted_schema", false)?;
        // Plans that do not depend on values: else a query that was prepared is prepared again with each new moment.
        self.connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        self.connection.set_prepared_statement_cache_capacity(64);
        Ok(())
    }

    /// Refuses files of other programs and of newer schemas before anything is written.
    fn check_header(&mut self) -> Result<(), Error> {
        let read = |connection: &Connection| -> Result<(i64, i64, i64), Fault> {
            let pragma = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
            Ok((pragma("application_id")?, pragma("user_version")?, pragma("page_count")?))
        };
        let header = read(&self.connection);
        let (application, version, pages) = header.map_err(|fault| self.error("open", fault, true))?;
        if pages > 0 && application != schema::APPLICATION {
            return Err(Error::Foreign { ledger: self.name.clone() });
        }
        let known = schema::newest();
        if version > known {
            return Err(Error::Newer { ledger: self.name.clone(), found: version, known });
        }
        Ok(())
    }

    fn check_pages(&mut self) -> Result<(), Error> {
        let checked = self.connection.query_row("PRAGMA quick_check(1)", [], |row| row.get::<_, String>(0));
        match checked {
            Ok(word) if word == "ok" => Ok(()),
            Ok(what) => Err(Error::Damaged { ledger: self.name.clone(), what }),
            Err(error) => Err(self.error("check", error.into(), false)),
        }
    }

    fn migrate(&mut self) -> Result<(), Error> {
        let wal = self.connection.pragma_update(None, "journal_mode", "wal");
        wal.map_err(|error| self.error("open", error.into(), true))?;
        self.write("bring the schema up to date", schema::migrate)
    }

    /// Runs `work` in one transaction that is on the disk when it returns.
    fn write<T>(
        &mut self,
        doing: &'static str,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, Fault>,
    ) -> Result<T, Error> {
        self.transact(doing, Durability::Disk, work)
    }

    fn transact<T>(
        &mut self,
        doing: &'static str,
        durability: Durability,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, Fault>,
    ) -> Result<T, Error> {
        let run = |connection: &mut Connection| {
            let synchronous = match durability {
                Durability::Disk => "FULL",
                Durability::Process => "NORMAL",
            };
            connection.pragma_update(None, "synchronous", synchronous)?;
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let done = work(&transaction)?;
            transaction.commit()?;
            Ok(done)
        };
        run(&mut self.connection).map_err(|fault| self.error(doing, fault, false))
    }

    /// Runs `work` on one snapshot, without the right to write.
    fn read<T>(
        &mut self,
        doing: &'static str,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, Fault>,
    ) -> Result<T, Error> {
        let run = |connection: &mut Connection| work(&connection.transaction()?);
        run(&mut self.connection).map_err(|fault| self.error(doing, fault, false))
    }

    fn error(&self, doing: &'static str, fault: Fault, opening: bool) -> Error {
        let ledger = self.name.clone();
        match fault {
            Fault::Sql(error) => match error.sqlite_error_code() {
                Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                    Error::Damaged { ledger, what: error.to_string() }
                }
                _ if opening => Error::Open { ledger, source: error.into() },
                _ => Error::Database { ledger, doing, source: error.into() },
            },
            Fault::Unreadable(what) => Error::Damaged { ledger, what: format!("unreadable {what}") },
            Fault::Unfounded(what) => Error::Unfounded { ledger, doing, what },
            Fault::Braked(brake) | Fault::Alarm(brake) => Error::Braked(brake),
        }
    }

    /// Runs `work`; when it raises an alarm, nothing of it stays but the brake.
    fn write_or_brake<T>(
        &mut self,
        doing: &'static str,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, Fault>,
    ) -> Result<T, Error> {
        let mut alarm = None;
        let done = self.write(doing, |transaction| {
            work(transaction).inspect_err(|fault| {
                if let Fault::Alarm(brake) = fault {
                    alarm = Some(brake.clone());
                }
            })
        });
        if let Some(brake) = alarm {
            self.pull_brake(&brake.reason, brake.since)?;
        }
        done
    }
}

impl Ledger for SqliteLedger {
    fn announced(&mut self) -> Result<Option<Announced>, Error> {
        self.read("read the baseline", baseline::read)
    }

    fn adopt(&mut self, announced: &Announced, now: Moment) -> Result<(), Error> {
        self.write("adopt a baseline", |transaction| baseline::adopt(transaction, announced, now))
    }

    fn add_subscribers(&mut self, people: &[Subscription], now: Moment) -> Result<Vec<SubscriberId>, Error> {
        self.write("add subscribers", |transaction| people::add(transaction, people, now))
    }

    fn remove_subscriber(&mut self, id: &SubscriberId, now: Moment) -> Result<bool, Error> {
        self.write("remove a subscriber", |transaction| people::remove(transaction, id, now))
    }

    fn list_subscribers(&mut self) -> Result<Vec<Listed>, Error> {
        self.read("list subscribers", people::list)
    }

    fn subscribers_at(&mut self, endpoint: &Endpoint) -> Result<Vec<Listed>, Error> {
        self.read("find a subscriber", |transaction| people::at(transaction, endpoint))
    }

    fn subscribers(&mut self) -> Result<Vec<Subscriber>, Error> {
        self.read("read the subscribers", people::active)
    }

    fn suppress(&mut self, endpoint: &Endpoint, reason: &str, now: Moment) -> Result<bool, Error> {
        self.write("suppress an address", |transaction| people::suppress(transaction, endpoint, reason, now))
    }

    fn lift_suppression(&mut self, endpoint: &Endpoint) -> Result<bool, Error> {
        self.write("lift a suppression", |transaction| people::lift(transaction, endpoint))
    }

    fn plan(&mut self, request: &PlanRequest<'_>, now: Moment) -> Result<Planning, Error> {
        self.write_or_brake("plan", |transaction| plan::plan(transaction, request, now))
    }

    fn claim(&mut self, request: &ClaimRequest<'_>, now: Moment) -> Result<Claim, Error> {
        self.write_or_brake("claim", |transaction| claim::claim(transaction, request, now))
    }

    fn start(&mut self, hold: &Hold, lease: TimeDelta, now: Moment) -> Result<bool, Error> {
        self.transact("start a handoff", Durability::Process, |transaction| {
            settle::start(transaction, hold, lease, now)
        })
    }

    fn settle(&mut self, hold: &Hold, attempt: &Attempt, verdict: Verdict) -> Result<Settled, Error> {
        self.transact("settle a handoff", Durability::Process, |transaction| {
            settle::settle(transaction, hold, attempt, verdict)
        })
    }

    fn give_back(&mut self, hold: &Hold, due: Moment, now: Moment) -> Result<(), Error> {
        self.transact("give a step back", Durability::Process, |transaction| {
            settle::give_back(transaction, hold, due, now)
        })
    }

    fn holders(&mut self) -> Result<Vec<String>, Error> {
        self.read("read the leases", leases::holders)
    }

    fn abandon(&mut self, worker: &str, now: Moment) -> Result<u64, Error> {
        self.write("end a lease", |transaction| leases::abandon(transaction, worker, now))
    }

    fn recover(&mut self, now: Moment) -> Result<Recovered, Error> {
        self.write("recover", |transaction| settle::recover(transaction, now))
    }

    fn brake(&mut self) -> Result<Option<Brake>, Error> {
        self.read("read the brake", brake::read)
    }

    fn pull_brake(&mut self, reason: &str, now: Moment) -> Result<(), Error> {
        self.write("pull the brake", |transaction| brake::pull(transaction, reason, now).map(drop))
    }

    fn release_brake(&mut self) -> Result<bool, Error> {
        self.write("release the brake", brake::release)
    }

    fn explain(&mut self, who: &SubscriberId, what: Option<&IncidentId>) -> Result<Vec<Explained>, Error> {
        self.read("explain", |transaction| story::explain(transaction, who, what))
    }

    fn summary(&mut self) -> Result<Vec<ChangeSummary>, Error> {
        self.read("sum up", story::summary)
    }

    fn next_due(&mut self) -> Result<Option<Moment>, Error> {
        self.read("look ahead", story::next_due)
    }

    fn unfinished(&mut self) -> Result<u64, Error> {
        self.read("count the steps", story::unfinished)
    }
}

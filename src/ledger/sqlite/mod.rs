//! The ledger in one SQLite file: the default, for one host.
//!
//! Promises: a file is created with its schema or not at all; a file of a newer schema, of another program, or with damage
//! is refused by name and not changed, never replaced by an empty one. [`SqlLedger::check`], before anything is sent, compares the
//! checksums of its rows; each day and after each start of the machine, the file is read from end to end as well
//! (`src/ledger/sql/file/inspection.rs`). Planning and claiming are on the disk
//! when they return (`synchronous=FULL`); settling survives a killed process and is on the disk with the next plan or claim
//! (`NORMAL`). Several processes of one host may share the file; a network disk is not supported, because its locks cannot
//! be trusted.

mod schema;
#[cfg(test)]
mod tests;

use std::fs::{self, OpenOptions, Permissions};
use std::io::ErrorKind;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, TransactionBehavior};

use super::BootTime;
use super::Error;
use super::sql::SqlLedger;
use super::sql::connection::Connection as Store;
use super::sql::file::inspection::Inspection;
use super::sql::file::{checksum, damage};

/// How long a statement waits for another process's transaction.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a file that another process is setting up is left before it is tried again, and how often it is.
const BUSY_PAUSE: Duration = Duration::from_millis(20);
const BUSY_TRIES_MAX: u32 = 500;

const OWNER_ONLY: u32 = 0o600;

/// Opens the ledger at `path`, makes it when there is none, and brings an older one to today's schema. The
/// folder must exist. Reads the whole file, here and in [`SqlLedger::check`].
///
/// # Errors
///
/// The file cannot be opened or made, belongs to another program or a newer allclear, or is damaged.
pub fn open(path: &Path) -> Result<SqlLedger, Error> {
    open_at(path, None)
}

/// [`open`], but reads the whole file only if the last [`SqlLedger::check`] that did so was before this boot or a day ago.
///
/// # Errors
///
/// Those of [`open`].
pub fn open_at(path: &Path, now: Option<&BootTime>) -> Result<SqlLedger, Error> {
    let name = path.display().to_string();
    let fault = |source| Error::Open { ledger: name.clone(), source };
    owner_only(path).map_err(|error| fault(error.into()))?;
    let connection = Connection::open(path).map_err(|error| fault(error.into()))?;
    let inspection = Inspection::of(&connection, path, now);
    File { connection, name, inspection }.prepare()
}

/// Makes sure that only the file's owner may read the addresses in it. SQLite gives its journals the same mode.
fn owner_only(path: &Path) -> std::io::Result<()> {
    // A URI of SQLite, such as that of a ledger in memory, is the name of no file.
    if path.starts_with("file:") {
        return Ok(());
    }
    match OpenOptions::new().create_new(true).write(true).mode(OWNER_ONLY).open(path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        made => return made.map(drop),
    }
    let is_open = fs::metadata(path)?.permissions().mode() & 0o077 != 0;
    if is_open {
        let _not_the_owner = fs::set_permissions(path, Permissions::from_mode(OWNER_ONLY));
    }
    Ok(())
}

/// Makes a ledger that lives as long as the value, for tests and demonstrations.
///
/// # Errors
///
/// SQLite has no memory.
pub fn open_in_memory() -> Result<SqlLedger, Error> {
    let name = "in memory".to_owned();
    let connection = Connection::open_in_memory()
        .map_err(|source| Error::Open { ledger: name.clone(), source: source.into() })?;
    File { connection, name, inspection: Inspection::default() }.prepare()
}

/// Makes a ledger in memory that other connections of this process find by its URI, for as long as one of them is open.
#[cfg(test)]
pub(crate) fn open_shared_in_memory(uri: &str) -> Result<SqlLedger, Error> {
    let connection = Connection::open(uri)
        .map_err(|source| Error::Open { ledger: uri.to_owned(), source: source.into() })?;
    File { connection, name: uri.to_owned(), inspection: Inspection::default() }.prepare()
}

/// A file on its way to being a ledger.
struct File {
    connection: Connection,
    name: String,
    inspection: Inspection,
}

impl File {
    fn prepare(mut self) -> Result<SqlLedger, Error> {
        self.set_up().map_err(|error| self.error(error))?;
        self.check_header()?;
        if self.inspection.is_due() {
            self.check_pages()?;
        }
        self.migrate()?;
        checksum::keep(&self.connection).map_err(|error| self.error(error))?;
        Ok(SqlLedger::new(Store::Sqlite(self.connection, self.inspection), self.name))
    }

    fn set_up(&self) -> rusqlite::Result<()> {
        self.connection.busy_timeout(BUSY_TIMEOUT)?;
        self.connection.pragma_update(None, "trusted_schema", false)?;
        // Plans that do not depend on values: else a query that was prepared is prepared again with each new moment.
        self.connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        self.connection.set_prepared_statement_cache_capacity(64);
        Ok(())
    }

    /// Refuses files of other programs and of newer schemas before anything is written.
    fn check_header(&self) -> Result<(), Error> {
        // One snapshot: another process may make the ledger between two reads.
        let snapshot = self.connection.unchecked_transaction().map_err(|error| self.error(error))?;
        let pragma = |name| snapshot.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
        let number = |name| pragma(name).map_err(|error| self.error(error));
        let (application, version) = (number("application_id")?, number("user_version")?);
        // A file without a table is one that another process makes at this moment, or was killed while making.
        let has_tables = || {
            let text = "SELECT EXISTS (SELECT 1 FROM sqlite_schema)";
            snapshot.query_row(text, [], |row| row.get::<_, bool>(0)).map_err(|error| self.error(error))
        };
        let is_blank = application == 0 && version == 0 && !has_tables()?;
        if !is_blank && application != schema::APPLICATION {
            return Err(Error::NotALedger { ledger: self.name.clone() });
        }
        let known = schema::newest();
        if version > known {
            return Err(Error::Newer { ledger: self.name.clone(), found: version, known });
        }
        Ok(())
    }

    /// Switches the file to a write-ahead log. SQLite does not wait for another process that is about to do so.
    fn keep_a_log(&self) -> rusqlite::Result<()> {
        let switch = || self.connection.pragma_update(None, "journal_mode", "wal");
        for _ in 0..BUSY_TRIES_MAX {
            match switch() {
                Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => {
                    std::thread::sleep(BUSY_PAUSE);
                }
                done => return done,
            }
        }
        switch()
    }

    fn check_pages(&self) -> Result<(), Error> {
        match damage::look(&self.connection, "quick_check") {
            Ok(None) => Ok(()),
            Ok(Some(what)) => Err(self.damaged(what)),
            Err(error) => Err(self.error(error)),
        }
    }

    fn migrate(&mut self) -> Result<(), Error> {
        match self.migrate_whole() {
            Ok(None) => Ok(()),
            Ok(Some(what)) => Err(self.damaged(what)),
            Err(error) => Err(self.error(error)),
        }
    }

    /// Migrates a file that is whole; says what is wrong with another, which is left as it is.
    fn migrate_whole(&mut self) -> rusqlite::Result<Option<String>> {
        // A migration that replaces a table must not take along what points to it; this cannot be said in a transaction.
        self.connection.pragma_update(None, "foreign_keys", false)?;
        self.keep_a_log()?;
        self.connection.pragma_update(None, "synchronous", "FULL")?;
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        if !schema::is_newest(&transaction)? {
            if schema::has_sums(&transaction)?
                && let Some(what) = damage::find(&transaction)?
            {
                return Ok(Some(what));
            }
            schema::migrate(&transaction)?;
            checksum::store_checksum(&transaction)?;
        }
        transaction.commit()?;
        self.connection.pragma_update(None, "foreign_keys", true)?;
        Ok(None)
    }

    fn damaged(&self, what: String) -> Error {
        Error::Damaged { ledger: self.name.clone(), what }
    }

    fn error(&self, error: rusqlite::Error) -> Error {
        let ledger = self.name.clone();
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                Error::Damaged { ledger, what: error.to_string() }
            }
            _ => Error::Open { ledger, source: error.into() },
        }
    }
}

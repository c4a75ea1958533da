//! The reasons why a transaction stopped, and the errors that callers of the ledger get for them.

use std::error::Error as StdError;

use super::away::is_away;
use crate::ledger::stored::Unreadable;
use crate::ledger::{Brake, Error};
use crate::model::change::ChangeId;
use crate::model::incident::IncidentId;

/// Why work inside a transaction stopped; the transaction is rolled back.
pub(in crate::ledger) enum LedgerFault {
    Sqlite(rusqlite::Error),
    Postgres(postgres::Error),
    /// The last word of a transaction failed: unless the server said no, it may have happened.
    Commit(postgres::Error),
    Unreadable(&'static str),
    Unfounded(String),
    Braked(Brake),
    /// A record of control is not the one that was read.
    ControlChanged(IncidentId),
    /// Something is wrong enough to pull the brake, once what was done is rolled back.
    Alarm {
        brake: Brake,
        /// The changes that are too many, if that is the cause.
        changes: Vec<ChangeId>,
    },
}

impl From<rusqlite::Error> for LedgerFault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl From<postgres::Error> for LedgerFault {
    fn from(error: postgres::Error) -> Self {
        Self::Postgres(error)
    }
}

impl From<Unreadable> for LedgerFault {
    fn from(error: Unreadable) -> Self {
        Self::Unreadable(error.what)
    }
}

impl LedgerFault {
    /// The error for the caller of the ledger of that name.
    pub(in crate::ledger) fn into_error(self, ledger: &str, doing: &'static str) -> Error {
        let ledger = ledger.to_owned();
        let failed =
            |ledger, source: Box<dyn StdError + Send + Sync>| Error::Database { ledger, doing, source };
        match self {
            Self::Sqlite(error) if is_damage(&error) => Error::Damaged { ledger, what: error.to_string() },
            Self::Sqlite(error) => failed(ledger, error.into()),
            Self::Postgres(error) | Self::Commit(error) if is_away(&error) => {
                Error::ServerUnreachable { ledger, doing, source: error.into() }
            }
            Self::Postgres(error) | Self::Commit(error) => failed(ledger, error.into()),
            Self::Unreadable(what) => Error::Damaged { ledger, what: format!("unreadable {what}") },
            Self::Unfounded(what) => Error::NotFound { ledger, doing, what },
            Self::ControlChanged(incident) => Error::ControlChanged { incident },
            Self::Braked(brake) | Self::Alarm { brake, .. } => Error::BrakeEngaged(brake),
        }
    }
}

fn is_damage(error: &rusqlite::Error) -> bool {
    let code = error.sqlite_error_code();
    matches!(code, Some(rusqlite::ErrorCode::DatabaseCorrupt | rusqlite::ErrorCode::NotADatabase))
}

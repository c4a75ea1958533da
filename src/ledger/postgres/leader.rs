//! The lease by which one of several hosts on a ledger leads.
//!
//! Promises: by the clock of the server, which is the only one that is read, at most one host holds the lease. Asking is one
//! statement, so that a host that freezes meanwhile holds no row. What is asked is never retried.

use std::time::Duration;

use postgres::error::SqlState;
use postgres::{Client, Row};

use super::{Error, Heartbeat};
use crate::model::Moment;

/// A host that would lead.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// The ID of this process; no two have the same.
    pub id: String,
    /// The ID of the process before it in the same folder, which is known to be dead. Its lease passes to this one.
    pub heir_of: String,
    /// The host, in words for people.
    pub host: String,
    /// Its worker; empty if it has none.
    pub worker: String,
}

/// The host that leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leader {
    /// The ID of its process.
    pub id: String,
    /// The host, in words for people.
    pub host: String,
    /// Its worker; empty if it has none.
    pub worker: String,
    /// Since when it leads.
    pub since: Moment,
}

/// Takes the lease or renews it, if no other host holds it, and gives the holder.
const STAND: &str = "
WITH clock AS (SELECT CAST(extract(epoch FROM now()) * 1000 AS BIGINT) AS ms),
taken AS (
    INSERT INTO leader (one, id, host, worker, since, until) SELECT 1, $1, $3, $4, ms, ms + $5 FROM clock
    ON CONFLICT (one) DO UPDATE SET
        id = excluded.id, host = excluded.host, worker = excluded.worker, until = excluded.until,
        since = CASE WHEN leader.id = $1 AND leader.until > excluded.since THEN leader.since ELSE excluded.since END
    WHERE leader.id IN ($1, $2) OR leader.until <= excluded.since
    RETURNING id, host, worker, since)
SELECT id, host, worker, since FROM taken
UNION ALL SELECT id, host, worker, since FROM leader WHERE NOT EXISTS (SELECT 1 FROM taken)";

impl Heartbeat {
    /// Asks to lead for that long, and says who leads. `None` if the ledger has no tables of this version yet.
    ///
    /// # Errors
    ///
    /// The server does not answer, or refuses to.
    pub fn stand(&mut self, candidate: &Candidate, lease: Duration) -> Result<Option<Leader>, Error> {
        let lease = i64::try_from(lease.as_millis()).unwrap_or(i64::MAX);
        let Candidate { id, heir_of, host, worker } = candidate;
        let ask = |client: &mut Client| {
            client.query_opt(STAND, &[id, heir_of, host, worker, &lease])?.map(read).transpose()
        };
        let asked = self.ask(ask);
        match asked {
            Err(error) if error.code() == Some(&SqlState::UNDEFINED_TABLE) => Ok(None),
            asked => asked.map_err(|source| self.failed(source)),
        }
    }

    /// Ends the lease, if that candidate holds it, so that another host need not wait for its end.
    ///
    /// # Errors
    ///
    /// The server does not answer, or refuses to.
    pub fn step_down(&mut self, candidate: &Candidate) -> Result<(), Error> {
        let ask = |client: &mut Client| {
            client.execute("UPDATE leader SET until = 0 WHERE id = $1", &[&candidate.id])
        };
        self.ask(ask).map(drop).map_err(|source| self.failed(source))
    }
}

fn read(row: Row) -> Result<Leader, postgres::Error> {
    let since = Moment::from_timestamp_millis(row.try_get(3)?).unwrap_or_default();
    Ok(Leader { id: row.try_get(0)?, host: row.try_get(1)?, worker: row.try_get(2)?, since })
}

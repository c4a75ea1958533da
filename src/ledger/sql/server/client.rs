//! A connection to a server that reconnects when it breaks.

use std::thread;
use std::time::Duration;
use std::{fmt, io};

use postgres::config::{Host, TargetSessionAttrs};
use postgres::error::SqlState;
use postgres::fallible_iterator::FallibleIterator;
use postgres::{Client, Config};

use super::tls::Transport;
use super::watched::UNANSWERED_MAX;
use crate::ledger::sql::away::is_away;
use crate::ledger::sql::fault::LedgerFault;
use crate::ledger::sql::session::Prepared;

/// How long a connection may take to be made, where the URL says nothing of it.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a server may leave what was sent unanswered before the connection counts as broken: one that vanished
/// says nothing any more.
const SILENCE_MAX: Duration = Duration::from_secs(15);

/// How long the server lets one of our statements take, and how long one may wait for rows that another transaction holds.
const STATEMENT_MAX: Duration = Duration::from_mins(10);
const LOCK_MAX: Duration = Duration::from_secs(30);

/// How long a transaction may stand still: one whose worker froze, or whose machine is gone, releases its rows then, so that
/// another host can continue. One that was only slow is run again.
const STILL_MAX: Duration = Duration::from_secs(10);

/// How long a transaction is run again and again at most, so that a primary can be replaced meanwhile and what was handed
/// off is still settled. Waits count, and attempts to connect that nobody answered.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long is waited after the first time: twice as long after each other time, up to a limit.
const FIRST_WAIT: Duration = Duration::from_millis(10);
const WAIT_MAX: Duration = Duration::from_secs(1);

/// The port of servers whose URL names none.
const USUAL_PORT: u16 = 5432;

/// The channel on which connections signal each other that there is work.
const CHANNEL: &str = "allclear";

/// A server and the connection to it.
pub(in crate::ledger) struct Server {
    config: Config,
    transport: Transport,
    client: Option<Client>,
    prepared: Prepared,
    /// Whether this server passes on signals between connections. Some that speak PostgreSQL do not.
    tells: bool,
    /// Whether patience ran out: until something succeeds again, everything is tried once. Else each of a hundred
    /// steps in progress would wait for its own minute.
    given_up: bool,
}

impl Server {
    pub(in crate::ledger) fn new(mut config: Config, transport: Transport) -> Self {
        config.application_name("allclear");
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECT_TIMEOUT);
        }
        if config.get_tcp_user_timeout().is_none() {
            config.tcp_user_timeout(SILENCE_MAX).keepalives_idle(SILENCE_MAX);
        }
        if config.get_hosts().len() > 1 {
            // Of several, the one that takes writes, whichever it is by now.
            config.target_session_attrs(TargetSessionAttrs::ReadWrite);
        }
        Self { config, transport, client: None, prepared: Prepared::new(), tells: false, given_up: false }
    }

    /// The connection, made when there is none.
    pub(in crate::ledger) fn client(&mut self) -> Result<&mut Client, postgres::Error> {
        let alive = self.client.take().filter(|client| !client.is_closed());
        let client = match alive {
            Some(client) => client,
            None => {
                self.prepared.clear();
                let mut client = self.transport.connect(&self.config)?;
                durability_of_session(&mut client)?;
                limits_of_session(&mut client)?;
                self.tells = client.batch_execute(&format!("LISTEN {CHANNEL}")).is_ok();
                client
            }
        };
        Ok(self.client.insert(client))
    }

    /// Whether a waiting worker is signaled.
    pub(in crate::ledger) fn tells(&self) -> bool {
        self.tells
    }

    /// Waits until another connection reports work, up to a time limit. `false` when none did.
    pub(in crate::ledger) fn wait(&mut self, at_most: Duration) -> Result<bool, LedgerFault> {
        let client = self.client()?;
        let mut told = client.notifications();
        if told.timeout_iter(at_most).next()?.is_none() {
            return Ok(false);
        }
        // One plan may have told several times; all of it is heard now.
        while told.iter().next()?.is_some() {}
        Ok(true)
    }

    /// Asks the server one thing, once.
    pub(in crate::ledger) fn ask<T>(
        &mut self,
        question: impl FnOnce(&mut Client) -> Result<T, postgres::Error>,
    ) -> Result<T, postgres::Error> {
        let answer = self.client().and_then(question);
        if answer.as_ref().is_err_and(|error| is_broken(error) || is_read_only(error)) {
            // The next connection may find another server.
            self.client = None;
        }
        answer
    }

    /// Runs a transaction until it is through, or fails for good.
    pub(in crate::ledger) fn run<T>(
        &mut self,
        mut transaction: impl FnMut(&mut Client, &mut Prepared, bool) -> Result<T, LedgerFault>,
    ) -> Result<T, LedgerFault> {
        let (mut left, mut wait) = (if self.given_up { Duration::ZERO } else { PATIENCE }, FIRST_WAIT);
        loop {
            let done = self.run_once(&mut transaction);
            let Err(fault) = &done else {
                self.given_up = false;
                return done;
            };
            if !can_run_again(fault) {
                return done;
            }
            let Some(rest) = left.checked_sub(wait + self.spent_on(fault)) else {
                self.given_up = true;
                return done;
            };
            thread::sleep(wait);
            (left, wait) = (rest, (wait * 2).min(WAIT_MAX));
        }
    }

    /// How long an attempt took that ended because nobody answered.
    fn spent_on(&self, fault: &LedgerFault) -> Duration {
        let LedgerFault::Postgres(error) = fault else { return Duration::ZERO };
        match error.code() {
            Some(&SqlState::LOCK_NOT_AVAILABLE) => return LOCK_MAX,
            Some(&SqlState::QUERY_CANCELED) => return STATEMENT_MAX,
            _ => {}
        }
        let source = std::error::Error::source(error).and_then(|source| source.downcast_ref::<io::Error>());
        match source.map(io::Error::kind) {
            Some(io::ErrorKind::TimedOut) => {
                self.config.get_connect_timeout().copied().unwrap_or_default().max(UNANSWERED_MAX)
            }
            _ => Duration::ZERO,
        }
    }

    fn run_once<T>(
        &mut self,
        transaction: &mut impl FnMut(&mut Client, &mut Prepared, bool) -> Result<T, LedgerFault>,
    ) -> Result<T, LedgerFault> {
        self.client()?;
        let Some(client) = &mut self.client else { return Err(LedgerFault::Unreadable("connection")) };
        let done = transaction(client, &mut self.prepared, self.tells);
        if let Err(LedgerFault::Postgres(error) | LedgerFault::Commit(error)) = &done
            && (is_read_only(error) || is_broken(error))
        {
            // The primary became a standby, or nobody is at the other end; the next connection may find the new one.
            self.client = None;
        }
        done
    }
}

/// Whether the connection is of no use any more.
fn is_broken(error: &postgres::Error) -> bool {
    error.code().is_none() && is_away(error)
}

/// Whether the server takes no writes: it has become a standby.
fn is_read_only(error: &postgres::Error) -> bool {
    error.code() == Some(&SqlState::READ_ONLY_SQL_TRANSACTION)
}

/// Whether nothing happened and it may go better next time: another transaction won, or the connection broke
/// before the end was asked for.
fn can_run_again(fault: &LedgerFault) -> bool {
    // The server took back a transaction that stood still, whatever it was asked afterwards.
    const LOST: [SqlState; 3] = [
        SqlState::T_R_SERIALIZATION_FAILURE,
        SqlState::T_R_DEADLOCK_DETECTED,
        SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT,
    ];
    let lost = |error: &postgres::Error| error.code().is_some_and(|code| LOST.contains(code));
    match fault {
        LedgerFault::Postgres(error) => lost(error) || is_away(error),
        LedgerFault::Commit(error) => lost(error),
        _ => false,
    }
}

/// Makes sure that a durable commit is one, whatever the server's default.
fn durability_of_session(client: &mut Client) -> Result<(), postgres::Error> {
    let level: Option<String> =
        client.query_one("SELECT current_setting('synchronous_commit', true)", &[])?.get(0);
    if level.as_deref() == Some("off") {
        client.batch_execute("SET synchronous_commit TO ON")?;
    }
    Ok(())
}

/// Sets a limit wherever neither the server nor the URL has one. Not every server that speaks PostgreSQL knows each.
fn limits_of_session(client: &mut Client) -> Result<(), postgres::Error> {
    for (name, limit) in [
        ("statement_timeout", STATEMENT_MAX),
        ("lock_timeout", LOCK_MAX),
        ("idle_in_transaction_session_timeout", STILL_MAX),
    ] {
        let set: Option<String> = client.query_one("SELECT current_setting($1, true)", &[&name])?.get(0);
        if set.as_deref() == Some("0") {
            client.batch_execute(&format!("SET {name} TO {}", limit.as_millis()))?;
        }
    }
    Ok(())
}

/// Whether the server takes no writes: a standby, or told so.
pub(in crate::ledger) fn only_reads(client: &mut Client) -> Result<bool, postgres::Error> {
    let recovers: bool = client.query_one("SELECT pg_is_in_recovery()", &[])?.try_get(0)?;
    let read_only: String = client.query_one("SHOW transaction_read_only", &[])?.try_get(0)?;
    Ok(recovers || read_only == "on")
}

/// The server and the database for messages, without user and password.
pub(in crate::ledger) fn name(config: &Config) -> String {
    let ports = config.get_ports();
    let hosts = config.get_hosts().iter().enumerate().map(|(at, host)| match host {
        // One port is for all hosts.
        Host::Tcp(name) => match ports.get(at).or(ports.first()) {
            Some(port) if *port != USUAL_PORT => format!("{name}:{port}"),
            _ => name.clone(),
        },
        Host::Unix(path) => path.display().to_string(),
    });
    let hosts = hosts.collect::<Vec<_>>().join(",");
    let database = config.get_dbname().or(config.get_user()).unwrap_or_default();
    format!("{database} on {hosts}")
}

impl Drop for Server {
    fn drop(&mut self) {
        // The connection says goodbye on a runtime of its own, which must not be inside another one.
        let client = self.client.take();
        let _gone = thread::spawn(move || drop(client)).join();
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("name", &name(&self.config)).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_holds_neither_user_nor_password() {
        for (url, expected) in [
            ("postgres://ana:hunter2@db.example.org:5433/notices", "notices on db.example.org:5433"),
            ("host=a,b user=ana password=hunter2 dbname=x", "x on a,b"),
        ] {
            let config: Config = url.parse().unwrap();
            assert_eq!(name(&config), expected);
            let shown = format!("{:?}", Server::new(config, Transport::Plain));
            assert!(!shown.contains("hunter2"), "{shown}");
        }
    }
}

//! Stores token buckets, pauses and circuit breakers: one row each, locked while it is changed.
//!
//! Promises: the rules are those of `bucket.rs` and `circuit.rs`; here a row is locked, read, changed and written.

use super::columns::{PENDING, WAITING, channel_number, endpoint, milliseconds, moment, readable, small};
use super::connection::Commit;
use super::fault::LedgerFault;
use super::session::{Row, Session};
use super::steps::{self, Ended, StepKey};
use super::store::SqlLedger;
use super::{budget, lanes, refusals};
use crate::chain::Event;
use crate::ledger::stored::incident;
use crate::ledger::{Due, EndedStep, Error, HeldTexts, ProviderStates, SharedProviderState};
use crate::limits::bucket::{TokenBucket, TokenBucketRate, TokenReservation};
use crate::limits::circuit::{BreakerTransition, CircuitBreaker, Open, RecentSends, SendCounts};
use crate::limits::storm::Refusals;
use crate::model::Moment;
use crate::model::change::ChangeId;
use crate::model::channel::Channel;
use crate::model::endpoint::Endpoint;
use crate::model::incident::IncidentId;
use crate::model::notice::StepId;
use crate::model::subscriber::SubscriberId;

/// How many steps are skipped in one transaction.
const PASSED_OVER_MAX: i64 = 500;

impl SharedProviderState for SqlLedger {
    fn reserve_tokens(
        &mut self,
        provider: &str,
        rate: &TokenBucketRate,
        wanted: u32,
        now: Moment,
    ) -> Result<TokenReservation, Error> {
        self.transact("take from a provider's rate", Commit::Fast, |session| {
            take_places(session, provider, rate, wanted, now)
        })
    }

    fn pause(&mut self, provider: &str, until: Moment) -> Result<(), Error> {
        self.transact("pause a provider", Commit::Fast, |session| {
            session.execute(
                "INSERT INTO pause (provider, until) VALUES (?1, ?2) ON CONFLICT (provider)
                 DO UPDATE SET until = excluded.until WHERE pause.until < excluded.until",
                &[&provider, &milliseconds(until)],
            )?;
            Ok(())
        })
    }

    fn learn(&mut self, owner: &str, tally: &SendCounts, now: Moment) -> Result<BreakerTransition, Error> {
        self.transact("count handoffs", Commit::Fast, |session| {
            let mut circuit = hold_circuit(session, owner)?;
            let turn = circuit.learn(tally, now);
            write_circuit(session, owner, &circuit)?;
            Ok(turn)
        })
    }

    fn weigh_refusals(&mut self, provider: &str, unrecorded: u64, now: Moment) -> Result<Refusals, Error> {
        self.transact("weigh refusals", Commit::Fast, |session| {
            refusals::weigh(session, provider, unrecorded, now)
        })
    }

    fn take_probe(&mut self, owner: &str, now: Moment) -> Result<bool, Error> {
        self.transact("take a probe", Commit::Fast, |session| {
            let mut circuit = hold_circuit(session, owner)?;
            let taken = circuit.take_probe(now);
            if taken {
                write_circuit(session, owner, &circuit)?;
            }
            Ok(taken)
        })
    }

    fn outlook(&mut self, now: Moment) -> Result<ProviderStates, Error> {
        self.read("look at the providers", |session| outlook(session, now))
    }

    fn skip_channel(&mut self, channel: Channel, reason: &str, now: Moment) -> Result<Vec<EndedStep>, Error> {
        self.transact("skip a failing channel", Commit::Fast, |session| {
            pass_over(session, channel, reason, now)
        })
    }

    fn count_on_hold(&mut self) -> Result<HeldTexts, Error> {
        self.read("count what is held", budget::held)
    }

    fn release_on_hold(&mut self, now: Moment) -> Result<u64, Error> {
        self.write("release held messages", |session| budget::let_go(session, now))
    }

    fn retry_now(&mut self, now: Moment) -> Result<u64, Error> {
        self.write("make retries due", |session| lanes::retry_now(session, now))
    }

    fn due(&mut self) -> Result<Due, Error> {
        self.read("find the next due message", lanes::due)
    }
}

fn take_places(
    session: &mut Session<'_>,
    provider: &str,
    rate: &TokenBucketRate,
    wanted: u32,
    now: Moment,
) -> Result<TokenReservation, LedgerFault> {
    let mut bucket = hold_bucket(session, provider)?;
    let before = bucket;
    let places = bucket.take(rate, wanted, now.timestamp_micros());
    if bucket != before {
        session.execute(
            "UPDATE bucket SET next = ?2, seen = ?3 WHERE provider = ?1",
            &[&provider, &bucket.next, &bucket.seen],
        )?;
    }
    Ok(places)
}

fn hold_bucket(session: &mut Session<'_>, provider: &str) -> Result<TokenBucket, LedgerFault> {
    let text =
        session.locking("SELECT next, seen FROM bucket WHERE provider = ?1", "FOR UPDATE").into_owned();
    let read = |row: &Row<'_>| Ok(TokenBucket { next: row.get(0)?, seen: row.get(1)? });
    if let Some(bucket) = session.find(&text, &[&provider], read)? {
        return Ok(bucket);
    }
    session.execute(
        "INSERT INTO bucket (provider, next, seen) VALUES (?1, 0, 0) ON CONFLICT (provider) DO NOTHING",
        &[&provider],
    )?;
    Ok(session.find(&text, &[&provider], read)?.unwrap_or_default())
}

const CIRCUIT_COLUMNS: &str = "owner, slices, opened_at, because, failed_at, probe_at, probes";

fn hold_circuit(session: &mut Session<'_>, owner: &str) -> Result<CircuitBreaker, LedgerFault> {
    let text = format!("SELECT {CIRCUIT_COLUMNS} FROM circuit WHERE owner = ?1");
    let text = session.locking(&text, "FOR UPDATE").into_owned();
    if let Some((_, circuit)) = session.find(&text, &[&owner], read_circuit)? {
        return Ok(circuit);
    }
    session.execute(
        "INSERT INTO circuit (owner, slices) VALUES (?1, '') ON CONFLICT (owner) DO NOTHING",
        &[&owner],
    )?;
    let found = session.find(&text, &[&owner], read_circuit)?;
    Ok(found.map(|(_, circuit)| circuit).unwrap_or_default())
}

fn read_circuit(row: &Row<'_>) -> Result<(String, CircuitBreaker), LedgerFault> {
    let unreadable = || LedgerFault::Unreadable("circuit");
    let window = RecentSends::read(&row.get::<String>(1)?).ok_or_else(unreadable)?;
    let open = match row.get::<Option<i64>>(2)? {
        None => None,
        Some(since) => {
            let numbers = [since, row.get(4)?, row.get(5)?, row.get(6)?];
            Some(Open::read(numbers, row.get(3)?).ok_or_else(unreadable)?)
        }
    };
    Ok((row.get(0)?, CircuitBreaker { window, open }))
}

fn write_circuit(
    session: &mut Session<'_>,
    owner: &str,
    circuit: &CircuitBreaker,
) -> Result<(), LedgerFault> {
    let open = circuit.open.as_ref();
    session.execute(
        "UPDATE circuit SET slices = ?2, opened_at = ?3, because = ?4, failed_at = ?5, probe_at = ?6, probes = ?7
         WHERE owner = ?1",
        &[
            &owner,
            &circuit.window.write(),
            &open.map(|open| milliseconds(open.since)),
            &open.map(|open| &open.because),
            &open.map(|open| milliseconds(open.failed_at)),
            &open.map(|open| milliseconds(open.probe_at)),
            &open.map(|open| i64::from(open.probes)),
        ],
    )?;
    Ok(())
}

fn outlook(session: &mut Session<'_>, now: Moment) -> Result<ProviderStates, LedgerFault> {
    let pauses =
        session.rows("SELECT provider, until FROM pause WHERE until > ?1", &[&milliseconds(now)], |row| {
            Ok((row.get(0)?, moment(row.get(1)?)?))
        })?;
    let text = format!("SELECT {CIRCUIT_COLUMNS} FROM circuit WHERE opened_at IS NOT NULL");
    let circuits = session.rows(&text, &[], read_circuit)?;
    Ok(ProviderStates { pauses: pauses.into_iter().collect(), circuits: circuits.into_iter().collect() })
}

/// A pending step whose chain has another one to continue with.
struct Passed {
    row: StepKey,
    step: StepId,
    subscriber: SubscriberId,
    incident: IncidentId,
    /// `None` where the stored one cannot be read.
    endpoint: Option<Endpoint>,
}

fn pass_over(
    session: &mut Session<'_>,
    channel: Channel,
    reason: &str,
    now: Moment,
) -> Result<Vec<EndedStep>, LedgerFault> {
    let mut ended = Vec::new();
    for Passed { row, step, subscriber, incident, endpoint } in passed(session, channel, now)? {
        // A chain with two steps that wait was found twice.
        let Some(Ended { state, next }) = steps::end(session, row, &Event::ChannelUnavailable, reason, now)?
        else {
            continue;
        };
        let reason = reason.to_owned();
        ended.push(EndedStep {
            step,
            subscriber,
            incident,
            channel,
            endpoint,
            state,
            reason,
            by_wish: false,
            next,
        });
    }
    Ok(ended)
}

/// Finds them. That one can be skipped is for the chain to say; this looks for no others, so that the same are not
/// found again and again.
fn passed(session: &mut Session<'_>, channel: Channel, now: Moment) -> Result<Vec<Passed>, LedgerFault> {
    // From the steps that wait, not from those that are pending: last steps are pending for as long as a provider
    // is away, and would be looked at again and again.
    let text = format!(
        "SELECT s.number, s.notice, c.id, p.id, s.position, e.channel, e.address, i.origin
         FROM step w JOIN step s ON s.notice = w.notice AND s.position <> w.position
              JOIN notice n ON n.number = s.notice JOIN subscriber p ON p.number = n.subscriber
              JOIN endpoint e ON e.number = s.endpoint JOIN change c ON c.number = n.change
              JOIN incident i ON i.number = n.incident
         WHERE w.state = {WAITING} AND w.due_at <= ?3 AND w.expires_at + COALESCE(w.spare, 0) > ?3
           AND s.state = {PENDING} AND s.channel = ?1 LIMIT ?2"
    );
    let text = session.locking(&text, "FOR UPDATE OF s SKIP LOCKED").into_owned();
    session.rows(&text, &[&channel_number(channel), &PASSED_OVER_MAX, &milliseconds(now)], |row| {
        let change = ChangeId::from_stored(row.get::<String>(2)?);
        let subscriber = SubscriberId::from_stored(row.get::<String>(3)?);
        Ok(Passed {
            row: StepKey { number: row.get(0)?, notice: row.get(1)? },
            step: StepId::derive(&change, &subscriber, channel, small(row.get(4)?)?),
            subscriber,
            incident: incident(&row.get::<String>(7)?)?,
            endpoint: readable(endpoint(row.get(5)?, &row.get::<String>(6)?))?,
        })
    })
}

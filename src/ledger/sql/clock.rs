//! Shifts stored times after a machine's clock was set.
//!
//! Promises: queued steps keep their remaining time, and are due no later than before; steps that were planned since the
//! clock was set do not change, and quiet hours do not either, because they are local times. The first process that notices
//! shifts them, once. Where several machines share a ledger, only the leases of the machine's own worker move: nobody knows
//! whose clock wrote the rest.

use std::time::Duration;

use chrono::TimeDelta;

use super::columns::{milliseconds, moment, state_list};
use super::fault::LedgerFault;
use super::session::Session;
use crate::ledger::ClockReading;
use crate::model::Moment;
use crate::model::notice::StepState;

/// A difference that is smaller is no step.
const STEP_MIN: TimeDelta = TimeDelta::seconds(1);

/// A machine that was not seen for so long counts as gone.
const GONE_AFTER: TimeDelta = TimeDelta::days(1);

/// What the names of the settings begin with that hold readings.
const NAME: &str = "clock ";

/// The steps that something is still to happen to.
const LIVE: [StepState; 4] =
    [StepState::Waiting, StepState::Pending, StepState::Claimed, StepState::Watching];

/// What is kept of a reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Kept {
    now: Moment,
    since_boot: Duration,
}

/// Keeps the reading, and moves what the clock's step would spoil. Says by how much the clock was set since the last reading.
pub(super) fn keep(
    session: &mut Session<'_>,
    reading: &ClockReading,
) -> Result<Option<TimeDelta>, LedgerFault> {
    let name = format!("{NAME}{}", reading.boot);
    let before = find(session, &name)?;
    let value = format!("{} {}", milliseconds(reading.now), reading.since_boot.as_millis());
    session.execute(
        "INSERT INTO setting (name, value) VALUES (?1, ?2)
         ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        &[&name, &value.into_bytes()],
    )?;
    let others = others(session, &name, reading.now)?;
    let Some(before) = before else { return Ok(None) };
    let by = reading.offset() - before.as_reading(reading).offset();
    if by.abs() < STEP_MIN {
        return Ok(None);
    }
    let unseen = reading.since_boot.saturating_sub(before.since_boot);
    let step = Step { reading, by, since: reading.now - TimeDelta::from_std(unseen).unwrap_or_default() };
    if others {
        step.move_own_leases(session)?
    } else {
        step.move_all(session)?
    }
    Ok(Some(by))
}

fn find(session: &mut Session<'_>, name: &str) -> Result<Option<Kept>, LedgerFault> {
    let text = session.locking("SELECT value FROM setting WHERE name = ?1", "FOR UPDATE").into_owned();
    let value = session.find(&text, &[&name], |row| row.get::<Vec<u8>>(0))?;
    value.map(|value| Kept::read(&value).ok_or(LedgerFault::Unreadable("clock"))).transpose()
}

/// Whether another machine worked on this ledger lately. Those that are gone are forgotten.
fn others(session: &mut Session<'_>, name: &str, now: Moment) -> Result<bool, LedgerFault> {
    let text = format!("SELECT name, value FROM setting WHERE name LIKE '{NAME}%' AND name <> ?1");
    let known = session.rows(&text, &[&name], |row| Ok((row.get::<String>(0)?, row.get::<Vec<u8>>(1)?)))?;
    let mut lately = false;
    for (name, value) in known {
        let kept = Kept::read(&value).ok_or(LedgerFault::Unreadable("clock"))?;
        if (now - kept.now).abs() > GONE_AFTER {
            session.execute("DELETE FROM setting WHERE name = ?1", &[&name])?;
        } else {
            lately = true;
        }
    }
    // A file has one machine: another boot was its own.
    Ok(lately && matches!(session, Session::Postgres { .. }))
}

impl Kept {
    fn read(value: &[u8]) -> Option<Self> {
        let (now, since_boot) = str::from_utf8(value).ok()?.split_once(' ')?;
        let now = moment(now.parse().ok()?).ok()?;
        Some(Self { now, since_boot: Duration::from_millis(since_boot.parse().ok()?) })
    }

    fn as_reading(self, other: &ClockReading) -> ClockReading {
        ClockReading { now: self.now, since_boot: self.since_boot, ..other.clone() }
    }
}

/// A step of the machine's clock.
struct Step<'a> {
    reading: &'a ClockReading,
    by: TimeDelta,
    /// The last reading as it would have been by the clock of now: what was planned later may be of now.
    since: Moment,
}

impl Step<'_> {
    fn move_all(&self, session: &mut Session<'_>) -> Result<(), LedgerFault> {
        let (by, now) = (self.by.num_milliseconds(), milliseconds(self.reading.now));
        // What is due sooner than it was does no harm; later would.
        let due = "CASE WHEN ?1 < 0 AND due_at > ?3 AND (quiet_until IS NULL OR due_at <> quiet_until)
                   THEN due_at + ?1 ELSE due_at END";
        session.execute(
            &format!(
                "UPDATE step SET expires_at = expires_at + ?1, lease_until = {LEASE}, due_at = {due}
                 WHERE state IN ({}) AND change NOT IN
                     (SELECT number FROM change WHERE planned_at >= ?4 AND planned_at <= ?3)",
                state_list(&LIVE)
            ),
            &[&by, &self.lease_end(), &now, &milliseconds(self.since)],
        )?;
        if by < 0 {
            session.execute("UPDATE pause SET until = until + ?1 WHERE until > ?2", &[&by, &now])?;
            session.execute(
                "UPDATE circuit SET opened_at = opened_at + ?1, failed_at = failed_at + ?1,
                     probe_at = probe_at + ?1 WHERE failed_at > ?2",
                &[&by, &now],
            )?;
        }
        Ok(())
    }

    fn move_own_leases(&self, session: &mut Session<'_>) -> Result<(), LedgerFault> {
        let text = format!(
            "UPDATE step SET lease_until = {LEASE} WHERE state IN ({}) AND worker = ?3",
            state_list(&LIVE)
        );
        let by = self.by.num_milliseconds();
        session.execute(&text, &[&by, &self.lease_end(), &self.reading.worker]).map(drop)
    }

    /// No lease that moved ends later than one that begins now.
    fn lease_end(&self) -> i64 {
        milliseconds(self.reading.now + self.reading.lease)
    }
}

/// The end of a lease that moves with the clock.
const LEASE: &str = "CASE WHEN lease_until IS NULL THEN NULL
    WHEN lease_until + ?1 < ?2 THEN lease_until + ?1 ELSE ?2 END";

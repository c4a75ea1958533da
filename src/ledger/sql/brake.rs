//! The brake, kept in the store so that it survives a restart.
//!
//! Promises: a brake that an operator released does not engage again for the same cause.

use std::collections::BTreeSet;

use super::columns::{PENDING, TAKEN, milliseconds, moment};
use super::fault::LedgerFault;
use super::session::Session;
use super::steps::Loaded;
use crate::chain::Event;
use crate::ledger::Brake;
use crate::model::Moment;
use crate::model::brake::BrakeCause;
use crate::model::change::ChangeId;
use crate::model::report::ReceiptStatus;

pub(super) fn read(session: &mut Session<'_>) -> Result<Option<Brake>, LedgerFault> {
    let found = session.find("SELECT reason, since FROM brake", &[], |row| {
        Ok((row.get::<String>(0)?, moment(row.get(1)?)?))
    })?;
    let Some((reason, since)) = found else { return Ok(None) };
    let is_of_changes = !read_changes(session, STOPPED)?.is_empty();
    let cause = if is_of_changes { BrakeCause::TooManyChanges } else { BrakeCause::AcceptedTwice };
    Ok(Some(Brake { reason, cause, since }))
}

/// Stops the caller's transaction while the brake is on.
pub(super) fn refuse(session: &mut Session<'_>) -> Result<(), LedgerFault> {
    read(session)?.map_or(Ok(()), |brake| Err(LedgerFault::Braked(brake)))
}

/// Pulls it; one that is on stays as it is.
pub(super) fn pull(session: &mut Session<'_>, reason: &str, now: Moment) -> Result<(), LedgerFault> {
    session.execute(
        "INSERT INTO brake (one, reason, since) VALUES (1, ?1, ?2) ON CONFLICT (one) DO NOTHING",
        &[&reason, &milliseconds(now)],
    )?;
    Ok(())
}

/// Pulls it because of changes that are too many for one run, and keeps which: once released, they pull it no more.
pub(super) fn pull_for(
    session: &mut Session<'_>,
    alarm: &Brake,
    changes: &[ChangeId],
) -> Result<(), LedgerFault> {
    if !changes.is_empty() && read(session)?.is_none() {
        write_changes(session, STOPPED, &changes.iter().map(ChangeId::as_str).collect())?;
    }
    pull(session, &alarm.reason, alarm.since)
}

/// Releases it. Its cause does not engage it again: the changes that were too many may be planned, and a step that was accepted
/// and is due again stands as accepted.
pub(super) fn release(session: &mut Session<'_>, now: Moment) -> Result<bool, LedgerFault> {
    session.signal_work()?;
    let stopped = take_changes(session, STOPPED)?;
    if !stopped.is_empty() {
        let mut all = read_changes(session, RELEASED)?;
        all.extend(stopped);
        write_changes(session, RELEASED, &all.iter().map(String::as_str).collect())?;
    }
    let is_on = session.execute("DELETE FROM brake", &[])? > 0;
    if is_on {
        end_accepted(session, now)?;
    }
    Ok(is_on)
}

/// The changes that a person released from the brake and that are not planned yet.
pub(super) fn released(session: &mut Session<'_>) -> Result<BTreeSet<String>, LedgerFault> {
    read_changes(session, RELEASED)
}

/// Forgets them, once they are planned.
pub(super) fn forget_released(session: &mut Session<'_>) -> Result<(), LedgerFault> {
    take_changes(session, RELEASED).map(drop)
}

/// Ends the steps that are due again although a provider accepted them.
fn end_accepted(session: &mut Session<'_>, now: Moment) -> Result<(), LedgerFault> {
    let text = format!(
        "SELECT number, notice FROM step WHERE state = {PENDING} AND attempts > 0 AND EXISTS (
             SELECT 1 FROM attempt a WHERE a.step = step.number AND a.class = {TAKEN}) ORDER BY number"
    );
    for (number, _) in session.pairs_once(&text, &[])? {
        let mut notice = Loaded::known(session, number)?;
        notice.happen(&Event::Reported(ReceiptStatus::Sent), now);
        notice.write(session, Some("a provider accepted it before"))?;
    }
    Ok(())
}

/// The names of the settings that hold the changes of a brake that is on, and those of brakes that were released.
const STOPPED: &str = "changes that pulled the brake";
const RELEASED: &str = "changes released from the brake";

fn read_changes(session: &mut Session<'_>, name: &str) -> Result<BTreeSet<String>, LedgerFault> {
    let found: Option<Vec<u8>> =
        session.find("SELECT value FROM setting WHERE name = ?1", &[&name], |row| row.get(0))?;
    let text =
        String::from_utf8(found.unwrap_or_default()).map_err(|_| LedgerFault::Unreadable("setting"))?;
    Ok(text.split_whitespace().map(str::to_owned).collect())
}

fn take_changes(session: &mut Session<'_>, name: &str) -> Result<BTreeSet<String>, LedgerFault> {
    let found = read_changes(session, name)?;
    if !found.is_empty() {
        session.execute("DELETE FROM setting WHERE name = ?1", &[&name])?;
    }
    Ok(found)
}

fn write_changes(session: &mut Session<'_>, name: &str, changes: &BTreeSet<&str>) -> Result<(), LedgerFault> {
    let text = changes.iter().copied().collect::<Vec<_>>().join(" ").into_bytes();
    session.execute(
        "INSERT INTO setting (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        &[&name, &text],
    )?;
    Ok(())
}

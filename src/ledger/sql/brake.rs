//! The brake, kept in the store so that it survives a restart.

use super::columns::{milliseconds, moment};
use super::fault::Fault;
use super::session::Session;
use crate::ledger::Brake;
use crate::model::Moment;

pub(super) fn read(session: &mut Session<'_>) -> Result<Option<Brake>, Fault> {
    session.find("SELECT reason, since FROM brake", &[], |row| {
        Ok(Brake { reason: row.get(0)?, since: moment(row.get(1)?)? })
    })
}

/// Stops the caller's transaction while the brake is on.
pub(super) fn refuse(session: &mut Session<'_>) -> Result<(), Fault> {
    read(session)?.map_or(Ok(()), |brake| Err(Fault::Braked(brake)))
}

/// Pulls it; one that is on stays as it is.
pub(super) fn pull(session: &mut Session<'_>, reason: &str, now: Moment) -> Result<(), Fault> {
    session.execute(
        "INSERT INTO brake (one, reason, since) VALUES (1, ?1, ?2) ON CONFLICT (one) DO NOTHING",
        &[&reason, &milliseconds(now)],
    )?;
    Ok(())
}

pub(super) fn release(session: &mut Session<'_>) -> Result<bool, Fault> {
    session.tell_of_work()?;
    Ok(session.execute("DELETE FROM brake", &[])? > 0)
}

//! Suppressions of addresses that are on no record: of people who were erased, and of numbers that sent STOP.
//!
//! Promises: only a keyed hash of the address is kept; once the address is somebody's, the suppression is theirs. Never adds an address.

use data_encoding::BASE32_NOPAD;

use super::columns::{channel_number, milliseconds};
use super::fault::LedgerFault;
use super::session::Session;
use crate::model::Moment;
use crate::model::endpoint::Endpoint;
use crate::model::hash::derive;

/// Keeps why nothing may be sent to an address; what was kept before is replaced.
pub(super) fn keep(
    session: &mut Session<'_>,
    name: &str,
    (reason, at): (&str, i64),
) -> Result<(), LedgerFault> {
    session.execute(
        "INSERT INTO kept_suppression (name, reason, at) VALUES (?1, ?2, ?3)
             ON CONFLICT (name) DO UPDATE SET reason = excluded.reason",
        &[&name, &reason, &at],
    )?;
    Ok(())
}

/// Why nothing may be sent to an address that is on no record, and since when; `None` if that is not known.
pub(super) fn of(session: &mut Session<'_>, one: &Endpoint) -> Result<Option<(String, i64)>, LedgerFault> {
    let name = name(session, channel_number(one.channel()), &one.canonical())?;
    session.find("SELECT reason, at FROM kept_suppression WHERE name = ?1", &[&name], |row| {
        Ok((row.get::<String>(0)?, row.get::<i64>(1)?))
    })
}

/// Suppresses the address of that number for what was kept about it: it becomes somebody's.
pub(super) fn hand_over(session: &mut Session<'_>, number: i64, one: &Endpoint) -> Result<(), LedgerFault> {
    let Some((reason, at)) = of(session, one)? else { return Ok(()) };
    session.execute(
        "UPDATE endpoint SET suppressed_at = ?2, suppressed_because = ?3 WHERE number = ?1 AND suppressed_at IS NULL",
        &[&number, &at, &reason],
    )?;
    forget(session, one)
}

/// Writes down another reason for an address that is on no record.
pub(super) fn change(
    session: &mut Session<'_>,
    one: &Endpoint,
    reason: &str,
    now: Moment,
) -> Result<(), LedgerFault> {
    let name = name(session, channel_number(one.channel()), &one.canonical())?;
    keep(session, &name, (reason, milliseconds(now)))
}

/// Allows messages to an address again.
pub(super) fn forget(session: &mut Session<'_>, one: &Endpoint) -> Result<(), LedgerFault> {
    let name = name(session, channel_number(one.channel()), &one.canonical())?;
    session.execute("DELETE FROM kept_suppression WHERE name = ?1", &[&name]).map(drop)
}

/// The name of an address among the hashes, which the ledger's own secret makes.
pub(super) fn name(session: &mut Session<'_>, channel: i64, canonical: &str) -> Result<String, LedgerFault> {
    let secret: Vec<u8> = session.value("SELECT value FROM setting WHERE name = 'secret'", &[])?;
    Ok(derive("erased", &[&BASE32_NOPAD.encode(&secret), &channel.to_string(), canonical]))
}

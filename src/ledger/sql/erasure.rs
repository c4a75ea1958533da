//! Erases a subscriber: only a keyed hash stays, so that nothing is sent to the address again.
//!
//! Promises: no table holds the address as text afterwards; steps and attempts stay without an address; a list cannot add
//! the address again, and a sign-up by its owner can.

use data_encoding::BASE32_NOPAD;

use super::columns::{channel_number, milliseconds};
use super::fault::LedgerFault;
use super::people;
use super::session::Session;
use crate::model::Moment;
use crate::model::channel::Channel;
use crate::model::endpoint::Endpoint;
use crate::model::hash::derive;
use crate::model::subscriber::SubscriberId;

pub(super) fn erase(session: &mut Session<'_>, id: &SubscriberId, now: Moment) -> Result<bool, LedgerFault> {
    let found = session.find(
        "SELECT number FROM subscriber WHERE id = ?1 AND destination IS NULL",
        &[&id.as_str()],
        |row| row.get::<i64>(0),
    )?;
    let Some(subscriber) = found else { return Ok(false) };
    people::remove(session, id, now)?;
    let addresses = session.rows(
        "SELECT e.number, e.channel, e.canonical FROM endpoint e WHERE e.number IN (
             SELECT endpoint FROM contact WHERE subscriber = ?1)
         OR (NOT EXISTS (SELECT 1 FROM contact c WHERE c.endpoint = e.number) AND e.number IN (
             SELECT s.endpoint FROM step s JOIN notice n ON n.number = s.notice WHERE n.subscriber = ?1))",
        &[&subscriber],
        |row| Ok((row.get::<i64>(0)?, row.get::<i64>(1)?, row.get::<String>(2)?)),
    )?;
    for (number, channel, canonical) in addresses {
        let name = name(session, channel, &canonical)?;
        session.execute(
            "INSERT INTO erased (name, at) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET at = excluded.at",
            &[&name, &milliseconds(now)],
        )?;
        session
            .execute("DELETE FROM sign_up WHERE channel = ?1 AND canonical = ?2", &[&channel, &canonical])?;
        session.execute("DELETE FROM text_question WHERE endpoint = ?1", &[&number])?;
        session.execute(
            "UPDATE endpoint SET address = ?2, canonical = ?2, suppressed_at = ?3,
                 suppressed_because = 'erased at the wish of its owner', left_at = ?3 WHERE number = ?1",
            &[&number, &nobody_s(channel, number), &milliseconds(now)],
        )?;
    }
    // Numbers that they asked a code for, and may not have proved to have.
    session.execute("DELETE FROM sign_up WHERE joins = ?1", &[&id.as_str()])?;
    session.execute("DELETE FROM contact WHERE subscriber = ?1", &[&subscriber])?;
    session.execute("DELETE FROM shared_address WHERE subscriber = ?1", &[&subscriber])?;
    session.execute("DELETE FROM incident_follower WHERE subscriber = ?1", &[&subscriber])?;
    session.execute(
        "UPDATE subscriber SET follows = 'null', fields = '{}', language = 'en', time_zone = 'UTC',
             consent_way = NULL, consent_source = NULL, consent_at = NULL, version = version + 1 WHERE number = ?1",
        &[&subscriber],
    )?;
    Ok(true)
}

/// An address of the channel's kind that no one has.
fn nobody_s(channel: i64, number: i64) -> String {
    match channel == channel_number(Channel::Mail) {
        true => format!("erased-{number}@erased.invalid"),
        // No country has this code.
        false => format!("+999{number:010}"),
    }
}

/// Whether the owner of an address had it erased.
pub(super) fn is_erased(session: &mut Session<'_>, one: &Endpoint) -> Result<bool, LedgerFault> {
    let name = name(session, channel_number(one.channel()), &one.canonical())?;
    let found = session.find("SELECT 1 FROM erased WHERE name = ?1", &[&name], |row| row.get::<i64>(0))?;
    Ok(found.is_some())
}

/// Forgets that an address was erased: its owner subscribes again.
pub(super) fn forget(session: &mut Session<'_>, one: &Endpoint) -> Result<(), LedgerFault> {
    let name = name(session, channel_number(one.channel()), &one.canonical())?;
    session.execute("DELETE FROM erased WHERE name = ?1", &[&name]).map(drop)
}

/// The name of an address among the erased, which the ledger's own secret makes.
fn name(session: &mut Session<'_>, channel: i64, canonical: &str) -> Result<String, LedgerFault> {
    let secret: Vec<u8> = session.value("SELECT value FROM setting WHERE name = 'secret'", &[])?;
    Ok(derive("erased", &[&BASE32_NOPAD.encode(&secret), &channel.to_string(), canonical]))
}

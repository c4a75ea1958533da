//! Erases addresses: of a subscriber who asks for it, and those that nobody has any more. Only keyed hashes stay, so that
//! nothing is sent to them again.
//!
//! Promises: no table holds the address as text afterwards; steps and attempts stay without an address; a list cannot add
//! the address again, and a sign-up by its owner can, unless it was suppressed before: STOP holds until START.

use super::columns::{channel_number, milliseconds};
use super::fault::LedgerFault;
use super::kept;
use super::people;
use super::session::Session;
use crate::model::Moment;
use crate::model::channel::Channel;
use crate::model::endpoint::Endpoint;
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
        let name = unname(session, number, (channel, &canonical), now)?;
        session.execute(
            "INSERT INTO erased (name, at) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET at = excluded.at",
            &[&name, &milliseconds(now)],
        )?;
        session
            .execute("DELETE FROM sign_up WHERE channel = ?1 AND canonical = ?2", &[&channel, &canonical])?;
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

/// Takes the address out of its row, and keeps why it is suppressed, if it is; its name among the hashes.
fn unname(
    session: &mut Session<'_>,
    number: i64,
    (channel, canonical): (i64, &str),
    now: Moment,
) -> Result<String, LedgerFault> {
    let name = kept::name(session, channel, canonical)?;
    let suppressed = session.find(
        "SELECT suppressed_because, suppressed_at FROM endpoint WHERE number = ?1",
        &[&number],
        |row| Ok((row.get::<Option<String>>(0)?, row.get::<Option<i64>>(1)?)),
    )?;
    if let Some((Some(reason), Some(at))) = suppressed {
        kept::keep(session, &name, (&reason, at))?;
    }
    session.execute("DELETE FROM text_question WHERE endpoint = ?1", &[&number])?;
    session.execute(
        "UPDATE endpoint SET address = ?2, canonical = ?2, suppressed_at = ?3,
             suppressed_because = 'erased at the wish of its owner', left_at = ?3 WHERE number = ?1",
        &[&number, &nobody_s(channel, number), &milliseconds(now)],
    )?;
    Ok(name)
}

/// Erases those of the addresses that a subscriber had, nobody has now, and no message to them was planned for. A list cannot
/// add the ones that were left.
pub(super) fn release(
    session: &mut Session<'_>,
    subscriber: i64,
    addresses: &[i64],
    now: Moment,
) -> Result<(), LedgerFault> {
    for number in addresses {
        let found = session.find(
            "SELECT channel, canonical, left_at FROM endpoint e WHERE number = ?1
                 AND NOT EXISTS (SELECT 1 FROM contact c WHERE c.endpoint = e.number)
                 AND NOT EXISTS (SELECT 1 FROM notice n JOIN step s ON s.notice = n.number
                     WHERE n.subscriber = ?2 AND s.endpoint = e.number)",
            &[number, &subscriber],
            |row| Ok((row.get::<i64>(0)?, row.get::<String>(1)?, row.get::<Option<i64>>(2)?)),
        )?;
        let Some((channel, canonical, left_at)) = found else { continue };
        let name = unname(session, *number, (channel, &canonical), now)?;
        if left_at.is_some() {
            session.execute(
                "INSERT INTO erased (name, at) VALUES (?1, ?2) ON CONFLICT (name) DO NOTHING",
                &[&name, &milliseconds(now)],
            )?;
        }
    }
    Ok(())
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
    let name = kept::name(session, channel_number(one.channel()), &one.canonical())?;
    let found = session.find("SELECT 1 FROM erased WHERE name = ?1", &[&name], |row| row.get::<i64>(0))?;
    Ok(found.is_some())
}

/// Forgets that an address was erased: its owner subscribes again.
pub(super) fn forget(session: &mut Session<'_>, one: &Endpoint) -> Result<(), LedgerFault> {
    let name = kept::name(session, channel_number(one.channel()), &one.canonical())?;
    session.execute("DELETE FROM erased WHERE name = ?1", &[&name]).map(drop)
}

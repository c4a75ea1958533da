//! Further addresses of a subscriber, which its owner proved to have: how they become theirs, and how they give them up.
//!
//! Promises: a subscriber keeps at least one address; an address belongs to one subscriber, the last who proved to have it;
//! one that is suppressed becomes nobody's. Never sends anything.

use super::columns::{channel_number, milliseconds};
use super::erasure;
use super::fault::LedgerFault;
use super::kept;
use super::session::Session;
use crate::model::Moment;
use crate::model::channel::Channel;
use crate::model::endpoint::Endpoint;
use crate::model::subscriber::SubscriberId;

/// Gives a subscriber who is notified an address, in place of any they had on its channel; `false` if there is none, or nothing may
/// be sent to the address.
pub(super) fn take(
    session: &mut Session<'_>,
    id: &SubscriberId,
    endpoint: &Endpoint,
    now: Moment,
) -> Result<bool, LedgerFault> {
    let Some(subscriber) = notified(session, id)? else { return Ok(false) };
    if kept::of(session, endpoint)?.is_some() {
        return Ok(false);
    }
    let (channel, canonical) = (channel_number(endpoint.channel()), endpoint.canonical());
    // The update that changes nothing makes RETURNING answer for an address that is there already.
    let (number, is_suppressed) = session
        .find(
            "INSERT INTO endpoint (channel, address, canonical) VALUES (?1, ?2, ?3)
             ON CONFLICT (channel, canonical) DO UPDATE SET canonical = excluded.canonical
             RETURNING number, suppressed_at",
            &[&channel, &endpoint.expose(), &canonical],
            |row| Ok((row.get::<i64>(0)?, row.get::<Option<i64>>(1)?.is_some())),
        )?
        .ok_or(LedgerFault::Unreadable("answer"))?;
    if is_suppressed {
        return Ok(false);
    }
    let before = session.rows(
        "SELECT subscriber FROM contact WHERE endpoint = ?1 AND subscriber <> ?2",
        &[&number, &subscriber],
        |row| row.get::<i64>(0),
    )?;
    drop_channel(session, subscriber, channel, now)?;
    session.execute("DELETE FROM contact WHERE endpoint = ?1", &[&number])?;
    for owner in before {
        session.execute(
            "UPDATE subscriber SET removed_at = ?2, version = version + 1 WHERE number = ?1 AND removed_at IS NULL
                 AND NOT EXISTS (SELECT 1 FROM contact c WHERE c.subscriber = ?1)",
            &[&owner, &milliseconds(now)],
        )?;
    }
    session.execute(
        "INSERT INTO contact (subscriber, position, endpoint)
             SELECT ?1, COALESCE(MAX(position) + 1, 0), ?2 FROM contact WHERE subscriber = ?1",
        &[&subscriber, &number],
    )?;
    session.execute(
        "UPDATE endpoint SET left_at = NULL, address = ?2 WHERE number = ?1",
        &[&number, &endpoint.expose()],
    )?;
    erasure::forget(session, endpoint)?;
    changed(session, subscriber)?;
    Ok(true)
}

/// Takes from a subscriber who is notified their addresses on a channel, as ones that were left; `false` if there are none, or no other address would
/// be left.
pub(super) fn give_up(
    session: &mut Session<'_>,
    id: &SubscriberId,
    channel: Channel,
    now: Moment,
) -> Result<bool, LedgerFault> {
    let Some(subscriber) = notified(session, id)? else { return Ok(false) };
    let channel = channel_number(channel);
    let others: i64 = session.value(
        "SELECT COUNT(*) FROM contact c JOIN endpoint e ON e.number = c.endpoint
         WHERE c.subscriber = ?1 AND e.channel <> ?2",
        &[&subscriber, &channel],
    )?;
    if others == 0 || drop_channel(session, subscriber, channel, now)? == 0 {
        return Ok(false);
    }
    changed(session, subscriber)?;
    Ok(true)
}

/// How many there were; those that no message was planned for stay only as hashes.
fn drop_channel(
    session: &mut Session<'_>,
    subscriber: i64,
    channel: i64,
    now: Moment,
) -> Result<usize, LedgerFault> {
    let dropped = session.rows(
        "SELECT e.number FROM contact c JOIN endpoint e ON e.number = c.endpoint
         WHERE c.subscriber = ?1 AND e.channel = ?2",
        &[&subscriber, &channel],
        |row| row.get::<i64>(0),
    )?;
    for number in &dropped {
        session
            .execute("UPDATE endpoint SET left_at = ?2 WHERE number = ?1", &[number, &milliseconds(now)])?;
        session
            .execute("DELETE FROM contact WHERE subscriber = ?1 AND endpoint = ?2", &[&subscriber, number])?;
    }
    erasure::release(session, subscriber, &dropped, now)?;
    Ok(dropped.len())
}

/// The number of a subscriber who is notified; locked until the end of the transaction.
fn notified(session: &mut Session<'_>, id: &SubscriberId) -> Result<Option<i64>, LedgerFault> {
    session.lock("SELECT 1 FROM subscriber WHERE id = ?1 FOR UPDATE", &[&id.as_str()])?;
    session.find(
        "SELECT number FROM subscriber
         WHERE id = ?1 AND removed_at IS NULL AND confirmed_at IS NOT NULL AND destination IS NULL",
        &[&id.as_str()],
        |row| row.get::<i64>(0),
    )
}

fn changed(session: &mut Session<'_>, subscriber: i64) -> Result<(), LedgerFault> {
    session.execute("UPDATE subscriber SET version = version + 1 WHERE number = ?1", &[&subscriber]).map(drop)
}

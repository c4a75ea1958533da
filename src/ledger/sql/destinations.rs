//! The destinations of the plan as rows: each is a subscriber with a name in place of a consent, and has one address.
//!
//! Promises: a destination keeps its row, and so its history, when its other settings change; an address keeps its number
//! for ever. A place that answered 410 is notified again once its destination was removed from the plan and is back. Rows
//! that are up to date are not written again.

use std::collections::HashMap;

use super::columns::{channel_number, endpoint, milliseconds, readable, severity_number};
use super::fault::LedgerFault;
use super::session::Session;
use crate::ledger::Enrolled;
use crate::ledger::stored::write_follows;
use crate::model::Moment;
use crate::model::destination::Destination;
use crate::model::localized::Language;
use crate::model::subscriber::SubscriberId;

/// Makes these the destinations. Returns the number of the place of each, by its identity.
pub(super) fn enroll(
    session: &mut Session<'_>,
    destinations: &[Destination],
    now: Moment,
) -> Result<HashMap<SubscriberId, i64>, LedgerFault> {
    let mut numbers = HashMap::new();
    for destination in destinations {
        let (number, endpoint) = (row(session, destination, now)?, address(session, destination)?);
        own(session, number, endpoint)?;
        numbers.insert(destination.id(), endpoint);
    }
    remove_others(session, destinations, now)?;
    Ok(numbers)
}

/// The destination's row, made or changed if it has to be.
fn row(session: &mut Session<'_>, destination: &Destination, now: Moment) -> Result<i64, LedgerFault> {
    let id = destination.id();
    let (follows, severity) =
        (write_follows(&destination.follows), severity_number(destination.from_severity));
    let language = destination.language.as_ref().map_or("", Language::as_str);
    let zone = destination.time_zone.as_deref().unwrap_or_default();
    let known = session.find(
        "SELECT number, follows, from_severity, language, time_zone, removed_at FROM subscriber WHERE id = ?1",
        &[&id.as_str()],
        |row| {
            let is_same = row.get::<String>(1)? == follows
                && row.get::<i64>(2)? == severity
                && row.get::<String>(3)? == language
                && row.get::<String>(4)? == zone
                && row.get::<Option<i64>>(5)?.is_none();
            Ok((row.get::<i64>(0)?, is_same))
        },
    )?;
    match known {
        Some((number, true)) => Ok(number),
        Some((number, false)) => {
            // Anyone who puts it back into the plan wants it told, whatever its provider said before.
            session.execute(
                "UPDATE endpoint SET suppressed_at = NULL, suppressed_because = NULL WHERE suppressed_at IS NOT NULL
                     AND number IN (SELECT c.endpoint FROM contact c JOIN subscriber s ON s.number = c.subscriber
                         WHERE s.number = ?1 AND s.removed_at IS NOT NULL)",
                &[&number],
            )?;
            session.execute(
                "UPDATE subscriber SET follows = ?2, from_severity = ?3, language = ?4, time_zone = ?5,
                     removed_at = NULL, version = version + 1 WHERE number = ?1",
                &[&number, &follows, &severity, &language, &zone],
            )?;
            Ok(number)
        }
        None => session.value(
            "INSERT INTO subscriber (id, destination, follows, from_severity, language, time_zone, added_at,
                 confirmed_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7) RETURNING number",
            &[&id.as_str(), &destination.name, &follows, &severity, &language, &zone, &milliseconds(now)],
        ),
    }
}

/// The number of the destination's address.
fn address(session: &mut Session<'_>, destination: &Destination) -> Result<i64, LedgerFault> {
    let one = &destination.endpoint;
    let (channel, canonical) = (channel_number(one.channel()), one.canonical());
    let known = session.find(
        "SELECT number FROM endpoint WHERE channel = ?1 AND canonical = ?2",
        &[&channel, &canonical],
        |row| row.get(0),
    )?;
    match known {
        Some(number) => Ok(number),
        None => session.value(
            "INSERT INTO endpoint (channel, address, canonical) VALUES (?1, ?2, ?3) RETURNING number",
            &[&channel, &one.expose(), &canonical],
        ),
    }
}

/// Gives the destination that address and no other; takes it from the one that had it.
fn own(session: &mut Session<'_>, subscriber: i64, endpoint: i64) -> Result<(), LedgerFault> {
    let owned =
        session.rows("SELECT endpoint FROM contact WHERE subscriber = ?1", &[&subscriber], |row| {
            row.get::<i64>(0)
        })?;
    if owned == [endpoint] {
        return Ok(());
    }
    session
        .execute("DELETE FROM contact WHERE subscriber = ?1 OR endpoint = ?2", &[&subscriber, &endpoint])?;
    session.execute(
        "INSERT INTO contact (subscriber, position, endpoint) VALUES (?1, 0, ?2)",
        &[&subscriber, &endpoint],
    )?;
    Ok(())
}

/// Ends the destinations that are not in the plan any more; what waits for them is suppressed when it comes to be claimed.
fn remove_others(
    session: &mut Session<'_>,
    destinations: &[Destination],
    now: Moment,
) -> Result<(), LedgerFault> {
    let text =
        "SELECT number, destination FROM subscriber WHERE destination IS NOT NULL AND removed_at IS NULL";
    let known = session.rows(text, &[], |row| Ok((row.get::<i64>(0)?, row.get::<String>(1)?)))?;
    let is_gone = |name: &str| !destinations.iter().any(|destination| destination.name == name);
    for (number, _) in known.into_iter().filter(|(_, name)| is_gone(name)) {
        session.execute(
            "UPDATE subscriber SET removed_at = ?2, version = version + 1 WHERE number = ?1",
            &[&number, &milliseconds(now)],
        )?;
    }
    Ok(())
}

pub(super) fn all(session: &mut Session<'_>) -> Result<Vec<Enrolled>, LedgerFault> {
    let all = on_record(session)?;
    all.into_iter()
        .map(|(number, one)| if one.is_in_plan { Ok(one) } else { renamed(session, number, one) })
        .collect()
}

/// A destination that left the plan, with the place of its last message where another one has that now.
fn renamed(session: &mut Session<'_>, number: i64, mut one: Enrolled) -> Result<Enrolled, LedgerFault> {
    let successor = session.find(
        "SELECT e.channel, e.address, o.destination, e.suppressed_because FROM notice n
             JOIN step s ON s.notice = n.number JOIN endpoint e ON e.number = s.endpoint
             JOIN contact c ON c.endpoint = e.number JOIN subscriber o ON o.number = c.subscriber
         WHERE n.subscriber = ?1 AND o.number <> ?1 AND o.destination IS NOT NULL AND o.removed_at IS NULL
         ORDER BY s.number DESC LIMIT 1",
        &[&number],
        |row| {
            let place = readable(endpoint(row.get(0)?, &row.get::<String>(1)?))?;
            Ok((place, row.get::<String>(2)?, row.get::<Option<String>>(3)?))
        },
    )?;
    if let Some((place, name, suppressed)) = successor {
        (one.place, one.suppressed, one.renamed_to) = (place, suppressed, Some(name));
    }
    Ok(one)
}

/// Every destination, with its number and the place that it has.
fn on_record(session: &mut Session<'_>) -> Result<Vec<(i64, Enrolled)>, LedgerFault> {
    session.rows(
        "SELECT s.destination, e.channel, e.address, e.suppressed_because, s.removed_at, s.number FROM subscriber s
             LEFT JOIN contact c ON c.subscriber = s.number LEFT JOIN endpoint e ON e.number = c.endpoint
         WHERE s.destination IS NOT NULL ORDER BY s.destination",
        &[],
        |row| {
            let address = row.get::<Option<i64>>(1)?.zip(row.get::<Option<String>>(2)?);
            let place = match address {
                Some((channel, address)) => readable(endpoint(channel, &address))?,
                None => None,
            };
            let one = Enrolled {
                name: row.get(0)?,
                place,
                suppressed: row.get(3)?,
                is_in_plan: row.get::<Option<i64>>(4)?.is_none(),
                renamed_to: None,
            };
            Ok((row.get(5)?, one))
        },
    )
}

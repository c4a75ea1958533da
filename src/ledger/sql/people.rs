//! Subscribers, their addresses, and which of those may not be used.
//!
//! Promises: a subscriber's id follows from the ledger's secret and the first address, so the same person added twice is one
//! row; an address has one number for ever, whoever uses it.

use std::collections::{BTreeMap, BTreeSet};

use data_encoding::HEXLOWER;

use super::columns::{endpoint, milliseconds, moment, severity, severity_number};
use super::session::{Row, Values};
use super::{Fault, Session};
use crate::ledger::Listed;
use crate::ledger::stored::{read_follows, unreadable, write_follows};
use crate::model::Moment;
use crate::model::endpoint::Endpoint;
use crate::model::hash::derive;
use crate::model::localized::Language;
use crate::model::subscriber::{EndpointId, Subscriber, SubscriberId, Subscription};

pub(super) fn add(
    session: &mut Session<'_>,
    subscriptions: &[Subscription],
    now: Moment,
) -> Result<Vec<SubscriberId>, Fault> {
    let secret: Vec<u8> = session.value("SELECT value FROM setting WHERE name = 'secret'", &[])?;
    let secret = HEXLOWER.encode(&secret);
    subscriptions.iter().map(|subscription| add_one(session, &secret, subscription, now)).collect()
}

fn add_one(
    session: &mut Session<'_>,
    secret: &str,
    subscription: &Subscription,
    now: Moment,
) -> Result<SubscriberId, Fault> {
    let Some(first) = subscription.endpoints.first() else {
        return Err(Fault::Unfounded("a subscription has no address".to_owned()));
    };
    let id = SubscriberId::from_stored(derive("subscriber", &[secret, first.expose()]));
    let number: i64 = session.value(
        "INSERT INTO subscriber (id, follows, from_severity, language, time_zone, added_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (id) DO UPDATE SET follows = excluded.follows, from_severity = excluded.from_severity,
             language = excluded.language, time_zone = excluded.time_zone, removed_at = NULL
         RETURNING number",
        &[
            &id.as_str(),
            &write_follows(&subscription.follows),
            &severity_number(subscription.from_severity),
            &subscription.language.as_str(),
            &subscription.time_zone,
            &milliseconds(now),
        ],
    )?;
    session.execute("DELETE FROM contact WHERE subscriber = ?1", &[&number])?;
    let mut seen = BTreeSet::new();
    let endpoints = subscription.endpoints.iter().filter(|endpoint| seen.insert(*endpoint));
    for (position, endpoint) in (0_i64..).zip(endpoints) {
        let endpoint = endpoint_number(session, endpoint)?;
        session.execute(
            "INSERT INTO contact (subscriber, position, endpoint) VALUES (?1, ?2, ?3)",
            &[&number, &position, &endpoint],
        )?;
    }
    Ok(id)
}

/// The number of an address, given to it now when it is new.
fn endpoint_number(session: &mut Session<'_>, endpoint: &Endpoint) -> Result<i64, Fault> {
    // The update that changes nothing makes RETURNING answer for an address that is there already.
    session.value(
        "INSERT INTO endpoint (address) VALUES (?1)
         ON CONFLICT (address) DO UPDATE SET address = excluded.address RETURNING number",
        &[&endpoint.expose()],
    )
}

pub(super) fn remove(session: &mut Session<'_>, id: &SubscriberId, now: Moment) -> Result<bool, Fault> {
    let removed = session.execute(
        "UPDATE subscriber SET removed_at = ?2 WHERE id = ?1 AND removed_at IS NULL",
        &[&id.as_str(), &milliseconds(now)],
    )?;
    Ok(removed > 0)
}

pub(super) fn suppress(
    session: &mut Session<'_>,
    endpoint: &Endpoint,
    reason: &str,
    now: Moment,
) -> Result<bool, Fault> {
    let suppressed = session.execute(
        "UPDATE endpoint SET suppressed_at = ?2, suppressed_because = ?3
         WHERE address = ?1 AND suppressed_at IS NULL",
        &[&endpoint.expose(), &milliseconds(now), &reason],
    )?;
    Ok(suppressed > 0)
}

pub(super) fn lift(session: &mut Session<'_>, endpoint: &Endpoint) -> Result<bool, Fault> {
    let lifted = session.execute(
        "UPDATE endpoint SET suppressed_at = NULL, suppressed_because = NULL
         WHERE address = ?1 AND suppressed_at IS NOT NULL",
        &[&endpoint.expose()],
    )?;
    Ok(lifted > 0)
}

pub(super) fn active(session: &mut Session<'_>) -> Result<Vec<Subscriber>, Fault> {
    let mut active = Vec::new();
    for mut listed in list(session)? {
        let suppressed = &listed.suppressed;
        listed.subscriber.endpoints.retain(|(number, _)| !suppressed.contains_key(number));
        if listed.removed_at.is_none() && !listed.subscriber.endpoints.is_empty() {
            active.push(listed.subscriber);
        }
    }
    Ok(active)
}

pub(super) fn list(session: &mut Session<'_>) -> Result<Vec<Listed>, Fault> {
    select(session, "", &[])
}

pub(super) fn at(session: &mut Session<'_>, endpoint: &Endpoint) -> Result<Vec<Listed>, Fault> {
    let filter = "WHERE s.number IN (SELECT mine.subscriber FROM contact mine
                      JOIN endpoint there ON there.number = mine.endpoint WHERE there.address = ?1)";
    select(session, filter, &[&endpoint.expose()])
}

fn select(session: &mut Session<'_>, filter: &str, values: Values<'_>) -> Result<Vec<Listed>, Fault> {
    let text = format!(
        "SELECT s.id, s.follows, s.from_severity, s.language, s.time_zone, s.added_at, s.removed_at,
                e.number, e.address, e.suppressed_because
         FROM subscriber s JOIN contact c ON c.subscriber = s.number JOIN endpoint e ON e.number = c.endpoint
         {filter} ORDER BY s.id, c.position"
    );
    let mut listed: Vec<Listed> = Vec::new();
    session.each(&text, values, |row| {
        let id: String = row.get(0)?;
        if listed.last().is_none_or(|last| last.subscriber.id.as_str() != id) {
            listed.push(read_subscriber(id, row)?);
        }
        if let Some(last) = listed.last_mut() {
            let number = EndpointId(row.get(7)?);
            last.subscriber.endpoints.push((number, endpoint(&row.get::<String>(8)?)?));
            last.suppressed.extend(row.get::<Option<String>>(9)?.map(|reason| (number, reason)));
        }
        Ok(())
    })?;
    Ok(listed)
}

fn read_subscriber(id: String, row: &Row<'_>) -> Result<Listed, Fault> {
    let language: String = row.get(3)?;
    let subscriber = Subscriber {
        id: SubscriberId::from_stored(id),
        follows: read_follows(&row.get::<String>(1)?)?,
        from_severity: severity(row.get(2)?)?,
        language: Language::new(&language).ok_or_else(|| unreadable("language"))?,
        time_zone: row.get(4)?,
        endpoints: Vec::new(),
    };
    let removed_at: Option<i64> = row.get(6)?;
    Ok(Listed {
        subscriber,
        added_at: moment(row.get(5)?)?,
        removed_at: removed_at.map(moment).transpose()?,
        suppressed: BTreeMap::new(),
    })
}

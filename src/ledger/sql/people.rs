//! Reads and writes the rows of subscribers.
//!
//! Promises: a row that cannot be read stops only itself, and is named.

use std::collections::{BTreeMap, BTreeSet};

use super::candidates::Barred;
use super::columns::{
    PENDING, WAITING, channel_number, count, doubted, endpoint, milliseconds, moment, severity, state_number,
};
use super::fault::LedgerFault;
use super::session::{Row, Session, Values};
use crate::ledger::stored::{read_fields, read_follows, unreadable};
use crate::ledger::{SubscriberRecord, UnreadableRow};
use crate::model::Moment;
use crate::model::endpoint::Endpoint;
use crate::model::localized::Language;
use crate::model::notice::StepState;
use crate::model::subscriber::{Consent, ConsentMethod, EndpointId, Subscriber, SubscriberId};

pub(super) fn confirm(
    session: &mut Session<'_>,
    id: &SubscriberId,
    now: Moment,
) -> Result<bool, LedgerFault> {
    let confirmed = session.execute(
        "UPDATE subscriber SET confirmed_at = ?2, version = version + 1
         WHERE id = ?1 AND confirmed_at IS NULL AND removed_at IS NULL",
        &[&id.as_str(), &milliseconds(now)],
    )?;
    if confirmed > 0 {
        let text = "UPDATE endpoint SET left_at = NULL WHERE number IN (
             SELECT c.endpoint FROM contact c JOIN subscriber s ON s.number = c.subscriber WHERE s.id = ?1)";
        session.execute(text, &[&id.as_str()])?;
    }
    Ok(confirmed > 0)
}

pub(super) fn remove(session: &mut Session<'_>, id: &SubscriberId, now: Moment) -> Result<bool, LedgerFault> {
    let removed = session.execute(
        "UPDATE subscriber SET removed_at = ?2, version = version + 1 WHERE id = ?1 AND removed_at IS NULL",
        &[&id.as_str(), &milliseconds(now)],
    )?;
    session.execute(
        "UPDATE endpoint SET left_at = ?2 WHERE left_at IS NULL AND number IN (
             SELECT c.endpoint FROM contact c JOIN subscriber s ON s.number = c.subscriber
             WHERE s.id = ?1 AND s.removed_at = ?2)",
        &[&id.as_str(), &milliseconds(now)],
    )?;
    Ok(removed > 0)
}

/// Ends what was queued for a subscriber before they were removed: what they did not want then is not sent once they are back.
pub(super) fn stop(session: &mut Session<'_>, subscriber: i64, now: Moment) -> Result<(), LedgerFault> {
    let (doubted, in_doubt) = (doubted(), state_number(StepState::InDoubt));
    let (suppressed, reason) = (state_number(StepState::Suppressed), Barred::Left.reason());
    let text = format!(
        "UPDATE step SET ended_at = ?2, reason = ?3, state = CASE WHEN {doubted} THEN {in_doubt} ELSE {suppressed} END
         WHERE state IN ({WAITING}, {PENDING}) AND notice IN (SELECT number FROM notice WHERE subscriber = ?1)"
    );
    session.execute(&text, &[&subscriber, &milliseconds(now), &reason]).map(drop)
}

pub(super) fn suppress(
    session: &mut Session<'_>,
    endpoint: &Endpoint,
    reason: &str,
    now: Moment,
) -> Result<bool, LedgerFault> {
    let suppressed = session.execute(
        "UPDATE endpoint SET suppressed_at = ?3, suppressed_because = ?4
         WHERE channel = ?1 AND canonical = ?2 AND suppressed_at IS NULL",
        &[&channel_number(endpoint.channel()), &endpoint.canonical(), &milliseconds(now), &reason],
    )?;
    Ok(suppressed > 0)
}

pub(super) fn lift(session: &mut Session<'_>, endpoint: &Endpoint) -> Result<bool, LedgerFault> {
    let lifted = session.execute(
        "UPDATE endpoint SET suppressed_at = NULL, suppressed_because = NULL
         WHERE channel = ?1 AND canonical = ?2 AND suppressed_at IS NOT NULL",
        &[&channel_number(endpoint.channel()), &endpoint.canonical()],
    )?;
    Ok(lifted > 0)
}

pub(super) fn active(session: &mut Session<'_>) -> Result<Vec<Subscriber>, LedgerFault> {
    let filter = "WHERE s.destination IS NULL AND s.removed_at IS NULL AND s.confirmed_at IS NOT NULL";
    let mut active = Vec::new();
    for mut listed in select(session, filter, &[])?.listed {
        if listed.can_be_notified() {
            let suppressed = &listed.suppressed;
            listed.subscriber.endpoints.retain(|(number, _)| !suppressed.contains_key(number));
        }
        if !listed.subscriber.endpoints.is_empty() {
            active.push(listed.subscriber);
        }
    }
    Ok(active)
}

/// Those who should be notified and cannot be, because each of their addresses is suppressed.
pub(super) fn silenced(session: &mut Session<'_>) -> Result<BTreeSet<SubscriberId>, LedgerFault> {
    let all = session.rows(
        "SELECT s.id FROM subscriber s JOIN contact c ON c.subscriber = s.number JOIN endpoint e ON e.number = c.endpoint
         WHERE s.removed_at IS NULL AND s.confirmed_at IS NOT NULL
         GROUP BY s.number, s.id HAVING COUNT(e.suppressed_at) = COUNT(*)",
        &[],
        |row| Ok(SubscriberId::from_stored(row.get::<String>(0)?)),
    )?;
    Ok(all.into_iter().collect())
}

pub(super) fn list(session: &mut Session<'_>) -> Result<Vec<SubscriberRecord>, LedgerFault> {
    Ok(select(session, "WHERE s.destination IS NULL", &[])?.listed)
}

pub(super) fn unreadable_rows(session: &mut Session<'_>) -> Result<Vec<UnreadableRow>, LedgerFault> {
    Ok(select(session, "WHERE s.destination IS NULL", &[])?.unreadable)
}

pub(super) fn at(
    session: &mut Session<'_>,
    endpoint: &Endpoint,
) -> Result<Vec<SubscriberRecord>, LedgerFault> {
    let filter = "WHERE s.number IN (SELECT mine.subscriber FROM contact mine
                      JOIN endpoint there ON there.number = mine.endpoint
                      WHERE there.channel = ?1 AND there.canonical = ?2)";
    let values: Values<'_> = &[&channel_number(endpoint.channel()), &endpoint.canonical()];
    Ok(select(session, filter, values)?.listed)
}

pub(super) fn by_id(
    session: &mut Session<'_>,
    id: &SubscriberId,
) -> Result<Option<SubscriberRecord>, LedgerFault> {
    let filter = "WHERE s.id = ?1 AND s.destination IS NULL";
    Ok(select(session, filter, &[&id.as_str()])?.listed.into_iter().next())
}

/// What was read, and what could not be.
#[derive(Default)]
struct Selected {
    listed: Vec<SubscriberRecord>,
    unreadable: Vec<UnreadableRow>,
}

fn select(session: &mut Session<'_>, filter: &str, values: Values<'_>) -> Result<Selected, LedgerFault> {
    let text = format!(
        "SELECT s.id, s.follows, s.from_severity, s.language, s.time_zone, s.added_at, s.removed_at, s.confirmed_at,
                s.consent_way, s.consent_source, s.consent_at, s.fields, s.version,
                e.number, e.channel, e.address, e.suppressed_because
         FROM subscriber s LEFT JOIN contact c ON c.subscriber = s.number LEFT JOIN endpoint e ON e.number = c.endpoint
         {filter} ORDER BY s.id, c.position"
    );
    let mut selected = Selected::default();
    // The subscriber of the row before, whether it could be read or not.
    let mut last: Option<(String, bool)> = None;
    session.each(&text, values, |row| {
        let id: String = row.get(0)?;
        let is_known = match &last {
            Some((before, is_readable)) if *before == id => *is_readable,
            _ => selected.read(&id, row)?,
        };
        if is_known {
            selected.add_endpoint(row)?;
        }
        last = Some((id, is_known));
        Ok(())
    })?;
    Ok(selected)
}

impl Selected {
    /// Adds the row's subscriber; `false` when it cannot be read.
    fn read(&mut self, id: &str, row: &Row<'_>) -> Result<bool, LedgerFault> {
        let subscriber = SubscriberId::from_stored(id);
        match read_subscriber(subscriber.clone(), row) {
            Ok(listed) => self.listed.push(listed),
            Err(LedgerFault::Unreadable(what)) => {
                self.unreadable.push(UnreadableRow { subscriber, endpoint: None, what });
                return Ok(false);
            }
            Err(fault) => return Err(fault),
        }
        Ok(true)
    }

    /// Adds the row's address to the subscriber that was added last.
    fn add_endpoint(&mut self, row: &Row<'_>) -> Result<(), LedgerFault> {
        let Some(listed) = self.listed.last_mut() else { return Ok(()) };
        let Some(number) = row.get::<Option<i64>>(13)?.map(EndpointId) else { return Ok(()) };
        match endpoint(row.get(14)?, &row.get::<String>(15)?) {
            Ok(address) => {
                listed.subscriber.endpoints.push((number, address));
                listed.suppressed.extend(row.get::<Option<String>>(16)?.map(|reason| (number, reason)));
            }
            Err(LedgerFault::Unreadable(what)) => {
                let subscriber = listed.subscriber.id.clone();
                self.unreadable.push(UnreadableRow { subscriber, endpoint: Some(number), what });
            }
            Err(fault) => return Err(fault),
        }
        Ok(())
    }
}

fn read_subscriber(id: SubscriberId, row: &Row<'_>) -> Result<SubscriberRecord, LedgerFault> {
    let language: String = row.get(3)?;
    let optional = |column| row.get::<Option<i64>>(column)?.map(moment).transpose();
    let subscriber = Subscriber {
        id,
        follows: read_follows(&row.get::<String>(1)?)?,
        from_severity: severity(row.get(2)?)?,
        language: Language::new(&language).ok_or_else(|| unreadable("language"))?,
        time_zone: row.get(4)?,
        endpoints: Vec::new(),
    };
    Ok(SubscriberRecord {
        subscriber,
        added_at: moment(row.get(5)?)?,
        removed_at: optional(6)?,
        confirmed_at: optional(7)?,
        consent: read_consent(row)?,
        fields: read_fields(&row.get::<String>(11)?)?,
        version: count(row.get(12)?)?,
        suppressed: BTreeMap::new(),
    })
}

fn read_consent(row: &Row<'_>) -> Result<Option<Consent>, LedgerFault> {
    let stored = (row.get::<Option<String>>(8)?, row.get::<Option<String>>(9)?, row.get::<Option<i64>>(10)?);
    let (Some(method), Some(source), Some(at)) = stored else { return Ok(None) };
    let method = ConsentMethod::from_word(&method).ok_or_else(|| unreadable("consent"))?;
    Ok(Some(Consent { method, source, at: moment(at)? }))
}

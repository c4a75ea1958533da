//! Reads and writes the rows of subscribers.
//!
//! Promises: a row that cannot be read stops only itself, and is named.

use std::collections::{BTreeMap, BTreeSet};

use super::candidates::Barred;
use super::columns::{
    PENDING, WAITING, channel_number, count, doubted, endpoint, milliseconds, moment, severity, state_number,
};
use super::fault::LedgerFault;
use super::followers;
use super::session::{Row, Session, Values};
use crate::ledger::stored::{read_fields, read_follows, unreadable};
use crate::ledger::{SubscriberPage, SubscriberRecord, UnreadableRow};
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

pub(super) fn active_after(
    session: &mut Session<'_>,
    after: Option<&SubscriberId>,
    number_max: usize,
) -> Result<SubscriberPage, LedgerFault> {
    let filter = "WHERE s.number IN (SELECT number FROM subscriber
             WHERE destination IS NULL AND removed_at IS NULL AND confirmed_at IS NOT NULL AND id > ?1
             ORDER BY id LIMIT ?2)";
    let after = after.map_or("", SubscriberId::as_str);
    let count_max = i64::try_from(number_max).unwrap_or(i64::MAX);
    let (mut page, mut number, mut last) = (SubscriberPage::default(), 0, None);
    let unreadable = select(session, filter, &[&after, &count_max], |mut listed| {
        number += 1;
        last = Some(listed.subscriber.id.clone());
        if listed.can_be_notified() {
            let suppressed = &listed.suppressed;
            listed.subscriber.endpoints.retain(|(number, _)| !suppressed.contains_key(number));
        }
        if !listed.subscriber.endpoints.is_empty() {
            page.subscribers.push(listed.subscriber);
        }
    })?;
    let skipped = unreadable.into_iter().filter(|row| row.endpoint.is_none()).map(|row| row.subscriber);
    for id in skipped {
        number += 1;
        last = last.max(Some(id));
    }
    page.last = last.filter(|_| number == number_max);
    Ok(page)
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
    records(session, "WHERE s.destination IS NULL", &[])
}

pub(super) fn unreadable_rows(session: &mut Session<'_>) -> Result<Vec<UnreadableRow>, LedgerFault> {
    select(session, "WHERE s.destination IS NULL", &[], drop)
}

pub(super) fn at(
    session: &mut Session<'_>,
    endpoint: &Endpoint,
) -> Result<Vec<SubscriberRecord>, LedgerFault> {
    let filter = "WHERE s.number IN (SELECT mine.subscriber FROM contact mine
                      JOIN endpoint there ON there.number = mine.endpoint
                      WHERE there.channel = ?1 AND there.canonical = ?2)";
    let values: Values<'_> = &[&channel_number(endpoint.channel()), &endpoint.canonical()];
    records(session, filter, values)
}

pub(super) fn by_id(
    session: &mut Session<'_>,
    id: &SubscriberId,
) -> Result<Option<SubscriberRecord>, LedgerFault> {
    let filter = "WHERE s.id = ?1 AND s.destination IS NULL";
    Ok(records(session, filter, &[&id.as_str()])?.into_iter().next())
}

fn records(
    session: &mut Session<'_>,
    filter: &str,
    values: Values<'_>,
) -> Result<Vec<SubscriberRecord>, LedgerFault> {
    let mut records = Vec::new();
    select(session, filter, values, |record| records.push(record))?;
    let mut followed = followers::followed(session, filter, values)?;
    for record in &mut records {
        record.incidents = followed.remove(&record.subscriber.id).unwrap_or_default();
    }
    Ok(records)
}

/// Gives the subscribers that match the filter, one after the other, and returns what cannot be read.
fn select(
    session: &mut Session<'_>,
    filter: &str,
    values: Values<'_>,
    give: impl FnMut(SubscriberRecord),
) -> Result<Vec<UnreadableRow>, LedgerFault> {
    let text = format!(
        "SELECT s.id, s.follows, s.from_severity, s.language, s.time_zone, s.added_at, s.removed_at, s.confirmed_at,
                s.consent_way, s.consent_source, s.consent_at, s.fields, s.version,
                e.number, e.channel, e.address, e.suppressed_because
         FROM subscriber s LEFT JOIN contact c ON c.subscriber = s.number LEFT JOIN endpoint e ON e.number = c.endpoint
         {filter} ORDER BY s.id, c.position"
    );
    let mut reader = RecordReader { give, current: None, languages: BTreeMap::new(), unreadable: Vec::new() };
    // The subscriber of the row before, whether it could be read or not.
    let mut last: Option<(String, bool)> = None;
    session.each(&text, values, |row| {
        let id: String = row.get(0)?;
        let is_known = match &last {
            Some((before, is_readable)) if *before == id => *is_readable,
            _ => reader.read(&id, row)?,
        };
        if is_known {
            reader.add_endpoint(row)?;
        }
        last = Some((id, is_known));
        Ok(())
    })?;
    reader.give_current();
    Ok(reader.unreadable)
}

/// Puts the rows of a subscriber, one for each address, together.
struct RecordReader<F> {
    give: F,
    current: Option<SubscriberRecord>,
    /// Shared by all who read them: there are few.
    languages: BTreeMap<String, Language>,
    unreadable: Vec<UnreadableRow>,
}

impl<F: FnMut(SubscriberRecord)> RecordReader<F> {
    fn give_current(&mut self) {
        self.current.take().into_iter().for_each(&mut self.give);
    }

    /// Begins with the row's subscriber; `false` when it cannot be read.
    fn read(&mut self, id: &str, row: &Row<'_>) -> Result<bool, LedgerFault> {
        self.give_current();
        let subscriber = SubscriberId::from_stored(id);
        match read_subscriber(subscriber.clone(), row, &mut self.languages) {
            Ok(record) => self.current = Some(record),
            Err(LedgerFault::Unreadable(what)) => {
                self.unreadable.push(UnreadableRow { subscriber, endpoint: None, what });
                return Ok(false);
            }
            Err(fault) => return Err(fault),
        }
        Ok(true)
    }

    /// Adds the row's address to the current subscriber.
    fn add_endpoint(&mut self, row: &Row<'_>) -> Result<(), LedgerFault> {
        let Some(record) = &mut self.current else { return Ok(()) };
        let Some(number) = row.get::<Option<i64>>(13)?.map(EndpointId) else { return Ok(()) };
        match endpoint(row.get(14)?, &row.get::<String>(15)?) {
            Ok(address) => {
                record.subscriber.endpoints.push((number, address));
                record.suppressed.extend(row.get::<Option<String>>(16)?.map(|reason| (number, reason)));
            }
            Err(LedgerFault::Unreadable(what)) => {
                let subscriber = record.subscriber.id.clone();
                self.unreadable.push(UnreadableRow { subscriber, endpoint: Some(number), what });
            }
            Err(fault) => return Err(fault),
        }
        Ok(())
    }
}

fn read_subscriber(
    id: SubscriberId,
    row: &Row<'_>,
    languages: &mut BTreeMap<String, Language>,
) -> Result<SubscriberRecord, LedgerFault> {
    let optional = |column| row.get::<Option<i64>>(column)?.map(moment).transpose();
    let subscriber = Subscriber {
        id,
        follows: read_follows(&row.get::<String>(1)?)?,
        from_severity: severity(row.get(2)?)?,
        language: language(row.get(3)?, languages)?,
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
        incidents: Vec::new(),
    })
}

fn language(tag: String, known: &mut BTreeMap<String, Language>) -> Result<Language, LedgerFault> {
    if let Some(language) = known.get(&tag) {
        return Ok(language.clone());
    }
    let language = Language::new(&tag).ok_or_else(|| unreadable("language"))?;
    Ok(known.entry(tag).or_insert(language).clone())
}

fn read_consent(row: &Row<'_>) -> Result<Option<Consent>, LedgerFault> {
    let stored = (row.get::<Option<String>>(8)?, row.get::<Option<String>>(9)?, row.get::<Option<i64>>(10)?);
    let (Some(method), Some(source), Some(at)) = stored else { return Ok(None) };
    let method = ConsentMethod::from_word(&method).ok_or_else(|| unreadable("consent"))?;
    Ok(Some(Consent { method, source, at: moment(at)? }))
}

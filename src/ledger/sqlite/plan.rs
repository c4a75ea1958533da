//! Planning: changes, messages, notices and steps, and the baseline that moves with them.
//!
//! Promises: all or nothing; a change that was planned before inserts nothing, whoever subscribed since.

use std::collections::HashMap;

use rusqlite::{OptionalExtension, Transaction, params};

use super::columns::{
    CLAIMED, PENDING, WAITING, channel_number, milliseconds, severity_number, state_number,
};
use super::{Fault, baseline, brake};
use crate::ledger::stored::{write_message, write_what};
use crate::ledger::{Brake, PlanRequest, Planned, Planning};
use crate::model::Moment;
use crate::model::change::{Change, ChangeId};
use crate::model::message::{Message, MessageId};
use crate::model::notice::{Notice, Step, StepState};

pub(super) fn plan(
    transaction: &Transaction<'_>,
    request: &PlanRequest<'_>,
    now: Moment,
) -> Result<Planning, Fault> {
    brake::refuse(transaction)?;
    if baseline::read(transaction)?.as_ref() != Some(request.base) {
        return Ok(Planning::Overtaken);
    }
    let changes = &request.difference.changes;
    if let Some(max) = request.changes_max
        && changes.len() > max
    {
        let reason = format!("{} changes in one run, and the limit is {max}", changes.len());
        return Err(Fault::Alarm(Brake { reason, since: now }));
    }
    let mut planned = Planned::default();
    let mut new = HashMap::new();
    for change in changes {
        if let Some(rows) = insert_change(transaction, change, now)? {
            planned.changes += 1;
            new.insert(&change.id, rows);
        }
    }
    insert_notices(transaction, request, &new, now, &mut planned)?;
    for rows in new.values() {
        planned.superseded += supersede(transaction, rows, now)?;
    }
    baseline::write(transaction, &request.difference.announced, now)?;
    Ok(Planning::Planned(planned))
}

/// Where a new change stands.
struct ChangeRows {
    change: i64,
    incident: i64,
}

/// Inserts a change; `None` when it was planned before.
fn insert_change(
    transaction: &Transaction<'_>,
    change: &Change,
    now: Moment,
) -> Result<Option<ChangeRows>, Fault> {
    // The update that changes nothing makes RETURNING answer for an incident that is there already.
    let incident: i64 = transaction.query_row(
        "INSERT INTO incident (origin) VALUES (?1)
         ON CONFLICT (origin) DO UPDATE SET origin = excluded.origin RETURNING number",
        [change.origin.as_str()],
        |row| row.get(0),
    )?;
    let number = transaction
        .query_row(
            "INSERT OR IGNORE INTO change (id, incident, name, revision, what, planned_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6) RETURNING number",
            params![
                change.id.as_str(),
                incident,
                change.incident.as_str(),
                change.revision,
                write_what(&change.what),
                milliseconds(now)
            ],
            |row| row.get(0),
        )
        .optional()?;
    Ok(number.map(|change| ChangeRows { change, incident }))
}

fn insert_notices(
    transaction: &Transaction<'_>,
    request: &PlanRequest<'_>,
    new: &HashMap<&ChangeId, ChangeRows>,
    now: Moment,
    planned: &mut Planned,
) -> Result<(), Fault> {
    let mut messages = HashMap::new();
    for notice in &request.notices.notices {
        if !request.difference.changes.iter().any(|change| change.id == notice.change) {
            return Err(Fault::Unfounded(format!("notice {} tells of no planned change", notice.id)));
        }
        let Some(rows) = new.get(&notice.change) else { continue };
        let number = insert_notice(transaction, notice, rows)?;
        planned.notices += 1;
        for step in &notice.steps {
            let message = match messages.get(&step.message) {
                Some(number) => *number,
                None => {
                    let words = request.notices.messages.get(&step.message);
                    let number = insert_message(transaction, &step.message, words)?;
                    messages.insert(&step.message, number);
                    number
                }
            };
            insert_step(transaction, notice, step, (number, message), now)?;
            planned.steps += 1;
        }
    }
    Ok(())
}

fn insert_notice(transaction: &Transaction<'_>, notice: &Notice, rows: &ChangeRows) -> Result<i64, Fault> {
    let inserted = transaction
        .prepare_cached(
            "INSERT INTO notice (change, subscriber, incident)
             SELECT ?1, number, ?2 FROM subscriber WHERE id = ?3 RETURNING number",
        )?
        .query_row(params![rows.change, rows.incident, notice.subscriber.as_str()], |row| row.get(0))
        .optional()?;
    inserted.ok_or_else(|| Fault::Unfounded(format!("notice {} is for an unknown subscriber", notice.id)))
}

fn insert_message(
    transaction: &Transaction<'_>,
    id: &MessageId,
    words: Option<&Message>,
) -> Result<i64, Fault> {
    let Some(words) = words else {
        return Err(Fault::Unfounded(format!("message {id} is named by a step and has no words")));
    };
    Ok(transaction
        .prepare_cached(
            "INSERT INTO message (id, content) VALUES (?1, ?2)
             ON CONFLICT (id) DO UPDATE SET id = excluded.id RETURNING number",
        )?
        .query_row([id.as_str(), &write_message(words)], |row| row.get(0))?)
}

fn insert_step(
    transaction: &Transaction<'_>,
    notice: &Notice,
    step: &Step,
    (number, message): (i64, i64),
    now: Moment,
) -> Result<(), Fault> {
    let state = if step.position == 0 { PENDING } else { WAITING };
    transaction
        .prepare_cached(
            "INSERT INTO step
                 (id, notice, position, channel, severity, endpoint, message, state, due_at, expires_at,
                  try_for)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        )?
        .execute(params![
            step.id.as_str(),
            number,
            step.position,
            channel_number(step.channel),
            severity_number(notice.severity),
            step.endpoint.0,
            message,
            state,
            milliseconds(now),
            milliseconds(step.expires_at),
            step.try_for.map(|limit| limit.num_milliseconds())
        ])?;
    Ok(())
}

/// Ends the steps of older changes of the incident for everybody who has a notice of the new one. A step
/// that is being handed off is left alone: what comes of it is settled, and its retries are not.
fn supersede(transaction: &Transaction<'_>, rows: &ChangeRows, now: Moment) -> Result<u64, Fault> {
    let superseded = transaction.execute(
        "UPDATE step SET state = ?1, ended_at = ?2 WHERE state < ?3 AND notice IN (
             SELECT old.number FROM notice new JOIN notice old
                 ON old.subscriber = new.subscriber AND old.incident = new.incident AND old.change < new.change
             WHERE new.change = ?4)",
        params![state_number(StepState::Superseded), milliseconds(now), CLAIMED, rows.change],
    )?;
    Ok(superseded as u64)
}

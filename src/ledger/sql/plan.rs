//! Planning: changes, messages, notices and steps, and the baseline that moves with them.
//!
//! Promises: all or nothing; a change that was planned before inserts nothing, no matter who subscribed since. Only one
//! plan is written at a time, because each locks the baseline; so its numbers are unique.
//!
//! `chain` decides the effect of a newer change on a notice ([`Event::Replaced`](crate::chain::Event::Replaced)). Here one
//! statement does the same for all notices, because loading a million chains would take too long; `ledger::tests::bulk`
//! compares it with the chain in every state.

use std::collections::HashMap;

use super::columns::{CLAIMED, doubted, milliseconds, state_number, step_key};
use super::fault::LedgerFault;
use super::rows::{NextNumbers, NoticeRow, StepRow};
use super::session::Session;
use super::{
    approvals, baseline, brake, controls, correct, destinations, followers, insert, message, withdrawal,
};
use crate::chain::REPLACED_IN_DOUBT;
use crate::ledger::stored::write_what;
use crate::ledger::{Brake, PlanRequest, Planned, Planning};
use crate::model::Moment;
use crate::model::brake::BrakeCause;
use crate::model::change::{Change, ChangeId};
use crate::model::clearance::{Ground, PublishOverride};
use crate::model::notice::{Notice, Notices, PlannedStep, StepState};
use crate::model::subscriber::SubscriberId;

/// How many notices are written in one go, where several can be.
const CHUNK: usize = 5_000;

pub(super) fn plan(
    session: &mut Session<'_>,
    request: &PlanRequest<'_>,
    now: Moment,
) -> Result<Planning, LedgerFault> {
    brake::refuse(session)?;
    if baseline::hold(session)?.as_ref() != Some(request.base) {
        return Ok(Planning::Conflict);
    }
    let changes = &request.difference.changes;
    if !changes.is_empty() && request.clearance.ground() == &Ground::Silent {
        return Err(LedgerFault::Unfounded(
            "a clearance for these changes: this one is for silent edits".to_owned(),
        ));
    }
    refuse_too_many(session, request, now)?;
    for approval in request.clearance.approvals() {
        approvals::add(session, approval)?;
    }
    for change in request.clearance.controls() {
        if !controls::replace(session, change)? {
            return Err(LedgerFault::ControlChanged(change.incident.clone()));
        }
    }
    let mut planned = Planned::default();
    let mut new = HashMap::new();
    for change in changes {
        if let Some(rows) = insert_change(session, change, now)? {
            planned.changes += 1;
            withdrawal::end(session, &change.origin)?;
            if let Some(forced) = request.clearance.forced() {
                insert_forced(session, &rows, forced)?;
            }
            new.insert(&change.id, rows);
        }
    }
    let places = match request.destinations {
        Some(destinations) => destinations::enroll(session, destinations, now)?,
        None => HashMap::new(),
    };
    insert_notices(session, request, (&new, &places), now, &mut planned)?;
    for rows in new.values() {
        planned.superseded += supersede(session, rows, now)?;
    }
    // What is superseded needs no other text.
    if let Some(corrected) = request.corrected {
        planned.corrected = correct::correct(session, corrected)?;
    }
    followers::reopen(session, changes)?;
    followers::end(session, &request.difference.announced, now)?;
    baseline::write(session, &request.difference.announced, now)?;
    brake::forget_released(session)?;
    if planned.steps > 0 {
        session.signal_work()?;
    }
    Ok(Planning::Planned(planned))
}

/// Pulls the brake where one run has too many changes, not counting those that a person released from it.
fn refuse_too_many(
    session: &mut Session<'_>,
    request: &PlanRequest<'_>,
    now: Moment,
) -> Result<(), LedgerFault> {
    let Some(max) = request.changes_max else { return Ok(()) };
    let changes = &request.difference.changes;
    if changes.len() <= max {
        return Ok(());
    }
    let released = brake::released(session)?;
    let number = changes.iter().filter(|change| !released.contains(change.id.as_str())).count();
    if number <= max {
        return Ok(());
    }
    let noun = if number == 1 { "change" } else { "changes" };
    let reason = format!("{number} {noun} in one run; the limit is {max}");
    let changes = changes.iter().map(|change| change.id.clone()).collect();
    Err(LedgerFault::Alarm {
        brake: Brake { reason, cause: BrakeCause::TooManyChanges, since: now },
        changes,
    })
}

/// Where a new change stands.
struct ChangeRows {
    change: i64,
    incident: i64,
}

/// Inserts a change; `None` when it was planned before.
fn insert_change(
    session: &mut Session<'_>,
    change: &Change,
    now: Moment,
) -> Result<Option<ChangeRows>, LedgerFault> {
    // The update that changes nothing makes RETURNING answer for an incident that is there already, and holds it.
    let incident: i64 = session.value(
        "INSERT INTO incident (origin) VALUES (?1)
         ON CONFLICT (origin) DO UPDATE SET origin = excluded.origin RETURNING number",
        &[&change.origin.as_str()],
    )?;
    let number = session.find(
        "INSERT INTO change (id, incident, name, revision, what, planned_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (id) DO NOTHING RETURNING number",
        &[
            &change.id.as_str(),
            &incident,
            &change.incident.as_str(),
            &i64::from(change.revision),
            &write_what(&change.what),
            &milliseconds(now),
        ],
        |row| row.get(0),
    )?;
    Ok(number.map(|change| ChangeRows { change, incident }))
}

fn insert_forced(
    session: &mut Session<'_>,
    rows: &ChangeRows,
    forced: &PublishOverride,
) -> Result<(), LedgerFault> {
    session.execute(
        "INSERT INTO forced (change, who, site) VALUES (?1, ?2, ?3)",
        &[&rows.change, &forced.who, &forced.site],
    )?;
    Ok(())
}

fn insert_notices(
    session: &mut Session<'_>,
    request: &PlanRequest<'_>,
    (new, places): (&HashMap<&ChangeId, ChangeRows>, &HashMap<SubscriberId, i64>),
    now: Moment,
    planned: &mut Planned,
) -> Result<(), LedgerFault> {
    let mut messages = HashMap::new();
    let mut next = NextNumbers::read(session)?;
    for chunk in request.notices.notices.chunks(CHUNK) {
        let (mut notices, mut steps) = (Vec::new(), Vec::new());
        for notice in chunk {
            if !request.difference.changes.iter().any(|change| change.id == notice.change) {
                return Err(LedgerFault::Unfounded(format!(
                    "notice {} belongs to no planned change",
                    notice.id()
                )));
            }
            let Some(rows) = new.get(&notice.change) else { continue };
            let notice_number = next.notice();
            notices.push(NoticeRow {
                number: notice_number,
                change: rows.change,
                incident: rows.incident,
                notice,
            });
            for step in &notice.steps {
                let message = match messages.get(&step.message) {
                    Some(number) => *number,
                    None => {
                        let number = insert_message(session, step, request.notices)?;
                        *messages.entry(step.message).or_insert(number)
                    }
                };
                let (key, severity) = (step_key(&notice.step_id(step)), notice.severity);
                let (endpoint, number) = (endpoint(notice, step, places)?, next.step());
                let (notice, change) = (notice_number, rows.change);
                steps.push(StepRow { number, key, notice, change, endpoint, message, severity, step });
            }
        }
        insert::insert(session, &notices, &steps, now)?;
        planned.notices += notices.len() as u64;
        planned.steps += steps.len() as u64;
    }
    Ok(())
}

/// The number of a step's address.
fn endpoint(
    notice: &Notice,
    step: &PlannedStep,
    places: &HashMap<SubscriberId, i64>,
) -> Result<i64, LedgerFault> {
    if !step.channel.is_for_places() {
        return Ok(step.endpoint.0);
    }
    let place = places.get(&notice.subscriber).copied();
    place.ok_or_else(|| {
        LedgerFault::Unfounded(format!("notice {} is for an unknown destination", notice.id()))
    })
}

fn insert_message(
    session: &mut Session<'_>,
    step: &PlannedStep,
    notices: &Notices,
) -> Result<i64, LedgerFault> {
    match notices.message_of(step) {
        Some(message) => message::insert(session, message),
        None => Err(LedgerFault::Unfounded(format!(
            "a step names message {}, which does not exist",
            step.message
        ))),
    }
}

/// Ends the steps of older changes of the incident for everyone who has a notice of the new one. A step that
/// is being handed off is left unchanged: what comes of it is settled, and its retries are not. One that may have
/// been sent stays in doubt.
fn supersede(session: &mut Session<'_>, rows: &ChangeRows, now: Moment) -> Result<u64, LedgerFault> {
    let doubted = doubted();
    session.execute(
        &format!(
            "UPDATE step SET ended_at = ?2, state = CASE WHEN {doubted} THEN {} ELSE ?1 END,
                 reason = CASE WHEN {doubted} THEN '{REPLACED_IN_DOUBT}' ELSE reason END
             WHERE state < ?3 AND notice IN (
                 SELECT old.number FROM notice new JOIN notice old
                     ON old.subscriber = new.subscriber AND old.incident = new.incident AND old.change < new.change
                 WHERE new.change = ?4)",
            state_number(StepState::InDoubt)
        ),
        &[&state_number(StepState::Superseded), &milliseconds(now), &CLAIMED, &rows.change],
    )
}

//! Incidents that were reported in error.
//!
//! Promises: no message of such an incident that was planned before is sent; a withdrawal ends once the incident's next
//! change is planned, so a real outage in the same file is announced to all. Never sends.

use std::collections::{BTreeMap, BTreeSet};

use super::columns::{PENDING, WAITING, doubted, milliseconds, state_list, state_number};
use super::fault::LedgerFault;
use super::session::Session;
use crate::chain::{WITHDRAWN, WITHDRAWN_IN_DOUBT};
use crate::ledger::stored::incident;
use crate::model::Moment;
use crate::model::incident::IncidentId;
use crate::model::notice::StepState;
use crate::model::subscriber::SubscriberId;

/// The name of the setting that holds them: a line for each, its last change and its origin.
const SETTING: &str = "withdrawn";

/// The name of the setting that holds those whose next change was planned, in the same form.
const ENDED: &str = "withdrawals that ended";

/// The states of a step whose person heard of it, or may have.
const HEARD: [StepState; 5] =
    [StepState::Claimed, StepState::Accepted, StepState::Delivered, StepState::InDoubt, StepState::Watching];

/// The incidents that were withdrawn, by origin, with the number of the last change that was planned before.
pub(super) type Withdrawn = BTreeMap<String, i64>;

/// Ends what waits of an incident: one statement for what `chain` says of each ([`Event::Withdrawn`](crate::chain::Event)).
/// Returns how many messages are not sent.
pub(super) fn withdraw(
    session: &mut Session<'_>,
    origin: &IncidentId,
    now: Moment,
) -> Result<u64, LedgerFault> {
    let last: Option<i64> = session.value(
        "SELECT MAX(c.number) FROM change c JOIN incident i ON i.number = c.incident WHERE i.origin = ?1",
        &[&origin.as_str()],
    )?;
    let mut all = read(session)?;
    all.insert(origin.as_str().to_owned(), last.unwrap_or(0));
    write_to(session, SETTING, &all)?;
    let (doubted, in_doubt) = (doubted(), state_number(StepState::InDoubt));
    let end = |state: i64| {
        format!(
            "UPDATE step SET ended_at = ?2, state = CASE WHEN {doubted} THEN {in_doubt} ELSE ?1 END,
                 reason = CASE WHEN {doubted} THEN '{WITHDRAWN_IN_DOUBT}' ELSE ?3 END
             WHERE state = {state} AND notice IN (
                 SELECT n.number FROM notice n JOIN incident i ON i.number = n.incident WHERE i.origin = ?4)"
        )
    };
    let (state, now) = (state_number(StepState::Withdrawn), milliseconds(now));
    session.execute(&end(WAITING), &[&state, &now, &WITHDRAWN, &origin.as_str()])?;
    session.execute(&end(PENDING), &[&state, &now, &WITHDRAWN, &origin.as_str()])
}

/// Those who heard of each incident that was withdrawn, or may have.
pub(super) fn withdrawn(
    session: &mut Session<'_>,
) -> Result<BTreeMap<IncidentId, BTreeSet<SubscriberId>>, LedgerFault> {
    let origins = read(session)?.into_keys().map(|origin| incident(&origin)).collect::<Result<_, _>>()?;
    notified(session, &origins)
}

/// Those who heard of each of these incidents, or may have.
pub(super) fn notified(
    session: &mut Session<'_>,
    origins: &BTreeSet<IncidentId>,
) -> Result<BTreeMap<IncidentId, BTreeSet<SubscriberId>>, LedgerFault> {
    let text = format!(
        "SELECT DISTINCT p.id FROM notice n JOIN incident i ON i.number = n.incident
             JOIN subscriber p ON p.number = n.subscriber JOIN step s ON s.notice = n.number
         WHERE i.origin = ?1 AND (s.state IN ({}) OR s.attempts > 0 AND EXISTS (
             SELECT 1 FROM attempt a WHERE a.step = s.number AND a.class IN (0, 5)))",
        state_list(&HEARD)
    );
    subscribers_by_origin(session, &text, origins)
}

/// The subscribers that a query finds for each incident; its parameter is the incident's origin.
pub(super) fn subscribers_by_origin(
    session: &mut Session<'_>,
    query: &str,
    origins: &BTreeSet<IncidentId>,
) -> Result<BTreeMap<IncidentId, BTreeSet<SubscriberId>>, LedgerFault> {
    let mut all = BTreeMap::new();
    for origin in origins {
        let people = session
            .rows(query, &[&origin.as_str()], |row| Ok(SubscriberId::from_stored(row.get::<String>(0)?)))?;
        all.insert(origin.clone(), people.into_iter().collect());
    }
    Ok(all)
}

/// Ends a withdrawal, because a newer change of the incident was planned. It is still known that there was one.
pub(super) fn end(session: &mut Session<'_>, origin: &IncidentId) -> Result<(), LedgerFault> {
    let mut all = read(session)?;
    if let Some(last) = all.remove(origin.as_str()) {
        write_to(session, SETTING, &all)?;
        let mut ended = read_from(session, ENDED)?;
        ended.insert(origin.as_str().to_owned(), last);
        write_to(session, ENDED, &ended)?;
    }
    Ok(())
}

/// Whether an incident was withdrawn, and at most one change of it was planned since: its end.
pub(super) fn is_withdrawn(session: &mut Session<'_>, origin: &IncidentId) -> Result<bool, LedgerFault> {
    if read(session)?.contains_key(origin.as_str()) {
        return Ok(true);
    }
    let Some(last) = read_from(session, ENDED)?.get(origin.as_str()).copied() else { return Ok(false) };
    let since: Option<i64> = session.value(
        "SELECT COUNT(*) FROM change c JOIN incident i ON i.number = c.incident WHERE i.origin = ?1 AND c.number > ?2",
        &[&origin.as_str(), &last],
    )?;
    Ok(since.unwrap_or(0) <= 1)
}

/// The incidents that are withdrawn.
pub(super) fn read(session: &mut Session<'_>) -> Result<Withdrawn, LedgerFault> {
    read_from(session, SETTING)
}

fn read_from(session: &mut Session<'_>, name: &str) -> Result<Withdrawn, LedgerFault> {
    let found: Option<Vec<u8>> =
        session.find("SELECT value FROM setting WHERE name = ?1", &[&name], |row| row.get(0))?;
    let text =
        String::from_utf8(found.unwrap_or_default()).map_err(|_| LedgerFault::Unreadable("setting"))?;
    let line = |line: &str| {
        let (last, origin) = line.split_once(' ')?;
        Some((origin.to_owned(), last.parse().ok()?))
    };
    text.lines().map(|text| line(text).ok_or(LedgerFault::Unreadable("setting"))).collect()
}

fn write_to(session: &mut Session<'_>, name: &str, all: &Withdrawn) -> Result<(), LedgerFault> {
    if all.is_empty() {
        return session.execute("DELETE FROM setting WHERE name = ?1", &[&name]).map(drop);
    }
    let lines: Vec<String> = all.iter().map(|(origin, last)| format!("{last} {origin}")).collect();
    let text = lines.join("\n").into_bytes();
    session.execute(
        "INSERT INTO setting (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        &[&name, &text],
    )?;
    Ok(())
}

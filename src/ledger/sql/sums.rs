//! Sums over changes: how many people each reached, through which channels, how fast, and how many it did not reach.
//!
//! Promises: every recipient of a change is counted exactly once. The database computes the sums, so that a million notices
//! are never loaded into memory.

use std::collections::BTreeMap;

use super::columns::{PENDING, channel, channel_list, class, class_number, count, moment, state, state_list};
use super::fault::LedgerFault;
use super::session::Session;
use super::story::{CHANGE_COLUMNS, read_change_and_number};
use crate::chain::NoticeState;
use crate::ledger::{ChangeRecord, ChangeSummary, SendTimes, UnreachedSubscriber};
use crate::model::Moment;
use crate::model::change::ChangeId;
use crate::model::channel::Channel;
use crate::model::incident::IncidentId;
use crate::model::notice::StepState;
use crate::model::reply::ReplyClass;
use crate::model::subscriber::SubscriberId;

pub(super) fn summary(
    session: &mut Session<'_>,
    incident: Option<&IncidentId>,
) -> Result<Vec<ChangeSummary>, LedgerFault> {
    let text = format!(
        "SELECT {CHANGE_COLUMNS}, c.number FROM change c JOIN incident i ON i.number = c.incident
         WHERE CAST(?1 AS TEXT) IS NULL OR i.origin = ?1 OR c.name = ?1 ORDER BY c.number"
    );
    let changes = session.rows(&text, &[&incident.map(IncidentId::as_str)], read_change_and_number)?;
    changes.into_iter().map(|(change, number)| sum_up(session, change, number)).collect()
}

fn sum_up(
    session: &mut Session<'_>,
    change: ChangeRecord,
    number: i64,
) -> Result<ChangeSummary, LedgerFault> {
    let (people, places) = (people(session, number)?, places(session, number)?);
    let steps = steps(session, number)?;
    let calls = calls(session, number)?;
    let held = held(session, number)?;
    Ok(ChangeSummary { change, people, places, steps, held, calls, pace: pace(session, number)? })
}

/// The place in [`NoticeState::ALL`] of what happened to a notice, from its steps `s`.
fn notice_state() -> String {
    let fits = |notice: NoticeState| {
        let states: Vec<StepState> = StepState::ALL.into_iter().filter(|state| notice.fits(*state)).collect();
        state_list(&states)
    };
    let cases = (0..).zip(NoticeState::ALL).map(|(place, state)| {
        format!("WHEN MAX(CASE WHEN s.state IN ({}) THEN 1 ELSE 0 END) = 1 THEN {place}", fits(state))
    });
    format!("CASE {} END", cases.collect::<Vec<_>>().join(" "))
}

fn read_notice_state(place: i64) -> Result<NoticeState, LedgerFault> {
    let known = usize::try_from(place).ok().and_then(|place| NoticeState::ALL.get(place));
    known.copied().ok_or(LedgerFault::Unreadable("state of a notice"))
}

fn people(session: &mut Session<'_>, change: i64) -> Result<BTreeMap<NoticeState, u64>, LedgerFault> {
    let text = format!(
        "SELECT stands, COUNT(*) FROM (
             SELECT {} AS stands FROM notice n JOIN step s ON s.notice = n.number
             WHERE n.change = ?1 AND s.channel IN ({}) GROUP BY n.number) AS each_notice GROUP BY stands",
        notice_state(),
        channel_list(&Channel::FOR_PEOPLE)
    );
    let counted =
        session.rows(&text, &[&change], |row| Ok((read_notice_state(row.get(0)?)?, count(row.get(1)?)?)));
    Ok(counted?.into_iter().collect())
}

fn places(session: &mut Session<'_>, change: i64) -> Result<Vec<(String, NoticeState)>, LedgerFault> {
    let text = format!(
        "SELECT p.destination, {} FROM notice n JOIN step s ON s.notice = n.number
             JOIN subscriber p ON p.number = n.subscriber
         WHERE n.change = ?1 AND p.destination IS NOT NULL GROUP BY n.number, p.destination ORDER BY p.destination",
        notice_state()
    );
    session.rows(&text, &[&change], |row| Ok((row.get(0)?, read_notice_state(row.get(1)?)?)))
}

fn steps(session: &mut Session<'_>, change: i64) -> Result<BTreeMap<(Channel, StepState), u64>, LedgerFault> {
    let counted = session.rows(
        "SELECT s.channel, s.state, COUNT(*) FROM notice n JOIN step s ON s.notice = n.number
         WHERE n.change = ?1 GROUP BY s.channel, s.state",
        &[&change],
        |row| Ok(((channel(row.get(0)?)?, state(row.get(1)?)?), count(row.get(2)?)?)),
    );
    Ok(counted?.into_iter().collect())
}

fn held(session: &mut Session<'_>, change: i64) -> Result<BTreeMap<String, u64>, LedgerFault> {
    let text = format!(
        "SELECT s.reason, COUNT(*) FROM notice n JOIN step s ON s.notice = n.number
         WHERE n.change = ?1 AND s.state = {PENDING} AND s.reason IS NOT NULL GROUP BY s.reason"
    );
    let counted = session.rows(&text, &[&change], |row| Ok((row.get(0)?, count(row.get(1)?)?)));
    Ok(counted?.into_iter().collect())
}

fn calls(session: &mut Session<'_>, change: i64) -> Result<BTreeMap<(String, ReplyClass), u64>, LedgerFault> {
    let counted = session.rows(
        "SELECT a.provider, a.class, COUNT(*)
         FROM notice n JOIN step s ON s.notice = n.number JOIN attempt a ON a.step = s.number
         WHERE n.change = ?1 GROUP BY a.provider, a.class",
        &[&change],
        |row| Ok(((row.get(0)?, class(row.get(1)?)?), count(row.get(2)?)?)),
    );
    Ok(counted?.into_iter().collect())
}

/// When the providers took the steps of a change for people: read by place in their order, not all at once.
fn pace(session: &mut Session<'_>, change: i64) -> Result<Option<SendTimes>, LedgerFault> {
    let handoffs = format!(
        "FROM notice n JOIN step s ON s.notice = n.number JOIN attempt a ON a.step = s.number
         WHERE n.change = ?1 AND a.class = ?2 AND s.channel IN ({})",
        channel_list(&Channel::FOR_PEOPLE)
    );
    let accepted = class_number(ReplyClass::Accepted);
    let number: i64 = session.value(&format!("SELECT COUNT(*) {handoffs}"), &[&change, &accepted])?;
    if number == 0 {
        return Ok(None);
    }
    let by_time = format!("SELECT a.ended_at {handoffs} ORDER BY a.ended_at LIMIT 1 OFFSET ?3");
    // The time by which that percentage was sent.
    let mut at = |percent: i64| -> Result<Moment, LedgerFault> {
        let before = (number * percent + 99) / 100 - 1;
        moment(session.value(&by_time, &[&change, &accepted, &before.max(0)])?)
    };
    Ok(Some(SendTimes { first: at(0)?, half: at(50)?, most: at(95)?, last: at(100)? }))
}

pub(super) fn missed(
    session: &mut Session<'_>,
    change: &ChangeId,
    most: usize,
) -> Result<Vec<UnreachedSubscriber>, LedgerFault> {
    let missed = (0_i32..).zip(NoticeState::ALL).filter(|(_, state)| state.is_missed());
    let places: Vec<String> = missed.map(|(place, _)| place.to_string()).collect();
    let text = format!(
        "SELECT id, stands FROM (
             SELECT p.id AS id, {} AS stands FROM change c JOIN notice n ON n.change = c.number
                 JOIN step s ON s.notice = n.number JOIN subscriber p ON p.number = n.subscriber
             WHERE c.id = ?1 AND p.destination IS NULL GROUP BY n.number, p.id) AS each_notice
         WHERE stands IN ({}) ORDER BY id LIMIT ?2",
        notice_state(),
        places.join(", ")
    );
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    session.rows(&text, &[&change.as_str(), &most], |row| {
        Ok(UnreachedSubscriber {
            subscriber: SubscriberId::from_stored(row.get::<String>(0)?),
            state: read_notice_state(row.get(1)?)?,
        })
    })
}

//! Reads the history of one subscriber's notices, step by step, and when the next step is due.

use std::time::Duration;

use super::columns::{
    CLAIMED, PENDING, WATCHING, channel, class, count, endpoint, evidence, milliseconds, moment, readable,
    severity, small, state, state_number,
};
use super::fault::LedgerFault;
use super::lanes::AWAITS_RETRY;
use super::reports;
use super::session::{Row, Session};
use crate::ledger::stored::{incident, read_what};
use crate::ledger::{Attempt, ChangeRecord, ExplainedStep, LinedUp, NoticeHistory, Wait};
use crate::model::Moment;
use crate::model::change::ChangeId;
use crate::model::clearance::PublishOverride;
use crate::model::incident::IncidentId;
use crate::model::notice::{StepId, StepState};
use crate::model::phase::Severity;
use crate::model::reply::Reply;
use crate::model::subscriber::SubscriberId;

pub(super) const CHANGE_COLUMNS: &str = "c.id, c.name, i.origin, c.revision, c.what, c.planned_at,
    (SELECT f.who FROM forced f WHERE f.change = c.number), (SELECT f.site FROM forced f WHERE f.change = c.number)";

pub(super) fn explain(
    session: &mut Session<'_>,
    subscriber: &SubscriberId,
    incident: Option<&IncidentId>,
) -> Result<Vec<NoticeHistory>, LedgerFault> {
    let text = format!(
        "SELECT {CHANGE_COLUMNS}, n.number FROM notice n JOIN change c ON c.number = n.change
             JOIN incident i ON i.number = n.incident JOIN subscriber p ON p.number = n.subscriber
         WHERE p.id = ?1 AND (CAST(?2 AS TEXT) IS NULL OR i.origin = ?2 OR c.name = ?2) ORDER BY c.number"
    );
    let incident = incident.map(IncidentId::as_str);
    let changes = session.rows(&text, &[&subscriber.as_str(), &incident], read_change_and_number)?;
    let mut explained = Vec::new();
    for (change, notice) in changes {
        let (severity, steps) = read_steps(session, (&change.id, subscriber), notice)?;
        explained.push(NoticeHistory { change, severity, steps });
    }
    Ok(explained)
}

/// A change, and the number behind its columns.
pub(super) fn read_change_and_number(row: &Row<'_>) -> Result<(ChangeRecord, i64), LedgerFault> {
    Ok((read_change(row)?, row.get(8)?))
}

fn read_change(row: &Row<'_>) -> Result<ChangeRecord, LedgerFault> {
    Ok(ChangeRecord {
        id: ChangeId::from_stored(row.get::<String>(0)?),
        incident: incident(&row.get::<String>(1)?)?,
        origin: incident(&row.get::<String>(2)?)?,
        revision: small(row.get(3)?)?,
        what: read_what(&row.get::<String>(4)?)?,
        planned_at: moment(row.get(5)?)?,
        forced: row
            .get::<Option<String>>(6)?
            .zip(row.get(7)?)
            .map(|(who, site)| PublishOverride { who, site }),
    })
}

fn read_steps(
    session: &mut Session<'_>,
    whose: (&ChangeId, &SubscriberId),
    notice: i64,
) -> Result<(Severity, Vec<ExplainedStep>), LedgerFault> {
    let mut urgency = Severity::Notice;
    let text = format!(
        "SELECT s.position, s.channel, e.address, s.state, s.reason, s.due_at, s.expires_at, s.ended_at, s.worker,
                s.number, s.severity, s.success,
                CASE WHEN s.state = {PENDING} AND s.due_at = s.quiet_until THEN s.quiet_until END, e.channel
         FROM step s JOIN endpoint e ON e.number = s.endpoint WHERE s.notice = ?1 ORDER BY s.position"
    );
    let numbered = session.rows(&text, &[&notice], |row| {
        urgency = severity(row.get(10)?)?;
        Ok((row.get::<i64>(9)?, read_step(row, whose)?))
    })?;
    let mut steps = Vec::new();
    let reports = reports::of_notice(session, notice)?;
    for (number, mut step) in numbered {
        step.attempts = read_attempts(session, number)?;
        step.reports.extend(reports.iter().filter(|(step, _)| *step == number).map(|(_, r)| r.clone()));
        if step.state == StepState::Superseded {
            step.reason = replacing_change(session, notice)?;
        }
        steps.push(step);
    }
    Ok((urgency, steps))
}

/// A step, still without its attempts and reports.
fn read_step(
    row: &Row<'_>,
    (change, subscriber): (&ChangeId, &SubscriberId),
) -> Result<ExplainedStep, LedgerFault> {
    let channel = channel(row.get(1)?)?;
    let ended_at: Option<i64> = row.get(7)?;
    Ok(ExplainedStep {
        id: StepId::derive(change, subscriber, channel, small(row.get(0)?)?),
        channel,
        endpoint: readable(endpoint(row.get(13)?, &row.get::<String>(2)?))?,
        state: state(row.get(3)?)?,
        reason: row.get(4)?,
        due_at: moment(row.get(5)?)?,
        success: evidence(row.get(11)?)?,
        held_until: row.get::<Option<i64>>(12)?.map(moment).transpose()?,
        expires_at: moment(row.get(6)?)?,
        ended_at: ended_at.map(moment).transpose()?,
        worker: row.get(8)?,
        attempts: Vec::new(),
        reports: Vec::new(),
    })
}

/// A superseded step's reason follows from the notices and is not stored a million times.
fn replacing_change(session: &mut Session<'_>, notice: i64) -> Result<Option<String>, LedgerFault> {
    let planned_at: Option<i64> = session.find(
        "SELECT c.planned_at FROM notice old JOIN notice new
             ON new.subscriber = old.subscriber AND new.incident = old.incident AND new.change > old.change
         JOIN change c ON c.number = new.change WHERE old.number = ?1 ORDER BY new.change LIMIT 1",
        &[&notice],
        |row| row.get(0),
    )?;
    let planned_at = planned_at.map(moment).transpose()?;
    Ok(planned_at.map(|at| format!("replaced by the change planned {}", at.format("%Y-%m-%d %H:%M:%S UTC"))))
}

fn read_attempts(session: &mut Session<'_>, step: i64) -> Result<Vec<Attempt>, LedgerFault> {
    session.rows(
        "SELECT provider, class, code, words, reference, retry_after, started_at, ended_at
         FROM attempt WHERE step = ?1 ORDER BY number",
        &[&step],
        |row| {
            let retry_after: Option<i64> = row.get(5)?;
            Ok(Attempt {
                provider: row.get(0)?,
                reply: Reply {
                    class: class(row.get(1)?)?,
                    code: row.get(2)?,
                    words: row.get(3)?,
                    reference: row.get(4)?,
                    retry_after: retry_after.map(count).transpose()?.map(Duration::from_millis),
                },
                started_at: moment(row.get(6)?)?,
                ended_at: moment(row.get(7)?)?,
            })
        },
    )
}

pub(super) fn unfinished(session: &mut Session<'_>) -> Result<u64, LedgerFault> {
    let live =
        [StepState::Waiting, StepState::Pending, StepState::Claimed, StepState::Watching].map(state_number);
    let mut sum = 0;
    for state in live {
        // One count per state, with the number in the text: only so are the partial indexes used.
        sum += count(session.value(&format!("SELECT COUNT(*) FROM step WHERE state = {state}"), &[])?)?;
    }
    Ok(sum)
}

/// The live steps of each incident and channel.
pub(super) fn lined_up(session: &mut Session<'_>, until: Moment) -> Result<Vec<LinedUp>, LedgerFault> {
    // Each state by itself, with its number in the text: only so are the partial indexes used.
    let live = |condition: &str, kind: i64| {
        format!("SELECT notice, channel, {kind} AS kind FROM step WHERE {condition}")
    };
    let kinds = [
        live(&format!("state = {PENDING} AND held = 0 AND due_at <= ?1"), 0),
        live(&format!("state = {PENDING} AND due_at > ?1 AND held = 0 AND NOT ({AWAITS_RETRY})"), 1),
        live(&format!("state = {PENDING} AND due_at > ?1 AND {AWAITS_RETRY}"), 2),
        live(&format!("state = {PENDING} AND held = 1"), 3),
        live(&format!("state = {CLAIMED}"), 4),
        live(&format!("state = {WATCHING}"), 4),
    ];
    let text = format!(
        "SELECT i.origin, s.channel, s.kind, COUNT(*) FROM ({}) AS s JOIN notice n ON n.number = s.notice
             JOIN incident i ON i.number = n.incident GROUP BY i.origin, s.channel, s.kind ORDER BY i.origin, s.channel",
        kinds.join(" UNION ALL ")
    );
    let mut all: Vec<LinedUp> = Vec::new();
    session.each(&text, &[&milliseconds(until)], |row| {
        let (origin, channel) = (incident(&row.get::<String>(0)?)?, channel(row.get(1)?)?);
        let (kind, number): (i64, u64) = (row.get(2)?, count(row.get(3)?)?);
        if !all.last().is_some_and(|last| last.origin == origin && last.channel == channel) {
            all.push(LinedUp { origin, channel, due: 0, later: 0, retries: 0, held: 0, under_way: 0 });
        }
        if let Some(last) = all.last_mut() {
            *match kind {
                0 => &mut last.due,
                1 | 2 => &mut last.later,
                3 => &mut last.held,
                _ => &mut last.under_way,
            } += number;
            last.retries += if kind == 2 { number } else { 0 };
        }
        Ok(())
    })?;
    Ok(all)
}

/// The pending steps with a reason, by it.
pub(super) fn waits(session: &mut Session<'_>) -> Result<Vec<Wait>, LedgerFault> {
    let text = format!(
        "SELECT reason, COUNT(*), MIN(due_at) FROM step WHERE state = {PENDING} AND held = 0 AND reason IS NOT NULL
         GROUP BY reason ORDER BY reason"
    );
    session.rows(&text, &[], |row| {
        Ok(Wait { reason: row.get(0)?, count: count(row.get(1)?)?, first_due_at: moment(row.get(2)?)? })
    })
}

//! What text messages may still be sent before somebody is asked.
//!
//! Promises: what was spent is counted from the steps themselves, so a restart forgets nothing; of several workers one
//! counts at a time; a step that would go beyond is held, never dropped: its chain goes on in time, and it leaves when it
//! is let go.

use std::collections::HashMap;

use chrono::TimeDelta;

use super::columns::{channel_number, milliseconds, severity_number};
use super::lanes::Lane;
use super::{Fault, Session};
use crate::ledger::TextBudget;
use crate::model::Moment;
use crate::model::channel::Channel;
use crate::model::phase::Severity;

/// How a held step's reason begins.
const HELD: &str = "held: ";

/// When a held step is looked at again, unless its chain goes on before.
const LOOK_AGAIN: TimeDelta = TimeDelta::minutes(15);

/// How many steps are held at once.
const HELD_AT_ONCE: i64 = 1_000;

/// No message is sent longer after its change was planned.
const TIME_TO_LIVE_MAX: TimeDelta = TimeDelta::days(8);

/// Text steps that left, or may have: claimed, accepted, delivered, in doubt, watching. As the index has it.
const LEFT: &str = "s.channel = 1 AND s.state IN (2, 3, 4, 10, 11)";

/// What is left of a budget, during one claim.
pub(super) struct Purse {
    budget: TextBudget,
    left_today: Option<i64>,
    left_of_incident: HashMap<String, i64>,
}

impl Purse {
    /// Counts what was spent within a day, and keeps other workers from spending meanwhile.
    pub(super) fn open(session: &mut Session<'_>, budget: TextBudget, now: Moment) -> Result<Self, Fault> {
        session.lock("SELECT name FROM setting WHERE name = 'secret' FOR UPDATE", &[])?;
        let left_today = match budget.per_day {
            None => None,
            Some(most) => Some(i64::from(most) - spent_within_a_day(session, now)?),
        };
        Ok(Self { budget, left_today, left_of_incident: HashMap::new() })
    }

    /// Takes out one text message of an incident; the reason why not, where nothing is left.
    pub(super) fn spend(
        &mut self,
        session: &mut Session<'_>,
        incident: &str,
    ) -> Result<Option<String>, Fault> {
        if let (Some(most), Some(..=0)) = (self.budget.per_day, self.left_today) {
            return Ok(Some(format!("{HELD}the budget of {most} text messages within a day is used up")));
        }
        if let Some(most) = self.budget.per_incident {
            if !self.left_of_incident.contains_key(incident) {
                let left = i64::from(most) - spent_on(session, incident)?;
                self.left_of_incident.insert(incident.to_owned(), left);
            }
            match self.left_of_incident.get_mut(incident) {
                Some(left) if *left > 0 => *left -= 1,
                _ => {
                    let why = format!("{HELD}the budget of {most} text messages for one incident is used up");
                    return Ok(Some(why));
                }
            }
        }
        self.left_today = self.left_today.map(|left| left - 1);
        Ok(None)
    }
}

fn spent_on(session: &mut Session<'_>, incident: &str) -> Result<i64, Fault> {
    let text = format!(
        "SELECT COUNT(*) FROM change c JOIN step s ON s.change = c.number
         WHERE c.incident = (SELECT number FROM incident WHERE origin = ?1) AND {LEFT}"
    );
    session.value(&text, &[&incident])
}

fn spent_within_a_day(session: &mut Session<'_>, now: Moment) -> Result<i64, Fault> {
    let text = format!(
        "SELECT COUNT(*) FROM change c JOIN step s ON s.change = c.number
         WHERE c.planned_at > ?1 AND {LEFT} AND (s.ended_at IS NULL OR s.ended_at > ?2)"
    );
    let (planned, ended) = (milliseconds(now - TIME_TO_LIVE_MAX), milliseconds(now - TimeDelta::days(1)));
    session.value(&text, &[&planned, &ended])
}

/// Holds those steps, and more of their lane that are due: they come due again when their chain goes on, or to be
/// looked at again. Returns how many.
pub(super) fn hold(
    session: &mut Session<'_>,
    (severity, lane): (Severity, Lane),
    steps: &[i64],
    why: &str,
    now: Moment,
) -> Result<u64, Fault> {
    let mut numbers: Vec<i64> = steps.to_vec();
    if let Lane::Fresh(change) = lane {
        let text = session
            .locking(
                "SELECT number FROM step WHERE state = 1 AND attempts = 0 AND channel = ?1 AND severity = ?2
                 AND change = ?3 AND due_at <= ?4 ORDER BY due_at LIMIT ?5",
                "FOR UPDATE SKIP LOCKED",
            )
            .into_owned();
        let (channel, severity) = (channel_number(Channel::Text), severity_number(severity));
        let more: Vec<i64> = session.rows(
            &text,
            &[&channel, &severity, &change, &milliseconds(now), &HELD_AT_ONCE],
            |row| row.get(0),
        )?;
        numbers.extend(more);
    }
    let numbers: Vec<String> = numbers.iter().map(i64::to_string).collect();
    let give_up = "CASE WHEN ?1 + try_for < expires_at THEN ?1 + try_for ELSE expires_at END";
    session.execute_once(
        &format!(
            "UPDATE step SET reason = ?3, try_for = NULL, expires_at = {give_up},
                 due_at = CASE WHEN ?2 < {give_up} THEN ?2 ELSE {give_up} END
             WHERE number IN ({})",
            numbers.join(", ")
        ),
        &[&milliseconds(now), &milliseconds(now + LOOK_AGAIN), &why],
    )
}

/// How many steps are held.
pub(super) fn held(session: &mut Session<'_>) -> Result<u64, Fault> {
    let mut sum = 0;
    for tried in ["attempts = 0", "attempts > 0"] {
        let text = format!(
            "SELECT COUNT(*) FROM step WHERE state = 1 AND {tried} AND channel = 1 AND reason LIKE '{HELD}%'"
        );
        sum += super::columns::count(session.value(&text, &[])?)?;
    }
    Ok(sum)
}

/// Makes every held step due. Says how many.
pub(super) fn let_go(session: &mut Session<'_>, now: Moment) -> Result<u64, Fault> {
    let mut sum = 0;
    for tried in ["attempts = 0", "attempts > 0"] {
        let text = format!(
            "UPDATE step SET due_at = ?1, reason = NULL
             WHERE state = 1 AND {tried} AND channel = 1 AND reason LIKE '{HELD}%'"
        );
        sum += session.execute(&text, &[&milliseconds(now)])?;
    }
    Ok(sum)
}

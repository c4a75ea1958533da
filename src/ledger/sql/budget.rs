//! Budgets of channels whose messages cost money.
//!
//! Promises: spending is counted from the steps themselves, so a restart loses nothing; only one worker counts at a time; a
//! step beyond the budget is held, and its chain continues in time. If the chain has no other step, the time on hold does
//! not count against the time to live, up to [`HELD_MAX`].

use std::collections::{BTreeMap, HashMap};

use chrono::TimeDelta;

use super::columns::{
    PENDING, WAITING, channel_number, count, milliseconds, moment, severity_number, state_list,
};
use super::fault::LedgerFault;
use super::lanes::ClaimQueue;
use super::session::Session;
use super::store::SqlLedger;
use crate::ledger::{Budget, Error, HeldTexts, Spending, Spent};
use crate::model::Moment;
use crate::model::channel::Channel;
use crate::model::incident::IncidentId;
use crate::model::notice::StepState;
use crate::model::phase::Severity;

/// How long until a held step is looked at again, unless its chain continues before.
const LOOK_AGAIN: TimeDelta = TimeDelta::minutes(15);

/// How long after its planning a step is held at most: from then on its time to live runs.
const HELD_MAX: TimeDelta = TimeDelta::hours(24);

/// Maximum number of steps held in one statement.
const HELD_AT_ONCE: i64 = 1_000;

/// Maximum time between the planning of a change and the last handoff of its messages.
const TIME_TO_LIVE_MAX: TimeDelta = TimeDelta::days(8);

/// The states of a step that left, or may have.
const LEFT: [StepState; 5] =
    [StepState::Claimed, StepState::Accepted, StepState::Delivered, StepState::InDoubt, StepState::Watching];

/// The remainders of the budgets during one claim.
pub(super) type Budgets = BTreeMap<Channel, BudgetLeft>;

/// Counts what each of these channels may still spend, and keeps other workers from spending meanwhile.
pub(super) fn open(
    session: &mut Session<'_>,
    budgets: impl Iterator<Item = (Channel, Budget)>,
    now: Moment,
) -> Result<Budgets, LedgerFault> {
    let mut left = Budgets::new();
    for (channel, budget) in budgets {
        if left.is_empty() {
            session.lock("SELECT name FROM setting WHERE name = 'secret' FOR UPDATE", &[])?;
            live_on(session, now)?;
        }
        left.insert(channel, BudgetLeft::count(session, channel, budget, now)?);
    }
    Ok(left)
}

/// The remainder of one channel's budget.
pub(super) struct BudgetLeft {
    channel: Channel,
    budget: Budget,
    today: Option<i64>,
    by_incident: HashMap<String, i64>,
}

impl BudgetLeft {
    fn count(
        session: &mut Session<'_>,
        channel: Channel,
        budget: Budget,
        now: Moment,
    ) -> Result<Self, LedgerFault> {
        let today = match budget.per_day {
            None => None,
            Some(most) => Some(i64::from(most) - spent_within_a_day(session, channel, now)?),
        };
        Ok(Self { channel, budget, today, by_incident: HashMap::new() })
    }

    /// Spends one message about an incident; the reason why not, if nothing is left.
    pub(super) fn spend(
        &mut self,
        session: &mut Session<'_>,
        incident: &str,
    ) -> Result<Option<String>, LedgerFault> {
        let used_up = |most: u32, scope: &str| {
            let messages = if most == 1 { "message" } else { "messages" };
            format!("held: the budget of {most} {} {messages} {scope} is used up", self.channel.name())
        };
        if let (Some(most), Some(..=0)) = (self.budget.per_day, self.today) {
            return Ok(Some(used_up(most, "per day")));
        }
        if let Some(most) = self.budget.per_incident {
            let why = used_up(most, "per incident");
            if !self.by_incident.contains_key(incident) {
                let left = i64::from(most) - spent_on(session, self.channel, incident)?;
                self.by_incident.insert(incident.to_owned(), left);
            }
            match self.by_incident.get_mut(incident) {
                Some(left) if *left > 0 => *left -= 1,
                _ => return Ok(Some(why)),
            }
        }
        self.today = self.today.map(|left| left - 1);
        Ok(None)
    }
}

/// The condition of the index that counts what was spent. Mail, channel 0, costs nothing and is not in it.
fn spent() -> String {
    format!("s.channel > 0 AND s.state IN ({})", state_list(&LEFT))
}

fn spent_on(session: &mut Session<'_>, channel: Channel, incident: &str) -> Result<i64, LedgerFault> {
    let text = format!(
        "SELECT COUNT(*) FROM change c JOIN step s ON s.change = c.number
         WHERE c.incident = (SELECT number FROM incident WHERE origin = ?1) AND s.channel = ?2 AND {}",
        spent()
    );
    session.value(&text, &[&incident, &channel_number(channel)])
}

fn spent_within_a_day(session: &mut Session<'_>, channel: Channel, now: Moment) -> Result<i64, LedgerFault> {
    let text = format!(
        "SELECT COUNT(*) FROM change c JOIN step s ON s.change = c.number
         WHERE c.planned_at > ?1 AND s.channel = ?3 AND {} AND (s.ended_at IS NULL OR s.ended_at > ?2)",
        spent()
    );
    let (planned, ended) = (milliseconds(now - TIME_TO_LIVE_MAX), milliseconds(now - TimeDelta::days(1)));
    session.value(&text, &[&planned, &ended, &channel_number(channel)])
}

impl Spending for SqlLedger {
    fn spent(&mut self, channel: Channel, incident: &IncidentId, now: Moment) -> Result<Spent, Error> {
        self.read("count what was spent", |session| {
            Ok(Spent {
                on_incident: count(spent_on(session, channel, incident.as_str())?)?,
                within_a_day: count(spent_within_a_day(session, channel, now)?)?,
            })
        })
    }
}

/// Holds those steps, and more of their lane that are due: they come due again when their chain continues, or to
/// be looked at again. Returns how many.
pub(super) fn hold(
    session: &mut Session<'_>,
    (channel, severity, lane): (Channel, Severity, ClaimQueue),
    steps: &[i64],
    why: &str,
    now: Moment,
) -> Result<u64, LedgerFault> {
    let mut numbers: Vec<i64> = steps.to_vec();
    if let ClaimQueue::Fresh(change) = lane {
        let text = format!(
            "SELECT number FROM step WHERE state = {PENDING} AND attempts = 0 AND channel = ?1 AND severity = ?2
             AND change = ?3 AND due_at <= ?4 ORDER BY due_at LIMIT ?5"
        );
        let text = session.locking(&text, "FOR UPDATE SKIP LOCKED").into_owned();
        let (channel, severity) = (channel_number(channel), severity_number(severity));
        let more: Vec<i64> = session.rows(
            &text,
            &[&channel, &severity, &change, &milliseconds(now), &HELD_AT_ONCE],
            |row| row.get(0),
        )?;
        numbers.extend(more);
    }
    let numbers: Vec<String> = numbers.iter().map(i64::to_string).collect();
    // The next channel does not wait for a decision. If no other channel waits, the step lives on by the time that it is held.
    let (begins, longer) = ("spare IS NULL AND ?1 + try_for < expires_at", longer("?2 - ?1"));
    let give_up =
        format!("CASE WHEN {} THEN {longer} WHEN {begins} THEN ?1 + try_for ELSE expires_at END", is_last());
    // Its turn begins now, and the time that it is held does not count against what its turn leaves of its life.
    let spare = format!(
        "CASE WHEN {} THEN spare WHEN {begins} THEN {longer} - ?1 - try_for
              WHEN spare IS NOT NULL THEN spare WHEN try_for IS NOT NULL THEN 0 END",
        is_last()
    );
    session.execute_once(
        &format!(
            "UPDATE step SET held = 1, reason = ?3, expires_at = {give_up}, spare = {spare},
                 due_at = CASE WHEN ?2 < {give_up} THEN ?2 ELSE {give_up} END
             WHERE number IN ({})",
            numbers.join(", ")
        ),
        &[&milliseconds(now), &milliseconds(now + LOOK_AGAIN), &why],
    )
}

/// Lets what is held, and nothing follows, live on by the time for which nobody looked at it.
fn live_on(session: &mut Session<'_>, now: Moment) -> Result<u64, LedgerFault> {
    let text = format!(
        "UPDATE step SET expires_at = {}, due_at = ?1 WHERE held = 1 AND state = {PENDING} AND due_at < ?1 AND {}",
        longer("?1 - due_at"),
        is_last()
    );
    session.execute(&text, &[&milliseconds(now)])
}

/// The condition of a step that no other one waits for.
fn is_last() -> String {
    format!("NOT EXISTS (SELECT 1 FROM step w WHERE w.notice = step.notice AND w.state = {WAITING})")
}

/// When a step expires that lives longer by that much, within [`HELD_MAX`].
fn longer(by: &str) -> String {
    let longest = format!(
        "(SELECT c.planned_at FROM change c WHERE c.number = step.change) + {}",
        HELD_MAX.num_milliseconds()
    );
    format!(
        "CASE WHEN expires_at >= {longest} THEN expires_at
              WHEN expires_at + ({by}) < {longest} THEN expires_at + ({by}) ELSE {longest} END"
    )
}

/// The steps that are held.
pub(super) fn held(session: &mut Session<'_>) -> Result<HeldTexts, LedgerFault> {
    let text = format!("SELECT COUNT(*), MIN(expires_at) FROM step WHERE held = 1 AND state = {PENDING}");
    let found = session.find(&text, &[], |row| {
        let first_expires_at = row.get::<Option<i64>>(1)?.map(moment).transpose()?;
        Ok(HeldTexts { count: count(row.get(0)?)?, first_expires_at })
    })?;
    Ok(found.unwrap_or_default())
}

/// Makes every held step due. Returns how many.
pub(super) fn let_go(session: &mut Session<'_>, now: Moment) -> Result<u64, LedgerFault> {
    live_on(session, now)?;
    let text =
        format!("UPDATE step SET held = 0, due_at = ?1, reason = NULL WHERE held = 1 AND state = {PENDING}");
    session.execute(&text, &[&milliseconds(now)])
}

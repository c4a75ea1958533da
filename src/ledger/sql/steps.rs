//! Loads a notice's steps as a [`Chain`], and writes the difference after `chain` has applied an event.
//!
//! Promises: loaded rows are locked until the transaction ends; only rows that differ are written.

use chrono::TimeDelta;

use super::columns::{
    IN_DOUBT, channel, evidence, evidence_number, milliseconds, moment, repeats, small, state, state_number,
};
use super::fault::LedgerFault;
use super::session::{Parameter, Row, Session};
use crate::chain::{Event, FailoverChain, StepRecord, Transition};
use crate::model::Moment;
use crate::model::channel::Channel;
use crate::model::notice::StepState;

/// The numbers of a step and of its notice.
#[derive(Clone, Copy)]
pub(super) struct StepKey {
    /// Row number of the step.
    pub(super) number: i64,
    /// Row number of its notice.
    pub(super) notice: i64,
}

/// A notice's steps, or one of them, and which of them something happens to.
pub(super) struct Loaded {
    /// The steps as they are to be.
    pub(super) chain: FailoverChain,
    before: Vec<StepRecord>,
    rows: Vec<Numbers>,
    at: usize,
}

/// What is behind a step.
#[derive(Clone, Copy)]
struct Numbers {
    step: i64,
    notice: i64,
    endpoint: i64,
}

/// The columns of a step, its doubts counted from its attempts.
fn columns_read() -> String {
    format!(
        "number, notice, endpoint, channel, state, success, evidence, taken_at, epoch, attempts,
         due_at, expires_at, try_for, lease_until, started_at, ended_at, repeats,
         CASE WHEN repeats = 3 AND EXISTS (SELECT 1 FROM attempt a JOIN step b ON b.number = a.step
                  JOIN notice m ON m.number = b.notice JOIN notice n ON n.incident = m.incident
                  WHERE n.number = step.notice AND a.class = 0 AND a.endpoint = step.endpoint AND a.reference IS NOT NULL)
              THEN 1 ELSE 0 END,
         CASE WHEN attempts = 0 THEN 0
              ELSE (SELECT COUNT(*) FROM attempt a WHERE a.step = step.number AND a.class = {IN_DOUBT}) END, spare"
    )
}

impl Loaded {
    /// Loads the whole notice of a step, by the step's number; `None` when there is no such step.
    pub(super) fn of(session: &mut Session<'_>, step: i64) -> Result<Option<Self>, LedgerFault> {
        let text = format!(
            "SELECT {} FROM step WHERE notice = (SELECT notice FROM step WHERE number = ?1) ORDER BY position",
            columns_read()
        );
        Self::read(session, &text, step, step)
    }

    /// Loads the whole notice of a step that is known to be there.
    pub(super) fn known(session: &mut Session<'_>, step: i64) -> Result<Self, LedgerFault> {
        Self::of(session, step)?.ok_or_else(|| LedgerFault::Unfounded(format!("there is no step {step}")))
    }

    /// Loads the whole notice of a row.
    pub(super) fn within(session: &mut Session<'_>, step: StepKey) -> Result<Self, LedgerFault> {
        let text = format!("SELECT {} FROM step WHERE notice = ?1 ORDER BY position", columns_read());
        let loaded = Self::read(session, &text, step.notice, step.number)?;
        loaded.ok_or(LedgerFault::Unreadable("chain"))
    }

    /// Loads one step without the others, for what moves no other.
    pub(super) fn alone(session: &mut Session<'_>, step: i64) -> Result<Option<Self>, LedgerFault> {
        Self::read(session, &format!("SELECT {} FROM step WHERE number = ?1", columns_read()), step, step)
    }

    /// Reads the rows that `text` finds by the key `of`; one of them is the step.
    fn read(session: &mut Session<'_>, text: &str, of: i64, step: i64) -> Result<Option<Self>, LedgerFault> {
        let text = session.locking(text, "FOR UPDATE").into_owned();
        let (mut steps, mut rows, mut at) = (Vec::new(), Vec::new(), None);
        session.each(&text, &[&of], |row| {
            let numbers = Numbers { step: row.get(0)?, notice: row.get(1)?, endpoint: row.get(2)? };
            if numbers.step == step {
                at = Some(rows.len());
            }
            rows.push(numbers);
            steps.push(read_step(row)?);
            Ok(())
        })?;
        let Some(at) = at else { return Ok(None) };
        let chain = FailoverChain { steps: steps.clone(), replaced: false };
        Ok(Some(Self { chain, before: steps, rows, at }))
    }

    /// Reads whether a newer change took the notice's place. Only what would be tried again needs to know; the
    /// incident must be held ([`hold_incident`]).
    pub(super) fn read_replaced(&mut self, session: &mut Session<'_>) -> Result<(), LedgerFault> {
        self.chain.replaced = session.value(
            "SELECT EXISTS (SELECT 1 FROM notice old JOIN notice new
                 ON new.subscriber = old.subscriber AND new.incident = old.incident AND new.change > old.change
             WHERE old.number = ?1)",
            &[&self.numbers()?.notice],
        )?;
        Ok(())
    }

    /// Lets something happen to the step.
    pub(super) fn happen(&mut self, event: &Event, now: Moment) -> Transition {
        self.chain.apply(self.at, event, now)
    }

    pub(super) fn step(&self) -> Result<&StepRecord, LedgerFault> {
        self.chain.steps.get(self.at).ok_or(LedgerFault::Unreadable("chain"))
    }

    /// The step as it was loaded.
    pub(super) fn step_before(&self) -> Result<&StepRecord, LedgerFault> {
        self.before.get(self.at).ok_or(LedgerFault::Unreadable("chain"))
    }

    fn numbers(&self) -> Result<Numbers, LedgerFault> {
        self.rows.get(self.at).copied().ok_or(LedgerFault::Unreadable("chain"))
    }

    /// Row number of the step.
    pub(super) fn number(&self) -> Result<i64, LedgerFault> {
        Ok(self.numbers()?.step)
    }

    /// The number of the step's address.
    pub(super) fn endpoint(&self) -> Result<i64, LedgerFault> {
        Ok(self.numbers()?.endpoint)
    }

    /// The channel of the step at that place.
    pub(super) fn channel(&self, place: Option<usize>) -> Option<Channel> {
        Some(self.chain.steps.get(place?)?.channel)
    }

    /// Writes what is different now. `reason` is the step's, where the caller knows it better than the chain.
    pub(super) fn write(&self, session: &mut Session<'_>, reason: Option<&str>) -> Result<(), LedgerFault> {
        for (place, ((step, before), numbers)) in
            self.chain.steps.iter().zip(&self.before).zip(&self.rows).enumerate()
        {
            if step != before {
                let reason = reason.filter(|_| place == self.at).or(step.reason);
                write_step(session, numbers.step, (before, step), reason)?;
            }
        }
        Ok(())
    }
}

fn read_step(row: &Row<'_>) -> Result<StepRecord, LedgerFault> {
    let optional = |column| row.get::<Option<i64>>(column)?.map(moment).transpose();
    let channel = channel(row.get(3)?)?;
    let was_posted = row.get::<i64>(17)? == 1;
    Ok(StepRecord {
        is_repeated: repeats(row.get(16)?)?.holds(channel, was_posted),
        channel,
        state: state(row.get(4)?)?,
        success: evidence(row.get(5)?)?,
        evidence: row.get::<Option<i64>>(6)?.map(evidence).transpose()?,
        taken_at: optional(7)?,
        epoch: small(row.get(8)?)?,
        attempts: small(row.get(9)?)?,
        due_at: moment(row.get(10)?)?,
        expires_at: moment(row.get(11)?)?,
        try_for: row.get::<Option<i64>>(12)?.map(TimeDelta::milliseconds),
        lease_until: optional(13)?,
        started_at: optional(14)?,
        ended_at: optional(15)?,
        doubts: small(row.get(18)?)?,
        spare: row.get::<Option<i64>>(19)?.map(TimeDelta::milliseconds),
        reason: None,
    })
}

/// Writes the columns that differ: each that is named costs the indexes it is in.
fn write_step(
    session: &mut Session<'_>,
    number: i64,
    (before, step): (&StepRecord, &StepRecord),
    reason: Option<&str>,
) -> Result<(), LedgerFault> {
    let pairs = columns(before).into_iter().zip(columns(step));
    let numbers: Vec<_> = pairs.filter(|(old, new)| old != new).map(|(_, new)| new).collect();
    let mut settings: Vec<String> =
        (2..).zip(&numbers).map(|(place, (column, _))| format!("{column} = ?{place}")).collect();
    let mut values: Vec<&(dyn Parameter + Sync)> = vec![&number];
    values.extend(numbers.iter().map(|(_, value)| value as &(dyn Parameter + Sync)));
    if let Some(reason) = &reason {
        values.push(reason);
        settings.push(format!("reason = ?{}", values.len()));
    }
    if before.state == StepState::Claimed && step.state != StepState::Claimed {
        settings.push("worker = NULL".to_owned());
    }
    if settings.is_empty() {
        return Ok(());
    }
    let text = format!("UPDATE step SET {} WHERE number = ?1", settings.join(", "));
    session.execute(&text, &values).map(drop)
}

/// What of a step a transition can change.
fn columns(step: &StepRecord) -> [(&'static str, Option<i64>); 12] {
    let optional = |moment: Option<Moment>| moment.map(milliseconds);
    [
        ("state", Some(state_number(step.state))),
        ("evidence", step.evidence.map(evidence_number)),
        ("taken_at", optional(step.taken_at)),
        ("epoch", Some(i64::from(step.epoch))),
        ("attempts", Some(i64::from(step.attempts))),
        ("due_at", Some(milliseconds(step.due_at))),
        ("expires_at", Some(milliseconds(step.expires_at))),
        ("try_for", step.try_for.map(|limit| limit.num_milliseconds())),
        ("spare", step.spare.map(|spare| spare.num_milliseconds())),
        ("lease_until", optional(step.lease_until)),
        ("started_at", optional(step.started_at)),
        ("ended_at", optional(step.ended_at)),
    ]
}

/// What happened to a pending step that must not leave.
pub(super) struct Ended {
    pub(super) state: StepState,
    /// The channel that takes over.
    pub(super) next: Option<Channel>,
}

/// Ends a pending step that must not leave, because of `event`, and moves its chain; `None` when it is no reason to.
pub(super) fn end(
    session: &mut Session<'_>,
    step: StepKey,
    event: &Event,
    reason: &str,
    now: Moment,
) -> Result<Option<Ended>, LedgerFault> {
    let mut notice = Loaded::within(session, step)?;
    let moved = notice.happen(event, now);
    if !moved.applied {
        return Ok(None);
    }
    notice.write(session, Some(reason))?;
    Ok(Some(Ended { state: notice.step()?.state, next: notice.channel(moved.next) }))
}

/// Keeps changes of a step's incident from being planned until the transaction ends. Without that, a step could
/// become pending again after a newer change looked for what it replaces. Comes before any lock on the step,
/// because planning holds the incident first as well.
pub(super) fn hold_incident(session: &mut Session<'_>, step: i64) -> Result<(), LedgerFault> {
    session.lock(
        "SELECT number FROM incident WHERE number = (
             SELECT n.incident FROM step s JOIN notice n ON n.number = s.notice WHERE s.number = ?1) FOR SHARE",
        &[&step],
    )
}

/// [`hold_incident`] for several steps, always in the same order.
pub(super) fn hold_incidents(
    session: &mut Session<'_>,
    steps: impl Iterator<Item = i64>,
) -> Result<(), LedgerFault> {
    let steps: Vec<String> = steps.map(|step| step.to_string()).collect();
    if steps.is_empty() || matches!(session, Session::Sqlite(_)) {
        return Ok(());
    }
    let text = format!(
        "SELECT number FROM incident WHERE number IN (
             SELECT n.incident FROM step s JOIN notice n ON n.number = s.notice WHERE s.number IN ({}))
         ORDER BY number FOR SHARE",
        steps.join(", ")
    );
    session.execute_once(&text, &[]).map(drop)
}

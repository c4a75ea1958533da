//! Ends expired leases, and waits for delivery receipts whose limit has passed.
//!
//! Promises: `chain` decides what follows; a step that another worker has locked is left to it. All ended steps are
//! returned, so that they can be reported. Never sends.

use super::columns::{CLAIMED, WATCHING, channel, endpoint, milliseconds, readable, small};
use super::fault::LedgerFault;
use super::reports;
use super::session::{Session, Values};
use super::settle::append;
use super::steps::Loaded;
use crate::chain::Event;
use crate::ledger::stored::incident;
use crate::ledger::{Attempt, EndedStep, Recovered};
use crate::model::Moment;
use crate::model::change::ChangeId;
use crate::model::channel::Channel;
use crate::model::endpoint::Endpoint;
use crate::model::incident::IncidentId;
use crate::model::notice::{StepId, StepState};
use crate::model::reply::{Reply, ReplyClass};
use crate::model::subscriber::SubscriberId;

/// Maximum number of watches that one claim ends, to keep its transaction short.
const WATCHES_MAX: i64 = 1_000;

/// A step whose time came, and whom it is for.
struct Overdue {
    number: i64,
    step: StepId,
    epoch: u32,
    subscriber: SubscriberId,
    incident: IncidentId,
    channel: Channel,
    /// `None` where the stored one cannot be read.
    endpoint: Option<Endpoint>,
}

/// The tables an overdue step is read from, and its columns.
const OVERDUE: &str = "SELECT s.number, s.epoch, c.id, p.id, s.channel, s.position, e.channel, e.address, i.origin
     FROM step s JOIN notice n ON n.number = s.notice JOIN subscriber p ON p.number = n.subscriber
          JOIN change c ON c.number = n.change JOIN endpoint e ON e.number = s.endpoint JOIN incident i ON i.number = n.incident";

/// Frees the steps whose lease ran out, but those that someone else is busy with, or whose incident is being planned:
/// they are still there next time.
pub(super) fn recover(session: &mut Session<'_>, now: Moment) -> Result<Recovered, LedgerFault> {
    let text = format!("{OVERDUE} WHERE s.state = {CLAIMED} AND s.lease_until <= ?1 ORDER BY s.number");
    let text = session.locking(&text, "FOR UPDATE OF s SKIP LOCKED FOR SHARE OF i SKIP LOCKED").into_owned();
    let orphans = read(session, &text, &[&milliseconds(now)])?;
    let mut recovered = Recovered::default();
    for orphan in orphans {
        free(session, orphan, now, &mut recovered)?;
    }
    Ok(recovered)
}

fn free(
    session: &mut Session<'_>,
    orphan: Overdue,
    now: Moment,
    recovered: &mut Recovered,
) -> Result<(), LedgerFault> {
    let mut notice = Loaded::known(session, orphan.number)?;
    notice.read_replaced(session)?;
    let started_at = notice.step()?.started_at;
    let moved = notice.happen(&Event::LeaseEnded, now);
    if let Some(started_at) = started_at {
        let again = notice.step()?.state == StepState::Pending;
        let words = if again { "in doubt: sent again" } else { "in doubt: not sent again" };
        append(session, &notice, orphan.epoch, &interrupted(words, started_at, now))?;
    }
    notice.write(session, None)?;
    match (started_at, notice.step()?.state) {
        (None, _) => recovered.untouched += 1,
        (_, StepState::InDoubt) => {
            let next = notice.channel(moved.next);
            let reason = notice.step()?.reason.unwrap_or_default().to_owned();
            recovered.ended.push(ended(orphan, StepState::InDoubt, reason, next));
        }
        (_, StepState::Watching) => recovered.watched += 1,
        _ => recovered.again += 1,
    }
    Ok(())
}

/// The attempt of a worker that died before it recorded the result.
fn interrupted(words: &str, started_at: Moment, now: Moment) -> Attempt {
    let reply = Reply {
        class: ReplyClass::Ambiguous,
        code: String::new(),
        words: words.to_owned(),
        reference: None,
        retry_after: None,
    };
    Attempt { provider: String::new(), reply, started_at, ended_at: now }
}

/// Ends the watch over steps whose report did not come in time, so that the next channel takes over.
pub(super) fn end_watches(session: &mut Session<'_>, now: Moment) -> Result<Vec<EndedStep>, LedgerFault> {
    let text = format!(
        "{OVERDUE} WHERE s.state = {WATCHING} AND s.expires_at <= ?1 ORDER BY s.expires_at, s.number LIMIT {WATCHES_MAX}"
    );
    let text = session.locking(&text, "FOR UPDATE OF s SKIP LOCKED").into_owned();
    let watched = read(session, &text, &[&milliseconds(now)])?;
    let mut all = Vec::new();
    for overdue in watched {
        let mut notice = Loaded::known(session, overdue.number)?;
        // Two transactions that cross can leave a report unheard; it is found here at the latest.
        let mut next = reports::apply_recorded(session, &mut notice, now)?;
        if notice.step()?.state == StepState::Watching {
            next = notice.happen(&Event::DeadlineReached, now).next;
        }
        notice.write(session, None)?;
        let step = notice.step()?;
        if step.state.is_end() && !step.state.is_success() {
            let (state, reason) = (step.state, step.reason.unwrap_or_default().to_owned());
            all.push(ended(overdue, state, reason, notice.channel(next)));
        }
    }
    Ok(all)
}

fn read(session: &mut Session<'_>, text: &str, values: Values<'_>) -> Result<Vec<Overdue>, LedgerFault> {
    session.rows(text, values, |row| {
        let change = ChangeId::from_stored(row.get::<String>(2)?);
        let subscriber = SubscriberId::from_stored(row.get::<String>(3)?);
        let channel = channel(row.get(4)?)?;
        Ok(Overdue {
            number: row.get(0)?,
            step: StepId::derive(&change, &subscriber, channel, small(row.get(5)?)?),
            epoch: small(row.get(1)?)?,
            subscriber,
            incident: incident(&row.get::<String>(8)?)?,
            channel,
            endpoint: readable(endpoint(row.get(6)?, &row.get::<String>(7)?))?,
        })
    })
}

fn ended(overdue: Overdue, state: StepState, reason: String, next: Option<Channel>) -> EndedStep {
    let Overdue { step, subscriber, incident, channel, endpoint, .. } = overdue;
    EndedStep { step, subscriber, incident, channel, endpoint, state, reason, by_wish: false, next }
}

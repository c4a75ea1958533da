//! Replaces the messages of queued steps by what they say now, because a text was corrected before it was sent.
//!
//! Promises: a step keeps its recipient, its times and its place in the chain; one that ended is not touched. A step that a worker
//! holds is sent as it was claimed, and a retry of it as it is now.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::columns::{CLAIMED, PENDING, WAITING, channel, listed};
use super::fault::LedgerFault;
use super::message;
use super::session::Session;
use super::story::{CHANGE_COLUMNS, read_change_and_number};
use super::withdrawal::subscribers_by_origin;
use crate::ledger::ChangeRecord;
use crate::model::change::ChangeId;
use crate::model::channel::Channel;
use crate::model::incident::IncidentId;
use crate::model::notice::Notices;
use crate::model::subscriber::SubscriberId;

/// The states of a step that is still sent, in the text of statements: only so are the partial indexes used.
const QUEUED: [i64; 3] = [WAITING, PENDING, CLAIMED];

/// How many steps one statement changes.
const CHUNK: usize = 5_000;

/// The changes of an incident that have queued steps, oldest first.
pub(super) fn queued_changes(
    session: &mut Session<'_>,
    origin: &IncidentId,
) -> Result<Vec<ChangeRecord>, LedgerFault> {
    let of_state = |state: i64| {
        format!(
            "SELECT n.change FROM step s JOIN notice n ON n.number = s.notice
                 JOIN incident i ON i.number = n.incident WHERE s.state = {state} AND i.origin = ?1"
        )
    };
    let text = format!(
        "SELECT {CHANGE_COLUMNS}, c.number FROM change c JOIN incident i ON i.number = c.incident
         WHERE c.number IN ({}) ORDER BY c.number",
        QUEUED.map(of_state).join(" UNION ")
    );
    let changes = session.rows(&text, &[&origin.as_str()], read_change_and_number)?;
    Ok(changes.into_iter().map(|(change, _)| change).collect())
}

/// Those for whom something of each of these incidents is queued and in nobody's hands.
pub(super) fn awaiting(
    session: &mut Session<'_>,
    origins: &BTreeSet<IncidentId>,
) -> Result<BTreeMap<IncidentId, BTreeSet<SubscriberId>>, LedgerFault> {
    let of_state = |state: i64| {
        format!(
            "SELECT p.id FROM step s JOIN notice n ON n.number = s.notice JOIN incident i ON i.number = n.incident
                 JOIN subscriber p ON p.number = n.subscriber WHERE s.state = {state} AND i.origin = ?1"
        )
    };
    let text = [WAITING, PENDING].map(of_state).join(" UNION ");
    subscribers_by_origin(session, &text, origins)
}

/// Gives the queued steps of these notices their messages. Returns how many have another one now.
pub(super) fn correct(session: &mut Session<'_>, corrected: &Notices) -> Result<u64, LedgerFault> {
    let mut numbers = HashMap::new();
    let mut changed = 0;
    for (change, messages) in by_change(corrected) {
        // Comes before any lock on a step, as everywhere.
        let incident =
            "SELECT number FROM incident WHERE number = (SELECT c.incident FROM change c WHERE c.id = ?1)";
        session.lock(&format!("{incident} FOR UPDATE"), &[&change.as_str()])?;
        let mut steps: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
        for step in queued(session, change)? {
            let Some(place) = messages.get(&(step.subscriber.as_str(), step.channel)) else { continue };
            let Some(message) = corrected.messages.get(*place) else { continue };
            let number = match numbers.get(place) {
                Some(number) => *number,
                None => *numbers.entry(*place).or_insert(message::insert(session, message)?),
            };
            if number != step.message {
                steps.entry(number).or_default().push(step.number);
            }
        }
        for (message, steps) in steps {
            for chunk in steps.chunks(CHUNK) {
                let text = format!(
                    "UPDATE step SET message = ?1 WHERE state <= {CLAIMED} AND number IN ({})",
                    listed(chunk.iter().copied())
                );
                changed += session.execute_once(&text, &[&message])?;
            }
        }
    }
    Ok(changed)
}

/// The place of each message by the subscriber and the channel that it is for.
type ByReader<'n> = HashMap<(&'n str, Channel), usize>;

fn by_change(corrected: &Notices) -> BTreeMap<&ChangeId, ByReader<'_>> {
    let mut changes: BTreeMap<&ChangeId, ByReader<'_>> = BTreeMap::new();
    for notice in &corrected.notices {
        let messages = changes.entry(&notice.change).or_default();
        messages.extend(
            notice.steps.iter().map(|step| ((notice.subscriber.as_str(), step.channel), step.message)),
        );
    }
    changes
}

/// A step that is still sent.
struct QueuedStep {
    number: i64,
    message: i64,
    subscriber: String,
    channel: Channel,
}

fn queued(session: &mut Session<'_>, change: &ChangeId) -> Result<Vec<QueuedStep>, LedgerFault> {
    let mut steps = Vec::new();
    for state in QUEUED {
        let text = format!(
            "SELECT s.number, s.message, p.id, s.channel FROM step s JOIN notice n ON n.number = s.notice
                 JOIN change c ON c.number = n.change JOIN subscriber p ON p.number = n.subscriber
             WHERE s.state = {state} AND c.id = ?1 ORDER BY s.number"
        );
        steps.extend(session.rows(&text, &[&change.as_str()], |row| {
            Ok(QueuedStep {
                number: row.get(0)?,
                message: row.get(1)?,
                subscriber: row.get(2)?,
                channel: channel(row.get(3)?)?,
            })
        })?);
    }
    Ok(steps)
}

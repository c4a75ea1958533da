//! Reads the steps of which it is unknown whether a provider accepted them, for the providers that offer a query.
//!
//! Promises: only steps whose end may still change are among them, and none with a delivery report.

use super::columns::{
    IN_DOUBT, WATCHING, channel, endpoint, milliseconds, moment, readable, small, state_number,
};
use super::fault::LedgerFault;
use super::message;
use super::session::{Row, Session};
use crate::ledger::stored::incident;
use crate::ledger::{DoubtedStep, LeaseToken};
use crate::model::Moment;
use crate::model::change::ChangeId;
use crate::model::endpoint::Endpoint;
use crate::model::incident::IncidentId;
use crate::model::notice::{StepId, StepState};
use crate::model::subscriber::SubscriberId;

pub(super) fn doubted(
    session: &mut Session<'_>,
    since: Moment,
    most: usize,
) -> Result<Vec<DoubtedStep>, LedgerFault> {
    let text = format!(
        "SELECT s.number, c.id, p.id, s.position, s.epoch, e.channel, e.address, s.message, a.provider, a.started_at,
                i.origin
         FROM attempt a JOIN step s ON s.number = a.step JOIN notice n ON n.number = s.notice
             JOIN change c ON c.number = n.change JOIN subscriber p ON p.number = n.subscriber
             JOIN endpoint e ON e.number = s.endpoint JOIN incident i ON i.number = n.incident
         WHERE a.class = {IN_DOUBT} AND a.ended_at >= ?1 AND s.evidence IS NULL
             AND s.state IN ({}, {WATCHING})
             AND NOT EXISTS (SELECT 1 FROM report r WHERE r.step = s.number)
         ORDER BY a.number LIMIT ?2",
        state_number(StepState::InDoubt)
    );
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let rows = session.rows(&text, &[&milliseconds(since), &most], read)?;
    let mut doubted = Vec::new();
    for (step, message) in rows.into_iter().flatten() {
        let message = message::read(session, message)?;
        let StepInDoubt { hold, subscriber, incident, endpoint, provider, started_at } = step;
        doubted.push(DoubtedStep { hold, subscriber, incident, endpoint, message, provider, started_at });
    }
    Ok(doubted)
}

/// A row, still without its message.
struct StepInDoubt {
    hold: LeaseToken,
    subscriber: SubscriberId,
    incident: IncidentId,
    endpoint: Endpoint,
    provider: String,
    started_at: Moment,
}

/// A step with the number of its message; `None` if its address cannot be read.
fn read(row: &Row<'_>) -> Result<Option<(StepInDoubt, i64)>, LedgerFault> {
    let change = ChangeId::from_stored(row.get::<String>(1)?);
    let subscriber = SubscriberId::from_stored(row.get::<String>(2)?);
    let number = row.get(5)?;
    let step = StepId::derive(&change, &subscriber, channel(number)?, small(row.get(3)?)?);
    let hold = LeaseToken { step, number: row.get(0)?, epoch: small(row.get(4)?)?, once: false };
    let Some(endpoint) = readable(endpoint(number, &row.get::<String>(6)?))? else { return Ok(None) };
    let incident = incident(&row.get::<String>(10)?)?;
    let (provider, started_at) = (row.get(8)?, moment(row.get(9)?)?);
    Ok(Some((StepInDoubt { hold, subscriber, incident, endpoint, provider, started_at }, row.get(7)?)))
}

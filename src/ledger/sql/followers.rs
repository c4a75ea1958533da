//! Followers of one incident, until it is over.
//!
//! Promises: what was asked for ends in the transaction that plans the incident's end, and begins again in the one that
//! plans its reopening. Never adds a subscriber.

use std::collections::{BTreeMap, BTreeSet};

use super::columns::{milliseconds, moment};
use super::fault::LedgerFault;
use super::session::{Session, Values};
use crate::ledger::stored::incident;
use crate::model::Moment;
use crate::model::announced::Baseline;
use crate::model::change::{Change, ChangeKind};
use crate::model::incident::IncidentId;
use crate::model::subscriber::{FollowedIncident, Followers, SubscriberId};

/// Lets a subscriber follow an incident from `now` on.
pub(super) fn follow(
    session: &mut Session<'_>,
    subscriber: &SubscriberId,
    origin: &IncidentId,
    now: Moment,
) -> Result<(), LedgerFault> {
    session.execute(
        "INSERT INTO incident_follower (subscriber, origin, since)
             SELECT number, ?2, ?3 FROM subscriber WHERE id = ?1 AND destination IS NULL
         ON CONFLICT (subscriber, origin) DO UPDATE SET ended_at = NULL",
        &[&subscriber.as_str(), &origin.as_str(), &milliseconds(now)],
    )?;
    Ok(())
}

/// The followers of each of these incidents who have not left, with when that ended.
pub(super) fn of(
    session: &mut Session<'_>,
    origins: &BTreeSet<IncidentId>,
) -> Result<Followers, LedgerFault> {
    let mut all = BTreeMap::new();
    for origin in origins {
        let followers = session.rows(
            "SELECT s.id, f.ended_at FROM incident_follower f JOIN subscriber s ON s.number = f.subscriber
             WHERE f.origin = ?1 AND s.removed_at IS NULL AND s.confirmed_at IS NOT NULL",
            &[&origin.as_str()],
            |row| {
                let ended_at = row.get::<Option<i64>>(1)?.map(moment).transpose()?;
                Ok((SubscriberId::from_stored(row.get::<String>(0)?), ended_at))
            },
        )?;
        all.insert(origin.clone(), followers.into_iter().collect());
    }
    Ok(all)
}

/// The incidents that each of the subscribers follows whom `filter` selects as `s`.
pub(super) fn followed(
    session: &mut Session<'_>,
    filter: &str,
    values: Values<'_>,
) -> Result<BTreeMap<SubscriberId, Vec<FollowedIncident>>, LedgerFault> {
    let text = format!(
        "SELECT s.id, f.origin, f.since, f.ended_at FROM incident_follower f JOIN subscriber s ON s.number = f.subscriber
         {filter} ORDER BY f.since, f.origin"
    );
    let mut all: BTreeMap<SubscriberId, Vec<FollowedIncident>> = BTreeMap::new();
    session.each(&text, values, |row| {
        let followed = FollowedIncident {
            origin: incident(&row.get::<String>(1)?)?,
            since: moment(row.get(2)?)?,
            ended_at: row.get::<Option<i64>>(3)?.map(moment).transpose()?,
        };
        all.entry(SubscriberId::from_stored(row.get::<String>(0)?)).or_default().push(followed);
        Ok(())
    })?;
    Ok(all)
}

/// Begins again what ended with incidents that these changes reopen.
pub(super) fn reopen(session: &mut Session<'_>, changes: &[Change]) -> Result<(), LedgerFault> {
    for change in changes.iter().filter(|change| change.what.contains(&ChangeKind::Reopened)) {
        session.execute(
            "UPDATE incident_follower SET ended_at = NULL WHERE origin = ?1",
            &[&change.origin.as_str()],
        )?;
    }
    Ok(())
}

/// Ends what was asked about incidents that are announced as over.
pub(super) fn end(session: &mut Session<'_>, announced: &Baseline, now: Moment) -> Result<(), LedgerFault> {
    let followed =
        session.rows("SELECT DISTINCT origin FROM incident_follower WHERE ended_at IS NULL", &[], |row| {
            Ok(incident(&row.get::<String>(0)?)?)
        })?;
    let is_over = |origin: &IncidentId| {
        announced.incidents.get(origin).is_some_and(|incident| incident.phase.is_over())
    };
    for origin in followed.into_iter().filter(is_over) {
        session.execute(
            "UPDATE incident_follower SET ended_at = ?2 WHERE origin = ?1 AND ended_at IS NULL",
            &[&origin.as_str(), &milliseconds(now)],
        )?;
    }
    Ok(())
}

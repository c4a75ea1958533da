//! The pace of an address: how many messages it gets within an hour.
//!
//! Promises: messages beyond the pace wait, for that address only, until the hour allows them; an opening or an end never
//! waits. Sent messages are counted from the attempts, so a restart loses nothing; a message that may have been sent counts
//! as sent. Never delays another address.

use std::collections::{BTreeSet, HashMap};

use chrono::TimeDelta;

use super::candidates::Candidate;
use super::columns::{CLAIMED, IN_DOUBT, TAKEN, listed, milliseconds, moment};
use super::fault::LedgerFault;
use super::session::Session;
use crate::ledger::stored::read_what;
use crate::model::Moment;
use crate::model::change::ChangeKind;

/// How the reason begins for which a step waits.
pub(super) const HELD_BECAUSE: &str = "on hold: maximum pace of this address is";

/// The time that is looked back on.
const HOUR: TimeDelta = TimeDelta::hours(1);

/// How long a step waits where all that was sent is still in progress.
const LOOK_AGAIN: TimeDelta = TimeDelta::minutes(1);

/// The handoffs to the addresses of a claim's candidates within the hour.
pub(super) struct Pace {
    max: u32,
    now: Moment,
    /// By address, those in progress included.
    handoffs: HashMap<i64, i64>,
}

impl Pace {
    /// Counts the recent messages of the candidates' addresses.
    pub(super) fn count(
        session: &mut Session<'_>,
        candidates: &[Candidate],
        max: u32,
        now: Moment,
    ) -> Result<Self, LedgerFault> {
        let addresses: BTreeSet<i64> = candidates.iter().map(|candidate| candidate.endpoint_number).collect();
        if addresses.is_empty() {
            return Ok(Self { max, now, handoffs: HashMap::new() });
        }
        let addresses = listed(addresses);
        let text = format!(
            "SELECT endpoint, COUNT(*) FROM (
                 SELECT endpoint FROM attempt WHERE class = {TAKEN} AND ended_at > ?1 AND endpoint IN ({addresses})
                 UNION ALL SELECT endpoint FROM attempt
                     WHERE class = {IN_DOUBT} AND ended_at > ?1 AND endpoint IN ({addresses})
                 UNION ALL SELECT endpoint FROM step WHERE state = {CLAIMED} AND endpoint IN ({addresses})
             ) AS handoff GROUP BY endpoint"
        );
        let handoffs = session.pairs_once(&text, &[&milliseconds(now - HOUR)])?.into_iter().collect();
        Ok(Self { max, now, handoffs })
    }

    /// Counts a message that is about to be claimed.
    pub(super) fn take(&mut self, candidate: &Candidate) {
        *self.handoffs.entry(candidate.endpoint_number).or_default() += 1;
    }

    /// Until when a candidate waits and why, where its address had as much as it may.
    pub(super) fn hold(
        &self,
        session: &mut Session<'_>,
        candidate: &Candidate,
    ) -> Result<Option<(Moment, String)>, LedgerFault> {
        // A room hears of every incident; only a person can get too many messages.
        if candidate.endpoint.as_ref().is_some_and(|one| one.place().is_some()) {
            return Ok(None);
        }
        let sent = self.handoffs.get(&candidate.endpoint_number).copied().unwrap_or(0);
        if sent < i64::from(self.max) || read_what(&candidate.what)?.iter().any(ChangeKind::opens_or_ends) {
            return Ok(None);
        }
        let messages = if self.max == 1 { "message" } else { "messages" };
        let reason = format!("{HELD_BECAUSE} {} {messages} an hour", self.max);
        Ok(Some((self.room_at(session, candidate.endpoint_number)?, reason)))
    }

    /// When enough of what was sent to an address is an hour old.
    fn room_at(&self, session: &mut Session<'_>, address: i64) -> Result<Moment, LedgerFault> {
        let sent = |class: i64| {
            format!("SELECT ended_at FROM attempt WHERE class = {class} AND endpoint = ?1 AND ended_at > ?2")
        };
        let text = format!(
            "SELECT ended_at FROM ({} UNION ALL {}) AS sent ORDER BY ended_at DESC LIMIT 1 OFFSET ?3",
            sent(TAKEN),
            sent(IN_DOUBT)
        );
        let hour_ago = milliseconds(self.now - HOUR);
        let oldest: Option<i64> =
            session.find(&text, &[&address, &hour_ago, &i64::from(self.max.saturating_sub(1))], |row| {
                row.get(0)
            })?;
        Ok(match oldest {
            Some(at) => moment(at)? + HOUR,
            None => self.now + LOOK_AGAIN,
        })
    }
}

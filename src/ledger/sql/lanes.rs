//! The queues (lanes) of pending steps of a channel and severity: one for the new steps of each change, one for all
//! retries.
//!
//! Promises: a lane is read through an index, however many steps it has; a claim takes from the lanes in turn, so that no
//! change waits for the end of another one, and every second turn is for a new step if there is one.

use std::collections::BTreeSet;

use super::columns::{
    CLAIMED, PENDING, WATCHING, channel, channel_list, channel_number, milliseconds, moment, severity_number,
};
use super::fault::LedgerFault;
use super::session::Session;
use crate::ledger::Due;
use crate::model::Moment;
use crate::model::channel::Channel;
use crate::model::phase::Severity;

/// Maximum number of changes with a lane of their own in a claim; of more, the oldest and the newest.
const CHANGES_MAX: usize = 16;

/// Pending steps of one channel and severity that are in one line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ClaimQueue {
    /// Those of a change, by its number, that were never tried.
    Fresh(i64),
    /// Those that were tried.
    Again,
}

/// The lanes of a channel and severity in the order of the changes, oldest first; the tried ones last. Whether
/// anything in them is due is not asked.
pub(super) fn lanes(
    session: &mut Session<'_>,
    channel: Channel,
    severity: Severity,
) -> Result<Vec<ClaimQueue>, LedgerFault> {
    let mut changes = Vec::new();
    let mut below = i64::MAX;
    while changes.len() + 1 < CHANGES_MAX {
        let Some(change) = newest_below(session, channel, severity, below)? else { break };
        changes.push(change);
        below = change;
    }
    changes.extend(oldest(session, channel, severity)?.filter(|oldest| *oldest < below));
    changes.sort_unstable();
    let mut lanes: Vec<ClaimQueue> = changes.into_iter().map(ClaimQueue::Fresh).collect();
    lanes.extend(earliest_again(session, channel, severity)?.map(|_| ClaimQueue::Again));
    Ok(lanes)
}

/// How the turns of a claim are shared among the lanes: a number for each.
pub(super) fn shares(lanes: &[ClaimQueue], turns: usize, first: u64) -> Vec<usize> {
    let fresh = lanes.iter().filter(|lane| **lane != ClaimQueue::Again).count();
    let mut shares = vec![0; lanes.len()];
    let first = usize::try_from(first % (1 << 20)).unwrap_or(0);
    for turn in first..first.saturating_add(turns) {
        let again = fresh < lanes.len();
        // Of two turns one is a fresh step's, and those go round the changes.
        let lane = match (again, fresh) {
            (true, 0) => 0,
            (true, _) if turn % 2 == 1 => fresh,
            (true, _) => (turn / 2) % fresh,
            (false, 0) => continue,
            (false, _) => turn % fresh,
        };
        if let Some(share) = shares.get_mut(lane) {
            *share += 1;
        }
    }
    shares
}

/// What was tried and waits for its next attempt, not for the end of quiet hours, a budget or the pace of its address.
pub(super) const AWAITS_RETRY: &str =
    "attempts > 0 AND held = 0 AND reason IS NULL AND (quiet_until IS NULL OR due_at <> quiet_until)";

/// Makes due what waits for a retry.
pub(super) fn retry_now(session: &mut Session<'_>, now: Moment) -> Result<u64, LedgerFault> {
    let text =
        format!("UPDATE step SET due_at = ?1 WHERE state = {PENDING} AND due_at > ?1 AND {AWAITS_RETRY}");
    session.execute(&text, &[&milliseconds(now)])
}

/// When the earliest step of each channel may be claimed, and when the earliest lease and the earliest watch end.
pub(super) fn due(session: &mut Session<'_>) -> Result<Due, LedgerFault> {
    let mut due = Due::default();
    for channel in Channel::FOR_PEOPLE.into_iter().chain(places(session)?) {
        let mut earliest: Option<i64> = None;
        for severity in Severity::ALL {
            let mut found = vec![earliest_again(session, channel, severity)?];
            let mut below = i64::MAX;
            while let Some(change) = newest_below(session, channel, severity, below)? {
                found.push(earliest_fresh(session, channel, severity, change)?);
                below = change;
            }
            earliest = found.into_iter().flatten().chain(earliest).min();
        }
        if let Some(at) = earliest {
            due.channels.insert(channel, moment(at)?);
        }
    }
    let lease: Option<i64> =
        session.value(&format!("SELECT MIN(lease_until) FROM step WHERE state = {CLAIMED}"), &[])?;
    due.lease = lease.map(moment).transpose()?;
    let watch: Option<i64> =
        session.value(&format!("SELECT MIN(expires_at) FROM step WHERE state = {WATCHING}"), &[])?;
    due.watch = watch.map(moment).transpose()?;
    Ok(due)
}

/// The channels for places on which something is pending. Most of the time there is none, and looking at each of their
/// lanes would cost every claim more than the lanes of people do.
pub(super) fn places(session: &mut Session<'_>) -> Result<BTreeSet<Channel>, LedgerFault> {
    let mut busy = BTreeSet::new();
    for text in places_texts() {
        busy.extend(session.rows(&text, &[], |row| channel(row.get(0)?))?);
    }
    Ok(busy)
}

// The statements name the states in their text, because only so are the partial indexes used; the columns before the last
// in the order are the same in all rows, and say which index it is.

/// What `?1, ?2` ask for in every statement: pending steps of a channel and severity.
fn pending(columns: &str, attempts: &str, rest: &str) -> String {
    format!(
        "SELECT {columns} FROM step WHERE state = {PENDING} AND attempts {attempts} AND channel = ?1 AND severity = ?2 {rest}"
    )
}

fn places_texts() -> [String; 2] {
    let places = channel_list(&Channel::FOR_PLACES);
    ["= 0", "> 0"].map(|attempts| {
        format!(
            "SELECT DISTINCT channel FROM step
             WHERE state = {PENDING} AND attempts {attempts} AND channel IN ({places})"
        )
    })
}

fn newest_below_text() -> String {
    pending("change", "= 0", "AND change < ?3 ORDER BY channel DESC, severity DESC, change DESC LIMIT 1")
}

fn oldest_text() -> String {
    pending("change", "= 0", "ORDER BY channel, severity, change LIMIT 1")
}

fn earliest_again_text() -> String {
    pending("due_at", "> 0", "ORDER BY channel, severity, due_at LIMIT 1")
}

fn earliest_fresh_text() -> String {
    pending("due_at", "= 0", "AND change = ?3 ORDER BY channel, severity, change, due_at LIMIT 1")
}

/// Those that run for every claim, or whenever a worker looks ahead.
#[cfg(test)]
pub(super) fn statements() -> [String; 6] {
    let [fresh, again] = places_texts();
    [newest_below_text(), oldest_text(), earliest_again_text(), earliest_fresh_text(), fresh, again]
}

fn newest_below(
    session: &mut Session<'_>,
    channel: Channel,
    severity: Severity,
    below: i64,
) -> Result<Option<i64>, LedgerFault> {
    let lane = (channel_number(channel), severity_number(severity));
    session.find(&newest_below_text(), &[&lane.0, &lane.1, &below], |row| row.get(0))
}

fn oldest(
    session: &mut Session<'_>,
    channel: Channel,
    severity: Severity,
) -> Result<Option<i64>, LedgerFault> {
    session.find(&oldest_text(), &[&channel_number(channel), &severity_number(severity)], |row| row.get(0))
}

fn earliest_again(
    session: &mut Session<'_>,
    channel: Channel,
    severity: Severity,
) -> Result<Option<i64>, LedgerFault> {
    session.find(&earliest_again_text(), &[&channel_number(channel), &severity_number(severity)], |row| {
        row.get(0)
    })
}

fn earliest_fresh(
    session: &mut Session<'_>,
    channel: Channel,
    severity: Severity,
    change: i64,
) -> Result<Option<i64>, LedgerFault> {
    let lane = (channel_number(channel), severity_number(severity));
    session.find(&earliest_fresh_text(), &[&lane.0, &lane.1, &change], |row| row.get(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_go_round_the_changes_and_every_second_one_is_a_retry_s() {
        let lanes = [ClaimQueue::Fresh(1), ClaimQueue::Fresh(7), ClaimQueue::Again];
        assert_eq!(shares(&lanes, 8, 0), [2, 2, 4]);
        assert_eq!(shares(&lanes[..2], 9, 0), [5, 4]);
        assert_eq!(shares(&lanes[2..], 9, 0), [9]);
        assert_eq!(shares(&[], 9, 0), [0; 0]);
    }

    #[test]
    fn one_at_a_time_everybody_has_a_turn() {
        let lanes = [ClaimQueue::Fresh(1), ClaimQueue::Fresh(7), ClaimQueue::Again];
        let turns: Vec<_> = (0..4)
            .map(|first| shares(&lanes, 1, first).iter().position(|share| *share == 1).unwrap())
            .collect();
        assert_eq!(turns, [0, 2, 1, 2]);
    }
}

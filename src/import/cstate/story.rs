//! From the entries of a body to dated updates with phases.
//!
//! Promises: updates come oldest first with unique times; what is over ends with an ending phase; what goes
//! on does not. Times that nobody wrote are worked out from those that were: the first entry is said at the
//! start, the last at the resolution, one in between a minute after the one before it; planned work is
//! announced before it starts, and what is said next about it is said once it has started.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate, NaiveTime, TimeDelta};

use crate::model::Moment;
use crate::model::incident::{Audience, Update};
use crate::model::localized::Localized;
use crate::model::phase::{Kind, Phase};

use super::body::{Entry, Role};
use super::facts::Facts;
use super::notes::Notes;
use super::text;

/// Words that say that something is over, or that work was done.
const OVER_WORDS: [&str; 15] = [
    "resolved",
    "fixed",
    "back to normal",
    "is back",
    "completed",
    "finished",
    "is over",
    "successful",
    "closing",
    "went well",
    "solved",
    "operational",
    "done",
    "restored",
    "recovered",
];

/// Words that say that planned work will not happen as planned.
const OFF_WORDS: [&str; 6] = ["cancelled", "canceled", "aborted", "postpone", "called off", "won't happen"];

const MINUTE: TimeDelta = TimeDelta::minutes(1);

/// Makes the updates of one file. `body_line` is the line its body starts on.
pub(super) fn tell(
    facts: &Facts,
    kind: Kind,
    entries: Vec<Entry>,
    body_line: usize,
    notes: &mut Notes,
) -> Vec<Update> {
    let over_at = facts.is_over.then(|| over_at(facts, notes)).flatten();
    let carrier = over_at.is_some().then(|| carrier(&entries, over_at)).flatten();
    let mut updates: Vec<Update> = Vec::new();
    let mut before: Option<Moment> = None;
    let first_dated = entries.iter().find_map(|entry| entry.at);
    for (position, entry) in entries.into_iter().enumerate() {
        let wanted = match (entry.at, over_at) {
            (Some(at), _) => at,
            (None, Some(at)) if carrier == Some(position) => at,
            (None, _) => {
                before.map_or_else(|| opening_at(facts, kind, first_dated), |before| before + MINUTE)
            }
        };
        let at = before.map_or(wanted, |before| wanted.max(before + MINUTE));
        if at != wanted {
            let message = format!("this entry's time, {wanted}, is not after the entry before it");
            let line = Some(body_line + entry.line - 1);
            notes.warn(line, "entry-time", message, &format!("it was moved to {at}"));
        }
        let phase = if carrier == Some(position) {
            Some(ending(kind, &entry.text))
        } else {
            phase(entry.role, position, kind, over_at.is_some_and(|over| at >= over))
        };
        updates.push(update(at, phase, &entry.text));
        before = Some(at);
    }
    if facts.is_over && carrier.is_none() {
        end(&mut updates, kind, over_at.unwrap_or(facts.started));
    }
    if let (Some(phase), Some(last), false) = (facts.phase, updates.last_mut(), facts.is_over) {
        last.phase = (phase.kind() == kind).then_some(phase).or(last.phase);
    }
    updates
}

/// An update with nothing but its time, phase and words.
pub(super) fn update(at: Moment, phase: Option<Phase>, body: &str) -> Update {
    Update {
        at,
        phase,
        audience: Audience::Public,
        telling: None,
        eta: None,
        next_update: None,
        severity: None,
        statuses: BTreeMap::new(),
        body: Localized::plain(text::finish(body)),
    }
}

/// When it was over, mended where it lies before the start; `None` when the file does not say.
fn over_at(facts: &Facts, notes: &mut Notes) -> Option<Moment> {
    let Some(over) = facts.over_at else {
        if !facts.is_informational {
            let hint = "the last entry, or the start, was taken for the end";
            notes.warn(None, "missing-end", "it is resolved, but not since when".to_owned(), hint);
        }
        return None;
    };
    if over >= facts.started {
        return Some(over);
    }
    let same_day = facts.started.date_naive().and_time(over.time()).and_utc();
    let swapped = swapped(over).filter(|at| *at > facts.started && *at - facts.started < TimeDelta::days(31));
    let mended = swapped.unwrap_or(if same_day > facts.started { same_day } else { facts.started + MINUTE });
    let message = format!("it was resolved, {over}, before it started, {}", facts.started);
    notes.warn(None, "end-before-start", message, &format!("the end was taken to be {mended}; check both"));
    Some(mended)
}

/// The moment with day and month in each other's place.
fn swapped(at: Moment) -> Option<Moment> {
    let day = NaiveDate::from_ymd_opt(at.year(), at.day(), at.month())?;
    Some(day.and_time(at.time()).and_utc())
}

/// The entry that tells the end: the last closing one, one said at that very moment, or the newest one when its
/// words say so.
fn carrier(entries: &[Entry], over_at: Option<Moment>) -> Option<usize> {
    let closing = entries.iter().rposition(|entry| entry.role == Role::Closing);
    let at_that_moment = || entries.iter().rposition(|entry| entry.at.is_some() && entry.at == over_at);
    let newest = || {
        let last = entries.len().checked_sub(1).filter(|last| *last > 0)?;
        let entry = entries.get(last)?;
        let lower = entry.text.to_lowercase();
        let says_so = OVER_WORDS.iter().any(|word| lower.contains(word));
        (entry.role == Role::News && entry.at.is_none() && says_so).then_some(last)
    };
    closing.or_else(at_that_moment).or_else(newest)
}

/// When the first entry was said: an incident's at its start; an announcement on the day its file is named
/// after or the day of the work, whichever is first, because cState does not keep it.
fn opening_at(facts: &Facts, kind: Kind, first_dated: Option<Moment>) -> Moment {
    let at = match kind {
        Kind::Incident => facts.started,
        Kind::Maintenance => {
            let day = facts.started.date_naive();
            let day = facts.named_day.map_or(day, |named| named.min(day));
            let midnight = day.and_time(NaiveTime::MIN).and_utc();
            midnight.min(facts.started - MINUTE)
        }
    };
    first_dated.map_or(at, |dated| at.min(dated - MINUTE))
}

fn phase(role: Role, position: usize, kind: Kind, after_the_end: bool) -> Option<Phase> {
    match role {
        Role::Phase(Phase::Postmortem) if kind == Kind::Incident => Some(Phase::Postmortem),
        _ if after_the_end && position > 0 => None,
        Role::Phase(phase) if phase.kind() == kind && !phase.is_over() => Some(phase),
        _ if position > 0 => None,
        _ => Some(if kind == Kind::Incident { Phase::Investigating } else { Phase::Scheduled }),
    }
}

fn ending(kind: Kind, words: &str) -> Phase {
    let lead: String = words.to_lowercase().chars().take(120).collect();
    match kind {
        Kind::Incident => Phase::Resolved,
        Kind::Maintenance if OFF_WORDS.iter().any(|word| lead.contains(word)) => Phase::Cancelled,
        Kind::Maintenance => Phase::Completed,
    }
}

/// Adds the end that no entry tells, or gives it to the entry said at that moment.
fn end(updates: &mut Vec<Update>, kind: Kind, over_at: Moment) {
    let phase = ending(kind, "");
    let at = updates.first().map_or(over_at, |first| over_at.max(first.at + MINUTE));
    match updates.binary_search_by_key(&at, |update| update.at) {
        Ok(position) => {
            if let Some(update) = updates.get_mut(position) {
                update.phase = Some(phase);
            }
        }
        Err(position) => updates.insert(position, update(at, Some(phase), "")),
    }
}

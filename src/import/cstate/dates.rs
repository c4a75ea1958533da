//! Corrects the times of a post's front matter by what its text says.
//!
//! Some people date a post when they announce the work, others when they write the story down, and some tools write the start as the
//! end. Promises: only a time that the text states replaces one of the front matter; nothing is made up.

use chrono::{TimeDelta, Timelike};

use super::super::entries::Entry;
use super::super::marks::Role;
use super::super::notes::Notes;
use super::super::spans;
use super::super::story::Over;
use super::super::times::{Stated, Zone};
use super::facts::Facts;
use crate::model::phase::{IncidentKind, Phase};

/// How long before the date of a post all its entries are where the date is that of the writing.
const WRITTEN_LATER: TimeDelta = TimeDelta::days(1);

/// An end at the very start of what was spoken of after that is one that nobody wrote.
pub(super) fn spoken_after(over: Over, facts: &Facts, entries: &[Entry], notes: &mut Notes) -> Over {
    let is_made_up = over == Over::At(facts.started) && !facts.day_only.contains(&facts.started);
    if !is_made_up || entries.len() < 2 {
        return over;
    }
    let message = "it was resolved when it started, and spoken of after that".to_owned();
    notes.warn(
        None,
        "end-at-start",
        message,
        "the time of its last entry was used; write `resolvedWhen` if you know it",
    );
    Over::Untimed
}

/// Gives work the later start that its announcement states, and the announcement the date of the post. Returns whether it did.
pub(super) fn announce(facts: &mut Facts, over: Over, entries: &mut [Entry], zone: &Zone) -> bool {
    let announced = facts.started;
    let Some(first) = entries.first_mut() else { return false };
    let opens = matches!(first.role, Role::Opening | Role::Phase(Phase::Scheduled));
    if !opens || facts.day_only.contains(&announced) || first.stated.is_some() {
        return false;
    }
    let is_before_the_end = |starts: &_| !matches!(over, Over::At(at) if at < *starts && at != announced);
    let Some(starts) = spans::start_after(&first.text, announced, zone).filter(is_before_the_end) else {
        return false;
    };
    first.stated = Stated {
        day: Some(announced.date_naive()),
        clock: Some(i64::from(announced.num_seconds_from_midnight())),
        offset: Some(0),
    };
    facts.started = starts;
    true
}

/// Gives an incident without an end that was written down later the start that its first entry states.
pub(super) fn begin_untimed(
    kind: IncidentKind,
    over: Over,
    facts: &mut Facts,
    entries: &[Entry],
    zone: &Zone,
    notes: &mut Notes,
) {
    if kind != IncidentKind::Incident || over != Over::Untimed {
        return;
    }
    let is_dated = |entry: &&Entry| entry.stated.day.is_some();
    let said = entries.iter().filter(is_dated).map(|entry| entry.stated.after(facts.started, zone));
    let Some(said) = said.collect::<Option<Vec<_>>>() else { return };
    let (Some(first), Some(last)) = (said.iter().min(), said.iter().max()) else { return };
    if said.len() < entries.len() || facts.started - *last < WRITTEN_LATER {
        return;
    }
    let message = format!("all its entries are from before its date, {}", facts.started);
    notes.warn(None, "start-after-end", message, &format!("the start was taken to be {first}; check it"));
    facts.started = *first;
}

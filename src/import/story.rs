//! Turns the entries of a post into dated updates with phases.
//!
//! Promises: updates come oldest first with unique times; an incident that is over has a final phase, and one that is open
//! has not. An announcement of planned work without a time becomes its `impact`. Other missing times follow from the known
//! ones: the first entry gets the start, the last the end, and one in between a minute after the one before it.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, NaiveDate, TimeDelta};

use super::endings::says_over;
use super::entries::Entry;
use super::markdown;
use super::marks::Role;
use super::notes::Notes;
use super::planned;
use super::times::Zone;
use super::words::{WORDS, spaced, speaks};
use crate::model::Moment;
use crate::model::incident::{Audience, Update};
use crate::model::localized::Localized;
use crate::model::phase::{IncidentKind, Phase};

const MINUTE: TimeDelta = TimeDelta::minutes(1);
const SECOND: TimeDelta = TimeDelta::seconds(1);

/// What says this long after an end that it is over tells it again.
const SECOND_WORDS: TimeDelta = TimeDelta::hours(6);

/// How far from the end that its file gives work may say that it is done, and tell its end.
const DONE_AROUND_END: TimeDelta = TimeDelta::hours(3);

/// What is said this long after the end does not tell it.
const LATE_WORDS: TimeDelta = TimeDelta::days(1);

/// How long after its start an end may lie whose day and month changed places.
const SWAPPED_DAYS_MAX: i64 = 31;

/// What is known of a post in addition to its text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known<'z> {
    pub(super) kind: IncidentKind,
    pub(super) started: Moment,
    pub(super) over: Over,
    /// Which of the start and the end are days without a time of day.
    pub(super) day_only: &'z BTreeSet<Moment>,
    /// Whether the first entry announces what starts later, so that a time of day alone belongs to the day of the start.
    pub(super) is_announced: bool,
    /// The phase said outright next to the text.
    pub(super) phase: Option<Phase>,
    /// The zone of times without one.
    pub(super) zone: &'z Zone,
    /// The line the text starts on.
    pub(super) line: usize,
}

/// Whether something is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Over {
    /// It continues, or is to come.
    No,
    /// Since this moment, as the source says.
    At(Moment),
    /// Nobody wrote since when.
    Untimed,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Story {
    /// The updates, oldest first.
    pub(super) updates: Vec<Update>,
    /// What was announced of planned work before it began, where no time says when.
    pub(super) announcement: Option<String>,
    /// The times of which only the day is known: those of the post and of its updates.
    pub(super) day_only: BTreeSet<Moment>,
}

/// Makes the history of one post.
pub(super) fn tell(known: Known<'_>, mut entries: Vec<Entry>, notes: &mut Notes) -> Story {
    let announcement = take_announcement(known, &mut entries);
    let over_at = match known.over {
        Over::At(at) if known.day_only.contains(&at) => Some(end_of_a_day(at, known, &entries)),
        Over::At(at) => Some(mended(at, known.started, notes)),
        Over::No | Over::Untimed => None,
    };
    let is_over = known.over != Over::No;
    let carrier = is_over.then(|| carrier(known, &entries, over_at)).flatten();
    let is_end_a_day = matches!(known.over, Over::At(at) if known.day_only.contains(&at));
    let mut updates: Vec<Update> = Vec::new();
    let mut day_only = known.day_only.clone();
    let mut before: Option<Moment> = None;
    let first_stated = first_stated(known, &entries);
    // Where nobody wrote any time, no length of time may follow from those made up.
    let is_timeless = known.over == Over::Untimed && !entries.iter().any(|entry| entry.stated.is_some());
    for (position, entry) in entries.into_iter().enumerate() {
        let since = match before {
            Some(before) if known.is_announced => before.max(known.started),
            before => before.unwrap_or(known.started),
        };
        let stated = entry.stated.after(since, known.zone);
        let is_carrier = carrier == Some(position);
        let is_end_made_up = is_carrier && stated.is_none() && over_at.is_none();
        let step = if is_timeless || is_end_made_up { SECOND } else { MINUTE };
        let end_of_day = over_at.filter(|over| is_carrier && is_day_of(known, &entry, stated, *over));
        let wanted = match (end_of_day.or(stated), over_at, before) {
            (Some(at), ..) => at,
            (None, Some(at), _) if carrier == Some(position) => at,
            (None, _, Some(before)) => before + step,
            (None, _, None) => first_stated.map_or(known.started, |first| known.started.min(first - MINUTE)),
        };
        let at = before.map_or(wanted, |before| wanted.max(before + step));
        let is_day = match stated {
            Some(_) if end_of_day.is_some() => is_end_a_day,
            Some(_) => entry.stated.is_day(),
            None if carrier == Some(position) && over_at.is_some() => is_end_a_day,
            None => day_only.contains(&before.unwrap_or(known.started)),
        };
        day_only.extend(Some(at).filter(|_| is_day));
        if at != wanted && !is_day {
            note_moved(notes, known.line + entry.line - 1, wanted, at);
        }
        let is_work = known.kind == IncidentKind::Maintenance;
        let is_past_work = is_work && carrier.is_none() && over_at.is_some_and(|over| at > over);
        let phase = if is_carrier {
            Some(ending(known.kind, &entry.text))
        } else if is_past_work {
            None
        } else {
            let is_behind = match carrier {
                Some(carrier) => position > carrier,
                None => over_at.is_some_and(|over| at >= over),
            };
            let is_begun = |before| known.is_announced && before < known.started && known.started <= at;
            phase(known, entry.role, at, before.is_none_or(is_begun), is_behind)
        };
        updates.push(update(at, phase, &entry.text));
        before = Some(at);
    }
    if is_over && carrier.is_none() {
        let last = updates.last().map_or(known.started, |last| last.at);
        let is_day = if over_at.is_some() { is_end_a_day } else { day_only.contains(&last) };
        let at = end(&mut updates, known, over_at);
        day_only.extend(Some(at).filter(|_| is_day));
    }
    let stated = known.phase.filter(|phase| phase.kind() == known.kind && !is_over);
    updates.last_mut().into_iter().for_each(|last| last.phase = stated.or(last.phase));
    Story { updates, announcement, day_only }
}

fn note_moved(notes: &mut Notes, line: usize, wanted: Moment, at: Moment) {
    let message = format!("this entry's time, {wanted}, is not after the entry before it");
    notes.warn(Some(line), "entry-time", message, &format!("it was moved to {at}"));
}

/// Whether all that an entry states of its time is the day of the end, whose time is known.
fn is_day_of(known: Known<'_>, entry: &Entry, stated: Option<Moment>, over: Moment) -> bool {
    entry.stated.is_day() && stated.is_some_and(|at| known.zone.day(at) == known.zone.day(over))
}

/// When the first entry was written that has a time. A day alone that may be that of the start says nothing about what is before.
fn first_stated(known: Known<'_>, entries: &[Entry]) -> Option<Moment> {
    let said = entries.iter().find_map(|entry| Some((entry, entry.stated.after(known.started, known.zone)?)));
    said.filter(|(entry, at)| !entry.stated.is_day() || *at != known.started).map(|(_, at)| at)
}

/// Takes the first entry where it announces work and nothing says when that was written.
fn take_announcement(known: Known<'_>, entries: &mut Vec<Entry>) -> Option<String> {
    // Open work with one text and no time: it was written before or after the start, and the clock starts it either way.
    let is_all_there_is = known.over == Over::No && entries.len() == 1;
    let is_announcement = |entry: &Entry| {
        let opens = matches!(entry.role, Role::Opening | Role::Phase(Phase::Scheduled));
        // A time that is not before the work is when it is to begin, not when that was said.
        let said = entry.stated.after(known.started, known.zone);
        let is_timeless = said.is_none_or(|said| said >= known.started);
        let announces = planned::announces(&entry.text) || entry.role != Role::Opening;
        opens && is_timeless && (announces || is_all_there_is && !entry.stated.is_some())
    };
    let is_first = known.kind == IncidentKind::Maintenance && entries.first().is_some_and(is_announcement);
    if !is_first {
        return None;
    }
    let mut announcement = markdown::finish(&entries.remove(0).text);
    // What was said again before the work began, where nothing says when.
    let is_reminder = |entry: &Entry| {
        entry.role == Role::News && !entry.stated.is_some() && planned::is_still_ahead(&entry.text)
    };
    while entries.first().is_some_and(is_reminder) {
        announcement.push_str("\n\n");
        announcement.push_str(&markdown::finish(&entries.remove(0).text));
    }
    Some(announcement)
}

/// An update with nothing but its time, phase and words.
fn update(at: Moment, phase: Option<Phase>, body: &str) -> Update {
    Update {
        at,
        phase,
        audience: Audience::Public,
        author_mark: None,
        eta: None,
        next_update: None,
        severity: None,
        statuses: BTreeMap::new(),
        body: Localized::plain(markdown::finish(body)),
    }
}

/// An end of which only the day is known: behind the start and the entries of that day.
fn end_of_a_day(over: Moment, known: Known<'_>, entries: &[Entry]) -> Moment {
    let day = known.zone.day(over);
    let said = entries.iter().filter_map(|entry| entry.stated.after(known.started, known.zone));
    let same_day = said.chain([known.started]).filter(|at| known.zone.day(*at) == day);
    same_day.max().map_or(over, |last| last.max(over))
}

/// The end, fixed where it lies before the start.
fn mended(over: Moment, started: Moment, notes: &mut Notes) -> Moment {
    if over >= started {
        return over;
    }
    let same_day = started.date_naive().and_time(over.time()).and_utc();
    let is_near = |at: &Moment| *at > started && *at - started < TimeDelta::days(SWAPPED_DAYS_MAX);
    let mended = swapped(over).filter(is_near).unwrap_or(if same_day > started { same_day } else { started });
    let message = format!("it was resolved, {over}, before it started, {started}");
    notes.warn(None, "end-before-start", message, &format!("{mended} was used as the end; check both"));
    mended
}

/// The moment with day and month in each other's place.
fn swapped(at: Moment) -> Option<Moment> {
    let day = NaiveDate::from_ymd_opt(at.year(), at.day(), at.month())?;
    Some(day.and_time(at.time()).and_utc())
}

/// The entry that tells the end: the last closing one, one said at that very moment, or the newest one if its
/// words mean an end.
fn carrier(known: Known<'_>, entries: &[Entry], over_at: Option<Moment>) -> Option<usize> {
    // The last words may come days after the end.
    let is_late = |entry: &Entry| {
        let said = entry.stated.after(known.started, known.zone).filter(|_| entry.stated.day.is_some());
        said.zip(over_at).is_some_and(|(said, over)| said - over >= LATE_WORDS)
    };
    let closing = entries.iter().rposition(|entry| entry.role == Role::Closing && !is_late(entry));
    // A lone text that begins with the end was written then.
    let alone = || match entries {
        [only] if known.kind == IncidentKind::Incident && over_at.is_some() && !only.stated.is_some() => {
            let first = only.text.split(['.', ',', '\n']).next().unwrap_or_default();
            says_over(first).then_some(0)
        }
        _ => None,
    };
    let said_at = |entry: &Entry| entry.stated.after(known.started, known.zone);
    let at_that_moment = || entries.iter().rposition(|entry| over_at.is_some() && said_at(entry) == over_at);
    // Who says long after an end that it is over tells it again.
    let first_end = |mut last: usize| {
        let closes = |entry: &Entry| speaks(&spaced(&entry.text), &WORDS.endings.closing);
        if over_at.is_some() || entries.get(last).is_some_and(closes) {
            return last;
        }
        while let Some(before) = last.checked_sub(1).filter(|before| *before > 0)
            && let (Some(one), Some(next)) = (entries.get(before), entries.get(last))
            && one.role == Role::News
            && says_over(&one.text)
            && said_at(one).zip(said_at(next)).is_some_and(|(one, next)| next - one > SECOND_WORDS)
        {
            last = before;
        }
        last
    };
    let newest = || {
        let last = entries.len().checked_sub(1)?;
        let entry = entries.get(last)?;
        // Work may be done before it was to be marked as done, or after it was to end.
        let is_early = known.is_announced && said_at(entry) < over_at;
        let is_near = || {
            let apart = said_at(entry).zip(over_at).map(|(said, over)| (said - over).abs());
            known.kind == IncidentKind::Maintenance && apart.is_some_and(|apart| apart <= DONE_AROUND_END)
        };
        let is_that_day = || over_at.is_some_and(|over| is_day_of(known, entry, said_at(entry), over));
        let is_timeless =
            !entry.stated.is_some() || over_at.is_none() || is_early || is_near() || is_that_day();
        let is_first = last == 0 && known.kind == IncidentKind::Incident;
        let is_off =
            || known.kind == IncidentKind::Maintenance && ending(known.kind, &entry.text) == Phase::Cancelled;
        let says_end = says_over(&entry.text) || is_off();
        (entry.role == Role::News && is_timeless && !is_first && says_end).then(|| first_end(last))
    };
    closing.or_else(at_that_moment).or_else(alone).or_else(newest)
}

fn phase(known: Known<'_>, role: Role, at: Moment, is_first: bool, after_the_end: bool) -> Option<Phase> {
    match role {
        Role::Phase(Phase::Postmortem) if known.kind == IncidentKind::Incident => Some(Phase::Postmortem),
        _ if after_the_end && !is_first => None,
        Role::Phase(phase) if phase.kind() == known.kind && !phase.is_over() => Some(phase),
        _ if !is_first => None,
        _ if known.kind == IncidentKind::Incident => Some(Phase::Investigating),
        _ if at < known.started => Some(Phase::Scheduled),
        _ => Some(Phase::InProgress),
    }
}

fn ending(kind: IncidentKind, words: &str) -> Phase {
    let lead: String = words.chars().take(120).collect();
    match kind {
        IncidentKind::Incident => Phase::Resolved,
        IncidentKind::Maintenance if speaks(&spaced(&lead), &WORDS.endings.off) => Phase::Cancelled,
        IncidentKind::Maintenance => Phase::Completed,
    }
}

/// Adds the end that no entry tells, or gives it to the entry said at that moment. An end that nobody dated stands right
/// behind what was said last, so that no length of time follows from it.
fn end(updates: &mut Vec<Update>, known: Known<'_>, over_at: Option<Moment>) -> Moment {
    let phase = ending(known.kind, "");
    let last = updates.last().map(|last| last.at);
    let at = match over_at {
        // Work may be done before anything is written of it.
        Some(at) => updates
            .first()
            .filter(|first| known.kind == IncidentKind::Incident || first.at <= at)
            .map_or(at, |first| at.max(first.at + TimeDelta::seconds(1))),
        None => last.unwrap_or(known.started).max(known.started) + TimeDelta::seconds(1),
    };
    match updates.binary_search_by_key(&at, |update| update.at) {
        Ok(position) => {
            if let Some(update) = updates.get_mut(position) {
                update.phase = Some(phase);
            }
        }
        Err(position) => updates.insert(position, update(at, Some(phase), "")),
    }
    at
}

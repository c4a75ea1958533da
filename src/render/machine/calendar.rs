//! Planned work as iCalendar (RFC 5545), for the whole page, for each feature and for each plan alone, in one
//! language each.
//!
//! Promises: an event keeps its UID when work is moved; its SEQUENCE grows with each public update and, without one, when
//! work is postponed, so that calendars show the new time; DTSTAMP is the time of the newest update, so that unchanged work
//! gives an unchanged calendar.

use std::str::FromStr;

use chrono::{NaiveDate, TimeDelta};
use icalendar::{Calendar, Component, DatePerhapsTime, Event, EventLike, EventStatus, Property};

use super::journal::{Journal, Scope, first_said, last_said};
use super::value::{address, one_line, plain, title};
use crate::model::Moment;
use crate::model::incident::{Incident, TimeRange};
use crate::model::localized::Localized;
use crate::model::phase::Phase;
use crate::render::edition::LanguageEdition;
use crate::render::file::File;
use crate::render::known::announced_updates;
use crate::render::path::incident_folder;

/// A description longer than this is cut: the page tells it whole.
const DESCRIPTION_CHARS_MAX: usize = 4_000;

/// A title longer than this is cut.
const TITLE_CHARS_MAX: usize = 300;

/// The longest line in bytes, without its end (RFC 5545, 3.1).
const LINE_BYTES_MAX: usize = 75;

/// How often programs that follow a calendar are asked to look again.
const LOOK_AGAIN_AFTER: TimeDelta = TimeDelta::hours(1);

/// The start of 2020. Quarters of an hour since then, of a start and an end together, stay below
/// [`UPDATE_WEIGHT`] for twenty years.
const ERA_SECONDS: i64 = 1_577_836_800;

/// How much one update counts in a SEQUENCE.
const UPDATE_WEIGHT: u32 = 1_400_000;

/// More updates count as this many: a SEQUENCE must stay below 2³¹.
const UPDATES_MAX: u32 = 1_500;

/// Renders the calendar of the page or of a feature.
pub(super) fn of_scope(edition: &LanguageEdition<'_>, journal: &Journal<'_>, scope: Scope<'_>) -> File {
    file(edition, &scope.folder(), scope, &journal.share(scope).plans)
}

/// Renders the calendar of a plan alone.
pub(super) fn of_plan(edition: &LanguageEdition<'_>, plan: &Incident) -> File {
    file(edition, &incident_folder(&plan.id), Scope::All, &[plan])
}

fn file(edition: &LanguageEdition<'_>, folder: &str, scope: Scope<'_>, plans: &[&Incident]) -> File {
    let path = format!("{}{folder}maintenance.ics", edition.folder);
    (path, calendar(edition, scope, plans).into_bytes())
}

fn calendar(edition: &LanguageEdition<'_>, scope: Scope<'_>, plans: &[&Incident]) -> String {
    let mut calendar = Calendar::empty();
    calendar.append_property(Property::new("VERSION", "2.0"));
    calendar.append_property(Property::new("PRODID", "-//allclear//allclear//EN"));
    calendar.append_property(Property::new("CALSCALE", "GREGORIAN"));
    calendar.append_property(Property::new("METHOD", "PUBLISH"));
    calendar.ttl(&LOOK_AGAIN_AFTER);
    let kind = edition.words.say("kind.maintenance");
    let title = cut(one_line(&scope.title(edition)), TITLE_CHARS_MAX);
    calendar.name(&edition.words.labelled(&title, kind));
    for plan in plans {
        if let Some(window) = plan.window {
            calendar.push(event(edition, plan, window));
        }
    }
    folded(&calendar.to_string())
}

/// The calendar with no line longer than the standard allows; the library's own last lines of a text are one byte longer.
fn folded(calendar: &str) -> String {
    let whole = calendar.replace("\r\n ", "");
    let mut folded = String::with_capacity(calendar.len());
    for line in whole.split_terminator("\r\n") {
        let (mut rest, mut room) = (line, LINE_BYTES_MAX);
        while rest.len() > room {
            let (before, after) = rest.split_at(rest.floor_char_boundary(room));
            folded.push_str(before);
            folded.push_str("\r\n ");
            (rest, room) = (after, LINE_BYTES_MAX - 1);
        }
        folded.push_str(rest);
        folded.push_str("\r\n");
    }
    folded
}

fn event(edition: &LanguageEdition<'_>, plan: &Incident, window: TimeRange) -> Event {
    let now = edition.snapshot.now;
    let said = last_said(plan, now);
    let status = match plan.phase_at(now) {
        Phase::Cancelled => EventStatus::Cancelled,
        _ => EventStatus::Confirmed,
    };
    let times = times(edition, plan, plan.began_at(), end(plan, window, now));
    Event::new()
        .uid(&format!("{}@{}", plan.id, edition.page.host()))
        .sequence(sequence(announced_updates(plan, now).count(), window))
        .timestamp(said)
        .created(first_said(plan, now).min(said))
        .last_modified(said)
        .starts(times.0)
        .ends(times.1)
        .status(status)
        .summary(&cut(title(edition, plan), TITLE_CHARS_MAX))
        .description(&description(edition, plan))
        .url(&address(edition, plan))
        .append_property(Property::new("TRANSP", "TRANSPARENT"))
        .done()
}

/// Both times, or both as days where of one no more is known. The day behind the last one ends an event of days.
fn times(
    edition: &LanguageEdition<'_>,
    plan: &Incident,
    from: Moment,
    to: Moment,
) -> (DatePerhapsTime, DatePerhapsTime) {
    if !plan.is_day_only(from) && !plan.is_day_only(to) {
        return (from.into(), to.into());
    }
    let day = |at: Moment| NaiveDate::from_str(&edition.zone.day(at)).unwrap_or_else(|_| at.date_naive());
    (day(from).into(), day(edition.zone.day_end(to)).into())
}

/// A number that grows with each update and, within the same update, when the window moves to a later time. Nothing
/// but the file is known, so a move to an earlier time grows only with an update that tells it.
fn sequence(updates: usize, window: TimeRange) -> u32 {
    let quarters = |moment: Moment| (moment.timestamp() - ERA_SECONDS).div_euclid(900);
    let place = (quarters(window.starts) + quarters(window.ends.unwrap_or(window.starts)))
        .clamp(0, i64::from(UPDATE_WEIGHT) - 1);
    let updates = u32::try_from(updates).unwrap_or(u32::MAX).min(UPDATES_MAX);
    updates * UPDATE_WEIGHT + u32::try_from(place).unwrap_or_default()
}

/// The actual end once an update told it, else the planned one; work whose end is open takes no time in a calendar until
/// it has ended.
fn end(plan: &Incident, window: TimeRange, now: Moment) -> Moment {
    let told = plan.ended_at(now).filter(|_| plan.phase_at(now) != Phase::Cancelled);
    told.filter(|ended| *ended > plan.began_at()).or(window.ends).unwrap_or(window.starts)
}

/// What it means for customers, what helps, and every update, newest first.
fn description(edition: &LanguageEdition<'_>, plan: &Incident) -> String {
    let text = |text: &Localized| plain(edition, text.in_language(edition.language));
    let facts = plan.impact.iter().chain(&plan.workaround).map(text);
    let updates = announced_updates(plan, edition.snapshot.now)
        .map(|update| format!("{}\n{}", edition.stated_time(plan, update.at).human, text(&update.body)));
    cut(facts.chain(updates).collect::<Vec<_>>().join("\n\n"), DESCRIPTION_CHARS_MAX)
}

/// Calendar programs show little of a text, and folding its lines takes time that grows with its square.
fn cut(mut text: String, chars_max: usize) -> String {
    if let Some((end, _)) = text.char_indices().nth(chars_max) {
        text.truncate(end);
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{LINE_BYTES_MAX, folded};

    proptest! {
        #[test]
        fn any_line_is_folded_between_letters_and_comes_out_as_it_was(text in "(\\PC|[äñ語ع😀]| ){0,400}") {
            let line = format!("SUMMARY:{text}\r\n");
            let folded = folded(&line);
            prop_assert!(folded.split("\r\n").all(|line| line.len() <= LINE_BYTES_MAX), "{}", folded);
            prop_assert_eq!(folded.replace("\r\n ", ""), line);
        }
    }
}

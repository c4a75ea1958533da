//! Planned work as iCalendar (RFC 5545), for the whole page and for each feature, in one language each.
//!
//! Promises: an event keeps its UID through every move; its SEQUENCE counts the updates customers may read, so
//! that an announced move or a cancellation counts up; DTSTAMP is the time of the last words, so that an
//! unchanged plan gives an unchanged calendar.

use icalendar::{Calendar, Component, Event, EventLike, EventStatus, Property};

use super::journal::{Journal, Scope, first_said, last_said};
use super::{address, one_line, plain, title};
use crate::model::Moment;
use crate::model::incident::{Incident, Window};
use crate::model::localized::Localized;
use crate::model::phase::Phase;
use crate::render::File;
use crate::render::edition::Edition;
use crate::render::incident::told;

/// A description longer than this is cut: calendar programs show little of it, and the page tells it whole.
const DESCRIPTION_CHARS_MAX: usize = 4_000;

/// Renders the calendars of one language.
pub(super) fn files(edition: &Edition<'_>, journal: &Journal<'_>) -> Vec<File> {
    let file = |scope: Scope<'_>| {
        let path = format!("{}{}maintenance.ics", edition.folder, scope.folder());
        (path, calendar(edition, scope, &journal.share(scope).plans).into_bytes())
    };
    Scope::every(edition.page).map(file).collect()
}

fn calendar(edition: &Edition<'_>, scope: Scope<'_>, plans: &[&Incident]) -> String {
    let mut calendar = Calendar::empty();
    calendar.append_property(Property::new("VERSION", "2.0"));
    calendar.append_property(Property::new("PRODID", "-//allclear//allclear//EN"));
    calendar.append_property(Property::new("CALSCALE", "GREGORIAN"));
    calendar.append_property(Property::new("METHOD", "PUBLISH"));
    let kind = edition.words.say("kind.maintenance");
    calendar.name(&format!("{}: {kind}", one_line(&scope.title(edition))));
    for plan in plans {
        if let Some(window) = plan.window {
            calendar.push(event(edition, plan, window));
        }
    }
    calendar.to_string()
}

fn event(edition: &Edition<'_>, plan: &Incident, window: Window) -> Event {
    let now = edition.snapshot.now;
    let (said, sequence) = (last_said(plan, now), told(plan, now).count());
    let status = match plan.phase_at(now) {
        Phase::Cancelled => EventStatus::Cancelled,
        _ => EventStatus::Confirmed,
    };
    Event::new()
        .uid(&format!("{}@{}", plan.id, edition.page.host()))
        .sequence(u32::try_from(sequence).unwrap_or(u32::MAX))
        .timestamp(said)
        .created(first_said(plan, now).min(said))
        .last_modified(said)
        .starts(plan.began_at())
        .ends(end(plan, window, now))
        .status(status)
        .summary(&title(edition, plan))
        .description(&description(edition, plan))
        .url(&address(edition, plan))
        .append_property(Property::new("TRANSP", "TRANSPARENT"))
        .done()
}

/// The actual end once an update told it, else the planned one.
fn end(plan: &Incident, window: Window, now: Moment) -> Moment {
    let told = plan.ended_at(now).filter(|_| plan.phase_at(now) != Phase::Cancelled);
    told.filter(|ended| *ended > plan.began_at()).unwrap_or(window.ends)
}

/// What it means for customers, what helps, and every update, newest first.
fn description(edition: &Edition<'_>, plan: &Incident) -> String {
    let text = |text: &Localized| plain(edition, text.in_language(edition.language));
    let facts = plan.impact.iter().chain(&plan.workaround).map(text);
    let updates = told(plan, edition.snapshot.now).map(|update| {
        format!("{}\n{}", edition.words.date_time(update.at, edition.zone), text(&update.body))
    });
    let mut description = facts.chain(updates).collect::<Vec<_>>().join("\n\n");
    if let Some((cut, _)) = description.char_indices().nth(DESCRIPTION_CHARS_MAX) {
        description.truncate(cut);
        description.push('…');
    }
    description
}

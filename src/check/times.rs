//! Rules on times that contradict each other: an update in the future, an end before the start, a wrong year.
//!
//! Promises: an error only if the page would show something false, and a warning if an odd time may be intended. If the
//! author probably wrote a time of another zone, the hint gives the time in the page's zone.

use chrono::{Datelike, TimeDelta};

use super::inspection::{Finding, Inspection, iso};
use crate::model::Moment;
use crate::model::incident::{Incident, TimeRange, Update};
use crate::model::moment;
use crate::model::phase::{IncidentKind, Phase};
use crate::model::problem::SourceSpan;

/// Clocks of authors and of the machine that builds may differ by this much.
const CLOCK_MINUTES: i64 = 5;
/// Planned work that takes longer than this is more likely a slip in the month.
const WINDOW_DAYS_MAX: i64 = 31;
/// An incident cannot have started this much after it was first spoken of.
const START_AFTER_DAYS_MAX: i64 = 7;
/// Times of one incident that are further apart than this are looked at for a slip in the year.
const APART_DAYS: i64 = 300;
/// How near a time comes to the others once the year is corrected.
const NEAR_DAYS: i64 = 31;

pub(super) fn in_the_future(inspection: &Inspection<'_>, incident: &Incident) -> Vec<Finding> {
    let latest = inspection.now + TimeDelta::minutes(CLOCK_MINUTES);
    let hint = |at: Moment| {
        let in_zone = in_page_zone(inspection, at, |meant| meant <= latest);
        in_zone.unwrap_or_else(|| "check the date and the zone".to_owned())
    };
    let mut findings = Vec::new();
    if incident.kind == IncidentKind::Incident && incident.started > latest {
        let place = inspection.key(incident, &["started", "title"]);
        let message = format!("the incident starts at {}, in the future", iso(incident.started));
        let ends = last_phase(incident).is_some_and(Phase::is_over);
        let finding = if ends { Finding::warning(place, message) } else { Finding::error(place, message) };
        findings.push(finding.hint(hint(incident.started)));
    }
    if let Some(unsaid) = announced_too_late(inspection, incident, latest) {
        return vec![unsaid];
    }
    for update in incident.updates.iter().filter(|update| update.at > latest) {
        let place = inspection.heading(incident, update);
        let then = match incident.counted_at(inspection.now) >= update.at {
            true => "and counts already, because it ends the incident",
            false => "so it is not shown",
        };
        let message = format!("the update of {} is in the future, {then}", iso(update.at));
        findings.push(Finding::warning(place, message).hint(hint(update.at)));
    }
    findings
}

/// Planned work whose only words are dated at its start, as a text without a heading is: readers would hear of it when it
/// begins.
fn announced_too_late(inspection: &Inspection<'_>, incident: &Incident, latest: Moment) -> Option<Finding> {
    let window = incident.window.filter(|window| window.starts > latest)?;
    let first = incident.public_updates().next().filter(|update| update.at >= window.starts)?;
    let place =
        inspection.heading(incident, first).or_else(|| inspection.key(incident, &["starts", "title"]));
    let message = format!("the announcement of this work is dated {}, when it begins", iso(first.at));
    let now = inspection.now.format("%Y-%m-%d %H:%M");
    let hint = format!("put a heading above its text: `## {now} UTC · Scheduled`");
    Some(Finding::error(place, message).hint(hint))
}

pub(super) fn start_after_update(inspection: &Inspection<'_>, incident: &Incident) -> Vec<Finding> {
    let latest = incident.started - TimeDelta::minutes(CLOCK_MINUTES);
    let first = incident
        .updates
        .first()
        .filter(|update| incident.kind == IncidentKind::Incident && update.at < latest);
    let Some(first) = first.filter(|update| !ends(update)) else { return Vec::new() };
    let (at, started) = (iso(first.at), iso(incident.started));
    let place = inspection.key(incident, &["started", "title"]);
    let is_far = incident.started - first.at > TimeDelta::days(START_AFTER_DAYS_MAX);
    let message = format!("the incident starts at {started}, after its first update, {at}");
    let hint = in_page_zone(inspection, incident.started, |meant| meant <= first.at)
        .or_else(|| in_page_zone(inspection, first.at, |meant| meant >= latest))
        .unwrap_or_else(|| format!("write `started = {at}` or earlier, or correct the heading"));
    // Readers would read a length that is wrong by days.
    let is_false = is_far && inspection.is_open(incident);
    let finding = if is_false { Finding::error(place, message) } else { Finding::warning(place, message) };
    vec![finding.hint(hint)]
}

pub(super) fn end_before_start(inspection: &Inspection<'_>, incident: &Incident) -> Vec<Finding> {
    if let Some(window) = incident.window {
        return completed_before_it_began(inspection, incident, window);
    }
    let early = incident.updates.iter().filter(|update| ends(update) && update.at < incident.started);
    let finding = |update: &Update| {
        let (at, started) = (iso(update.at), iso(incident.started));
        let place = inspection.heading(incident, update);
        let message = format!("the incident ends at {at}, before it starts, {started}");
        let hint = in_page_zone(inspection, update.at, |meant| meant >= incident.started)
            .or_else(|| in_page_zone(inspection, incident.started, |meant| meant <= update.at))
            .unwrap_or_else(|| "correct the heading or `started`".to_owned());
        Finding::error(place, message).hint(hint)
    };
    early.map(finding).collect()
}

/// Planned work that is said to be done before its planned start, and that nobody said had begun.
fn completed_before_it_began(
    inspection: &Inspection<'_>,
    incident: &Incident,
    window: TimeRange,
) -> Vec<Finding> {
    let mut updates = incident.updates.iter().filter(|update| update.at < window.starts);
    let has_begun = incident
        .updates
        .iter()
        .any(|update| matches!(update.phase, Some(Phase::InProgress | Phase::Verifying)));
    let early = updates.find(|update| update.phase == Some(Phase::Completed)).filter(|_| !has_begun);
    let Some(early) = early else { return Vec::new() };
    let message =
        format!("the work is completed at {}, before it starts, {}", iso(early.at), iso(window.starts));
    let finding = Finding::warning(inspection.heading(incident, early), message);
    vec![finding.hint("write `Cancelled` if it does not take place, or correct the time or `starts`")]
}

pub(super) fn end_before_news(inspection: &Inspection<'_>, incident: &Incident) -> Vec<Finding> {
    let mut phases = incident.updates.iter().filter_map(|update| Some((update, update.phase?)));
    let Some((first, phase)) = phases.next().filter(|(update, _)| ends(update)) else { return Vec::new() };
    let next = phases.find(|(_, phase)| !phase.is_over() && incident.kind == IncidentKind::Incident);
    let Some((next, _)) = next.filter(|_| first.at >= incident.started) else { return Vec::new() };
    let place = inspection.heading(incident, first);
    let (word, at) = (phase.word(), iso(next.at));
    let message = format!("the first update says `{word}`, before the news of {at}");
    let hint = in_page_zone(inspection, first.at, |meant| meant > next.at);
    let hint = hint.unwrap_or_else(|| "correct its time, or say first what was wrong".to_owned());
    let is_open = inspection.is_open(incident);
    let finding = if is_open { Finding::error(place, message) } else { Finding::warning(place, message) };
    vec![finding.hint(hint)]
}

pub(super) fn year_slip(inspection: &Inspection<'_>, incident: &Incident) -> Vec<Finding> {
    let mut times = times(incident);
    times.sort_by_key(|time| time.at);
    let is_open = inspection.is_open(incident);
    let pairs = times.iter().zip(times.iter().skip(1));
    let slips = pairs.filter(|(before, after)| differ_by_year(before.at, after.at));
    let finding = |(before, after): (&Time<'_>, &Time<'_>)| {
        let message =
            format!("{} and {} of one incident differ only by the year", iso(before.at), iso(after.at));
        let place = after.fact.place(inspection, incident);
        let finding = if is_open { Finding::error(place, message) } else { Finding::warning(place, message) };
        finding.hint("check both years")
    };
    slips.map(finding).collect()
}

pub(super) fn long_window(inspection: &Inspection<'_>, incident: &Incident) -> Vec<Finding> {
    let Some(window) = incident.window.filter(|_| inspection.is_open(incident)) else { return Vec::new() };
    let Some(ends) = window.ends.filter(|ends| *ends - window.starts > TimeDelta::days(WINDOW_DAYS_MAX))
    else {
        return Vec::new();
    };
    let days = (ends - window.starts).num_days();
    let place = inspection.key(incident, &["ends", "title"]);
    let message = format!("the planned work takes {days} days, more than {WINDOW_DAYS_MAX}");
    vec![Finding::warning(place, message).hint("check the months and the years")]
}

/// A time of the incident, and what it is the time of.
struct Time<'a> {
    at: Moment,
    fact: Fact<'a>,
}

#[derive(Clone, Copy)]
enum Fact<'a> {
    Start,
    End,
    Update(&'a Update),
}

impl Fact<'_> {
    fn place(self, inspection: &Inspection<'_>, incident: &Incident) -> Option<SourceSpan> {
        match self {
            Self::Start => inspection.key(incident, &["started", "starts", "title"]),
            Self::End => inspection.key(incident, &["ends", "title"]),
            Self::Update(update) => inspection.heading(incident, update),
        }
    }
}

/// The times that an incident's file writes: its start, the planned end, its updates.
fn times(incident: &Incident) -> Vec<Time<'_>> {
    let start = Time { at: incident.started, fact: Fact::Start };
    let ends = incident.window.and_then(|window| window.ends);
    let ends = ends.map(|at| Time { at, fact: Fact::End });
    let updates = incident.updates.iter().map(|update| Time { at: update.at, fact: Fact::Update(update) });
    std::iter::once(start).chain(ends).chain(updates).collect()
}

/// Whether two times are near each other but for the year.
fn differ_by_year(before: Moment, after: Moment) -> bool {
    let moved = before.with_year(after.year());
    let near = moved.is_some_and(|moved| (after - moved).abs() <= TimeDelta::days(NEAR_DAYS));
    after - before > TimeDelta::days(APART_DAYS) && near
}

fn ends(update: &Update) -> bool {
    update.phase.is_some_and(Phase::is_over)
}

fn last_phase(incident: &Incident) -> Option<Phase> {
    incident.updates.iter().rev().find_map(|update| update.phase)
}

/// The question whether a time was meant in the page's own zone, where it would then be possible.
fn in_page_zone(
    inspection: &Inspection<'_>,
    at: Moment,
    possible: impl Fn(Moment) -> bool,
) -> Option<String> {
    let written = format!("{} {}", at.format("%Y-%m-%d %H:%M"), inspection.site.page.time_zone);
    let meant = moment::read(&written).ok().filter(|meant| *meant != at)?;
    possible(meant).then(|| format!("did you mean {written}?"))
}

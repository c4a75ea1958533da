//! Turns work that repeats into one incident for each occurrence.
//!
//! Promises: each occurrence has the wall clock time of the first one in the page's zone, and the id of its file followed
//! by its day; an update belongs to an occurrence by its time. `now` only decides which occurrences are returned: those
//! that have begun, and the next two.

use std::sync::Arc;

use chrono::NaiveDate;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::{TimeZone, TimeZoneDatabase};

use crate::model::Moment;
use crate::model::incident::{Incident, IncidentId, TimeRange, Update};
use crate::model::phase::Phase;

/// Maximum number of occurrences that have begun.
const PAST_MAX: usize = 100;
/// How many occurrences that have not begun are announced.
const AHEAD: usize = 2;

/// The incidents with their days as the zone has them, each one that repeats as its occurrences; newest start first.
pub fn expand(incidents: Vec<Arc<Incident>>, zone: &str, now: Moment) -> Vec<Arc<Incident>> {
    let zoned = |incident: Arc<Incident>| in_zone(incident, zone);
    let incidents: Vec<Arc<Incident>> = incidents.into_iter().map(zoned).collect();
    if incidents.iter().all(|incident| incident.repeats.is_none()) {
        return incidents;
    }
    let zone = TimeZoneDatabase::bundled().get(zone).unwrap_or(TimeZone::UTC);
    let each = |incident: Arc<Incident>| occurrences(&incident, &zone, now).unwrap_or_else(|| vec![incident]);
    let mut expanded: Vec<Arc<Incident>> = incidents.into_iter().flat_map(each).map(zoned).collect();
    expanded.sort_by(|a, b| b.started.cmp(&a.started).then_with(|| a.id.cmp(&b.id)));
    expanded
}

/// The incident with its days as the zone has them.
fn in_zone(mut incident: Arc<Incident>, zone: &str) -> Arc<Incident> {
    let days = incident.day_only.in_zone(zone);
    if days != incident.day_only {
        Arc::make_mut(&mut incident).day_only = days;
    }
    incident
}

/// The occurrences of planned work; `None` where it does not repeat.
fn occurrences(incident: &Arc<Incident>, zone: &TimeZone, now: Moment) -> Option<Vec<Arc<Incident>>> {
    let (repeats, window) = (incident.repeats.as_ref()?, incident.window?);
    let first = zone.to_datetime(Timestamp::from_second(window.starts.timestamp()).ok()?);
    let first_day = NaiveDate::from_ymd_opt(
        i32::from(first.year()),
        first.month().unsigned_abs().into(),
        first.day().unsigned_abs().into(),
    )?;
    let begins = |day: NaiveDate| {
        let date: Date = day.to_string().parse().ok()?;
        let start = zone.to_ambiguous_timestamp(date.to_datetime(first.time())).compatible().ok()?;
        Some((day, Moment::from_timestamp(start.as_second(), 0)?))
    };
    let days = repeats.rule.days(first_day).filter(|day| !repeats.except.contains(day));
    let mut ahead = 0;
    let mut begun: Vec<(NaiveDate, Moment)> = days
        .filter_map(begins)
        .take_while(|(_, start)| {
            ahead += usize::from(*start > now);
            ahead <= AHEAD
        })
        .collect();
    let starts: Vec<Moment> = begun.iter().map(|(_, start)| *start).collect();
    let length = window.ends.map(|ends| ends - window.starts);
    let lasts = window.ends.map(|ends| incident.latest(ends) - window.starts);
    let owner =
        |update: &Update| owner_of(update, &starts, |start| lasts.map_or(start, |length| start + length));
    let of_each: Vec<Option<Moment>> = incident.updates.iter().map(owner).collect();
    begun.drain(..begun.len().saturating_sub(PAST_MAX + AHEAD));
    let end_day =
        window.ends.filter(|_| window.day_only.ends).and_then(|ends| days_between(window.starts, ends, zone));
    let one = |(day, start): (NaiveDate, Moment)| {
        let mut one = Incident::clone(incident);
        one.id = IncidentId::new(&format!("{}/{day}", incident.id))?;
        (one.started, one.repeats) = (start, None);
        // The end of a day is at its own midnight, also if the clocks change in between.
        let ends = match end_day {
            Some(days) => days_later(start, days, zone).map(|ends| ends.max(start)),
            None => length.map(|length| start + length),
        };
        one.window = Some(TimeRange { starts: start, ends, ..window });
        let starts = window.day_only.starts.then_some(start);
        let ends = ends.filter(|_| window.day_only.ends);
        one.day_only = incident.day_only.times().chain(starts).chain(ends).collect();
        let own = incident.updates.iter().zip(&of_each).filter(|(_, owner)| **owner == Some(start));
        one.updates = own.map(|(update, _)| update.clone()).collect();
        Some(Arc::new(one))
    };
    Some(begun.into_iter().filter_map(one).collect())
}

/// How many days of the zone later the end is.
fn days_between(starts: Moment, ends: Moment, zone: &TimeZone) -> Option<i64> {
    let day = |at: Moment| Some(zone.to_datetime(Timestamp::from_second(at.timestamp()).ok()?).date());
    Some(day(starts)?.until(day(ends)?).ok()?.get_days().into())
}

/// The beginning of the day that is that many days later in the zone.
fn days_later(start: Moment, days: i64, zone: &TimeZone) -> Option<Moment> {
    let day = zone.to_datetime(Timestamp::from_second(start.timestamp()).ok()?).date();
    let later = day.checked_add(jiff::Span::new().days(days)).ok()?;
    let begins =
        zone.to_ambiguous_timestamp(later.to_datetime(jiff::civil::Time::midnight())).compatible().ok()?;
    Moment::from_timestamp(begins.as_second(), 0)
}

/// The start of the occurrence that an update speaks of: of the one in progress then; else of the last one where it says how
/// the work went, and of the next one where it does not.
fn owner_of(update: &Update, starts: &[Moment], end: impl Fn(Moment) -> Moment) -> Option<Moment> {
    let begun = starts.partition_point(|start| *start <= update.at);
    let last = begun.checked_sub(1).and_then(|place| starts.get(place)).copied();
    let next = starts.get(begun).copied();
    let speaks_of_the_last = matches!(
        update.phase,
        Some(Phase::InProgress | Phase::Verifying | Phase::Completed | Phase::Postmortem)
    );
    match last {
        Some(last) if speaks_of_the_last || update.at < end(last) => Some(last),
        _ => next.or(last),
    }
}

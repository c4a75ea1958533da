//! The times of a file of which only the day is known.
//!
//! Promises: each has the end of its day; days are as long as they are in the page's zone once that zone is known. Never states
//! a time of day to anyone.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use jiff::Timestamp;
use jiff::tz::{TimeZone, TimeZoneDatabase};

use crate::model::Moment;

/// Times of which only the day is known, each with the first moment after its day. The time is at the beginning of the day, or
/// later to keep the order of the updates.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Days(BTreeMap<Moment, Moment>);

impl Days {
    /// Whether only the day of a time is known.
    pub fn contains(&self, at: Moment) -> bool {
        self.0.contains_key(&at)
    }

    /// Whether the time of day of every time is known.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The times, oldest first.
    pub fn times(&self) -> impl Iterator<Item = Moment> {
        self.0.keys().copied()
    }

    /// The latest moment that a time can mean: the end of its day where only the day is known.
    pub fn latest(&self, at: Moment) -> Moment {
        self.0.get(&at).copied().unwrap_or(at)
    }

    /// Whether two times are of one day: of both only the day is known, and the later one is not past the day of the earlier.
    pub fn is_same(&self, one: Moment, others: &Self, other: Moment) -> bool {
        self.contains(one)
            && others.contains(other)
            && if one <= other { other < self.latest(one) } else { one < others.latest(other) }
    }

    /// The same times with their days as the named zone has them: a day on which the clocks change has 23 or 25 hours.
    /// A zone that is unknown is UTC.
    pub fn in_zone(&self, zone: &str) -> Self {
        let zone = TimeZoneDatabase::bundled().get(zone).unwrap_or(TimeZone::UTC);
        Self(self.times().map(|at| (at, day_end(&zone, at).unwrap_or(at))).collect())
    }

    /// Adds a time whose day ends at that moment.
    pub fn insert(&mut self, at: Moment, end: Moment) {
        self.0.insert(at, end);
    }
}

/// Days that begin at those times and have 24 hours, as long as their zone is not known.
impl FromIterator<Moment> for Days {
    fn from_iter<I: IntoIterator<Item = Moment>>(times: I) -> Self {
        let a_day_later = |at: Moment| at.checked_add_signed(TimeDelta::days(1)).unwrap_or(at);
        Self(times.into_iter().map(|at| (at, a_day_later(at))).collect())
    }
}

/// Midnight after a moment, or the first moment after it where the clock skips midnight.
fn day_end(zone: &TimeZone, at: Moment) -> Option<Moment> {
    let day = zone.to_datetime(Timestamp::from_second(at.timestamp()).ok()?).date();
    let end = day.tomorrow().ok()?.to_zoned(zone.clone()).ok()?;
    Moment::from_timestamp(end.timestamp().as_second(), 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Moment {
        text.parse().unwrap()
    }

    #[test]
    fn a_day_is_as_long_as_the_zone_has_it() {
        for (begins, zone, ends) in [
            ("2026-03-29T00:00:00+01:00", "Europe/Madrid", "2026-03-30T00:00:00+02:00"),
            ("2026-10-25T00:00:00+02:00", "Europe/Madrid", "2026-10-26T00:00:00+01:00"),
            ("2026-10-25T00:02:00+02:00", "Europe/Madrid", "2026-10-26T00:00:00+01:00"),
            ("2026-03-01T12:00:00+01:00", "Europe/Madrid", "2026-03-02T00:00:00+01:00"),
            // Midnight is skipped in Santiago when summer time begins.
            ("2026-09-05T00:00:00-04:00", "America/Santiago", "2026-09-06T01:00:00-03:00"),
            ("2026-03-01T00:00:00Z", "Nowhere/None", "2026-03-02T00:00:00Z"),
        ] {
            let days: Days = [at(begins)].into_iter().collect();
            assert_eq!(days.in_zone(zone).latest(at(begins)), at(ends), "{begins} {zone}");
        }
    }

    #[test]
    fn times_of_one_day_are_the_same_and_those_of_two_days_are_not_however_near() {
        let days = |text: &str| [at(text)].into_iter().collect::<Days>().in_zone("Europe/Madrid");
        let is_same = |one: &str, other: &str| {
            let found = days(one).is_same(at(one), &days(other), at(other));
            assert_eq!(found, days(other).is_same(at(other), &days(one), at(one)), "{one} {other}");
            found
        };
        assert!(is_same("2026-03-05T00:00:00+01:00", "2026-03-05T23:00:00+01:00"));
        assert!(!is_same("2026-03-05T20:00:00+01:00", "2026-03-06T00:00:00+01:00"));
        assert!(is_same("2026-10-25T00:00:00+02:00", "2026-10-25T23:30:00+01:00"));
        let timed = Days::default();
        assert!(!days("2026-03-05T00:00:00+01:00").is_same(
            at("2026-03-04T23:00:00Z"),
            &timed,
            at("2026-03-04T23:30:00Z")
        ));
    }
}

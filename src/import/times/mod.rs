//! Reads times as people wrote them.
//!
//! Front matter has hours of one or three digits, days that do not exist and zones that are left out; prose has `09:35am
//! UTC`, `14.07.2026, 10:15 Uhr` and `11th of February 2022`. Nothing is added: a day without a time of day stays a day.

mod prose;
mod scan;
mod zone;

use chrono::{NaiveDate, NaiveTime, TimeDelta};

use crate::model::Moment;

pub(super) use prose::{Stated, clock_of, is_time_word, stated};
use scan::Scan;
pub use zone::Zone;

/// A moment read from front matter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reading {
    pub(super) at: Moment,
    /// Whether no zone was written, so that it was read in the site's.
    pub(super) is_zoneless: bool,
    /// Whether it is a day without a time of day; `at` is its beginning.
    pub(super) is_day: bool,
    /// What had to be bent to read it, as half a sentence; `None` when the text was sound.
    pub(super) bent: Option<String>,
}

/// Reads a date with an optional time and zone: `2023-07-04T13:00:00-00:00`, `2024-02-13 13:00`,
/// `2023-04-12:11:20-00:00`. `likely` is the day to take where the one written does not exist. `None` for a day that
/// does not exist and resembles no other.
pub(super) fn moment(text: &str, likely: Option<NaiveDate>, zone: &Zone) -> Option<Reading> {
    let mut scan = Scan(text.trim());
    let (day, bent_day) = scan.day(likely)?;
    scan.skip(&['T', 't', ' ', ':', ',']);
    let mut bent: Vec<String> = bent_day.into_iter().collect();
    let clock = scan.clock();
    let is_day = clock.is_none();
    let (since_midnight, complaint) = clock.unwrap_or_default();
    bent.extend(complaint);
    let offset = scan.zone();
    if !scan.0.trim().is_empty() {
        bent.push(format!("`{}` after the time was ignored", scan.0.trim()));
    }
    let local = day.and_time(NaiveTime::MIN).checked_add_signed(TimeDelta::seconds(since_midnight))?;
    let at = zone.moment(local, offset)?;
    Some(Reading {
        at,
        is_zoneless: offset.is_none(),
        is_day,
        bent: (!bent.is_empty()).then(|| bent.join("; ")),
    })
}

/// The day a file name starts with: `2021-03-21-update-sites`, `14.11.2022-connection`. Day and month may have changed
/// places.
pub(super) fn day_of_name(name: &str) -> Option<NaiveDate> {
    let mut scan = Scan(name);
    let read = scan.day(None).filter(|(_, bent)| bent.is_none()).map(|(day, _)| day);
    read.or_else(|| Scan(name).day_first()).or_else(|| Scan(name).day_joined())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Moment {
        text.parse().unwrap()
    }

    #[test]
    fn a_day_that_does_not_exist_is_the_day_of_the_name_or_none() {
        let named = NaiveDate::from_ymd_opt(2026, 2, 24);
        let read = |text, likely| moment(text, likely, &Zone::utc()).map(|reading| reading.at);
        assert_eq!(read("2026-20-24 08:00:00", named), Some(at("2026-02-24T08:00:00Z")));
        assert_eq!(read("2026-20-24 08:00:00", None), None);
        assert_eq!(read("2026-0-24 08:00:00", None), None);
        assert_eq!(read("2026-00-31 08:00:00", named), Some(at("2026-02-24T08:00:00Z")));
        assert_eq!(
            read("2023-07-94T13:00", NaiveDate::from_ymd_opt(2023, 7, 4)),
            Some(at("2023-07-04T13:00:00Z"))
        );
    }

    #[test]
    fn a_time_without_a_zone_is_read_in_the_sites() {
        let berlin = Zone::named("Europe/Berlin").unwrap();
        let read = |text| moment(text, None, &berlin).unwrap();
        assert_eq!(read("2026-07-14 22:00:00").at, at("2026-07-14T20:00:00Z"));
        assert!(read("2026-07-14 22:00:00").is_zoneless && !read("2026-07-14 22:00Z").is_zoneless);
        assert_eq!(read("2026-07-14T22:00:00+01:00").at, at("2026-07-14T21:00:00Z"));
        assert_eq!(Zone::named("CET/DST"), None);
    }

    #[test]
    fn names_begin_with_days_of_every_order() {
        for name in ["2022-11-14-x", "14.11.2022-x", "2022_11_14-x", "20221114_x", "2022-14-11-x"] {
            assert_eq!(day_of_name(name), NaiveDate::from_ymd_opt(2022, 11, 14), "{name}");
        }
        assert_eq!(day_of_name("1222565"), None);
    }
}

//! Local times with the zones authors write: `UTC`, `Z`, `+02:00`, `Europe/Madrid`.
//!
//! Promises: the rules of the zones come from the database inside the program, never from the machine's, so the
//! same file means the same moment everywhere; a time that a change of the clocks skips or repeats is never
//! guessed.

use std::sync::LazyLock;

use chrono::{Datelike, NaiveDateTime, TimeZone, Timelike, Utc};
use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, Offset, TimeZoneDatabase};

use crate::config::located::nearest;
use crate::model::Moment;
use crate::model::token;

static ZONES: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// Why a local time with a zone is no moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ZoneFault {
    /// No zone has the name; the one most like it, if any is.
    Unknown(Option<String>),
    /// The clocks went forward over it, from the first offset to the second.
    Skipped(String, String),
    /// The clocks went back over it, from the first offset to the second.
    Repeated(String, String),
    /// So far away that it cannot be counted.
    OutOfReach,
}

/// The moment of a local time in a zone.
pub(super) fn moment_in(zone: &str, local: NaiveDateTime) -> Result<Moment, ZoneFault> {
    if matches!(zone, "UTC" | "Z" | "z" | "utc") {
        return Ok(Utc.from_utc_datetime(&local));
    }
    if let Some(offset) = token::offset(zone) {
        let zoned = local.and_local_timezone(offset).single().ok_or(ZoneFault::OutOfReach)?;
        return Ok(zoned.with_timezone(&Utc));
    }
    let zone = ZONES.get(zone).map_err(|_| ZoneFault::Unknown(nearest_zone(zone)))?;
    let ambiguous = zone.to_ambiguous_timestamp(civil(local).ok_or(ZoneFault::OutOfReach)?);
    match ambiguous.offset() {
        AmbiguousOffset::Gap { before, after } => Err(ZoneFault::Skipped(shown(before), shown(after))),
        AmbiguousOffset::Fold { before, after } => Err(ZoneFault::Repeated(shown(before), shown(after))),
        AmbiguousOffset::Unambiguous { .. } => {
            let timestamp = ambiguous.unambiguous().map_err(|_| ZoneFault::OutOfReach)?;
            Moment::from_timestamp(timestamp.as_second(), 0).ok_or(ZoneFault::OutOfReach)
        }
    }
}

fn civil(local: NaiveDateTime) -> Option<DateTime> {
    let small = |number: u32| i8::try_from(number).ok();
    DateTime::new(
        i16::try_from(local.year()).ok()?,
        small(local.month())?,
        small(local.day())?,
        small(local.hour())?,
        small(local.minute())?,
        small(local.second())?,
        0,
    )
    .ok()
}

/// An offset as it is written in a heading: `+02:00`.
fn shown(offset: Offset) -> String {
    let minutes = offset.seconds().abs() / 60;
    let sign = if offset.seconds() < 0 { '-' } else { '+' };
    format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60)
}

/// The zone most like a misspelt `Europe/Madird`, among those of the region or the city it names. Abbreviations
/// get none: `PST` is not `EST` with a slip.
fn nearest_zone(zone: &str) -> Option<String> {
    let (region, city) = zone.split_once('/')?;
    let alike = |name: &str| {
        let parts = name.split_once('/');
        parts.is_some_and(|(r, c)| r.eq_ignore_ascii_case(region) || c.eq_ignore_ascii_case(city))
    };
    let names: Vec<String> = ZONES.available().map(|name| name.as_str().to_owned()).collect();
    nearest(zone, names.iter().map(String::as_str).filter(|name| alike(name))).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(zone: &str, local: &str) -> Result<String, ZoneFault> {
        let local = NaiveDateTime::parse_from_str(local, "%Y-%m-%d %H:%M").unwrap();
        moment_in(zone, local).map(|moment| moment.format("%Y-%m-%d %H:%M").to_string())
    }

    #[test]
    fn each_kind_of_zone_gives_a_moment() {
        for zone in ["UTC", "Z", "+00:00", "Africa/Abidjan", "Etc/UTC"] {
            assert_eq!(at(zone, "2026-11-20 10:05").as_deref(), Ok("2026-11-20 10:05"), "{zone}");
        }
        assert_eq!(at("+02:00", "2026-11-20 10:05").as_deref(), Ok("2026-11-20 08:05"));
        assert_eq!(at("Europe/Madrid", "2026-11-20 10:05").as_deref(), Ok("2026-11-20 09:05"));
        assert_eq!(at("europe/madrid", "2026-07-20 10:05").as_deref(), Ok("2026-07-20 08:05"));
        assert_eq!(at("Asia/Kathmandu", "2026-11-20 10:05").as_deref(), Ok("2026-11-20 04:20"));
    }

    #[test]
    fn the_bundled_rules_are_newer_than_the_machines() {
        // British Columbia stays at UTC-7 from 2026 on; older databases still change to UTC-8 in November.
        assert_eq!(at("America/Vancouver", "2026-12-20 10:00").as_deref(), Ok("2026-12-20 17:00"));
    }

    #[test]
    fn skipped_and_repeated_times_are_not_guessed() {
        let skipped = ZoneFault::Skipped("+01:00".into(), "+02:00".into());
        assert_eq!(at("Europe/Madrid", "2026-03-29 02:30"), Err(skipped));
        let repeated = ZoneFault::Repeated("-04:00".into(), "-05:00".into());
        assert_eq!(at("America/New_York", "2026-11-01 01:30"), Err(repeated));
    }

    #[test]
    fn a_misspelt_zone_finds_its_neighbour() {
        assert_eq!(
            at("Europe/Madird", "2026-11-20 10:05"),
            Err(ZoneFault::Unknown(Some("Europe/Madrid".into())))
        );
        assert_eq!(
            at("Eurpe/Madrid", "2026-11-20 10:05"),
            Err(ZoneFault::Unknown(Some("Europe/Madrid".into())))
        );
        assert_eq!(at("PST", "2026-11-20 10:05"), Err(ZoneFault::Unknown(None)));
        assert_eq!(at("Narnia", "2026-11-20 10:05"), Err(ZoneFault::Unknown(None)));
        assert_eq!(at("", "2026-11-20 10:05"), Err(ZoneFault::Unknown(None)));
    }
}

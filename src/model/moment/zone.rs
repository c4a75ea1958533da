//! Local times with the zones authors write: `UTC`, `Z`, `+02:00`, `Europe/Madrid`.
//!
//! Promises: the rules of the zones come from the database inside the program, never from the machine's, so the
//! same file means the same moment everywhere; a time that a change of the clocks skips or repeats is never
//! guessed.

use std::sync::LazyLock;

use chrono::{Datelike, FixedOffset, NaiveDateTime, TimeZone, Timelike, Utc};
use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, Offset, TimeZoneDatabase};

use crate::model::Moment;
use crate::model::spelling::nearest;

use super::{Reason, two_digits};

static ZONES: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

pub(super) fn moment_in(zone: &str, local: NaiveDateTime) -> Result<Moment, Reason> {
    if zone.eq_ignore_ascii_case("UTC") || zone.eq_ignore_ascii_case("Z") {
        return Ok(Utc.from_utc_datetime(&local));
    }
    if let Some(offset) = offset(zone) {
        let zoned = local.and_local_timezone(offset).single().ok_or(Reason::OutOfRange)?;
        return Ok(zoned.with_timezone(&Utc));
    }
    if is_abbreviation(zone) {
        return Err(Reason::Abbreviation);
    }
    // The names of the database without a slash are abbreviations or long out of use (`EST5EDT`, `Cuba`).
    let named = zone.contains('/').then(|| ZONES.get(zone).ok()).flatten().ok_or(Reason::UnknownZone)?;
    let ambiguous = named.to_ambiguous_timestamp(civil(local).ok_or(Reason::OutOfRange)?);
    match ambiguous.offset() {
        AmbiguousOffset::Gap { before, after } => Err(Reason::Skipped(shown(before), shown(after))),
        AmbiguousOffset::Fold { before, after } => Err(Reason::Repeated(shown(before), shown(after))),
        AmbiguousOffset::Unambiguous { .. } => {
            let timestamp = ambiguous.unambiguous().map_err(|_| Reason::OutOfRange)?;
            Moment::from_timestamp(timestamp.as_second(), 0).ok_or(Reason::OutOfRange)
        }
    }
}

/// The zone most like a misspelt `Europe/Madird`, among those of the region or the city it names.
pub(super) fn nearest_zone(zone: &str) -> Option<String> {
    let (region, city) = zone.split_once('/')?;
    let alike = |name: &str| {
        let parts = name.split_once('/');
        parts.is_some_and(|(r, c)| r.eq_ignore_ascii_case(region) || c.eq_ignore_ascii_case(city))
    };
    let names: Vec<String> = ZONES.available().map(|name| name.as_str().to_owned()).collect();
    nearest(zone, names.iter().map(String::as_str).filter(|name| alike(name))).map(str::to_owned)
}

/// Whether a word looks like `EST` or `CEST`. The longest in use have five letters (`AWCST`, `CHADT`).
fn is_abbreviation(zone: &str) -> bool {
    (1..=5).contains(&zone.len()) && zone.bytes().all(|byte| byte.is_ascii_alphabetic())
}

/// An offset from UTC such as `+02:00` (RFC 3339, section 5.6: `time-numoffset`).
fn offset(text: &str) -> Option<FixedOffset> {
    let sign = match text.chars().next()? {
        '+' => 1,
        '-' => -1,
        _ => return None,
    };
    let (hours, minutes) = text.get(1..)?.split_once(':')?;
    let (hours, minutes) = (two_digits(hours)?, two_digits(minutes)?);
    let seconds = i32::try_from(hours * 3_600 + minutes * 60).ok()?;
    (hours < 24 && minutes < 60).then(|| FixedOffset::east_opt(sign * seconds)).flatten()
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

/// An offset as authors write it: `+02:00`.
fn shown(offset: Offset) -> String {
    let minutes = offset.seconds().abs() / 60;
    let sign = if offset.seconds() < 0 { '-' } else { '+' };
    format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(zone: &str, local: &str) -> Result<String, Reason> {
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
        let skipped = Reason::Skipped("+01:00".into(), "+02:00".into());
        assert_eq!(at("Europe/Madrid", "2026-03-29 02:30"), Err(skipped));
        let repeated = Reason::Repeated("-04:00".into(), "-05:00".into());
        assert_eq!(at("America/New_York", "2026-11-01 01:30"), Err(repeated));
    }

    #[test]
    fn no_abbreviation_is_taken_though_the_database_knows_some() {
        for zone in ["CET", "EET", "WET", "MET", "EST", "MST", "HST", "GMT", "PST", "CEST", "cet"] {
            assert_eq!(at(zone, "2026-07-20 10:05"), Err(Reason::Abbreviation), "{zone}");
        }
        for zone in ["EST5EDT", "GMT0", "Singapore", "Narnia/Aslan", "Narnia", "+0100", "+24:00", ""] {
            assert_eq!(at(zone, "2026-07-20 10:05"), Err(Reason::UnknownZone), "{zone}");
        }
    }

    #[test]
    fn a_misspelt_zone_finds_its_neighbor() {
        for zone in ["Europe/Madird", "Eurpe/Madrid"] {
            assert_eq!(at(zone, "2026-11-20 10:05"), Err(Reason::UnknownZone));
            assert_eq!(nearest_zone(zone).as_deref(), Some("Europe/Madrid"));
        }
        assert_eq!(nearest_zone("Narnia"), None);
        assert_eq!(nearest_zone(""), None);
    }
}

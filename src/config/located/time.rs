//! Times and durations as people write them in files, headings and flags.

use std::time::Duration;

use chrono::{FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, TimeZone, Utc};

use crate::model::Moment;

/// Why a text is not a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MomentFault {
    /// It is a date and a time without a zone.
    NoZone,
    /// It is a date alone.
    NoTimeOfDay,
    /// It is something else, or no day of the calendar.
    NotATime,
}

/// Reads `2026-11-20T09:12:00Z` (RFC 3339). A blank may stand for the `T` and before the zone, seconds may be
/// left out, fractions of a second are dropped, and `UTC` is taken for `Z`.
pub fn parse_moment(text: &str) -> Result<Moment, MomentFault> {
    let text = text.trim();
    let (date, rest) = text.split_at_checked(10).ok_or(MomentFault::NotATime)?;
    let date = parse_date(date).ok_or(MomentFault::NotATime)?;
    if rest.is_empty() {
        return Err(MomentFault::NoTimeOfDay);
    }
    let rest = rest.strip_prefix(['T', 't', ' ']).ok_or(MomentFault::NotATime)?;
    let is_time = |c: char| c.is_ascii_digit() || matches!(c, ':' | '.');
    let (time, zone) = rest.split_at(rest.find(|c| !is_time(c)).unwrap_or(rest.len()));
    let time = parse_time_of_day(time).ok_or(MomentFault::NotATime)?;
    if zone.is_empty() {
        return Err(MomentFault::NoZone);
    }
    let offset = parse_zone(zone.strip_prefix(' ').unwrap_or(zone)).ok_or(MomentFault::NotATime)?;
    let local = NaiveDateTime::new(date, time);
    let moment = offset.from_local_datetime(&local).single().ok_or(MomentFault::NotATime)?;
    Ok(moment.with_timezone(&Utc))
}

/// Reads `90s`, `30m`, `24h`, `7d` or several in falling order, `2h30m`, with or without a `+` before it; at
/// most 366 days.
pub fn parse_duration(text: &str) -> Option<Duration> {
    const UNITS: [(char, u64); 4] = [('d', 86_400), ('h', 3_600), ('m', 60), ('s', 1)];
    let mut rest = text.strip_prefix('+').unwrap_or(text);
    let mut units = UNITS.iter();
    let mut seconds = 0_u64;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let (number, tail) = rest.split_at(digits);
        let mut letters = tail.chars();
        let letter = letters.next()?;
        let (_, unit) = units.find(|(name, _)| *name == letter)?;
        seconds = seconds.checked_add(number.parse::<u64>().ok()?.checked_mul(*unit)?)?;
        rest = letters.as_str();
    }
    let said = units.len() < UNITS.len();
    (said && seconds <= 366 * 86_400).then(|| Duration::from_secs(seconds))
}

/// Reads a time of day as clocks show it, `07:00` to the minute.
pub fn parse_clock_time(text: &str) -> Option<NaiveTime> {
    let is_to_the_minute = text.len() == "07:00".len();
    is_to_the_minute.then(|| parse_time_of_day(text)).flatten()
}

fn parse_date(text: &str) -> Option<NaiveDate> {
    let shaped = text.bytes().enumerate().all(|(at, byte)| match at {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    });
    shaped.then(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()).flatten()
}

fn parse_time_of_day(text: &str) -> Option<NaiveTime> {
    let (clock, fraction) = text.split_once('.').unwrap_or((text, "0"));
    if fraction.is_empty() || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let numbers = clock.split(':').map(two_digits).collect::<Option<Vec<u32>>>()?;
    match numbers.as_slice() {
        [hour, minute] if clock.len() == text.len() => NaiveTime::from_hms_opt(*hour, *minute, 0),
        [hour, minute, second] => NaiveTime::from_hms_opt(*hour, *minute, *second),
        _ => None,
    }
}

fn parse_zone(text: &str) -> Option<FixedOffset> {
    if matches!(text, "Z" | "z" | "UTC") {
        return FixedOffset::east_opt(0);
    }
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

fn two_digits(text: &str) -> Option<u32> {
    let shaped = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
    shaped.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{MomentFault, parse_clock_time, parse_duration, parse_moment};

    #[test]
    fn moments_are_read_in_every_shape_people_write() {
        for text in [
            "2026-11-20T09:12:00Z",
            "2026-11-20t09:12:00z",
            "2026-11-20 09:12:00Z",
            "2026-11-20 09:12 UTC",
            "2026-11-20T09:12Z",
            "2026-11-20T09:12:00.999Z",
            "2026-11-20T10:12:00+01:00",
            "2026-11-20T04:42:00 -04:30",
            " 2026-11-20T09:12:00Z ",
        ] {
            assert_eq!(
                parse_moment(text).map(|at| at.to_rfc3339()).as_deref(),
                Ok("2026-11-20T09:12:00+00:00"),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_no_moment_says_why() {
        use MomentFault::{NoTimeOfDay, NoZone, NotATime};
        for (text, fault) in [
            ("2026-11-20T09:12:00", NoZone),
            ("2026-11-20 09:12", NoZone),
            ("2026-11-20", NoTimeOfDay),
            ("2026-02-30T09:12:00Z", NotATime),
            ("2026-11-20T24:00:00Z", NotATime),
            ("2026-11-20T23:59:60Z", NotATime),
            ("2026-11-20T09:12:00CET", NotATime),
            ("2026-11-20T09:12:00+0100", NotATime),
            ("2026-11-20T09:12:00+24:00", NotATime),
            ("2026-11-20T9:12:00Z", NotATime),
            ("2026-11-20T09:12.5Z", NotATime),
            ("2026-11-20T", NotATime),
            ("+2026-1-20T09:12:00Z", NotATime),
            ("tomorrow", NotATime),
            ("2026-11-2é", NotATime),
            ("", NotATime),
        ] {
            assert_eq!(parse_moment(text), Err(fault), "{text}");
        }
    }

    #[test]
    fn clocks_are_read_to_the_minute() {
        let clock = |text: &str| parse_clock_time(text).map(|time| time.format("%H:%M:%S").to_string());
        assert_eq!(clock("22:05").as_deref(), Some("22:05:00"));
        for text in ["", "7:00", "24:00", "12:60", "12:00:00", "12.00", "noon!"] {
            assert_eq!(parse_clock_time(text), None, "{text}");
        }
    }

    #[test]
    fn durations_are_read_in_falling_units() {
        for (text, seconds) in
            [("90s", 90), ("30m", 1_800), ("24h", 86_400), ("+2h30m", 9_000), ("1d2h3m4s", 93_784), ("0s", 0)]
        {
            assert_eq!(parse_duration(text), Some(Duration::from_secs(seconds)), "{text}");
        }
        for text in [
            "",
            "+",
            "h",
            "5",
            "5 m",
            "30m2h",
            "1h1h",
            "-5m",
            "5min",
            "367d",
            "99999999999999999999s",
            "1.5h",
        ] {
            assert_eq!(parse_duration(text), None, "{text}");
        }
    }
}

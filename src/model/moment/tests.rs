//! Every shape of a moment, and every way to get one wrong.

use chrono::{TimeZone, Utc};
use proptest::prelude::*;

use super::{Reason, read, read_clock_time, read_from};
use crate::model::Moment;

fn at(hour: u32, minute: u32, second: u32) -> Moment {
    Utc.with_ymd_and_hms(2026, 11, 20, hour, minute, second).unwrap()
}

#[test]
fn moments_are_read_in_every_shape_people_write() {
    for text in [
        "2026-11-20T09:12:00Z",
        "2026-11-20t09:12:00z",
        "2026-11-20 09:12:00Z",
        "2026-11-20 09:12 UTC",
        "2026-11-20 09:12 utc",
        "2026-11-20  09:12  UTC",
        "2026-11-20T09:12 UTC",
        "2026-11-20T09:12Z",
        "2026-11-20T09:12:00.999Z",
        "2026-11-20T10:12:00+01:00",
        "2026-11-20T04:42:00 -04:30",
        "2026-11-20 10:12 Europe/Madrid",
        "2026-11-20T10:12:00 Europe/Madrid",
        " 2026-11-20T09:12:00Z ",
    ] {
        assert_eq!(read(text), Ok(at(9, 12, 0)), "{text}");
    }
    assert_eq!(read("2026-11-20T11:30:59Z"), Ok(at(11, 30, 59)));
    assert_eq!(read("2026-11-20T11:30:05-05:30"), Ok(at(17, 0, 5)));
}

#[test]
fn each_fault_points_at_the_word_that_is_wrong() {
    use Reason::{
        Abbreviation, Blank, NoDate, NoTimeOfDay, NoZone, NotADate, NotATimeOfDay, OutOfRange, TrailingText,
        UnknownZone,
    };
    for (text, reason, wrong) in [
        ("tomorrow", NotADate, "tomorrow"),
        ("noon", NotADate, "noon"),
        ("11:30", NoDate, "11:30"),
        ("11:30Z", NoDate, "11:30Z"),
        ("11:30 UTC", NoDate, "11:30"),
        ("", Blank, ""),
        ("  ", Blank, "  "),
        ("26-11-20T11:30Z", NotADate, "26-11-20"),
        ("+2026-1-20T09:12:00Z", NotADate, "+2026-1-20"),
        ("2026-02-30T09:12:00Z", NotADate, "2026-02-30"),
        ("２０26-11-20T11:30Z", NotADate, "２０26-11-20"),
        ("2026-11-20", NoTimeOfDay, "2026-11-20"),
        ("2026-11-20T", NoTimeOfDay, "2026-11-20"),
        ("2026-11-20 UTC", NotATimeOfDay, "UTC"),
        ("2026-11-20T24:00:00Z", NotATimeOfDay, "24:00:00"),
        ("2026-11-20T23:59:60Z", NotATimeOfDay, "23:59:60"),
        ("2026-11-20T9:12:00Z", NotATimeOfDay, "9:12:00"),
        ("2026-11-20T09:12.5Z", NotATimeOfDay, "09:12.5"),
        ("2026-11-20T11:60Z", NotATimeOfDay, "11:60"),
        (" 2026-11-20 09:12 ", NoZone, "2026-11-20 09:12"),
        ("2026-11-20T09:12:00", NoZone, "2026-11-20T09:12:00"),
        ("2026-11-20T09:12:00CET", Abbreviation, "CET"),
        ("2026-11-20 09:12 PST", Abbreviation, "PST"),
        ("2026-11-20T11:30Zebra", Abbreviation, "Zebra"),
        ("2026-11-20T09:12:00+0100", UnknownZone, "+0100"),
        ("2026-11-20T11:30+2:00", UnknownZone, "+2:00"),
        ("2026-11-20T09:12:00+24:00", UnknownZone, "+24:00"),
        ("2026-11-20 09:12 Europe/Madird", UnknownZone, "Europe/Madird"),
        ("2026-11-20 09:12 UTC Identified", TrailingText, "Identified"),
        ("9999-12-31 23:30 America/New_York", OutOfRange, "9999-12-31 23:30 America/New_York"),
    ] {
        let fault = read(text).unwrap_err();
        assert_eq!((&fault.reason, text.get(fault.span.clone())), (&reason, Some(wrong)), "{text}");
        assert!(!fault.sentence(text).is_empty() && !fault.hint(text).is_empty(), "{text}");
    }
}

#[test]
fn what_a_hint_proposes_is_read() {
    for text in ["2026-11-20", "2026-11-20T09:12:00", "2026-11-20 09:12", "09:12", "09:12Z", "noon ", ""] {
        let hint = read(text).unwrap_err().hint(text);
        let proposed = hint.trim_end_matches('`').rsplit('`').next().unwrap_or_default();
        let proposed =
            if proposed.contains(':') { proposed } else { hint.split('`').nth(1).unwrap_or_default() };
        assert!(read(proposed).is_ok(), "{hint}");
    }
}

#[test]
fn an_abbreviation_is_told_what_to_write_instead() {
    let fault = read("2026-07-20 10:05 CET").unwrap_err();
    assert_eq!(
        fault.sentence("2026-07-20 10:05 CET"),
        "`CET` is an abbreviation that means different time zones in different countries"
    );
    let hint = fault.hint("2026-07-20 10:05 CET");
    assert_eq!(hint, "write `UTC`, an offset such as `+02:00`, or a zone such as `Europe/Madrid`");
    assert_eq!(fault.rule(), "unknown-zone");
}

#[test]
fn moments_of_flags_are_absolute_or_ahead() {
    let now = at(10, 30, 0);
    for text in ["+2h", "2h", "120m", "+1h 60m", "2026-11-20T12:30:00Z", "2026-11-20 12:30 UTC"] {
        assert_eq!(read_from(text, now), Ok(at(12, 30, 0)), "{text}");
    }
    for (text, said) in [
        ("tomorrow", "or an offset such as `+2h`"),
        ("2 hours", "`2 hours` is neither a time nor an offset; write a time like `2026-11-20T09:05:00Z`"),
        ("\u{1b}[31m", "`\\u{1b}[31m` is neither a time"),
        (
            "22:00",
            "`22:00` has no date; write the date before it, as in `2026-11-20 22:00 UTC`, or an offset",
        ),
        ("", "the time is empty"),
        ("0h", "now"),
        ("+400d", "366 days"),
        ("2026-11-20T12:30:00", "time zone"),
        ("2026-11-20 12:30 EST", "`EST` is an abbreviation"),
    ] {
        let fault = read_from(text, now).unwrap_err();
        assert!(fault.contains(said), "{text}: {fault}");
    }
}

#[test]
fn clocks_are_read_to_the_minute() {
    let clock = |text: &str| read_clock_time(text).map(|time| time.format("%H:%M:%S").to_string());
    assert_eq!(clock("22:05").as_deref(), Some("22:05:00"));
    for text in ["", "7:00", "24:00", "12:60", "12:00:00", "12.00", "noon!"] {
        assert_eq!(clock(text), None, "{text}");
    }
}

proptest! {
    #[test]
    fn what_chrono_writes_is_read_back(seconds in 0_i64..253_402_300_799) {
        let written = Moment::from_timestamp(seconds, 0).unwrap();
        for format in ["%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d %H:%M:%S UTC", "%Y-%m-%dT%H:%M:%S.25+00:00"] {
            prop_assert_eq!(read(&written.format(format).to_string()), Ok(written));
        }
    }

    #[test]
    fn any_text_is_read_or_points_into_itself(
        text in "(2026-11-20|T|t| |09:12|:00|\\.5|Z|UTC|\\+01:00|Europe/Madrid|CET|é|x){0,8}"
    ) {
        if let Err(fault) = read(&text) {
            prop_assert!(text.get(fault.span.clone()).is_some(), "{:?}", fault.span);
        }
    }
}

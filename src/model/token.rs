//! Time tokens in prose: `{time 2026-11-20T11:30Z}` is shown in each reader's zone and language.
//!
//! Promises: finds every token of a text and the moment each one means, in one pass and in order. Never
//! judges where a token stands (code, a link) and never replaces one: those who show the text do.

use std::ops::Range;

use chrono::{DateTime, FixedOffset, NaiveDate, Utc};

use super::Moment;

/// What opens a token; a backslash before it takes the meaning away.
const OPENING: &str = "{time";

/// One token of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// The bytes it takes, from its brace to its brace, or to the end of the line where the last one is missing.
    pub range: Range<usize>,
    /// The moment it means.
    pub moment: Result<Moment, Unreadable>,
}

/// What keeps a token from being read. It is then left in the text as it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// The closing brace is missing on its line.
    Unclosed,
    /// What stands between the braces is no time with a zone.
    NoTime,
}

/// Finds the tokens of a text, first to last. `{timetable}` and `\{time …}` are none.
pub fn find(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut from = 0;
    while let Some(found) = text[from..].find(OPENING) {
        let start = from + found;
        let inside = start + OPENING.len();
        let rest = &text[inside..];
        from = inside;
        if text[..start].ends_with('\\')
            || !rest.starts_with([' ', '\t', '}', '\n', '\r']) && !rest.is_empty()
        {
            continue;
        }
        // Looks no further than the first brace or line end, so that many tokens on a long line stay cheap.
        let stop = rest.find(['}', '\n', '\r']).unwrap_or(rest.len());
        let inner = &rest[..stop];
        let (end, moment) = if rest[stop..].starts_with('}') {
            (inside + stop + 1, moment(inner.trim()).ok_or(Unreadable::NoTime))
        } else {
            (inside + inner.trim_end().len(), Err(Unreadable::Unclosed))
        };
        tokens.push(Token { range: start..end, moment });
        from = end;
    }
    tokens
}

/// Reads a moment as it is written in prose, headings' attributes and YAML: `2026-11-20T11:30Z`, with or
/// without seconds, with `Z` or an offset such as `+02:00`, with `T` or one blank before the time. `None`
/// for anything else, above all for a time without a zone.
pub fn moment(text: &str) -> Option<Moment> {
    let (date, rest) = text.split_at_checked(10)?;
    let (time, zone) = rest.strip_prefix(['T', 't', ' '])?.split_at_checked(5)?;
    let (second, zone) = match zone.strip_prefix(':') {
        Some(rest) => rest.split_at_checked(2).map(|(second, zone)| (number(second), zone))?,
        None => (Some(0), zone),
    };
    let date = calendar_date(date)?;
    let (hour, minute) = hour_and_minute(time)?;
    let local = date.and_hms_opt(hour, minute, second?)?;
    let zoned = local.and_local_timezone(offset(zone)?).single()?;
    let moment: DateTime<Utc> = zoned.with_timezone(&Utc);
    Some(moment)
}

/// Reads a date written as `2026-11-20`.
pub fn calendar_date(text: &str) -> Option<NaiveDate> {
    let (year, rest) = text.split_once('-')?;
    let (month, day) = rest.split_once('-')?;
    let shaped = year.len() == 4 && month.len() == 2 && day.len() == 2;
    if !shaped {
        return None;
    }
    NaiveDate::from_ymd_opt(i32::try_from(number(year)?).ok()?, number(month)?, number(day)?)
}

/// Reads hour and minute written as `09:05`, each with two digits; says nothing of their limits.
pub fn hour_and_minute(text: &str) -> Option<(u32, u32)> {
    let (hour, minute) = text.split_once(':')?;
    (hour.len() == 2 && minute.len() == 2).then_some((number(hour)?, number(minute)?))
}

/// Reads `Z` or an offset from UTC such as `+02:00`.
pub fn offset(text: &str) -> Option<FixedOffset> {
    if matches!(text, "Z" | "z") {
        return FixedOffset::east_opt(0);
    }
    let east = match text.chars().next()? {
        '+' => 1,
        '-' => -1,
        _ => return None,
    };
    let (hours, minutes) = hour_and_minute(text.get(1..)?)?;
    let seconds = i32::try_from(hours * 3600 + minutes * 60).ok()?;
    (hours < 24 && minutes < 60).then(|| FixedOffset::east_opt(east * seconds))?
}

/// Reads ASCII digits and nothing else.
fn number(digits: &str) -> Option<u32> {
    digits.chars().all(|c| c.is_ascii_digit()).then(|| digits.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeZone;
    use proptest::prelude::*;

    fn at(hour: u32, minute: u32, second: u32) -> Moment {
        Utc.with_ymd_and_hms(2026, 11, 20, hour, minute, second).unwrap()
    }

    #[test]
    fn a_moment_has_a_date_a_time_and_a_zone() {
        assert_eq!(moment("2026-11-20T11:30Z"), Some(at(11, 30, 0)));
        assert_eq!(moment("2026-11-20T11:30:59Z"), Some(at(11, 30, 59)));
        assert_eq!(moment("2026-11-20 11:30Z"), Some(at(11, 30, 0)));
        assert_eq!(moment("2026-11-20T11:30+02:00"), Some(at(9, 30, 0)));
        assert_eq!(moment("2026-11-20T11:30:05-05:30"), Some(at(17, 0, 5)));
    }

    #[test]
    fn anything_else_is_no_moment() {
        for text in [
            "",
            "2026-11-20",
            "2026-11-20T11:30",
            "2026-11-20T11:30:00",
            "2026-11-20T24:00Z",
            "2026-11-20T11:60Z",
            "2026-02-30T11:30Z",
            "2026-11-20T11:30:61Z",
            "2026-11-20T11:30+2:00",
            "2026-11-20T11:30+24:00",
            "2026-11-20T11:30 UTC",
            "2026-11-20T1:30Z",
            "26-11-20T11:30Z",
            "+026-11-20T11:30Z",
            "2026-11-20T11:30Zebra",
            "２０26-11-20T11:30Z",
        ] {
            assert_eq!(moment(text), None, "{text}");
        }
    }

    #[test]
    fn tokens_are_found_where_they_stand() {
        let text = "Back by {time 2026-11-20T11:30Z}, at the latest {time 2026-11-20T12:30+01:00}.";
        let tokens = find(text);
        let shown: Vec<_> = tokens.iter().map(|token| &text[token.range.clone()]).collect();
        assert_eq!(shown, ["{time 2026-11-20T11:30Z}", "{time 2026-11-20T12:30+01:00}"]);
        assert!(tokens.iter().all(|token| token.moment == Ok(at(11, 30, 0))));
    }

    #[test]
    fn a_token_that_cannot_be_read_is_still_found() {
        let broken = |text: &str| find(text).into_iter().map(|t| (t.range, t.moment)).collect::<Vec<_>>();
        assert_eq!(broken("a {time noon} b"), [(2..13, Err(Unreadable::NoTime))]);
        assert_eq!(broken("{time}"), [(0..6, Err(Unreadable::NoTime))]);
        assert_eq!(broken("{time 2026 \n}"), [(0..10, Err(Unreadable::Unclosed))]);
        assert_eq!(broken("{time"), [(0..5, Err(Unreadable::Unclosed))]);
    }

    #[test]
    fn escaped_tokens_and_other_words_are_none() {
        for text in ["\\{time 2026-11-20T11:30Z}", "{timetable}", "{ time 2026-11-20T11:30Z}", "{Time x}"] {
            assert_eq!(find(text), [], "{text}");
        }
    }

    proptest! {
        #[test]
        fn ranges_lie_in_the_text_in_order(text in "(\\{time|[ }\\\\\\n]|2026-11-20T11:30Z|é){0,30}") {
            let mut last_end = 0;
            for token in find(&text) {
                prop_assert!(token.range.start >= last_end);
                prop_assert!(text[token.range.clone()].starts_with(OPENING));
                last_end = token.range.end;
            }
        }

        #[test]
        fn what_chrono_writes_is_read_back(seconds in 0_i64..253_402_300_799) {
            let written = chrono::DateTime::from_timestamp(seconds, 0).unwrap();
            prop_assert_eq!(moment(&written.format("%Y-%m-%dT%H:%M:%SZ").to_string()), Some(written));
        }
    }
}

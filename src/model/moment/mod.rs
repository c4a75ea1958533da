//! The one reader of moments that people write: in front matter, headings, their attributes, `{time …}` tokens and
//! flags.
//!
//! Promises: a text means the same moment everywhere; an unreadable text gives a [`TimeFault`] with its bytes, its rule, a
//! sentence and a hint. Never guesses: a moment has a date, a time of day and a zone. Never reads a clock or the machine's
//! time zones.
//!
//! The grammar is RFC 3339 (section 5.6) and the shapes people use next to it:
//!
//! ```text
//! moment = date ( "T" | blanks ) time [ blanks ] zone
//! date   = 2026-11-20
//! time   = 09:12 | 09:12:00 | 09:12:00.123      fractions of a second are dropped
//! zone   = Z | UTC | +02:00 | Europe/Madrid     names of the IANA database that have a slash
//! ```
//!
//! Abbreviations such as `CET` or `PST` are refused, those of the IANA database included: in July, people write
//! `CET` and mean the summer time.

mod duration;
mod fault;
#[cfg(test)]
mod tests;
mod zone;

use std::ops::Range;

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};

use super::Moment;
use super::spelling::quoted;

pub use duration::{DurationFault, read_duration};
pub use fault::{Reason, TimeFault};

/// Reads a moment. The spans of a fault are bytes of `text`.
pub fn read(text: &str) -> Result<Moment, TimeFault> {
    let (local, zone) = local_and_zone(text)?;
    let name = text.get(zone.clone()).unwrap_or_default();
    zone::moment_in(name, local).map_err(|reason| {
        // A time that a change of the clocks skips or repeats is wrong as a whole, an unknown zone by itself.
        let is_about_the_zone = matches!(reason, Reason::Abbreviation | Reason::UnknownZone);
        TimeFault::new(reason, if is_about_the_zone { zone } else { trimmed(text) })
    })
}

/// Reads a moment, or a duration from `now` on: `+2h` or `2h`. The error is a sentence with a hint.
pub fn read_from(text: &str, now: Moment) -> Result<Moment, String> {
    match read_duration(text) {
        Ok(ahead) if ahead.is_zero() => Err(format!("`{text}` is now; write a duration such as `+2h`")),
        Ok(ahead) => Ok(now + ahead),
        Err(_) if text.strip_prefix('-').is_some_and(|ago| read_duration(ago).is_ok()) => {
            Err(format!("`{text}` is in the past; write a time ahead, such as `+2h`"))
        }
        Err(fault) if text.starts_with('+') || fault == DurationFault::TooLong => {
            Err(format!("{}; {}", fault.sentence(text), fault.hint()))
        }
        Err(_) => read(text).map_err(|fault| match fault.reason {
            // `2 hours` as a whole is wrong, not its `2`.
            Reason::NotADate => {
                let text = quoted(text.trim());
                format!("{text} is neither a time nor an offset; write a time like `{EXAMPLE}`, or an offset such as `+2h`")
            }
            Reason::Blank | Reason::NoDate => format!("{}, or an offset such as `+2h`", said(&fault, text)),
            _ => said(&fault, text),
        }),
    }
}

/// Reads a moment of a flag that takes no duration; the error is a sentence with a hint.
pub fn read_flag(text: &str) -> Result<Moment, String> {
    read(text).map_err(|fault| said(&fault, text))
}

fn said(fault: &TimeFault, text: &str) -> String {
    format!("{}; {}", fault.sentence(text), fault.hint(text))
}

/// Reads a time of day to the minute as clocks show it: `07:00`.
pub fn read_clock_time(text: &str) -> Option<NaiveTime> {
    let is_to_the_minute = text.len() == "07:00".len();
    is_to_the_minute.then(|| time_of_day(text)).flatten()
}

/// A moment in the shape that every place takes, bare TOML included.
const EXAMPLE: &str = "2026-11-20T09:05:00Z";

/// The local time and the bytes of its zone, which are never empty.
fn local_and_zone(text: &str) -> Result<(NaiveDateTime, Range<usize>), TimeFault> {
    let mut words = words(text);
    let first = words.next().unwrap_or(0..text.len());
    let of = |range: &Range<usize>| text.get(range.clone()).unwrap_or_default();
    // A word without a digit before its `T` (`tomorrow`) is wrong as a whole.
    let separator =
        of(&first).find(['T', 't']).filter(|at| of(&first)[..*at].ends_with(|c: char| c.is_ascii_digit()));
    let (day, rest) = match separator {
        Some(at) => (first.start..first.start + at, Some(first.start + at + 1..first.end)),
        None => (first, words.next()),
    };
    let date = date(of(&day)).ok_or_else(|| TimeFault::new(not_a_date(of(&day)), day.clone()))?;
    let Some(rest) = rest.filter(|rest| !rest.is_empty()) else {
        return Err(TimeFault::new(Reason::NoTimeOfDay, day));
    };
    let is_clock = |c: char| c.is_ascii_digit() || matches!(c, ':' | '.');
    let clock_end = of(&rest).find(|c| !is_clock(c)).map_or(rest.end, |at| rest.start + at);
    let clock = rest.start..clock_end;
    let shown = if clock.is_empty() { rest.clone() } else { clock.clone() };
    let time = time_of_day(of(&clock)).ok_or_else(|| TimeFault::new(Reason::NotATimeOfDay, shown))?;
    let attached = (clock_end < rest.end).then_some(clock_end..rest.end);
    let Some(zone) = attached.or_else(|| words.next()) else {
        return Err(TimeFault::new(Reason::NoZone, trimmed(text)));
    };
    match words.next() {
        Some(extra) => Err(TimeFault::new(Reason::TrailingText, extra)),
        None => Ok((date.and_time(time), zone)),
    }
}

/// What a word is that stands where a date belongs.
fn not_a_date(word: &str) -> Reason {
    match time_of_day(word.trim_end_matches(['Z', 'z'])) {
        _ if word.trim().is_empty() => Reason::Blank,
        Some(_) => Reason::NoDate,
        None => Reason::NotADate,
    }
}

/// The bytes of the parts between blanks.
fn words(text: &str) -> impl Iterator<Item = Range<usize>> {
    let start = move |word: &str| word.as_ptr().addr() - text.as_ptr().addr();
    text.split_whitespace().map(move |word| start(word)..start(word) + word.len())
}

/// The bytes of a text without the blanks around it.
fn trimmed(text: &str) -> Range<usize> {
    let start = text.len() - text.trim_start().len();
    start..start + text.trim().len()
}

fn date(text: &str) -> Option<NaiveDate> {
    let shaped = text.len() == "2026-11-20".len()
        && text.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    shaped.then(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()).flatten()
}

fn time_of_day(text: &str) -> Option<NaiveTime> {
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

fn two_digits(text: &str) -> Option<u32> {
    let shaped = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
    shaped.then(|| text.parse().ok()).flatten()
}

//! The one reader of durations that people write: `90m`, `1d 2h`, `+2h`.
//!
//! Promises: a duration has whole numbers with units that fall, each unit once at most, and never more than a leap
//! year. Never takes a number without a unit.

use std::time::Duration;

use crate::model::spelling::quoted;

/// The longest duration: a leap year, in seconds.
const SECONDS_MAX: u64 = 366 * 86_400;

/// The units and their seconds, in the order in which they may follow each other.
const UNITS: [(char, u64); 4] = [('d', 86_400), ('h', 3_600), ('m', 60), ('s', 1)];

/// Why a text is not a duration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DurationFault {
    /// It has another shape.
    NotADuration,
    /// It is longer than 366 days.
    TooLong,
}

impl DurationFault {
    /// What is wrong with `text`, as a sentence without its period.
    pub fn sentence(self, text: &str) -> String {
        match self {
            Self::NotADuration => format!("{} is not a duration", quoted(text)),
            Self::TooLong => format!("{} is longer than 366 days", quoted(text)),
        }
    }

    /// What to write instead.
    pub fn hint(self) -> &'static str {
        match self {
            Self::NotADuration => "write it like `90s`, `30m`, `24h`, `2h30m` or `1d 2h`",
            Self::TooLong => "write a shorter duration",
        }
    }
}

/// Reads `90s`, `30m`, `24h`, `7d` or several in falling order, `2h30m` or `1d 2h`, with or without a `+` before it.
pub fn read_duration(text: &str) -> Result<Duration, DurationFault> {
    let mut rest = text.strip_prefix('+').unwrap_or(text);
    let mut units = UNITS.iter();
    let mut seconds = 0_u64;
    while !rest.is_empty() {
        let (number, letter, after) = part(rest).ok_or(DurationFault::NotADuration)?;
        let (_, unit) = units.find(|(name, _)| *name == letter).ok_or(DurationFault::NotADuration)?;
        // A number that does not fit is too long in any unit.
        let part = number.parse::<u64>().ok().and_then(|number| number.checked_mul(*unit));
        seconds = part.and_then(|part| seconds.checked_add(part)).ok_or(DurationFault::TooLong)?;
        rest = after;
    }
    if units.len() == UNITS.len() {
        return Err(DurationFault::NotADuration);
    }
    (seconds <= SECONDS_MAX).then(|| Duration::from_secs(seconds)).ok_or(DurationFault::TooLong)
}

/// A number, its unit and what follows them. One blank may stand before the next number, none at the end.
fn part(text: &str) -> Option<(&str, char, &str)> {
    let (number, tail) = text.split_at(text.find(|c: char| !c.is_ascii_digit()).filter(|at| *at > 0)?);
    let mut letters = tail.chars();
    let letter = letters.next()?;
    let after = letters.as_str();
    let next = after.strip_prefix(' ').filter(|next| !next.is_empty()).unwrap_or(after);
    Some((number, letter, next))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::{DurationFault, read_duration};

    #[test]
    fn durations_are_read_in_falling_units() {
        for (text, seconds) in [
            ("90s", 90),
            ("30m", 1_800),
            ("90m", 5_400),
            ("24h", 86_400),
            ("2h30m", 9_000),
            ("+2h30m", 9_000),
            ("1d 2h", 93_600),
            ("+1d 2h 3m 4s", 93_784),
            ("0s", 0),
            ("366d", 31_622_400),
        ] {
            assert_eq!(read_duration(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "", "+", "h", "5", "5 m", "30m2h", "1h1h", "-5m", "5min", "1.5h", "1h ", "1h  2m", " 1h", "٣h",
            "2x", "++1h",
        ] {
            assert_eq!(read_duration(text), Err(DurationFault::NotADuration), "{text:?}");
        }
        for text in ["367d", "366d 1s", "99999999999999999999s", "99999999999999999d"] {
            assert_eq!(read_duration(text), Err(DurationFault::TooLong), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "[0-9dhms +-]{0,12}") {
            if let Ok(duration) = read_duration(&text) {
                prop_assert!(duration.as_secs() <= super::SECONDS_MAX);
            }
        }

        #[test]
        fn a_duration_is_the_sum_of_its_parts(days in 0_u64..300, hours in 0_u64..99, minutes in 0_u64..99) {
            let written = format!("{days}d {hours}h{minutes}m");
            let seconds = days * 86_400 + hours * 3_600 + minutes * 60;
            prop_assert_eq!(read_duration(&written), Ok(Duration::from_secs(seconds)));
        }
    }
}

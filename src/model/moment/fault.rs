//! The reasons why a text is not a time, with sentences for its author.
//!
//! Promises: the same fault has the same rule, sentence and hint everywhere. Never holds the text: the methods take it as
//! an argument.

use std::ops::Range;

use crate::model::spelling::quoted;

use super::{EXAMPLE, zone};

/// Why a text is not a moment, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeFault {
    /// The reason why the text is no moment.
    pub reason: Reason,
    /// The bytes that are wrong.
    pub span: Range<usize>,
}

/// What is wrong with a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The text is empty.
    Blank,
    /// It begins with something else than a date, or with a day that no calendar has.
    NotADate,
    /// It is a time of day alone.
    NoDate,
    /// It is a date alone.
    NoTimeOfDay,
    /// The date is followed by something else than a time of day.
    NotATimeOfDay,
    /// The zone is missing.
    NoZone,
    /// The zone is an abbreviation such as `CET`.
    Abbreviation,
    /// No zone has the name.
    UnknownZone,
    /// The clocks of the zone went forward over the time, from the first offset to the second (`+01:00`).
    Skipped(String, String),
    /// The clocks of the zone went back over the time, from the first offset to the second.
    Repeated(String, String),
    /// More follows the zone.
    TrailingText,
    /// The moment is too far away to be counted.
    OutOfRange,
}

/// The longest date and time that a hint repeats.
const WRITTEN_BYTES_MAX: usize = 40;

impl TimeFault {
    pub(super) fn new(reason: Reason, span: Range<usize>) -> Self {
        Self { reason, span }
    }

    /// The rule's name, as docs/format.md lists it.
    pub fn rule(&self) -> &'static str {
        match self.reason {
            Reason::NoZone => "missing-zone",
            Reason::Abbreviation | Reason::UnknownZone => "unknown-zone",
            Reason::Skipped(..) => "skipped-time",
            Reason::Repeated(..) => "ambiguous-time",
            _ => "bad-time",
        }
    }

    /// What is wrong with `text`, as a sentence without its period.
    pub fn sentence(&self, text: &str) -> String {
        let wrong = quoted(self.of(text));
        match &self.reason {
            Reason::Blank => "the time is empty".to_owned(),
            Reason::NotADate => format!("{wrong} is not a date"),
            Reason::NoDate => format!("{wrong} has no date"),
            Reason::NoTimeOfDay => format!("{wrong} has no time of day"),
            Reason::NotATimeOfDay => format!("{wrong} is not a time of day"),
            Reason::NoZone => format!("{wrong} has no time zone"),
            Reason::Abbreviation => {
                format!("{wrong} is an abbreviation that means different time zones in different countries")
            }
            Reason::UnknownZone => format!("{wrong} is not a time zone"),
            Reason::Skipped(..) => format!("{wrong} does not exist: the clocks go forward past it"),
            Reason::Repeated(..) => format!("{wrong} exists twice: the clocks go back over it"),
            Reason::TrailingText => format!("{wrong} does not belong to the time"),
            Reason::OutOfRange => format!("{wrong} is too far away"),
        }
    }

    /// What to write instead.
    pub fn hint(&self, text: &str) -> String {
        const ZONES: &str = "write `UTC`, an offset such as `+02:00`, or a zone such as `Europe/Madrid`";
        let wrong = self.of(text);
        match &self.reason {
            Reason::Blank => format!("write it like `{EXAMPLE}`"),
            Reason::NotADate => format!("write the date like `2026-11-20`, as in `{EXAMPLE}`"),
            // A run of blanks or digits can make it as long as its file.
            Reason::NoDate | Reason::NoZone if wrong.len() > WRITTEN_BYTES_MAX => {
                format!("write it like `{EXAMPLE}`")
            }
            Reason::NoDate => {
                let utc = if wrong.ends_with(['Z', 'z']) { "" } else { " UTC" };
                format!("write the date before it, as in `2026-11-20 {wrong}{utc}`")
            }
            Reason::NoTimeOfDay => format!("write it like `{wrong}T09:05:00Z`"),
            Reason::NotATimeOfDay => format!("write the time of day like `09:05`, as in `{EXAMPLE}`"),
            Reason::NoZone => {
                let utc = if wrong.contains(['T', 't']) { "Z" } else { " UTC" };
                format!("write `{wrong}{utc}`, an offset such as `+02:00`, or a zone such as `Europe/Madrid`")
            }
            Reason::Abbreviation => ZONES.to_owned(),
            Reason::UnknownZone => {
                zone::nearest_zone(wrong).map_or(ZONES.to_owned(), |near| format!("did you mean `{near}`?"))
            }
            Reason::Skipped(before, after) | Reason::Repeated(before, after) => {
                format!("write `{before}` or `{after}` instead of the zone's name")
            }
            Reason::TrailingText => "delete it".to_owned(),
            Reason::OutOfRange => format!("write it like `{EXAMPLE}`"),
        }
    }

    fn of<'t>(&self, text: &'t str) -> &'t str {
        text.get(self.span.clone()).unwrap_or_default()
    }
}

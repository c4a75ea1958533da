//! Dates, times, numbers and lists the way the readers of one language write them, by CLDR.
//!
//! Promises: the calendar is the Gregorian one everywhere; zone rules come from the database in the binary,
//! so two machines write the same text; formatters are made once per language, so writing a date costs
//! microseconds. Never reads a clock or the machine's own zone.

use std::fmt;

use chrono::{NaiveTime, Timelike};
use icu_calendar::{Date, Gregorian};
use icu_datetime::FixedCalendarDateTimeFormatter as Formatter;
use icu_datetime::fieldsets::{M, MD, T, YMD};
use icu_decimal::DecimalFormatter;
use icu_decimal::input::Decimal;
use icu_list::ListFormatter;
use icu_list::options::ListFormatterOptions;
use icu_locale::Locale;
use icu_locale::extensions::unicode::{key, value};
use icu_plurals::{PluralCategory, PluralRules};
use icu_time::Time;
use jiff::civil::DateTime;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{Timestamp, ToSpan};

use crate::model::Moment;
use crate::model::localized::Language;

/// A time zone by its IANA name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone(TimeZone);

impl Zone {
    /// The zone of that name, such as `Europe/Madrid`; `None` for a name the database does not know.
    pub fn named(name: &str) -> Option<Self> {
        TimeZoneDatabase::bundled().get(name).ok().map(Self)
    }

    /// Coordinated universal time.
    pub fn utc() -> Self {
        Self(TimeZone::UTC)
    }

    /// The year and the month, from 1 to 12, that a moment lies in.
    pub fn year_and_month(&self, moment: Moment) -> (i16, i8) {
        let clock = self.wall_clock(moment);
        (clock.year(), clock.month())
    }

    /// When each of the last `count` days began, oldest first; the last of them is the day of `now`.
    pub fn day_starts(&self, now: Moment, count: u16) -> Vec<Moment> {
        let today = self.wall_clock(now).date();
        let day = |back: u16| today.checked_sub(i64::from(back).days()).ok();
        (0..count).rev().filter_map(|back| self.day_start(day(back)?)).collect()
    }

    /// When each of the last `count` months before that of `now` began, oldest first, and then the month of `now`.
    pub fn month_starts(&self, now: Moment, count: u16) -> Vec<Moment> {
        let first = self.wall_clock(now).date().first_of_month();
        let month = |back: u16| first.checked_sub(i64::from(back).months()).ok();
        (0..=count).rev().filter_map(|back| self.day_start(month(back)?)).collect()
    }

    /// The date and time of day that clocks of the zone show at a moment.
    pub fn wall_clock(&self, moment: Moment) -> DateTime {
        self.0.to_datetime(timestamp(moment))
    }

    /// The first and the last moment at which clocks of the zone show that time on that day. They differ if clocks
    /// are put back over it; if clocks are put forward over it, these are an hour before and after.
    pub fn moments_of(&self, day: jiff::civil::Date, clock: NaiveTime) -> Option<(Moment, Moment)> {
        let (hour, minute) = (i8::try_from(clock.hour()).ok()?, i8::try_from(clock.minute()).ok()?);
        let shown = self.0.to_ambiguous_timestamp(day.at(hour, minute, 0, 0));
        let moment = |found: Timestamp| Moment::from_timestamp(found.as_second(), 0);
        Some((moment(shown.earlier().ok()?)?, moment(shown.later().ok()?)?))
    }

    /// The day of a moment: `2026-11-20`.
    pub fn day(&self, moment: Moment) -> String {
        self.wall_clock(moment).date().to_string()
    }

    /// The moment at which the day of a moment ends.
    pub fn day_end(&self, moment: Moment) -> Moment {
        let tomorrow = self.wall_clock(moment).date().tomorrow();
        tomorrow.ok().and_then(|day| self.day_start(day)).unwrap_or(moment)
    }

    /// Midnight, or the first moment after it where the clock skips midnight.
    fn day_start(&self, day: jiff::civil::Date) -> Option<Moment> {
        let start = day.to_zoned(self.0.clone()).ok()?.timestamp();
        Moment::from_timestamp(start.as_second(), 0)
    }

    /// What people call the zone at a moment: `CET`, `UTC`, or `UTC+5:30` if it has no letters.
    pub fn abbreviation(&self, moment: Moment) -> String {
        let info = self.0.to_offset_info(timestamp(moment));
        let letters = info.abbreviation();
        if letters.starts_with(|first: char| first.is_ascii_alphabetic()) {
            return letters.to_owned();
        }
        let minutes = info.offset().seconds() / 60;
        let sign = if minutes < 0 { '\u{2212}' } else { '+' };
        let (hours, minutes) = (minutes.abs() / 60, minutes.abs() % 60);
        if minutes == 0 { format!("UTC{sign}{hours}") } else { format!("UTC{sign}{hours}:{minutes:02}") }
    }
}

/// The formatters of one language.
pub struct Calendar {
    date: Formatter<Gregorian, YMD>,
    short_date: Formatter<Gregorian, YMD>,
    month_day: Formatter<Gregorian, MD>,
    short_month_day: Formatter<Gregorian, MD>,
    month: Formatter<Gregorian, M>,
    time: Formatter<Gregorian, T>,
    and: ListFormatter,
    plurals: PluralRules,
    decimal: DecimalFormatter,
}

impl fmt::Debug for Calendar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Calendar")
    }
}

impl Calendar {
    /// The formatters of a language; `None` where CLDR has nothing on it. `en` alone means British usage: day
    /// before month and a 24-hour clock, which readers of every English understand. Digits are 0 to 9 in every
    /// language, so that a date looks like the counts, the zones and the titles next to it.
    pub fn of(language: &Language) -> Option<Self> {
        let tag = if language.as_str() == "en" { "en-GB" } else { language.as_str() };
        let mut locale = Locale::try_from_str(tag).ok()?;
        locale.extensions.unicode.keywords.set(key!("nu"), value!("latn"));
        let mut calendar = Self {
            date: Formatter::try_new((&locale).into(), YMD::long()).ok()?,
            short_date: Formatter::try_new((&locale).into(), YMD::medium()).ok()?,
            month_day: Formatter::try_new((&locale).into(), MD::long()).ok()?,
            short_month_day: Formatter::try_new((&locale).into(), MD::medium()).ok()?,
            month: Formatter::try_new((&locale).into(), M::long()).ok()?,
            time: Formatter::try_new((&locale).into(), T::hm()).ok()?,
            and: ListFormatter::try_new_and((&locale).into(), ListFormatterOptions::default()).ok()?,
            plurals: PluralRules::try_new_cardinal((&locale).into()).ok()?,
            decimal: DecimalFormatter::try_new(
                (&locale).into(),
                icu_decimal::options::DecimalFormatterOptions::default(),
            )
            .ok()?,
        };
        // The root locale's months are called M01 to M12: CLDR does not know the language.
        let november = Date::try_new_gregorian(2026, 11, 20).ok()?;
        // A date in figures alone reads as another day elsewhere, and turns around in Arabic: the month's name stays.
        if !calendar.short_date.format(&november).to_string().contains(char::is_alphabetic) {
            calendar.short_date = Formatter::try_new((&locale).into(), YMD::long()).ok()?;
            calendar.short_month_day = Formatter::try_new((&locale).into(), MD::long()).ok()?;
        }
        (!calendar.month.format(&november).to_string().contains("M11")).then_some(calendar)
    }

    /// A whole date: `20 November 2026`.
    pub fn date(&self, clock: DateTime) -> String {
        date_of(clock).map_or_else(String::new, |date| self.date.format(&date).to_string())
    }

    /// A date in little room: `20 Nov 2026`.
    pub fn short_date(&self, clock: DateTime) -> String {
        date_of(clock).map_or_else(String::new, |date| self.short_date.format(&date).to_string())
    }

    /// A date whose year is known: `20 November`.
    pub fn month_day(&self, clock: DateTime) -> String {
        date_of(clock).map_or_else(String::new, |date| self.month_day.format(&date).to_string())
    }

    /// The same in little room: `20 Nov`.
    pub fn short_month_day(&self, clock: DateTime) -> String {
        date_of(clock).map_or_else(String::new, |date| self.short_month_day.format(&date).to_string())
    }

    /// A month's name, as it stands within a sentence: `November`, `noviembre`.
    pub fn month(&self, clock: DateTime) -> String {
        date_of(clock).map_or_else(String::new, |date| self.month.format(&date).to_string())
    }

    /// The time of day, to the minute: `11:05`.
    pub fn time(&self, clock: DateTime) -> String {
        let time = Time::try_new(part(clock.hour()), part(clock.minute()), 0, 0);
        time.map_or_else(|_| String::new(), |time| self.time.format(&time).to_string())
    }

    /// Joins what belongs together: `a, b and c`.
    pub fn list(&self, items: &[impl AsRef<str>]) -> String {
        self.and.format(items.iter().map(AsRef::as_ref)).to_string()
    }

    /// A number with the language's digits and separators.
    pub fn number(&self, number: &Decimal) -> String {
        self.decimal.format(number).to_string()
    }

    /// The name of the plural form a count takes, as in the word files: `one`, `few`, `other`.
    pub fn plural_form(&self, count: i64) -> &'static str {
        match self.plurals.category_for(count) {
            PluralCategory::Zero => "zero",
            PluralCategory::One => "one",
            PluralCategory::Two => "two",
            PluralCategory::Few => "few",
            PluralCategory::Many => "many",
            PluralCategory::Other => "other",
        }
    }
}

fn date_of(clock: DateTime) -> Option<Date<Gregorian>> {
    Date::try_new_gregorian(clock.year().into(), part(clock.month()), part(clock.day())).ok()
}

/// The parts of a civil time are small and never negative.
fn part(number: i8) -> u8 {
    number.unsigned_abs()
}

fn timestamp(moment: Moment) -> Timestamp {
    Timestamp::from_second(moment.timestamp()).unwrap_or_default()
}

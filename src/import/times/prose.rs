//! Times within prose: what a short text says about a day, a time of day and a zone, in any order.

use chrono::{Datelike, NaiveDate, NaiveTime, TimeDelta};

use super::super::words::{WORDS, has};
use super::scan::Scan;
use super::zone::Zone;
use crate::model::Moment;

/// A time that stands this much before the one it follows is a slip or a late start, not the next day's.
const EARLY_MAX: TimeDelta = TimeDelta::hours(6);

/// What a short text says about time. Nothing is filled in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in super::super) struct Stated {
    pub(in super::super) day: Option<NaiveDate>,
    /// The time of day in seconds since midnight.
    pub(in super::super) clock: Option<i64>,
    /// The offset written next to it, in seconds east of Greenwich.
    pub(in super::super) offset: Option<i64>,
}

impl Stated {
    /// Whether it says a day or a time of day.
    pub(in super::super) fn is_some(&self) -> bool {
        self.day.is_some() || self.clock.is_some()
    }

    /// Whether it says a time of day without a zone.
    pub(in super::super) fn is_zoneless(&self) -> bool {
        self.clock.is_some() && self.offset.is_none()
    }

    /// Whether it says a day without a time of day.
    pub(in super::super) fn is_day(&self) -> bool {
        self.day.is_some() && self.clock.is_none()
    }

    /// The moment it means where `before` is what was said last: a time alone is the next such time, a day alone the
    /// moment it begins, or `before` if that is on it.
    pub(in super::super) fn after(&self, before: Moment, zone: &Zone) -> Option<Moment> {
        let on = |day: NaiveDate, clock: i64| {
            let local = day.and_time(NaiveTime::MIN).checked_add_signed(TimeDelta::seconds(clock))?;
            zone.moment(local, self.offset)
        };
        match (self.day, self.clock) {
            (Some(day), Some(clock)) => on(day, clock),
            (Some(day), None) => {
                Some(on(day, 0)?.max(if zone.day(before) == day { before } else { Moment::MIN_UTC }))
            }
            (None, Some(clock)) => {
                let at = on(zone.day(before), clock)?;
                if at < before - EARLY_MAX { at.checked_add_signed(TimeDelta::days(1)) } else { Some(at) }
            }
            (None, None) => None,
        }
    }
}

/// Reads a text of a few words. What it leaves out of a day (the year, the month) is taken so that it lies nearest to
/// `today`.
pub(in super::super) fn stated(text: &str, today: NaiveDate) -> Stated {
    let mut found = Stated::default();
    let mut parts = Parts::default();
    let words: Vec<String> = text.split([' ', ',', '\t', '(', ')', '[', ']', '\u{a0}']).map(plain).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).filter(|word| !word.is_empty()).collect();
    for (at, word) in words.iter().enumerate() {
        let next = words.get(at + 1).copied().unwrap_or_default();
        if let Some((day, clock)) = date(word, today) {
            found.day = found.day.or(Some(day));
            found.clock = found.clock.or(clock.map(|(seconds, _)| seconds));
            found.offset = found.offset.or(clock.and_then(|(_, offset)| offset));
        } else if let Some(number) = month(word) {
            parts.month = parts.month.or(Some(number));
        } else if let Some(offset) = zone(word) {
            found.offset = found.offset.or(Some(offset));
        } else if let Some(seconds) = clock_of(word, next) {
            found.clock = found.clock.or(Some(seconds));
        } else if let (Some(seconds), "pm") = (found.clock, *word)
            && seconds < 12 * 3600
        {
            found.clock = Some(seconds + 12 * 3600);
        } else {
            parts.take(word);
        }
    }
    found.day = found.day.or_else(|| parts.day(today));
    found
}

/// The numbers of a day that is written with words.
#[derive(Default)]
struct Parts {
    day: Option<u32>,
    month: Option<u32>,
    year: Option<i32>,
    is_ordinal: bool,
}

impl Parts {
    fn take(&mut self, word: &str) {
        let Some((number, is_ordinal)) = day_word(word) else { return };
        if (1970..=2999).contains(&number) {
            self.year = i32::try_from(number).ok();
        } else if (1..=31).contains(&number) {
            (self.day, self.is_ordinal) = (self.day.or(Some(number)), self.is_ordinal || is_ordinal);
        }
    }

    fn day(&self, today: NaiveDate) -> Option<NaiveDate> {
        let is_day = self.month.is_some() || self.is_ordinal;
        self.day.filter(|_| is_day).and_then(|day| nearest_day(day, self.month, self.year, today))
    }
}

/// Whether a word belongs to a date or time: a number, a month, a weekday, a zone, `am`, `of`.
pub(in super::super) fn is_time_word(word: &str) -> bool {
    let word = plain(word);
    word.is_empty()
        || has(&WORDS.time_fillers, &word)
        || has(&WORDS.weekdays, &word)
        || month(&word).is_some()
        || zone(&word).is_some()
        || day_word(&word).is_some()
        || clock_of(&word, "").is_some()
        || date(&word, NaiveDate::default()).is_some()
}

/// The time of day a word says, in seconds: `09:35`, `09:35am`, `21h30`, `8am`; a number or `10.15` where the next
/// word makes it an hour.
pub(in super::super) fn clock_of(word: &str, next: &str) -> Option<i64> {
    let is_hour = has(&WORDS.hour_words, next) || matches!(next, "am" | "pm" | "a.m" | "p.m");
    let mut scan = Scan(word);
    let hours = scan.number(1, 2).filter(|hours| *hours < 24)?;
    let minutes = match scan.0.chars().next() {
        Some(':') => scan.after_first(2)?,
        Some('h') => scan.after_first(2).unwrap_or(0),
        Some('.') if is_hour => scan.after_first(2)?,
        Some('a' | 'p') => 0,
        None if is_hour => 0,
        _ => return None,
    };
    if scan.0.starts_with(':') {
        scan.after_first(2)?;
    }
    let noon = match (scan.0, next) {
        ("am" | "a.m", _) | ("", "am" | "a.m") if hours == 12 => -12,
        ("pm" | "p.m", _) | ("", "pm" | "p.m") if hours < 12 => 12,
        ("am" | "a.m" | "pm" | "p.m" | "" | "utc" | "z" | "h" | "uhr", _) => 0,
        _ => return None,
    };
    (minutes < 60).then_some((hours + noon) * 3600 + minutes * 60)
}

impl Scan<'_> {
    /// Takes one character and a number of that many digits behind it.
    fn after_first(&mut self, digits: usize) -> Option<i64> {
        let start = self.0;
        let mut letters = start.chars();
        letters.next()?;
        self.0 = letters.as_str();
        self.number(digits, digits)
    }
}

fn plain(word: &str) -> String {
    let trimmed = word.trim_matches(|c: char| !c.is_alphanumeric() && c != '+');
    trimmed.to_lowercase()
}

fn month(word: &str) -> Option<u32> {
    let is = |names: &Vec<String>| {
        has(names, word)
            || names.first().is_some_and(|name| word.chars().count() >= 3 && name.starts_with(word))
    };
    WORDS.months.iter().position(is).and_then(|position| u32::try_from(position + 1).ok())
}

/// `utc`, `cest`, `gmt+1`, `+02:00`.
fn zone(word: &str) -> Option<i64> {
    if !word.starts_with('+') && !word.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return None;
    }
    let mut scan = Scan(word);
    scan.zone().filter(|_| scan.0.is_empty())
}

/// A time of day and the offset next to it, both in seconds.
type Clock = (i64, Option<i64>);

/// `2023-07-13`, `2023-07-13t08:49:00-00:00`, `14.07.2026`, `14/07/2026`, `14.07`, `07-14`, `14/07`.
fn date(word: &str, today: NaiveDate) -> Option<(NaiveDate, Option<Clock>)> {
    let mut scan = Scan(word);
    if let Some((day, None)) = scan.day(None) {
        scan.skip(&['t', ':']);
        let clock = scan.clock().map(|(seconds, _)| (seconds, scan.zone()));
        return Some((day, clock));
    }
    let digits = |text: &str| (1..=2).contains(&text.len()) && text.chars().all(|c| c.is_ascii_digit());
    if let Some((one, other)) = word.split_once(['-', '/']) {
        let is_short = one.len() == 2 && other.len() == 2 && digits(one) && digits(other);
        let (one, other) = (one.parse().ok().filter(|_| is_short)?, other.parse().ok()?);
        // Day and month in either order: the one that is closer.
        let days = [(one, other), (other, one)].into_iter();
        let days = days.filter_map(|(day, month)| nearest_day(day, Some(month), None, today));
        return Some((days.min_by_key(|day| (*day - today).num_days().abs())?, None));
    }
    let (day, month) = word.split_once('.')?;
    let both = digits(day) && month.len() == 2 && digits(month);
    let (day, month) = (day.parse().ok().filter(|_| both)?, month.parse().ok()?);
    Some((nearest_day(day, Some(month), None, today)?, None))
}

/// The day of that number closest to today, in the month and year said if they are.
fn nearest_day(day: u32, month: Option<u32>, year: Option<i32>, today: NaiveDate) -> Option<NaiveDate> {
    let years = year.map_or(vec![today.year() - 1, today.year(), today.year() + 1], |year| vec![year]);
    let months = month.map_or((1..=12).collect(), |month| vec![month]);
    let days = years
        .iter()
        .flat_map(|year| months.iter().filter_map(move |month| NaiveDate::from_ymd_opt(*year, *month, day)));
    days.min_by_key(|candidate| (*candidate - today).num_days().abs())
}

/// A number with an optional ordinal ending, and whether it had one.
fn day_word(word: &str) -> Option<(u32, bool)> {
    let digits: String = word.chars().take_while(char::is_ascii_digit).collect();
    let ending = word.get(digits.len()..)?;
    let number = digits.parse().ok()?;
    matches!(ending, "" | "st" | "nd" | "rd" | "th" | "d" | "er" | "º" | "°")
        .then_some((number, !ending.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, before: &str) -> String {
        let before: Moment = before.parse().unwrap();
        let found = stated(text, before.date_naive()).after(before, &Zone::utc());
        found.map_or("nothing".to_owned(), |at| at.format("%m-%d %H:%M").to_string())
    }

    #[test]
    fn days_and_times_are_read_in_many_forms_and_languages() {
        for text in [
            "2022-02-11 19:00 UTC",
            "11th of February 2022 - 19:00 UTC",
            "11.02.2022 19:00 Uhr",
            "11.02. 19 Uhr",
            "11. Februar 2022, 19.00 Uhr",
            "Freitag, den 11.02.2022 um 19:00 Uhr",
            "11 de febrero de 2022 a las 19:00",
            "11/02/2022 19h00",
            "le 11 février 2022 à 19h",
            "11 febbraio 2022 ore 19:00",
            "11 fevereiro 2022 às 19h00",
            "11 februari 2022 om 19:00 uur",
            "Feb 11, 7pm",
            "February 11 7:00 pm UTC",
            "2022-02-11T20:00 GMT+1",
            "2022-02-11 20:00 (CET)",
            "2022-02-11 21:00 +02:00",
            "02-11 19:00",
            "11/02 7:00 pm",
        ] {
            assert_eq!(read(text, "2022-02-10T08:00:00Z"), "02-11 19:00", "{text}");
        }
    }

    #[test]
    fn a_time_alone_follows_what_was_said_before_it() {
        assert_eq!(read("10:24", "2022-02-11T09:45:00Z"), "02-11 10:24");
        assert_eq!(read("01:10 UTC", "2022-02-11T23:45:00Z"), "02-12 01:10");
        assert_eq!(read("07:00", "2022-02-11T08:00:00Z"), "02-11 07:00");
        assert_eq!(read("2022-02-12", "2022-02-11T08:00:00Z"), "02-12 00:00");
        assert_eq!(read("2022-02-11", "2022-02-11T08:00:00Z"), "02-11 08:00");
        assert_eq!(read("3 servers", "2022-02-11T08:00:00Z"), "nothing");
    }
}

//! Reads moments the way people wrote them.
//!
//! Front matter has hours of one or three digits, days that do not exist and zones that are left out; prose
//! has `09:35am UTC` and `11th of February 2022`. No zone means UTC, as cState means it.

use chrono::{Datelike, Days, NaiveDate, NaiveTime, TimeDelta};

use crate::model::Moment;

/// A moment read from front matter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reading {
    /// The moment.
    pub(super) at: Moment,
    /// What had to be bent to read it, as half a sentence; `None` when the text was sound.
    pub(super) bent: Option<String>,
}

/// Reads a date with an optional time and zone: `2023-07-04T13:00:00-00:00`, `2024-02-13 13:00`,
/// `2023-04-12:11:20-00:00`. `likely` is the day to take where the one written does not exist.
pub(super) fn moment(text: &str, likely: Option<NaiveDate>) -> Option<Reading> {
    let mut scan = Scan(text.trim());
    let (day, bent_day) = scan.day(likely)?;
    scan.skip(&['T', 't', ' ', ':', ',']);
    let mut bent: Vec<String> = bent_day.into_iter().collect();
    let since_midnight = match scan.clock() {
        Some((seconds, complaint)) => {
            bent.extend(complaint);
            seconds
        }
        None => 0,
    };
    let offset_seconds = scan.zone();
    if !scan.0.trim().is_empty() {
        bent.push(format!("`{}` after the time was ignored", scan.0.trim()));
    }
    let midnight = day.and_time(NaiveTime::MIN).and_utc();
    let at = midnight.checked_add_signed(TimeDelta::seconds(since_midnight - offset_seconds))?;
    Some(Reading { at, bent: (!bent.is_empty()).then(|| bent.join("; ")) })
}

/// The day a file name starts with: `2021-03-21-update-sites`. Day and month may have changed places.
pub(super) fn day_of_name(name: &str) -> Option<NaiveDate> {
    Scan(name).day(None).filter(|(_, bent)| bent.is_none()).map(|(day, _)| day)
}

/// The moment stated in a short text: a date, a time, or both in any order. What is missing is taken from
/// `reference`: a time alone is the first such time from the reference on, a date alone is its midnight.
pub(super) fn stated(text: &str, reference: Moment) -> Option<Moment> {
    let found = Found::in_text(text, reference);
    let offset = TimeDelta::seconds(found.offset_seconds);
    match (found.day, found.clock_seconds) {
        (Some(day), seconds) => {
            let midnight = day.and_time(NaiveTime::MIN).and_utc();
            Some(midnight + TimeDelta::seconds(seconds.unwrap_or(0)) - offset)
        }
        (None, Some(seconds)) => {
            let midnight = reference.date_naive().and_time(NaiveTime::MIN).and_utc();
            let at = midnight + TimeDelta::seconds(seconds) - offset;
            Some(if at < reference { at + TimeDelta::days(1) } else { at })
        }
        (None, None) => None,
    }
}

/// Whether a text says both a day and a time of day.
pub(super) fn states_day_and_time(text: &str, reference: Moment) -> bool {
    let found = Found::in_text(text, reference);
    found.day.is_some() && found.clock_seconds.is_some()
}

/// Whether a word belongs to a date or time: a number, a month, a weekday, a zone, `am`, `of`.
pub(super) fn is_time_word(word: &str) -> bool {
    let word = word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
    let filler = ["", "of", "at", "on", "the", "am", "pm", "noon", "st", "nd", "rd", "th"];
    filler.contains(&word.as_str())
        || month(&word).is_some()
        || WEEKDAYS.iter().any(|day| word.len() >= 3 && day.starts_with(&word))
        || zone_seconds(&word).is_some()
        || word.starts_with(|c: char| c.is_ascii_digit())
}

const WEEKDAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

fn month(word: &str) -> Option<u32> {
    let position = MONTHS.iter().position(|month| word.len() >= 3 && month.starts_with(word));
    position.and_then(|position| u32::try_from(position + 1).ok())
}

/// The offset of the zone names people write, in seconds east of Greenwich.
fn zone_seconds(word: &str) -> Option<i64> {
    let hours = match word {
        "utc" | "gmt" | "z" => 0,
        "bst" | "cet" | "west" => 1,
        "cest" | "eet" => 2,
        "eest" => 3,
        "edt" => -4,
        "est" | "cdt" => -5,
        "cst" | "mdt" => -6,
        "mst" | "pdt" => -7,
        "pst" => -8,
        _ => return None,
    };
    Some(hours * 3600)
}

/// What a short text says about time.
#[derive(Default)]
struct Found {
    day: Option<NaiveDate>,
    clock_seconds: Option<i64>,
    offset_seconds: i64,
}

impl Found {
    fn in_text(text: &str, reference: Moment) -> Self {
        let mut found = Self::default();
        let (mut day_number, mut month_number, mut year, mut ordinal) = (None, None, None, false);
        for raw in text.split([' ', ',', '\t', '(', ')', '[', ']']) {
            let word = raw.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
            if let Some(read) = iso(&word) {
                (found.day, found.clock_seconds) = (Some(read.0), read.1.or(found.clock_seconds));
            } else if let Some(number) = month(&word) {
                month_number = month_number.or(Some(number));
            } else if let Some(seconds) = zone_seconds(&word) {
                found.offset_seconds = seconds;
            } else if let Some(seconds) = clock_word(&word) {
                found.clock_seconds = found.clock_seconds.or(Some(seconds));
            } else if let (Some(seconds), "pm") = (found.clock_seconds, word.as_str())
                && seconds < 12 * 3600
            {
                found.clock_seconds = Some(seconds + 12 * 3600);
            } else if let Some((number, suffixed)) = day_word(&word) {
                if (1970..=9999).contains(&number) {
                    year = i32::try_from(number).ok();
                } else if number <= 31 {
                    (day_number, ordinal) = (day_number.or(Some(number)), ordinal || suffixed);
                }
            }
        }
        if found.day.is_none() && (month_number.is_some() || ordinal) {
            found.day = day_number.and_then(|day| nearest_day(day, month_number, year, reference));
        }
        found
    }
}

/// The day of that number closest to the reference, in the month and year said if they are.
fn nearest_day(day: u32, month: Option<u32>, year: Option<i32>, reference: Moment) -> Option<NaiveDate> {
    let today = reference.date_naive();
    let years = year.map_or(vec![today.year() - 1, today.year(), today.year() + 1], |year| vec![year]);
    let months = month.map_or((1..=12).collect(), |month| vec![month]);
    let days = years
        .iter()
        .flat_map(|year| months.iter().filter_map(move |month| NaiveDate::from_ymd_opt(*year, *month, day)));
    days.min_by_key(|candidate| (*candidate - today).num_days().abs())
}

/// `2023-07-13` or `2023-07-13t08:49:00-00:00`.
fn iso(word: &str) -> Option<(NaiveDate, Option<i64>)> {
    let mut scan = Scan(word);
    let (day, bent) = scan.day(None)?;
    if bent.is_some() {
        return None;
    }
    scan.skip(&['t', ':']);
    Some((day, scan.clock().map(|(seconds, _)| seconds - scan.zone())))
}

/// `09:35`, `09:35am`, `21h30`, `8am`: seconds since midnight.
fn clock_word(word: &str) -> Option<i64> {
    let mut scan = Scan(word);
    let hours = scan.number(1, 2)?;
    let minutes = match scan.0.chars().next() {
        Some(':' | 'h') => {
            scan.0 = scan.0.get(1..)?;
            scan.number(2, 2)?
        }
        Some('a' | 'p') => 0,
        _ => return None,
    };
    if scan.0.starts_with(':') {
        scan.0 = scan.0.get(1..)?;
        scan.number(2, 2)?;
    }
    let noon = match scan.0 {
        "" | "utc" | "z" => return (hours < 24 && minutes < 60).then_some(hours * 3600 + minutes * 60),
        "am" if hours == 12 => -12,
        "pm" if hours < 12 => 12,
        "am" | "pm" => 0,
        _ => return None,
    };
    (hours < 24 && minutes < 60).then_some((hours + noon) * 3600 + minutes * 60)
}

/// A number with an optional ordinal ending, and whether it had one.
fn day_word(word: &str) -> Option<(u32, bool)> {
    let digits: String = word.chars().take_while(char::is_ascii_digit).collect();
    let ending = word.get(digits.len()..)?;
    let number = digits.parse().ok()?;
    matches!(ending, "" | "st" | "nd" | "rd" | "th" | "d").then_some((number, !ending.is_empty()))
}

/// A text that is read from its start.
struct Scan<'a>(&'a str);

impl Scan<'_> {
    /// Takes `least` to `most` digits.
    fn number(&mut self, least: usize, most: usize) -> Option<i64> {
        let digits = self.0.bytes().take_while(u8::is_ascii_digit).count();
        if !(least..=most).contains(&digits) {
            return None;
        }
        let (number, rest) = self.0.split_at_checked(digits)?;
        self.0 = rest;
        number.parse().ok()
    }

    fn skip(&mut self, separators: &[char]) {
        self.0 = self.0.trim_start_matches(separators);
    }

    /// Takes a day and says what was wrong with it.
    fn day(&mut self, likely: Option<NaiveDate>) -> Option<(NaiveDate, Option<String>)> {
        let year = i32::try_from(self.number(4, 4)?).ok().filter(|year| *year >= 1970)?;
        self.0 = self.0.strip_prefix(['-', '/', '.'])?;
        let mut month = u32::try_from(self.number(1, 2)?).ok()?;
        self.0 = self.0.strip_prefix(['-', '/', '.'])?;
        let mut day = u32::try_from(self.number(1, 2)?).ok()?;
        if month > 12 && (1..=12).contains(&day) {
            (month, day) = (day, month);
        }
        if let Some(date) = NaiveDate::from_ymd_opt(year, month, day) {
            return Some((date, None));
        }
        let same_month = |likely: &NaiveDate| likely.year() == year && likely.month() == month;
        let date = likely.filter(same_month).or_else(|| last_day(year, month.clamp(1, 12)))?;
        Some((date, Some(format!("there is no day {year}-{month:02}-{day:02}, so {date} was taken"))))
    }

    /// Takes a time of day in seconds since midnight and says what was wrong with it.
    fn clock(&mut self) -> Option<(i64, Option<String>)> {
        let start = self.0;
        let hours = self.number(1, 3)?;
        let minutes = self.part().unwrap_or(0);
        let seconds = self.part().unwrap_or(0);
        if self.0.starts_with('.') {
            self.0 = self.0.trim_start_matches(|c: char| c == '.' || c.is_ascii_digit());
        }
        if hours < 24 && minutes < 60 && seconds < 60 {
            return Some((hours * 3600 + minutes * 60 + seconds, None));
        }
        let (hours, minutes) =
            if hours == 24 && minutes == 0 { (24, 0) } else { (hours.min(23), minutes.min(59)) };
        let written = start.strip_suffix(self.0).unwrap_or(start);
        let bent = format!("there is no time {written}, so {hours:02}:{minutes:02} was taken");
        Some((hours * 3600 + minutes * 60 + seconds.min(59), Some(bent)))
    }

    fn part(&mut self) -> Option<i64> {
        let rest = self.0.strip_prefix(':')?;
        let mut inner = Scan(rest);
        let number = inner.number(1, 2)?;
        self.0 = inner.0;
        Some(number)
    }

    /// Takes a zone, in seconds east of Greenwich; nothing means UTC.
    fn zone(&mut self) -> i64 {
        let text = self.0.trim_start();
        let word: String = text.chars().take_while(char::is_ascii_alphabetic).collect();
        if let Some(seconds) = zone_seconds(&word.to_lowercase()) {
            self.0 = text.get(word.len()..).unwrap_or_default();
            return seconds;
        }
        let sign = match text.chars().next() {
            Some('+') => 1,
            Some('-') => -1,
            _ => return 0,
        };
        let mut scan = Scan(text.get(1..).unwrap_or_default());
        let Some(hours) = scan.number(1, 2).or_else(|| scan.number(4, 4)) else { return 0 };
        let (hours, minutes) =
            if hours > 99 { (hours / 100, hours % 100) } else { (hours, scan.part().unwrap_or(0)) };
        self.0 = scan.0;
        sign * (hours.min(14) * 3600 + minutes.min(59) * 60)
    }
}

fn last_day(year: i32, month: u32) -> Option<NaiveDate> {
    let (year, month) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
    NaiveDate::from_ymd_opt(year, month, 1)?.checked_sub_days(Days::new(1))
}

//! A text that is read from its start, piece by piece.

use chrono::{Datelike, Days, NaiveDate};

use super::super::words::WORDS;

/// What is left of the text.
pub(super) struct Scan<'a>(pub(super) &'a str);

impl Scan<'_> {
    /// Takes `least` to `most` digits.
    pub(super) fn number(&mut self, least: usize, most: usize) -> Option<i64> {
        let digits = self.0.bytes().take_while(u8::is_ascii_digit).count();
        if !(least..=most).contains(&digits) {
            return None;
        }
        let (number, rest) = self.0.split_at_checked(digits)?;
        self.0 = rest;
        number.parse().ok()
    }

    pub(super) fn skip(&mut self, separators: &[char]) {
        self.0 = self.0.trim_start_matches(separators);
    }

    fn separator(&mut self) -> Option<()> {
        self.0 = self.0.strip_prefix(['-', '/', '.', '_'])?;
        Some(())
    }

    fn year(&mut self) -> Option<i32> {
        i32::try_from(self.number(4, 4)?).ok().filter(|year| (1970..=2999).contains(year))
    }

    /// Takes a day that begins with its year, and says what was wrong with it.
    pub(super) fn day(&mut self, likely: Option<NaiveDate>) -> Option<(NaiveDate, Option<String>)> {
        let start = self.0;
        let Some(year) = self.year() else {
            self.0 = start;
            return self.day_first().map(|day| (day, None));
        };
        self.separator()?;
        let mut month = u32::try_from(self.number(1, 3)?).ok()?;
        self.separator()?;
        let mut day = u32::try_from(self.number(1, 3)?).ok()?;
        let written = format!("{year}-{month:02}-{day:02}");
        if month > 12 && (1..=12).contains(&day) {
            (month, day) = (day, month);
        }
        if let Some(date) = NaiveDate::from_ymd_opt(year, month, day) {
            return Some((date, None));
        }
        let likely = likely.filter(|likely| {
            likely.year() == year && (!(1..=12).contains(&month) || likely.month() == month)
        });
        let date = likely.or_else(|| last_day(year, month))?;
        Some((date, Some(format!("there is no day {written}, so {date} was used"))))
    }

    /// Takes a day that ends with its year: `14.11.2022`, `14/11/22`. Where both numbers can be the month, the day
    /// stands first, as everywhere but in America.
    pub(super) fn day_first(&mut self) -> Option<NaiveDate> {
        let day = u32::try_from(self.number(1, 2)?).ok()?;
        self.separator()?;
        let month = u32::try_from(self.number(1, 2)?).ok()?;
        self.separator()?;
        let year = i32::try_from(self.number(4, 4).or_else(|| self.number(2, 2))?).ok()?;
        let year = if year < 100 { year + 2000 } else { year };
        let exact = |month, day| NaiveDate::from_ymd_opt(year, month, day).filter(|_| year >= 1970);
        exact(month, day).or_else(|| exact(day, month))
    }

    /// Takes a day without separators: `20221114`.
    pub(super) fn day_joined(&mut self) -> Option<NaiveDate> {
        let joined = self.number(8, 8)?;
        let part = |from: i64, size: i64| u32::try_from(joined / from % size).ok();
        let year = i32::try_from(joined / 10_000).ok().filter(|year| (1970..=2999).contains(year))?;
        NaiveDate::from_ymd_opt(year, part(100, 100)?, part(1, 100)?)
    }

    /// Takes a time of day in seconds since midnight and says what was wrong with it.
    pub(super) fn clock(&mut self) -> Option<(i64, Option<String>)> {
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
        let bent = format!("there is no time {written}, so {hours:02}:{minutes:02} was used");
        Some((hours * 3600 + minutes * 60 + seconds.min(59), Some(bent)))
    }

    fn part(&mut self) -> Option<i64> {
        let rest = self.0.strip_prefix(':')?;
        let mut inner = Scan(rest);
        let number = inner.number(1, 2)?;
        self.0 = inner.0;
        Some(number)
    }

    /// Takes a zone, in seconds east of Greenwich: `Z`, `CEST`, `GMT+1`, `-03:00`.
    pub(super) fn zone(&mut self) -> Option<i64> {
        let text = self.0.trim_start();
        let word: String = text.chars().take_while(char::is_ascii_alphabetic).collect();
        let named = WORDS.zones.get(&word.to_lowercase()).map(|minutes| i64::from(*minutes) * 60);
        let rest = if named.is_some() { text.get(word.len()..).unwrap_or_default() } else { text };
        let mut scan = Scan(rest);
        let offset = scan.offset();
        let zone = named.map(|named| named + offset.unwrap_or(0)).or(offset)?;
        self.0 = scan.0;
        Some(zone)
    }

    /// Takes `+01:00`, `-0300` or `+2`.
    pub(super) fn offset(&mut self) -> Option<i64> {
        let start = self.0;
        let sign = match start.chars().next()? {
            '+' => 1,
            '-' => -1,
            _ => return None,
        };
        self.0 = start.get(1..)?;
        let Some(hours) = self.number(1, 2).or_else(|| self.number(4, 4)) else {
            self.0 = start;
            return None;
        };
        let (hours, minutes) =
            if hours > 99 { (hours / 100, hours % 100) } else { (hours, self.part().unwrap_or(0)) };
        Some(sign * (hours.min(14) * 3600 + minutes.min(59) * 60))
    }
}

fn last_day(year: i32, month: u32) -> Option<NaiveDate> {
    if month == 0 {
        return None;
    }
    let (year, month) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
    NaiveDate::from_ymd_opt(year, month, 1)?.checked_sub_days(Days::new(1))
}

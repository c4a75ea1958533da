//! How planned work repeats: the part of the recurrence rules of RFC 5545 (3.3.10) that people write for work.
//!
//! Promises: the first day is always one; the days come in order, each once; a rule gives at most `DAYS_MAX` days. Knows no
//! time zone: which moment a day's work begins at is for who knows the page.

use std::collections::BTreeSet;
use std::fmt;

use chrono::{Datelike as _, Days, Months, NaiveDate, Weekday};

/// Maximum number of days of one rule.
const DAYS_MAX: usize = 5_000;

/// What a rule may say, for messages.
pub const SHAPE: &str = "a rule such as `FREQ=WEEKLY;BYDAY=SU`: FREQ (DAILY, WEEKLY or MONTHLY), INTERVAL, BYDAY, BYMONTHDAY, \
                         COUNT and UNTIL (a day)";

/// A rule, and the days that it does not hold for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Repeats {
    /// The frequency and its parts, as in a calendar.
    pub rule: Rule,
    /// The days on which there is no work although the rule names them.
    pub except: BTreeSet<NaiveDate>,
}

/// A recurrence rule.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Rule {
    every: Every,
    interval: u32,
    /// `BYDAY`: weekdays, in a month with the number of the one meant, counted from its end if negative; 0 means each.
    weekdays: Vec<(i8, Weekday)>,
    /// `BYMONTHDAY`: days of a month, counted from its end if negative.
    month_days: Vec<i8>,
    count: Option<u32>,
    until: Option<NaiveDate>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Every {
    Day,
    Week,
    Month,
}

const FREQUENCIES: [(Every, &str); 3] =
    [(Every::Day, "DAILY"), (Every::Week, "WEEKLY"), (Every::Month, "MONTHLY")];
const WEEKDAYS: [(Weekday, &str); 7] = [
    (Weekday::Mon, "MO"),
    (Weekday::Tue, "TU"),
    (Weekday::Wed, "WE"),
    (Weekday::Thu, "TH"),
    (Weekday::Fri, "FR"),
    (Weekday::Sat, "SA"),
    (Weekday::Sun, "SU"),
];

impl Rule {
    /// The rule of a text; `None` for what is none, or more than is understood here.
    pub fn new(text: &str) -> Option<Self> {
        let parts = text.split(';').map(|part| part.split_once('='));
        let mut seen = BTreeSet::new();
        let (mut every, mut rule) = (None, Self::each(Every::Day));
        for part in parts {
            let (key, value) = part?;
            if !seen.insert(key) {
                return None;
            }
            match key {
                "FREQ" => every = Some(FREQUENCIES.iter().find(|(_, word)| *word == value)?.0),
                "INTERVAL" => rule.interval = value.parse().ok().filter(|every| (1..=366).contains(every))?,
                "COUNT" => rule.count = Some(value.parse().ok().filter(|count| *count > 0)?),
                "UNTIL" => rule.until = Some(day(value)?),
                "BYDAY" => rule.weekdays = value.split(',').map(numbered_weekday).collect::<Option<_>>()?,
                "BYMONTHDAY" => rule.month_days = value.split(',').map(month_day).collect::<Option<_>>()?,
                _ => return None,
            }
        }
        rule.every = every?;
        let is_month = rule.every == Every::Month;
        let is_sound = (is_month
            || rule.month_days.is_empty() && rule.weekdays.iter().all(|(number, _)| *number == 0))
            && (rule.month_days.is_empty() || rule.weekdays.is_empty())
            && (rule.count.is_none() || rule.until.is_none());
        is_sound.then_some(rule)
    }

    fn each(every: Every) -> Self {
        Self { every, interval: 1, weekdays: Vec::new(), month_days: Vec::new(), count: None, until: None }
    }

    /// The days of work that begins on `first`.
    pub fn days(&self, first: NaiveDate) -> impl Iterator<Item = NaiveDate> {
        let until = self.until.unwrap_or(NaiveDate::MAX);
        let count =
            self.count.map_or(DAYS_MAX, |count| usize::try_from(count).unwrap_or(DAYS_MAX).min(DAYS_MAX));
        let periods = (0..).map_while(move |number| self.period(first, number)).take(DAYS_MAX);
        let later = periods.flatten().filter(move |day| *day > first);
        std::iter::once(first).chain(later).take_while(move |day| *day <= until).take(count)
    }

    /// The days of the period of that number, in order; `None` at the end of the calendar.
    fn period(&self, first: NaiveDate, number: u32) -> Option<Vec<NaiveDate>> {
        let step = number.checked_mul(self.interval)?;
        match self.every {
            Every::Day => {
                let day = first.checked_add_days(Days::new(u64::from(step)))?;
                Some(if self.is_weekday(day) { vec![day] } else { Vec::new() })
            }
            Every::Week => {
                let monday =
                    first.checked_sub_days(Days::new(u64::from(first.weekday().num_days_from_monday())))?;
                let monday = monday.checked_add_days(Days::new(u64::from(step.checked_mul(7)?)))?;
                let days = (0..7).map(|day| monday.checked_add_days(Days::new(day)));
                let days: Vec<NaiveDate> = days.collect::<Option<_>>()?;
                let is_one = |day: &NaiveDate| match self.weekdays.is_empty() {
                    true => day.weekday() == first.weekday(),
                    false => self.is_weekday(*day),
                };
                Some(days.into_iter().filter(is_one).collect())
            }
            Every::Month => {
                let month = first.with_day(1)?.checked_add_months(Months::new(step))?;
                Some(self.days_of_month(month, first))
            }
        }
    }

    fn is_weekday(&self, day: NaiveDate) -> bool {
        self.weekdays.is_empty() || self.weekdays.iter().any(|(_, weekday)| *weekday == day.weekday())
    }

    fn days_of_month(&self, month: NaiveDate, first: NaiveDate) -> Vec<NaiveDate> {
        let days: Vec<NaiveDate> = month.iter_days().take_while(|day| day.month() == month.month()).collect();
        let of_number = |number: i8| {
            let place = usize::from(number.unsigned_abs()).checked_sub(1)?;
            let place = if number < 0 { days.len().checked_sub(place + 1)? } else { place };
            days.get(place).copied()
        };
        let found: BTreeSet<NaiveDate> = if !self.weekdays.is_empty() {
            self.weekdays.iter().flat_map(|(number, weekday)| nth(&days, *number, *weekday)).collect()
        } else if self.month_days.is_empty() {
            month.with_day(first.day()).into_iter().collect()
        } else {
            self.month_days.iter().filter_map(|number| of_number(*number)).collect()
        };
        found.into_iter().collect()
    }
}

/// The days of a month that are that weekday: each, or the one of that number.
fn nth(days: &[NaiveDate], number: i8, weekday: Weekday) -> Vec<NaiveDate> {
    let all: Vec<NaiveDate> = days.iter().copied().filter(|day| day.weekday() == weekday).collect();
    let place = usize::from(number.unsigned_abs());
    match number {
        0 => all,
        1.. => all.get(place - 1).copied().into_iter().collect(),
        _ => all.len().checked_sub(place).and_then(|place| all.get(place).copied()).into_iter().collect(),
    }
}

fn numbered_weekday(text: &str) -> Option<(i8, Weekday)> {
    let (number, word) = text.split_at_checked(text.len().checked_sub(2)?)?;
    let number = if number.is_empty() { 0 } else { number.parse().ok().filter(|one: &i8| *one != 0)? };
    let (weekday, _) = WEEKDAYS.iter().find(|(_, known)| *known == word)?;
    (-5..=5).contains(&number).then_some((number, *weekday))
}

fn month_day(text: &str) -> Option<i8> {
    text.parse().ok().filter(|day| (1..=31).contains(day) || (-31..=-1).contains(day))
}

/// `20261231` or `2026-12-31`.
fn day(text: &str) -> Option<NaiveDate> {
    NaiveDate::parse_from_str(&text.replace('-', ""), "%Y%m%d").ok()
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word =
            FREQUENCIES.iter().find(|(every, _)| *every == self.every).map_or("DAILY", |(_, word)| word);
        write!(f, "FREQ={word}")?;
        if self.interval != 1 {
            write!(f, ";INTERVAL={}", self.interval)?;
        }
        let weekday = |(number, weekday): &(i8, Weekday)| {
            let word = WEEKDAYS.iter().find(|(known, _)| known == weekday).map_or("MO", |(_, word)| word);
            if *number == 0 { word.to_owned() } else { format!("{number}{word}") }
        };
        let weekdays: Vec<String> = self.weekdays.iter().map(weekday).collect();
        let month_days: Vec<String> = self.month_days.iter().map(i8::to_string).collect();
        for (key, values) in [("BYDAY", weekdays), ("BYMONTHDAY", month_days)] {
            if !values.is_empty() {
                write!(f, ";{key}={}", values.join(","))?;
            }
        }
        self.count.map_or(Ok(()), |count| write!(f, ";COUNT={count}"))?;
        self.until.map_or(Ok(()), |until| write!(f, ";UNTIL={}", until.format("%Y%m%d")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(rule: &str, first: &str, count: usize) -> Vec<String> {
        let first = first.parse().unwrap();
        Rule::new(rule).unwrap().days(first).take(count).map(|day| day.to_string()).collect()
    }

    #[test]
    fn rules_give_the_days_that_rfc_5545_gives() {
        for (rule, first, expected) in [
            ("FREQ=DAILY", "2026-11-29", ["2026-11-29", "2026-11-30", "2026-12-01"]),
            ("FREQ=DAILY;INTERVAL=10", "2026-11-29", ["2026-11-29", "2026-12-09", "2026-12-19"]),
            ("FREQ=WEEKLY", "2026-11-29", ["2026-11-29", "2026-12-06", "2026-12-13"]),
            ("FREQ=WEEKLY;BYDAY=TU,SU", "2026-11-29", ["2026-11-29", "2026-12-01", "2026-12-06"]),
            ("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO", "2026-12-07", ["2026-12-07", "2026-12-21", "2027-01-04"]),
            ("FREQ=MONTHLY", "2026-10-31", ["2026-10-31", "2026-12-31", "2027-01-31"]),
            ("FREQ=MONTHLY;BYMONTHDAY=-1", "2026-11-30", ["2026-11-30", "2026-12-31", "2027-01-31"]),
            ("FREQ=MONTHLY;BYDAY=1SU", "2026-11-01", ["2026-11-01", "2026-12-06", "2027-01-03"]),
            ("FREQ=MONTHLY;BYDAY=-1FR", "2026-11-27", ["2026-11-27", "2026-12-25", "2027-01-29"]),
        ] {
            assert_eq!(days(rule, first, 3), expected, "{rule}");
        }
    }

    #[test]
    fn a_rule_ends_by_number_or_by_day_and_reads_back() {
        assert_eq!(days("FREQ=DAILY;COUNT=2", "2026-11-29", 9).len(), 2);
        assert_eq!(days("FREQ=WEEKLY;UNTIL=20261213", "2026-11-29", 9).len(), 3);
        for rule in [
            "FREQ=DAILY",
            "FREQ=MONTHLY;INTERVAL=3;BYDAY=2TU,-1FR;UNTIL=20271231",
            "FREQ=WEEKLY;BYDAY=SU;COUNT=4",
        ] {
            assert_eq!(Rule::new(rule).unwrap().to_string(), rule);
        }
    }

    #[test]
    fn what_is_not_understood_is_no_rule() {
        for rule in [
            "",
            "weekly",
            "BYDAY=SU",
            "FREQ=HOURLY",
            "FREQ=WEEKLY;BYDAY=1SU",
            "FREQ=WEEKLY;BYDAY=XX",
            "FREQ=DAILY;BYSETPOS=1",
            "FREQ=DAILY;INTERVAL=0",
            "FREQ=DAILY;FREQ=DAILY",
            "FREQ=DAILY;COUNT=2;UNTIL=20261231",
            "FREQ=WEEKLY;BYMONTHDAY=3",
            "FREQ=MONTHLY;BYMONTHDAY=0",
            "FREQ=MONTHLY;BYDAY=6MO",
        ] {
            assert_eq!(Rule::new(rule), None, "{rule}");
        }
    }
}

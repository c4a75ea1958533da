//! Numbers with their units, as facts in one notation: `90 min` and "an hour and a half" are `5400 s`.

use super::language::{Meaning, Rules};
use super::notation::{
    afternoon, clock, digits, hour_and_minutes, is_money, measured, numeric_date, plain, plain_digits,
    quantity, short_date,
};
use super::token::{Kind, Token, ends_sentence};

/// A piece by its meaning.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Item {
    Word(String),
    /// What another word is written as, and that word.
    Words(Vec<String>, String),
    Signal(String),
    /// Something that already is a fact.
    Fact(String),
    /// Digits as written, and whether they follow the piece before without a blank.
    Digits(String, bool),
    Date(String),
    Number(f64),
    Multiplier(f64),
    Half,
    HalfTo,
    Article,
    And,
    Unit(String),
    Seconds(f64),
    Month(u8),
    Weekday(u8),
    DayHalf(u8),
    Hour(u8),
    Clock,
    Mark(char),
}

impl Item {
    /// What a phrase represents; `None` where it represents nothing.
    pub(super) fn of_meaning(meaning: &Meaning, word: &str) -> Option<Self> {
        Some(match meaning {
            Meaning::Dropped | Meaning::Greeting => return None,
            Meaning::Article => Self::Article,
            Meaning::And => Self::And,
            Meaning::Number(value) => Self::Number(*value),
            Meaning::Multiplier(value) => Self::Multiplier(*value),
            Meaning::Half => Self::Half,
            Meaning::HalfTo => Self::HalfTo,
            Meaning::Unit(unit) => Self::Unit(unit.clone()),
            Meaning::Seconds(value) => Self::Seconds(*value),
            Meaning::Month(month) => Self::Month(*month),
            Meaning::Weekday(day) => Self::Weekday(*day),
            Meaning::DayHalf(hours) => Self::DayHalf(*hours),
            Meaning::Hour(hour) => Self::Hour(*hour),
            Meaning::Clock => Self::Clock,
            Meaning::Signal(class) => Self::Signal(class.clone()),
            Meaning::Words(words) if words.is_empty() => Self::Word(word.to_owned()),
            Meaning::Words(words) => Self::Words(words.clone(), word.to_owned()),
        })
    }

    /// Symbols of units and zones, the same in every language.
    pub(super) fn of_symbol(word: &str) -> Option<Self> {
        let unit = match word {
            "ms" | "s" | "min" | "h" | "kb" | "mb" | "gb" | "tb" | "kib" | "mib" | "gib" | "km" | "kg"
            | "kw" | "kwh" | "mw" | "mbit" | "gbit" | "kbit" | "hz" | "mhz" | "ghz" | "eur" | "usd"
            | "gbp" | "chf" | "jpy" => word,
            "%" => "percent",
            "€" => "eur",
            "$" => "usd",
            "£" => "gbp",
            "¥" => "jpy",
            "°c" | "°" => "celsius",
            "°f" => "fahrenheit",
            "utc" | "gmt" => return Some(Self::Fact("zone:utc".to_owned())),
            _ => return None,
        };
        Some(Self::Unit(unit.to_owned()))
    }
}

/// Abbreviations of time zones, which are words of some languages where they follow no time of day.
fn is_zone(word: &str) -> bool {
    matches!(
        word,
        "cet"
            | "cest"
            | "mez"
            | "mesz"
            | "wet"
            | "west"
            | "eet"
            | "eest"
            | "bst"
            | "ist"
            | "est"
            | "edt"
            | "cst"
            | "cdt"
            | "pst"
            | "pdt"
            | "mst"
            | "mdt"
            | "jst"
            | "brt"
            | "hec"
            | "aest"
    )
}

/// The items as tokens, numbers joined with what belongs to them.
pub(super) fn facts(items: Vec<(Item, bool)>, rules: &Rules) -> Vec<Token> {
    let links: Vec<bool> = items.iter().map(|(_, in_link)| *in_link).collect();
    let items: Vec<Item> = items.into_iter().map(|(item, _)| item).collect();
    let mut tokens = Vec::with_capacity(items.len());
    let mut place = 0;
    while let Some(rest) = items.get(place..).filter(|rest| !rest.is_empty()) {
        let in_link = links.get(place).copied().unwrap_or_default();
        if let (Some(Token { kind: Kind::Word, text, .. }), Some(Item::Digits(digits, _))) =
            (tokens.last(), rest.first())
            && is_version(text)
        {
            tokens.push(Token {
                kind: Kind::Fact,
                text: format!("version:{digits}"),
                in_link,
                written: None,
            });
            place += 1;
            continue;
        }
        let mut push = |kind, text: String| tokens.push(Token { kind, text, in_link, written: None });
        if let Some((texts, length)) = joined(rest, rules) {
            texts.into_iter().for_each(|text| push(Kind::Fact, text));
            place += length;
            continue;
        }
        match rest.first() {
            Some(Item::Word(word)) => push(Kind::Word, word.clone()),
            Some(Item::Words(words, written)) => {
                for word in words {
                    match rules.longest(&[word]) {
                        Some((_, Meaning::Signal(class))) => push(Kind::Signal, format!("#{class}")),
                        _ => push(Kind::Word, word.clone()),
                    }
                }
                if let (Some(token), [_]) = (tokens.last_mut(), words.as_slice()) {
                    token.written = Some(written.clone());
                }
            }
            Some(Item::Signal(class)) => push(Kind::Signal, format!("#{class}")),
            Some(Item::Half) => push(Kind::Signal, "#half".to_owned()),
            Some(Item::Unit(unit)) => push(Kind::Word, format!("unit:{unit}")),
            Some(Item::And) => push(Kind::And, "and".to_owned()),
            Some(Item::DayHalf(hours)) => push(Kind::Signal, format!("#half of the day:{hours}")),
            Some(Item::Mark(mark)) => match ends_sentence(*mark) {
                Some(end) => push(Kind::Pause, end.to_owned()),
                None if matches!(mark, ',' | ';' | ':' | '\u{2013}' | '(' | ')' | '、') => {
                    push(Kind::Pause, ",".to_owned());
                }
                None if matches!(mark, '<' | '>' | '=' | '+' | '±' | '≥' | '≤' | '\u{2192}') => {
                    push(Kind::Signal, format!("#{mark}"));
                }
                None => {}
            },
            _ => {}
        }
        place += 1;
    }
    tokens
}

/// Whether the number after this word is a version: 2.10 is not 2.1.
fn is_version(word: &str) -> bool {
    word.starts_with("versi") || matches!(word, "versao" | "v" | "release" | "build" | "patch")
}

/// The fact that the items begin with, and how many of them it takes.
fn joined(items: &[Item], rules: &Rules) -> Option<(Vec<String>, usize)> {
    let one = |text: String, length: usize| Some((vec![text], length));
    match items {
        [Item::Fact(time), Item::DayHalf(12), ..] if time.starts_with("time:") => one(afternoon(time), 2),
        [Item::Fact(time), Item::DayHalf(0) | Item::Clock, ..] if time.starts_with("time:") => {
            one(time.clone(), 2)
        }
        [Item::Fact(time), Item::Word(z), ..] if z == "z" && time.starts_with("time:") => {
            Some((vec![time.clone(), "zone:utc".to_owned()], 2))
        }
        [Item::Fact(time), Item::Word(zone), ..] if time.starts_with("time:") && is_zone(zone) => {
            Some((vec![time.clone(), format!("zone:{zone}")], 2))
        }
        [Item::Fact(fact), ..] => one(fact.clone(), 1),
        [Item::Digits(time, _), Item::Clock, ..] if hour_and_minutes(time).is_some() => {
            let (hour, minutes) = hour_and_minutes(time)?;
            one(clock(hour, minutes), 2)
        }
        [Item::Date(date), ..] => one(numeric_date(date, rules), 1),
        [Item::Digits(date, _), ..] if let Some(date) = short_date(date, rules) => one(date, 1),
        [Item::Digits(day, _), Item::Mark('/'), Item::Digits(month, _), ..]
            if let Some(date) = short_date(&format!("{day}/{month}"), rules) =>
        {
            one(date, 3)
        }
        [Item::Hour(hour), ..] => one(clock(f64::from(*hour), 0), 1),
        [Item::Weekday(day), ..] => one(format!("weekday:{day}"), 1),
        [Item::Seconds(seconds), ..] => one(quantity(*seconds, "s"), 1),
        [Item::Article, Item::Seconds(seconds), ..] => one(quantity(*seconds, "s"), 2),
        [Item::HalfTo, number, rest @ ..] => {
            let hour = value(number, rules)?;
            let (later, length) = match rest {
                [Item::Clock, Item::DayHalf(later), ..] => (*later, 4),
                [Item::DayHalf(later), ..] => (*later, 3),
                [Item::Clock, ..] => (0, 3),
                _ => (0, 2),
            };
            one(clock(hour - 1.0 + f64::from(later), 30), length)
        }
        [Item::Month(month), rest @ ..] => month_first(*month, rest, rules),
        [Item::Article, Item::And, Item::Article, Item::Half, Item::Unit(unit), ..] => {
            one(measured(1.5, unit), 5)
        }
        [Item::Article, Item::And, Item::Half, Item::Unit(unit), ..] => one(measured(1.5, unit), 4),
        [Item::Article, Item::Unit(unit), rest @ ..] => {
            let (half, more) = half_after(rest);
            one(measured(1.0 + half, unit), 2 + more)
        }
        [Item::Unit(unit), rest @ ..] if half_after(rest).1 > 0 => {
            one(measured(1.5, unit), 1 + half_after(rest).1)
        }
        [Item::Half, Item::Article, Item::Unit(unit), ..] => one(measured(0.5, unit), 3),
        [Item::Half, Item::Unit(unit), ..] => one(measured(0.5, unit), 2),
        [Item::Article, Item::Half, Item::Unit(unit), ..] => one(measured(0.5, unit), 3),
        [Item::Unit(unit), number, ..] if is_money(unit) => one(measured(value(number, rules)?, unit), 2),
        _ => {
            let (number, length) = number(items, rules)?;
            Some(after_number(number, length, items, rules))
        }
    }
}

/// A number at the beginning of the items, with its multipliers.
fn number(items: &[Item], rules: &Rules) -> Option<(f64, usize)> {
    let first = items.first()?;
    if let Item::Multiplier(times) = first {
        return Some((*times, 1));
    }
    if let (Item::Article, Some(Item::Multiplier(times))) = (first, items.get(1)) {
        return Some((*times, 2));
    }
    let mut total = value(first, rules)?;
    let mut length = 1;
    if let (Item::Number(tens), Some(Item::Number(ones))) = (first, items.get(1))
        && *tens >= 20.0
        && tens % 10.0 == 0.0
        && *ones < 20.0
    {
        (total, length) = (tens + ones, 2);
    }
    if let Some(Item::Multiplier(times)) = items.get(length) {
        (total, length) = (total * times, length + 1);
    }
    Some((total, length))
}

/// What follows a number: a unit, a clock, a month, or nothing.
fn after_number(number: f64, length: usize, items: &[Item], rules: &Rules) -> (Vec<String>, usize) {
    let rest = items.get(length..).unwrap_or_default();
    let one = |text: String, more: usize| (vec![text], length + more);
    match rest {
        [Item::Clock, minutes, ..]
            if value(minutes, rules).is_some_and(|minutes| minutes < 60.0) && number < 24.0 =>
        {
            one(clock(number, value(minutes, rules).unwrap_or_default() as u8), 2)
        }
        [Item::Clock, Item::DayHalf(later), ..] | [Item::DayHalf(later), ..] if number <= 12.0 => {
            let more = if rest.first() == Some(&Item::Clock) { 2 } else { 1 };
            one(clock(number % 12.0 + f64::from(*later), 0), more)
        }
        [Item::Clock, ..] => one(clock(number, 0), 1),
        [Item::Unit(unit), Item::Digits(minutes, _), ..]
            if unit == "h" && minutes.len() == 2 && number < 24.0 =>
        {
            one(clock(number, minutes.parse().unwrap_or_default()), 2)
        }
        [Item::And, Item::Article, Item::Half, Item::Unit(unit), ..] => one(measured(number + 0.5, unit), 4),
        [Item::And, Item::Half, Item::Unit(unit), ..] => one(measured(number + 0.5, unit), 3),
        [Item::Unit(unit), after @ ..] => {
            let (half, more) = half_after(after);
            one(measured(number + half, unit), 1 + more)
        }
        [Item::Month(month), after @ ..] => day_first(number, *month, length + 1, after, rules),
        [Item::Mark('.'), Item::Month(month), after @ ..] => {
            day_first(number, *month, length + 2, after, rules)
        }
        [Item::Word(of), Item::Month(month), after @ ..] if joins_date(of) => {
            day_first(number, *month, length + 2, after, rules)
        }
        [Item::Signal(of), Item::Month(month), after @ ..] if of == "from" => {
            day_first(number, *month, length + 2, after, rules)
        }
        // "3rd of March"
        [Item::Word(th), Item::Word(of), Item::Month(month), after @ ..]
            if is_ordinal(th) && joins_date(of) =>
        {
            day_first(number, *month, length + 3, after, rules)
        }
        [Item::Multiplier(times), ..] => one(plain(number * times), 1),
        _ => one(plain(number), 0),
    }
}

/// "… and a half" after a unit.
fn half_after(items: &[Item]) -> (f64, usize) {
    match items {
        [Item::And, Item::Article, Item::Half, ..] => (0.5, 3),
        [Item::And, Item::Half, ..] => (0.5, 2),
        _ => (0.0, 0),
    }
}

fn day_first(day: f64, month: u8, length: usize, after: &[Item], rules: &Rules) -> (Vec<String>, usize) {
    let (year, more) = match after {
        [Item::Word(of), year, ..] if joins_date(of) && is_year(year, rules) => (value(year, rules), 2),
        [Item::Signal(of), year, ..] if of == "from" && is_year(year, rules) => (value(year, rules), 2),
        [Item::Mark(','), year, ..] if is_year(year, rules) => (value(year, rules), 2),
        [year, ..] if is_year(year, rules) => (value(year, rules), 1),
        _ => (None, 0),
    };
    let year = year.map_or(String::new(), plain_digits);
    (vec![format!("date:{year}-{month:02}-{:02}", day as u32)], length + more)
}

fn month_first(month: u8, rest: &[Item], rules: &Rules) -> Option<(Vec<String>, usize)> {
    match rest {
        [day, after @ ..] if value(day, rules).is_some_and(|day| (1.0..=31.0).contains(&day)) => {
            // "March 3rd"
            let (ordinal, after) = match after {
                [Item::Word(th), after @ ..] if is_ordinal(th) => (1, after),
                _ => (0, after),
            };
            Some(day_first(value(day, rules)?, month, 2 + ordinal, after, rules))
        }
        _ => Some((vec![format!("month:{month}")], 1)),
    }
}

fn joins_date(word: &str) -> bool {
    matches!(word, "de" | "of" | "del") || is_ordinal(word)
}

fn is_ordinal(word: &str) -> bool {
    matches!(word, "st" | "nd" | "rd" | "th" | "er" | "º" | "ª" | "o")
}

fn is_year(item: &Item, rules: &Rules) -> bool {
    matches!(item, Item::Digits(text, _) if text.len() == 4)
        && value(item, rules).is_some_and(|year| (1970.0..2200.0).contains(&year))
}

fn value(item: &Item, rules: &Rules) -> Option<f64> {
    match item {
        Item::Number(value) => Some(*value),
        Item::Digits(text, _) => digits(text, rules),
        _ => None,
    }
}

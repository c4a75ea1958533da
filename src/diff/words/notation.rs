//! The one notation of numbers, quantities, times of day and dates.

use super::language::Rules;

/// The value of digits with the separators of the language.
pub(super) fn digits(text: &str, rules: &Rules) -> Option<f64> {
    let mut plain = String::with_capacity(text.len());
    let marks: Vec<(usize, char)> =
        text.char_indices().filter(|(_, c)| !c.is_ascii_digit() && *c != '-').collect();
    let mut last = None;
    for (index, (place, mark)) in marks.iter().enumerate() {
        let end = marks.get(index + 1).map_or(text.len(), |(next, _)| *next);
        let group = end - place - 1;
        let groups = rules.groups_digits(*mark) || matches!(mark, ' ' | '\'');
        let is_decimal = index + 1 == marks.len()
            && (group != 3 || !groups || marks.iter().any(|(_, other)| other != mark))
            && (rules.decimal() == Some(*mark) || group != 3);
        if is_decimal {
            last = Some(*place);
        }
    }
    for (place, letter) in text.char_indices() {
        match letter {
            _ if last == Some(place) => plain.push('.'),
            '0'..='9' | '-' => plain.push(letter),
            _ => {}
        }
    }
    plain.parse().ok()
}

pub(super) fn is_money(unit: &str) -> bool {
    matches!(unit, "eur" | "usd" | "gbp" | "chf" | "jpy" | "brl")
}

/// A unit's base and how many of it one is.
fn base(unit: &str) -> (&str, f64) {
    match unit {
        "ms" => ("s", 0.001),
        "min" => ("s", 60.0),
        "h" => ("s", 3600.0),
        "day" => ("s", 86_400.0),
        "week" => ("s", 604_800.0),
        "kb" => ("byte", 1e3),
        "mb" => ("byte", 1e6),
        "gb" => ("byte", 1e9),
        "tb" => ("byte", 1e12),
        "kib" => ("byte", 1024.0),
        "mib" => ("byte", 1024.0 * 1024.0),
        "gib" => ("byte", 1024.0 * 1024.0 * 1024.0),
        "kbit" => ("bit", 1e3),
        "mbit" => ("bit", 1e6),
        "gbit" => ("bit", 1e9),
        "mhz" => ("hz", 1e6),
        "ghz" => ("hz", 1e9),
        "mw" => ("kw", 1e3),
        _ => (unit, 1.0),
    }
}

/// A quantity in the base of its unit.
pub(super) fn measured(number: f64, unit: &str) -> String {
    let (base, times) = base(unit);
    quantity(number * times, base)
}

pub(super) fn quantity(number: f64, unit: &str) -> String {
    format!("{} {unit}", plain_digits(number))
}

pub(super) fn plain(number: f64) -> String {
    plain_digits(number)
}
/// The number to nine digits after the point, which is more than any unit here needs.
pub(super) fn plain_digits(number: f64) -> String {
    let text = format!("{number:.9}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// The hour and minutes of "9.30".
pub(super) fn hour_and_minutes(text: &str) -> Option<(f64, u8)> {
    let (hour, minutes) = text.split_once('.').filter(|(_, minutes)| minutes.len() == 2)?;
    Some((hour.parse().ok()?, minutes.parse().ok()?))
}

pub(super) fn clock(hour: f64, minutes: u8) -> String {
    format!("time:{:02}:{minutes:02}", hour as u32 % 24)
}

/// A time of day in the afternoon: 2:30 pm is 14:30.
pub(super) fn afternoon(time: &str) -> String {
    let hour: Option<u32> = time.get(5..7).and_then(|hour| hour.parse().ok());
    match hour {
        Some(hour @ 0..12) => format!("time:{:02}{}", hour + 12, time.get(7..).unwrap_or_default()),
        _ => time.to_owned(),
    }
}

/// A date in digits, day first unless the language writes the month first or the year is at the beginning.
pub(super) fn numeric_date(date: &str, rules: &Rules) -> String {
    let parts: Vec<&str> = date.split(['.', '/', '-']).collect();
    let [day, month, year] = parts[..] else { return format!("date:{date}") };
    // English writes both orders, so that only a date whose order shows is known.
    let is_open = rules.decimal() == Some('.') && day.parse::<u32>().is_ok_and(|day| day <= 12);
    if is_open && month.parse::<u32>().is_ok_and(|month| month <= 12) && day != month {
        return format!("date:{date}");
    }
    let swapped = month.parse::<u32>().is_ok_and(|month| month > 12);
    let (day, month) = if swapped { (month, day) } else { (day, month) };
    let century = if year.len() == 2 { "20" } else { "" };
    format!("date:{century}{year}-{month:0>2}-{day:0>2}")
}

/// A day and a month in two digits each, such as `21.11` where the decimal sign is a comma, or `21/11`; `None` where the order
/// does not show.
pub(super) fn short_date(text: &str, rules: &Rules) -> Option<String> {
    let is_comma = rules.decimal() == Some(',');
    let (day, month) = text.split_once('/').or_else(|| text.split_once('.').filter(|_| is_comma))?;
    let number = |part: &str| part.parse::<u32>().ok().filter(|_| part.len() == 2);
    let (day, month) = (number(day)?, number(month)?);
    let (day, month) = match (is_comma, day > 12, month > 12) {
        (true, ..) | (false, true, false) => (day, month),
        (false, false, true) => (month, day),
        (false, ..) => return None,
    };
    ((1..=31).contains(&day) && (1..=12).contains(&month)).then(|| format!("date:-{month:02}-{day:02}"))
}

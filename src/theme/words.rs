//! The texts of one language: fixed phrases, plurals, dates, durations, lists.
//!
//! Promises: asking always gives a text: a phrase that a language lacks is taken from English, and one that
//! English lacks shows its key. Values are put in as they are; escaping is the template's work.

use std::borrow::Cow;
use std::collections::BTreeMap;

use icu_decimal::input::Decimal;
use icu_locale::{LanguageIdentifier, LocaleDirectionality};

use super::calendar::{Calendar, Zone};
use crate::model::Moment;
use crate::model::localized::Language;

/// The words of one language.
#[derive(Debug)]
pub struct Translations {
    language: Language,
    table: BTreeMap<String, String>,
    calendar: Option<Calendar>,
}

impl Translations {
    /// Words out of a table of keys such as `phase.resolved`. Dates are written as the language writes them;
    /// as English does where CLDR does not know the language.
    pub fn new(language: Language, table: BTreeMap<String, String>) -> Self {
        let calendar = Calendar::of(&language).or_else(|| Calendar::of(&Language::english()));
        Self { language, table, calendar }
    }

    /// The language the words are in.
    pub fn language(&self) -> &Language {
        &self.language
    }

    /// `rtl` for languages written from right to left, else `ltr`, as the `dir` attribute of HTML has it.
    pub fn direction(&self) -> &'static str {
        direction(&self.language)
    }

    /// A name or title of the operator's as a part of a sentence: isolated (UAX #9, 2.4.2) if it has letters that are written
    /// in the other direction, so that neither its punctuation nor that of the sentence changes places.
    pub fn isolated<'n>(&self, name: &'n str) -> Cow<'n, str> {
        let is_rtl = self.direction() == "rtl";
        let is_turned = name.chars().any(|c| c.is_alphabetic() && is_written_from_the_right(c) != is_rtl);
        if is_turned { format!("\u{2068}{name}\u{2069}").into() } else { name.into() }
    }

    /// The phrase of a key; the key itself if nobody wrote the phrase.
    pub fn say<'a>(&'a self, key: &'a str) -> &'a str {
        self.table.get(key).map_or(key, String::as_str)
    }

    /// The phrase of a key with each `{name}` replaced. A value called `count` chooses the plural form: of
    /// `key.one`, `key.few`, `key.other` the one CLDR names for that number, else `key.other`.
    pub fn say_with(&self, key: &str, values: &[(&str, &str)]) -> String {
        let count =
            values.iter().find(|(name, _)| *name == "count").and_then(|(_, value)| value.parse().ok());
        let form = count.and_then(|count| self.plural(key, count));
        fill(form.unwrap_or_else(|| self.say(key)), values)
    }

    /// A whole date: `20 November 2026`.
    pub fn date(&self, moment: Moment, zone: &Zone) -> String {
        let clock = zone.wall_clock(moment);
        self.calendar.as_ref().map_or_else(|| clock.date().to_string(), |calendar| calendar.date(clock))
    }

    /// A time of day with its zone: `11:05 CET`.
    pub fn time(&self, moment: Moment, zone: &Zone) -> String {
        format!("{} {}", self.clock_time(moment, zone), zone.abbreviation(moment))
    }

    /// A time of day without its zone, for the first of two times: `11:05`.
    pub fn clock_time(&self, moment: Moment, zone: &Zone) -> String {
        let clock = zone.wall_clock(moment);
        self.calendar.as_ref().map_or_else(|| clock.time().to_string(), |calendar| calendar.time(clock))
    }

    /// A date and time with its zone: `20 November 2026, 11:05 CET`.
    pub fn date_time(&self, moment: Moment, zone: &Zone) -> String {
        self.say_with("time.at", &[("date", &self.date(moment, zone)), ("time", &self.time(moment, zone))])
    }

    /// A date and time in little room: `20 Nov 2026, 11:05 CET`.
    pub fn short_date_time(&self, moment: Moment, zone: &Zone) -> String {
        let (date, time) = (self.short_date(moment, zone), self.time(moment, zone));
        self.say_with("time.at", &[("date", &date), ("time", &time)])
    }

    /// A date in little room: `20 Nov 2026`.
    pub fn short_date(&self, moment: Moment, zone: &Zone) -> String {
        let clock = zone.wall_clock(moment);
        self.calendar.as_ref().map_or_else(|| clock.date().to_string(), |calendar| calendar.short_date(clock))
    }

    /// A date whose year is clear: `20 November`.
    pub fn month_day(&self, moment: Moment, zone: &Zone) -> String {
        let clock = zone.wall_clock(moment);
        self.calendar.as_ref().map_or_else(|| clock.date().to_string(), |calendar| calendar.month_day(clock))
    }

    /// The same in little room: `20 Nov`.
    pub fn short_month_day(&self, moment: Moment, zone: &Zone) -> String {
        let clock = zone.wall_clock(moment);
        self.calendar
            .as_ref()
            .map_or_else(|| clock.date().to_string(), |calendar| calendar.short_month_day(clock))
    }

    /// A month as a heading: `November 2026`, `Noviembre de 2026`.
    pub fn month(&self, moment: Moment, zone: &Zone) -> String {
        let clock = zone.wall_clock(moment);
        let month = self.calendar.as_ref().map(|calendar| calendar.month(clock)).unwrap_or_default();
        let heading = self.say_with("time.month", &[("month", &month), ("year", &clock.year().to_string())]);
        let mut letters = heading.chars();
        letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
    }

    /// From one time to another: `28 November 2026, 22:00 – 29 November 2026, 02:00 CET`. The second date is left
    /// out if it equals the first; the zone is named twice where the clocks change in between.
    pub fn span(&self, from: Moment, to: Moment, zone: &Zone) -> String {
        let (from, to) = self.span_ends(from, to, zone);
        self.say_with("time.span", &[("from", &from), ("to", &to)])
    }

    /// The same with dates as `date` writes them.
    pub fn span_with(
        &self,
        from: Moment,
        to: Moment,
        zone: &Zone,
        date: impl Fn(Moment) -> String,
    ) -> String {
        let (from, to) = self.ends((from, to), zone, date);
        self.say_with("time.span", &[("from", &from), ("to", &to)])
    }

    /// From one written time to another: `28 Nov 2026 – 29 Nov 2026`; the time alone if both are written alike.
    pub fn span_of_two(&self, from: &str, to: &str) -> String {
        if from == to { from.to_owned() } else { self.say_with("time.span", &[("from", from), ("to", to)]) }
    }

    /// The two times of a [`span`](Self::span), without what joins them.
    pub fn span_ends(&self, from: Moment, to: Moment, zone: &Zone) -> (String, String) {
        self.ends((from, to), zone, |moment| self.date(moment, zone))
    }

    fn ends(
        &self,
        (from, to): (Moment, Moment),
        zone: &Zone,
        date: impl Fn(Moment) -> String,
    ) -> (String, String) {
        let has_one_zone = zone.abbreviation(from) == zone.abbreviation(to);
        let first = if has_one_zone { self.clock_time(from, zone) } else { self.time(from, zone) };
        let first = self.say_with("time.at", &[("date", &date(from)), ("time", &first)]);
        let last = self.time(to, zone);
        if zone.wall_clock(from).date() == zone.wall_clock(to).date() {
            return (first, last);
        }
        (first, self.say_with("time.at", &[("date", &date(to)), ("time", &last)]))
    }

    /// A label with what it names, as the language joins them: `Checkout: Working`, `Paiement : en service`.
    pub fn labelled(&self, label: &str, text: &str) -> String {
        self.say_with("punctuation.labelled", &[("label", label), ("text", text)])
    }

    /// A phrase as a sentence: with the language's full stop, unless it ends like one already.
    pub fn sentence(&self, phrase: &str) -> String {
        let stop = if phrase.ends_with(['.', '!', '?', '…', '。', '！', '？']) {
            ""
        } else {
            self.say("punctuation.stop")
        };
        format!("{phrase}{stop}")
    }

    /// Phrases as sentences, one after the other.
    pub fn sentences(&self, phrases: &[&str]) -> String {
        let sentences: Vec<String> = phrases.iter().map(|phrase| self.sentence(phrase)).collect();
        sentences.join(self.say("punctuation.between"))
    }

    /// How long: the two largest units that are not nothing, `2 hours 5 minutes`; `less than a minute` below
    /// one. Negative lengths count as nothing.
    pub fn duration(&self, length: chrono::TimeDelta) -> String {
        let minutes = length.num_minutes().max(0);
        let units = [("days", minutes / 1440), ("hours", minutes / 60 % 24), ("minutes", minutes % 60)];
        let said = |(unit, count): (&str, i64)| {
            (count > 0).then(|| self.say_with(&format!("duration.{unit}"), &[("count", &count.to_string())]))
        };
        let largest = units.iter().position(|(_, count)| *count > 0).unwrap_or(units.len());
        let parts: Vec<String> = units.into_iter().skip(largest).take(2).filter_map(said).collect();
        match parts.as_slice() {
            [] => self.say("duration.moment").to_owned(),
            [one] => one.clone(),
            [large, small, ..] => self.say_with("duration.join", &[("large", large), ("small", small)]),
        }
    }

    /// Joins what belongs together: `a, b and c`.
    pub fn list(&self, items: &[impl AsRef<str>]) -> String {
        let plain = || items.iter().map(AsRef::as_ref).collect::<Vec<_>>().join(", ");
        self.calendar.as_ref().map_or_else(plain, |calendar| calendar.list(items))
    }

    /// A share as a percentage with two decimals, cut and not rounded, so that 100 % is never said of less:
    /// `99.98%`. `millionths` counts parts in a million, at most a million.
    pub fn percent(&self, millionths: u64) -> String {
        let mut share = Decimal::from(millionths.min(1_000_000) / 100);
        share.multiply_pow10(-2);
        let number =
            self.calendar.as_ref().map_or_else(|| share.to_string(), |calendar| calendar.number(&share));
        self.say_with("number.percent", &[("number", &number)])
    }

    fn plural(&self, key: &str, count: i64) -> Option<&str> {
        let form = self.calendar.as_ref().map_or("other", |calendar| calendar.plural_form(count));
        let find = |form| self.table.get(&format!("{key}.{form}")).map(String::as_str);
        find(form).or_else(|| find("other"))
    }
}

/// Whether a letter is of a script that is written from right to left: Hebrew, Arabic, Syriac, Thaana, N'Ko and the rarer
/// ones, by the blocks that the standard keeps for them (UAX #9, 3.2).
fn is_written_from_the_right(c: char) -> bool {
    matches!(c, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefe}')
        || matches!(c, '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}')
}

/// `rtl` for a language written from right to left, else `ltr`.
pub fn direction(language: &Language) -> &'static str {
    let known = language.as_str().parse::<LanguageIdentifier>();
    let turned = known.is_ok_and(|known| LocaleDirectionality::new_extended().is_right_to_left(&known));
    if turned { "rtl" } else { "ltr" }
}

/// Replaces each `{name}` by its value in one pass, so that a value that looks like a placeholder stays.
fn fill(phrase: &str, values: &[(&str, &str)]) -> String {
    let mut filled = String::with_capacity(phrase.len() + 16);
    let mut rest = phrase;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let known = after.split_once('}').and_then(|(name, tail)| {
            values.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value, tail))
        });
        match known {
            Some((value, tail)) => {
                filled.push_str(value);
                rest = tail;
            }
            None => {
                filled.push('{');
                rest = after;
            }
        }
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests;

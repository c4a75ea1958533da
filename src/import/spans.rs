//! Reads from an announcement when work is to begin and to end.
//!
//! Promises: a time is one that the text states, never one made up. What a text leaves out of a day is taken near the start.

use chrono::{NaiveDate, TimeDelta, Timelike};

use super::clocks::{is_clock, plain};
use super::endings::says_over;
use super::lengths;
use super::planned;
use super::times::{self, Stated, Zone};
use super::words::{WORDS, has};
use crate::model::Moment;

/// How much of a message is read, in characters.
const READ_CHARS: usize = 700;

/// The longest work that a text can plan.
const WORK_MAX: TimeDelta = TimeDelta::days(31);

/// How much later than the date of a post the start is another.
const LATER_MIN: TimeDelta = TimeDelta::minutes(30);

/// How far ahead work is announced at most.
const AHEAD_MAX: TimeDelta = TimeDelta::days(92);

/// By how much two clocks of one author differ at most.
const CLOCKS_MAX: TimeDelta = TimeDelta::hours(14);

/// Two times with only a span's words between them.
#[derive(Clone, Copy, Debug)]
struct Span {
    from: Moment,
    to: Moment,
    /// The first time of day as written, in seconds since midnight; `None` if only the second has the word for hours.
    clock: Option<i64>,
    is_zoneless: bool,
}

/// When work is to end that starts at `starts`, if a text states it: by two times (`between 11:30 and 14:30 UTC`,
/// `14.07.2026 22:00 Uhr bis 15.07.2026 02:00 Uhr`), or by how long it takes.
pub(super) fn end_in(text: &str, starts: Moment, zone: &Zone) -> Option<Moment> {
    let text = read_part(text);
    let ends = span_end(&text, starts, zone).or_else(|| Some(starts + lengths::stated(&text)?))?;
    (starts < ends && ends - starts <= WORK_MAX).then_some(ends)
}

/// The times of day at which work begins and ends that takes place on the day that begins at `day`, if a text states both.
pub(super) fn times_on(text: &str, day: Moment, zone: &Zone) -> Option<(Moment, Moment)> {
    let is_that_day = |span: &Span| {
        zone.day(span.from) == zone.day(day) && span.from < span.to && span.to - span.from <= WORK_MAX
    };
    let span = spans(&read_part(text), day, zone).into_iter().find(is_that_day)?;
    Some((span.from, span.to))
}

/// When work begins that was announced at `announced`, if the announcement states a later beginning: the first of two times, or
/// the only time of a sentence that says what will be done then.
pub(super) fn start_after(text: &str, announced: Moment, zone: &Zone) -> Option<Moment> {
    let text = read_part(text);
    if !planned::announces(&text) {
        return None;
    }
    let is_later = |span: &Span| {
        (LATER_MIN..=AHEAD_MAX).contains(&(span.from - announced)) && !is_other_clock(span, announced)
    };
    match spans(&text, announced, zone).first() {
        Some(span) => Some(span.from).filter(|_| is_later(span)),
        None => {
            let lone = sentences(&text).find_map(|sentence| lone_time(sentence, announced, zone))?;
            Some(lone.from).filter(|_| is_later(&lone))
        }
    }
}

/// The beginning of a message, without the targets of its links.
fn read_part(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, (_, behind))) =
        rest.split_once("](").and_then(|(before, from)| Some((before, from.split_once(')')?)))
    {
        plain.extend([before, "] "]);
        rest = behind;
    }
    plain.push_str(rest);
    plain.chars().take(READ_CHARS).collect()
}

fn sentences(text: &str) -> impl Iterator<Item = &str> {
    text.lines().flat_map(|line| line.split(". ")).filter(|sentence| !sentence.trim().is_empty())
}

/// The only time of a sentence that says what will be done then, with its day or zone.
fn lone_time(sentence: &str, announced: Moment, zone: &Zone) -> Option<Span> {
    let words: Vec<&str> = sentence.split_whitespace().collect();
    let mut clocks = (0..words.len()).filter(|at| is_clock(&words, *at));
    let (at, None) = (clocks.next()?, clocks.next()) else { return None };
    let stated = times::stated(&around(&words, at, 0, words.len()), zone.day(announced));
    let stated = Stated { day: stated.day.or_else(|| named_day(&words, announced, zone)), ..stated };
    let is_sure = stated.day.is_some() || stated.offset.is_some();
    let is_deadline = words.iter().any(|word| has(&WORDS.spans.deadlines, &plain(word)));
    if !is_sure || is_deadline || !planned::announces(sentence) || says_over(sentence) {
        return None;
    }
    let from = stated.after(announced, zone)?;
    Some(Span { from, to: from, clock: stated.clock, is_zoneless: stated.offset.is_none() })
}

/// The day that a sentence names away from its time: `Am 17.06.2026 wird gegen 10 Uhr …`.
fn named_day(words: &[&str], announced: Moment, zone: &Zone) -> Option<NaiveDate> {
    let day = |pair: &[&str]| times::stated(&pair.join(" "), zone.day(announced)).day;
    // `may` is no month.
    words.windows(2).filter(|pair| !pair.contains(&"may")).find_map(day)
}

/// Whether two times are by another clock than the file's: the same time of day in another zone, or without a zone by whole
/// hours.
fn is_other_clock(span: &Span, starts: Moment) -> bool {
    let apart = (span.from - starts).abs();
    let is_same_time = span.clock == Some(i64::from(starts.num_seconds_from_midnight()));
    let is_whole_hours = apart.num_minutes() % 60 == 0;
    !apart.is_zero() && apart <= CLOCKS_MAX && (is_same_time || span.is_zoneless && is_whole_hours)
}

/// The second of two times with only a span's words between them. Where the author's clock was another than the file's, only the
/// length counts.
fn span_end(text: &str, starts: Moment, zone: &Zone) -> Option<Moment> {
    let span = spans(text, starts, zone).into_iter().next()?;
    Some(if is_other_clock(&span, starts) { starts + (span.to - span.from) } else { span.to })
}

/// The pairs of times with only a span's words between them.
fn spans(text: &str, starts: Moment, zone: &Zone) -> Vec<Span> {
    let words: Vec<&str> = text.split_whitespace().flat_map(with_dashes).collect();
    let clocks: Vec<usize> = (0..words.len()).filter(|at| is_clock(&words, *at)).collect();
    let pairs = clocks.iter().zip(clocks.iter().skip(1));
    pairs.filter_map(|(first, last)| span(&words, *first, *last, starts, zone)).collect()
}

fn span(words: &[&str], first: usize, last: usize, starts: Moment, zone: &Zone) -> Option<Span> {
    let today = zone.day(starts);
    let inner = words.get(first + 1..last)?;
    let is_span = inner.iter().any(|word| is_between(word))
        && inner.iter().all(|word| is_between(word) || times::is_time_word(word));
    let from = times::stated(&around(words, first, 0, last), today);
    let to = times::stated(&around(words, last, first + 1, words.len()), today);
    // The day behind both times is that of both.
    let behind = times::stated(&around(words, last, last, words.len()), today).day;
    let from = Stated { day: from.day.or(behind), ..from };
    let (from_at, to_at) = is_span.then(|| moments(from, to, starts, zone))??;
    // "between 2h and 4h of downtime": lengths, unless the first is the very start.
    let are_lengths = from_at != starts && is_hours(words.get(first)?) && is_hours(words.get(last)?);
    let is_zoneless = from.offset.is_none() && to.offset.is_none();
    (!are_lengths).then_some(Span { from: from_at, to: to_at, clock: from.clock, is_zoneless })
}

/// `2h`: two o'clock or two hours.
fn is_hours(word: &str) -> bool {
    let digits = word.trim_matches([',', '.', ';', '(', ')']).strip_suffix('h');
    digits.is_some_and(|digits| digits.chars().all(|c| c.is_ascii_digit()))
}

fn moments(from: Stated, to: Stated, starts: Moment, zone: &Zone) -> Option<(Moment, Moment)> {
    let offset = from.offset.or(to.offset);
    let from = Stated { day: from.day.or(Some(zone.day(starts))), offset, ..from };
    let to = Stated { day: to.day.or(from.day), offset: to.offset.or(offset), ..to };
    let (from_at, to_at) = (from.after(starts, zone)?, to.after(starts, zone)?);
    let to_at = if to_at <= from_at { to_at.checked_add_signed(TimeDelta::days(1))? } else { to_at };
    Some((from_at, to_at))
}

/// The word with the time words next to it, from `least` on and before `end`.
fn around(words: &[&str], at: usize, least: usize, end: usize) -> String {
    let belongs = |position: &usize| {
        words.get(*position).is_some_and(|word| times::is_time_word(word) && !is_between(word))
    };
    // "on 10 March between 18:00": the day stands before the span's first word.
    let leads = |position: &usize| {
        belongs(position) || words.get(*position).is_some_and(|word| has(&WORDS.spans.openers, &plain(word)))
    };
    let from = (least..at).rev().take_while(leads).take(8).last().unwrap_or(at);
    let mut to = (at + 1..end).take_while(belongs).take(8).last().map_or(at + 1, |last| last + 1);
    // What follows the next span's word is the next time's.
    if (at + 1..to).any(|position| is_clock(words, position)) {
        to = at + 1;
    }
    words.get(from..to).unwrap_or_default().join(" ")
}

/// `14:00-16:00` and `14:00–16:00` as three words.
fn with_dashes(word: &str) -> Vec<&str> {
    for dash in ["–", "—", "-"] {
        if let Some((from, to)) = word.split_once(dash)
            && times::clock_of(from, "h").is_some()
            && to.starts_with(|c: char| c.is_ascii_digit())
        {
            return vec![from, "-", to];
        }
    }
    vec![word]
}

fn is_between(word: &str) -> bool {
    let word = word.trim_matches([',', '.', '(', ')', '*']).to_lowercase();
    has(&WORDS.spans.between, &word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_are_read_from_spans_and_lengths() {
        let starts: Moment = "2026-03-10T18:00:00Z".parse().unwrap();
        let end = |text: &str| {
            end_in(text, starts, &Zone::utc())
                .map_or("open".to_owned(), |at| at.format("%d %H:%M").to_string())
        };
        assert_eq!(end("We will upgrade it on 10 March between 18:00 and 20:00 UTC."), "10 20:00");
        assert_eq!(end("from 06:00pm UTC until Wednesday 11 March 2026 02:00pm UTC"), "11 14:00");
        assert_eq!(
            end("Im Zeitraum 10.03.2026 18:00 Uhr bis 11.03.2026 02:00 Uhr wird gewartet."),
            "11 02:00"
        );
        assert_eq!(end("zwischen 18:00 und 19:30 Uhr"), "10 19:30");
        assert_eq!(end("von 18 bis 20 Uhr"), "10 20:00");
        assert_eq!(end("am 10. März 18:00–23:00 Uhr"), "10 23:00");
        assert_eq!(end("entre les 18h00 et 19h30"), "10 19:30");
        assert_eq!(end("between 19:00 and 21:00"), "10 20:00", "another clock: two hours");
        assert_eq!(end("between 23:00 UTC and 01:00 UTC"), "11 01:00");
        assert_eq!(end("Expected duration: 1.5 hours."), "10 19:30");
        assert_eq!(end("During the 2-hour maintenance window"), "10 20:00");
        assert_eq!(end("We expect between 2h to 4h of downtime starting at 06:00 PM UTC."), "10 22:00");
        assert_eq!(end("Dauer: ca. zwei Stunden"), "10 20:00");
        assert_eq!(end("between 24 June and 8 July"), "open");
        assert_eq!(end("restarts of 2 to 5 minutes"), "open");
        assert_eq!(end("starting at 18:00 UTC (20h Paris time)"), "open");
    }

    #[test]
    fn a_later_start_is_read_from_an_announcement() {
        let announced: Moment = "2026-03-10T09:40:00Z".parse().unwrap();
        let start = |text: &str| {
            start_after(text, announced, &Zone::utc())
                .map_or("-".to_owned(), |at| at.format("%d %H:%M").to_string())
        };
        for (text, from) in [
            (
                "It will be rebooted between [20:00 and 22:00 UTC on Sun 15th Mar 2026](https://e.org/a?b=1).",
                "15 20:00",
            ),
            ("It will be rebooted tonight between 21:00 and 22:00 UTC.", "10 21:00"),
            ("On Sunday 15 March between 18:00 and 20:00 CET the shop will be down.", "15 17:00"),
            (
                "The provider will be carrying out work between 23:00 and 06:00 UTC on Wed 11th Mar 2026",
                "11 23:00",
            ),
            ("Am 15.03.2026 von 18:00 bis 20:00 Uhr werden wir die Datenbank umziehen.", "15 18:00"),
            ("At 08:00 UTC on Thu 12th Mar 2026 we will be moving our mail.", "12 08:00"),
            ("The router will be rebooted at 15:10 BST today.", "10 14:10"),
            ("It will be rebooted between 09:40 and 10:40 EST.", "-"),
            ("It will be rebooted between 10:40 and 11:40.", "-"),
            ("It will be rebooted between 20:00 and 22:00 UTC on 8 March.", "-"),
            ("Thursday 12 March 2026, starting at 15:30 UTC, we'll upgrade it.", "12 15:30"),
            ("On 12 March the shop will be moved, which begins at 15:30 UTC.", "12 15:30"),
            ("Am 11.03.2026 wird gegen 10 Uhr der Dienst umgezogen.", "11 10:00"),
            ("The upgrade will begin at 15:30 UTC and may take 5 minutes.", "10 15:30"),
            (
                "Both servers will be upgraded over the weekend.\n* One will be upgraded at 23:00 on Sat 14 Mar 2026",
                "14 23:00",
            ),
            ("We will upgrade it at 10:00 UTC.", "-"),
            ("We will upgrade it until 15 March 18:00 UTC.", "-"),
            ("The upgrade will be finished on 15 March at 18:00 UTC.", "-"),
            ("The next update will be posted on 15 March at 18:00 UTC.", "-"),
            ("The shop was slow between 20:00 and 22:00 UTC on 15 March.", "-"),
        ] {
            assert_eq!(start(text), from, "{text}");
        }
    }
}

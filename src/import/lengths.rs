//! Reads how long work is to take: `2h`, `30 min`, `1.5 hours`, `up to 8 hours`, `zwei Stunden`.
//!
//! Promises: of several lengths, the one in a sentence about downtime, a window or an estimate, next to that word; else the
//! longest. Of a range, its end. Never a time of day, and nothing shorter than half an hour or longer than three days.

use chrono::TimeDelta;

use super::words::{WORDS, has};

/// How much of a text is read, in characters.
const READ_CHARS: usize = 700;
const MINUTES_MIN: i64 = 30;
const MINUTES_MAX: i64 = 3 * 24 * 60;

/// A length, or the end of a range of lengths.
#[derive(Clone, Copy, Debug)]
struct Length {
    minutes: i64,
    /// The positions of its first word and of the word after it.
    at: usize,
    end: usize,
}

/// A word of a text in lower case.
struct Word {
    text: String,
    sentence: usize,
}

/// The length that a text states for the work it announces.
pub(super) fn stated(text: &str) -> Option<TimeDelta> {
    let text: String = text.chars().take(READ_CHARS).collect();
    let words = words(&text);
    let mut lengths: Vec<Length> = Vec::new();
    for length in (0..words.len()).filter_map(|at| length(&words, at)) {
        match lengths.last_mut() {
            Some(last) if is_range(&words, last.end, length.at) => {
                *last = Length { minutes: last.minutes.max(length.minutes), end: length.end, ..*last };
            }
            _ => lengths.push(length),
        }
    }
    lengths.retain(|length| (MINUTES_MIN..=MINUTES_MAX).contains(&length.minutes));
    let nearest = lengths
        .iter()
        .filter_map(|length| Some((distance(&words, length)?, length)))
        .min_by_key(|(distance, _)| *distance);
    let length =
        nearest.map(|(_, length)| length).or_else(|| lengths.iter().max_by_key(|length| length.minutes))?;
    Some(TimeDelta::minutes(length.minutes))
}

fn words(text: &str) -> Vec<Word> {
    let separators = |c: char| c.is_whitespace() || matches!(c, '(' | ')' | '~' | '-' | '–' | '*');
    let mut sentence = 0;
    let mut has_ended = false;
    let mut words = Vec::new();
    for line in text.lines() {
        for word in line.split(separators).filter(|word| !word.is_empty()) {
            sentence += usize::from(has_ended && word.starts_with(char::is_uppercase));
            has_ended = word.ends_with(['.', '!', '?', ';']);
            words.push(Word { text: word.to_lowercase(), sentence });
        }
        sentence += 1;
    }
    words
}

/// The length that begins at a word.
fn length(words: &[Word], at: usize) -> Option<Length> {
    let word = |at: usize| words.get(at).map_or("", |word| word.text.trim_end_matches(['.', ':', ';', ',']));
    let first = word(at);
    let digits: String = first.chars().take_while(|c| c.is_ascii_digit() || matches!(c, '.' | ',')).collect();
    let tenths = WORDS.spans.numbers.get(first).map(|number| number * 10).or_else(|| tenths(&digits))?;
    let ending = if digits.is_empty() { "" } else { first.get(digits.len()..)? };
    let (unit, end) = if ending.is_empty() { (word(at + 1), at + 2) } else { (ending, at + 1) };
    let is_time_of_day = [word(end), word(end + 1)]
        .iter()
        .any(|word| word.starts_with("time") || WORDS.zones.contains_key(*word));
    let minutes = minutes_of(unit).filter(|_| !is_time_of_day)?;
    Some(Length { minutes: tenths.saturating_mul(minutes) / 10, at, end })
}

/// Whether nothing but words of a range stands between two lengths: `2h to 4h`.
fn is_range(words: &[Word], from: usize, to: usize) -> bool {
    let between = words.get(from..to).unwrap_or_default();
    let is_one_sentence =
        words.get(from - 1).zip(words.get(to)).is_some_and(|(one, other)| one.sentence == other.sentence);
    is_one_sentence && between.iter().all(|word| has(&WORDS.spans.between, &word.text))
}

/// How many words away the nearest word of its sentence is that speaks of a length.
fn distance(words: &[Word], length: &Length) -> Option<usize> {
    let own = words.get(length.at)?.sentence;
    let is_near = |word: &Word| {
        word.sentence == own
            && has(&WORDS.spans.lengths, word.text.trim_matches(|c: char| !c.is_alphanumeric()))
    };
    let near = words.iter().enumerate().filter(|(_, word)| is_near(word));
    near.map(|(at, _)| if at < length.at { length.at - at } else { at.saturating_sub(length.end) + 1 }).min()
}

/// `1.5` and `1,5` in tenths.
fn tenths(digits: &str) -> Option<i64> {
    let digits = digits.trim_end_matches(['.', ',']);
    let (whole, part) = digits.split_once(['.', ',']).unwrap_or((digits, "0"));
    let tenth: i64 = part.get(..1)?.parse().ok()?;
    whole.parse::<i64>().ok()?.checked_mul(10)?.checked_add(tenth)
}

fn minutes_of(unit: &str) -> Option<i64> {
    let spans = &WORDS.spans;
    [(&spans.minutes, 1), (&spans.hours, 60), (&spans.days, 24 * 60)]
        .into_iter()
        .find_map(|(words, minutes)| has(words, unit).then_some(minutes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_length_of_the_work_is_read_and_no_other() {
        for (text, minutes) in [
            ("Expected duration: 1.5 hours.", Some(90)),
            ("Builds are kept for 3 days. Expect a downtime of 2 hours.", Some(120)),
            ("Expect a complete downtime of 1 to 6 hours.", Some(360)),
            ("We expect between 2h and 4h of downtime.", Some(240)),
            ("Expect a downtime of search from 2 hours up to 8 hours.", Some(480)),
            (
                "The downtime is estimated between 30 minutes and 2 hours. Tokens expire in 3 hours.",
                Some(120),
            ),
            ("Estimated downtime: 45 minutes, within a window of 2-4 hours.", Some(45)),
            ("The tests of the last 2 days showed no fault. The window is 3 hours.", Some(180)),
            ("Daten der letzten 2 Tage bleiben. Dauer: ca. zwei Stunden", Some(120)),
            ("Les données de 3 jours restent. Durée : 90 minutes", Some(90)),
            ("Duración estimada: 2 horas; los datos de 3 días se conservan.", Some(120)),
            ("A duração será de 1,5 horas", Some(90)),
            ("Il lavoro richiede due ore", Some(120)),
            ("Het onderhoud duurt een uur", Some(60)),
            ("Jobs of 2 hours or 5 hours are stopped", Some(300)),
            ("restarts of 2 to 5 minutes", None),
            ("The old site stays for 30 days", None),
            ("from 18h UTC", None),
            ("no length at all", None),
        ] {
            assert_eq!(stated(text).map(|length| length.num_minutes()), minutes, "{text}");
        }
    }
}

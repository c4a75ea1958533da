//! Entries whose label is no word of `words.toml`, known by the dress they share with those that are: after `*Investigating* - …`
//! a paragraph `*Mitigating* - …` is an entry, too.
//!
//! Never takes what states a fact within an entry (`**Workaround** - …`), nor a label in another dress.

use chrono::NaiveDate;

use super::markdown::Fences;
use super::marks::{self, Mark, Role};
use super::times::Stated;
use super::words::{WORDS, has};

/// How many words a label may have.
const LABEL_WORDS_MAX: usize = 4;

/// The emphasis of the marks of a body that a dash sets off. `today` completes dates that leave out their year.
pub(super) fn of_marks(body: &str, today: NaiveDate) -> Vec<&'static str> {
    let mut fences = Fences::default();
    let lines = body.lines().filter(|line| !fences.covers(line));
    let dressed = lines.filter_map(|line| Some((label(line)?, marks::mark(line, today)?)));
    dressed.map(|((run, ..), _)| run).collect()
}

/// The mark that a paragraph begins with in one of these dresses.
pub(super) fn mark(line: &str, dresses: &[&'static str]) -> Option<Mark> {
    let (run, label, rest) = label(line)?;
    let states_fact = |word: &str| {
        let plain = word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
        has(&WORDS.marks.facts, &plain) || plain.contains(|c: char| c.is_ascii_digit())
    };
    let is_label = dresses.contains(&run) && !label.split_whitespace().any(states_fact);
    let rest = rest.trim().to_owned();
    is_label.then(|| Mark { role: Role::News, number: None, stated: Stated::default(), is_time: false, rest })
}

/// The emphasis, the label and the text of `*Label* - text` and `*Label -* text`.
fn label(line: &str) -> Option<(&'static str, &str, &str)> {
    const DASHES: [char; 3] = ['-', '–', '—'];
    let text = line.trim();
    let run = ["***", "**", "__", "*", "_"].into_iter().find(|run| text.starts_with(run))?;
    let (inner, behind) = text.strip_prefix(run)?.split_once(run)?;
    // A number behind a label counts it: `Resolution (1)`.
    let counted = inner.rsplit_once(" (").filter(|(_, number)| is_number(number));
    let inner = counted.map_or(inner, |(label, _)| label);
    let plain = inner.trim_end().trim_end_matches(DASHES);
    let is_inside = plain.len() < inner.trim_end().len();
    let rest = behind.trim_start().strip_prefix(DASHES);
    let rest = rest.or_else(|| is_inside.then_some(behind))?;
    let words = plain.split_whitespace().count();
    let is_label = (1..=LABEL_WORDS_MAX).contains(&words) && plain.starts_with(char::is_alphabetic);
    (is_label && rest.starts_with(char::is_whitespace)).then_some((run, plain.trim_end(), rest))
}

fn is_number(text: &str) -> bool {
    text.strip_suffix(')')
        .is_some_and(|digits| (1..3).contains(&digits.len()) && digits.parse::<u8>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str, line: &str) -> Option<String> {
        let today = NaiveDate::from_ymd_opt(2026, 3, 2).unwrap();
        Some(mark(line, &of_marks(body, today))?.rest)
    }

    #[test]
    fn a_label_in_the_dress_of_a_mark_is_one() {
        let body = "*Investigating* - We look.\n\n```\n**Update** - code\n```";
        for (line, rest) in [
            ("*Mitigating* - A fix is on its way.", Some("A fix is on its way.")),
            ("*Still at it –* The disk is slow.", Some("The disk is slow.")),
            ("**Mitigating** - another dress", None),
            ("*Mitigation (2)* - Routes are back.", Some("Routes are back.")),
            ("*Mitigation (tonight 22:00)* - Routes are back.", None),
            ("*Workaround* - Use the phone.", None),
            ("*one two three four five* - too long", None),
            ("*Note:* no dash", None),
            ("*slow*-moving queues", None),
        ] {
            assert_eq!(read(body, line).as_deref(), rest, "{line}");
        }
        assert_eq!(read("Nothing is marked.", "*Mitigating* - text"), None);
    }
}

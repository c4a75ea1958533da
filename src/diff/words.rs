//! Texts as readers take them in: words without their dress, and whether an edit brought news.
//!
//! Promises: emphasis, list marks, headings, link targets, line breaks, case and punctuation do not count.
//! The thresholds were set on the edits of two real histories of some seven hundred commits: appended
//! sentences are news, reworded and corrected ones are not.

use std::collections::HashMap;

use similar::{Algorithm, DiffOp, capture_diff_slices};

/// This many new words close together are a new sentence, however long the text around it.
const SENTENCE_WORDS: usize = 7;
/// This many new words close together are news when they are a good part of the text.
const PHRASE_WORDS: usize = 5;
/// How much of the text must be new for a phrase to be news.
const PHRASE_SHARE_PERCENT: usize = 10;
/// Old words that may stand between new ones of one sentence: "the" and "is" match by chance.
const GAP_WORDS: usize = 2;
/// How far apart in their place two words may stand and still be one word and its correction.
const CORRECTION_REACH: usize = 2;

/// The words of a markdown text, lower case, without anything that is not a letter or digit. Characters of
/// scripts that put no blanks between words count as words.
pub(super) fn words(markdown: &str) -> Vec<String> {
    let mut words = Vec::new();
    for line in markdown.lines() {
        // The mark tells a link's target from a bracket in prose.
        let line = without_list_mark(line).replace("](", "] \u{1}");
        for piece in line.split_whitespace() {
            let shown = match piece.strip_prefix('\u{1}') {
                Some(target) => target.split_once(')').map_or("", |(_, after)| after),
                None if piece.contains("://") => "",
                None => piece,
            };
            shown.split(['/', '|', '–', '—']).for_each(|part| push_plain(part, &mut words));
        }
    }
    words
}

/// The share of the shorter text that stands in the other in the same order, in percent. No words share nothing.
pub(super) fn shared_percent(a: &[String], b: &[String]) -> usize {
    let ops = capture_diff_slices(Algorithm::Myers, a, b);
    let shared: usize = ops.iter().map(|op| if let DiffOp::Equal { len, .. } = op { *len } else { 0 }).sum();
    (shared * 100).checked_div(a.len().min(b.len())).unwrap_or(0)
}

/// Whether a reader of `old` learns something from `new`.
pub(super) fn brings_news(old: &[String], new: &[String]) -> bool {
    if old.is_empty() {
        return !new.is_empty();
    }
    let fresh = fresh_words(old, new);
    let total = fresh.iter().filter(|fresh| **fresh).count();
    let longest = longest_run(&fresh);
    longest >= SENTENCE_WORDS || (longest >= PHRASE_WORDS && total * 100 >= new.len() * PHRASE_SHARE_PERCENT)
}

/// For each new word whether it is really new: not kept, not moved from elsewhere, not a correction.
fn fresh_words(old: &[String], new: &[String]) -> Vec<bool> {
    let ops = capture_diff_slices(Algorithm::Myers, old, new);
    let mut gone: HashMap<&str, usize> = HashMap::new();
    for word in ops.iter().flat_map(|op| old.get(op.old_range()).filter(|_| !is_equal(op))).flatten() {
        *gone.entry(word).or_default() += 1;
    }
    let mut fresh = vec![false; new.len()];
    for op in ops.iter().filter(|op| !is_equal(op)) {
        let replaced = old.get(op.old_range()).unwrap_or_default();
        for (place, index) in op.new_range().enumerate() {
            let (Some(word), Some(fresh)) = (new.get(index), fresh.get_mut(index)) else { continue };
            match gone.get_mut(word.as_str()) {
                Some(left) if *left > 0 => *left -= 1,
                _ => *fresh = !corrects(word, place, op.new_range().len(), replaced),
            }
        }
    }
    fresh
}

fn is_equal(op: &DiffOp) -> bool {
    matches!(op, DiffOp::Equal { .. })
}

/// Whether `word` is a correction of a replaced word at about the same place.
fn corrects(word: &str, place: usize, of_places: usize, replaced: &[String]) -> bool {
    let middle = place * replaced.len() / of_places.max(1);
    let reach = middle.saturating_sub(CORRECTION_REACH)..(middle + CORRECTION_REACH + 1).min(replaced.len());
    let slips_max = (word.chars().count() / 3).max(1);
    let near = replaced.get(reach).unwrap_or_default();
    near.iter().any(|old| strsim::damerau_levenshtein(old, word) <= slips_max)
}

/// The most new words in one stretch, counting on over short gaps.
fn longest_run(fresh: &[bool]) -> usize {
    let (mut longest, mut run, mut gap) = (0, 0, 0);
    for &fresh in fresh {
        gap = if fresh { 0 } else { gap + 1 };
        run = match (fresh, gap > GAP_WORDS) {
            (true, _) => run + 1,
            (false, true) => 0,
            (false, false) => run,
        };
        longest = longest.max(run);
    }
    longest
}

/// Drops quote marks, heading marks and a bullet or number from the start of a line.
fn without_list_mark(line: &str) -> &str {
    let line = line.trim_start_matches([' ', '\t', '>', '#']);
    let after_number = line.trim_start_matches(|c: char| c.is_ascii_digit());
    let number = line.len() - after_number.len();
    match after_number.strip_prefix(['.', ')']).and_then(|rest| rest.strip_prefix(' ')) {
        Some(rest) if (1..=3).contains(&number) => rest,
        _ => line,
    }
}

fn push_plain(part: &str, words: &mut Vec<String>) {
    let mut word = String::new();
    for c in part.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase) {
        if stands_alone(c) {
            words.extend((!word.is_empty()).then(|| std::mem::take(&mut word)));
            words.push(c.to_string());
        } else {
            word.push(c);
        }
    }
    words.extend((!word.is_empty()).then_some(word));
}

/// Kana, Han and the scripts of Thai, Lao, Burmese and Khmer, written without blanks.
fn stands_alone(c: char) -> bool {
    matches!(c, '\u{0e00}'..='\u{0eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}'
        | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{20000}'..='\u{323af}')
}

#[cfg(test)]
mod tests {
    use super::{brings_news, shared_percent, words};

    fn news(old: &str, new: &str) -> bool {
        brings_news(&words(old), &words(new))
    }

    #[test]
    fn dress_is_not_words() {
        let plain = words("the fix is in see the log and wait");
        for dressed in [
            "The **fix** is in; see [the log](https://example.org/a/very/long/path), and wait.",
            "# The fix\n\n* is in\n* _see_ the log\n\n> and\n> wait …",
            "1. THE FIX is in\n2. see the `log` https://example.org — and wait!",
        ] {
            assert_eq!(words(dressed), plain, "{dressed}");
        }
    }

    #[test]
    fn added_sentences_are_news() {
        let old = "Card payments in Europe fail. We are looking into it with our processor.";
        assert!(news(old, &format!("{old} Payments by bank transfer keep working.")));
        assert!(news(old, "It is fixed: the processor has replaced a broken router in Frankfurt."));
        assert!(news("", "Fixed."));
        let long =
            "Nothing else is known about the cause of the trouble at this hour of the day. ".repeat(20);
        assert!(news(
            &long,
            &format!("{long} Customers in Asia can pay again since nine and the rest follow tonight.")
        ));
    }

    #[test]
    fn corrections_are_not_news() {
        let old = "Card paymnets in Europe fial. We are lookign into it with our procesor since 9.";
        for new in [
            "Card payments in Europe fail. We are looking into it with our processor since 9.",
            "Since 9: card payments in Europe fail. We are looking into it with our processor.",
            "Card payments in Europe fail. We are looking into it since 10.",
            "We are looking into it with our processor since 9. Card payments in Europe fail.",
        ] {
            assert!(!news(old, new), "{new}");
        }
    }

    #[test]
    fn the_shorter_text_is_the_measure() {
        let (short, long) = (words("we look into it"), words("we look into it and know more now"));
        assert_eq!(shared_percent(&short, &long), 100);
        assert_eq!(shared_percent(&long, &short), 100);
        assert_eq!(shared_percent(&[], &short), 0);
    }
}

//! The similarity of two texts, to match announced updates and incidents with those of the files.
//!
//! Promises: emphasis, list marks, headings, link targets, line breaks, case and punctuation do not count. Never decides
//! whether a difference is announced.

use similar::{Algorithm, DiffOp, capture_diff_slices};

/// A markdown text as words, lower case, without anything that is not a letter or digit. Characters of
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

/// The share of the shorter text that is in the other in the same order, in percent. An empty text shares nothing.
pub(super) fn shared_percent(a: &[String], b: &[String]) -> usize {
    let ops = capture_diff_slices(Algorithm::Myers, a, b);
    let shared: usize = ops.iter().map(|op| if let DiffOp::Equal { len, .. } = op { *len } else { 0 }).sum();
    (shared * 100).checked_div(a.len().min(b.len())).unwrap_or(0)
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
    use super::{shared_percent, words};

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
    fn the_shorter_text_is_the_measure() {
        let (short, long) = (words("we look into it"), words("we look into it and know more now"));
        assert_eq!(shared_percent(&short, &long), 100);
        assert_eq!(shared_percent(&long, &short), 100);
        assert_eq!(shared_percent(&[], &short), 0);
    }
}

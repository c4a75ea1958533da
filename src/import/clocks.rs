//! Finds the words of a text that are times of day.
//!
//! Promises: looks at a word and its neighbors only. Never says what time it is: that is `times`.

use super::times;
use super::words::{WORDS, has};

/// Whether the word at this place is a time of day, or an hour that the next time gives its word.
pub(super) fn is_clock(words: &[&str], at: usize) -> bool {
    let word_at = |at: usize| plain(words.get(at).copied().unwrap_or_default());
    let (word, next) = (word_at(at), word_at(at + 1));
    let is_dated = word.len() > 10 && word.contains('t') && word.starts_with("20");
    // "18 bis 20 Uhr": the first hour has the second one's word.
    let shared =
        has(&WORDS.spans.between, &next) || words.get(at + 1).is_some_and(|next| matches!(*next, "-" | "–"));
    let hour_follows = shared && times::clock_of(&word_at(at + 2), &word_at(at + 3)).is_some();
    is_dated
        || times::clock_of(&word, &next).is_some()
        || hour_follows && times::clock_of(&word, "h").is_some()
}

/// A word in lower case, without what surrounds it.
pub(super) fn plain(word: &str) -> String {
    word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase()
}

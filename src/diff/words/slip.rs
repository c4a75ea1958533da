//! Decides whether a changed word is only a corrected typo.
//!
//! Promises: two words of a list are never a typo of each other; a negating prefix is never one, nor is an ending that may
//! change tense or number. In doubt, a change is not a typo.

use super::language::Rules;

/// The shortest word that a letter may be missing from and still be known.
const LETTERS_MIN: usize = 5;
/// Words from this length on may have two slips.
const TWO_SLIPS_MIN: usize = 10;

/// Whether `a` and `b` are one word: spelt wrong in one of them, or with another ending of the same meaning.
pub(super) fn are_one_word(a: &str, b: &str, rules: &Rules) -> bool {
    if a == b {
        return true;
    }
    let is_word = |word: &str| word.chars().all(|letter| letter.is_alphabetic());
    if !is_word(a) || !is_word(b) || negates(a, b, rules) || negates(b, a, rules) {
        return false;
    }
    let (a_letters, b_letters): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if rules.are_two_words(a, b) {
        return false;
    }
    if are_swapped(a, b) {
        return a_letters.len() >= 3;
    }
    endings_agree(a, b, rules) || doubles_a_letter(a, b) || misses_letters(&a_letters, &b_letters)
}

/// Whether a word is no word but one of that class of signals with two neighboring letters exchanged or a letter written twice: a
/// word of weight is put right only if nothing else is possible.
pub(super) fn is_slip_of_signal(word: &str, class: &str, rules: &Rules) -> bool {
    let is_slip = |signal| doubles_a_letter(word, signal) || signal.len() >= 3 && are_swapped(word, signal);
    !rules.is_known(word) && rules.signal_words(class).any(is_slip)
}

/// Whether `a` is `b` with a prefix of negation, even if misspelt.
fn negates(a: &str, b: &str, rules: &Rules) -> bool {
    let mut roots = rules.prefixes().iter().filter_map(|prefix| a.strip_prefix(prefix.as_str()));
    roots.any(|root| root.chars().count() >= 2 && strsim::osa_distance(root, b) <= 1)
}

/// Whether two neighboring letters changed places: "nciht".
fn are_swapped(a: &str, b: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.len() != b.len() {
        return false;
    }
    let differ: Vec<usize> = (0..a.len()).filter(|place| a.get(*place) != b.get(*place)).collect();
    matches!(differ[..], [one, two] if two == one + 1 && a.get(one) == b.get(two) && a.get(two) == b.get(one))
}

/// Whether both have a stem in common and endings that agree.
fn endings_agree(a: &str, b: &str, rules: &Rules) -> bool {
    let shared = a.chars().zip(b.chars()).take_while(|(a, b)| a == b).count();
    let ending = |word: &str, from: usize| word.chars().skip(from).collect::<String>();
    // The endings may have letters in common: "en" and "em".
    (shared.saturating_sub(3)..=shared)
        .any(|stem| stem >= 4 && rules.endings_agree(&ending(a, stem), &ending(b, stem)))
        || is_variant(a, b, rules)
}

/// Spelling of regions within a word: "cancelled", "centre", "colours".
fn is_variant(a: &str, b: &str, rules: &Rules) -> bool {
    let shared = a.chars().zip(b.chars()).take_while(|(a, b)| a == b).count();
    let ending = |word: &str, from: usize| word.chars().skip(from).collect::<String>();
    (shared.saturating_sub(2)..=shared)
        .any(|stem| stem >= 3 && rules.endings_agree(&ending(a, stem), &ending(b, stem)))
}

/// Whether the longer word is the shorter one with a letter more within, or with one vowel for another.
fn misses_letters(a: &[char], b: &[char]) -> bool {
    let least = a.len().min(b.len());
    if least < LETTERS_MIN || a.first() != b.first() {
        return false;
    }
    let (one, other): (String, String) = (a.iter().collect(), b.iter().collect());
    let distance = strsim::osa_distance(&one, &other);
    if distance > if least >= TWO_SLIPS_MIN { 2 } else { 1 } {
        return false;
    }
    if a.len() == b.len() {
        return only_vowels_or_swaps(a, b);
    }
    !differ_at_the_end(a, b)
}

fn only_vowels_or_swaps(a: &[char], b: &[char]) -> bool {
    let is_vowel = |letter: &char| matches!(letter, 'a' | 'e' | 'i' | 'o' | 'u' | 'y');
    let mut differ = a.iter().zip(b).enumerate().filter(|(_, (a, b))| a != b);
    let mut sorted = (a.to_vec(), b.to_vec());
    sorted.0.sort_unstable();
    sorted.1.sort_unstable();
    sorted.0 == sorted.1
        || (a.len() >= 8
            && differ.all(|(place, (a, b))| is_vowel(a) && is_vowel(b) && place + 3 < sorted.0.len()))
}

/// Whether a letter is written twice in one of them and once in the other.
fn doubles_a_letter(a: &str, b: &str) -> bool {
    let once = |word: &str| {
        let mut letters: Vec<char> = word.chars().collect();
        letters.dedup();
        letters
    };
    a.chars().count().min(b.chars().count()) >= LETTERS_MIN && once(a) == once(b)
}

/// Whether what differs is among the last three letters, where endings stand.
fn differ_at_the_end(a: &[char], b: &[char]) -> bool {
    let shared = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    shared + 3 > a.len().max(b.len())
}

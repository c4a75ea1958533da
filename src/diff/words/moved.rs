//! Whether two texts differ only by the position of one block.

use similar::{Algorithm, DiffOp, capture_diff_slices};

use super::language::Rules;
use super::token::{self, Kind, Sentence, Token};

/// Words that may lead a phrase of time to another place of its sentence.
const TIME_LEADERS: &[&str] = &[
    "#since", "#from", "#until", "#by", "#before", "#after", "at", "on", "um", "am", "im", "in", "a", "en",
    "as", "le", "il",
];

/// Whether both lists hold the same sentences, one block of them moved, and none of those that follow another one now begins
/// with a word that points back to it.
pub(super) fn are_sentences_moved(old: &[Sentence], new: &[Sentence], rules: &Rules) -> bool {
    let key = |sentence: &Sentence| token::words(std::slice::from_ref(sentence)).join(" ");
    let (old, new): (Vec<_>, Vec<_>) = (old.iter().map(key).collect(), new.iter().map(key).collect());
    let first = |sentence: &String| sentence.split(' ').next().unwrap_or_default().to_owned();
    is_one_block(&old, &new) && !new.iter().chain(&old).any(|sentence| rules.points_back(&first(sentence)))
}

/// Whether a sentence has its clauses in another order, or a phrase of time at another place.
pub(super) fn is_sentence_moved(old: &Sentence, new: &Sentence) -> bool {
    are_clauses_moved(old, new) || is_time_moved(old, new)
}

/// Whether `new` is `old` with one block at another place.
fn is_one_block<T: Ord + Clone>(old: &[T], new: &[T]) -> bool {
    let (mut a, mut b) = (old.to_vec(), new.to_vec());
    a.sort();
    b.sort();
    if a != b {
        return false;
    }
    // What lies between the shared beginning and the shared end are two blocks that changed places.
    let start = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let end = old.iter().rev().zip(new.iter().rev()).take_while(|(a, b)| a == b).count();
    let middle =
        |all: &[T]| all.get(start..all.len().saturating_sub(end)).map(<[T]>::to_vec).unwrap_or_default();
    let (old, mut new) = (middle(old), middle(new));
    (0..=new.len()).any(|_| {
        let step = usize::from(!new.is_empty());
        new.rotate_left(step);
        old == new
    })
}

/// The clauses of a sentence: what stands between commas and "and".
fn clauses(sentence: &Sentence) -> Vec<Vec<&str>> {
    let parts = sentence.split(|token| matches!(token.kind, Kind::Pause | Kind::And));
    parts
        .filter(|part| !part.is_empty())
        .map(|part| part.iter().map(|token| token.text.as_str()).collect())
        .collect()
}

fn are_clauses_moved(old: &Sentence, new: &Sentence) -> bool {
    let (a, b) = (clauses(old), clauses(new));
    // "not A and B" is another thing than "B and not A".
    let scopes = |token: &Token| {
        let class = token.text.split(':').next().unwrap_or_default();
        token.kind == Kind::Signal
            && matches!(
                class,
                "#not" | "#none" | "#only" | "#all" | "#some" | "#most" | "#except" | "#also" | "#or" | "#if"
            )
    };
    a.len() > 1 && is_one_block(&a, &b) && !old.iter().any(scopes)
}

/// Whether the sentences differ by the place of a phrase of time alone; the word after it may change places with the subject,
/// as in German.
fn is_time_moved(old: &Sentence, new: &Sentence) -> bool {
    let words = |sentence: &Sentence| -> Vec<Token> {
        sentence.iter().filter(|token| token.kind != Kind::Pause).cloned().collect()
    };
    let (old, new) = (words(old), words(new));
    phrases_of_time(&old).into_iter().any(|(from, to)| {
        let phrase: Vec<&str> =
            old.get(from..to).unwrap_or_default().iter().map(|token| token.text.as_str()).collect();
        let texts: Vec<&str> = new.iter().map(|token| token.text.as_str()).collect();
        let Some(place) = texts.windows(phrase.len()).position(|window| window == phrase) else {
            return false;
        };
        let without = |tokens: &[Token], from: usize, to: usize| -> Vec<String> {
            let kept = tokens.iter().enumerate().filter(|(place, _)| *place < from || *place >= to);
            kept.map(|(_, token)| token.text.clone()).collect()
        };
        let (old, new) = (without(&old, from, to), without(&new, place, place + phrase.len()));
        old == new || (from == 0 || place == 0) && is_verb_moved(&old, &new)
    })
}

/// Where phrases such as "since 09:00 UTC" begin and end.
fn phrases_of_time(tokens: &[Token]) -> Vec<(usize, usize)> {
    let is_time = |token: &Token| {
        token.kind == Kind::Fact
            && ["time:", "date:", "weekday:", "month:", "zone:"]
                .iter()
                .any(|kind| token.text.starts_with(kind))
            || token.text.ends_with(" s")
            || token.text.chars().all(|letter| letter.is_ascii_digit())
            || matches!(token.text.as_str(), "#today" | "#yesterday" | "#tomorrow" | "#morning" | "#evening")
    };
    let mut phrases = Vec::new();
    for (place, token) in tokens.iter().enumerate() {
        let length = tokens.iter().skip(place + 1).take_while(|token| is_time(token)).count();
        if TIME_LEADERS.contains(&token.text.as_str()) && length > 0 {
            phrases.push((place, place + 1 + length));
        }
    }
    phrases
}

/// Whether one word, the verb, is at another place.
fn is_verb_moved(old: &[String], new: &[String]) -> bool {
    let ops = capture_diff_slices(Algorithm::Myers, old, new);
    let (mut gone, mut come) = (Vec::new(), Vec::new());
    for op in ops.iter().filter(|op| !matches!(op, DiffOp::Equal { .. })) {
        gone.extend(old.get(op.old_range()).unwrap_or_default());
        come.extend(new.get(op.new_range()).unwrap_or_default());
    }
    gone == come
        && gone.len() == 1
        && gone.iter().all(|word| {
            !word.starts_with('#') || matches!(word.as_str(), "#is" | "#was" | "#can" | "#will" | "#have")
        })
}

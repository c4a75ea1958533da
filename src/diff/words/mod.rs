//! Whether an edit of an announced text is worth announcing.
//!
//! Promises: pure; silent only if it is proven that the edit changes no meaning: spelling, punctuation, markdown, quotes, case,
//! another notation of the same facts, one block moved, thanks and greetings that hold no fact. What changes a number, a date, a
//! link, a negation or another word that carries meaning, and what adds or takes away a sentence, is announced. Everything else is a
//! question to the operator. Never finds an edit harmless because it is small.

mod acronym;
mod courtesy;
mod fold;
mod language;
mod lexer;
mod moved;
mod notation;
mod plain;
mod quantity;
mod reading;
mod slip;
mod token;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use similar::{Algorithm, DiffOp, capture_diff_slices};

use crate::model::edit::{Edit, Verdict};
use crate::model::localized::Language;
use language::Rules;
use token::{Kind, Sentence, Token, words};

/// Sentences that share this part of their words are one, reworded.
const SAME_SENTENCE_PERCENT: usize = 50;
/// A word of weight that differs in sentences this alike was changed on purpose.
const CLOSE_PERCENT: usize = 60;

/// Compares two versions of a text in `language`; `None` if they are the same letter by letter.
pub(super) fn compare(old: &str, new: &str, language: &Language) -> Option<Edit> {
    if old == new {
        return None;
    }
    let rules = Rules::of(language);
    let (before, after) = (reading::read(old, rules), reading::read(new, rules));
    let (verdict, why) = verdict(before, after, rules);
    let (before, after) = shown(old, new);
    Some(Edit { verdict, why, before, after })
}

fn verdict(mut old: Vec<Sentence>, mut new: Vec<Sentence>, rules: &Rules) -> (Verdict, &'static str) {
    if words(&old) == words(&new) {
        return match is_comma_moved(&old, &new) {
            true => (Verdict::Ask, "a comma moved from one side of a negation to the other"),
            false => (Verdict::Silent, "spelling, punctuation or layout"),
        };
    }
    let polite = |sentence: &Sentence| courtesy::is_courtesy(sentence, rules);
    old.retain(|sentence| !polite(sentence));
    new.retain(|sentence| !polite(sentence));
    if words(&old) == words(&new) {
        return (Verdict::Silent, "thanks or an apology");
    }
    if !same_facts(&old, &new) {
        return (Verdict::Tell, "a number, time, link or another fact");
    }
    let (left, right) = unmatched(&old, &new);
    match (left.is_empty(), right.is_empty()) {
        (true, true) if moved::are_sentences_moved(&old, &new, rules) => (Verdict::Silent, "another order"),
        (true, true) => (Verdict::Ask, "another order"),
        _ if words(&left) == words(&right) => (Verdict::Silent, "spelling, punctuation or layout"),
        (true, false) => (Verdict::Tell, "a sentence added"),
        (false, true) => (Verdict::Tell, "a sentence taken away"),
        (false, false) => reworded(&left, &right, rules),
    }
}

/// Whether a comma moved from one side of a negation to the other: "we advise, not to pay" and "we advise not, to pay".
fn is_comma_moved(old: &[Sentence], new: &[Sentence]) -> bool {
    let sides = |text: &[Sentence]| -> Vec<(bool, bool)> {
        let tokens = text.concat();
        let pauses = |place: Option<usize>| {
            place.and_then(|place| tokens.get(place)).is_some_and(|token| token.kind == Kind::Pause)
        };
        let denied = tokens.iter().enumerate().filter(|(_, token)| token.text == "#not");
        denied.map(|(place, _)| (pauses(place.checked_sub(1)), pauses(Some(place + 1)))).collect()
    };
    sides(old).iter().zip(sides(new)).any(|(a, b)| a.0 != a.1 && *a == (b.1, b.0))
}

/// The sentences without a counterpart on the other side.
fn unmatched(old: &[Sentence], new: &[Sentence]) -> (Vec<Sentence>, Vec<Sentence>) {
    let key = |sentence: &Sentence| words(std::slice::from_ref(sentence)).join(" ");
    let rest = |these: &[Sentence], others: &[Sentence]| {
        let mut known: BTreeMap<String, usize> = BTreeMap::new();
        others.iter().for_each(|sentence| *known.entry(key(sentence)).or_default() += 1);
        let mut left = Vec::new();
        for sentence in these {
            match known.get_mut(&key(sentence)) {
                Some(count) if *count > 0 => *count -= 1,
                _ => left.push(sentence.clone()),
            }
        }
        left
    };
    (rest(old, new), rest(new, old))
}

/// Compares sentences that changed: each with the likest one of the other side.
fn reworded(old: &[Sentence], new: &[Sentence], rules: &Rules) -> (Verdict, &'static str) {
    let mut likeness = Vec::new();
    for (left, a) in old.iter().enumerate() {
        likeness.extend(new.iter().enumerate().map(|(right, b)| (likeness_of(a, b), left, right)));
    }
    likeness.sort_by(|a, b| b.cmp(a));
    let (mut lefts, mut rights) = (vec![false; old.len()], vec![false; new.len()]);
    let mut worst = (Verdict::Silent, "spelling, punctuation or layout");
    for (share, left, right) in likeness {
        let (Some(false), Some(false)) = (lefts.get(left), rights.get(right)) else { continue };
        if share < SAME_SENTENCE_PERCENT {
            break;
        }
        if let (Some(l), Some(r), Some(a), Some(b)) =
            (lefts.get_mut(left), rights.get_mut(right), old.get(left), new.get(right))
        {
            (*l, *r) = (true, true);
            let found = sentence(a, b, share, rules);
            worst = if found.0 > worst.0 { found } else { worst };
        }
    }
    let alone = |used: &[bool]| used.iter().filter(|used| !**used).count();
    match (alone(&lefts), alone(&rights)) {
        (0, 0) => worst,
        // Two sentences made one, or one made two.
        _ if likeness_of(&old.concat(), &new.concat()) >= 90 => worst.max((Verdict::Ask, "other words")),
        (0, _) => (Verdict::Tell, "a sentence added"),
        (_, 0) => (Verdict::Tell, "a sentence taken away"),
        _ => worst.max((Verdict::Ask, "other words")),
    }
}

/// Compares two versions of a sentence.
fn sentence(old: &Sentence, new: &Sentence, share: usize, rules: &Rules) -> (Verdict, &'static str) {
    if are_corrected(old, new, rules) {
        return (Verdict::Silent, "spelling, punctuation or layout");
    }
    if are_corrected(&without_link_words(old, rules), &without_link_words(new, rules), rules) {
        return (Verdict::Silent, "the text of a link");
    }
    if moved::is_sentence_moved(old, new) {
        return (Verdict::Silent, "another order");
    }
    if share >= CLOSE_PERCENT && signals(old) != signals(new) {
        return (Verdict::Tell, "a word that changes the meaning");
    }
    (Verdict::Ask, "other words")
}

/// Whether every difference is a slip put right.
fn are_corrected(old: &Sentence, new: &Sentence, rules: &Rules) -> bool {
    let spoken = |sentence: &Sentence| -> Vec<Token> {
        sentence.iter().filter(|token| token.kind != Kind::Pause).cloned().collect()
    };
    let (old, new) = (spoken(old), spoken(new));
    let texts = |tokens: &[Token]| tokens.iter().map(|token| token.text.clone()).collect::<Vec<_>>();
    let (a, b) = (texts(&old), texts(&new));
    capture_diff_slices(Algorithm::Myers, &a, &b).iter().all(|op| {
        let gone = old.get(op.old_range()).unwrap_or_default();
        let come = new.get(op.new_range()).unwrap_or_default();
        let after_all = op
            .old_range()
            .start
            .checked_sub(1)
            .and_then(|place| old.get(place))
            .is_some_and(|t| t.text == "#all");
        matches!(op, DiffOp::Equal { .. })
            || are_slips(gone, come, rules)
            || after_all && differ_in_number(gone, come, rules)
    })
}

/// "Every customer" and "all customers".
fn differ_in_number(gone: &[Token], come: &[Token], rules: &Rules) -> bool {
    matches!((gone, come), ([one], [other]) if rules.differ_in_number(&one.text, &other.text))
}

fn are_slips(gone: &[Token], come: &[Token], rules: &Rules) -> bool {
    let joined = |tokens: &[Token]| tokens.iter().map(|token| token.text.as_str()).collect::<String>();
    let all_words = gone.iter().chain(come).all(|token| token.kind == Kind::Word);
    if all_words && !gone.is_empty() && !come.is_empty() && joined(gone) == joined(come) {
        return true;
    }
    let one = |a: &Token, b: &Token| match (a.kind, b.kind) {
        (Kind::Word, Kind::Word) => {
            let written = |token: &Token| token.written.clone().unwrap_or_else(|| token.text.clone());
            slip::are_one_word(&written(a), &written(b), rules)
        }
        // "nciht": a word of weight is put right only where two of its letters had changed places.
        (Kind::Word, Kind::Signal) => slip::is_slip_of_signal(&a.text, &b.text, rules),
        (Kind::Signal, Kind::Word) => slip::is_slip_of_signal(&b.text, &a.text, rules),
        _ => same_phone(&a.text, &b.text),
    };
    gone.len() == come.len() && gone.iter().zip(come).all(|(a, b)| one(a, b))
}

/// The sentence with its links as their targets alone, where their words hold no fact; words that only join a link to the sentence
/// go as well.
fn without_link_words(sentence: &Sentence, rules: &Rules) -> Sentence {
    let says_more = |token: &Token| match token.kind {
        Kind::Fact => !token.text.starts_with("link:"),
        Kind::Signal => !matches!(token.text.as_str(), "#from" | "#to" | "#with"),
        _ => false,
    };
    if sentence.iter().any(|token| token.in_link && says_more(token)) {
        return sentence.clone();
    }
    let mut rest: Sentence = Vec::new();
    let mut before_link = false;
    for token in sentence.iter().rev() {
        let is_target = token.text.starts_with("link:");
        if token.in_link && !is_target {
            before_link = true;
            continue;
        }
        if before_link && (rules.is_glue(&token.text)) {
            continue;
        }
        before_link = is_target;
        rest.push(token.clone());
    }
    rest.reverse();
    rest
}

/// How alike two sentences are: twice the words they share, in percent of all their words.
fn likeness_of(a: &[Token], b: &[Token]) -> usize {
    let texts = |tokens: &[Token]| -> Vec<String> {
        tokens.iter().filter(|token| token.kind != Kind::Pause).map(|token| token.text.clone()).collect()
    };
    let (a, b) = (texts(a), texts(b));
    let mut left: BTreeMap<&str, usize> = BTreeMap::new();
    a.iter().for_each(|word| *left.entry(word).or_default() += 1);
    let mut shared = 0_usize;
    for word in &b {
        if let Some(count) = left.get_mut(word.as_str()).filter(|count| **count > 0) {
            *count -= 1;
            shared += 1;
        }
    }
    (shared * 200).checked_div(a.len() + b.len()).unwrap_or(0)
}

fn signals(sentence: &Sentence) -> Vec<&str> {
    let mut found: Vec<&str> =
        sentence.iter().filter(|token| token.kind == Kind::Signal).map(|token| token.text.as_str()).collect();
    found.sort_unstable();
    found
}

/// Whether both texts hold the same facts, each as often.
fn same_facts(old: &[Sentence], new: &[Sentence]) -> bool {
    let facts = |text: &[Sentence]| {
        let mut found: Vec<String> = text
            .iter()
            .flatten()
            .filter(|token| token.kind == Kind::Fact)
            .map(|token| token.text.clone())
            .collect();
        found.sort();
        found
    };
    let (old, mut new) = (facts(old), facts(new));
    let all_there = old.iter().all(|fact| {
        let place = new.iter().position(|other| other == fact || same_phone(fact, other));
        place.map(|place| new.swap_remove(place)).is_some()
    });
    all_there && new.is_empty()
}

/// Whether two telephone numbers are one: `+33 1 99 00 18 18` is `01 99 00 18 18` at home.
fn same_phone(a: &str, b: &str) -> bool {
    let (Some(a), Some(b)) = (a.strip_prefix("phone:"), b.strip_prefix("phone:")) else { return a == b };
    let is_same = |abroad: &str, home: &str| {
        let (Some(abroad), Some(home)) = (abroad.strip_prefix('+'), home.strip_prefix('0')) else {
            return false;
        };
        abroad.len() > home.len() && abroad.len() - home.len() <= 3 && abroad.ends_with(home)
    };
    a == b || is_same(a, b) || is_same(b, a)
}

/// The parts of both texts that differ, for a person to compare.
fn shown(old: &str, new: &str) -> (String, String) {
    let pieces = |text: &str| -> Vec<String> {
        let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let mut parts = Vec::new();
        let mut part = String::new();
        for word in flat.split(' ') {
            part = if part.is_empty() { word.to_owned() } else { format!("{part} {word}") };
            if word.ends_with(['.', '!', '?', '。']) {
                parts.push(std::mem::take(&mut part));
            }
        }
        parts.extend((!part.is_empty()).then_some(part));
        parts
    };
    let (old, new) = (pieces(old), pieces(new));
    let start = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let end =
        old.iter().skip(start).rev().zip(new.iter().skip(start).rev()).take_while(|(a, b)| a == b).count();
    let middle = |parts: &[String]| parts.get(start..parts.len() - end).unwrap_or_default().join(" ");
    (middle(&old), middle(&new))
}

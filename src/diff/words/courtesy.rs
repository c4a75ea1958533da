//! Sentences of thanks, apology and patience: politeness without a fact.

use std::collections::BTreeSet;

use super::language::Rules;
use super::lexer;
use super::reading;
use super::token::{self, Sentence};

/// Whether a sentence is thanks, an apology or a plea for patience and holds nothing else: each of its words is among those of
/// courtesy.
pub(super) fn is_courtesy(sentence: &Sentence, rules: &Rules) -> bool {
    let (marks, polite) = rules.courtesy();
    let said = token::words(std::slice::from_ref(sentence));
    let tokens = |text: &str| -> Vec<String> {
        reading::read(text, rules).concat().into_iter().map(|token| token.text).collect()
    };
    let marks: Vec<Vec<String>> = marks.iter().map(|mark| tokens(mark)).collect();
    let holds = |mark: &Vec<String>| {
        !mark.is_empty() && said.windows(mark.len()).any(|window| window == mark.as_slice())
    };
    if !marks.iter().any(holds) {
        return false;
    }
    // Read one by one, so that they join into no phrase.
    let polite = polite.split_whitespace().flat_map(|word| {
        if lexer::is_single_character(word) { tokens(word) } else { tokens(&format!("x. {word}")) }
    });
    let polite: BTreeSet<String> = polite.chain(marks.into_iter().flatten()).collect();
    said.iter().all(|word| polite.contains(*word))
}

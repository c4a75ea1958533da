//! A text as sentences of tokens: words that mean the same are the same token.
//!
//! Promises: numbers, quantities, dates, times of day, money, telephone numbers and links become facts in one notation;
//! words that carry a sentence's meaning become signals; form and fillers are dropped.

use super::fold::{fold, plain_characters};
use super::language::{Meaning, Rules};
use super::lexer::{self, Piece, Shape};
use super::plain::{self, STRUCK};
use super::quantity::{Item, facts};
use super::token::{Kind, Sentence, Token};

/// Reads a markdown text.
pub(super) fn read(markdown: &str, rules: &Rules) -> Vec<Sentence> {
    let shown = plain_characters(&plain::plain(markdown));
    let shown = rules.written_out(&lower(&super::acronym::without_expansions(&shown)));
    let items = items(&lexer::pieces(&shown), rules);
    sentences(facts(items, rules))
}

/// In lower case, but for addresses, whose case may matter.
fn lower(text: &str) -> String {
    let mut low = String::with_capacity(text.len());
    let mut in_target = false;
    for part in text.split_inclusive(char::is_whitespace) {
        in_target = in_target || part.contains("://") || part.contains(plain::TARGET);
        if in_target {
            low.push_str(part)
        } else {
            low.push_str(&part.to_lowercase())
        }
        in_target = in_target && part.contains(plain::TARGET) && !part.contains(plain::TARGET_END);
    }
    low
}

/// The pieces by their meaning, dropped ones left out.
fn items(pieces: &[Piece], rules: &Rules) -> Vec<(Item, bool)> {
    let folded: Vec<String> = pieces.iter().map(|piece| fold(&piece.text)).collect();
    let mut items = Vec::with_capacity(pieces.len());
    let mut place = 0;
    while let (Some(piece), Some(word)) = (pieces.get(place), folded.get(place)) {
        let mut length = 1;
        let item = match piece.shape {
            Shape::Word => {
                let following: Vec<&str> = words_from(pieces, &folded, place);
                match rules.longest(&following) {
                    Some((found, Meaning::Greeting)) if place == 0 => {
                        length = found;
                        None
                    }
                    Some((_, Meaning::Greeting | Meaning::Dropped))
                        if following.len() == 1 && is_whole(pieces, place) =>
                    {
                        Some(Item::Word(word.clone()))
                    }
                    Some((_, Meaning::Greeting)) | None => {
                        Some(Item::of_symbol(word).unwrap_or(Item::Word(word.clone())))
                    }
                    Some((found, meaning)) => {
                        length = found;
                        Item::of_meaning(meaning, word)
                    }
                }
            }
            Shape::Number => Some(Item::Digits(piece.text.clone(), piece.glued)),
            Shape::Date => Some(Item::Date(piece.text.clone())),
            Shape::Fact => Some(Item::Fact(piece.text.clone())),
            Shape::Mark if piece.text.starts_with(STRUCK) => Some(Item::Signal("struck".to_owned())),
            Shape::Mark => piece
                .text
                .chars()
                .next()
                .filter(|mark| !matches!(mark, '\'' | '"' | '*' | '_'))
                .map(Item::Mark),
        };
        if let Some(item) = item {
            items.push((item, piece.in_link));
        }
        place += if length == 1 { 1 } else { with_apostrophes(pieces, place, length) };
    }
    items
}

/// How many pieces a number of words takes from `place` on: the apostrophes between them count.
fn with_apostrophes(pieces: &[Piece], place: usize, words: usize) -> usize {
    let mut left = words;
    let here = pieces.iter().skip(place);
    let taken = here.take_while(|piece| {
        let more = left > 0;
        left -= usize::from(more && piece.shape != Shape::Mark);
        more
    });
    taken.count().max(1)
}

/// Whether the piece is all of its text.
fn is_whole(pieces: &[Piece], place: usize) -> bool {
    place == 0 && pieces.iter().filter(|piece| piece.shape != Shape::Mark).count() == 1
}

/// The words from `place` on, up to the next number, link or punctuation.
fn words_from<'a>(pieces: &[Piece], folded: &'a [String], place: usize) -> Vec<&'a str> {
    let here = pieces.iter().zip(folded).skip(place);
    let apart = |piece: &Piece| piece.shape == Shape::Mark && piece.text == "'";
    here.take_while(|(piece, _)| piece.shape == Shape::Word || apart(piece))
        .filter(|(piece, _)| piece.shape == Shape::Word)
        .map(|(_, word)| word.as_str())
        .take(8)
        .collect()
}

/// Parts tokens into sentences; a word said twice in a row is said once.
fn sentences(tokens: Vec<Token>) -> Vec<Sentence> {
    let mut all = Vec::new();
    let mut sentence: Sentence = Vec::new();
    for token in tokens {
        let ends = token.kind == Kind::Pause && matches!(token.text.as_str(), "." | "!" | "?" | "\u{e003}");
        let is_question = ends && token.text == "?";
        if is_question {
            sentence.push(Token {
                kind: Kind::Signal,
                text: "#question".to_owned(),
                in_link: false,
                written: None,
            });
        }
        if ends {
            finish(&mut all, &mut sentence);
        } else if token.kind != Kind::Word
            || sentence.last().is_none_or(|last| last.text != token.text)
            || is_cjk(&token)
        {
            sentence.push(token);
        }
    }
    finish(&mut all, &mut sentence);
    all
}

fn is_cjk(token: &Token) -> bool {
    lexer::is_single_character(&token.text)
}

fn finish(all: &mut Vec<Sentence>, sentence: &mut Sentence) {
    let mut done = std::mem::take(sentence);
    if done.iter().all(|token| token.kind == Kind::Pause) {
        return;
    }
    // "No, …" answers; "no …" denies what follows.
    let mut said = done.iter_mut();
    if let (Some(first), Some(second)) = (said.next(), said.next())
        && matches!(first.text.split(':').next(), Some("#not" | "#if"))
        && second.kind == Kind::Pause
    {
        // Spanish "sí," is "si" without its accent.
        first.text = format!("{}:answer", first.text);
    }
    all.push(done);
}

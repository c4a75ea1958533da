//! The words, facts and signals that texts are compared by.

use super::plain::BLOCK_END;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Word,
    /// A number, date, time, link: compared as it is.
    Fact,
    /// A word that carries the meaning of its sentence: compared by its class.
    Signal,
    /// "and".
    And,
    /// A comma, colon or dash: no part of what is compared, but where clauses part.
    Pause,
}

/// A word, fact or signal of a sentence.
#[derive(Clone, Debug)]
pub(super) struct Token {
    pub kind: Kind,
    /// What is compared: the folded word, the fact in its notation, the signal's class.
    pub text: String,
    pub in_link: bool,
    /// The word as written, where another one that means the same represents it.
    pub written: Option<String>,
}

/// One sentence; its pauses are kept next to its words.
pub(super) type Sentence = Vec<Token>;

/// The tokens of sentences that are compared, in order.
pub(super) fn words(sentences: &[Sentence]) -> Vec<&str> {
    sentences
        .iter()
        .flatten()
        .filter(|token| token.kind != Kind::Pause)
        .map(|token| token.text.as_str())
        .collect()
}

/// Whether a mark ends a sentence, wherever it stands.
pub(super) fn ends_sentence(mark: char) -> Option<&'static str> {
    match mark {
        '.' | '。' => Some("."),
        '!' | '！' => Some("!"),
        '?' | '？' => Some("?"),
        BLOCK_END => Some("\u{e003}"),
        _ => None,
    }
}

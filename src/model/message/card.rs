//! Cards: messages with parts, and the state of an incident at a glance.

use crate::model::localized::Language;
use crate::model::phase::Severity;

/// What a card or an event tells at a glance: its color, and whether a tool has something open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tone {
    /// It continues, and is that bad.
    Ongoing(Severity),
    /// Planned work, ahead or in progress.
    Planned,
    /// It is over, or will not take place.
    Over,
}

impl Tone {
    /// Every one.
    pub const ALL: [Self; 6] = [
        Self::Ongoing(Severity::Notice),
        Self::Ongoing(Severity::Minor),
        Self::Ongoing(Severity::Major),
        Self::Ongoing(Severity::Critical),
        Self::Planned,
        Self::Over,
    ];

    /// The word in the ledger.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ongoing(severity) => severity.word(),
            Self::Planned => "planned",
            Self::Over => "over",
        }
    }

    /// The tone a word names.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|tone| tone.word() == word)
    }
}

/// The most characters of [`CardMessage::brief`]: with a link it fits into a post of 500.
pub const BRIEF_MAX: usize = 440;

/// A fact with its name, both in plain words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CardFact {
    /// The name: `Expected back`.
    pub label: String,
    /// The fact; may have several lines.
    pub text: String,
}

/// A message with parts, for rooms that show cards. It says how things are now, so the same card is the news and what an
/// earlier card is edited into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CardMessage {
    /// What the incident is called, however it stands.
    pub name: String,
    /// The same, after its phase if it is over.
    pub title: String,
    /// What is different, in a line.
    pub headline: String,
    /// The state that the card's color shows.
    pub tone: Tone,
    /// What else is different, each in a line.
    pub news: Vec<String>,
    /// What is true now.
    pub facts: Vec<CardFact>,
    /// What was said, newest first: a heading and plain text.
    pub said: Vec<CardFact>,
    /// The text of the link.
    pub read_more: String,
    /// Where to read on.
    pub url: String,
    /// The page's name.
    pub page_name: String,
    /// What names the incident to anyone who keeps one message of it; says nothing of its content.
    pub thread: String,
    /// The same words as plain text, lines joined by `\n`.
    pub text: String,
    /// What people have to know in a few sentences, without the link: at most [`BRIEF_MAX`] characters.
    pub brief: String,
    /// Of every text on it.
    pub language: Language,
}

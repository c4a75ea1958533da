//! Messages: words ready to leave, complete but for the address.
//!
//! Promises: a message holds no address of a subscriber and nothing that depends on the moment of sending, so
//! one is shared by everyone who reads it in the same language and zone, and a retry is the same to the byte.

use super::Moment;
use super::address::EmailAddress;
use super::localized::Language;
use super::phase::Severity;

/// A sender as people see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mailbox {
    /// The name shown; free of control characters.
    pub name: String,
    /// The address.
    pub address: EmailAddress,
}

/// A mail, without its recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailMessage {
    /// The sender.
    pub from: Mailbox,
    /// Where answers go, and requests to unsubscribe.
    pub reply_to: Option<EmailAddress>,
    /// The subject; the same for every change of an incident, so that mail programs thread them.
    pub subject: String,
    /// The words as plain text, lines joined by `\n`.
    pub text: String,
    /// The same words as a complete HTML document, with nothing loaded from elsewhere.
    pub html: String,
    /// The language both are written in.
    pub language: Language,
    /// The moment of the `Date` header: when the message may leave at the earliest.
    pub date: Moment,
    /// The page's host name, for Message-ID and List-Id.
    pub host: String,
    /// What `References` points at in every mail of an incident; never itself a Message-ID of a mail.
    pub thread: String,
}

/// How a text message travels (3GPP TS 23.038).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Encoding {
    /// Seven-bit letters: 160 in one segment, 153 in each of several.
    Gsm7,
    /// Sixteen-bit letters: 70 in one segment, 67 in each of several.
    Ucs2,
}

/// A text message, without its recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextMessage {
    /// The words.
    pub body: String,
    /// How they travel.
    pub encoding: Encoding,
    /// How many segments they take; 1 where they fit.
    pub segments: u8,
}

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
    /// What the incident is called.
    pub title: String,
    /// What is different, in a line.
    pub headline: String,
    /// How it stands.
    pub tone: Tone,
    /// What else is different, each in a line.
    pub news: Vec<String>,
    /// What is true now.
    pub facts: Vec<CardFact>,
    /// What was said, newest first: a heading and plain text.
    pub said: Vec<CardFact>,
    /// The words of the link.
    pub read_more: String,
    /// Where to read on.
    pub url: String,
    /// The page's name.
    pub page_name: String,
    /// What names the incident to anyone who keeps one message of it; says nothing of its content.
    pub thread: String,
    /// The same words as plain text, lines joined by `\n`.
    pub text: String,
    /// The language.
    pub language: Language,
}

/// An affected feature in an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventFeature {
    /// Its id.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// The word of its status.
    pub status: String,
}

/// What a program is told of an incident. Nothing in it is more sensitive than its destination may get.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventDetails {
    /// The incident's id.
    pub incident: String,
    /// What it is called.
    pub title: String,
    /// The word of its kind: incident or maintenance.
    pub kind: String,
    /// The word of its phase.
    pub phase: String,
    /// When it began, or is planned to.
    pub started_at: Moment,
    /// When planned work is to end.
    pub ends_at: Option<Moment>,
    /// When it ended.
    pub ended_at: Option<Moment>,
    /// When it is expected back.
    pub eta: Option<Moment>,
    /// When the next update is promised.
    pub next_update: Option<Moment>,
    /// The affected features.
    pub features: Vec<EventFeature>,
    /// What it means, as plain text.
    pub impact: Option<String>,
    /// What people can do, as plain text.
    pub workaround: Option<String>,
    /// The newest words about it, as plain text.
    pub update: Option<String>,
}

/// A message for a program: facts and their words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventMessage {
    /// The words of what is different: `opened`, `eta_moved`. Empty where the content is withheld.
    pub what: Vec<String>,
    /// How it stands.
    pub tone: Tone,
    /// The change's id.
    pub change: String,
    /// Which change of the incident this is, from 1.
    pub revision: u32,
    /// When the change was found.
    pub at: Moment,
    /// In a line: what the incident is called, after its phase where it is over.
    pub summary: String,
    /// Where to read on.
    pub url: String,
    /// The page's name.
    pub page_name: String,
    /// The page's address.
    pub page_url: String,
    /// What names the incident to a tool that keeps one entry of it; says nothing of its content.
    pub thread: String,
    /// The facts; `None` where the destination may get no more than the link.
    pub details: Option<EventDetails>,
    /// The words as plain text, lines joined by `\n`.
    pub text: String,
    /// The language.
    pub language: Language,
}

/// The forms of a message. Channels that need the same words share one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Form {
    /// A subject, plain text and HTML.
    Mail,
    /// A few plain words, counted in segments.
    Text,
    /// Parts that a room shows as a card.
    Card,
    /// Facts for a program.
    Event,
}

/// Words ready to leave, in one of the forms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// A mail.
    Mail(MailMessage),
    /// A text message.
    Text(TextMessage),
    /// A card. Boxed, with the next: a million mails should not be as large as the rarest message.
    Card(Box<CardMessage>),
    /// An event.
    Event(Box<EventMessage>),
}

impl Message {
    /// Its form.
    pub fn form(&self) -> Form {
        match self {
            Self::Mail(_) => Form::Mail,
            Self::Text(_) => Form::Text,
            Self::Card(_) => Form::Card,
            Self::Event(_) => Form::Event,
        }
    }

    /// The first line a person sees: the subject of a mail, where the form has one.
    pub fn subject(&self) -> Option<&str> {
        match self {
            Self::Mail(mail) => Some(&mail.subject),
            Self::Text(_) => None,
            Self::Card(card) => Some(&card.title),
            Self::Event(event) => Some(&event.summary),
        }
    }

    /// The words as plain text.
    pub fn plain_text(&self) -> &str {
        match self {
            Self::Mail(mail) => &mail.text,
            Self::Text(text) => &text.body,
            Self::Card(card) => &card.text,
            Self::Event(event) => &event.text,
        }
    }
}

//! Messages: texts that are ready to send, complete except for the address.
//!
//! Promises: a message holds no address of a subscriber and nothing that depends on the moment of sending, so
//! one is shared by everyone who reads it in the same language and zone, and a retry is the same to the byte.

mod card;
mod event;

pub use card::{BRIEF_MAX, CardFact, CardMessage, Tone};
pub use event::{EventDetails, EventFeature, EventMessage};

use super::Moment;
use super::address::EmailAddress;
use super::localized::Language;
use super::pass::{PassKey, Purpose};

/// A sender as people see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mailbox {
    /// The name shown; free of control characters.
    pub name: String,
    /// Without a display name.
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
    /// The text, plain, lines joined by `\n`.
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
    /// Where its reader unsubscribes with one click (RFC 8058), if there is a desk; ends with [`PERSON`] until it is handed
    /// off.
    pub leave: Option<String>,
}

/// Replaced by the reader's own key in the links of a message that many share.
pub const PERSON: &str = "allclear-person";

impl MailMessage {
    /// The message with the links of one reader: a subscriber's ID, and the address that it goes to as it is compared. Without a key, or without an id that a link can hold, they lead to the
    /// desk's first page.
    pub fn personal(&self, key: Option<&PassKey>, reader: &str, address: &str) -> Self {
        let base = self.leave.as_ref().and_then(|leave| leave.strip_suffix(&format!("/leave/{PERSON}")));
        let Some(base) = base else { return self.clone() };
        let pass = |purpose| key.map(|key| key.issue_to(purpose, reader, address));
        let manage = pass(Purpose::Manage).map_or_else(String::new, |pass| format!("manage/{pass}"));
        let written = |text: &str| text.replace(&manage_link(base), &format!("{base}/{manage}"));
        Self {
            text: written(&self.text),
            html: written(&self.html),
            leave: pass(Purpose::Leave).map(|pass| format!("{base}/leave/{pass}")),
            ..self.clone()
        }
    }
}

/// The link to a reader's settings, in a message that is shared by many.
pub fn manage_link(desk: &str) -> String {
    format!("{desk}/manage/{PERSON}")
}

/// The link by which a reader unsubscribes, in a message that is shared by many.
pub fn leave_link(desk: &str) -> String {
    format!("{desk}/leave/{PERSON}")
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
    /// As the phone shows it.
    pub body: String,
    /// The encoding of the text: GSM-7 or UCS-2.
    pub encoding: Encoding,
    /// How many segments they take; 1 where they fit.
    pub segments: u8,
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
#[expect(
    clippy::large_enum_variant,
    reason = "almost every message is a mail; a box would cost each of them"
)]
pub enum Message {
    /// Subject, plain text and HTML.
    Mail(MailMessage),
    /// One SMS, which may take several parts.
    Text(TextMessage),
    /// A card. Boxed, with the next: a million mails should not be as large as the rarest message.
    Card(Box<CardMessage>),
    /// Facts for an incident tool or a program.
    Event(Box<EventMessage>),
}

impl Message {
    /// The form that its channel has to carry.
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

    /// What the message says, without markup: for a preview.
    pub fn plain_text(&self) -> &str {
        match self {
            Self::Mail(mail) => &mail.text,
            Self::Text(text) => &text.body,
            Self::Card(card) => &card.text,
            Self::Event(event) => &event.text,
        }
    }
}

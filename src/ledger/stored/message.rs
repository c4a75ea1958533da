//! The stored shape of a message, and its id: the hash of the bytes as they are stored.
//!
//! Promises: ids are checked against the stored bytes and not against a parsed value, so a later version with further
//! fields accepts what this one wrote.

use serde::{Deserialize, Serialize};

use super::card::StoredCard;
use super::event::StoredEvent;
use super::{Unreadable, from_json, moment, moment_text, to_json, unreadable};
use crate::model::address::EmailAddress;
use crate::model::hash::derive;
use crate::model::localized::Language;
use crate::model::message::{Encoding, MailMessage, Mailbox, Message, TextMessage};

#[derive(Serialize, Deserialize)]
#[serde(tag = "message", rename_all = "snake_case")]
#[expect(
    clippy::large_enum_variant,
    reason = "almost every message is a mail; a box would cost each of them"
)]
enum StoredMessage {
    Mail {
        version: u32,
        from_name: String,
        from_address: String,
        reply_to: Option<String>,
        subject: String,
        text: String,
        html: String,
        language: String,
        date: String,
        host: String,
        thread: String,
        /// Missing if there is no desk.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        leave: Option<String>,
    },
    Text {
        version: u32,
        body: String,
        encoding: String,
        segments: u8,
    },
    Card(Box<StoredCard>),
    Event(Box<StoredEvent>),
}

const VERSION: u32 = 1;

/// How ids of messages are derived today: from the stored bytes. Version 1 hashed what the program held in memory, which
/// no later program can repeat; ids of that version are not checked.
pub(in crate::ledger) const ID_VERSION: i64 = 2;

/// The id of a message whose stored bytes are `content`.
pub(in crate::ledger) fn message_id(content: &str) -> String {
    derive("message", &[&ID_VERSION.to_string(), content])
}

/// Writes a message as JSON.
pub(in crate::ledger) fn write_message(message: &Message) -> String {
    to_json(&match message {
        Message::Mail(mail) => StoredMessage::Mail {
            version: VERSION,
            from_name: mail.from.name.clone(),
            from_address: mail.from.address.expose().to_owned(),
            reply_to: mail.reply_to.as_ref().map(|address| address.expose().to_owned()),
            subject: mail.subject.clone(),
            text: mail.text.clone(),
            html: mail.html.clone(),
            language: mail.language.to_string(),
            date: moment_text(mail.date),
            host: mail.host.clone(),
            thread: mail.thread.clone(),
            leave: mail.leave.clone(),
        },
        Message::Text(text) => StoredMessage::Text {
            version: VERSION,
            body: text.body.clone(),
            encoding: encoding_word(text.encoding).to_owned(),
            segments: text.segments,
        },
        Message::Card(card) => StoredMessage::Card(Box::new(StoredCard::of(card))),
        Message::Event(event) => StoredMessage::Event(Box::new(StoredEvent::of(event))),
    })
}

/// Reads what [`write_message`] wrote.
pub(in crate::ledger) fn read_message(text: &str) -> Result<Message, Unreadable> {
    match from_json(text, "message")? {
        StoredMessage::Mail {
            version: VERSION,
            from_name,
            from_address,
            reply_to,
            subject,
            text,
            html,
            language,
            date,
            host,
            thread,
            leave,
        } => Ok(Message::Mail(MailMessage {
            from: Mailbox { name: from_name, address: mail_address(&from_address)? },
            reply_to: reply_to.as_deref().map(mail_address).transpose()?,
            subject,
            text,
            html,
            language: Language::new(&language).ok_or_else(|| unreadable("language"))?,
            date: moment(&date)?,
            host,
            thread,
            leave,
        })),
        StoredMessage::Text { version: VERSION, body, encoding, segments } => {
            Ok(Message::Text(TextMessage { body, encoding: encoding_of(&encoding)?, segments }))
        }
        StoredMessage::Card(card) => Ok(Message::Card(Box::new(card.read()?))),
        StoredMessage::Event(event) => Ok(Message::Event(Box::new(event.read()?))),
        StoredMessage::Mail { .. } | StoredMessage::Text { .. } => {
            Err(unreadable("message of another version"))
        }
    }
}

fn mail_address(text: &str) -> Result<EmailAddress, Unreadable> {
    EmailAddress::new(text).ok_or_else(|| unreadable("email address"))
}

fn encoding_word(encoding: Encoding) -> &'static str {
    match encoding {
        Encoding::Gsm7 => "gsm7",
        Encoding::Ucs2 => "ucs2",
    }
}

fn encoding_of(word: &str) -> Result<Encoding, Unreadable> {
    match word {
        "gsm7" => Ok(Encoding::Gsm7),
        "ucs2" => Ok(Encoding::Ucs2),
        _ => Err(unreadable("encoding")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::message::EventMessage;
    use crate::model::sample;

    #[test]
    fn messages_read_back_equal() {
        let mail = Message::Mail(MailMessage {
            from: Mailbox {
                name: "Ejemplo".to_owned(),
                address: mail_address("status@example.com").unwrap(),
            },
            reply_to: Some(mail_address("help@example.com").unwrap()),
            subject: "Pagos con tarjeta".to_owned(),
            text: "Línea\n\"dos\"".to_owned(),
            html: "<p>Línea</p>".to_owned(),
            language: Language::new("es").unwrap(),
            date: moment("2026-11-20T09:12:00.25Z").unwrap(),
            host: "status.example.com".to_owned(),
            thread: "incident".to_owned(),
            leave: Some("https://desk.example.com/leave/allclear-person".to_owned()),
        });
        let text = |encoding| {
            Message::Text(TextMessage { body: "Checkout fails €".to_owned(), encoding, segments: 2 })
        };
        let card = Message::Card(Box::new(sample::card()));
        let event = Message::Event(Box::new(sample::event()));
        let bare = EventMessage { details: None, what: Vec::new(), ..sample::event() };
        let bare = Message::Event(Box::new(bare));
        for message in [mail, text(Encoding::Gsm7), text(Encoding::Ucs2), card, event, bare] {
            let stored = write_message(&message);
            let read = read_message(&stored).unwrap();
            assert_eq!(read, message);
            assert!(read_message(&stored.replace("\"version\":1", "\"version\":9")).is_err());
        }
    }

    #[test]
    fn an_id_follows_from_the_stored_bytes_alone() {
        let stored = r#"{"message":"text","version":1,"body":"It fails","encoding":"gsm7","segments":1}"#;
        assert_eq!(message_id(stored), "utmrrbaysjqkyyri5lktzso34botpv5njbphi6vlkby2cqtxfylq");
        let later =
            stored.replace("\"segments\":1", "\"segments\":1,\"sender\":\"a field of a later version\"");
        assert!(read_message(&later).is_ok(), "a further field is passed over");
        assert_ne!(message_id(&later), message_id(stored), "and is part of the id");
    }
}

//! The stored shape of a message.

use serde::{Deserialize, Serialize};

use super::{Unreadable, from_json, moment, moment_text, to_json, unreadable};
use crate::model::address::EmailAddress;
use crate::model::localized::Language;
use crate::model::message::{Encoding, MailMessage, Mailbox, Message, TextMessage};

#[derive(Serialize, Deserialize)]
#[serde(tag = "message", rename_all = "snake_case")]
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
    },
    Text {
        version: u32,
        body: String,
        encoding: String,
        segments: u8,
    },
}

const VERSION: u32 = 1;

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
        },
        Message::Text(text) => StoredMessage::Text {
            version: VERSION,
            body: text.body.clone(),
            encoding: encoding_word(text.encoding).to_owned(),
            segments: text.segments,
        },
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
        })),
        StoredMessage::Text { version: VERSION, body, encoding, segments } => {
            Ok(Message::Text(TextMessage { body, encoding: encoding_of(&encoding)?, segments }))
        }
        StoredMessage::Mail { .. } | StoredMessage::Text { .. } => {
            Err(unreadable("message of another version"))
        }
    }
}

fn mail_address(text: &str) -> Result<EmailAddress, Unreadable> {
    EmailAddress::new(text).ok_or_else(|| unreadable("mail address"))
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

    #[test]
    fn messages_read_back_equal_with_the_same_id() {
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
        });
        let text = |encoding| {
            Message::Text(TextMessage { body: "Checkout fails €".to_owned(), encoding, segments: 2 })
        };
        for message in [mail, text(Encoding::Gsm7), text(Encoding::Ucs2)] {
            let stored = write_message(&message);
            let read = read_message(&stored).unwrap();
            assert_eq!(read, message);
            assert_eq!(read.id(), message.id());
            assert!(read_message(&stored.replace("\"version\":1", "\"version\":9")).is_err());
        }
    }
}

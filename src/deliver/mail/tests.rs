//! Mails read back by another program's parser.

use chrono::{TimeZone, Utc};
use mail_parser::{MessageParser, MimeHeaders};
use proptest::prelude::*;

use std::sync::Arc;

use super::{BOUNDARY, Mail, Sheet, transparent};
use crate::model::address::EmailAddress;
use crate::model::localized::Language;
use crate::model::message::{MailMessage, Mailbox};
use crate::model::notice::StepId;

fn message() -> MailMessage {
    MailMessage {
        from: Mailbox {
            name: "Tienda Ñandú, estado".to_owned(),
            address: EmailAddress::new("status@example.com").unwrap(),
        },
        reply_to: EmailAddress::new("help@example.com"),
        subject: "Pagos con tarjeta: la página de pago no responde en absoluto, estamos en ello ✓".to_owned(),
        text: "Los pagos fallan.\n.una línea con punto\n\nMás: https://status.example.com/\n".to_owned(),
        html: "<!doctype html><p>Los pagos <b>fallan</b>.</p>\n".to_owned(),
        language: Language::new("es").unwrap(),
        date: Utc.with_ymd_and_hms(2026, 11, 20, 9, 12, 30).unwrap(),
        host: "status.example.com".to_owned(),
        thread: "2026/card-payments@status.example.com".to_owned(),
        leave: None,
    }
}

fn step() -> StepId {
    StepId::from_stored("abcdefghijklmnopqrstuvwxyz234567abcdefghijklmnopqrst")
}

fn written_for(message: &MailMessage, step: &StepId) -> Mail {
    let sheet = Arc::new(Sheet::new(message).unwrap());
    sheet.mail(&EmailAddress::new("ana@example.org").unwrap(), step, None).unwrap()
}

fn written(message: &MailMessage) -> Mail {
    written_for(message, &step())
}

#[test]
fn every_part_of_the_mail_is_where_a_reader_looks() {
    let bytes = written(&message()).bytes();
    let mail = MessageParser::default().parse(&bytes).unwrap();
    assert_eq!(mail.subject(), Some(message().subject.as_str()));
    let from = mail.from().unwrap().first().unwrap();
    assert_eq!((from.name(), from.address()), (Some("Tienda Ñandú, estado"), Some("status@example.com")));
    assert_eq!(mail.to().unwrap().first().unwrap().address(), Some("ana@example.org"));
    assert_eq!(mail.reply_to().unwrap().first().unwrap().address(), Some("help@example.com"));
    assert_eq!(mail.date().unwrap().to_rfc3339(), "2026-11-20T09:12:30Z");
    assert_eq!(mail.message_id(), Some(format!("{}@status.example.com", step()).as_str()));
    assert_eq!(mail.in_reply_to().as_text(), Some("2026/card-payments@status.example.com"));
    assert_eq!(mail.references().as_text(), Some("2026/card-payments@status.example.com"));
    assert_ne!(mail.message_id(), mail.references().as_text());
    let raw = String::from_utf8(bytes.clone()).unwrap();
    for line in [
        "\r\nList-Id: <incidents.status.example.com>\r\n",
        "\r\nList-Unsubscribe: <mailto:help@example.com?subject=unsubscribe>\r\n",
        "\r\nAuto-Submitted: auto-generated\r\n",
        "\r\nContent-Language: es\r\n",
        "\r\nMIME-Version: 1.0\r\n",
    ] {
        assert!(raw.contains(line), "{line:?} is not in {raw}");
    }
    assert_eq!(mail.body_text(0).unwrap().replace("\r\n", "\n"), message().text);
    assert_eq!(mail.body_html(0).unwrap().replace("\r\n", "\n"), message().html);
    assert_eq!(mail.content_type().unwrap().ctype(), "multipart");
    assert_eq!(mail.parts.len(), 3);
}

#[test]
fn a_retry_is_the_same_to_the_byte_and_another_step_is_not() {
    assert_eq!(written(&message()).bytes(), written(&message()).bytes());
    let other = written_for(&message(), &StepId::from_stored("other"));
    assert_ne!(other.bytes(), written(&message()).bytes());
}

#[test]
fn without_an_address_for_answers_the_sender_takes_the_word_to_unsubscribe() {
    let bytes = written(&MailMessage { reply_to: None, ..message() }).bytes();
    let raw = String::from_utf8(bytes).unwrap();
    assert!(
        raw.contains("\r\nList-Unsubscribe: <mailto:status@example.com?subject=unsubscribe>\r\n"),
        "{raw}"
    );
    assert!(!raw.contains("\r\nReply-To"));
}

#[test]
fn what_looks_like_an_encoded_word_is_read_as_it_was_written() {
    for subject in
        ["=?utf-8?q?All_is_well?= is what it is not", "a =? b", "é =?utf-8?b?w6k=?= é, and some more words"]
    {
        let bytes = written(&MailMessage { subject: subject.to_owned(), ..message() }).bytes();
        let mail = MessageParser::default().parse(&bytes).unwrap();
        assert_eq!(mail.subject(), Some(subject));
        let raw = String::from_utf8(bytes.clone()).unwrap();
        assert!(raw.lines().all(|line| line.len() <= 998) && !raw.contains("All_is_well"), "{raw}");
    }
}

#[test]
fn nothing_in_a_message_becomes_a_header() {
    let attack = "x\r\nBcc: eve@example.net\r\n\r\nbody\n\u{2028}Bcc: eve@example.net\0";
    let hostile = MailMessage {
        from: Mailbox { name: attack.to_owned(), ..message().from },
        subject: attack.to_owned(),
        text: attack.to_owned(),
        html: format!("{attack}\r\n--{BOUNDARY}\r\nContent-Type: text/html\r\n\r\nfake"),
        host: attack.to_owned(),
        thread: attack.to_owned(),
        ..message()
    };
    let mail = written(&hostile);
    let bytes = mail.bytes();
    let parsed = MessageParser::default().parse(&bytes).unwrap();
    assert!(parsed.bcc().is_none());
    assert_eq!(parsed.parts.len(), 3, "the boundary in a body adds no part");
    let names: Vec<&str> = parsed.headers().iter().map(|header| header.name.as_str()).collect();
    let expected = [
        "From",
        "To",
        "Subject",
        "Date",
        "Message-ID",
        "In-Reply-To",
        "References",
        "Reply-To",
        "List-Unsubscribe",
        "List-ID",
        "Auto-Submitted",
        "Content-Language",
        "MIME-Version",
        "Content-Type",
    ];
    let mut sorted = (names, expected.to_vec());
    sorted.0.sort_unstable();
    sorted.1.sort_unstable();
    assert_eq!(sorted.0.len(), sorted.1.len(), "{:?}", sorted.0);
    assert!(sorted.0.iter().zip(&sorted.1).all(|(a, b)| a.eq_ignore_ascii_case(b)), "{:?}", sorted.0);
}

#[test]
fn the_final_dot_stands_once_and_at_the_end() {
    let with = |body: &[u8]| {
        let header = "Subject: x\r\n".to_owned();
        let sheet = Sheet { header, body: body.to_vec(), ..Sheet::new(&message()).unwrap() };
        transparent(&Mail { own: String::new(), sheet: Arc::new(sheet), ..written(&message()) })
    };
    let dots = with(b".one\r\n..\r\n.\r\ntwo");
    assert_eq!(dots, b"Subject: x\r\n\r\n..one\r\n...\r\n..\r\ntwo\r\n.\r\n");
    assert_eq!(with(b"two\r\n"), b"Subject: x\r\n\r\ntwo\r\n.\r\n");
}

proptest! {
    #[test]
    fn any_words_leave_as_one_mail_of_lines_that_every_server_takes(
        subject in "\\PC{0,200}|[\\x00-\\x7f]{0,200}",
        text in "(\\PC|[\\r\\n.\\x00]){0,400}",
        html in "([a-z<>&=. ]|\\r\\n|\\n){0,1500}",
        name in "\\PC{0,80}",
    ) {
        let from = Mailbox { name, ..message().from };
        let mail = written(&MailMessage { from, subject, text, html, ..message() });
        let wire = String::from_utf8(transparent(&mail)).unwrap();
        prop_assert!(wire.is_ascii());
        prop_assert_eq!(wire.matches("\r\n.\r\n").count(), 1);
        prop_assert!(wire.ends_with("\r\n.\r\n"));
        for line in wire.split("\r\n") {
            prop_assert!(line.len() <= 998, "a line of {} bytes", line.len());
            prop_assert!(!line.contains(['\r', '\n', '\0']));
        }
        let bytes = mail.bytes();
        let parsed = MessageParser::default().parse(&bytes);
        let parsed = parsed.ok_or_else(|| TestCaseError::fail("unreadable"))?;
        prop_assert_eq!(parsed.parts.len(), 3);
        prop_assert_eq!(parsed.to().map(|to| to.iter().count()), Some(1));
    }
}

#[test]
fn an_address_with_letters_of_any_script_is_written_as_it_is() {
    let sheet = Arc::new(Sheet::new(&message()).unwrap());
    for text in [
        "हिन्दी@example.org",
        "พี่@example.org",
        "می\u{200C}خواهم@example.org",
        "用户@example.org",
        "🦀@example.org",
    ] {
        let mail = sheet.mail(&EmailAddress::new(text).unwrap(), &step(), None).unwrap();
        let bytes = mail.bytes();
        let parsed = MessageParser::default().parse(&bytes).unwrap();
        assert_eq!(parsed.to().unwrap().first().unwrap().address(), Some(text));
        assert_eq!(mail.to.expose(), text);
    }
}

//! What the mail provider makes of a relay's behavior.

use std::sync::Arc;

use chrono::{TimeZone, Utc};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};

use super::house::{message, smtp};
use super::relay::Relay as Server;
use crate::deliver::carrier::relay::{Relay, SmtpTimeouts};
use crate::deliver::mail::{Mail, Sheet};
use crate::deliver::patience::Patience;
use crate::model::address::EmailAddress;
use crate::model::channel::Channel;
use crate::model::message::Message;
use crate::model::notice::StepId;
use crate::model::reply::{Reply, ReplyClass};
use crate::net::port::free_port;
use crate::provider::Hidden;
use crate::provider::smtp::{Security, Smtp};

fn mail(to: &str) -> Mail {
    let now = Utc.with_ymd_and_hms(2026, 11, 20, 9, 0, 0).unwrap();
    let Message::Mail(message) = message(Channel::Mail, now) else { panic!("a mail") };
    let sheet = Arc::new(Sheet::new(&message).unwrap());
    sheet.mail(&EmailAddress::new(to).unwrap(), &StepId::from_stored("step"), None).unwrap()
}

/// A relay on this machine, in the clear.
fn at(port: u16) -> Smtp {
    Smtp::of(&smtp(port))
}

fn relay(smtp: &Smtp) -> Relay {
    Relay::new("relay", smtp, std::path::Path::new("."), "status.example.com", SmtpTimeouts::USUAL).unwrap()
}

async fn hand_off(relay: &Relay, to: &str) -> Reply {
    relay.hand_off(&mail(&format!("{to}@example.org")), &Patience::endless()).await
}

#[tokio::test]
async fn each_behaviour_has_its_class() {
    let server = Server::start().await;
    let relay = relay(&at(server.port));
    for (to, class, code, words) in [
        ("ana", ReplyClass::Accepted, "250 2.0.0", "Ok: queued as 4F2A"),
        ("unknown", ReplyClass::AddressRejected, "550 5.1.1", "no such user here"),
        ("busy", ReplyClass::Retryable, "450 4.2.0", "never now"),
        ("greylist", ReplyClass::Retryable, "451 4.7.1", "greylisted, try again later"),
        ("greylist", ReplyClass::Accepted, "250 2.0.0", "Ok: queued as 4F2A"),
        ("spam", ReplyClass::ContentRejected, "554 5.7.1", "looks like spam"),
        ("cut", ReplyClass::Retryable, "", "before the recipient was taken: the connection was closed"),
        ("cutafter", ReplyClass::Ambiguous, "", "after the message was sent: the connection was closed"),
    ] {
        let reply = hand_off(&relay, to).await;
        assert_eq!((reply.class, reply.code.as_str(), reply.words.as_str()), (class, code, words), "{to}");
    }
    assert_eq!(server.accepted(), ["ana@example.org", "greylist@example.org"]);
    let content = server.seen(|seen| seen.accepted[0].1.clone());
    assert!(content.contains("\n.\nWe are on it."), "a lone dot arrives as one: {content}");
    assert_eq!(hand_off(&relay, "ana").await.reference.as_deref(), Some("4F2A"));
}

#[tokio::test]
async fn an_internationalized_address_is_offered_only_where_the_relay_accepts_it() {
    let server = Server::greeting("220 relay.test with SMTPUTF8").await;
    let relay = relay(&at(server.port));
    assert_eq!(hand_off(&relay, "josé").await.class, ReplyClass::Accepted);
    assert_eq!(hand_off(&relay, "ana").await.class, ReplyClass::Accepted);
    assert_eq!(server.accepted(), ["josé@example.org", "ana@example.org"]);
    let commands = server.seen(|seen| seen.commands.join("\n"));
    assert_eq!(commands.matches("BODY=8BITMIME SMTPUTF8").count(), 1, "{commands}");
    assert!(server.seen(|seen| seen.accepted[0].1.contains("To: josé@example.org")));

    let old = Server::start().await;
    let reply = hand_off(&self::relay(&at(old.port)), "josé").await;
    assert_eq!((reply.class, reply.code.as_str()), (ReplyClass::ContentRejected, "553 5.6.7"));
    assert_eq!(old.seen(|seen| seen.dialogues), 0, "the relay was not asked");
}

#[tokio::test]
async fn a_connection_is_kept_for_the_next_mail_and_closed_at_the_end() {
    let server = Server::start().await;
    let relay = relay(&at(server.port));
    for to in ["ana", "unknown", "spam", "ben"] {
        hand_off(&relay, to).await;
    }
    assert_eq!(server.seen(|seen| seen.connections), 1, "a refusal does not cost the connection");
    relay.close().await;
    assert_eq!(server.seen(|seen| seen.commands.last().cloned()).as_deref(), Some("QUIT"));
}

#[tokio::test]
async fn a_kept_connection_that_died_is_replaced_and_nothing_is_said_twice() {
    let server = Server::start().await;
    let relay = relay(&at(server.port));
    assert_eq!(hand_off(&relay, "goodbye").await.class, ReplyClass::Accepted);
    while server.seen(|seen| seen.closed) == 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(hand_off(&relay, "ana").await.class, ReplyClass::Accepted);
    assert_eq!(server.accepted(), ["goodbye@example.org", "ana@example.org"]);
    assert_eq!(server.seen(|seen| seen.connections), 2);
}

#[tokio::test]
async fn a_relay_that_cannot_be_used_as_the_plan_says_is_not_used_at_all() {
    let server = Server::start().await;
    let root = tempfile::tempdir().unwrap();
    std::fs::write(root.path().join("password"), "s3cret").unwrap();
    let account = Some(("status".to_owned(), Hidden::new("s3cret")));
    let encrypted = Smtp { security: Security::Starttls, account: account.clone(), ..at(server.port) };
    let relay =
        Relay::new("relay", &encrypted, root.path(), "status.example.com", SmtpTimeouts::USUAL).unwrap();
    let reply = hand_off(&relay, "ana").await;
    assert_eq!(reply.class, ReplyClass::AccountRejected, "{reply:?}");
    assert!(server.seen(|seen| seen.commands.iter().all(|command| !command.starts_with("AUTH"))));

    let wrong = Smtp { account, ..at(server.port) };
    let relay = Relay::new("relay", &wrong, root.path(), "status.example.com", SmtpTimeouts::USUAL).unwrap();
    let reply = hand_off(&relay, "ana").await;
    assert_eq!((reply.class, reply.code.as_str()), (ReplyClass::AccountRejected, "535 5.7.8"));
    assert_eq!(server.seen(|seen| seen.dialogues), 0);

    let certificate = Smtp { ca_file: Some("password".into()), ..encrypted };
    let error = Relay::new("relay", &certificate, root.path(), "status.example.com", SmtpTimeouts::USUAL)
        .err()
        .unwrap();
    assert!(error.to_string().contains("password cannot be used: the file holds none"), "{error}");
}

#[tokio::test]
async fn a_relay_that_is_not_there_or_wants_nothing_is_sorted_too() {
    let reply = hand_off(&relay(&at(free_port())), "ana").await;
    assert_eq!(reply.class, ReplyClass::Retryable, "{reply:?}");
    for (greeting, class) in [
        ("421 4.3.2 not now", ReplyClass::Retryable),
        ("554 no SMTP service here", ReplyClass::AccountRejected),
        ("HTTP/1.1 400 Bad Request", ReplyClass::Retryable),
    ] {
        let server = Server::greeting(greeting).await;
        let reply = hand_off(&relay(&at(server.port)), "ana").await;
        assert_eq!(reply.class, class, "{greeting}: {reply:?}");
    }
}

/// A relay for one connection that answers each line with the next of these, and reports what it heard.
async fn script(answers: &'static [&'static str]) -> (u16, tokio::task::JoinHandle<Vec<String>>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let heard = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        drop(listener);
        let (reading, mut writing) = stream.into_split();
        let (mut lines, mut heard, mut in_content) = (BufReader::new(reading).lines(), Vec::new(), false);
        writing.write_all(b"220 relay.test ESMTP\r\n").await.unwrap();
        let mut answers = answers.iter();
        while let Ok(Some(line)) = lines.next_line().await {
            if in_content && line != "." {
                continue;
            }
            heard.push(line);
            let Some(answer) = answers.next() else { break };
            in_content = answer.starts_with("354");
            writing.write_all(format!("{answer}\r\n").as_bytes()).await.unwrap();
        }
        heard
    });
    (port, heard)
}

const PIPELINING: &str = "250-relay.test\r\n250 PIPELINING";

#[tokio::test]
async fn a_relay_that_wants_the_content_of_a_mail_it_refused_gets_none() {
    let (port, heard) =
        script(&[PIPELINING, "250 Ok", "550 5.1.1 no such user", "354 go on", "250 Ok"]).await;
    let relay = relay(&at(port));
    assert_eq!(hand_off(&relay, "ana").await.class, ReplyClass::AddressRejected);
    let heard = heard.await.unwrap();
    assert_eq!(heard.last().map(String::as_str), Some("DATA"), "no empty mail either: {heard:?}");
}

#[tokio::test]
async fn what_follows_a_refusal_is_heard_and_taken_back() {
    let (port, heard) = script(&[
        PIPELINING,
        "250 Ok",
        "550 5.1.1 no such user",
        "554 5.5.1 no valid recipients",
        "250 Ok",
        "250 Ok",
        "250 Ok",
        "354 go on",
        "250 2.0.0 Ok",
        "221 Bye",
    ])
    .await;
    let relay = relay(&at(port));
    assert_eq!(hand_off(&relay, "ana").await.class, ReplyClass::AddressRejected);
    assert_eq!(hand_off(&relay, "ben").await.class, ReplyClass::Accepted);
    relay.close().await;
    let verbs: Vec<String> = heard.await.unwrap().iter().map(|line| line.chars().take(4).collect()).collect();
    assert_eq!(verbs, ["EHLO", "MAIL", "RCPT", "DATA", "RSET", "MAIL", "RCPT", "DATA", ".", "QUIT"]);
}

#[tokio::test]
async fn an_answer_too_many_is_not_taken_for_the_next_mails() {
    // The second yes comes with the first, or only when the next mail is begun: then every answer is one too early.
    for (first, then) in [("250 Ok\r\n250 Ok", "421 gone"), ("250 Ok", "250 Ok\r\n250 Ok")] {
        let mut answers = vec![PIPELINING, "250 Ok", "250 Ok", "354 go on", first, then];
        answers.extend(["250 Ok", "354 go on", "554 5.7.1 spam"]);
        let (port, heard) = script(answers.leak()).await;
        let relay = relay(&at(port));
        assert_eq!(hand_off(&relay, "ana").await.class, ReplyClass::Accepted);
        let reply = hand_off(&relay, "ben").await;
        assert_ne!(reply.class, ReplyClass::Accepted, "{reply:?}");
        let dots = heard.await.unwrap().iter().filter(|line| *line == ".").count();
        assert_eq!(dots, 1, "the second mail's content never left");
    }
}

//! What a Kannel gateway's answer means.
//!
//! Promises: only what Kannel says when it has taken a message counts as accepted; a page that is there by mistake and
//! answers 200 does not.

use crate::model::reply::{Reply, ReplyClass};
use crate::net::{Answer, Error};

/// No more of the gateway's words are kept.
const WORDS_CHARACTERS_MAX: usize = 300;

/// Sorts an answer.
pub(super) fn answered(answer: &Answer) -> Reply {
    Reply {
        class: class(answer.status, &answer.body),
        code: format!("HTTP {}", answer.status),
        words: shortened(&answer.body),
        reference: None,
        retry_after: answer.retry_after,
    }
}

/// Sorts the want of one.
pub(super) fn unanswered(error: &Error) -> Reply {
    let class = match error {
        Error::SetUp(_) | Error::Unsent(_) => ReplyClass::Retryable,
        Error::Unanswered(_) => ReplyClass::Ambiguous,
    };
    Reply {
        class,
        code: String::new(),
        words: shortened(&error.to_string()),
        reference: None,
        retry_after: None,
    }
}

fn class(status: u16, body: &str) -> ReplyClass {
    match status {
        // 0: accepted for delivery; 3: queued for later delivery.
        202 => ReplyClass::Accepted,
        // A proxy that lost sight of the gateway: the request may have been heard.
        502 | 504 => ReplyClass::Ambiguous,
        408 | 421 | 425 | 429 | 500..=599 => ReplyClass::Retryable,
        // The operator's own list of numbers refuses this one: no fault of our account.
        403 if body.contains("denied by white") => ReplyClass::Content,
        400 | 413 | 414 | 422 => ReplyClass::Content,
        // Wrong password, wrong path, a redirect, a page of something else: no message will pass.
        _ => ReplyClass::Account,
    }
}

/// The first line without controls and without anything that looks like a number, cut to a length.
pub(super) fn shortened(body: &str) -> String {
    let line = body.lines().find(|line| !line.trim().is_empty()).unwrap_or("");
    let number = |word: &str| word.chars().filter(char::is_ascii_digit).count() >= 7;
    let masked: Vec<&str> =
        line.split_whitespace().map(|word| if number(word) { "…" } else { word }).collect();
    masked.join(" ").chars().filter(|c| !c.is_control()).take(WORDS_CHARACTERS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn every_answer_has_one_class() {
        for (status, body, expected) in [
            (202, "0: Accepted for delivery", ReplyClass::Accepted),
            (202, "3: Queued for later delivery", ReplyClass::Accepted),
            (200, "<html>It works!</html>", ReplyClass::Account),
            (302, "", ReplyClass::Account),
            (400, "Missing receiver number, rejected", ReplyClass::Content),
            (401, "", ReplyClass::Account),
            (403, "Authorization failed for sendsms", ReplyClass::Account),
            (403, "Number(s) has/have been denied by white- and/or black-lists.", ReplyClass::Content),
            (404, "Unknown request", ReplyClass::Account),
            (408, "", ReplyClass::Retryable),
            (413, "", ReplyClass::Content),
            (429, "", ReplyClass::Retryable),
            (500, "", ReplyClass::Retryable),
            (503, "Temporal failure, try again later.", ReplyClass::Retryable),
            (421, "", ReplyClass::Retryable),
            (502, "", ReplyClass::Ambiguous),
            (504, "", ReplyClass::Ambiguous),
        ] {
            let retry_after = Some(Duration::from_secs(3));
            let reply = answered(&Answer { status, retry_after, body: body.to_owned() });
            assert_eq!(reply.class, expected, "{status} {body}");
            assert_eq!((reply.code, reply.retry_after), (format!("HTTP {status}"), retry_after));
        }
    }

    #[test]
    fn only_a_request_that_may_have_arrived_is_in_doubt() {
        assert_eq!(unanswered(&Error::Unsent("refused".to_owned())).class, ReplyClass::Retryable);
        assert_eq!(unanswered(&Error::Unanswered("silence".to_owned())).class, ReplyClass::Ambiguous);
    }

    #[test]
    fn the_words_kept_are_few_and_hold_no_number() {
        let body = format!("\n\n+34600000001 is\tbad \u{7}{}\nmore", "x".repeat(1_000));
        let words = shortened(&body);
        assert!(words.starts_with("… is bad xxx"), "{words}");
        assert_eq!(words.chars().count(), WORDS_CHARACTERS_MAX);
    }
}

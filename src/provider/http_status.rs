//! The meaning of an HTTP status (RFC 9110), for every provider that has no rule of its own.
//!
//! Promises: one table; a provider's file holds only its exceptions. Text that is kept of an answer is short, and holds
//! nothing that looks like a phone number or an address.

use super::exchange::Response;
use crate::model::line::masked_line;
use crate::model::reply::{Reply, ReplyClass};

/// Maximum length of the text that is kept, in characters.
const WORDS_CHARACTERS_MAX: usize = 300;

/// What a status means if the provider defines nothing else.
pub fn class(status: u16) -> ReplyClass {
    match status {
        200..=299 => ReplyClass::Accepted,
        // A proxy that lost sight of the provider: the request may have arrived.
        502 | 504 => ReplyClass::Ambiguous,
        408 | 421 | 425 | 429 | 500..=599 => ReplyClass::Retryable,
        400 | 413 | 414 | 422 => ReplyClass::ContentRejected,
        // Wrong password, wrong path, a redirect, another server's page: no message will pass.
        _ => ReplyClass::AccountRejected,
    }
}

/// The reply of an answer: its class and the provider's words.
pub fn reply(class: ReplyClass, response: &Response<'_>, words: &str, reference: Option<String>) -> Reply {
    Reply {
        class,
        code: format!("HTTP {}", response.status),
        words: shortened(words),
        reference,
        retry_after: response.retry_after,
    }
}

/// The first line without controls and without anything that looks like a number or an address, cut to a length.
pub fn shortened(words: &str) -> String {
    let line = words.lines().find(|line| !line.trim().is_empty()).unwrap_or("");
    let is_private =
        |word: &str| word.contains('@') || word.chars().filter(char::is_ascii_digit).count() >= 7;
    masked_line(line, is_private, WORDS_CHARACTERS_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_kept_are_few_and_hold_no_number_and_no_address() {
        let body = format!("\n\n+34600000001 of ana@example.org is\tbad \u{7}{}\nmore", "x".repeat(1_000));
        let words = shortened(&body);
        assert!(words.starts_with("… of … is bad xxx"), "{words}");
        assert_eq!(words.chars().count(), WORDS_CHARACTERS_MAX);
    }

    #[test]
    fn a_status_that_is_no_yes_is_never_taken_for_one() {
        let accepted: Vec<u16> = (0..=999).filter(|status| class(*status) == ReplyClass::Accepted).collect();
        assert_eq!(accepted, (200..=299).collect::<Vec<u16>>());
    }
}

//! The meaning of a mail server's refusal (RFC 5321, 4.2; RFC 3463; the registry of enhanced codes).
//!
//! Promises: one table, read from the top; only a fault of the address itself suppresses it. A policy, a filter or a full
//! mailbox is not a fault of the address, and neither is a relay that accepts no email from us. If a server sends no
//! enhanced codes, its text is read; a text that names no fault decides nothing.

use crate::model::reply::ReplyClass;

/// Where in the dialogue the server answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Greeting, EHLO and STARTTLS.
    Hello,
    /// AUTH.
    Login,
    /// MAIL FROM.
    Sender,
    /// RCPT TO.
    Recipient,
    /// DATA.
    Data,
    /// After the final dot.
    Body,
}

impl Stage {
    /// Where a connection broke, for a sentence.
    pub fn stage_label(self) -> &'static str {
        match self {
            Self::Hello => "while connecting",
            Self::Login => "while logging in",
            Self::Sender => "before the sender was taken",
            Self::Recipient => "before the recipient was taken",
            Self::Data => "before the message was sent",
            Self::Body => "after the message was sent",
        }
    }
}

/// An enhanced status code: `5.1.1`.
pub type Enhanced = (u16, u16, u16);

/// Words by which servers refuse us and not the person, whatever the code: a relay that does not know us, and what
/// Postfix answers to RCPT about everything that was said before it.
const REFUSES_US: [&str; 13] = [
    "relay access denied",
    "relay denied",
    "relaying denied",
    "relaying not",
    "relaying prohibited",
    "relaying is",
    "relay not permitted",
    "to relay",
    "not relay",
    "rcpthosts",
    "sender address rejected",
    "client host rejected",
    "helo command rejected",
];

/// Words that speak of an address, for servers that give no enhanced code.
const SPEAKS_OF_THE_ADDRESS: [&str; 14] = [
    "no such",
    "unknown",
    "not exist",
    "n't exist",
    "not found",
    "invalid recipient",
    "invalid mailbox",
    "invalid address",
    "no mailbox",
    "mailbox unavailable",
    "mailbox name not allowed",
    "disabled",
    "inactive",
    "not a valid",
];

/// Classes a negative reply by its stage, its three digits and its words, which may begin with an enhanced code.
pub fn classify(stage: Stage, code: u16, words: &str) -> ReplyClass {
    use ReplyClass::{AccountRejected, AddressRejected, ContentRejected, Retryable};
    let said = words.to_lowercase();
    let says = |list: &[&str]| list.iter().any(|phrase| said.contains(phrase));
    match (stage, code, enhanced(words)) {
        // A temporary failure, whatever the reason: greylisted, throttled, shutting down, no space.
        (_, 400..=499, _) => Retryable,
        // Who we are: not logged in, wrong password, account disabled, encryption wanted.
        (Stage::Login, ..) => AccountRejected,
        (_, 530 | 534 | 535 | 538, _) => AccountRejected,
        (_, _, Some((5, 7, 3 | 8..=14 | 57 | 60 | 64))) => AccountRejected,
        // The server wants nothing from us at all.
        (Stage::Hello, ..) => AccountRejected,
        // The dialogue is out of step: another one may go better.
        (_, 503, _) => Retryable,
        // A message too long for it, or in a form it does not take.
        (_, _, Some((5, 2, 3) | (5, 3, 4) | (5, 6, _))) => ContentRejected,
        // Our own sender is unknown to it or not allowed.
        (_, _, Some((5, 1, 7 | 8))) => AccountRejected,
        (Stage::Sender, 552, _) => ContentRejected,
        (Stage::Sender, ..) => AccountRejected,
        _ if says(&REFUSES_US) => AccountRejected,
        // A full mailbox may be emptied; while it is not, the next channel takes over in time.
        (_, _, Some((5, 2, 2))) => Retryable,
        (Stage::Recipient, 552, None) => Retryable,
        // The address: unknown, disabled, moved, without a mail server.
        (_, _, Some((5, 1, 0..=6 | 9 | 10) | (5, 2, 1) | (5, 4, 4))) => AddressRejected,
        // Policies, filters and reputation: about us or the text, not about the person.
        (_, _, Some((5, 7, _))) => ContentRejected,
        // RFC 5321, 3.4, and RFC 7504, 4: codes that speak of nothing else.
        (Stage::Recipient, 551 | 556, None) => AddressRejected,
        // Without an enhanced code the text of the reply decides: an address is lost for good by this, a policy is not.
        (Stage::Recipient, 550 | 553, None) if says(&SPEAKS_OF_THE_ADDRESS) => AddressRejected,
        // Anything else that is permanent: the same words will be refused again.
        _ => ContentRejected,
    }
}

/// Reads the enhanced code of a reply: at the start of its words, or at their end as qmail writes it, `(#5.7.1)`.
pub fn enhanced(words: &str) -> Option<Enhanced> {
    let first = words.split_whitespace().next()?;
    let last = words.rsplit_once("(#").and_then(|(_, rest)| rest.trim_end().strip_suffix(')'));
    code_of(first).or_else(|| code_of(last?))
}

fn code_of(text: &str) -> Option<Enhanced> {
    let mut numbers = text.split('.');
    let mut number = |digits_max: usize| {
        let text = numbers.next()?;
        (1..=digits_max).contains(&text.len()).then(|| text.parse().ok()).flatten()
    };
    let code = (number(1)?, number(3)?, number(3)?);
    (numbers.next().is_none() && matches!(code.0, 2 | 4 | 5)).then_some(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Replies as servers send them, each with the one class it has.
    const REPLIES: &[(Stage, &str, ReplyClass)] = {
        use ReplyClass::{AccountRejected, AddressRejected, ContentRejected, Retryable};
        use Stage::{Body, Data, Hello, Login, Sender};
        &[
            (Hello, "421 4.3.2 shutting down", Retryable),
            (Hello, "450 4.7.0 too many connections", Retryable),
            (Hello, "554 5.7.1 your address is on a block list", AccountRejected),
            (Hello, "554 no SMTP service here", AccountRejected),
            (Hello, "502 command not recognised", AccountRejected),
            (Login, "454 4.7.0 temporary authentication failure", Retryable),
            (Login, "535 5.7.8 authentication failed", AccountRejected),
            (Login, "534 5.7.9 mechanism too weak", AccountRejected),
            (Login, "504 5.5.4 unrecognised authentication type", AccountRejected),
            (Sender, "451 4.7.1 try again", Retryable),
            (Sender, "454 4.7.0 throttling failure: maximum sending rate exceeded", Retryable),
            (Sender, "530 5.7.0 must issue a STARTTLS command first", AccountRejected),
            (Sender, "550 5.1.8 sender domain not found", AccountRejected),
            (Sender, "553 5.1.7 sender address syntax", AccountRejected),
            (Sender, "554 5.7.1 sender not verified", AccountRejected),
            (Sender, "552 5.3.4 message too big", ContentRejected),
            (Sender, "552 message exceeds fixed maximum size", ContentRejected),
            (Stage::Recipient, "450 4.2.0 greylisted", Retryable),
            (Stage::Recipient, "451 4.7.1 greylisted, try later", Retryable),
            (Stage::Recipient, "452 4.2.2 mailbox full", Retryable),
            (Stage::Recipient, "452 4.5.3 too many recipients", Retryable),
            (Stage::Recipient, "550 5.1.1 user unknown", AddressRejected),
            (Stage::Recipient, "550 5.1.10 recipient not found", AddressRejected),
            (Stage::Recipient, "550 5.1.2 bad destination domain", AddressRejected),
            (Stage::Recipient, "551 5.1.6 user has moved", AddressRejected),
            (Stage::Recipient, "550 5.2.1 mailbox disabled", AddressRejected),
            (Stage::Recipient, "550 5.4.4 host not found", AddressRejected),
            (Stage::Recipient, "550 no such user", AddressRejected),
            (Stage::Recipient, "553 mailbox name not allowed", AddressRejected),
            (Stage::Recipient, "552 5.2.2 mailbox full", Retryable),
            (Stage::Recipient, "552 mailbox full", Retryable),
            (Stage::Recipient, "554 5.7.1 relay access denied", AccountRejected),
            (Stage::Recipient, "554 5.7.1 <…>: Relay access denied", AccountRejected),
            (Stage::Recipient, "550 5.7.1 Unable to relay", AccountRejected),
            (
                Stage::Recipient,
                "550 5.7.54 Unable to relay recipient in non-accepted domain",
                AccountRejected,
            ),
            (Stage::Recipient, "550 relay not permitted", AccountRejected),
            (Stage::Recipient, "550 5.7.1 Relaying denied. Proper authentication required.", AccountRejected),
            (
                Stage::Recipient,
                "553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)",
                AccountRejected,
            ),
            (Stage::Recipient, "550 5.1.0 <…>: Sender address rejected: User unknown", AccountRejected),
            (Stage::Recipient, "553 5.7.1 <…>: Sender address rejected: not owned by user", AccountRejected),
            (Stage::Recipient, "554 5.7.1 <…>: Client host rejected: Access denied", AccountRejected),
            (Stage::Recipient, "504 5.5.2 <…>: Helo command rejected: need a full name", AccountRejected),
            (Stage::Recipient, "454 4.7.1 <…>: Relay access denied", Retryable),
            (Stage::Recipient, "550 relay.example.net said: no such user", AddressRejected),
            (Stage::Recipient, "550 sorry, no mailbox here by that name. (#5.1.1)", AddressRejected),
            (Stage::Recipient, "550 Requested action not taken: mailbox unavailable", AddressRejected),
            (Stage::Recipient, "550", ContentRejected),
            (Stage::Recipient, "550 blocked by our list", ContentRejected),
            (Stage::Recipient, "550 rejected because of its SPF policy", ContentRejected),
            (Stage::Recipient, "556 domain does not accept mail", AddressRejected),
            (Stage::Recipient, "550 5.4.1 Recipient address rejected: Access denied", ContentRejected),
            (Stage::Recipient, "550 5.7.1 blocked by policy", ContentRejected),
            (Stage::Recipient, "550 5.7.515 access denied, sender not authenticated", ContentRejected),
            (Stage::Recipient, "530 5.7.57 client not authenticated", AccountRejected),
            (Stage::Recipient, "550 5.7.64 tenant attribution", AccountRejected),
            (Stage::Recipient, "501 5.1.3 bad address syntax", AddressRejected),
            (Stage::Recipient, "503 5.5.1 bad sequence", Retryable),
            (Stage::Recipient, "554 5.4.6 routing loop", ContentRejected),
            (Data, "554 5.7.1 <…>: Relay access denied", AccountRejected),
            (Data, "503 5.5.1 need RCPT first", Retryable),
            (Data, "451 4.3.0 queue file write error", Retryable),
            (Data, "554 5.5.1 no valid recipients", ContentRejected),
            (Body, "451 4.3.0 try again", Retryable),
            (Body, "452 4.3.1 out of space", Retryable),
            (Body, "550 5.7.1 message looks like spam", ContentRejected),
            (Body, "554 5.7.1 rejected as spam", ContentRejected),
            (Body, "554 transaction failed", ContentRejected),
            (Body, "552 5.3.4 message too big", ContentRejected),
            (Body, "554 5.6.0 malformed message", ContentRejected),
            (Body, "550 5.1.1 user unknown", AddressRejected),
            (Body, "550 blocked", ContentRejected),
            (Body, "552 5.2.2 over quota", Retryable),
        ]
    };

    #[test]
    fn every_reply_has_one_class() {
        for (stage, line, class) in REPLIES {
            let (code, words) = line.split_once(' ').unwrap_or((line, ""));
            assert_eq!(classify(*stage, code.parse().unwrap(), words), *class, "{stage:?}: {line}");
        }
    }

    #[test]
    fn enhanced_codes_are_read_where_they_are_and_nowhere_else() {
        for (words, code) in [
            ("5.1.1 user unknown", Some((5, 1, 1))),
            ("4.7.0", Some((4, 7, 0))),
            ("5.7.515 access denied", Some((5, 7, 515))),
            ("user 5.1.1 unknown", None),
            ("192.0.2.1 is blocked", None),
            ("5.1 unknown", None),
            ("no mailbox here (#5.1.1)", Some((5, 1, 1))),
            ("no mailbox here (#5.1.1) or there", None),
            ("(#everything)", None),
            ("5.1.1.1 unknown", None),
            ("5.1.1111 unknown", None),
            ("3.1.1 unknown", None),
            ("", None),
        ] {
            assert_eq!(enhanced(words), code, "{words:?}");
        }
    }
}

//! Bounces that a mail provider reports: whether the address is lost.
//!
//! Promises: a bounce is read by the table of the SMTP relay, so a policy, a filter or a full mailbox suppresses no address,
//! whatever the provider calls it.

use super::smtp::{Stage, classify, enhanced};
use crate::model::reply::ReplyClass;
use crate::model::report::ReceiptStatus;

/// What a bounce means that the provider calls permanent. `answer` is what the receiving server answered; one without an enhanced
/// code (RFC 3463) is believed.
pub(super) fn permanent(answer: &str) -> ReceiptStatus {
    let mut starts = answer.char_indices().filter(|(at, c)| {
        c.is_ascii_digit()
            && (*at == 0 || answer[..*at].ends_with(|before: char| !before.is_ascii_digit() && before != '.'))
    });
    let Some((at, _)) = starts.find(|(at, _)| enhanced(&answer[*at..]).is_some()) else {
        return ReceiptStatus::Undeliverable;
    };
    match classify(Stage::Recipient, 550, &answer[at..]) {
        ReplyClass::AddressRejected => ReceiptStatus::Undeliverable,
        _ => ReceiptStatus::Failed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_address_that_is_lost_is_undeliverable() {
        for (answer, status) in [
            ("", ReceiptStatus::Undeliverable),
            ("The server was unable to deliver your message", ReceiptStatus::Undeliverable),
            ("550 5.1.1 no such user", ReceiptStatus::Undeliverable),
            ("smtp; 550 5.1.1 <…> User unknown", ReceiptStatus::Undeliverable),
            ("smtp;550-5.1.1 The email account does not exist", ReceiptStatus::Undeliverable),
            ("5.1.10", ReceiptStatus::Undeliverable),
            ("smtp; 550 5.7.1 blocked by policy", ReceiptStatus::Failed),
            ("552 5.2.2 mailbox full", ReceiptStatus::Failed),
            ("5.7.26", ReceiptStatus::Failed),
            ("host 192.0.2.7 said: 554 5.7.9 rejected", ReceiptStatus::Failed),
        ] {
            assert_eq!(permanent(answer), status, "{answer}");
        }
    }
}

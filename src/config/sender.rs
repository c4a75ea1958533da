//! The sender of a text message: which numbers and names gateways accept.

use crate::model::address::PhoneNumber;

/// What a sender has to be, for a sentence.
pub(super) const SENDER: &str = "a phone number, a short code or up to 11 letters, digits and spaces";

/// Takes a sender that gateways pass on.
pub(super) fn sender(text: &str) -> Option<String> {
    let short_code = (3..=8).contains(&text.len()) && text.chars().all(|c| c.is_ascii_digit());
    let name = text.len() <= 11
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == ' ')
        && text.contains(|c: char| c.is_ascii_alphabetic());
    (short_code || name || PhoneNumber::new(text).is_some()).then(|| text.to_owned())
}

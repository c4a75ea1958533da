//! Endpoints: an address together with the channel it is used on.
//!
//! Promises: an endpoint's address is of the kind its channel needs; the channel is given or follows from the kinds of
//! address that accept the text, never from its first character. Printing an endpoint masks the address.

use std::fmt;

use super::address::Address;
use super::channel::Channel;
use super::phone_kind::SpecialNumber;
use super::place::Place;

/// One address on its channel. The same number on two channels is two endpoints.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Endpoint {
    channel: Channel,
    address: Address,
}

impl Endpoint {
    /// Reads an address of the kind the channel needs; `None` if it is of no such shape.
    pub fn new(channel: Channel, text: &str) -> Option<Self> {
        Some(Self { channel, address: channel.facts().address.parse(text)? })
    }

    /// Reads the address of a person as one is typed: `CHANNEL:ADDRESS`, or a bare address, which belongs to the first
    /// channel that accepts it. A place is no address of a person.
    pub fn read(text: &str) -> Option<Self> {
        let named =
            text.split_once(':').and_then(|(word, rest)| Some((Channel::from_word(word.trim())?, rest)));
        match named {
            Some((channel, _)) if channel.is_for_places() => None,
            Some((channel, address)) => Self::new(channel, address),
            None => Channel::FOR_PEOPLE.into_iter().find_map(|channel| Self::new(channel, text)),
        }
    }

    /// What its phone number is, if no person has it and no message may go there.
    pub fn special_number(&self) -> Option<SpecialNumber> {
        match &self.address {
            Address::Phone(number) => SpecialNumber::of(number),
            Address::Mailbox(_) | Address::Place(_) => None,
        }
    }

    /// `None` for the address of a person.
    pub fn place(&self) -> Option<&Place> {
        match &self.address {
            Address::Place(place) => Some(place),
            Address::Mailbox(_) | Address::Phone(_) => None,
        }
    }

    /// The channel it is used on.
    pub fn channel(&self) -> Channel {
        self.channel
    }

    /// The address, of the kind the channel needs.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// The address as it is compared on its channel.
    pub fn canonical(&self) -> String {
        self.address.canonical()
    }

    /// The address as it is compared, with its channel.
    pub fn as_compared(&self) -> String {
        format!("{} {}", self.channel.word(), self.canonical())
    }

    /// Whether both are one address on one channel, however they are spelled.
    pub fn is_same(&self, other: &Self) -> bool {
        (self.channel, self.canonical()) == (other.channel, other.canonical())
    }

    /// The whole address, only for the channel and the ledger.
    pub fn expose(&self) -> &str {
        self.address.expose()
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.address.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::Endpoint;
    use crate::model::channel::{Channel, FACTS};

    fn read(text: &str) -> Option<(Channel, String)> {
        Endpoint::read(text).map(|endpoint| (endpoint.channel(), endpoint.expose().to_owned()))
    }

    #[test]
    fn a_bare_address_belongs_to_the_channel_that_accepts_it() {
        assert_eq!(read(" ana@Example.org "), Some((Channel::Mail, "ana@example.org".to_owned())));
        assert_eq!(read("+34 600 000 001"), Some((Channel::Text, "+34600000001".to_owned())));
        for text in ["", "ana", "600000001", "+12", "@", "mail:"] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn a_mail_address_may_begin_with_a_plus() {
        assert_eq!(read("+ana@example.org"), Some((Channel::Mail, "+ana@example.org".to_owned())));
        assert_eq!(read("+34600000001@example.org").map(|read| read.0), Some(Channel::Mail));
    }

    #[test]
    fn a_named_channel_takes_only_its_kind_of_address() {
        assert_eq!(read("text:+34600000001"), Some((Channel::Text, "+34600000001".to_owned())));
        assert_eq!(read("mail:+ana@example.org"), Some((Channel::Mail, "+ana@example.org".to_owned())));
        for text in ["mail:+34600000001", "text:ana@example.org", "fax:+34600000001", "chat:slack/C01"] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn every_channel_accepts_the_specimen_of_its_kind() {
        for row in &FACTS {
            assert!(Endpoint::new(row.channel, row.address.specimen()).is_some(), "{}", row.word);
        }
    }
}

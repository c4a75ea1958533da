//! Channels: the ways to reach a person or a place, and one row of facts for each.
//!
//! Promises: what depends on the channel alone is a column of [`FACTS`], and no other file repeats it; a word and a
//! stored number never change, because files hold them. What depends on the provider is not here.

use super::address::AddressKind;
use super::message::Form;
use super::report::Evidence;

/// A way to reach a person, or a place that is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Channel {
    /// Electronic mail.
    Mail,
    /// A text message to a phone (SMS).
    Text,
    /// A room of a chat service, or a topic that people follow.
    Chat,
    /// A tool in which incidents are opened and resolved.
    Tool,
    /// A program of someone else, by a signed request.
    Webhook,
}

/// What a person needs to be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Network {
    /// A connection to the internet.
    Ip,
    /// A phone with reception, and no data.
    Cellular,
}

/// What is true of a channel whichever provider carries it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    /// The channel of this row.
    pub channel: Channel,
    /// The word in files, commands and ids.
    pub word: &'static str,
    /// The word in messages and documentation.
    pub name: &'static str,
    /// The number in the ledger.
    pub number: i64,
    /// The kind of address it needs. A bare address belongs to the first row that accepts it.
    pub address: AddressKind,
    /// The form of its messages.
    pub form: Form,
    /// Whether a message that may have left is sent again. A second mail is a nuisance and a missing one is a
    /// failure; texts cost money and look like spam.
    pub is_sent_again_in_doubt: bool,
    /// How many steps a worker claims at once: the most that a power failure can repeat.
    pub claim_window: usize,
    /// What a person needs to be reached by it, unless the plan knows better of a provider.
    pub network: Network,
    /// Whether each message costs money, so that the budget counts it.
    pub is_priced: bool,
    /// The most that any provider can ever prove of a message.
    pub evidence_max: Evidence,
}

/// Every channel, in the order of the declaration.
pub const FACTS: [Facts; 5] = [
    Facts {
        channel: Channel::Mail,
        word: "mail",
        name: "email",
        number: 0,
        address: AddressKind::Mailbox,
        form: Form::Mail,
        is_sent_again_in_doubt: true,
        claim_window: 100,
        network: Network::Ip,
        is_priced: false,
        evidence_max: Evidence::Read,
    },
    Facts {
        channel: Channel::Text,
        word: "text",
        name: "SMS",
        number: 1,
        address: AddressKind::Phone,
        form: Form::Text,
        is_sent_again_in_doubt: false,
        claim_window: 10,
        network: Network::Cellular,
        is_priced: true,
        evidence_max: Evidence::Delivered,
    },
    Facts {
        channel: Channel::Chat,
        word: "chat",
        name: "chat",
        number: 2,
        address: AddressKind::Place,
        form: Form::Card,
        is_sent_again_in_doubt: false,
        claim_window: 10,
        network: Network::Ip,
        is_priced: false,
        evidence_max: Evidence::Accepted,
    },
    Facts {
        channel: Channel::Tool,
        word: "tool",
        name: "tool",
        number: 3,
        address: AddressKind::Place,
        form: Form::Event,
        is_sent_again_in_doubt: false,
        claim_window: 10,
        network: Network::Ip,
        is_priced: false,
        evidence_max: Evidence::Accepted,
    },
    Facts {
        channel: Channel::Webhook,
        word: "webhook",
        name: "webhook",
        number: 4,
        address: AddressKind::Place,
        form: Form::Event,
        is_sent_again_in_doubt: false,
        claim_window: 10,
        network: Network::Ip,
        is_priced: false,
        evidence_max: Evidence::Accepted,
    },
];

impl Channel {
    /// The channels in the order of their table.
    pub const ALL: [Self; FACTS.len()] = {
        let mut all = [Self::Mail; FACTS.len()];
        let mut at = 0;
        while at < FACTS.len() {
            all[at] = FACTS[at].channel;
            at += 1;
        }
        all
    };

    /// The channels that reach a person.
    pub const FOR_PEOPLE: [Self; 2] = [Self::Mail, Self::Text];

    /// The channels that reach the destinations of the plan.
    pub const FOR_PLACES: [Self; 3] = [Self::Chat, Self::Tool, Self::Webhook];

    /// The channel's row of the table.
    pub const fn facts(self) -> &'static Facts {
        match self {
            Self::Mail => &FACTS[0],
            Self::Text => &FACTS[1],
            Self::Chat => &FACTS[2],
            Self::Tool => &FACTS[3],
            Self::Webhook => &FACTS[4],
        }
    }

    /// Whether it reaches a place of the plan, and no person.
    pub const fn is_for_places(self) -> bool {
        matches!(self.facts().address, AddressKind::Place)
    }

    /// The word in files, commands and ids.
    pub const fn word(self) -> &'static str {
        self.facts().word
    }

    /// The word in messages and documentation.
    pub const fn name(self) -> &'static str {
        self.facts().name
    }

    /// The channel a word names.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|channel| channel.word() == word)
    }

    /// The channel for people that a word names.
    pub fn for_people(word: &str) -> Option<Self> {
        Self::FOR_PEOPLE.into_iter().find(|channel| channel.word() == word)
    }

    /// The channel of a number in the ledger.
    pub fn from_number(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|channel| channel.facts().number == number)
    }
}

impl Network {
    /// Both networks.
    pub const ALL: [Self; 2] = [Self::Ip, Self::Cellular];

    /// The word in the plan.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ip => "ip",
            Self::Cellular => "cellular",
        }
    }

    /// The network a word names.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|network| network.word() == word)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{Channel, FACTS};

    #[test]
    fn every_channel_finds_its_own_row() {
        for row in &FACTS {
            assert_eq!(row.channel.facts(), row);
            assert_eq!(Channel::from_word(row.word), Some(row.channel));
            assert_eq!(Channel::from_number(row.number), Some(row.channel));
            assert_eq!(Channel::FOR_PEOPLE.contains(&row.channel), !row.channel.is_for_places());
            assert_eq!(Channel::FOR_PLACES.contains(&row.channel), row.channel.is_for_places());
        }
        assert_eq!((Channel::from_word("fax"), Channel::from_number(-1)), (None, None));
    }

    #[test]
    fn no_two_rows_share_a_word_or_a_number() {
        let words: BTreeSet<_> = FACTS.iter().map(|row| row.word).collect();
        let numbers: BTreeSet<_> = FACTS.iter().map(|row| row.number).collect();
        assert_eq!((words.len(), numbers.len()), (FACTS.len(), FACTS.len()));
    }

    #[test]
    fn words_and_numbers_are_those_that_files_hold() {
        let pinned = [("mail", 0), ("text", 1), ("chat", 2), ("tool", 3), ("webhook", 4)];
        assert_eq!(FACTS.map(|row| (row.word, row.number)), pinned);
    }
}

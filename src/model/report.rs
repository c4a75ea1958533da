//! Delivery reports: what a provider reports about a message after it accepted it, and the evidence about a message.

/// How far a message is known to have come. What comes later is greater, and knowing more includes knowing less.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Evidence {
    /// The provider accepted it.
    Accepted,
    /// The provider passed it on to the network, or to the next server.
    Sent,
    /// The message arrived.
    Delivered,
    /// The recipient opened it, if the provider can tell.
    Read,
}

impl Evidence {
    /// Every level, the least first.
    pub const ALL: [Self; 4] = [Self::Accepted, Self::Sent, Self::Delivered, Self::Read];

    /// The word in the plan and in commands.
    pub fn word(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Read => "read",
        }
    }

    /// The level a word names.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.word() == word)
    }
}

/// What one delivery report says of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ReceiptStatus {
    /// It waits at the provider; nothing new is known.
    Buffered,
    /// It was passed on.
    Sent,
    /// The message arrived.
    Delivered,
    /// The recipient opened it, if the provider can tell.
    Read,
    /// It did not arrive this time; the address may be good.
    Failed,
    /// It can never arrive.
    Undeliverable,
}

impl ReceiptStatus {
    /// Every status.
    pub const ALL: [Self; 6] =
        [Self::Buffered, Self::Sent, Self::Delivered, Self::Read, Self::Failed, Self::Undeliverable];

    /// The word in commands.
    pub fn word(self) -> &'static str {
        match self {
            Self::Buffered => "buffered",
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Read => "read",
            Self::Failed => "failed",
            Self::Undeliverable => "undeliverable",
        }
    }

    /// The status a word names.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.word() == word)
    }

    /// What is known after it; `None` where it proves nothing good.
    pub fn evidence(self) -> Option<Evidence> {
        match self {
            Self::Sent => Some(Evidence::Sent),
            Self::Delivered => Some(Evidence::Delivered),
            Self::Read => Some(Evidence::Read),
            Self::Buffered | Self::Failed | Self::Undeliverable => None,
        }
    }

    /// Whether it says that the message will not arrive.
    pub fn is_failure(self) -> bool {
        matches!(self, Self::Failed | Self::Undeliverable)
    }
}

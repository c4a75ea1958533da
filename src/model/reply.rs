//! A provider's answer, sorted into the classes that decide what happens next.

use std::time::Duration;

/// What an answer means for the step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ReplyClass {
    /// Taken: a handoff.
    Accepted,
    /// A temporary failure: try the same provider again later.
    Retryable,
    /// This address will never work: suppress it, go to the next step.
    AddressRejected,
    /// These words will never be taken: go to the next step, tell the operator.
    ContentRejected,
    /// Our account is refused: no message will pass until the operator acts.
    AccountRejected,
    /// The connection broke after the message was sent: the result is unknown.
    Ambiguous,
}

impl ReplyClass {
    /// Every class.
    pub const ALL: [Self; 6] = [
        Self::Accepted,
        Self::Retryable,
        Self::AddressRejected,
        Self::ContentRejected,
        Self::AccountRejected,
        Self::Ambiguous,
    ];

    /// The word in the ledger and in commands.
    pub fn word(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Retryable => "retryable",
            Self::AddressRejected => "recipient",
            Self::ContentRejected => "content",
            Self::AccountRejected => "account",
            Self::Ambiguous => "ambiguous",
        }
    }

    /// The class a word names.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.word() == word)
    }
}

/// One provider's answer to one handoff. Holds no address and no secret, at most 300 characters of the
/// provider's own words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The class of the answer.
    pub class: ReplyClass,
    /// The provider's code where it gave one: `550 5.1.1`, `HTTP 503`.
    pub code: String,
    /// The provider's words, or ours where it said nothing.
    pub words: String,
    /// The provider's own id of the message.
    pub reference: Option<String>,
    /// How long the provider asked us to wait.
    pub retry_after: Option<Duration>,
}

//! Approvals: who agreed that the text of an incident is sent, and in which role.
//!
//! Promises: plain values. An approval is of one text of one incident, which it names by its digest; another text has another
//! digest.

use super::Moment;
use super::incident::IncidentId;

/// What a person of the plan is responsible for during an incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Leads the work on the incident.
    IncidentManager,
    /// Decides what is said about it.
    CommunicationsManager,
    /// Answers the customers who ask.
    SupportManager,
}

impl Role {
    /// The three roles.
    pub const ALL: [Self; 3] = [Self::IncidentManager, Self::CommunicationsManager, Self::SupportManager];

    /// The word in the plan and in the ledger.
    pub fn word(self) -> &'static str {
        match self {
            Self::IncidentManager => "incident_manager",
            Self::CommunicationsManager => "communications_manager",
            Self::SupportManager => "support_manager",
        }
    }

    /// The role of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.word() == word)
    }

    /// The name for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::IncidentManager => "incident manager",
            Self::CommunicationsManager => "communications manager",
            Self::SupportManager => "support manager",
        }
    }
}

/// That a person agreed to one text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Approval {
    /// The incident that is approved.
    pub incident: IncidentId,
    /// Of which text of it: its [`text_digest`](super::approved_text::text_digest).
    pub digest: String,
    /// Who, by their short name in the plan.
    pub person: String,
    /// The time of the approval.
    pub at: Moment,
    /// How it was given.
    pub means: Means,
}

/// How an approval was given.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Means {
    /// With `allclear approve`.
    Command,
    /// By `allclear approve --break-glass`, without the approval that the plan asks for.
    BreakGlass {
        /// The role that the person acted in.
        role: Role,
        /// Why nobody else could be asked.
        reason: String,
    },
    /// By the commit that brought the text.
    Commit {
        /// The commit's hash.
        id: String,
        /// Whether git verified the person's signature; if not, a trailer names the person.
        signed: bool,
    },
}

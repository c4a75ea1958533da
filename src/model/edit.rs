//! Edits of texts that subscribers have already read, and the reason why a difference is not announced.
//!
//! Promises: plain values; the texts in them are the operator's own, never an address.

pub use super::part::Part;

use super::Moment;
use super::change::ChangeKind;
use super::incident::{Audience, IncidentId};
use super::localized::Language;

/// What becomes of an edit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// Proven to change no meaning: not told.
    Silent,
    /// Neither proven harmless nor known to change the meaning: told, unless the operator marks it `{silent}`.
    Ask,
    /// It changes the meaning: told as a correction.
    Tell,
}

impl Verdict {
    /// The word for scripts.
    pub fn word(self) -> &'static str {
        match self {
            Self::Silent => "silent",
            Self::Ask => "ask",
            Self::Tell => "tell",
        }
    }
}

/// Two versions of a text compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// What becomes of it.
    pub verdict: Verdict,
    /// Why, as a phrase: "a sentence added".
    pub why: &'static str,
    /// The sentences that differ, as they were announced.
    pub before: String,
    /// The same sentences now.
    pub after: String,
}

/// An edit of one text of an incident in one language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextEdit {
    /// The incident as it is called now.
    pub incident: IncidentId,
    /// Title, impact, workaround or one of its updates.
    pub part: Part,
    /// The translation; `None` for the text in the page's first language.
    pub language: Option<Language>,
    /// The difference and its verdict.
    pub edit: Edit,
}

impl TextEdit {
    /// Whether impact or workaround were not there before: news, and no correction.
    pub fn is_addition(&self) -> bool {
        let explains = matches!(self.part, Part::Impact | Part::Workaround);
        explains && self.language.is_none() && self.edit.before.is_empty()
    }

    /// Whether the text says all that was announced, and more.
    pub fn only_adds(&self) -> bool {
        let words = |text: &str| -> Vec<String> {
            let parts = text.split(|letter: char| !letter.is_alphanumeric());
            parts.filter(|word| !word.is_empty()).map(str::to_lowercase).collect()
        };
        let (before, after) = (words(&self.edit.before), words(&self.edit.after));
        after.len() > before.len() && after.starts_with(&before)
    }
}

/// A new incident that may be an announced open one under another name: neither is sure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MaybeRenamed {
    /// The incident that is new.
    pub incident: IncidentId,
    /// The announced one, as it was called.
    pub announced: IncidentId,
}

/// A difference that is not told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unannounced {
    /// The incident as it is called now.
    pub incident: IncidentId,
    /// Why nobody is notified.
    pub reason: Reason,
}

/// Why a difference is not told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Its texts were edited without a change of meaning; the edits are next to it.
    Cosmetic,
    /// It was renamed, or the time of a heading was corrected.
    Renamed,
    /// It lies in the future, and is announced then.
    Future {
        /// When it is announced.
        at: Moment,
    },
    /// It is news of more than a day ago, or a detail of an incident that is over.
    Old,
    /// An announced update is gone from the file.
    Removed {
        /// Time of the update that is gone.
        at: Moment,
    },
    /// It is for a narrower audience than the one notified: the operator's own staff, or one that the page names.
    Internal {
        /// The audience that the update is for.
        audience: Audience,
        /// When the newest update for it was written; `None` if the whole incident is for it.
        update: Option<Moment>,
    },
    /// The file says that it is not told.
    Silenced {
        /// Whether the mark is in the front matter, for the whole incident, instead of in the heading of an update.
        by_file: bool,
        /// What subscribers are not notified of.
        what: Vec<ChangeKind>,
    },
    /// Its file has an error: it is announced once that is fixed.
    Faulty,
    /// It waits for an approval that the plan asks for.
    Unapproved {
        /// Whose, each as "Bo Berg (communications manager)".
        by: Vec<String>,
        /// Why the approvals that were found do not count, each a phrase.
        rejected: Vec<String>,
    },
    /// Someone else has control of the incident.
    Controlled {
        /// Who has control and who wrote the text, as a phrase.
        why: String,
    },
    /// This run leaves it for another one, by option.
    Skipped,
}

impl Reason {
    /// The word for scripts.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Cosmetic => "cosmetic",
            Self::Renamed => "renamed",
            Self::Future { .. } => "future",
            Self::Old => "old",
            Self::Removed { .. } => "removed",
            Self::Internal { .. } => "internal",
            Self::Silenced { .. } => "silenced",
            Self::Faulty => "faulty",
            Self::Unapproved { .. } => "unapproved",
            Self::Controlled { .. } => "controlled",
            Self::Skipped => "skipped",
        }
    }
}

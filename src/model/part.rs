//! The texts of an incident that subscribers read.

use super::Moment;

/// Which text of an incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// Title, as customers read it.
    Title,
    /// What it means for customers.
    Impact,
    /// What they can do meanwhile.
    Workaround,
    /// The text of the update of that time.
    Update {
        /// When it was said.
        at: Moment,
    },
}

impl Part {
    /// The word for scripts and the ledger.
    pub fn word(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::Impact => "impact",
            Self::Workaround => "workaround",
            Self::Update { .. } => "update",
        }
    }
}

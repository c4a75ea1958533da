//! How confidential a text is, and up to which level a channel may carry it.
//!
//! Promises: the levels are ordered: a channel carries a text that is at most as sensitive as its `sensitivity_max`.

/// How sensitive a text is, or how sensitive a text a channel may carry, from least to most.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sensitivity {
    /// For everyone: it is on the page.
    #[default]
    Public,
    /// For customers: a channel that others may look over does not carry it.
    Customer,
    /// For those it concerns, where nobody else can read along.
    Confidential,
}

impl Sensitivity {
    /// Every level, from least to most.
    pub const ALL: [Self; 3] = [Self::Public, Self::Customer, Self::Confidential];

    /// The word in files.
    pub fn word(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Customer => "customer",
            Self::Confidential => "confidential",
        }
    }

    /// The level a word in a file names.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.word() == word)
    }
}

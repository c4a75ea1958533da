//! The author's mark that decides whether an edit or an update is announced: `{silent}` or `{tell}`.
//!
//! Promises: plain values; it overrules what the comparison finds.

/// What the operator says about telling, against or next to what the comparison finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AuthorMark {
    /// It is not told.
    Silent,
    /// The update is announced.
    Tell,
}

impl AuthorMark {
    /// Both, in the order of the documentation.
    pub const ALL: [Self; 2] = [Self::Silent, Self::Tell];

    /// The word in the files.
    pub fn word(self) -> &'static str {
        match self {
            Self::Silent => "silent",
            Self::Tell => "tell",
        }
    }

    /// Reads [`word`](Self::word).
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|author_mark| author_mark.word() == word)
    }
}

//! Problems: errors and warnings in an author's file, with how to fix them.
//!
//! Promises: problems are collected, never thrown; sorted they come in the order of the files. A failure of a disk or a
//! network is not a problem but an error of the room in which it happened.

use super::Moment;

mod places;

pub use places::{FilePlaces, SourceMap};

/// Whether the file can be used as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProblemLevel {
    /// The file cannot be used as it is: if it cannot be read, its last good version stays up; if a rule is
    /// broken nobody is notified of the change; the command exits with 3.
    Error,
    /// Worth fixing; nothing is held back.
    Warning,
}

impl ProblemLevel {
    /// The word before the sentence.
    pub fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// Where in a file. Lines and columns count from 1, columns in characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SourceSpan {
    /// Line number, from 1.
    pub line: usize,
    /// The column of the first character.
    pub column: usize,
    /// How many characters of the line are meant; at least 1.
    pub length: usize,
    /// The line itself, so that it can be shown without the file.
    pub source: String,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The file, relative to the root, with `/` between folders.
    pub file: String,
    /// Where in it; `None` when the whole file is intended.
    pub place: Option<SourceSpan>,
    /// Whether the file can be used.
    pub level: ProblemLevel,
    /// The rule's name, such as `unknown-feature`.
    pub rule: &'static str,
    /// One sentence, lower case, without a full stop.
    pub message: String,
    /// What to do, such as "did you mean `checkout`?".
    pub hint: Option<String>,
}

/// A fact's spot within its file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SourceKey {
    /// A key of the front matter or of a configuration file: `eta`, `groups.features`.
    Key(String),
    /// The heading of the update of that moment.
    Update(Moment),
    /// The first line of the text of the update of that moment. Its place has no source.
    Text(Moment),
}

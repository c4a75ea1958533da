//! Problems: errors and warnings in an author's file, with how to fix them.
//!
//! Promises: problems are collected, never thrown; sorted they come in the order of the files. A failure of a disk or a
//! network is not a problem but an error of the room in which it happened.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

use super::Moment;

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

/// Where the facts of a site are in its files, so that a rule about a fact can point at it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceMap {
    /// By file; shared, because a site has many files and few of them change.
    files: BTreeMap<String, Arc<BTreeMap<SourceKey, SourceSpan>>>,
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

impl SourceMap {
    /// Remembers where a fact stands.
    pub fn remember(&mut self, file: &str, spot: SourceKey, place: SourceSpan) {
        Arc::make_mut(self.files.entry(file.to_owned()).or_default()).insert(spot, place);
    }

    /// Where a fact is written, if its file has it.
    pub fn find(&self, file: &str, spot: SourceKey) -> Option<SourceSpan> {
        self.files.get(file)?.get(&spot).cloned()
    }

    /// All facts of a file with their places, in the order of the facts.
    pub fn of(&self, file: &str) -> impl Iterator<Item = (&SourceKey, &SourceSpan)> {
        self.files.get(file).into_iter().flat_map(|places| places.iter())
    }

    /// Every place, to be changed before anyone sees it.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut SourceSpan> {
        self.files.values_mut().flat_map(|places| Arc::make_mut(places).values_mut())
    }

    /// Takes over all that `other` remembers.
    pub fn extend(&mut self, other: Self) {
        for (file, places) in other.files {
            match self.files.entry(file) {
                Entry::Vacant(free) => drop(free.insert(places)),
                Entry::Occupied(mut there) => {
                    Arc::make_mut(there.get_mut()).extend(Arc::unwrap_or_clone(places));
                }
            }
        }
    }
}

//! A tree of values with their positions, and readers that collect every problem.
//!
//! Promises: one wrong value never hides another; every problem points into the file; an unknown key or word
//! comes with the nearest known one. Holds for TOML, and for any other syntax that is turned into [`Located`]
//! values. Never reads a file or a clock.
//!
//! A [`Document`] owns the tree of one block of a file, a [`Table`] hands out its keys as [`Field`]s, and a
//! field decodes itself or reports why it cannot. Decoding gives `None` where a problem was reported, so a
//! reader asks for everything first and puts the value together at the end:
//!
//! ```
//! use allclear::located::Document;
//! use allclear::model::phase::Severity;
//!
//! let text = "titel = 'Card payments are failing'\nseverity = 'majr'\n";
//! let document = Document::from_toml("incidents/card.md", text, 0..text.len());
//! let mut table = document.root();
//! let title = table.required("title").text();
//! let severity = table.required("severity").choice(&Severity::ALL, Severity::word, Severity::from_word);
//! table.finish();
//!
//! assert_eq!((title, severity), (None, None));
//! let (problems, _places) = document.into_parts();
//! let said: Vec<_> = problems.iter().map(|problem| (problem.rule, problem.hint.as_deref())).collect();
//! assert_eq!(said, [
//!     ("unknown-key", Some("did you mean `title`?")),
//!     ("missing-key", Some("add `title = …`")),
//!     ("unknown-word", Some("did you mean `major`?")),
//! ]);
//! ```

mod document;
mod field;
mod lines;
mod table;
mod toml;
mod value;

#[cfg(test)]
pub(crate) mod tests;

pub use document::Document;
pub use field::Field;
pub use lines::Lines;
pub use table::Table;
pub use value::{Entry, Located, Value};

pub use crate::model::spelling::{nearest, quoted, suggestion};

/// The largest file that is read, in bytes.
pub const FILE_BYTES_MAX: usize = 256 * 1024;

/// Maximum number of levels at which lists and tables are nested. The builder of a tree has to stop there itself.
pub const NESTING_MAX: usize = 16;

/// How many items of one list are read.
pub const ITEMS_MAX: usize = 1_000;

/// How many problems of one document are kept; the rest are counted.
pub const PROBLEMS_MAX: usize = 100;

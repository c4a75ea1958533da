//! A problem that points at bytes of a file, until it is turned into a `Problem` with line and column.

use std::ops::Range;

use crate::located::{Document, Table};

/// A problem that still points at bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    /// The rule's name.
    pub(super) rule: &'static str,
    /// The bytes it points at.
    pub(super) span: Range<usize>,
    /// The sentence.
    pub(super) message: String,
    /// How the author repairs it.
    pub(super) hint: String,
}

impl Fault {
    /// Puts the parts together.
    pub(super) fn new(
        rule: &'static str,
        span: Range<usize>,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) -> Self {
        Self { rule, span, message: message.into(), hint: hint.into() }
    }

    /// Reports it as an error of the document.
    pub(super) fn report(self, document: &Document<'_>) {
        document.error(self.span, self.rule, self.message, Some(self.hint));
    }

    /// Reports it as a warning of the document.
    pub(super) fn warn(self, document: &Document<'_>) {
        document.warning(self.span, self.rule, self.message, Some(self.hint));
    }
}

/// Reports a key that does not belong in this file, as an error of its document.
pub(super) fn misplaced(table: &Table<'_>, key: &str, message: &str, hint: &str) {
    Fault::new("misplaced-key", table.key_span(key), message, hint).report(table.document());
}

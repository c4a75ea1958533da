//! The segments of a plan: `[segments]`, a condition for each name.
//!
//! Promises: a mistake in a condition is reported at its place. Whether anyone has the columns that it names is not known here.

use std::collections::BTreeMap;

use crate::located::Table;
use crate::model::feature::FeatureId;
use crate::model::segment::{Condition, Misread};

/// What starts and ends a value in the file, if it is on one line.
const QUOTES: usize = 1;

/// Reads the segments; `None` where one of them could not be read.
pub(super) fn read(table: Table<'_>) -> Option<BTreeMap<String, Condition>> {
    let (mut segments, mut are_whole) = (BTreeMap::new(), true);
    let document = table.document();
    for (name, field) in table.all() {
        if FeatureId::new(name).is_none() {
            let message = "the name of a segment has only lower-case letters, digits and hyphens".to_owned();
            document.error(table.key_span(name), "bad-id", message, None);
            are_whole = false;
        }
        let (text, span) = (field.text(), field.span().unwrap_or_default());
        match text.as_deref().map(Condition::read) {
            Some(Ok(condition)) => {
                segments.insert(name.to_owned(), condition);
            }
            Some(Err(Misread { at, expected })) => {
                // A text of several lines, or with escapes, has other places in the file than in itself.
                let is_as_written = text.is_some_and(|text| text.len() + 2 * QUOTES == span.len());
                let start = span.start + QUOTES + at;
                let span = if is_as_written { start..start + 1 } else { span };
                let hint = "such as `region = 'eu' and plan in ('pro', 'enterprise')`".to_owned();
                document.error(span, "bad-segment", format!("expected {expected} here"), Some(hint));
                are_whole = false;
            }
            None => are_whole = false,
        }
    }
    are_whole.then_some(segments)
}

//! `[words]` of the plan: words that no public text may hold.
//!
//! Promises: each is at least two characters long, so that it cannot be found everywhere.

use crate::located::Table;

/// Reads what is denied; `None` where one of them could not be read.
pub(super) fn read(mut table: Table<'_>) -> Option<Vec<String>> {
    let items = table.required("deny").items();
    let shape = "a word or phrase of 2 to 100 characters on one line";
    let read = |text: &str| {
        let text = text.trim();
        let is_line = (2..=100).contains(&text.chars().count()) && !text.chars().any(char::is_control);
        is_line.then(|| text.to_owned())
    };
    let words: Vec<String> = items.iter().filter_map(|item| item.shaped("bad-word", shape, read)).collect();
    table.finish();
    (words.len() == items.len()).then_some(words)
}

//! The cost to parse and to write a text, counted and not timed.
//!
//! Promises: the same text has the same cost on every machine, fast or slow. Everything that the parser and the
//! writers do for an event is counted: its bytes, and each open quote or list item that has to be looked at.

use pulldown_cmark::{Event, Tag, TagEnd};

use super::marks::mark_tokens;
use super::parse::events;
use crate::model::nesting::{self, DEPTH_MAX};

/// Maximum cost of all texts of one file, in steps. A slow machine takes a tenth of a second for this many.
///
/// Prose costs one or two steps for each byte, so that the largest file allowed costs about a tenth of this.
pub const COST_MAX: usize = 4_000_000;

/// Texts up to this length that hold no table never cost more than [`COST_MAX`].
const CHEAP_BYTES_MAX: usize = COST_MAX / (DEPTH_MAX + 4);

/// The cost of parsing and writing a text once, in steps; 0 for a text so short that it cannot matter.
///
/// A table's rows are filled up to the width of its head, so that a short text may hold many cells.
pub fn cost(markdown: &str) -> usize {
    if markdown.len() <= CHEAP_BYTES_MAX && !markdown.contains('|') {
        return 0;
    }
    counted(markdown)
}

/// The cost of a text of any length.
pub(super) fn counted(markdown: &str) -> usize {
    let (text, _) = mark_tokens(markdown);
    let mut containers = 0_usize;
    let mut steps = 0;
    for event in events(&nesting::flattened(&text)) {
        steps += 1 + match &event {
            Event::Text(text) | Event::Code(text) | Event::Html(text) | Event::InlineHtml(text) => text.len(),
            // The parser looks at every open container where a line or a block begins.
            Event::Start(_) | Event::SoftBreak | Event::HardBreak => containers,
            _ => 0,
        };
        match event {
            Event::Start(Tag::BlockQuote(_) | Tag::Item) => containers += 1,
            Event::End(TagEnd::BlockQuote(_) | TagEnd::Item) => containers = containers.saturating_sub(1),
            _ => {}
        }
    }
    steps
}

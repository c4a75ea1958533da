//! Renders markdown of incident files as safe HTML and as plain text.
//!
//! Promises: whatever the input, the HTML holds only the elements and attributes written in `html.rs`; raw
//! HTML is shown as text; a link leads to http, https, mailto, tel or a page of the site, or is no link;
//! images become links to themselves; nesting deeper than [`DEPTH_MAX`](crate::model::nesting::DEPTH_MAX) is
//! shown flat; `{time …}` tokens are written in the reader's zone and language; the time taken and the bytes
//! written grow in proportion to the text, whatever it holds. Never fails and never loads anything.

mod cost;
mod html;
mod link;
mod marks;
mod parse;
mod plain;
mod reader;
mod text;

use crate::model::nesting;
use marks::mark_tokens;
use parse::events;

pub use cost::{COST_MAX, cost};
pub use reader::MarkdownContext;
pub use text::{clean, escape};

/// Writes markdown as HTML blocks. Headings become `h4` to `h6`, below those of the page.
pub fn to_html(markdown: &str, reader: &MarkdownContext<'_>) -> String {
    let (text, moments) = mark_tokens(markdown);
    html::write(events(&nesting::flattened(&text)), &moments, reader)
}

/// Writes markdown as plain text for mail and text messages: blocks parted by an empty line, links as
/// `text (address)`, lists with `- `, tables as rows with ` | ` between cells.
pub fn to_plain(markdown: &str, reader: &MarkdownContext<'_>) -> String {
    let (text, moments) = mark_tokens(markdown);
    plain::write(events(&nesting::flattened(&text)), &moments, reader)
}

/// The address of a link out of the site if its scheme is one a link may have; needs escaping still.
pub fn safe_address(address: &str) -> Option<String> {
    link::safe_target(address, "").filter(|target| target.contains(':'))
}

#[cfg(test)]
mod tests;

//! Markdown out of incident files, as safe HTML and as plain text.
//!
//! Promises: whatever the input, the HTML holds only the elements and attributes written in `html.rs`; raw
//! HTML is shown as text; a link leads to http, https, mailto, tel or a page of the site, or is no link;
//! images become links to themselves; nesting is cut at [`DEPTH_MAX`]. `{time …}` tokens are written in the
//! reader's zone and language. Never fails and never loads anything.

mod html;
mod link;
mod plain;

use std::borrow::Cow;
use std::fmt::Write;

use pulldown_cmark::{Event, Options, Parser, TextMergeStream};

use super::calendar::Zone;
use super::words::Words;
use crate::model::Moment;
use crate::model::token;

/// How deep quotes and lists may nest; what lies deeper is shown at this depth.
pub const DEPTH_MAX: usize = 12;

/// For whom a text is written, and where.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    /// Their words.
    pub words: &'a Words,
    /// Their zone.
    pub zone: &'a Zone,
    /// What stands before links within the site: `../../` on a page two folders deep, the page's own
    /// address with a slash at its end in a mail.
    pub base: &'a str,
}

/// Writes markdown as HTML blocks. Headings become `h4` to `h6`, below those of the page.
pub fn to_html(markdown: &str, reader: &Reader<'_>) -> String {
    let (text, moments) = mark_tokens(markdown);
    html::write(events(&text), &moments, reader)
}

/// Writes markdown as plain text for mail and text messages: blocks parted by an empty line, links as
/// `text (address)`, lists with `- `, tables as rows with ` | ` between cells.
pub fn to_plain(markdown: &str, reader: &Reader<'_>) -> String {
    let (text, moments) = mark_tokens(markdown);
    plain::write(events(&text), &moments, reader)
}

/// Escapes text for the content or a quoted attribute of HTML.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 16);
    push_escaped(&mut escaped, text);
    escaped
}

/// The text without control characters and other letters that XML forbids.
pub fn clean(text: &str) -> String {
    text.chars().filter(|c| is_allowed(*c)).collect()
}

/// The address of a link out of the site if its scheme is one a link may have; needs escaping still.
pub fn safe_address(address: &str) -> Option<String> {
    link::safe_target(address, "").filter(|target| target.contains(':'))
}

fn events(text: &str) -> impl Iterator<Item = Event<'_>> {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS;
    TextMergeStream::new(Parser::new_ext(text, options))
}

fn push_escaped(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
}

/// What stands around the number of a token while markdown is parsed: letters that mean nothing to
/// markdown and that no author's text keeps.
const MARK_OPEN: char = '\u{FFF9}';
const MARK_CLOSE: char = '\u{FFFB}';

/// A token's moment and how it was written, for where it cannot be a time (code, an address).
type Marked<'a> = (Moment, &'a str);

/// Puts a numbered mark in each token's place, so that an escaped token stays text and a token is never cut in
/// two by the parser; drops control characters and other letters that XML forbids.
fn mark_tokens(markdown: &str) -> (String, Vec<Marked<'_>>) {
    let mut text = String::with_capacity(markdown.len());
    let mut moments = Vec::new();
    let mut from = 0;
    for found in token::find(markdown) {
        if let Ok(moment) = found.moment {
            text.extend(markdown[from..found.range.start].chars().filter(|c| is_allowed(*c)));
            // Writing to a String cannot fail.
            let _ = write!(text, "{MARK_OPEN}{}{MARK_CLOSE}", moments.len());
            moments.push((moment, &markdown[found.range.clone()]));
            from = found.range.end;
        }
    }
    text.extend(markdown[from..].chars().filter(|c| is_allowed(*c)));
    (text, moments)
}

fn is_allowed(c: char) -> bool {
    matches!(c, '\n' | '\t' | '\r')
        || !(c.is_control() || matches!(c, '\u{FFF9}'..='\u{FFFB}' | '\u{FFFE}' | '\u{FFFF}'))
}

/// A piece of text between marks, or a mark.
enum Piece<'a> {
    Text(&'a str),
    Time(Marked<'a>),
}

/// Cuts parsed text at its marks.
fn pieces<'a>(text: &'a str, moments: &[Marked<'a>]) -> Vec<Piece<'a>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(MARK_OPEN) {
        let Some((number, tail)) = after.split_once(MARK_CLOSE) else { break };
        pieces.push(Piece::Text(before));
        if let Some(marked) = number.parse::<usize>().ok().and_then(|number| moments.get(number)) {
            pieces.push(Piece::Time(*marked));
        }
        rest = tail;
    }
    pieces.push(Piece::Text(rest));
    pieces
}

/// The text with its tokens as the author wrote them.
fn unmarked<'a>(text: &'a str, moments: &[Marked<'a>]) -> Cow<'a, str> {
    if !text.contains(MARK_OPEN) {
        return Cow::Borrowed(text);
    }
    let written = pieces(text, moments).into_iter().map(|piece| match piece {
        Piece::Text(text) | Piece::Time((_, text)) => text,
    });
    Cow::Owned(written.collect())
}

#[cfg(test)]
mod tests;

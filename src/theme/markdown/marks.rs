//! Marks that are in the place of `{time …}` tokens while markdown is parsed.
//!
//! Promises: a token is never cut in two by the parser; what is no time in its place is written as the author wrote it.

use std::borrow::Cow;
use std::fmt::Write;

use super::text::is_allowed;
use crate::model::Moment;
use crate::model::token;

/// What stands around the number of a token while markdown is parsed: letters that mean nothing to
/// markdown and that no author's text keeps.
pub(super) const MARK_OPEN: char = '\u{FFF9}';
pub(super) const MARK_CLOSE: char = '\u{FFFB}';

/// A token's moment and how it was written, for places that hold no time (code, an address).
pub(super) type Marked<'a> = (Moment, &'a str);

/// Puts a numbered mark in each token's place, so that an escaped token stays text and a token is never cut in
/// two by the parser; drops control characters and other letters that XML forbids.
pub(super) fn mark_tokens(markdown: &str) -> (String, Vec<Marked<'_>>) {
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

/// A piece of text between marks, or a mark.
pub(super) enum Piece<'a> {
    Text(&'a str),
    Time(Marked<'a>),
}

/// Cuts parsed text at its marks.
pub(super) fn pieces<'a>(text: &'a str, moments: &[Marked<'a>]) -> Vec<Piece<'a>> {
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
pub(super) fn unmarked<'a>(text: &'a str, moments: &[Marked<'a>]) -> Cow<'a, str> {
    if !text.contains(MARK_OPEN) {
        return Cow::Borrowed(text);
    }
    let written = pieces(text, moments).into_iter().map(|piece| match piece {
        Piece::Text(text) | Piece::Time((_, text)) => text,
    });
    Cow::Owned(written.collect())
}

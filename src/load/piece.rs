//! A slice of a file's text that knows its place in the whole file.
//!
//! Promises: whatever is cut off a piece still knows its bytes in the whole text, so a problem about a single
//! word points at that word.

use std::ops::Range;

/// Some bytes of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SpannedText<'t> {
    text: &'t str,
    start: usize,
}

impl<'t> SpannedText<'t> {
    /// The bytes `range` of the whole text; empty if they are no whole characters of it.
    pub(super) fn new(whole: &'t str, range: Range<usize>) -> Self {
        Self { text: whole.get(range.clone()).unwrap_or_default(), start: range.start }
    }

    /// The text without its place.
    pub(super) fn text(self) -> &'t str {
        self.text
    }

    /// Its bytes in the whole text.
    pub(super) fn span(self) -> Range<usize> {
        self.start..self.start + self.text.len()
    }

    /// The byte after it: where the next line starts, for a line with its end.
    pub(super) fn line_end(self) -> usize {
        self.span().end
    }

    /// Whether it says nothing.
    pub(super) fn is_empty(self) -> bool {
        self.text.is_empty()
    }

    /// Without the blanks around it.
    pub(super) fn trim(self) -> Self {
        let trimmed = self.trim_end();
        let text = trimmed.text.trim_start();
        Self { text, start: self.start + trimmed.text.len() - text.len() }
    }

    /// Without the blanks behind it.
    pub(super) fn trim_end(self) -> Self {
        Self { text: self.text.trim_end(), ..self }
    }

    /// Without any number of a character before it.
    pub(super) fn trim_start_of(self, c: char) -> Self {
        let text = self.text.trim_start_matches(c);
        Self { text, start: self.start + self.text.len() - text.len() }
    }

    /// Without its first and its last byte, which are characters of one byte each.
    pub(super) fn inside(self) -> Self {
        let text = self.text.get(1..self.text.len().saturating_sub(1)).unwrap_or_default();
        Self { text, start: self.start + 1 }
    }

    /// What stands before the byte `at` of the piece, and the rest; all of it and nothing where no character
    /// starts there.
    pub(super) fn cut(self, at: usize) -> (Self, Self) {
        let (before, after) = self.text.split_at_checked(at).unwrap_or((self.text, ""));
        (Self { text: before, ..self }, Self { text: after, start: self.start + before.len() })
    }

    /// Cut before the first character that `stops` takes.
    pub(super) fn cut_before(self, stops: impl Fn(char) -> bool) -> (Self, Self) {
        self.cut(self.text.find(stops).unwrap_or(self.text.len()))
    }

    /// The parts between blanks.
    pub(super) fn words(self) -> impl Iterator<Item = Self> {
        let mut rest = self;
        std::iter::from_fn(move || {
            let (word, after) = rest.trim().cut_before(char::is_whitespace);
            rest = after;
            (!word.is_empty()).then_some(word)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::SpannedText;

    #[test]
    fn every_cut_knows_its_place() {
        let whole = "née  ab c ";
        let piece = SpannedText::new(whole, 4..whole.len());
        for word in piece.words() {
            assert_eq!(&whole[word.span()], word.text());
        }
        assert_eq!(piece.words().map(SpannedText::text).collect::<Vec<_>>(), ["ab", "c"]);
        assert_eq!(piece.trim().span(), 6..10);
        assert_eq!(piece.trim().inside().text(), "b ");
        assert_eq!(
            SpannedText::new(whole, 0..4).cut(2).0.text(),
            "née",
            "no character starts at its second byte"
        );
        assert_eq!(SpannedText::new("## x", 0..4).trim_start_of('#').span(), 2..4);
        assert_eq!(SpannedText::new("né", 0..2).text(), "");
    }
}

//! Bytes of a text as lines and columns, and back.

use std::ops::Range;

use crate::model::problem::SourceSpan;

/// A line longer than this is quoted up to here, so that one long line cannot fill the memory.
const QUOTED_CHARACTERS_MAX: usize = 500;

/// The lines of a text.
#[derive(Clone, Debug)]
pub struct Lines<'t> {
    text: &'t str,
    starts: Vec<usize>,
}

impl<'t> Lines<'t> {
    /// Finds the lines of `text`; they end with `\n` or `\r\n`.
    pub fn new(text: &'t str) -> Self {
        let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { text, starts }
    }

    /// The place of a span of bytes, cut at the end of its first line. A span that lies outside, or begins or
    /// ends within a character, is moved to the nearest place that exists.
    pub fn place(&self, span: Range<usize>) -> SourceSpan {
        let start = self.text.floor_char_boundary(span.start);
        let index = self.line_of(start) - 1;
        let bytes = self.bytes_of(index);
        let line = self.slice(bytes.clone());
        let start = start.min(bytes.end);
        let end = self.text.floor_char_boundary(span.end).clamp(start, bytes.end);
        SourceSpan {
            line: index + 1,
            column: self.slice(bytes.start..start).chars().count() + 1,
            length: self.slice(start..end).chars().count().max(1),
            source: first_characters(line, QUOTED_CHARACTERS_MAX).to_owned(),
        }
    }

    /// The line in which a byte stands, counted from 1. Takes no time to speak of, however long the line.
    pub fn line_of(&self, byte: usize) -> usize {
        self.starts.partition_point(|line_start| *line_start <= byte).max(1)
    }

    /// The place of a whole line, counted from 1.
    pub fn line_place(&self, line: usize) -> SourceSpan {
        self.place(self.bytes_of(line.saturating_sub(1)))
    }

    /// The byte at which the character of that line and column stands, both counted from 1; the end of the line
    /// if that is shorter.
    pub fn offset(&self, line: usize, column: usize) -> usize {
        let bytes = self.bytes_of(line.saturating_sub(1));
        let line = self.slice(bytes.clone());
        let within = line.char_indices().nth(column.saturating_sub(1)).map_or(line.len(), |(at, _)| at);
        bytes.start + within
    }

    /// The bytes of a line counted from 0, without its end; the end of the text for a line that does not exist.
    fn bytes_of(&self, index: usize) -> Range<usize> {
        let Some(&start) = self.starts.get(index) else {
            return self.text.len()..self.text.len();
        };
        let end = self.starts.get(index + 1).map_or(self.text.len(), |next| next - 1);
        let end = if self.slice(start..end).ends_with('\r') { end - 1 } else { end };
        start..end
    }

    fn slice(&self, bytes: Range<usize>) -> &'t str {
        self.text.get(bytes).unwrap_or_default()
    }
}

fn first_characters(line: &str, most: usize) -> &str {
    if line.len() <= most {
        return line;
    }
    line.char_indices().nth(most).and_then(|(at, _)| line.get(..at)).unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use super::Lines;

    fn spot(text: &str, span: std::ops::Range<usize>) -> (usize, usize, usize, String) {
        let place = Lines::new(text).place(span);
        (place.line, place.column, place.length, place.source)
    }

    #[test]
    fn columns_count_characters() {
        let text = "né = 1\r\nüb = 'ä'\n";
        assert_eq!(spot(text, 0..3), (1, 1, 2, "né = 1".into()));
        assert_eq!(spot(text, 15..19), (2, 6, 3, "üb = 'ä'".into()));
    }

    #[test]
    fn a_long_line_is_quoted_in_part() {
        let quoted = |text: &str| spot(text, 0..1).3.chars().count();
        assert_eq!(quoted(&"é".repeat(499)), 499);
        assert_eq!(quoted(&"é".repeat(501)), 500);
    }

    #[test]
    fn a_span_over_lines_ends_with_its_first() {
        assert_eq!(spot("a = [\n1]\n", 4..8), (1, 5, 1, "a = [".into()));
    }

    #[test]
    fn a_span_outside_is_moved_inside() {
        assert_eq!(spot("", 5..9), (1, 1, 1, String::new()));
        assert_eq!(spot("ab\n", 2..3), (1, 3, 1, "ab".into()));
        assert_eq!(spot("é", 1..2), (1, 1, 1, "é".into()));
        assert_eq!(spot("ab", 80..90), (1, 3, 1, "ab".into()));
    }

    #[test]
    fn offsets_are_the_way_back() {
        let lines = Lines::new("né = 1\r\nüb = 'ä'\n");
        assert_eq!(lines.offset(2, 6), 15);
        assert_eq!(lines.offset(1, 99), 7);
        assert_eq!(lines.offset(99, 1), 20);
        assert_eq!(lines.line_place(2).length, 8);
    }
}

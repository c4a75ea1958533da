//! The rows of a file of separated values (RFC 4180), each cell with its place.
//!
//! Promises: a line is the one that an editor shows, whether lines end in LF, CRLF or CR. A quote that is not closed at the end of
//! its value is an error. If it is closed in its own line, only the row is lost; if not, the table ends: what is below is not guessed.
//!
//! A lenient reader takes a quote that is never closed for one value up to the end of the file, without a word: here that would be
//! subscribers who are not notified.

/// A place in the file. Both count from 1, columns in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spot {
    /// Line number, from 1.
    pub line: usize,
    /// The column in it.
    pub column: usize,
}

impl Spot {
    /// The beginning of a line.
    pub fn line(line: usize) -> Self {
        Self { line, column: 1 }
    }
}

/// One value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cell {
    /// Without its quotes and the blanks around it.
    pub(super) text: String,
    /// Where the value begins in the file.
    pub(super) spot: Spot,
    /// The line that it ends in.
    pub(super) last_line: usize,
}

/// A quote that is not closed at the end of its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct OpenQuote {
    pub(super) spot: Spot,
    /// Whether no row can be read after it.
    pub(super) ends_table: bool,
}

/// The rows of a text; empty lines are skipped.
pub(super) struct Table<'a> {
    rest: &'a str,
    separator: char,
    spot: Spot,
}

impl<'a> Table<'a> {
    /// `line` is that of the first line of `text`.
    pub(super) fn new(text: &'a str, separator: char, line: usize) -> Self {
        Self { rest: text, separator, spot: Spot::line(line) }
    }

    /// The next character; every end of a line is `\n`.
    fn peek(&self) -> Option<char> {
        self.rest.chars().next().map(|c| if c == '\r' { '\n' } else { c })
    }

    fn take(&mut self) -> Option<char> {
        let next = self.peek()?;
        let length = if self.rest.starts_with("\r\n") { 2 } else { self.rest.chars().next()?.len_utf8() };
        self.rest = self.rest.get(length..).unwrap_or_default();
        match next {
            '\n' => self.spot = Spot::line(self.spot.line + 1),
            _ => self.spot.column += 1,
        }
        Some(next)
    }

    fn skip_blanks(&mut self) {
        while self.peek().is_some_and(|c| matches!(c, ' ' | '\t') && c != self.separator) {
            self.take();
        }
    }

    fn is_at_end_of_value(&self) -> bool {
        self.peek().is_none_or(|c| c == '\n' || c == self.separator)
    }

    fn cell(&mut self) -> Result<Cell, OpenQuote> {
        self.skip_blanks();
        let spot = self.spot;
        let text = if self.peek() == Some('"') { self.quoted()? } else { self.plain() };
        Ok(Cell { text: text.trim().to_owned(), spot, last_line: self.spot.line })
    }

    fn plain(&mut self) -> String {
        let mut text = String::new();
        while !self.is_at_end_of_value() {
            text.extend(self.take());
        }
        text
    }

    fn quoted(&mut self) -> Result<String, OpenQuote> {
        let opened = OpenQuote { spot: self.spot, ends_table: true };
        let mut text = String::new();
        self.take();
        loop {
            match self.take().ok_or(opened)? {
                '"' if self.peek() == Some('"') => text.extend(self.take()),
                '"' => break,
                other => text.push(other),
            }
        }
        self.skip_blanks();
        if self.is_at_end_of_value() {
            return Ok(text);
        }
        Err(OpenQuote { ends_table: self.spot.line > opened.spot.line, ..opened })
    }

    fn row(&mut self) -> Result<Vec<Cell>, OpenQuote> {
        let mut cells = vec![self.cell()?];
        while self.take() == Some(self.separator) {
            cells.push(self.cell()?);
        }
        Ok(cells)
    }
}

impl Iterator for Table<'_> {
    type Item = Result<Vec<Cell>, OpenQuote>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.peek() == Some('\n') {
            self.take();
        }
        self.peek()?;
        let row = self.row();
        match &row {
            Err(quote) if quote.ends_table => self.rest = "",
            Err(_) => while self.take().is_some_and(|c| c != '\n') {},
            Ok(_) => {}
        }
        Some(row)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Vec<(usize, Vec<String>)> {
        let rows = Table::new(text, ',', 1).map(Result::unwrap);
        rows.map(|row| (row[0].spot.line, row.into_iter().map(|cell| cell.text).collect())).collect()
    }

    #[test]
    fn a_line_is_the_one_that_an_editor_shows() {
        for end in ["\n", "\r\n", "\r"] {
            let text = ["a,b", "1,2", "", "", "\"x", "y\",3", "4,5", ""].join(end);
            let rows: Vec<_> = read(&text).into_iter().map(|(line, cells)| (line, cells.join("|"))).collect();
            let rows: Vec<_> = rows.iter().map(|(line, cells)| (*line, cells.as_str())).collect();
            assert_eq!(rows, [(1, "a|b"), (2, "1|2"), (5, "x\ny|3"), (7, "4|5")], "{end:?}");
        }
    }

    #[test]
    fn quotes_hold_separators_quotes_and_blanks_around_them() {
        let expected = ["a,b", "say \"hi\"", "5\" pipe", ""].map(str::to_owned).to_vec();
        assert_eq!(read("\"a,b\", \"say \"\"hi\"\"\" ,5\" pipe,"), [(1, expected)]);
    }

    #[test]
    fn a_quote_without_its_end_ends_the_table_where_it_opens() {
        let texts = [
            ("a,b\n1, \"x\n2,y\n", true),
            ("a,b\n1, \"x\n2,\"y\n3,z\n", true),
            ("a,b\n1, \"x\"y\n3,z\n", false),
        ];
        for (text, ends_table) in texts {
            let rows: Vec<_> = Table::new(text, ',', 1).collect();
            assert_eq!(rows.len(), if ends_table { 2 } else { 3 }, "{text}");
            assert_eq!(rows[1], Err(OpenQuote { spot: Spot { line: 2, column: 4 }, ends_table }), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_with_quotes_reads_back_equal(
            rows in proptest::collection::vec(proptest::collection::vec("[a-z,;\"\n]{0,6}", 2..4), 1..5),
        ) {
            let quote = |cell: &String| format!("\"{}\"", cell.replace('"', "\"\""));
            let line = |row: &Vec<String>| row.iter().map(quote).collect::<Vec<_>>().join(",");
            let text = rows.iter().map(line).collect::<Vec<_>>().join("\r\n");
            let trimmed = rows.iter().map(|row| row.iter().map(|cell| cell.trim().to_owned()).collect::<Vec<_>>());
            let found: Vec<Vec<String>> = read(&text).into_iter().map(|(_, cells)| cells).collect();
            prop_assert_eq!(found, trimmed.collect::<Vec<_>>());
        }
    }
}

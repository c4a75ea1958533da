//! Reads the conditions of segments: `COLUMN = 'TEXT'`, `!=`, `in (…)`, `not`, `and`, `or` and parentheses.
//!
//! Promises: `and` binds closer than `or`, and `not` closer than both. Depth and length are limited, so that no text takes long.
//! An error names the place of the first part that does not fit, and what would.

use super::Condition;

/// The keywords of the grammar; a column of such a name is in double quotes.
pub(super) const WORDS: [&str; 4] = ["and", "or", "not", "in"];

/// Nothing that people write is longer, in bytes, or more nested.
const TEXT_BYTES_MAX: usize = 4_000;
const DEPTH_MAX: usize = 16;

/// The first part of a condition that is not understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misread {
    /// Its first byte within the text.
    pub at: usize,
    /// What was expected there, for a sentence.
    pub expected: &'static str,
}

/// Whether a letter may be in a name without quotes.
pub(super) fn is_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-' | '.')
}

pub(super) fn condition(text: &str) -> Result<Condition, Misread> {
    if text.len() > TEXT_BYTES_MAX {
        return Err(Misread { at: 0, expected: "a condition of at most 4000 bytes" });
    }
    let mut reader = Reader { text, at: 0, depth: 0 };
    let read = reader.any()?;
    reader.skip_blanks();
    if reader.at < text.len() { Err(reader.expected("`and`, `or` or the end")) } else { Ok(read) }
}

/// A text and the place up to which it was read.
struct Reader<'t> {
    text: &'t str,
    at: usize,
    depth: usize,
}

impl<'t> Reader<'t> {
    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn skip_blanks(&mut self) {
        self.at = self.text.len() - self.rest().trim_start().len();
    }

    fn expected(&self, expected: &'static str) -> Misread {
        Misread { at: self.at, expected }
    }

    /// Takes this sign, if it is next.
    fn takes(&mut self, sign: &str) -> bool {
        self.skip_blanks();
        let is_next = self.rest().starts_with(sign);
        self.at += if is_next { sign.len() } else { 0 };
        is_next
    }

    /// Takes this word, if it is next and ends there.
    fn takes_word(&mut self, word: &str) -> bool {
        self.skip_blanks();
        let after = self.rest().strip_prefix(word);
        let is_next = after.is_some_and(|after| !after.starts_with(is_word));
        self.at += if is_next { word.len() } else { 0 };
        is_next
    }

    fn any(&mut self) -> Result<Condition, Misread> {
        self.parts("or", Self::all, Condition::Any)
    }

    fn all(&mut self) -> Result<Condition, Misread> {
        self.parts("and", Self::one, Condition::All)
    }

    /// Parts joined by a word; a part alone is itself.
    fn parts(
        &mut self,
        word: &str,
        part: fn(&mut Self) -> Result<Condition, Misread>,
        join: fn(Vec<Condition>) -> Condition,
    ) -> Result<Condition, Misread> {
        let first = part(self)?;
        let mut parts = vec![first];
        while self.takes_word(word) {
            parts.push(part(self)?);
        }
        Ok(match parts.pop() {
            Some(only) if parts.is_empty() => only,
            last => join(parts.into_iter().chain(last).collect()),
        })
    }

    fn one(&mut self) -> Result<Condition, Misread> {
        if self.depth == DEPTH_MAX {
            return Err(self.expected("less nesting"));
        }
        self.depth += 1;
        let read = self.nested();
        self.depth -= 1;
        read
    }

    fn nested(&mut self) -> Result<Condition, Misread> {
        if self.takes_word("not") {
            return Ok(Condition::Not(Box::new(self.one()?)));
        }
        if self.takes("(") {
            let read = self.any()?;
            return if self.takes(")") { Ok(read) } else { Err(self.expected("`and`, `or` or `)`")) };
        }
        self.comparison()
    }

    fn comparison(&mut self) -> Result<Condition, Misread> {
        let column = self.column()?;
        if self.takes("!=") {
            // It is written out as a `not`, which nests.
            if self.depth == DEPTH_MAX {
                return Err(self.expected("less nesting"));
            }
            let values = vec![self.value()?];
            return Ok(Condition::Not(Box::new(Condition::Is { column, values })));
        }
        if self.takes("=") {
            return Ok(Condition::Is { column, values: vec![self.value()?] });
        }
        if !self.takes_word("in") {
            return Err(self.expected("`=`, `!=` or `in`"));
        }
        if !self.takes("(") {
            return Err(self.expected("`(`"));
        }
        let mut values = vec![self.value()?];
        while self.takes(",") {
            values.push(self.value()?);
        }
        if self.takes(")") { Ok(Condition::Is { column, values }) } else { Err(self.expected("`,` or `)`")) }
    }

    fn column(&mut self) -> Result<String, Misread> {
        self.skip_blanks();
        if self.rest().starts_with('"') {
            return self.quoted('"');
        }
        let word = self.rest().split(|c| !is_word(c)).next().unwrap_or_default();
        if word.is_empty() || WORDS.contains(&word) {
            return Err(self.expected("the name of a column"));
        }
        self.at += word.len();
        Ok(word.to_owned())
    }

    fn value(&mut self) -> Result<String, Misread> {
        self.skip_blanks();
        if self.rest().starts_with('\'') {
            self.quoted('\'')
        } else {
            Err(self.expected("a text in single quotes"))
        }
    }

    /// A text in quotes; two quotes within are one.
    fn quoted(&mut self, quote: char) -> Result<String, Misread> {
        let (mut text, mut at) = (String::new(), self.at + quote.len_utf8());
        loop {
            let rest = self.text.get(at..).unwrap_or_default();
            let Some(length) = rest.find(quote) else {
                return Err(self.expected("a text whose quotes are closed"));
            };
            text.push_str(rest.get(..length).unwrap_or_default());
            at += length + quote.len_utf8();
            if !self.text.get(at..).unwrap_or_default().starts_with(quote) {
                self.at = at;
                return Ok(text);
            }
            text.push(quote);
            at += quote.len_utf8();
        }
    }
}

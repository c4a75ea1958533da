//! TOML as a located tree.

use std::ops::Range;

use ::toml::Spanned;
use ::toml::de::{DeTable, DeValue};

use super::{Entry, FILE_BYTES_MAX, Located, NESTING_MAX, Value};

/// Maximum number of errors for which the whole text is searched; a file that has more would take too long.
const EXPLAINED_MAX: usize = 8;

const UNQUOTED: &str = "text must be in quotes";
const UNCLOSED: &str = "the quote that opens this text is not closed by the end of the line";
const ENDED: &str =
    "the value before it has already ended; text with a `'` or a `\"` in it needs the other kind of quotes";

/// Something that is not a TOML, or too much of it.
#[derive(Debug)]
pub(super) struct SyntaxFault {
    pub(super) span: Range<usize>,
    pub(super) rule: &'static str,
    pub(super) message: String,
    pub(super) hint: Option<String>,
}

/// Parses the bytes `block` of `text`; every span counts from the start of `text`.
pub(super) fn parse(text: &str, block: Range<usize>) -> (Located, Vec<SyntaxFault>) {
    let start = block.start;
    let source = text.get(block).unwrap_or_default();
    let first_line = start..start + source.find('\n').unwrap_or(source.len());
    if source.len() > FILE_BYTES_MAX {
        let message = format!("the file has {} bytes; the limit is {FILE_BYTES_MAX}", source.len());
        let fault = SyntaxFault { span: first_line.clone(), rule: "file-too-large", message, hint: None };
        return (Located::new(Value::Table(Vec::new()), first_line), vec![fault]);
    }
    let (table, errors) = DeTable::parse_recoverable(source);
    let fault = |(number, error)| {
        let explain = number < EXPLAINED_MAX;
        duplicate_key(error, text, start, explain).unwrap_or_else(|| syntax_fault(error, source, start))
    };
    let mut faults: Vec<SyntaxFault> = errors.iter().enumerate().map(fault).collect();
    let root = Tree { text, start, faults: &mut faults }.table(table.into_inner(), 1);
    (Located::new(root, first_line), faults)
}

struct Tree<'t> {
    text: &'t str,
    start: usize,
    faults: &'t mut Vec<SyntaxFault>,
}

impl Tree<'_> {
    fn table(&mut self, table: DeTable<'_>, depth: usize) -> Value {
        let entry = |(key, value): (Spanned<std::borrow::Cow<'_, str>>, Spanned<DeValue<'_>>)| {
            let key_span = shifted(key.span(), self.start);
            Entry::new(key.into_inner(), key_span.clone(), self.value(value, key_span, depth))
        };
        Value::Table(table.into_iter().map(entry).collect())
    }

    /// The value at `depth`; `key_span` replaces the span of one the parser made up, as it does for the
    /// tables of a dotted key.
    fn value(&mut self, value: Spanned<DeValue<'_>>, key_span: Range<usize>, depth: usize) -> Located {
        let span = shifted(value.span(), self.start);
        let span = if span.is_empty() { key_span } else { span };
        let value = match value.into_inner() {
            DeValue::Array(_) | DeValue::Table(_) if depth >= NESTING_MAX => {
                let message = format!("lists and tables are nested more than {NESTING_MAX} levels deep");
                self.faults.push(SyntaxFault { span: span.clone(), rule: "too-deep", message, hint: None });
                Value::Nothing
            }
            DeValue::String(text) => Value::Text(text.into_owned()),
            DeValue::Integer(number) => match i64::from_str_radix(number.as_str(), number.radix()) {
                Ok(integer) => Value::Integer(integer),
                Err(_) => Value::Number(number.to_string()),
            },
            DeValue::Float(number) => Value::Number(number.as_str().to_owned()),
            DeValue::Boolean(flag) => Value::Flag(flag),
            DeValue::Datetime(_) => Value::Time(self.text.get(span.clone()).unwrap_or_default().to_owned()),
            DeValue::Array(items) => {
                Value::List(items.into_iter().map(|item| self.value(item, span.clone(), depth + 1)).collect())
            }
            DeValue::Table(table) => self.table(table, depth + 1),
        };
        Located::new(value, span)
    }
}

/// A key that is written twice, and where the first one is.
fn duplicate_key(error: &::toml::de::Error, text: &str, start: usize, explain: bool) -> Option<SyntaxFault> {
    if error.message() != "duplicate key" {
        return None;
    }
    let span = shifted(error.span()?, start);
    let key = text.get(span.clone())?;
    let is_it = |line: &&str| {
        let rest = line.trim_start().strip_prefix(key);
        rest.is_some_and(|rest| rest.trim_start().starts_with('='))
    };
    let before = text.get(..span.start).filter(|_| explain).unwrap_or_default();
    let first = before.lines().collect::<Vec<_>>().iter().rposition(is_it);
    let hint = first.map(|line| format!("the first is on line {}; keep only one", line + 1));
    let message = format!("duplicate key {}", super::quoted(key));
    Some(SyntaxFault { span, rule: "duplicate-key", message, hint })
}

/// The parser says "extra `=`, expected nothing": the first half is the sentence, the second the hint. Where the likely
/// slip is another than the one it thinks of, that is announced.
fn syntax_fault(error: &::toml::de::Error, source: &str, start: usize) -> SyntaxFault {
    let (message, expected) =
        error.message().split_once(", expected ").unwrap_or((error.message(), "nothing"));
    let span = error.span().unwrap_or_default();
    let written = source.get(span.clone()).unwrap_or_default();
    // Text without quotes is taken for a word that begins as it does.
    let is_word = matches!(message, "invalid boolean" | "invalid float");
    let is_text = is_word && !expected.trim_matches('`').eq_ignore_ascii_case(written);
    let (message, hint) = match (message, expected) {
        (_, "literal string") => (UNQUOTED, Some("put it in quotes".to_owned())),
        _ if is_text => (UNQUOTED, Some("put it in quotes".to_owned())),
        ("invalid basic string" | "invalid literal string", "`\"`" | "`'`") => {
            (UNCLOSED, Some(format!("close it with {expected}, as it was opened")))
        }
        ("missing assignment between key-value pairs", _) => ("there is no `=` after the key", None),
        ("invalid unquoted key", _) => ("the key has a character that only a key in quotes may have", None),
        ("missing value" | "missing value for key", _) => ("the key has no value", None),
        ("key with no value", _) => (message, Some("write `key = value`".to_owned())),
        ("unexpected key or value", _) => (message, Some(ENDED.to_owned())),
        (_, "nothing") => (message, None),
        (_, other) => (message, Some(format!("expected {other}"))),
    };
    SyntaxFault { span: shifted(span, start), rule: "syntax", message: message.to_owned(), hint }
}

fn shifted(span: Range<usize>, by: usize) -> Range<usize> {
    span.start + by..span.end + by
}

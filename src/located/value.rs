//! The tree: values of any syntax, each with the bytes of the file it is in.

use std::ops::Range;

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Located {
    /// Decoded, without its quotes.
    pub value: Value,
    /// Its bytes in the whole file. A table written with a header has the header's.
    pub span: Range<usize>,
}

impl Located {
    /// Puts a value at its place.
    pub fn new(value: Value, span: Range<usize>) -> Self {
        Self { value, span }
    }
}

/// What a file can say.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Nothing after the key, as YAML allows. Reads like a key that is not there.
    Nothing,
    /// `true` or `false`.
    Flag(bool),
    /// A whole number.
    Integer(i64),
    /// A number of another kind, as written: no key takes one.
    Number(String),
    /// Decoded, without its quotes.
    Text(String),
    /// A date or time without quotes, as written.
    Time(String),
    /// In the order of the file.
    List(Vec<Located>),
    /// Keys and values in the order of the file.
    Table(Vec<Entry>),
}

impl Value {
    /// What it is, for a sentence: "a list".
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Flag(_) => "true or false",
            Self::Integer(_) => "a whole number",
            Self::Number(_) => "a number",
            Self::Text(_) => "text",
            Self::Time(_) => "a time",
            Self::List(_) => "a list",
            Self::Table(_) => "a table",
        }
    }
}

/// One key of a table with its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Decoded, without its quotes.
    pub key: String,
    /// The key's bytes in the whole file.
    pub key_span: Range<usize>,
    /// Decoded, without its quotes.
    pub value: Located,
}

impl Entry {
    /// Puts a key before its value.
    pub fn new(key: impl Into<String>, key_span: Range<usize>, value: Located) -> Self {
        Self { key: key.into(), key_span, value }
    }
}

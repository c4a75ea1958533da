//! Segments: groups of subscribers, by what the operator keeps about them.
//!
//! Promises: a column that a subscriber does not have is empty, so every condition holds or does not hold for everyone. A
//! condition that is written out and read again is the same.

mod read;

use std::fmt;

pub use read::Misread;

/// What has to be true of a subscriber.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// The column has one of these values, letter by letter.
    Is {
        /// Its name in the list.
        column: String,
        /// The values that match; at least one.
        values: Vec<String>,
    },
    /// The other is not true.
    Not(Box<Self>),
    /// Each of them is true; at least two.
    All(Vec<Self>),
    /// One of them is true; at least two.
    Any(Vec<Self>),
}

impl Condition {
    /// Reads a condition such as `region = 'eu' and not plan in ('free', 'trial')`.
    ///
    /// # Errors
    ///
    /// The first place that is not understood.
    pub fn read(text: &str) -> Result<Self, Misread> {
        read::condition(text)
    }

    /// Whether it is true of someone of whom `value` says what a column holds; empty if there is nothing.
    pub fn holds<'v>(&self, value: &dyn Fn(&str) -> &'v str) -> bool {
        match self {
            Self::Is { column, values } => values.iter().any(|one| one == value(column)),
            Self::Not(other) => !other.holds(value),
            Self::All(parts) => parts.iter().all(|part| part.holds(value)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(value)),
        }
    }

    /// The columns that it names.
    pub fn columns(&self) -> Vec<&str> {
        match self {
            Self::Is { column, .. } => vec![column],
            Self::Not(other) => other.columns(),
            Self::All(parts) | Self::Any(parts) => parts.iter().flat_map(Self::columns).collect(),
        }
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let joined = |f: &mut fmt::Formatter<'_>, parts: &[Self], word: &str| {
            parts.iter().enumerate().try_for_each(|(at, part)| {
                let space = if at == 0 { String::new() } else { format!(" {word} ") };
                match part {
                    Self::All(_) if word == "or" => write!(f, "{space}{part}"),
                    Self::All(_) | Self::Any(_) => write!(f, "{space}({part})"),
                    Self::Is { .. } | Self::Not(_) => write!(f, "{space}{part}"),
                }
            })
        };
        match self {
            Self::Is { column, values } => {
                let values: Vec<String> = values.iter().map(|value| quoted(value, '\'')).collect();
                let is_word = !column.is_empty()
                    && column.chars().all(read::is_word)
                    && !read::WORDS.contains(&column.as_str());
                let column = if is_word { column.clone() } else { quoted(column, '"') };
                match values.as_slice() {
                    [value] => write!(f, "{column} = {value}"),
                    values => write!(f, "{column} in ({})", values.join(", ")),
                }
            }
            Self::Not(other) => match **other {
                Self::Is { .. } | Self::Not(_) => write!(f, "not {other}"),
                Self::All(_) | Self::Any(_) => write!(f, "not ({other})"),
            },
            Self::All(parts) => joined(f, parts, "and"),
            Self::Any(parts) => joined(f, parts, "or"),
        }
    }
}

/// In quotes; a quote within is doubled.
fn quoted(text: &str, quote: char) -> String {
    format!("{quote}{}{quote}", text.replace(quote, &format!("{quote}{quote}")))
}

#[cfg(test)]
mod tests;

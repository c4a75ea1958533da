//! The log of `run`: lines for people on stderr, or objects on stdout, like the records of `deliver`.
//!
//! Promises: every line for people has a record for machines. Never holds an address, a secret or the text of a message.

use serde_json::{Value, json};

use crate::model::Moment;

use crate::cli::arguments::Format;
use crate::cli::print::{self, BAD, styled};
use crate::host::part::Part;

/// Where and how things are said.
#[derive(Clone, Copy, Debug)]
pub(super) struct Log {
    /// For people or for machines.
    pub(super) format: Format,
}

impl Log {
    /// Says one thing that happened: its name, whose it is, in words, and as fields.
    pub(super) fn say(&self, at: Moment, event: &str, part: &Part, words: &str, fields: Value) {
        self.write(at, event, part, words, fields);
    }

    /// The same, where someone should look.
    pub(super) fn trouble(&self, at: Moment, event: &str, part: &Part, words: &str, fields: Value) {
        self.write(at, event, part, &format!("{} {words}", styled(BAD, "failing:")), fields);
    }

    fn write(&self, at: Moment, event: &str, part: &Part, words: &str, fields: Value) {
        if self.format == Format::Json {
            print::exact(&record(at, event, part, fields));
        } else {
            print::say_at(at, &format!("{:<7}  {words}", part.word()));
        }
    }
}

fn record(at: Moment, event: &str, part: &Part, fields: Value) -> String {
    let mut record = json!({ "at": at.to_rfc3339(), "event": event, "part": part.word() });
    if let (Value::Object(record), Value::Object(fields)) = (&mut record, fields) {
        record.extend(fields);
    }
    record.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_one_line_with_when_and_what() {
        let line = record(Moment::UNIX_EPOCH, "built", &Part::Page, json!({ "words": "two\nlines" }));
        assert!(!line.contains('\n'), "{line}");
        let read: Value = serde_json::from_str(&line).unwrap();
        let expected = json!({
            "at": "1970-01-01T00:00:00+00:00", "event": "built", "part": "page", "words": "two\nlines",
        });
        assert_eq!(read, expected);
    }
}

//! Changes facts of the front matter in place.
//!
//! Promises: only the values that differ are written; comments, spacing and the order of keys stay. In YAML the
//! affected features are rewritten on one line where they change.

use std::ops::Range;

use toml_edit::{DocumentMut, InlineTable, Item, TableLike, Value, value};

use crate::located::{Table, Value as Said};
use crate::model::incident::{Eta, Incident};

use super::split::{Parts, Syntax};
use super::write::{affected, quoted, toml_time};
use super::yaml;

/// The same incident before and after.
#[derive(Clone, Copy, Debug)]
pub(super) struct FrontMatterEdit<'i> {
    pub(super) before: &'i Incident,
    pub(super) after: &'i Incident,
}

impl FrontMatterEdit<'_> {
    /// The block of the file with the facts that differ moved; `None` if it cannot be read or written.
    pub(super) fn put_into(self, file: &str, text: &str, parts: &Parts) -> Option<String> {
        let block = text.get(parts.block.clone())?;
        let written = match parts.syntax? {
            Syntax::Toml => self.put_into_toml(block)?,
            Syntax::Yaml => self.put_into_yaml(file, text, parts)?,
        };
        let lines = written.replace("\r\n", "\n");
        Some(if block.contains("\r\n") { lines.replace('\n', "\r\n") } else { lines })
    }

    /// The single values that differ, written so that TOML and YAML read the same.
    fn scalars(self) -> Vec<(&'static str, String)> {
        let Self { before, after } = self;
        let mut scalars = Vec::new();
        if after.severity != before.severity {
            scalars.push(("severity", quoted(after.severity.word())));
        }
        match after.eta {
            Some(Eta::At(at)) if after.eta != before.eta => scalars.push(("eta", toml_time(at))),
            Some(Eta::Unknown) if after.eta != before.eta => scalars.push(("eta", quoted("unknown"))),
            _ => {}
        }
        if let Some(next_update) = after.next_update.filter(|_| after.next_update != before.next_update) {
            scalars.push(("next_update", toml_time(next_update)));
        }
        scalars
    }

    fn put_into_toml(self, block: &str) -> Option<String> {
        let mut document: DocumentMut = block.parse().ok()?;
        for (key, written) in self.scalars() {
            put(document.as_table_mut(), key, written.parse().ok()?);
        }
        let listed = document.get("affected").is_some_and(Item::is_array);
        match document.get_mut("affected").and_then(Item::as_table_like_mut) {
            Some(table) => {
                let moved = self
                    .after
                    .affected
                    .iter()
                    .filter(|(id, status)| self.before.affected.get(id) != Some(status));
                moved.for_each(|(id, status)| put(table, id.as_str(), status.word().into()));
            }
            None if self.list_stands(listed) => {}
            None => {
                let mut written: Value = affected(self.after).parse().ok()?;
                written.as_inline_table_mut().map(InlineTable::fmt);
                put(document.as_table_mut(), "affected", written);
            }
        }
        Some(document.to_string())
    }

    /// Whether a list of features, or the lack of one, still says what is true.
    fn list_stands(self, listed: bool) -> bool {
        let implied = self.after.implied_status();
        let same = self.after.affected.keys().eq(self.before.affected.keys());
        same && (self.after.affected.is_empty()
            || listed && self.after.affected.values().all(|status| *status == implied))
    }

    fn put_into_yaml(self, file: &str, text: &str, parts: &Parts) -> Option<String> {
        let document = yaml::read(file, text, parts.block.clone());
        let mut table = document.root();
        let mut edits: Vec<(Range<usize>, String)> = Vec::new();
        let mut new_lines = String::new();
        let indentation = text.get(parts.block.clone())?.chars().take_while(|c| *c == ' ').count();
        let mut put = |table: &Table<'_>, span: Option<Range<usize>>, key: &str, written: &str| match span {
            Some(span) => edits.push((span, written.to_owned())),
            None if table.has(key) => {
                edits.push((behind_colon(text, &table.key_span(key)), format!(" {written}")));
            }
            None => new_lines.push_str(&format!("{:indentation$}{key}: {written}\n", "")),
        };
        for (key, written) in self.scalars() {
            let span = table.optional(key).span();
            put(&table, span, key, &written);
        }
        let affected = table.optional("affected");
        let stands = match affected.value() {
            Some(Said::Table(_)) => self.after.affected == self.before.affected,
            said => self.list_stands(said.is_some()),
        };
        if !stands {
            let span = affected.span().map(|value| {
                behind_colon(text, &table.key_span("affected")).start..end_of_block(text, value)
            });
            let blank = if span.is_some() { " " } else { "" };
            put(&table, span, "affected", &format!("{blank}{}", yaml_affected(self.after)));
        }
        edits.push((parts.block.end..parts.block.end, new_lines));
        edits.sort_by_key(|(span, _)| span.start);
        replaced(text, parts.block.clone(), edits)
    }
}

/// Puts a value in place of another, keeping the spacing and the comment around it.
fn put(table: &mut dyn TableLike, key: &str, mut new: Value) {
    match table.get_mut(key) {
        Some(Item::Value(old)) => {
            *new.decor_mut() = old.decor().clone();
            *old = new;
        }
        Some(other) => *other = value(new),
        None => {
            table.insert(key, value(new));
        }
    }
}

/// The bytes of a span with some of them replaced, first to last.
fn replaced(text: &str, span: Range<usize>, edits: Vec<(Range<usize>, String)>) -> Option<String> {
    let mut result = String::new();
    let mut from = span.start;
    for (old, new) in edits {
        result.push_str(text.get(from..old.start)?);
        result.push_str(&new);
        from = old.end;
    }
    result.push_str(text.get(from..span.end)?);
    Some(result)
}

/// Where the value of a key of YAML may begin, blanks included.
fn behind_colon(text: &str, key: &Range<usize>) -> Range<usize> {
    let colon = text.get(key.end..).and_then(|rest| rest.find(':'));
    let at = colon.map_or(key.end, |colon| key.end + colon + 1);
    at..at
}

/// The end of a value of YAML without the blank lines and comments that it may take in behind it.
fn end_of_block(text: &str, value: Range<usize>) -> usize {
    let mut end = value.end;
    for line in text.get(value).unwrap_or_default().split_inclusive('\n').rev() {
        let words = line.trim();
        if !words.is_empty() && !words.starts_with('#') {
            return end - (line.len() - line.trim_end().len());
        }
        end -= line.len();
    }
    end
}

fn yaml_affected(incident: &Incident) -> String {
    let statuses = incident.affected.iter().map(|(id, status)| format!("{id}: {}", status.word()));
    format!("{{{}}}", statuses.collect::<Vec<_>>().join(", "))
}

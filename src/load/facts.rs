//! Facts of the front matter moved in place.
//!
//! Promises: only the values that differ are written; comments, spacing and the order of keys stay. In YAML the
//! affected features are rewritten on one line where they change.

use std::ops::Range;

use toml_edit::{DocumentMut, InlineTable, Item, TableLike, Value, value};

use crate::config::located::Value as Said;
use crate::model::incident::{Eta, Incident};

use super::split::{Parts, Syntax};
use super::write::{affected, quoted, toml_time};
use super::yaml;

/// The same incident before and after.
#[derive(Clone, Copy, Debug)]
pub(super) struct Facts<'i> {
    pub(super) before: &'i Incident,
    pub(super) after: &'i Incident,
}

impl Facts<'_> {
    /// The block of the file with the facts that differ moved; `None` where it cannot be read or written.
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
        let block = text.get(parts.block.clone())?;
        let indentation: String = block.lines().next()?.chars().take_while(|c| *c == ' ').collect();
        let end = parts.block.end;
        let mut put = |span: Option<Range<usize>>, key: &str, written: String| match span {
            Some(span) => edits.push((span, written)),
            None => edits.push((end..end, format!("{indentation}{key}: {written}\n"))),
        };
        for (key, written) in self.scalars() {
            put(table.optional(key).span(), key, written);
        }
        let field = table.optional("affected");
        let stands = match field.value() {
            Some(Said::Table(_)) => self.after.affected == self.before.affected,
            said => self.list_stands(said.is_some()),
        };
        if !stands {
            let key = table.key_span("affected");
            let value = field.span().map(|value| behind_colon(text, &key, value));
            let blank = if value.is_some() { " " } else { "" };
            put(value, "affected", format!("{blank}{}", yaml_affected(self.after)));
        }
        edits.sort_by_key(|(span, _)| span.start);
        let mut written = String::new();
        let mut from = parts.block.start;
        for (span, value) in edits {
            written.push_str(text.get(from..span.start)?);
            written.push_str(&value);
            from = span.end;
        }
        written.push_str(text.get(from..end)?);
        Some(written)
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

/// All behind the colon of a key up to the end of its value, without the blank lines and comments that a block
/// of YAML may end with.
fn behind_colon(text: &str, key: &Range<usize>, value: Range<usize>) -> Range<usize> {
    let colon = text.get(key.end..value.start).and_then(|between| between.find(':'));
    let mut end = value.end;
    for line in text.get(value).unwrap_or_default().split_inclusive('\n').rev() {
        let words = line.trim();
        if !words.is_empty() && !words.starts_with('#') {
            end -= line.len() - line.trim_end().len();
            break;
        }
        end -= line.len();
    }
    colon.map_or(key.end, |colon| key.end + colon + 1)..end
}

fn yaml_affected(incident: &Incident) -> String {
    let statuses = incident.affected.iter().map(|(id, status)| format!("{id}: {}", status.word()));
    format!("{{{}}}", statuses.collect::<Vec<_>>().join(", "))
}

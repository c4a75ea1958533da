//! Reads the keys of a table, and reports every key that nobody asked for.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::{Document, Entry, Field, ITEMS_MAX, Located, Value, nearest, quoted};

/// A path shows this much of a key that the author chose.
const KEY_CHARACTERS_MAX: usize = 64;

/// The reader of one table. Ask for its keys, then call [`Table::finish`]: every key that nobody asked for is a
/// problem.
#[derive(Clone, Debug)]
#[must_use = "a table that is not finished does not report its unknown keys"]
pub struct Table<'d> {
    document: &'d Document<'d>,
    entries: &'d [Entry],
    span: Range<usize>,
    path: String,
    known: BTreeSet<&'static str>,
    defaults: Option<Defaults<'d>>,
}

/// The entries of a table in the file of defaults.
#[derive(Clone, Copy, Debug)]
pub(super) struct Defaults<'d> {
    pub(super) document: &'d Document<'d>,
    pub(super) entries: &'d [Entry],
}

impl<'d> Table<'d> {
    pub(super) fn new(
        document: &'d Document<'d>,
        entries: &'d [Entry],
        span: Range<usize>,
        path: String,
    ) -> Self {
        let mut seen = BTreeMap::new();
        for entry in entries {
            if let Some(first) = seen.insert(&entry.key, &entry.key_span) {
                let message = format!("duplicate key {}", quoted(&entry.key));
                let line = (!document.is_full()).then(|| document.place(first.clone()).line);
                let hint = line.map(|line| format!("the first is on line {line}; keep only one"));
                document.error(entry.key_span.clone(), "duplicate-key", message, hint);
            }
        }
        Self { document, entries, span, path, known: BTreeSet::new(), defaults: None }
    }

    /// Takes a key from `defaults` where this table does not write it, and so on within its tables.
    pub fn over(self, defaults: &Table<'d>) -> Self {
        self.over_entries(Defaults { document: defaults.document, entries: defaults.entries })
    }

    pub(super) fn over_entries(self, defaults: Defaults<'d>) -> Self {
        Self { defaults: Some(defaults), ..self }
    }

    /// The field of a key that may be left out.
    pub fn optional(&mut self, key: &'static str) -> Field<'d> {
        self.known.insert(key);
        let path = self.path_of(key);
        self.document.know(&path);
        let own = find(self.entries, key);
        if let Some(entry) = own {
            self.document.remember(&path, entry.value.span.clone());
        }
        let field = Field::new(self.document, own.map(|entry| &entry.value), path.clone());
        let Some(defaults) = self.defaults else { return field };
        match find(defaults.entries, key).map(|entry| &entry.value) {
            Some(Located { value: Value::Table(entries), .. }) => {
                field.over_table(Defaults { entries, ..defaults }, self.span.clone())
            }
            Some(default) if !field.is_present() => Field::new(defaults.document, Some(default), path),
            _ => field,
        }
    }

    /// The field of a required key; reports it if it is missing.
    pub fn required(&mut self, key: &'static str) -> Field<'d> {
        let field = self.optional(key);
        if !field.is_present() {
            self.report_missing(key);
        }
        field
    }

    /// Every key with its field, in the order of the file, for tables whose keys the author chooses. All count
    /// as already announced then.
    pub fn all(&self) -> Vec<(&'d str, Field<'d>)> {
        let field = |entry: &'d Entry| {
            let path = self.path_of(&entry.key);
            self.document.remember(&path, entry.value.span.clone());
            (entry.key.as_str(), Field::new(self.document, Some(&entry.value), path))
        };
        if self.entries.len() > ITEMS_MAX {
            let message = format!("there are {} keys; the limit is {ITEMS_MAX}", self.entries.len());
            self.document.error(self.span.clone(), "too-many-items", message, None);
        }
        self.entries.iter().take(ITEMS_MAX).map(field).collect()
    }

    /// Whether the file itself writes the key, with or without a usable value.
    pub fn has(&self, key: &str) -> bool {
        find(self.entries, key).is_some()
    }

    /// The bytes of a key itself, to point at it; the table's where the file does not write it.
    pub fn key_span(&self, key: &str) -> Range<usize> {
        find(self.entries, key).map_or_else(|| self.span.clone(), |entry| entry.key_span.clone())
    }

    /// The bytes of a key's value, to point at it; the table's where the file does not write it.
    pub fn value_span(&self, key: &str) -> Range<usize> {
        find(self.entries, key).map_or_else(|| self.span.clone(), |entry| entry.value.span.clone())
    }

    /// Where the table stands: its header, its braces, or the first line of the block.
    pub fn span(&self) -> Range<usize> {
        self.span.clone()
    }

    /// The document, to report a problem about any part of it.
    pub fn document(&self) -> &'d Document<'d> {
        self.document
    }

    /// Reports that a key is missing, for keys that are needed only next to others.
    pub fn report_missing(&self, key: &str) {
        self.report_missing_like(key, "…");
    }

    /// The same, with a value that the key could have.
    pub fn report_missing_like(&self, key: &str, example: &str) {
        let within = if self.path.is_empty() { String::new() } else { format!(" in `{}`", self.path) };
        let message = format!("`{key}` is missing{within}");
        self.document.missing(self.span.clone(), message, format!("add `{key} = {example}`"));
    }

    /// Reports every key that was not asked for.
    pub fn finish(self) {
        self.finish_with(|_| None);
    }

    /// The same, where `hint` knows what to write in place of some keys.
    pub fn finish_with(self, hint: impl Fn(&str) -> Option<String>) {
        for entry in self.entries.iter().filter(|entry| !self.known.contains(entry.key.as_str())) {
            let known = self.known.iter().copied().filter(|_| !self.document.is_full());
            let near = nearest(&entry.key, known);
            let hint = hint(&entry.key).or_else(|| near.map(|near| format!("did you mean `{near}`?")));
            let within = if self.path.is_empty() { String::new() } else { format!(" of `{}`", self.path) };
            let message = format!("{} is not a known key{within}", quoted(&entry.key));
            self.document.error(entry.key_span.clone(), "unknown-key", message, hint);
        }
    }

    fn path_of(&self, key: &str) -> String {
        let key: String = key.chars().take(KEY_CHARACTERS_MAX).collect();
        if self.path.is_empty() { key } else { format!("{}.{key}", self.path) }
    }
}

fn find<'e>(entries: &'e [Entry], key: &str) -> Option<&'e Entry> {
    entries.iter().find(|entry| entry.key == key)
}

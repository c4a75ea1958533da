//! One shape for YAML and TOML: texts, lists and tables, each with its line.
//!
//! Scalars stay the words the author wrote, so that a wild date reaches the code that can read it.
//! Anchors and merge keys are not followed, so no file can swell by referring to itself.

use saphyr_parser::{Event, Parser, ScalarStyle};
use toml::de::{DeTable, DeValue};

use super::super::notes::Notes;
use crate::model::line::{has_no_width, is_unprintable};

/// How deep lists and tables may nest; cState needs four.
const DEPTH_MAX: usize = 32;

/// A value and the line it starts on, from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Node {
    /// The line in the file.
    pub(super) line: usize,
    /// The node's value.
    pub(super) value: Value,
}

/// A value as its author wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    /// Nothing, `null` or `~`.
    Nothing,
    /// A string, number, boolean or date, as written.
    Text(String),
    List(Vec<Node>),
    /// A table, in the order of the file; keys may repeat.
    Table(Vec<(String, Node)>),
}

/// Where and why a text could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TreeFault {
    /// The line in the file, from 1.
    pub(super) line: usize,
    /// The reader's words, in lower case without a full stop.
    pub(super) message: String,
}

impl Node {
    pub(super) fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The entry of a table, whatever the case of its key, as Hugo reads keys. The last one counts.
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        let Value::Table(entries) = &self.value else { return None };
        entries.iter().rev().find(|(name, _)| name.eq_ignore_ascii_case(key)).map(|(_, node)| node)
    }

    /// The text of a table's entry, trimmed; `None` when it is empty.
    pub(super) fn text_of(&self, key: &str) -> Option<&str> {
        self.get(key).and_then(Self::text).map(str::trim).filter(|text| !text.is_empty())
    }

    /// Takes out of every text what cannot be seen, for such a text is refused in our files, and notes the line.
    pub(super) fn clean(&mut self, notes: &mut Notes) {
        match &mut self.value {
            Value::Nothing => {}
            Value::Text(text) if text.contains(is_hidden) => {
                *text = text.replace(has_no_width, "").replace(is_hidden, " ");
                let message = "characters that cannot be seen were taken out".to_owned();
                notes.warn(Some(self.line), "control-character", message, "compare the result");
            }
            Value::Text(_) => {}
            Value::List(items) => items.iter_mut().for_each(|item| item.clean(notes)),
            Value::Table(entries) => entries.iter_mut().for_each(|(_, node)| node.clean(notes)),
        }
    }

    /// The items of a list; a lone value is a list of one.
    pub(super) fn items(&self) -> &[Self] {
        match &self.value {
            Value::Nothing => &[],
            Value::List(items) => items,
            Value::Text(_) | Value::Table(_) => std::slice::from_ref(self),
        }
    }
}

fn is_hidden(c: char) -> bool {
    is_unprintable(c) && !matches!(c, '\n' | '\t') || has_no_width(c)
}

/// Reads YAML whose first line is line `first_line` of its file.
pub(super) fn from_yaml(text: &str, first_line: usize) -> Result<Node, TreeFault> {
    let mut builder = Builder { open: Vec::new(), root: None };
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| TreeFault {
            line: first_line + error.marker().line().saturating_sub(1),
            message: error.info().to_lowercase(),
        })?;
        let line = first_line + span.start.line().saturating_sub(1);
        builder.take(event, line)?;
    }
    Ok(builder.root.unwrap_or(Node { line: first_line, value: Value::Nothing }))
}

/// Reads TOML whose first line is line `first_line` of its file.
pub(super) fn from_toml(text: &str, first_line: usize) -> Result<Node, TreeFault> {
    let line_ends: Vec<usize> = text.match_indices('\n').map(|(at, _)| at).collect();
    let line_at = |offset: usize| first_line + line_ends.partition_point(|end| *end < offset);
    let table = DeTable::parse(text).map_err(|error| TreeFault {
        line: line_at(error.span().map_or(0, |span| span.start)),
        message: error.message().to_lowercase(),
    })?;
    Ok(Node { line: first_line, value: toml_table(table.get_ref(), &line_at, 0) })
}

fn toml_table(table: &DeTable<'_>, line_at: &impl Fn(usize) -> usize, depth: usize) -> Value {
    let entry = |(key, value): (&toml::Spanned<_>, &toml::Spanned<DeValue<'_>>)| {
        let key: &std::borrow::Cow<'_, str> = key.get_ref();
        (key.to_string(), toml_node(value, line_at, depth + 1))
    };
    Value::Table(table.iter().map(entry).collect())
}

fn toml_node(value: &toml::Spanned<DeValue<'_>>, line_at: &impl Fn(usize) -> usize, depth: usize) -> Node {
    let line = line_at(value.span().start);
    let value = match value.get_ref() {
        _ if depth > DEPTH_MAX => Value::Nothing,
        DeValue::String(text) => Value::Text(text.to_string()),
        DeValue::Integer(number) => Value::Text(number.to_string()),
        DeValue::Float(number) => Value::Text(number.to_string()),
        DeValue::Boolean(truth) => Value::Text(truth.to_string()),
        DeValue::Datetime(moment) => Value::Text(moment.to_string()),
        DeValue::Array(items) => {
            Value::List(items.iter().map(|item| toml_node(item, line_at, depth + 1)).collect())
        }
        DeValue::Table(table) => toml_table(table, line_at, depth),
    };
    Node { line, value }
}

/// Builds a tree from the parser's events without recursion.
struct Builder {
    open: Vec<(Node, Option<String>)>,
    root: Option<Node>,
}

impl Builder {
    fn take(&mut self, event: Event<'_>, line: usize) -> Result<(), TreeFault> {
        match event {
            Event::Scalar(text, style, _, _) => self.place(Node { line, value: scalar(&text, style) }),
            Event::Alias(_) => self.place(Node { line, value: Value::Nothing }),
            Event::SequenceStart(..) => self.start(line, Value::List(Vec::new()))?,
            Event::MappingStart(..) => self.start(line, Value::Table(Vec::new()))?,
            Event::SequenceEnd | Event::MappingEnd => {
                if let Some((node, _)) = self.open.pop() {
                    self.place(node);
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn start(&mut self, line: usize, value: Value) -> Result<(), TreeFault> {
        if self.open.len() >= DEPTH_MAX {
            return Err(TreeFault { line, message: format!("nested deeper than {DEPTH_MAX} levels") });
        }
        self.open.push((Node { line, value }, None));
        Ok(())
    }

    fn place(&mut self, node: Node) {
        let Some((parent, key)) = self.open.last_mut() else {
            self.root.get_or_insert(node);
            return;
        };
        match (&mut parent.value, key.take()) {
            (Value::List(items), _) => items.push(node),
            (Value::Table(entries), Some(name)) => entries.push((name, node)),
            (Value::Table(_), None) => *key = Some(node.text().unwrap_or_default().to_owned()),
            (Value::Nothing | Value::Text(_), _) => {}
        }
    }
}

fn scalar(text: &str, style: ScalarStyle) -> Value {
    match (style, text) {
        (ScalarStyle::Plain, "" | "~" | "null" | "Null" | "NULL") => Value::Nothing,
        _ => Value::Text(text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yaml_keeps_words_and_lines() {
        let tree = from_yaml("title: 'a: b'\nresolved: yes\nlist:\n  - one\n  - two\nempty:\n", 5).unwrap();
        assert_eq!(tree.text_of("Title"), Some("a: b"));
        assert_eq!(tree.text_of("resolved"), Some("yes"));
        let list = tree.get("list").unwrap();
        assert_eq!(list.items().iter().map(|item| item.line).collect::<Vec<_>>(), [8, 9]);
        assert_eq!(tree.get("empty").unwrap().value, Value::Nothing);
    }

    #[test]
    fn toml_reads_the_same() {
        let tree = from_toml("title = \"x\"\n[params]\nsystems = [{ name = \"API\" }]\n", 1).unwrap();
        let systems = tree.get("params").and_then(|params| params.get("systems")).unwrap();
        assert_eq!((systems.line, systems.items()[0].text_of("name")), (3, Some("API")));
    }

    #[test]
    fn deep_nesting_is_a_fault_not_a_crash() {
        let deep = "[".repeat(100);
        assert!(from_yaml(&deep, 1).is_err());
    }

    #[test]
    fn faults_name_their_line() {
        let fault = from_yaml("title: a\n date: b: c\n", 2).unwrap_err();
        assert_eq!(fault.line, 3);
    }
}

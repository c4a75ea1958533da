//! Splits a file into front matter and body, and reads even broken front matter.
//!
//! A parser reads valid YAML and TOML; what it refuses is read line by line, so that one mis-indented key does not lose the
//! others.

use super::super::notes::Notes;
use super::tree::{self, Node, Value};

/// Keys that start a front matter whose opening line was forgotten.
const FIRST_KEYS: [&str; 4] = ["title:", "date:", "resolved:", "section:"];

/// A file in its two parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Parts {
    /// The front matter; `None` when the file has none.
    pub(super) front: Option<Node>,
    /// The text below it.
    pub(super) body: String,
    /// The line the body starts on, from 1.
    pub(super) body_line: usize,
}

/// Parts a file's text, which has no carriage returns.
pub(super) fn read(text: &str, notes: &mut Notes) -> Parts {
    let lines: Vec<&str> = text.lines().collect();
    let first = lines.iter().position(|line| !line.trim().is_empty()).unwrap_or(0);
    let fence = lines.get(first).map_or("", |line| line.trim());
    if fence != "---" && fence != "+++" {
        let starts_bare = FIRST_KEYS.iter().any(|key| fence.to_lowercase().starts_with(key));
        if !starts_bare {
            return Parts { front: None, body: text.to_owned(), body_line: 1 };
        }
        notes.warn(
            Some(first + 1),
            "front-matter",
            "the front matter has no opening `---`".to_owned(),
            "it was read as if it had one",
        );
        return parts(&lines, first, end_of_front(&lines, first, "---", notes), "---", notes);
    }
    parts(&lines, first + 1, end_of_front(&lines, first + 1, fence, notes), fence, notes)
}

/// Where the front matter ends: the line of the closing fence, and how many lines the fence takes.
fn end_of_front(lines: &[&str], start: usize, fence: &str, notes: &mut Notes) -> (usize, usize) {
    let inner = lines.iter().enumerate().skip(start);
    let closes = |line: &str| line.trim_end() == fence || (fence == "---" && line.trim_end() == "...");
    if let Some((end, _)) = inner.clone().find(|(_, line)| closes(line)) {
        return (end, 1);
    }
    notes.error(
        None,
        "front-matter",
        format!("the front matter is not closed by `{fence}`"),
        "the first empty line was taken as its end",
    );
    let end = inner.clone().find(|(_, line)| line.trim().is_empty()).map_or(lines.len(), |(end, _)| end);
    (end, 0)
}

fn parts(lines: &[&str], start: usize, end: (usize, usize), fence: &str, notes: &mut Notes) -> Parts {
    let (end, fence_lines) = end;
    let inner = lines.get(start..end).unwrap_or_default();
    let text = inner.join("\n");
    let read =
        if fence == "+++" { tree::from_toml(&text, start + 1) } else { tree::from_yaml(&text, start + 1) };
    let mut front = match read {
        Ok(node) if matches!(node.value, Value::Table(_)) => node,
        Ok(_) => by_lines(inner, start + 1, notes),
        Err(fault) => {
            notes.warn(
                Some(fault.line),
                "front-matter",
                format!("the front matter is broken here: {}", fault.message),
                "it was read line by line instead; compare the result",
            );
            by_lines(inner, start + 1, notes)
        }
    };
    front.clean(notes);
    let body_start = end + fence_lines;
    let body = lines.get(body_start..).unwrap_or_default().join("\n");
    Parts { front: Some(front), body, body_line: body_start + 1 }
}

/// Reads `key: value` and `- item` lines, whatever their indentation.
fn by_lines(lines: &[&str], first_line: usize, notes: &mut Notes) -> Node {
    let mut entries: Vec<(String, Node)> = Vec::new();
    for (number, raw) in lines.iter().enumerate() {
        let line = first_line + number;
        let text = raw.trim();
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        let item = text.strip_prefix('-').map(|item| Node { line, value: bare(item) });
        let split = text.split_once([':', '=']).filter(|(key, _)| is_key(key.trim()));
        match (item, split, entries.last_mut()) {
            (Some(item), _, Some((_, node))) => push_item(node, item),
            (None, Some((key, value)), _) => {
                entries.push((key.trim().to_owned(), Node { line, value: bare(value) }));
            }
            _ => notes.error(
                Some(line),
                "front-matter",
                "this line could not be understood and was left out".to_owned(),
                "copy it by hand",
            ),
        }
    }
    Node { line: first_line, value: Value::Table(entries) }
}

fn is_key(key: &str) -> bool {
    !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
}

fn push_item(node: &mut Node, item: Node) {
    match &mut node.value {
        Value::List(items) => items.push(item),
        Value::Nothing => node.value = Value::List(vec![item]),
        Value::Text(_) | Value::Table(_) => {
            let first = Node { line: node.line, value: node.value.clone() };
            node.value = Value::List(vec![first, item]);
        }
    }
}

/// A value without quotes and comment; `[a, b]` is a list.
fn bare(value: &str) -> Value {
    let value = value.trim();
    let value = value.split_once(" #").map_or(value, |(before, _)| before.trim_end());
    if let Some(inner) = value.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        let items = inner.split(',').map(|item| Node { line: 0, value: bare(item) });
        return Value::List(items.filter(|item| item.value != Value::Nothing).collect());
    }
    let unquoted = ['"', '\''].iter().find_map(|quote| value.strip_prefix(*quote)?.strip_suffix(*quote));
    match unquoted.unwrap_or(value) {
        "" | "~" | "null" => Value::Nothing,
        text => Value::Text(text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str) -> (Parts, usize) {
        let mut notes = Notes::new("x.md", text);
        let parts = read(text, &mut notes);
        (parts, notes.into_problems().len())
    }

    #[test]
    fn sound_front_matter_and_body_part_cleanly() {
        let (parts, notes) = read_text("---\ntitle: x\n---\n\nBody\n");
        assert_eq!((parts.body.as_str(), parts.body_line, notes), ("\nBody", 4, 0));
    }

    #[test]
    fn a_mis_indented_key_costs_nothing_else() {
        let (parts, notes) = read_text(
            "---\ntitle: [ci] is down\n   date: 2021-01-01\naffected:\n  - a\n   severity: down\n---\n",
        );
        let front = parts.front.unwrap();
        assert_eq!(front.text_of("title"), Some("[ci] is down"));
        assert_eq!(front.text_of("date"), Some("2021-01-01"));
        assert_eq!(front.text_of("severity"), Some("down"));
        assert_eq!(front.get("affected").unwrap().items().len(), 1);
        assert_eq!(notes, 1);
    }

    #[test]
    fn forgotten_fences_are_said_and_read() {
        let (parts, notes) = read_text("title: x\nresolved: true\n---\nBody");
        assert_eq!((parts.front.unwrap().text_of("title"), notes), (Some("x"), 1));
        let (parts, notes) = read_text("---\ntitle: x\n\nBody");
        assert_eq!((parts.body.trim(), notes), ("Body", 1));
    }

    #[test]
    fn a_file_without_front_matter_is_all_body() {
        let (parts, _) = read_text("Just words.\n");
        assert_eq!((parts.front, parts.body.as_str()), (None, "Just words.\n"));
    }
}

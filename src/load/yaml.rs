//! YAML front matter as a located tree: the strict part of YAML that people write by hand.
//!
//! Promises: the tree means the same as the TOML an author would have written; anchors, aliases, tags and several
//! documents in one block are refused, so a short block never grows into a large one; depth and size are bounded.
//! Plain words follow YAML 1.2: `yes` and `no` are text.

use std::borrow::Cow;
use std::ops::Range;

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span};

use crate::located::{Document, Entry, Located, NESTING_MAX, Value};

use super::fault::Fault;
use super::yaml_words;

/// Reads the bytes `block` of `text`, which is the whole text of `file`.
pub(super) fn read<'t>(file: &str, text: &'t str, block: Range<usize>) -> Document<'t> {
    let source = text.get(block.clone()).unwrap_or_default();
    let first_line = block.start..block.start + source.lines().next().map_or(0, str::len);
    let mut reader = Reader { positions: Positions::new(source, block.start), faults: Vec::new() };
    let root = reader.document(&mut Parser::new_from_str(source));
    let root = root.unwrap_or_else(|fault| {
        reader.faults.push(fault);
        Located::new(Value::Table(Vec::new()), first_line.clone())
    });
    let root = Located { span: first_line, ..root };
    let document = Document::from_tree(file, text, root);
    for fault in reader.faults {
        document.broken(fault.span, fault.rule, fault.message, Some(fault.hint));
    }
    document
}

/// Characters of the block as bytes of the file: the parser counts characters.
struct Positions {
    /// The byte of each character; empty where every character is one byte.
    bytes: Vec<usize>,
    start: usize,
    length: usize,
}

impl Positions {
    fn new(source: &str, start: usize) -> Self {
        let bytes =
            if source.is_ascii() { Vec::new() } else { source.char_indices().map(|(at, _)| at).collect() };
        Self { bytes, start, length: source.len() }
    }

    fn byte(&self, character: usize) -> usize {
        let byte = if self.bytes.is_empty() {
            character
        } else {
            self.bytes.get(character).copied().unwrap_or(self.length)
        };
        self.start + byte.min(self.length)
    }

    fn range(&self, span: Span) -> Range<usize> {
        self.byte(span.start.index())..self.byte(span.end.index())
    }
}

struct Reader {
    positions: Positions,
    faults: Vec<Fault>,
}

type Events<'t, 'p> = &'p mut dyn Iterator<Item = Result<(Event<'t>, Span), ScanError>>;

impl Reader {
    fn document(&mut self, events: Events<'_, '_>) -> Result<Located, Fault> {
        let mut root = None;
        loop {
            let (event, span) = self.next(events)?;
            match event {
                Event::StreamEnd => break,
                Event::StreamStart | Event::DocumentEnd | Event::Nothing => {}
                Event::DocumentStart(_) if root.is_some() => {
                    let message = "a second document begins here";
                    return Err(self.fault("yaml-feature", span, message, "keep one block of keys"));
                }
                Event::DocumentStart(_) => {
                    let (event, span) = self.next(events)?;
                    root = Some(self.value(event, span, events, 1)?);
                }
                _ => return Err(self.fault("syntax", span, "this is not valid YAML", "write `key: value`")),
            }
        }
        Ok(root.unwrap_or(Located::new(Value::Nothing, 0..0)))
    }

    fn next<'t>(&self, events: Events<'t, '_>) -> Result<(Event<'t>, Span), Fault> {
        match events.next() {
            Some(Ok(event)) => Ok(event),
            Some(Err(error)) => {
                let hint = "quote text that holds `: `, ` #`, or begins with a mark such as `[`, `{`, `@` or a \
                            backtick";
                let at = Span::empty(*error.marker());
                Err(self.fault("syntax", at, yaml_words::meaning(error.info()), hint))
            }
            None => Ok((Event::StreamEnd, Span::default())),
        }
    }

    fn value(
        &mut self,
        event: Event<'_>,
        span: Span,
        events: Events<'_, '_>,
        depth: usize,
    ) -> Result<Located, Fault> {
        self.refuse_features(&event, span);
        if depth > NESTING_MAX {
            let message = format!("lists and tables are nested more than {NESTING_MAX} levels deep");
            return Err(self.fault("too-deep", span, message, "flatten it"));
        }
        let range = self.positions.range(span);
        match event {
            Event::Scalar(text, style, ..) => Ok(Located::new(scalar(text, style), range)),
            Event::SequenceStart(..) => self.list(range.start, events, depth),
            Event::MappingStart(..) => self.table(range.start, events, depth),
            _ => Ok(Located::new(Value::Nothing, range)),
        }
    }

    fn list(&mut self, start: usize, events: Events<'_, '_>, depth: usize) -> Result<Located, Fault> {
        let mut items = Vec::new();
        loop {
            match self.next(events)? {
                (Event::SequenceEnd | Event::StreamEnd, span) => {
                    let end = self.positions.byte(span.end.index()).max(start);
                    return Ok(Located::new(Value::List(items), start..end));
                }
                (event, span) => items.push(self.value(event, span, events, depth + 1)?),
            }
        }
    }

    fn table(&mut self, start: usize, events: Events<'_, '_>, depth: usize) -> Result<Located, Fault> {
        let mut entries = Vec::new();
        loop {
            let (event, span) = self.next(events)?;
            self.refuse_features(&event, span);
            let key = match event {
                Event::MappingEnd | Event::StreamEnd => {
                    let end = self.positions.byte(span.end.index()).max(start);
                    return Ok(Located::new(Value::Table(entries), start..end));
                }
                Event::Scalar(key, ..) => key.into_owned(),
                _ => {
                    return Err(self.fault(
                        "yaml-feature",
                        span,
                        "a key must be a word",
                        "write `key: value`",
                    ));
                }
            };
            let key_span = self.positions.range(span);
            let (event, span) = self.next(events)?;
            let value = self.value(event, span, events, depth + 1)?;
            entries.push(Entry::new(key, key_span, value));
        }
    }

    /// Reports what is YAML and has no place in front matter.
    fn refuse_features(&mut self, event: &Event<'_>, span: Span) {
        let (anchor, tag) = match event {
            Event::Alias(_) => (1, false),
            Event::Scalar(_, _, anchor, tag) => (*anchor, tag.is_some()),
            Event::SequenceStart(anchor, tag) | Event::MappingStart(anchor, tag) => (*anchor, tag.is_some()),
            _ => (0, false),
        };
        if anchor != 0 {
            let fault = self.fault(
                "yaml-feature",
                span,
                "anchors and aliases are not supported",
                "write the value in full",
            );
            self.faults.push(fault);
        }
        if tag {
            let fault = self.fault(
                "yaml-feature",
                span,
                "tags are not supported",
                "delete the word that begins with `!`",
            );
            self.faults.push(fault);
        }
    }

    fn fault(&self, rule: &'static str, span: Span, message: impl Into<String>, hint: &str) -> Fault {
        Fault::new(rule, self.positions.range(span), message, hint)
    }
}

/// A scalar as the core schema of YAML 1.2 reads it; quoted ones are text.
fn scalar(text: Cow<'_, str>, style: ScalarStyle) -> Value {
    if style != ScalarStyle::Plain {
        return Value::Text(text.into_owned());
    }
    match text.as_ref() {
        "" | "~" | "null" | "Null" | "NULL" => Value::Nothing,
        "true" | "True" | "TRUE" => Value::Flag(true),
        "false" | "False" | "FALSE" => Value::Flag(false),
        number if is_number(number) => match number.parse() {
            Ok(integer) => Value::Integer(integer),
            Err(_) => Value::Number(number.to_owned()),
        },
        _ => Value::Text(text.into_owned()),
    }
}

fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    digits.starts_with(|c: char| c.is_ascii_digit() || c == '.') && text.parse::<f64>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::problem::Problem;

    fn problems(block: &str) -> Vec<Problem> {
        let text = format!("---\n{block}---\n");
        let document = read("f.md", &text, 4..4 + block.len());
        let _ = document.root();
        document.into_parts().0
    }

    #[test]
    fn values_of_every_kind_stand_where_they_are_written() {
        let text = "---\ntítulo: Añil # why\nlist: [a, \"b: c\"]\ntable:\n  x: 1\n  y: true\n  z:\n---\n";
        let document = read("f.md", text, 4..text.len() - 4);
        let mut table = document.root();
        let title = table.optional("título");
        assert_eq!(title.text().as_deref(), Some("Añil"));
        assert_eq!(&text[title.span().unwrap()], "Añil");
        let items = table.optional("list").items();
        let shown: Vec<_> =
            items.iter().map(|item| (item.text().unwrap(), &text[item.span().unwrap()])).collect();
        assert_eq!(shown, [("a".into(), "a"), ("b: c".into(), "\"b: c\"")]);
        let mut inner = table.optional("table").table().unwrap();
        assert_eq!(inner.optional("x").integer(0_i64..=9), Some(1));
        assert_eq!(inner.optional("y").flag(), Some(true));
        assert!(!inner.optional("z").is_present());
        assert_eq!(&text[table.key_span("table")], "table");
        inner.finish();
        table.finish();
        assert_eq!(document.into_parts().0, []);
    }

    #[test]
    fn plain_words_follow_yaml_1_2() {
        let plain = |text: &str| scalar(text.into(), ScalarStyle::Plain);
        for text in
            ["yes", "no", "on", "2026-11-20", "2026-11-20T09:12:00Z", "e5", "-", "nan", "inf", "1_000"]
        {
            assert_eq!(plain(text), Value::Text(text.into()), "{text}");
        }
        assert_eq!(plain("42"), Value::Integer(42));
        assert_eq!(plain("-1.5"), Value::Number("-1.5".into()));
        assert_eq!(plain("null"), Value::Nothing);
        assert_eq!(scalar("42".into(), ScalarStyle::SingleQuoted), Value::Text("42".into()));
    }

    #[test]
    fn what_has_no_place_in_front_matter_is_refused() {
        for (block, rule, line, column) in [
            ("a: &x 1\n", "yaml-feature", 2, 4),
            ("a: &x [1]\nb: *x\n", "yaml-feature", 2, 4),
            ("a: !!str 1\n", "yaml-feature", 2, 4),
            ("a: 1\n...\nb: 2\n", "yaml-feature", 4, 1),
            ("[a]: 1\n", "yaml-feature", 2, 1),
            ("a: b: c\n", "syntax", 2, 5),
            ("a: [1\n", "syntax", 3, 1),
            ("a: \"x\n", "syntax", 2, 4),
            ("just words\n", "wrong-type", 2, 1),
        ] {
            let found = problems(block);
            let place = found.first().and_then(|problem| problem.place.clone()).unwrap();
            assert_eq!((found[0].rule, place.line, place.column), (rule, line, column), "{block}: {found:?}");
        }
    }

    #[test]
    fn slips_are_told_in_the_words_of_people() {
        for (block, message) in [
            ("a: b: c\n", "there is a second `: ` in this line"),
            ("a: [1\n", "the `[` that opens here or before has no `]`, or a comma is missing"),
            ("a: {b: 1\n", "the `{` that opens here or before has no `}`, or a comma is missing"),
            ("a: \"x\n", "the quote that opens here is not closed"),
            ("a: \"x\nb: 1\n", "the quote that opens here is not closed"),
            ("a: \"x\" y\n", "there is text after the closing quote"),
            ("a: \"\\q\"\n", "the text in quotes has a `\\` that means nothing"),
            ("a:\n\tb: 1\n", "tabs cannot indent a line; use spaces"),
            ("a: @b\n", "text that begins with this character needs quotes"),
            ("a: 1\n b: 2\n", "there is a second `: ` in this line"),
        ] {
            let found = problems(block);
            assert_eq!(found.first().map(|problem| problem.message.as_str()), Some(message), "{block}");
        }
    }

    #[test]
    fn bombs_are_small() {
        let deep = |depth| problems(&format!("a: {}\n", "[".repeat(depth)));
        assert_eq!(deep(20)[0].rule, "too-deep");
        assert_eq!(
            deep(100_000).len(),
            1,
            "here the parser's own limit comes first: {:?}",
            deep(100_000)[0].message
        );
        let mut laughs = "a: &a [x, x, x, x, x, x, x, x, x]\n".to_owned();
        for (name, last) in ('b'..='k').zip('a'..) {
            laughs.push_str(&format!("{name}: &{name} [{}]\n", vec![format!("*{last}"); 9].join(", ")));
        }
        assert!(problems(&laughs).iter().all(|problem| problem.rule == "yaml-feature"));
        assert_eq!(problems(""), []);
    }
}

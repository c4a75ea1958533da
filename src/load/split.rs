//! Splits a file into the front matter block and the story below it.
//!
//! Promises: every file that has both is split at the same bytes whether its lines end with LF or CRLF and whether it
//! begins with a byte order mark; a file that cannot be split is a problem at the wrong line.

use std::ops::Range;

use super::fault::Fault;
use super::piece::SpannedText;

/// The syntax of a front matter block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Syntax {
    /// Between lines of `+++`.
    Toml,
    /// Between lines of `---`.
    Yaml,
}

impl Syntax {
    /// The line before and after the block.
    pub(super) fn mark(self) -> &'static str {
        match self {
            Self::Toml => "+++",
            Self::Yaml => "---",
        }
    }
}

/// Where the parts of a file stand, in bytes of the whole text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Parts {
    /// How the block is written; `None` where the file has none and needs none.
    pub(super) syntax: Option<Syntax>,
    /// Between the marks, without them.
    pub(super) block: Range<usize>,
    /// All that follows.
    pub(super) body: Range<usize>,
}

/// Splits a file that must have front matter.
pub(super) fn split(text: &str) -> Result<Parts, Fault> {
    let start = after_byte_order_mark(text);
    let mut lines = lines_from(text, start);
    let first = lines.next().unwrap_or(SpannedText::new(text, start..start));
    let Some(syntax) = syntax_of(first) else {
        return Err(no_front_matter(text, first));
    };
    let block_start = first.line_end();
    match lines.find(|line| line.trim_end().text() == syntax.mark()) {
        Some(end) => Ok(Parts {
            syntax: Some(syntax),
            block: block_start..end.span().start,
            body: end.line_end()..text.len(),
        }),
        None => Err(unclosed(text, first, syntax)),
    }
}

/// Splits a file that may do without front matter, as translations may.
pub(super) fn split_loosely(text: &str) -> Result<Parts, Fault> {
    let start = after_byte_order_mark(text);
    let begins_with_mark = lines_from(text, start).next().is_some_and(|line| syntax_of(line).is_some());
    if begins_with_mark {
        split(text)
    } else {
        Ok(Parts { syntax: None, block: start..start, body: start..text.len() })
    }
}

fn after_byte_order_mark(text: &str) -> usize {
    if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 }
}

/// The lines from a byte on, each with its end.
fn lines_from(text: &str, start: usize) -> impl Iterator<Item = SpannedText<'_>> {
    let mut at = start;
    text.get(start..).unwrap_or_default().split_inclusive('\n').map(move |line| {
        let piece = SpannedText::new(text, at..at + line.len());
        at += line.len();
        piece
    })
}

fn syntax_of(line: SpannedText<'_>) -> Option<Syntax> {
    [Syntax::Toml, Syntax::Yaml].into_iter().find(|syntax| line.trim_end().text() == syntax.mark())
}

fn no_front_matter(text: &str, first: SpannedText<'_>) -> Fault {
    let later = lines_from(text, first.span().end).find(|line| !line.trim().is_empty());
    let only_blank_above = first.trim().is_empty() && later.and_then(syntax_of).is_some();
    let hint = if only_blank_above {
        "delete the blank lines above the first mark".to_owned()
    } else if first.trim().text().starts_with("+++") || first.trim().text().starts_with("---") {
        "write the mark alone on the first line, from its first column".to_owned()
    } else {
        "begin the file with a line `+++`, then keys such as `title = \"…\"`, then a line `+++`".to_owned()
    };
    let message = "the file does not begin with front matter";
    Fault::new("no-front-matter", first.trim_end().span(), message, hint)
}

fn unclosed(text: &str, first: SpannedText<'_>, syntax: Syntax) -> Fault {
    let mark = syntax.mark();
    let almost = lines_from(text, first.line_end()).find(|line| {
        let line = line.trim().text();
        line == mark || line.len() >= 3 && line.chars().all(|c| c == '+' || c == '-')
    });
    match almost {
        Some(line) => {
            let message = format!("the front matter begins with `{mark}` and does not end with it");
            Fault::new("unclosed-front-matter", line.trim().span(), message, format!("write `{mark}` here"))
        }
        None => {
            let message = format!("the front matter that begins with `{mark}` has no end");
            let hint = format!("put a line `{mark}` below the last key");
            Fault::new("unclosed-front-matter", first.trim_end().span(), message, hint)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> (Option<Syntax>, &str, &str) {
        let parts = split(text).unwrap();
        (parts.syntax, &text[parts.block], &text[parts.body])
    }

    #[test]
    fn both_syntaxes_are_split_with_any_line_end() {
        assert_eq!(parts("+++\na = 1\n+++\nbody\n"), (Some(Syntax::Toml), "a = 1\n", "body\n"));
        assert_eq!(parts("---\na: 1\n---\nbody"), (Some(Syntax::Yaml), "a: 1\n", "body"));
        assert_eq!(parts("+++\r\na = 1\r\n+++\r\nbody"), (Some(Syntax::Toml), "a = 1\r\n", "body"));
        assert_eq!(parts("\u{feff}+++ \n+++\t\n"), (Some(Syntax::Toml), "", ""));
        assert_eq!(parts("+++\n+++"), (Some(Syntax::Toml), "", ""));
    }

    #[test]
    fn a_mark_of_the_other_syntax_ends_nothing() {
        assert_eq!(parts("+++\na = '''\n---\n'''\n+++\n").1, "a = '''\n---\n'''\n");
    }

    #[test]
    fn a_file_that_cannot_be_split_says_where_and_why() {
        let cases = [
            ("", "no-front-matter", 0..0, "begin the file with"),
            ("hello\n+++\n", "no-front-matter", 0..5, "begin the file with"),
            ("\n\n+++\n+++\n", "no-front-matter", 0..0, "delete the blank lines"),
            (" +++\n+++\n", "no-front-matter", 0..4, "from its first column"),
            ("+++ toml\n+++\n", "no-front-matter", 0..8, "alone on the first line"),
            ("+++\ntitle = 'x'\n", "unclosed-front-matter", 0..3, "below the last key"),
            ("+++\na = 1\n---\ntext", "unclosed-front-matter", 10..13, "write `+++` here"),
            ("---\na: 1\n  ---\n", "unclosed-front-matter", 11..14, "write `---` here"),
        ];
        for (text, rule, span, hint) in cases {
            let fault = split(text).unwrap_err();
            assert_eq!((fault.rule, fault.span), (rule, span), "{text:?}");
            assert!(fault.hint.contains(hint), "{text:?}: {}", fault.hint);
        }
    }

    #[test]
    fn a_translation_may_have_no_front_matter() {
        let text = "## 2026-11-20 10:05 UTC\n---\n";
        let parts = split_loosely(text).unwrap();
        assert_eq!((parts.syntax, &text[parts.body]), (None, text));
        assert!(split_loosely("+++\n").is_err());
    }
}

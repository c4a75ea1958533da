//! Time tokens in prose: `{time 2026-11-20T11:30Z}` is shown in each reader's zone and language.
//!
//! Promises: finds every token of a text and the moment each one means, in one pass and in order. Never checks where a
//! token is (in code, in a link) and never replaces one: the code that shows the text does.

use std::ops::Range;

use super::Moment;
use super::moment::{self, TimeFault};

/// What opens a token; a backslash before it takes the meaning away.
const OPENING: &str = "{time";

/// One token of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// The bytes it takes, from its brace to its brace, or to the end of the line where the last one is missing.
    pub range: Range<usize>,
    /// The moment it means.
    pub moment: Result<Moment, Unreadable>,
}

/// What keeps a token from being read. It is then left in the text as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// The closing brace is missing on its line.
    Unclosed,
    /// The text between the braces is not a moment. The fault's bytes are those of the text that `find` was given.
    NotAMoment(TimeFault),
}

impl Unreadable {
    /// What is wrong in the text that was searched, as a sentence without its period.
    pub fn sentence(&self, text: &str) -> String {
        match self {
            Self::Unclosed => "the closing brace of this `{time …}` is missing on its line".to_owned(),
            Self::NotAMoment(fault) if fault.span.is_empty() => {
                "the time of this `{time}` is missing".to_owned()
            }
            Self::NotAMoment(fault) => fault.sentence(text),
        }
    }

    /// What to write instead.
    pub fn hint(&self, text: &str) -> String {
        let escape = "write `\\{time …}` to show the braces";
        match self {
            Self::NotAMoment(fault) if !fault.span.is_empty() => format!("{}; {escape}", fault.hint(text)),
            _ => format!("write it like `{{time 2026-11-20T11:30Z}}`; {escape}"),
        }
    }
}

/// Finds the tokens of a text, first to last. `{timetable}` and `\{time …}` are none.
pub fn find(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut from = 0;
    while let Some(found) = text[from..].find(OPENING) {
        let start = from + found;
        let inside = start + OPENING.len();
        let rest = &text[inside..];
        from = inside;
        if text[..start].ends_with('\\')
            || !rest.starts_with([' ', '\t', '}', '\n', '\r']) && !rest.is_empty()
        {
            continue;
        }
        // Looks no further than the first brace or line end, so that many tokens on a long line stay cheap.
        let stop = rest.find(['}', '\n', '\r']).unwrap_or(rest.len());
        let inner = &rest[..stop];
        let (end, moment) = if rest[stop..].starts_with('}') {
            (inside + stop + 1, read(inner, inside))
        } else {
            (inside + inner.trim_end().len(), Err(Unreadable::Unclosed))
        };
        tokens.push(Token { range: start..end, moment });
        from = end;
    }
    tokens
}

/// Reads what stands between `{time` and `}`, which begins at the byte `start` of the text.
fn read(inner: &str, start: usize) -> Result<Moment, Unreadable> {
    moment::read(inner).map_err(|fault| {
        let span = fault.span.start + start..fault.span.end + start;
        Unreadable::NotAMoment(TimeFault { span, ..fault })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::moment::Reason;
    use chrono::{TimeZone, Utc};
    use proptest::prelude::*;

    fn at(hour: u32, minute: u32, second: u32) -> Moment {
        Utc.with_ymd_and_hms(2026, 11, 20, hour, minute, second).unwrap()
    }

    #[test]
    fn tokens_are_found_where_they_stand() {
        let text = "Back by {time 2026-11-20T11:30Z}, at the latest {time 2026-11-20T12:30+01:00}.";
        let tokens = find(text);
        let shown: Vec<_> = tokens.iter().map(|token| &text[token.range.clone()]).collect();
        assert_eq!(shown, ["{time 2026-11-20T11:30Z}", "{time 2026-11-20T12:30+01:00}"]);
        assert!(tokens.iter().all(|token| token.moment == Ok(at(11, 30, 0))));
    }

    #[test]
    fn a_token_that_cannot_be_read_is_still_found() {
        let broken = |text: &str| find(text).into_iter().map(|t| (t.range, t.moment)).collect::<Vec<_>>();
        let not_a_date = |span| Err(Unreadable::NotAMoment(TimeFault { reason: Reason::NotADate, span }));
        assert_eq!(broken("a {time noon} b"), [(2..13, not_a_date(8..12))]);
        let blank = TimeFault { reason: Reason::Blank, span: 5..5 };
        assert_eq!(broken("{time}"), [(0..6, Err(Unreadable::NotAMoment(blank)))]);
        assert_eq!(broken("{time 2026 \n}"), [(0..10, Err(Unreadable::Unclosed))]);
        assert_eq!(broken("{time"), [(0..5, Err(Unreadable::Unclosed))]);
    }

    #[test]
    fn escaped_tokens_and_other_words_are_none() {
        for text in ["\\{time 2026-11-20T11:30Z}", "{timetable}", "{ time 2026-11-20T11:30Z}", "{Time x}"] {
            assert_eq!(find(text), [], "{text}");
        }
    }

    proptest! {
        #[test]
        fn ranges_lie_in_the_text_in_order(text in "(\\{time|[ }\\\\\\n]|2026-11-20T11:30Z|é){0,30}") {
            let mut last_end = 0;
            for token in find(&text) {
                prop_assert!(token.range.start >= last_end);
                prop_assert!(text[token.range.clone()].starts_with(OPENING));
                last_end = token.range.end;
            }
        }
    }
}

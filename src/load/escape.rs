//! Escapes a text so that it can be below a heading.
//!
//! Promises: an escaped text, written between two headings, is read back as itself: nothing in it begins an update or hides
//! the next one. Text that is safe already is returned unchanged, except for blank lines around it and CRLF. Otherwise as
//! little as possible changes: a heading of level two becomes level three, code and HTML without an end get one or are
//! escaped, unreadable time tokens are escaped, control characters are dropped.

use crate::model::token;

use super::outline::{HeadingLookalike, Outline, Reason, outline};
use super::scan;
use super::story::prose;

/// A heading that is put below a text to see whether it would be hidden.
const PROBE: &str = "\n\n## 2000-01-01 00:00 UTC\n";

/// How often a text is fixed before it is quoted as a whole. Each round fixes all that is seen then.
const ROUNDS_MAX: usize = 8;

/// Shields the text of an update.
pub(super) fn shield(text: &str) -> String {
    let kept: String =
        text.replace("\r\n", "\n").chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect();
    let mut body = prose(&kept, 0..kept.len());
    for _ in 0..ROUNDS_MAX {
        let edits = edits(&body);
        if edits.is_empty() {
            return body;
        }
        body = edited(&body, edits);
    }
    body.lines().map(|line| format!("> {line}")).collect::<Vec<_>>().join("\n").replace("{time", "\\{time")
}

/// Text for a place where no markdown block can begin: a title, an impact.
pub(super) fn shield_tokens(text: &str) -> String {
    let bad = token::find(text).into_iter().filter(|token| token.moment.is_err());
    edited(text, bad.map(|token| (token.range.start, "\\".to_owned())).collect())
}

/// What to insert and before which byte.
type Edits = Vec<(usize, String)>;

fn edits(body: &str) -> Edits {
    let probed = format!("{body}{PROBE}");
    let outline = outline(&probed, 0..probed.len());
    let headings = outline.sections.iter().map(|section| section.heading.start).filter(|at| *at < body.len());
    let mut edits: Edits = headings.map(|at| (at, "#".to_owned())).collect();
    for lookalike in &outline.lookalikes {
        edits.extend(edit_for(lookalike, &probed, body.len()));
    }
    edits.extend(bad_tokens(body, &outline).map(|at| (at, "\\".to_owned())));
    edits.sort();
    edits.dedup();
    edits
}

fn edit_for(lookalike: &HeadingLookalike, probed: &str, body_bytes: usize) -> Option<(usize, String)> {
    match &lookalike.reason {
        Reason::OtherLevel | Reason::OtherDress | Reason::Underlined
            if !scan::is_update(probed, lookalike) =>
        {
            None
        }
        Reason::NoBlank | Reason::OtherLevel | Reason::OtherDress => {
            Some((lookalike.line.start, "\\".to_owned()))
        }
        Reason::Underlined => Some((lookalike.line.end, "\n".to_owned())),
        Reason::Swallowed(block) => {
            let line = probed.get(block.clone()).unwrap_or_default();
            let mark = line.chars().next().unwrap_or('<');
            if matches!(mark, '`' | '~') {
                let fence: String = line.chars().take_while(|c| *c == mark).collect();
                Some((body_bytes, format!("\n{fence}")))
            } else {
                Some((block.start, "\\".to_owned()))
            }
        }
    }
}

fn bad_tokens(body: &str, outline: &Outline) -> impl Iterator<Item = usize> {
    let bad = token::find(body).into_iter().filter(|token| token.moment.is_err());
    let starts = bad.map(|token| token.range.start);
    starts.filter(|start| !outline.is_code(*start))
}

fn edited(text: &str, edits: Edits) -> String {
    let mut result = String::with_capacity(text.len() + edits.len());
    let mut from = 0;
    for (at, inserted) in edits {
        result.push_str(text.get(from..at).unwrap_or_default());
        result.push_str(&inserted);
        from = at;
    }
    result.push_str(text.get(from..).unwrap_or_default());
    result
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn safe_text_stays_as_it_is() {
        for text in [
            "Some card payments fail.",
            "### Cause\n\n- one\n- two\n\n```\n## not a heading\n```",
            "    indented code",
            "Back by {time 2026-11-20T11:30Z}, or `{time soon}`.",
            "a `code` and <b>HTML</b>",
            "",
        ] {
            assert_eq!(shield(text), text);
        }
        assert_eq!(shield("\r\n\r\n  a\r\nb \r\n\r\n"), "  a\nb");
    }

    #[test]
    fn the_least_is_changed() {
        for (text, safe) in [
            ("## Cause\nA disk.", "### Cause\nA disk."),
            ("  ## Cause", "  ### Cause"),
            ("```\nlog", "```\nlog\n```"),
            ("~~~~ sh\nlog\n~~~", "~~~~ sh\nlog\n~~~\n~~~~"),
            ("<!-- note", "\\<!-- note"),
            ("<div>\n## 2026-11-20 x", "\\<div>\n### 2026-11-20 x"),
            ("##2026-11-20", "\\##2026-11-20"),
            ("{time soon}", "\\{time soon}"),
            ("a\u{0}b\u{1b}c", "abc"),
        ] {
            assert_eq!(shield(text), safe, "{text:?}");
        }
        assert_eq!(shield_tokens("{time x} {time 2026-11-20T11:30Z}"), "\\{time x} {time 2026-11-20T11:30Z}");
    }

    proptest! {
        #[test]
        fn any_text_becomes_safe_and_stays_so(
            text in "(#{1,3} ?|```|~~~|<!--|-->|<div>|<pre>|- |> |    |[a-z]{1,3}|2026-11-20|\\{time |\\}|\\r?\\n|\u{1}){0,40}",
        ) {
            let safe = shield(&text);
            prop_assert_eq!(shield(&safe), safe.clone());
            prop_assert_eq!(edits(&safe), []);
        }
    }
}

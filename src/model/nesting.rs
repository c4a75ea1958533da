//! Limits how deep quotes and lists nest in markdown, judged from the beginnings of the lines.
//!
//! Promises: one pass in linear time; a text without its excess never nests deeper than [`DEPTH_MAX`], and
//! loses only markers of quotes and lists, never words. A parser walks through every open container on
//! every line, so unbounded nesting would make its work grow with the square of the text.

use std::borrow::Cow;
use std::ops::Range;

/// Maximum number of quotes and list items around a text.
pub const DEPTH_MAX: usize = 100;

/// Columns that a tab may take.
const TAB_COLUMNS: usize = 4;
/// Columns that a list item needs at least on each of its later lines.
const ITEM_COLUMNS: usize = 2;

/// The markers of quotes and list items that would nest deeper than [`DEPTH_MAX`], in order.
///
/// Indentation counts as well: two columns may represent an open list item. This can only overestimate the depth.
pub fn excess(markdown: &str) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    let mut start = 0;
    for line in markdown.split_inclusive(['\n', '\r']) {
        // Nothing nests deeper than a line of tabs of the same length.
        if line.len() * TAB_COLUMNS / ITEM_COLUMNS > DEPTH_MAX {
            excess_of_line(line, start, &mut found);
        }
        start += line.len();
    }
    found
}

/// The text without its [`excess`]: what lies deeper is at the deepest level allowed.
pub fn flattened(markdown: &str) -> Cow<'_, str> {
    let excess = excess(markdown);
    if excess.is_empty() {
        return Cow::Borrowed(markdown);
    }
    let mut flat = String::with_capacity(markdown.len());
    let mut from = 0;
    for marker in excess {
        flat.push_str(&markdown[from..marker.start]);
        from = marker.end;
    }
    flat.push_str(&markdown[from..]);
    Cow::Owned(flat)
}

/// The text with letters in place of its [`excess`]: every byte keeps its position.
pub fn masked(markdown: &str) -> Cow<'_, str> {
    let excess = excess(markdown);
    if excess.is_empty() {
        return Cow::Borrowed(markdown);
    }
    let mut masked = markdown.to_owned();
    for marker in excess {
        masked.replace_range(marker.clone(), &"x".repeat(marker.len()));
    }
    Cow::Owned(masked)
}

fn excess_of_line(line: &str, line_start: usize, found: &mut Vec<Range<usize>>) {
    let (mut at, mut markers, mut columns) = (0, 0, 0);
    loop {
        let rest = &line[at..];
        let blanks = rest.len() - rest.trim_start_matches([' ', '\t']).len();
        columns += rest[..blanks].chars().map(|c| if c == '\t' { TAB_COLUMNS } else { 1 }).sum::<usize>();
        at += blanks;
        let length = marker_length(&line[at..]);
        if length == 0 {
            return;
        }
        if markers + columns / ITEM_COLUMNS >= DEPTH_MAX {
            let marker = line_start + at..line_start + at + length;
            match found.last_mut() {
                Some(last) if last.end == marker.start => last.end = marker.end,
                _ => found.push(marker),
            }
        } else {
            markers += 1;
        }
        at += length;
    }
}

/// Length of the marker of a quote or a list item that a text begins with, together with the blank that
/// belongs to it; 0 where it begins with neither.
fn marker_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let digits = bytes.iter().take(9).take_while(|byte| byte.is_ascii_digit()).count();
    let (mark, needs_blank) = match bytes.get(digits) {
        Some(b'>') if digits == 0 => (1, false),
        Some(b'-' | b'+' | b'*') if digits == 0 => (1, true),
        Some(b'.' | b')') if digits > 0 => (digits + 1, true),
        _ => return 0,
    };
    match bytes.get(mark) {
        Some(b' ') => mark + 1,
        Some(b'\t' | b'\n' | b'\r') | None => mark,
        Some(_) if needs_blank => 0,
        Some(_) => mark,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use pulldown_cmark::{Event, Parser, Tag, TagEnd};

    /// How deep a parser finds quotes and list items.
    fn depth(markdown: &str) -> usize {
        let (mut depth, mut deepest) = (0, 0);
        for event in Parser::new(markdown) {
            match event {
                Event::Start(Tag::BlockQuote(_) | Tag::Item) => depth += 1,
                Event::End(TagEnd::BlockQuote(_) | TagEnd::Item) => depth -= 1,
                _ => {}
            }
            deepest = deepest.max(depth);
        }
        deepest
    }

    #[test]
    fn a_hundred_levels_are_left_alone_and_more_are_flattened() {
        for marker in [">", "> ", "- ", "+ ", "12) ", "> - "] {
            let levels = marker.split_inclusive([' ', '>']).filter(|mark| !mark.trim().is_empty()).count();
            let fits = format!("{}end", marker.repeat(DEPTH_MAX / levels));
            assert_eq!(flattened(&fits), fits, "{marker:?}");
            let deep = format!("{}end\n\n> fine", marker.repeat(3_000));
            let flat = flattened(&deep);
            assert_eq!(depth(&flat), DEPTH_MAX, "{marker:?}");
            assert!(flat.ends_with("end\n\n> fine"), "{marker:?}");
        }
    }

    #[test]
    fn ordinary_lines_have_no_excess() {
        let long = "word ".repeat(100);
        for text in
            ["", "- a\n  - b\n    > c", &long, &format!("> {long}"), &"-".repeat(300), &"=".repeat(300)]
        {
            assert!(excess(text).is_empty(), "{text:?}");
        }
    }

    #[test]
    fn masking_moves_nothing() {
        let deep = format!("é\n{}end\n## b", "> ".repeat(150));
        let masked = masked(&deep);
        assert_eq!(masked.len(), deep.len());
        assert_eq!(masked.find("## b"), deep.find("## b"));
        assert_eq!(depth(&masked), DEPTH_MAX);
    }

    proptest! {
        #[test]
        fn no_text_nests_too_deep_once_flattened(
            lines in prop::collection::vec(("( |\t|  ){0,3}", "(>|> |- |1\\. |2\\) |\\+\t|\\*   ){0,4}", 0..120_usize), 1..8),
        ) {
            let line = |(indent, markers, count): &(String, String, usize)| {
                format!("{}{}a\n", indent.repeat(count % 40), markers.repeat(*count))
            };
            let text: String = lines.iter().map(line).collect();
            prop_assert!(depth(&flattened(&text)) <= DEPTH_MAX);
            prop_assert!(depth(&masked(&text)) <= DEPTH_MAX);
            prop_assert_eq!(flattened(&text).matches('a').count(), lines.len());
        }
    }
}

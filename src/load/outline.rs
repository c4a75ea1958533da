//! The outline of a file's updates: where each begins and ends, and what is code.
//!
//! Promises: an update's heading is a heading of level two as CommonMark defines it, written with `##` and outside of
//! lists, quotations and code; every byte of the story belongs to exactly one section; a line that only looks like an
//! update's heading is found as well, so that no update is lost silently.

use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Parser, Tag};

use super::piece::SpannedText;
use crate::model::nesting;

/// The parts of a story, in bytes of the whole text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Outline {
    /// What is above the first heading.
    pub(super) preface: Range<usize>,
    /// One for each heading of level two, in the order of the file.
    pub(super) sections: Vec<Section>,
    /// Code, in blocks and in lines: nothing in it means anything.
    pub(super) code: Vec<Range<usize>>,
    /// Lines that look like the heading of an update and are none.
    pub(super) lookalikes: Vec<HeadingLookalike>,
}

/// A heading and what is below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Section {
    /// The line of the heading, without its end.
    pub(super) heading: Range<usize>,
    /// All up to the next heading.
    pub(super) body: Range<usize>,
}

/// A line that looks like an update's heading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct HeadingLookalike {
    /// The line, without its end.
    pub(super) line: Range<usize>,
    /// Why it is none.
    pub(super) reason: Reason,
}

/// Why a line is no heading of level two.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    /// No blank follows its `##`.
    NoBlank,
    /// It has one `#`, or more than two.
    OtherLevel,
    /// It is bold, in a quotation or an HTML tag.
    OtherDress,
    /// It is underlined, which makes it a heading in markdown.
    Underlined,
    /// A block that begins there takes it in: code without an end, or HTML.
    Swallowed(Range<usize>),
}

impl Outline {
    /// Whether a byte is in code.
    pub(super) fn is_code(&self, at: usize) -> bool {
        let begun = self.code.partition_point(|code| code.start <= at);
        self.code.iter().take(begun).next_back().is_some_and(|code| code.contains(&at))
    }
}

/// Outlines the bytes `body` of `text`.
pub(super) fn outline(text: &str, body: Range<usize>) -> Outline {
    let source = text.get(body.clone()).unwrap_or_default();
    let blocks = blocks(source);
    let shift = |range: &Range<usize>| range.start + body.start..range.end + body.start;
    let starts: Vec<usize> = blocks.headings.iter().map(|heading| heading.start).collect();
    let first = starts.first().copied().unwrap_or(source.len());
    let sections = blocks.headings.iter().enumerate().map(|(index, heading)| {
        let end = starts.get(index + 1).copied().unwrap_or(source.len());
        let line = line_at(source, heading.start);
        Section { heading: shift(&line), body: shift(&(after_line_end(source, line.end)..end)) }
    });
    Outline {
        preface: body.start..body.start + first,
        sections: sections.collect(),
        code: blocks.code.iter().map(shift).collect(),
        lookalikes: lookalikes(source, &blocks, shift),
    }
}

/// What markdown makes of a story, in bytes of the story.
struct Blocks {
    headings: Vec<Range<usize>>,
    code: Vec<Range<usize>>,
    /// Blocks whose lines are taken as they stand, and whether they were closed as their author meant.
    verbatim: Vec<(Range<usize>, bool)>,
}

fn blocks(source: &str) -> Blocks {
    let mut blocks = Blocks { headings: Vec::new(), code: Vec::new(), verbatim: Vec::new() };
    let mut depth = 0_usize;
    let shallow = nesting::masked(source);
    for (event, range) in Parser::new(&shallow).into_offset_iter() {
        match event {
            Event::Start(tag) => {
                match tag {
                    Tag::Heading { level: HeadingLevel::H2, .. } if depth == 0 => {
                        let marked = source.get(range.start..).is_some_and(|rest| rest.starts_with("##"));
                        blocks.headings.extend(marked.then_some(range));
                    }
                    Tag::CodeBlock(kind) => {
                        let closed = matches!(kind, CodeBlockKind::Indented) || is_closed(source, &range);
                        blocks.verbatim.extend((depth == 0).then(|| (range.clone(), closed)));
                        blocks.code.push(range);
                    }
                    Tag::HtmlBlock if depth == 0 => blocks.verbatim.push((range, false)),
                    _ => {}
                }
                depth += 1;
            }
            Event::End(_) => depth = depth.saturating_sub(1),
            Event::Code(_) => blocks.code.push(range),
            _ => {}
        }
    }
    blocks
}

/// Whether a fenced block ends with a fence of its own kind.
fn is_closed(source: &str, block: &Range<usize>) -> bool {
    let block = source.get(block.clone()).unwrap_or_default().trim();
    let mark = block.chars().next().unwrap_or('`');
    let fence = |line: &str| line.trim_start().chars().take_while(|c| *c == mark).count();
    let last = block.lines().skip(1).last().unwrap_or_default();
    let open = block.lines().next().map_or(0, fence);
    fence(last) >= open && last.trim().chars().all(|c| c == mark)
}

fn lookalikes(
    source: &str,
    blocks: &Blocks,
    shift: impl Fn(&Range<usize>) -> Range<usize>,
) -> Vec<HeadingLookalike> {
    let mut found = Vec::new();
    let mut at = 0;
    let mut lines = source.split_inclusive('\n').peekable();
    while let Some(line) = lines.next() {
        let start = at;
        at += line.len();
        let text = line.trim();
        let dress = dress(text, lines.peek().copied()).filter(|_| !line.starts_with("    "));
        if let Some(reason) = dress.filter(|_| !in_code(blocks, start, text)) {
            found.push(HeadingLookalike { line: shift(&line_at(source, start)), reason });
        }
        if !text.starts_with('#') || line.starts_with("    ") {
            continue;
        }
        let words = text.trim_start_matches('#');
        let level = text.len() - words.len();
        let dated = words.trim_start().get(..5).is_some_and(is_year_and_hyphen);
        let span = line_at(source, start + line.len() - line.trim_start().len());
        if !dated || blocks.headings.binary_search_by_key(&span.start, |heading| heading.start).is_ok() {
            continue;
        }
        let begun = blocks.verbatim.partition_point(|(range, _)| range.start <= span.start);
        let block = blocks.verbatim.iter().take(begun).next_back();
        let block = block.filter(|(range, _)| range.contains(&span.start));
        let reason = match block {
            Some((_, true)) => continue,
            Some((range, false)) => Reason::Swallowed(shift(&line_at(source, range.start))),
            None if level == 2 => Reason::NoBlank,
            None => Reason::OtherLevel,
        };
        found.push(HeadingLookalike { line: shift(&span), reason });
    }
    found
}

/// How a dated line is dressed up as a heading in place of `##`.
fn dress(text: &str, next: Option<&str>) -> Option<Reason> {
    let words = text.get(undressed(text)).unwrap_or_default();
    if !words.get(..5).is_some_and(is_year_and_hyphen) {
        return None;
    }
    let rule = next.map(str::trim).filter(|next| next.len() >= 2);
    let is_rule = |rule: &str| ['=', '-'].iter().any(|mark| rule.chars().all(|c| c == *mark));
    if rule.is_some_and(is_rule) {
        return Some(Reason::Underlined);
    }
    let is_emphasized = text.starts_with(['*', '_']) && text.ends_with(['*', '_']);
    let is_quoted = text.starts_with('>') && text.contains('#');
    (is_emphasized || is_quoted || is_html_heading(text)).then_some(Reason::OtherDress)
}

/// The text of a line without the stars, quotation marks, hashes and HTML tags around them.
pub(super) fn undressed(text: &str) -> Range<usize> {
    const MARKS: [char; 5] = ['*', '_', '>', '#', ' '];
    let mut words = text;
    if is_html_heading(text) {
        words = text.split_once('>').map_or(words, |(_, rest)| rest);
        words = words.split_once('<').map_or(words, |(inner, _)| inner);
    }
    let words = words.trim_matches(MARKS);
    let start = words.as_ptr().addr() - text.as_ptr().addr();
    start..start + words.len()
}

fn is_html_heading(text: &str) -> bool {
    let level = text.strip_prefix("<h").or_else(|| text.strip_prefix("<H"));
    level.is_some_and(|level| level.starts_with(|c: char| c.is_ascii_digit()))
}

/// Whether a line is in code; a heading of HTML is in a block of its own.
fn in_code(blocks: &Blocks, at: usize, text: &str) -> bool {
    let of_code = |range: &Range<usize>| blocks.code.iter().any(|code| code == range);
    let mut within = blocks.verbatim.iter().map(|(range, _)| range).filter(|range| range.contains(&at));
    within.any(|range| !is_html_heading(text) || of_code(range))
}

fn is_year_and_hyphen(text: &str) -> bool {
    text.bytes().enumerate().all(|(at, byte)| if at < 4 { byte.is_ascii_digit() } else { byte == b'-' })
}

/// From a byte to the end of its line.
fn line_at(source: &str, start: usize) -> Range<usize> {
    let rest = source.get(start..).unwrap_or_default();
    let line = rest.split('\n').next().unwrap_or_default().trim_end();
    SpannedText::new(source, start..start + line.len()).span()
}

/// Past the end of the line that ends at a byte.
fn after_line_end(source: &str, end: usize) -> usize {
    let rest = source.get(end..).unwrap_or_default();
    end + rest.find('\n').map_or(rest.len(), |at| at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn headings(story: &str) -> Vec<&str> {
        outline(story, 0..story.len()).sections.into_iter().map(|s| &story[s.heading]).collect()
    }

    fn reasons(story: &str) -> Vec<Reason> {
        outline(story, 0..story.len()).lookalikes.into_iter().map(|lookalike| lookalike.reason).collect()
    }

    #[test]
    fn sections_run_from_heading_to_heading() {
        let story = "+++\n+++\nabove\n\n## one\r\n\r\nfirst\r\n## two\nsecond";
        let outline = outline(story, 8..story.len());
        assert_eq!(&story[outline.preface], "above\n\n");
        let parts: Vec<(&str, &str)> =
            outline.sections.iter().map(|s| (&story[s.heading.clone()], &story[s.body.clone()])).collect();
        assert_eq!(parts, [("## one", "\r\nfirst\r\n"), ("## two", "second")]);
    }

    #[test]
    fn headings_elsewhere_are_text() {
        let inside = [
            "```\n## no\n```\n",
            "~~~ text\n## no\n~~~\n",
            "    ## no\n",
            "> ## no\n",
            "- ## no\n",
            "- item\n\n  ## no\n",
            "- ```\n  code\n  ```\n",
            "### no\n",
            "# no\n",
            "##no\n",
            "no\n---\n",
            "<!--\n## no\n-->\n",
        ];
        for text in inside {
            let story = format!("## yes\n{text}\n## again");
            assert_eq!(headings(&story), ["## yes", "## again"], "{text:?}");
        }
        assert_eq!(headings("  ## yes\n##\n## a ##"), ["## yes", "##", "## a ##"]);
    }

    #[test]
    fn lines_that_look_like_updates_are_not_lost() {
        assert_eq!(reasons("##2026-11-20 10:05 UTC"), [Reason::NoBlank]);
        assert_eq!(reasons("# 2026-11-20\n### 2026-11-20"), [Reason::OtherLevel, Reason::OtherLevel]);
        assert_eq!(reasons("a\n```sh\n## 2026-11-20 10:05 UTC"), [Reason::Swallowed(2..7)]);
        assert_eq!(reasons("<!-- not yet\n## 2026-11-20\n-->"), [Reason::Swallowed(0..12)]);
        assert_eq!(reasons("<div>\n## 2026-11-20\n"), [Reason::Swallowed(0..5)]);
        for fine in
            ["```\n## 2026-11-20\n```", "## 2026-11-20", "## 12345", "    ## 2026-11-20", "#2026 plan"]
        {
            assert_eq!(reasons(fine), [], "{fine:?}");
        }
    }

    #[test]
    fn lines_in_another_dress_are_not_lost() {
        let line = "2026-11-20 10:05 UTC · Resolved";
        for dressed in [
            format!("**{line}**"),
            format!("_{line}_"),
            format!("> ## {line}"),
            format!("<h2>{line}</h2>"),
            format!("<h3 class=\"x\">{line}</h3>\n"),
        ] {
            assert_eq!(reasons(&dressed), [Reason::OtherDress], "{dressed}");
            assert_eq!(dressed.get(undressed(&dressed)), Some(line));
        }
        assert_eq!(reasons(&format!("{line}\n---\n")), [Reason::Underlined]);
        for fine in [format!("`{line}`"), format!("> {line}"), format!("    <h2>{line}</h2>")] {
            assert_eq!(reasons(&fine), [], "{fine}");
        }
    }

    #[test]
    fn code_is_known_in_blocks_and_in_lines() {
        let story = "a `b` c\n\n```\nd\n```\n";
        let code: Vec<_> = outline(story, 0..story.len()).code.into_iter().map(|r| &story[r]).collect();
        assert_eq!(code, ["`b`", "```\nd\n```"]);
    }

    proptest! {
        #[test]
        fn every_byte_has_one_section(story in "(## |##|```|~~~|<!--|-->|- |> |    |[a-z2026é-]{1,6}|\\r?\\n){0,60}") {
            let outline = outline(&story, 0..story.len());
            let mut rebuilt = story[outline.preface.clone()].to_owned();
            for section in &outline.sections {
                let heading_with_end = section.heading.start..section.body.start;
                rebuilt.push_str(&story[heading_with_end]);
                rebuilt.push_str(&story[section.body.clone()]);
            }
            prop_assert_eq!(rebuilt, story);
        }
    }
}

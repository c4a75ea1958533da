//! Finds problems in the text of a file: hidden updates, conflict markers, bad time tokens, invisible characters.
//!
//! Promises: every line that was intended as an update but is not one is reported; text in code is not checked.

use std::ops::Range;

use crate::located::Document;
use crate::model::line::reorders;
use crate::model::phase::Phase;
use crate::model::token;

use super::fault::Fault;
use super::heading;
use super::outline::{self, HeadingLookalike, Outline, Reason};
use super::piece::SpannedText;

pub(super) fn report(document: &Document<'_>, text: &str, outline: &Outline) {
    report_lookalikes(document, text, outline);
    report_conflicts(document, text, outline);
    report_tokens(document, text, outline);
    report_control_characters(document, text, outline);
}

fn report_lookalikes(document: &Document<'_>, text: &str, outline: &Outline) {
    for lookalike in &outline.lookalikes {
        let HeadingLookalike { line, reason } = lookalike;
        match reason {
            Reason::NoBlank => {
                let message = "this is not a heading: there is no space after `##`";
                Fault::new("bad-heading", line.clone(), message, "write a space after `##`").report(document);
            }
            Reason::Swallowed(block) => {
                let begun = document.place(block.clone()).line;
                let message =
                    format!("this update is hidden in a block of code or HTML that begins in line {begun}");
                Fault::new("hidden-update", line.clone(), message, ending(text, block)).report(document);
            }
            _ if !is_update(text, lookalike) => {}
            Reason::OtherLevel => {
                let message = "this looks like an update, but its heading is of another level";
                let fault = Fault::new("heading-level", line.clone(), message, "write exactly two `#`");
                // A postmortem may well have its timeline under headings of its own.
                if is_in_postmortem(text, outline, line.start) {
                    fault.warn(document);
                } else {
                    fault.report(document);
                }
            }
            Reason::OtherDress | Reason::Underlined => {
                let message = "this looks like an update, but it is not a heading with `##`";
                let hint = "begin the line with `## `, without any other mark around it or below it";
                Fault::new("bad-heading", line.clone(), message, hint).report(document);
            }
        }
    }
}

/// Whether a line would be an update if it were a heading with `##`.
pub(super) fn is_update(text: &str, lookalike: &HeadingLookalike) -> bool {
    let line = &lookalike.line;
    let words = outline::undressed(text.get(line.clone()).unwrap_or_default());
    let words = SpannedText::new(text, line.start + words.start..line.start + words.end);
    match lookalike.reason {
        Reason::NoBlank | Reason::Swallowed(_) => true,
        Reason::Underlined => heading::begins_with_time(words),
        Reason::OtherLevel | Reason::OtherDress => heading::looks_like_update(words),
    }
}

fn is_in_postmortem(text: &str, outline: &Outline, at: usize) -> bool {
    let section = outline.sections.iter().find(|section| section.body.contains(&at));
    let heading = section.and_then(|section| text.get(section.heading.clone())).unwrap_or_default();
    heading.to_ascii_lowercase().contains(Phase::Postmortem.word())
}

/// Both versions of a merge at once are no version.
fn report_conflicts(document: &Document<'_>, text: &str, outline: &Outline) {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let marker = ["<<<<<<< ", "||||||| ", ">>>>>>> "].iter().find(|marker| line.starts_with(**marker));
        if marker.is_some() && !outline.is_code(at) {
            let message = "this is a conflict marker of git: the file holds two versions at once";
            let hint = "keep one of the two, delete the lines with the markers, and commit again";
            let span = at..at + line.trim_end().len();
            Fault::new("conflict-marker", span, message, hint).report(document);
        }
        at += line.len();
    }
}

/// How the block that begins with that line is ended.
fn ending(text: &str, first_line: &Range<usize>) -> String {
    let line = text.get(first_line.clone()).unwrap_or_default();
    let mark = line.chars().next().unwrap_or('<');
    if matches!(mark, '`' | '~') {
        let fence: String = line.chars().take_while(|c| *c == mark).collect();
        return format!("end the code with a line {fence} above this one");
    }
    "delete the HTML, which is shown as text anyway; to leave an update out, delete the update".to_owned()
}

fn report_tokens(document: &Document<'_>, text: &str, outline: &Outline) {
    let start = outline.preface.start;
    let story = text.get(start..).unwrap_or_default();
    for token in token::find(story) {
        let Err(fault) = token.moment else { continue };
        let span = token.range.start + start..token.range.end + start;
        if !outline.is_code(span.start) {
            Fault::new("bad-time-token", span, fault.sentence(story), fault.hint(story)).report(document);
        }
    }
}

fn report_control_characters(document: &Document<'_>, text: &str, outline: &Outline) {
    let start = outline.preface.start;
    let story = text.get(start..).unwrap_or_default();
    let is_wrong = |(at, c): &(usize, char)| {
        let ends_line = *c == '\r' && story.get(at + 1..).is_some_and(|rest| rest.starts_with('\n'));
        (c.is_control() && !matches!(c, '\n' | '\t') && !ends_line) || reorders(*c)
    };
    let mut wrong = story.char_indices().filter(is_wrong);
    if let Some((at, c)) = wrong.next() {
        let others = match wrong.count() {
            0 => String::new(),
            count => format!(", and {count} more follow"),
        };
        let message = format!("invisible character U+{:04X}{others}", u32::from(c));
        let span = start + at..start + at + c.len_utf8();
        let hint = if reorders(c) {
            "delete it; it reverses the direction of the text after it, which can hide what the text says"
        } else {
            "delete it; lines end with LF or CRLF"
        };
        Fault::new("control-character", span, message, hint).report(document);
    }
}

#[cfg(test)]
mod tests {
    use crate::load::parse_incident;

    fn rules(body: &str) -> Vec<&'static str> {
        let head = "+++\ntitle = \"a\"\nseverity = \"minor\"\naffected = [\"b\"]\nstarted = \
                    2026-11-20T09:00:00Z\n+++\n\n";
        let text = format!("{head}## 2026-11-20 10:00 UTC · Identified\n\n{body}\n");
        parse_incident("incidents/a.md", &text).problems.iter().map(|problem| problem.rule).collect()
    }

    #[test]
    fn conflict_markers_are_errors_but_not_in_code() {
        let markers = "<<<<<<< HEAD\none\n=======\ntwo\n>>>>>>> other";
        assert_eq!(rules(markers), ["conflict-marker", "conflict-marker"]);
        assert_eq!(rules(&format!("```\n{markers}\n```")), [""; 0]);
        let text = "+++\n<<<<<<< HEAD\ntitle = \"a\"\n=======\ntitle = \"b\"\n>>>>>>> other\n+++\n";
        let problems = parse_incident("incidents/a.md", text).problems;
        let lines: Vec<_> = problems.iter().filter(|problem| problem.rule == "conflict-marker").collect();
        assert_eq!(lines.len(), 2, "front matter: {problems:?}");
        assert_eq!(rules("What happened\n=======\n\nA `<<<<<<< HEAD` stood there."), [""; 0]);
    }

    #[test]
    fn an_update_in_another_dress_is_an_error() {
        assert_eq!(rules("**2026-11-20 11:00 UTC · Resolved**\n\nIt is over."), ["bad-heading"]);
        assert_eq!(
            rules("2026-11-20 11:00 UTC · Resolved\n-------------------------------\n\nIt is over."),
            ["bad-heading"]
        );
        for dressed in [
            "2026-11-20 11:00 UTC\n---\n\nIt is over.",
            "_2026-11-20 11:00 UTC · Resolved_",
            "<h2>2026-11-20 11:00 UTC · Resolved</h2>",
            "> ## 2026-11-20 11:00 UTC · Resolved",
        ] {
            assert_eq!(rules(dressed), ["bad-heading"], "{dressed}");
        }
        assert_eq!(rules("### 2026-11-20 11:00 UTC · Resolved\n\nIt is over."), ["heading-level"]);
        assert_eq!(rules("```\n**2026-11-20 11:00 UTC · Resolved**\n```"), [""; 0]);
        assert_eq!(rules("**2026-11-20** was a long day."), [""; 0]);
    }
}

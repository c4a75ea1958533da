//! The story below the front matter: updates from headings and the text between them.
//!
//! Promises: no text is lost. Text above the first heading joins the update below it, with a warning; a
//! story without headings is one update. Every unreadable heading is reported, not only the first.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::config::located::{Document, quoted};
use crate::model::Moment;
use crate::model::incident::{Audience, Update};
use crate::model::localized::Localized;
use crate::model::phase::Kind;
use crate::model::problem::{Places, Spot};
use crate::model::token;

use super::fault::Fault;
use super::heading::{self, Heading};
use super::outline::{Lookalike, Outline, Reason, Section};
use super::piece::Piece;

/// How many updates one file may have.
pub const UPDATES_MAX: usize = 500;

/// What stands below the front matter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Story<E> {
    /// No headings: one text, which may be empty.
    Text(String),
    /// Dated entries, oldest first.
    Entries(Vec<E>),
}

/// One entry of a translation's story.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TranslatedEntry {
    pub(super) at: Moment,
    pub(super) body: String,
    /// The heading's bytes.
    pub(super) span: Range<usize>,
}

/// Reads a main file's story.
pub(super) fn read(
    document: &Document<'_>,
    text: &str,
    outline: &Outline,
    kind: Kind,
    places: &mut Places,
) -> Story<Update> {
    let read_heading = |line: Piece<'_>| {
        let heading = heading::read(document, line, kind)?;
        Some((heading.at, heading))
    };
    let story = entries(document, text, outline, places, read_heading);
    match story {
        Story::Text(text) => Story::Text(text),
        Story::Entries(entries) => {
            Story::Entries(entries.into_iter().map(|entry| update(entry.heading, entry.body)).collect())
        }
    }
}

/// Reads a translation's story.
pub(super) fn read_translated(
    document: &Document<'_>,
    text: &str,
    outline: &Outline,
    places: &mut Places,
) -> Story<TranslatedEntry> {
    let read_heading = |line: Piece<'_>| Some((heading::read_translated(document, line)?, ()));
    match entries(document, text, outline, places, read_heading) {
        Story::Text(text) => Story::Text(text),
        Story::Entries(entries) => {
            let translated =
                |entry: Entry<()>| TranslatedEntry { at: entry.at, body: entry.body, span: entry.span };
            Story::Entries(entries.into_iter().map(translated).collect())
        }
    }
}

/// The text of some bytes as the model keeps it: lines end with LF, no blank lines around it.
pub(super) fn prose(text: &str, span: Range<usize>) -> String {
    let raw = text.get(span).unwrap_or_default().trim_end();
    let mut from = 0;
    for line in raw.split_inclusive('\n') {
        if !line.trim().is_empty() {
            break;
        }
        from += line.len();
    }
    raw.get(from..).unwrap_or_default().replace("\r\n", "\n")
}

struct Entry<H> {
    at: Moment,
    heading: H,
    body: String,
    span: Range<usize>,
}

fn entries<H>(
    document: &Document<'_>,
    text: &str,
    outline: &Outline,
    places: &mut Places,
    read_heading: impl Fn(Piece<'_>) -> Option<(Moment, H)>,
) -> Story<Entry<H>> {
    report_lookalikes(document, text, outline);
    report_tokens(document, text, outline);
    report_control_characters(document, text, outline);
    let preface = prose(text, outline.preface.clone());
    if outline.sections.is_empty() {
        return Story::Text(preface);
    }
    report_preface(document, text, outline, &preface);
    let mut entries: BTreeMap<Moment, Entry<H>> = BTreeMap::new();
    for (index, section) in outline.sections.iter().enumerate() {
        if index == UPDATES_MAX {
            report_too_many(document, outline, section);
            break;
        }
        let line = Piece::new(text, section.heading.clone());
        let Some((at, heading)) = read_heading(line) else { continue };
        let span = section.heading.clone();
        if let Some(earlier) = entries.get(&at) {
            report_duplicate(document, &span, document.place(earlier.span.clone()).line);
            continue;
        }
        places.remember(document.file(), Spot::Update(at), document.place(span.clone()));
        let body = prose(text, section.body.clone());
        let body = if index == 0 { joined(&preface, body) } else { body };
        entries.insert(at, Entry { at, heading, body, span });
    }
    Story::Entries(entries.into_values().collect())
}

/// Text above the first heading, and the update's own below it.
pub(super) fn joined(preface: &str, body: String) -> String {
    match (preface.is_empty(), body.is_empty()) {
        (true, _) => body,
        (false, true) => preface.to_owned(),
        (false, false) => format!("{preface}\n\n{body}"),
    }
}

fn update(heading: Heading, body: String) -> Update {
    Update {
        at: heading.at,
        phase: heading.phase,
        audience: heading.attributes.audience.unwrap_or(Audience::Public),
        eta: heading.attributes.eta,
        next_update: heading.attributes.next_update,
        severity: heading.attributes.severity,
        statuses: heading.attributes.statuses,
        body: Localized::plain(body),
    }
}

fn report_preface(document: &Document<'_>, text: &str, outline: &Outline, preface: &str) {
    if !preface.is_empty() {
        let piece = Piece::new(text, outline.preface.clone()).trim();
        let message = "text stands above the first update; it is shown as part of the update below it";
        let hint = "move it below the heading it belongs to";
        Fault::new("text-before-first-update", piece.span(), message, hint).warn(document);
    }
}

fn report_too_many(document: &Document<'_>, outline: &Outline, section: &Section) {
    let message = format!("the file has {} updates, {UPDATES_MAX} are read at most", outline.sections.len());
    let hint = "begin a new file for what follows";
    Fault::new("too-many-updates", section.heading.clone(), message, hint).report(document);
}

fn report_duplicate(document: &Document<'_>, span: &Range<usize>, earlier_line: usize) {
    let message = format!("the update in line {earlier_line} has the same time");
    let hint = "give one of them another minute, or join them: an update is known by its time";
    Fault::new("duplicate-time", span.clone(), message, hint).report(document);
}

fn report_lookalikes(document: &Document<'_>, text: &str, outline: &Outline) {
    for Lookalike { line, reason } in &outline.lookalikes {
        match reason {
            Reason::NoBlank => {
                let message = "this is no heading: no blank follows the `##`";
                Fault::new("bad-heading", line.clone(), message, "write a blank after `##`").report(document);
            }
            Reason::Swallowed(block) => {
                let begun = document.place(block.clone()).line;
                let message =
                    format!("this update is hidden in a block of code or HTML that begins in line {begun}");
                let hint = format!(
                    "end that block; code ends with the marks it begins with: {}",
                    fence(text, block)
                );
                Fault::new("hidden-update", line.clone(), message, hint).report(document);
            }
            Reason::OtherLevel if heading::looks_like_update(Piece::new(text, line.clone())) => {
                let message = "this looks like an update, but its heading is of another level";
                Fault::new("heading-level", line.clone(), message, "write exactly two `#`").warn(document);
            }
            Reason::OtherLevel => {}
        }
    }
}

/// The beginning of a block's first line, quoted.
fn fence(text: &str, block: &Range<usize>) -> String {
    let line = Piece::new(text, block.clone()).trim();
    quoted(line.cut_before(char::is_alphanumeric).0.trim().text())
}

fn report_tokens(document: &Document<'_>, text: &str, outline: &Outline) {
    let start = outline.preface.start;
    let story = text.get(start..).unwrap_or_default();
    for token in token::find(story).into_iter().filter(|token| token.moment.is_err()) {
        let span = token.range.start + start..token.range.end + start;
        if outline.is_code(span.start) {
            continue;
        }
        let message =
            format!("{} is no time that can be shown", quoted(text.get(span.clone()).unwrap_or_default()));
        let hint = "write it like `{time 2026-11-20T11:30Z}`; write `\\{time …}` to show the braces";
        Fault::new("bad-time-token", span, message, hint).report(document);
    }
}

fn report_control_characters(document: &Document<'_>, text: &str, outline: &Outline) {
    let start = outline.preface.start;
    let story = text.get(start..).unwrap_or_default();
    let is_wrong = |(at, c): &(usize, char)| {
        let ends_line = *c == '\r' && story.get(at + 1..).is_some_and(|rest| rest.starts_with('\n'));
        c.is_control() && !matches!(c, '\n' | '\t') && !ends_line
    };
    let mut wrong = story.char_indices().filter(is_wrong);
    if let Some((at, c)) = wrong.next() {
        let others = match wrong.count() {
            0 => String::new(),
            count => format!(", and {count} more follow"),
        };
        let message = format!("here stands the invisible character U+{:04X}{others}", u32::from(c));
        let span = start + at..start + at + c.len_utf8();
        Fault::new("control-character", span, message, "delete it; lines end with LF or CRLF")
            .report(document);
    }
}

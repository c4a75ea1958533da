//! The story below the front matter: updates from headings and the text between them.
//!
//! Promises: no text is lost. Text above the first heading joins the update below it, with a warning; a
//! story without headings is one update. Every unreadable heading is reported, not only the first.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::located::Document;
use crate::model::Moment;
use crate::model::incident::{Audience, Update};
use crate::model::localized::Localized;
use crate::model::phase::IncidentKind;
use crate::model::problem::{SourceKey, SourceMap, SourceSpan};

use super::fault::Fault;
use super::heading::{self, Heading};
use super::outline::{Outline, Section};
use super::piece::SpannedText;
use super::scan;

/// How many updates one file may have.
pub const UPDATES_MAX: usize = 500;

/// What is below the front matter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Story<E> {
    /// No headings: one text, which may be empty.
    Text(String),
    /// Dated entries, oldest first.
    Entries(Vec<E>),
}

impl<E> Story<E> {
    fn map<F>(self, each: impl Fn(E) -> F) -> Story<F> {
        match self {
            Self::Text(text) => Story::Text(text),
            Self::Entries(entries) => Story::Entries(entries.into_iter().map(each).collect()),
        }
    }
}

/// One entry of a translation's story.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TranslatedEntry {
    pub(super) at: Moment,
    pub(super) body: String,
}

/// Reads a main file's story.
pub(super) fn read(
    document: &Document<'_>,
    text: &str,
    outline: &Outline,
    kind: IncidentKind,
    places: &mut SourceMap,
) -> Story<Update> {
    let read_heading = |line: SpannedText<'_>| {
        let heading = heading::read(document, line, kind)?;
        Some((heading.at, heading))
    };
    entries(document, text, outline, places, read_heading).map(|entry| update(entry.heading, entry.body))
}

/// Reads a translation's story.
pub(super) fn read_translated(
    document: &Document<'_>,
    text: &str,
    outline: &Outline,
    places: &mut SourceMap,
) -> Story<TranslatedEntry> {
    let read_heading = |line: SpannedText<'_>| Some((heading::read_translated(document, line)?, ()));
    let story = entries(document, text, outline, places, read_heading);
    story.map(|entry| TranslatedEntry { at: entry.at, body: entry.body })
}

/// Remembers where the text of an update begins, if it has one.
pub(super) fn remember_text(
    document: &Document<'_>,
    text: &str,
    span: Range<usize>,
    at: Moment,
    places: &mut SourceMap,
) {
    let body = text.get(span.clone()).unwrap_or_default();
    let Some(first) = body.find(|c: char| !c.is_whitespace()) else { return };
    let start = span.start + body[..first].rfind('\n').map_or(0, |end| end + 1);
    let place = SourceSpan { source: String::new(), ..document.place(start..start) };
    places.remember(document.file(), SourceKey::Text(at), place);
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
    places: &mut SourceMap,
    read_heading: impl Fn(SpannedText<'_>) -> Option<(Moment, H)>,
) -> Story<Entry<H>> {
    scan::report(document, text, outline);
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
        let line = SpannedText::new(text, section.heading.clone());
        let Some((at, heading)) = read_heading(line) else { continue };
        let span = section.heading.clone();
        if let Some(earlier) = entries.get(&at) {
            let words = |span: Range<usize>| text.get(span).map(str::trim);
            let is_same = words(span.clone()) == words(earlier.span.clone())
                && prose(text, section.body.clone()) == earlier.body;
            report_duplicate(document, &span, document.place(earlier.span.clone()).line, is_same);
            continue;
        }
        places.remember(document.file(), SourceKey::Update(at), document.place(span.clone()));
        let body = prose(text, section.body.clone());
        let body = if index == 0 { joined(&preface, body) } else { body };
        if index > 0 || preface.is_empty() {
            remember_text(document, text, section.body.clone(), at, places);
        }
        entries.insert(at, Entry { at, heading, body, span });
    }
    Story::Entries(entries.into_values().collect())
}

/// Text above the first heading, and the update's own below it.
fn joined(preface: &str, body: String) -> String {
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
        author_mark: heading.attributes.author_mark,
        eta: heading.attributes.eta,
        next_update: heading.attributes.next_update,
        severity: heading.attributes.severity,
        statuses: heading.attributes.statuses,
        body: Localized::plain(body),
    }
}

fn report_preface(document: &Document<'_>, text: &str, outline: &Outline, preface: &str) {
    if !preface.is_empty() {
        let piece = SpannedText::new(text, outline.preface.clone()).trim();
        let message = "there is text above the first update; it is shown as part of the update below it";
        let hint = "move it below the heading it belongs to";
        Fault::new("text-before-first-update", piece.span(), message, hint).warn(document);
    }
}

fn report_too_many(document: &Document<'_>, outline: &Outline, section: &Section) {
    let message = format!("the file has {} updates; the limit is {UPDATES_MAX}", outline.sections.len());
    let hint = "continue in a new file";
    Fault::new("too-many-updates", section.heading.clone(), message, hint).report(document);
}

/// Reports an update of the same time as an earlier one; one that repeats it is left out.
fn report_duplicate(document: &Document<'_>, span: &Range<usize>, earlier_line: usize, is_same: bool) {
    if is_same {
        let message = format!("this is the update in line {earlier_line} again; it is used once");
        Fault::new("repeated-update", span.clone(), message, "delete one of the two").warn(document);
        return;
    }
    let message = format!("the update in line {earlier_line} has the same time");
    let hint = "change one of the times, or merge the two updates: an update is identified by its time";
    Fault::new("duplicate-time", span.clone(), message, hint).report(document);
}

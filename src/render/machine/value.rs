//! Values for programs: times to the second, absolute addresses, texts without markup.

use crate::model::Moment;
use crate::model::incident::Incident;
use crate::model::page::Page;
use crate::model::phase::{IncidentKind, Severity};
use crate::render::edition::LanguageEdition;
use crate::render::path::incident_folder;
use crate::theme::markdown::{MarkdownContext, clean, to_plain};

/// A moment to the second: `2026-11-20T11:30:00Z`.
pub(super) fn to_second(moment: Moment) -> String {
    moment.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// The absolute address of a path in the tree.
pub(super) fn absolute(page: &Page, path: &str) -> String {
    page.address(path)
}

/// The absolute address of an incident's page in a language.
pub(super) fn address(edition: &LanguageEdition<'_>, incident: &Incident) -> String {
    absolute(edition.page, &format!("{}{}", edition.folder, incident_folder(&incident.id)))
}

/// Markdown as plain text, its links absolute.
pub(super) fn plain(edition: &LanguageEdition<'_>, markdown: &str) -> String {
    let base = format!("{}/", edition.page.url);
    let reader = MarkdownContext { words: edition.words, zone: edition.zone, base: &base };
    to_plain(markdown, &reader).replace("\r\n", "\n").replace('\r', "\n")
}

/// An incident's title in one line without letters that a format forbids.
pub(super) fn title(edition: &LanguageEdition<'_>, incident: &Incident) -> String {
    one_line(incident.title.in_language(edition.language))
}

/// Text in one line without control characters.
pub(super) fn one_line(text: &str) -> String {
    clean(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// How loud an incident is: the severity's word, or that it is planned.
pub(super) fn level(incident: &Incident) -> &'static str {
    match (incident.kind, incident.severity) {
        (IncidentKind::Maintenance, _) => "maintenance",
        (IncidentKind::Incident, severity) => Severity::word(severity),
    }
}

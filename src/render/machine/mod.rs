//! What machines read: the Statuspage API, feeds, calendars, alerts, badges, a summary and a banner for products,
//! and the description of it all.
//!
//! Promises: every file is written from typed values by a serializer, so that no text of an author can break its
//! form; every time in it comes from the incidents, so that a later build of the same state gives the same
//! bytes; addresses within are absolute. Never holds internal words, nor words written for later.

mod badge;
mod banner;
mod calendar;
mod cap;
mod described;
mod feed;
mod journal;
mod problem_details;
mod servers;
mod sitemap;
mod statuspage;
mod summary;

use quick_xml::se;
use serde::Serialize;

use super::edition::Edition;
use super::path::incident_folder;
use super::{Error, File};
use crate::model::Moment;
use crate::model::incident::Incident;
use crate::model::page::Page;
use crate::model::phase::{Kind, Severity};
use crate::model::tree::Tree;
use crate::theme::markdown::{Reader, clean, to_plain};
use journal::Journal;

/// Writes every file that machines read into a tree that holds all pages already. `editions` are the site's
/// languages, the first of them first.
pub(super) fn add(tree: &mut Tree, editions: &[Edition<'_>]) -> Result<(), Error> {
    let Some(first) = editions.first() else { return Ok(()) };
    let journal = Journal::of(first.page, first.snapshot);
    for edition in editions {
        tree.files.extend(feed::files(edition, &journal)?);
        tree.files.extend(calendar::files(edition, &journal));
        tree.files.extend(badge::files(edition)?);
        tree.files.extend([summary::file(edition, &journal)?]);
    }
    tree.files.extend(statuspage::files(first, &journal)?);
    tree.files.extend(cap::files(editions)?);
    tree.files.extend(banner::files(editions, &journal)?);
    tree.files.extend(problem_details::files(first)?);
    tree.files.extend(servers::files(editions));
    tree.files.extend(described::files());
    let sitemap = sitemap::files(tree, first)?;
    tree.files.extend(sitemap);
    Ok(())
}

/// A file of JSON.
fn json(path: String, value: &impl Serialize) -> Result<File, Error> {
    match serde_json::to_vec(value) {
        Ok(bytes) => Ok((path, bytes)),
        Err(source) => Err(Error::Json { file: path, source }),
    }
}

/// A file of XML with one root element.
fn xml(path: String, root: &str, value: &impl Serialize) -> Result<File, Error> {
    match se::to_string_with_root(root, value) {
        Ok(text) => Ok((path, format!("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n{text}\n").into_bytes())),
        Err(source) => Err(Error::Xml { file: path, source }),
    }
}

/// A moment to the second: `2026-11-20T11:30:00Z`.
fn to_second(moment: Moment) -> String {
    moment.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// The absolute address of a path in the tree.
fn absolute(page: &Page, path: &str) -> String {
    format!("{}/{path}", page.url)
}

/// The absolute address of an incident's page in a language.
fn address(edition: &Edition<'_>, incident: &Incident) -> String {
    absolute(edition.page, &format!("{}{}", edition.folder, incident_folder(&incident.id)))
}

/// Markdown as plain text, its links absolute.
fn plain(edition: &Edition<'_>, markdown: &str) -> String {
    let base = absolute(edition.page, "");
    let reader = Reader { words: edition.words, zone: edition.zone, base: &base };
    to_plain(markdown, &reader).replace("\r\n", "\n").replace('\r', "\n")
}

/// An incident's title in one line without letters that a format forbids.
fn title(edition: &Edition<'_>, incident: &Incident) -> String {
    one_line(incident.title.in_language(edition.language))
}

/// Text in one line without control characters.
fn one_line(text: &str) -> String {
    clean(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// How loud an incident is: the severity's word, or that it is planned.
fn level(incident: &Incident) -> &'static str {
    match (incident.kind, incident.severity) {
        (Kind::Maintenance, _) => "maintenance",
        (Kind::Incident, severity) => Severity::word(severity),
    }
}

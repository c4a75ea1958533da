//! The structured data of a page for search engines: JSON-LD with terms of schema.org.
//!
//! An incident's page is a `LiveBlogPosting`: a text that follows something while it continues, with updates.
//! Planned work is the same and not an `Event`, which is for people to attend; `SpecialAnnouncement` was made for
//! epidemics.
//!
//! Promises: it contains nothing that the page does not show; no character in it can end its element.

use serde::Serialize;

use crate::model::incident::Incident;
use crate::render::edition::LanguageEdition;
use crate::render::file::Error;
use crate::render::known::first_known;
use crate::render::path::incident_folder;
use crate::render::view;
use crate::theme::markdown::{MarkdownContext, to_plain};

const CONTEXT: &str = "https://schema.org";

/// How many updates are named; the page tells them all.
const UPDATES_MAX: usize = 20;

#[derive(Serialize)]
struct WebSite<'a> {
    #[serde(rename = "@context")]
    context: &'static str,
    #[serde(rename = "@type")]
    kind: &'static str,
    name: &'a str,
    url: String,
    #[serde(rename = "inLanguage")]
    language: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LiveBlogPosting<'a> {
    #[serde(rename = "@context")]
    context: &'static str,
    #[serde(rename = "@type")]
    kind: &'static str,
    headline: &'a str,
    url: &'a str,
    in_language: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    date_published: &'a str,
    date_modified: &'a str,
    coverage_start_time: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    coverage_end_time: Option<&'a str>,
    author: Organization<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    live_blog_update: Vec<BlogPosting<'a>>,
}

#[derive(Serialize)]
struct Organization<'a> {
    #[serde(rename = "@type")]
    kind: &'static str,
    name: &'a str,
    url: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct BlogPosting<'a> {
    #[serde(rename = "@type")]
    kind: &'static str,
    headline: &'a str,
    url: String,
    date_published: &'a str,
}

/// What the index says of itself.
pub(super) fn index(edition: &LanguageEdition<'_>) -> Result<String, Error> {
    let page = edition.page;
    let site = WebSite {
        context: CONTEXT,
        kind: "WebSite",
        name: page.name.in_language(edition.language),
        url: page.address(&edition.folder),
        language: edition.language.as_str(),
        description: page.description.as_ref().map(|text| text.in_language(edition.language)),
    };
    script_json("index.html", &site)
}

/// What an incident's page says of itself.
pub(super) fn incident(
    edition: &LanguageEdition<'_>,
    incident: &Incident,
    shown: &view::Incident,
) -> Result<String, Error> {
    let page = edition.page;
    let url = page.address(&format!("{}{}", edition.folder, incident_folder(&incident.id)));
    let started = shown.started.machine.as_str();
    let said = |entry: Option<&'_ view::UpdateView>| entry.map(|entry| entry.time.machine.clone());
    let known = || edition.time(first_known(incident, edition.snapshot.now)).machine;
    let first = said(shown.entries.last()).unwrap_or_else(known);
    let last = said(shown.entries.first()).unwrap_or_else(known);
    let update = |entry: &'_ view::UpdateView| {
        (format!("{url}#{}", entry.anchor), entry.heading.clone(), entry.time.machine.clone())
    };
    let updates: Vec<_> = shown.entries.iter().take(UPDATES_MAX).map(update).collect();
    let updates = updates.iter().map(|(url, headline, at)| BlogPosting {
        kind: "BlogPosting",
        headline,
        url: url.clone(),
        date_published: at,
    });
    let reader =
        MarkdownContext { words: edition.words, zone: edition.zone, base: &format!("{}/", page.url) };
    let impact = incident.impact.as_ref().map(|text| to_plain(text.in_language(edition.language), &reader));
    let posting = LiveBlogPosting {
        context: CONTEXT,
        kind: "LiveBlogPosting",
        headline: &shown.title.text,
        url: &url,
        in_language: edition.language.as_str(),
        description: impact,
        date_published: &first,
        date_modified: &last,
        coverage_start_time: started,
        coverage_end_time: shown.end.as_ref().map(|end| end.time.machine.as_str()),
        author: Organization {
            kind: "Organization",
            name: page.name.in_language(edition.language),
            url: &page.url,
        },
        live_blog_update: updates.collect(),
    };
    script_json(&incident.file, &posting)
}

/// JSON that can be in an element of HTML: without `<`, nothing in it opens or closes one.
fn script_json(file: &str, value: &impl Serialize) -> Result<String, Error> {
    match serde_json::to_string(value) {
        Ok(text) => Ok(text.replace('<', "\\u003c")),
        Err(source) => Err(Error::Json { file: file.to_owned(), source }),
    }
}

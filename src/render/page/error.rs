//! Error pages for the operator's own product: why it fails, when it will be back, what to do meanwhile.
//!
//! Promises: each is one file without further requests or scripts that is correct at any address; its links are absolute.
//! It shows what was known at the time of the build. A cause is named only if an incident makes the product unavailable;
//! other incidents are listed as already known.

use serde::Serialize;

use super::frame::desk_for;
use super::incident::{brief, item};
use crate::render::cause::{also_known, cause, planned_work};
use crate::render::edition::LanguageEdition;
use crate::render::failure::{KINDS, heading};
use crate::render::file::{Error, File};
use crate::render::view;
use crate::theme::words::direction;

/// The view of `error.html`.
#[derive(Debug, Serialize)]
struct ErrorPage<'a> {
    language: &'a str,
    direction: &'static str,
    page_name: &'a str,
    /// The operator has a logo of their own, which is a file and cannot stand here.
    has_own_logo: bool,
    /// The title of the document.
    title: &'a str,
    /// One per language that the page speaks, the page's first language first.
    sections: Vec<Section<'a>>,
}

/// The whole message in one language.
#[derive(Debug, Serialize)]
struct Section<'a> {
    language: &'a str,
    direction: &'static str,
    heading: &'a str,
    /// `Error 503`; empty for planned work.
    code: String,
    shape: &'static str,
    /// What explains it, where something is known.
    cause: Option<view::Incident>,
    /// The reason if nothing is known.
    why_unknown: &'a str,
    /// The link by which readers follow that until it is over.
    only: Option<String>,
    /// What continues and does not explain it.
    also_known: Vec<view::Item>,
    /// The absolute address of the status page.
    home: String,
    /// When anything was last said of the cause.
    changed: Option<String>,
    labels: Labels<'a>,
}

/// Phrases of the section's language.
#[derive(Debug, Serialize)]
struct Labels<'a> {
    why: &'a str,
    also_known: &'a str,
    back: &'a str,
    back_unknown: &'a str,
    no_estimate: &'a str,
    missed: &'a str,
    /// With the mark that joins it to the time.
    next_update: String,
    meanwhile: &'a str,
    meanwhile_unknown: &'a str,
    story: &'a str,
    status_page: &'a str,
    only: &'a str,
}

/// Renders each page in each language, and once with all languages in one file.
pub(super) fn pages(editions: &[LanguageEdition<'_>]) -> Result<Vec<File>, Error> {
    let mut files = Vec::new();
    for kind in KINDS {
        for edition in editions {
            let path = format!("errors/{}{kind}.html", edition.folder);
            files.push(page(std::slice::from_ref(edition), kind, path)?);
        }
        files.push(page(editions, kind, format!("errors/all-languages/{kind}.html"))?);
    }
    Ok(files)
}

fn page(editions: &[LanguageEdition<'_>], kind: &'static str, path: String) -> Result<File, Error> {
    // A page without languages would have no reader; sites always have one.
    let Some(first) = editions.first() else { return Ok((path, Vec::new())) };
    let view = ErrorPage {
        language: first.language.as_str(),
        direction: direction(first.language),
        page_name: first.page.name.in_language(first.language),
        has_own_logo: first.page.looks.logo.is_some(),
        title: heading(first, kind),
        sections: editions.iter().map(|edition| section(edition, kind)).collect(),
    };
    first.fill(path, "error.html", &view)
}

fn section<'a>(edition: &LanguageEdition<'a>, kind: &'static str) -> Section<'a> {
    let (words, snapshot) = (edition.words, edition.snapshot);
    let planned = kind == "maintenance";
    let found = if planned { planned_work(snapshot) } else { cause(snapshot, None) };
    let root = format!("{}/", edition.page.url);
    let said = found.and_then(|incident| incident.public_updates().rfind(|update| update.at <= snapshot.now));
    let changed = |at| words.say_with("overall.changed", &[("time", &edition.time(at).human)]);
    let view = found.map(|incident| brief(edition, incident, &root));
    let known = if planned { Vec::new() } else { also_known(snapshot, None) };
    let unexplained = if planned { "maintenance" } else { "major_outage" };
    Section {
        language: edition.language.as_str(),
        direction: direction(edition.language),
        heading: heading(edition, kind),
        code: if planned { String::new() } else { words.say_with("error.code", &[("code", kind)]) },
        shape: view.as_ref().map_or(unexplained, |incident| incident.mark.shape),
        cause: view,
        only: found.and_then(|incident| desk_for(edition, incident)),
        why_unknown: words.say(if planned { "error.why_maintenance" } else { "error.why_unknown" }),
        also_known: known.into_iter().map(|incident| item(edition, incident, &root)).collect(),
        home: format!("{root}{}", edition.folder),
        changed: said.map(|update| changed(update.at)),
        labels: labels(edition),
    }
}

fn labels<'a>(edition: &LanguageEdition<'a>) -> Labels<'a> {
    let words = edition.words;
    Labels {
        why: words.say("error.why"),
        also_known: words.say("error.also_known"),
        back: words.say("error.back"),
        back_unknown: words.say("error.back_unknown"),
        no_estimate: words.say("incident.eta_none"),
        missed: words.say("incident.eta_missed"),
        next_update: words.labelled(words.say("incident.next_update"), ""),
        meanwhile: words.say("incident.workaround"),
        meanwhile_unknown: words.say("error.meanwhile_unknown"),
        story: words.say("incident.whole_story"),
        status_page: words.say("error.status_page"),
        only: words.say("desk.only"),
    }
}

//! The history as an Atom feed.
//!
//! Promises: one entry per incident, rewritten with each update and carrying them all; every date comes from
//! the incidents, so an unchanged history gives an unchanged feed; an entry's id hangs on the incident's id
//! and on nothing else.

use atom_syndication::{Content, Entry, Feed, FixedDateTime, Generator, Link, Person, Text};

use super::File;
use super::edition::Edition;
use super::incident::{phase_key, told};
use super::path::incident_folder;
use crate::model::Moment;
use crate::model::incident::Incident;
use crate::theme::markdown::{Reader, clean, escape, to_html};

/// How many incidents the feed carries: the newest.
const ENTRIES_MAX: usize = 50;

/// The year in which the page's host name was its owner's, as a tag URI wants one (RFC 4151); it is part of
/// every id and must never change.
const TAG_YEAR: &str = "2026";

/// Renders the feed of one language.
pub(super) fn history(edition: &Edition<'_>) -> File {
    let page = edition.page;
    let name = clean(page.name.in_language(edition.language));
    let newest = &edition.snapshot.visible;
    let mut incidents: Vec<(Moment, &Incident)> =
        newest.iter().map(|incident| (last_said(edition, incident), *incident)).collect();
    incidents.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.id.cmp(&b.1.id)));
    incidents.truncate(ENTRIES_MAX);
    let updated = incidents.first().map_or(Moment::UNIX_EPOCH, |(at, _)| *at);
    let base = format!("{}/{}", page.url, edition.folder);
    let feed = Feed {
        title: Text::plain(edition.words.say_with("nav.feed_title", &[("page", &name)])),
        id: tag(edition, "history"),
        updated: fixed(updated),
        authors: vec![Person { name, ..Person::default() }],
        generator: Some(Generator { value: "allclear".to_owned(), ..Generator::default() }),
        links: vec![link("self", format!("{base}history.atom")), link("alternate", base)],
        lang: Some(edition.language.to_string()),
        entries: incidents.iter().map(|(at, incident)| entry(edition, incident, *at)).collect(),
        ..Feed::default()
    };
    (format!("{}history.atom", edition.folder), feed.to_string().into_bytes())
}

fn entry(edition: &Edition<'_>, incident: &Incident, updated: Moment) -> Entry {
    let now = edition.snapshot.now;
    let address = format!("{}/{}{}", edition.page.url, edition.folder, incident_folder(&incident.id));
    let first_said = incident.public_updates().next().map_or(incident.started, |update| update.at);
    let title = Text {
        lang: (!incident.title.is_translated(edition.language, edition.page.first_language()))
            .then(|| edition.page.first_language().to_string()),
        ..Text::plain(clean(incident.title.in_language(edition.language)))
    };
    Entry {
        title,
        id: tag(edition, &format!("incidents/{}", incident.id)),
        published: Some(fixed(first_said.min(now))),
        updated: fixed(updated),
        links: vec![link("alternate", address.clone())],
        content: Some(Content {
            content_type: Some("html".to_owned()),
            value: Some(story(edition, incident)),
            base: Some(address),
            ..Content::default()
        }),
        ..Entry::default()
    }
}

/// The facts and every update, newest first.
fn story(edition: &Edition<'_>, incident: &Incident) -> String {
    let base = format!("{}/", edition.page.url);
    let reader = Reader { words: edition.words, zone: edition.zone, base: &base };
    let body = |text: &crate::model::localized::Localized| {
        let html = to_html(text.in_language(edition.language), &reader);
        if text.is_translated(edition.language, edition.page.first_language()) {
            return html;
        }
        format!("<div lang=\"{}\">{html}</div>\n", edition.page.first_language())
    };
    let mut html = String::new();
    for (key, text) in [("incident.impact", &incident.impact), ("incident.workaround", &incident.workaround)]
    {
        if let Some(text) = text {
            html.push_str(&format!(
                "<p><strong>{}</strong></p>\n{}",
                escape(edition.words.say(key)),
                body(text)
            ));
        }
    }
    for update in told(incident, edition.snapshot.now) {
        let phase = update.phase.map_or("", |phase| edition.words.say(phase_key(phase)));
        let time = edition.time(update.at);
        html.push_str(&format!(
            "<p><small><time datetime=\"{}\">{}</time></small><br><strong>{}</strong></p>\n{}",
            time.machine,
            escape(&time.human),
            escape(phase),
            body(&update.body)
        ));
    }
    html
}

/// When customers last read something new about an incident.
fn last_said(edition: &Edition<'_>, incident: &Incident) -> Moment {
    let now = edition.snapshot.now;
    told(incident, now).next().map_or(incident.started.min(now), |update| update.at)
}

fn tag(edition: &Edition<'_>, what: &str) -> String {
    let url = &edition.page.url;
    let host = url.split_once("://").map_or(url.as_str(), |(_, rest)| rest);
    let host = host.split(['/', ':']).next().unwrap_or(host);
    format!("tag:{host},{TAG_YEAR}:{}{what}", edition.folder)
}

fn link(rel: &str, href: String) -> Link {
    Link { rel: rel.to_owned(), href, ..Link::default() }
}

fn fixed(moment: Moment) -> FixedDateTime {
    moment.fixed_offset()
}

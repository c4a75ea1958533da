//! The history as feeds, in Atom, RSS and JSON Feed, for the whole page and for each feature.
//!
//! Promises: one entry per incident, rewritten with each update and carrying them all; every date comes from
//! the incidents, so an unchanged history gives an unchanged feed; an entry's id hangs on the incident's id
//! and on nothing else, so it is the same in every format and in a feature's feed.

mod atom;
mod json_feed;
mod rss;
mod story;

use std::collections::BTreeMap;

use super::journal::{Journal, News, Scope, first_said};
use super::{absolute, address, one_line};
use crate::model::Moment;
use crate::model::incident::{Incident, IncidentId};
use crate::render::edition::Edition;
use crate::render::{Error, File};

/// The year in which the page's host name was its owner's, as a tag URI wants one (RFC 4151); it is part of
/// every id and must never change.
const TAG_YEAR: &str = "2026";

/// A feed, whatever its format.
struct Feed<'a> {
    id: String,
    title: String,
    /// Whose feed it is.
    author: String,
    language: &'a str,
    /// The page that tells the same to people.
    home: String,
    /// The feed's own address without the end that names its format.
    address: String,
    /// When anything was last said; the epoch where nothing ever was.
    updated: Moment,
    entries: Vec<&'a Entry>,
}

/// One incident.
struct Entry {
    id: String,
    title: String,
    /// The language of the title where it is not the feed's.
    title_language: Option<String>,
    address: String,
    published: Moment,
    updated: Moment,
    /// The facts and every update, newest first.
    html: String,
    /// The names of the features it touched.
    features: Vec<String>,
}

/// Renders the feeds of one language.
pub(super) fn files(edition: &Edition<'_>, journal: &Journal<'_>) -> Result<Vec<File>, Error> {
    let entries = entries(edition, journal);
    let mut files = Vec::new();
    for scope in Scope::every(edition.page) {
        let feed = feed(edition, journal, scope, &entries);
        let path = |end: &str| format!("{}{}history.{end}", edition.folder, scope.folder());
        files.push((path("atom"), atom::write(&feed)));
        files.push((path("rss"), rss::write(&feed)));
        files.push(json_feed::file(path("json"), &feed)?);
    }
    Ok(files)
}

/// Every entry that any feed of the language carries, written once.
fn entries<'a>(edition: &Edition<'_>, journal: &Journal<'a>) -> BTreeMap<&'a IncidentId, Entry> {
    let mut entries = BTreeMap::new();
    for News { at, incident } in Scope::every(edition.page).flat_map(|scope| &journal.share(scope).news) {
        entries.entry(&incident.id).or_insert_with(|| entry(edition, incident, *at));
    }
    entries
}

fn entry(edition: &Edition<'_>, incident: &Incident, updated: Moment) -> Entry {
    let first = edition.page.first_language();
    let is_foreign = !incident.title.is_translated(edition.language, first);
    let mut features: Vec<String> = incident.touched().map(|id| one_line(edition.name(id))).collect();
    features.sort_unstable();
    features.dedup();
    Entry {
        id: tag(edition, &format!("incidents/{}", incident.id)),
        title: super::title(edition, incident),
        title_language: is_foreign.then(|| first.to_string()),
        address: address(edition, incident),
        published: first_said(incident, edition.snapshot.now).min(updated),
        updated,
        html: story::write(edition, incident),
        features,
    }
}

fn feed<'a>(
    edition: &'a Edition<'_>,
    journal: &Journal<'_>,
    scope: Scope<'_>,
    entries: &'a BTreeMap<&IncidentId, Entry>,
) -> Feed<'a> {
    let news = &journal.share(scope).news;
    let history = format!("{}history", scope.folder());
    let name = one_line(&scope.title(edition));
    Feed {
        id: tag(edition, &history),
        title: edition.words.say_with("nav.feed_title", &[("page", &name)]),
        author: one_line(edition.page.name.in_language(edition.language)),
        language: edition.language.as_str(),
        home: absolute(edition.page, &edition.folder),
        address: absolute(edition.page, &format!("{}{history}", edition.folder)),
        updated: news.first().map_or(Moment::UNIX_EPOCH, |news| news.at),
        entries: news.iter().filter_map(|news| entries.get(&news.incident.id)).collect(),
    }
}

fn tag(edition: &Edition<'_>, what: &str) -> String {
    format!("tag:{},{TAG_YEAR}:{}{what}", edition.page.host(), edition.folder)
}

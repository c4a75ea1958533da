//! The history as feeds, in Atom, RSS and JSON Feed, for the whole page and for each feature.
//!
//! Promises: one entry per incident, rewritten with each update and carrying them all; every date comes from the incidents,
//! so an unchanged history gives an unchanged feed; an entry's id depends only on the incident's id, so it is the same in
//! every format and in a feature's feed.

mod atom;
mod entry;
mod json_feed;
mod rss;
mod story;

use super::journal::{Journal, Scope, first_said};
use super::value::{absolute, address, one_line, title};
use crate::model::Moment;
use crate::model::incident::Incident;
use crate::render::edition::LanguageEdition;
use crate::render::file::{Error, File};
use entry::{Feed, FeedEntry};

/// The year in which the page's host name was its owner's, as a tag URI wants one (RFC 4151); it is part of
/// every id and must never change.
const TAG_YEAR: &str = "2026";

/// Renders the feeds of the page or of a feature.
pub(super) fn files(
    edition: &LanguageEdition<'_>,
    journal: &Journal<'_>,
    scope: Scope<'_>,
) -> Result<Vec<File>, Error> {
    let feed = feed(edition, journal, scope);
    let path = |end: &str| format!("{}{}history.{end}", edition.folder, scope.folder());
    Ok(vec![
        (path("atom"), atom::write(&feed)),
        (path("rss"), rss::write(&feed)),
        json_feed::file(path("json"), &feed)?,
    ])
}

fn entry(edition: &LanguageEdition<'_>, incident: &Incident, updated: Moment) -> FeedEntry {
    let first = edition.page.first_language();
    let is_foreign = !incident.title.is_translated(edition.language, first);
    let mut features: Vec<String> = incident.touched().map(|id| one_line(edition.name(id))).collect();
    features.sort_unstable();
    features.dedup();
    FeedEntry {
        id: tag(edition, &format!("incidents/{}", incident.id)),
        title: title(edition, incident),
        title_language: is_foreign.then(|| first.to_string()),
        address: address(edition, incident),
        published: first_said(incident, edition.snapshot.now).min(updated),
        updated,
        html: story::write(edition, incident),
        features,
    }
}

fn feed<'a>(edition: &'a LanguageEdition<'_>, journal: &Journal<'_>, scope: Scope<'_>) -> Feed<'a> {
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
        entries: news.iter().map(|news| entry(edition, news.incident, news.at)).collect(),
    }
}

fn tag(edition: &LanguageEdition<'_>, what: &str) -> String {
    format!("tag:{},{TAG_YEAR}:{}{what}", edition.page.host(), edition.folder)
}

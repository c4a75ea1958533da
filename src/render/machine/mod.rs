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
mod value;
mod write;

use crate::model::incident::Incident;
use crate::model::tree::Tree;
use crate::render::edition::Edition;
use crate::render::file::{Error, File};
use crate::render::part::Part;
use crate::render::stamp::Stamp;
pub(super) use journal::Journal;
use journal::Scope;

/// Every file that machines read, but for those of single incidents and the sitemap. `first` is the first of the
/// editions, which are the site's languages.
pub(super) fn parts<'a>(
    editions: &'a [Edition<'a>],
    first: &'a Edition<'a>,
    journal: &'a Journal<'a>,
) -> Vec<Part<'a>> {
    let mut parts = Vec::new();
    for edition in editions {
        parts.extend(Scope::every(edition.page).map(|scope| of_scope(edition, journal, scope)));
        parts.push(Part::always(|| badge::files(edition)));
        parts.push(Part::always(|| Ok(vec![summary::file(edition, journal)?])));
    }
    parts.push(Part::always(|| statuspage::files(first, journal)));
    parts.push(Part::always(|| banner::files(editions, journal)));
    parts.push(Part::always(|| problem_details::files(first)));
    parts.push(Part::always(|| servers::files(editions)));
    parts.push(Part::always(|| Ok(described::files().collect())));
    parts.push(Part::always(|| Ok(vec![sitemap::robots(first)])));
    parts
}

/// The files of one incident: its alert in all languages, and for a plan its calendars.
pub(super) fn of_incident(
    editions: &[Edition<'_>],
    journal: &Journal<'_>,
    incident: &Incident,
) -> Result<Vec<File>, Error> {
    let alert = editions.first().map(|first| cap::file(editions, first, incident)).transpose()?;
    let calendars = editions.iter().filter(|_| journal.plans(incident));
    Ok(alert.into_iter().chain(calendars.map(|edition| calendar::of_plan(edition, incident))).collect())
}

/// The sitemap of a tree that holds all pages already.
pub(super) fn sitemap<'a>(tree: &'a Tree, first: &'a Edition<'a>) -> Part<'a> {
    sitemap::part(tree, first)
}

/// The feeds and the calendar of a scope in one language.
fn of_scope<'a>(edition: &'a Edition<'a>, journal: &'a Journal<'a>, scope: Scope<'a>) -> Part<'a> {
    let share = journal.share(scope);
    let folder = format!("{}{}", edition.folder, scope.folder());
    let news: Vec<_> =
        share.news.iter().map(|news| (news.at, edition.snapshot.stamp(news.incident))).collect();
    let plans: Vec<_> = share.plans.iter().map(|plan| edition.snapshot.stamp(plan)).collect();
    Part::new(format!("{folder}history"), Stamp::of(&(edition.stamp, &folder, news, plans)), move || {
        let mut files = feed::files(edition, journal, scope)?;
        files.push(calendar::of_scope(edition, journal, scope));
        Ok(files)
    })
}

//! Files that programs read: the Statuspage API, feeds, calendars, alerts, badges, a summary and a banner for products, and
//! their description.
//!
//! Promises: every file is written from typed values by a serializer, so that no text of an author can break its
//! form; every time in it comes from the incidents, so that a later build of the same state gives the same
//! bytes; addresses within are absolute. Never holds internal words, nor words written for later.

mod badge;
mod banner;
mod calendar;
pub(super) mod cap;
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
use crate::render::edition::LanguageEdition;
use crate::render::file::{Error, File};
use crate::render::part::RenderUnit;
use crate::render::stamp::CacheKey;
pub(super) use journal::Journal;
use journal::Scope;

/// Every file that machines read, but for those of single incidents and the sitemap. `first` is the first of the
/// editions, which are the site's languages.
pub(super) fn parts<'a>(
    editions: &'a [LanguageEdition<'a>],
    first: &'a LanguageEdition<'a>,
    journal: &'a Journal<'a>,
) -> Vec<RenderUnit<'a>> {
    let mut parts = Vec::new();
    for edition in editions {
        parts.extend(Scope::every(edition.page).map(|scope| of_scope(edition, journal, scope)));
        parts.push(RenderUnit::always(|| badge::files(edition)));
        parts.push(RenderUnit::always(|| Ok(vec![summary::file(edition, journal)?])));
    }
    parts.push(RenderUnit::always(|| statuspage::files(first, journal)));
    parts.push(RenderUnit::always(|| banner::files(editions, journal)));
    parts.push(RenderUnit::always(|| problem_details::files(first)));
    parts.push(RenderUnit::always(|| servers::files(editions)));
    parts.push(RenderUnit::always(|| Ok(described::files().collect())));
    parts.push(RenderUnit::always(|| Ok(vec![sitemap::robots(first)])));
    parts
}

/// The files of one incident: its alert in all languages, and for a plan its calendars.
pub(super) fn of_incident(
    editions: &[LanguageEdition<'_>],
    journal: &Journal<'_>,
    incident: &Incident,
) -> Result<Vec<File>, Error> {
    let first = editions.first().filter(|first| cap::is_kept(incident, first.snapshot.now));
    let alert = first.map(|first| cap::file(editions, first, incident)).transpose()?;
    let calendars = editions.iter().filter(|_| journal.plans(incident));
    Ok(alert.into_iter().chain(calendars.map(|edition| calendar::of_plan(edition, incident))).collect())
}

/// The sitemap of all pages, which are among the paths of all other files.
pub(super) fn sitemap<'a>(
    paths: impl Iterator<Item = &'a str>,
    first: &'a LanguageEdition<'a>,
) -> RenderUnit<'a> {
    sitemap::part(paths, first)
}

/// The feeds and the calendar of a scope in one language.
fn of_scope<'a>(
    edition: &'a LanguageEdition<'a>,
    journal: &'a Journal<'a>,
    scope: Scope<'a>,
) -> RenderUnit<'a> {
    let share = journal.share(scope);
    let folder = format!("{}{}", edition.folder, scope.folder());
    let news: Vec<_> =
        share.news.iter().map(|news| (news.at, edition.snapshot.stamp(news.incident))).collect();
    let plans: Vec<_> = share.plans.iter().map(|plan| edition.snapshot.stamp(plan)).collect();
    RenderUnit::new(
        format!("{folder}history"),
        CacheKey::of(&(edition.stamp, &folder, news, plans)),
        move || {
            let mut files = feed::files(edition, journal, scope)?;
            files.push(calendar::of_scope(edition, journal, scope));
            Ok(files)
        },
    )
}

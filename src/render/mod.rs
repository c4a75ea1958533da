//! The site as files in memory: pages for every language, error pages for the product, and what machines read.
//!
//! Promises: the same site, theme and moment give the same bytes, however many threads made them; updates written
//! for later than `now` are in no file, and the words of internal ones only in the pages of a build for staff;
//! links within the site are relative, so that it works in any folder and from a disk. Reads nothing, writes
//! nothing, knows no clock.
//!
//! The site is a list of parts, each with a stamp of what it is made from, so that a build which remembers the last one
//! makes only those again that a change touches.

mod cause;
mod changes;
mod edition;
mod failure;
mod file;
mod key;
mod known;
mod machine;
mod next_change;
mod overall;
mod page;
mod part;
mod path;
mod snapshot;
mod stamp;
mod uptime;
mod view;

use crate::model::Moment;
use crate::model::departed::Departed;
use crate::model::incident::{Audience, Incident};
use crate::model::site::Site;
use crate::model::tree::SiteFiles;
use crate::theme::Theme;
use crate::theme::calendar::Zone;
use edition::LanguageEdition;
use machine::{Journal, cap};
use part::RenderUnit;
use path::incident_folder;
use snapshot::Snapshot;
use stamp::{CacheKey, Stamps};

pub use file::Error;
pub use next_change::next_turn;
pub use part::RenderCache;

/// Renders every page of the site, and what machines read, as it is at `now`. For the internal audience the pages show
/// the internal updates as well, marked as such; what machines read is the public's always.
///
/// # Errors
/// When the page's time zone is unknown or a template of the theme does not fit its view.
pub fn site(site: &Site, theme: &Theme, now: Moment, audience: Audience) -> Result<SiteFiles, Error> {
    site_again(site, theme, now, audience, &mut RenderCache::default())
}

/// The same, where only what is not as in the last build is made again. Gives the very bytes of [`site`],
/// whatever the memory holds.
///
/// # Errors
/// As those of [`site`]; the memory then is as good as before.
pub fn site_again(
    site: &Site,
    theme: &Theme,
    now: Moment,
    audience: Audience,
    memory: &mut RenderCache,
) -> Result<SiteFiles, Error> {
    let site = &*known::known(site, now, audience);
    let zone = &site.page.time_zone;
    let zone = Zone::named(zone).ok_or_else(|| Error::UnknownZone(zone.clone()))?;
    memory.stamps.renew(&site.incidents);
    let snapshot = Snapshot::of(site, &zone, now, audience, &memory.stamps);
    let edition = |language| LanguageEdition::new(site, theme, language, &zone, &snapshot);
    let editions: Vec<LanguageEdition<'_>> = site.page.languages.iter().map(edition).collect();
    let Some(first) = editions.first() else { return Ok(SiteFiles::default()) };
    let journal = Journal::of(first.page, first.snapshot);
    let mut parts = page::parts(&editions);
    parts.extend(incidents(&editions, &journal));
    parts.extend(machine::parts(&editions, first, &journal));
    let mut tree = memory.parts.make(parts)?;
    let sitemap = memory.sitemap.make(vec![machine::sitemap(&tree, first)])?;
    tree.files.extend(sitemap.files);
    Ok(tree)
}

/// The pages at addresses that incidents have left, as they are at `now`.
///
/// # Errors
/// As those of [`site`](fn@site).
pub fn departed(
    site: &Site,
    theme: &Theme,
    now: Moment,
    audience: Audience,
    departed: &[Departed],
) -> Result<SiteFiles, Error> {
    let site = &*known::known(site, now, audience);
    let zone = &site.page.time_zone;
    let zone = Zone::named(zone).ok_or_else(|| Error::UnknownZone(zone.clone()))?;
    let stamps = Stamps::default();
    let snapshot = Snapshot::of(site, &zone, now, audience, &stamps);
    let edition = |language| LanguageEdition::new(site, theme, language, &zone, &snapshot);
    let editions: Vec<LanguageEdition<'_>> = site.page.languages.iter().map(edition).collect();
    let pages = departed.iter().map(|departed| page::of_departed(&editions, departed));
    let files = pages.collect::<Result<Vec<_>, Error>>()?.into_iter().flatten();
    Ok(SiteFiles { files: files.map(|(path, bytes)| (path, bytes.into())).collect() })
}

/// Every incident with its page in each language and what machines read of it.
fn incidents<'a>(
    editions: &'a [LanguageEdition<'a>],
    journal: &'a Journal<'a>,
) -> impl Iterator<Item = RenderUnit<'a>> {
    let site: Vec<CacheKey> = editions.iter().map(|edition| edition.stamp).collect();
    let site = CacheKey::of(&site);
    let visible = editions.first().map_or(&[] as &[&Incident], |first| &first.snapshot.visible);
    visible.iter().filter_map(move |incident| {
        let snapshot = editions.first()?.snapshot;
        let own = snapshot.stamp(incident);
        let has_alert = cap::is_kept(incident, snapshot.now);
        let stamp = CacheKey::of(&(site, own, journal.plans(incident), has_alert));
        Some(RenderUnit::new(incident_folder(&incident.id), stamp, move || {
            let mut files = page::of_incident(editions, incident)?;
            files.extend(machine::of_incident(editions, journal, incident)?);
            Ok(files)
        }))
    })
}

#[cfg(test)]
mod tests;

//! Renders the site into files in memory: pages for every language, error pages for the product, and files for programs.
//!
//! Promises: the same site, theme and time give the same bytes, with any number of threads; updates dated after `now` are
//! in no file, and the texts of internal ones only in the pages of a build for staff; links within the site are relative,
//! so that it works in any folder and from a disk. Never reads or writes a file, or reads a clock.
//!
//! The site is a list of parts, each with a stamp of its inputs, so that a build with a memory of the last one renders only
//! the parts that changed.

mod cause;
mod changes;
mod cores;
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

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::model::Moment;
use crate::model::departed::Departed;
use crate::model::incident::{Audience, Incident};
use crate::model::site::Site;
use crate::model::tree::SiteFiles;
use crate::theme::Theme;
use crate::theme::calendar::Zone;
use edition::LanguageEdition;
use machine::{Journal, cap};
use part::{RenderUnit, StampedUnit};
use path::incident_folder;
use snapshot::Snapshot;
use stamp::{CacheKey, Stamps};

pub use file::Error;
pub use next_change::next_turn;
pub use part::{KnownUnits, RenderCache, UnitRecord};

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
    let RenderCache { stamps, parts: made, sitemap: made_sitemap } = memory;
    stamps.renew(&site.incidents);
    with_parts(site, theme, (now, audience), stamps, |parts, first| {
        let mut tree = made.make(parts)?;
        let sitemap = machine::sitemap(tree.files.keys().map(String::as_str), first);
        let sitemap = made_sitemap.make(vec![sitemap])?;
        tree.files.extend(sitemap.files);
        Ok(tree)
    })
    .unwrap_or_else(|| Ok(SiteFiles::default()))
}

/// What a build that keeps no file in memory made.
#[derive(Debug, Default)]
pub struct StreamedSite {
    /// The paths of all files of the site.
    pub paths: BTreeSet<String>,
    /// The parts that another build may leave as they are.
    pub units: Vec<Arc<UnitRecord>>,
}

/// The same, where each file is handed to `take` once it is made, from several threads and in no order, and not kept; a
/// part that is `known` is neither made nor handed over.
///
/// # Errors
/// As those of [`site`](fn@site), and the first of `take`.
pub fn site_into<E: From<Error> + Send>(
    site: &Site,
    theme: &Theme,
    (now, audience): (Moment, Audience),
    known: &KnownUnits,
    take: &(impl Fn(&str, Vec<u8>) -> Result<(), E> + Sync),
) -> Result<StreamedSite, E> {
    let site = &*known::known(site, now, audience);
    let mut stamps = Stamps::default();
    stamps.renew(&site.incidents);
    with_parts(site, theme, (now, audience), &stamps, |parts, first| {
        let mut made = StreamedSite::default();
        made.add(part::stream(parts, known, take)?);
        let sitemap = machine::sitemap(made.paths.iter().map(String::as_str), first);
        let sitemap = part::stream(vec![sitemap], known, take)?;
        made.add(sitemap);
        Ok(made)
    })
    .unwrap_or_else(|| Ok(StreamedSite::default()))
}

impl StreamedSite {
    fn add(&mut self, parts: Vec<StampedUnit>) {
        let paths = parts.iter().flat_map(|(_, unit)| unit.paths.iter().cloned());
        if self.paths.is_empty() {
            // Collected in one go, because that costs a fraction of one insertion after the other.
            self.paths = paths.collect();
        } else {
            self.paths.extend(paths);
        }
        self.units.extend(parts.into_iter().filter_map(|(stamp, unit)| stamp.map(|_| unit)));
    }
}

/// Hands over all parts of the site but the sitemap, and its first language; `None` for a site without a language.
fn with_parts<T, E: From<Error>>(
    site: &Site,
    theme: &Theme,
    (now, audience): (Moment, Audience),
    stamps: &Stamps,
    make: impl FnOnce(Vec<RenderUnit<'_>>, &LanguageEdition<'_>) -> Result<T, E>,
) -> Option<Result<T, E>> {
    let zone = &site.page.time_zone;
    let Some(zone) = Zone::named(zone) else { return Some(Err(Error::UnknownZone(zone.clone()).into())) };
    let snapshot = Snapshot::of(site, &zone, now, audience, stamps);
    let edition = |language| LanguageEdition::new(site, theme, language, &zone, &snapshot);
    let editions: Vec<LanguageEdition<'_>> = site.page.languages.iter().map(edition).collect();
    let first = editions.first()?;
    let journal = Journal::of(first.page, first.snapshot);
    let mut parts = page::parts(&editions);
    parts.extend(incidents(&editions, &journal));
    parts.extend(machine::parts(&editions, first, &journal));
    Some(make(parts, first))
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

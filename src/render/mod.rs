//! The site as files in memory: pages for every language, error pages for the product, and what machines read.
//!
//! Promises: the same site, theme and moment give the same bytes, however many threads made them; updates written
//! for later than `now` are in no file, and the words of internal ones only in the pages of a build for our own
//! people; links within the site are relative, so
//! that it works in any folder and from a disk. Reads nothing, writes nothing, knows no clock.
//!
//! The site is a list of parts, each with a stamp of what it is made from, so that a build which remembers the last one
//! makes only those anew that a change touches.

mod bars;
mod cause;
mod edition;
mod error_page;
mod feature;
mod frame;
mod history;
mod incident;
mod index;
mod known;
mod machine;
mod part;
mod path;
mod snapshot;
mod stamp;
mod structured;
mod subscribe;
mod turn;
mod uptime;
mod view;

use crate::model::Moment;
use crate::model::incident::Audience;
use crate::model::site::Site;
use crate::model::tree::Tree;
use crate::theme::Theme;
use crate::theme::calendar::Zone;
use edition::Edition;
use machine::Journal;
pub use part::Memory;
use part::Part;
use snapshot::Snapshot;

pub use turn::next_turn;

/// Why a site could not be rendered. Each is the operator's to mend: the incident files cannot cause one.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The page's time zone is in no database.
    #[error("failed to find the time zone `{0}`")]
    UnknownZone(String),
    /// A template of the theme asks for what its view does not hold.
    #[error("failed to render {page}")]
    Template {
        /// The file of the tree that was to be made.
        page: String,
        /// What the theme said.
        source: crate::theme::Error,
    },
    /// A value could not be written as JSON.
    #[error("failed to write {file}")]
    Json {
        /// The file of the tree that was to be made.
        file: String,
        /// What the writer said.
        source: serde_json::Error,
    },
    /// A value could not be written as XML.
    #[error("failed to write {file}")]
    Xml {
        /// The file of the tree that was to be made.
        file: String,
        /// What the writer said.
        source: quick_xml::SeError,
    },
}

/// A file of the tree with its path.
type File = (String, Vec<u8>);

/// Renders every page of the site, and what machines read, as it is at `now`. For the internal audience the pages show
/// the internal updates as well, marked as such; what machines read is the public's always.
///
/// # Errors
/// When the page's time zone is unknown or a template of the theme does not fit its view.
pub fn site(site: &Site, theme: &Theme, now: Moment, audience: Audience) -> Result<Tree, Error> {
    site_again(site, theme, now, audience, &mut Memory::default())
}

/// The same, where only what is not as in the last build is made anew. Gives the very bytes of [`site`], whatever
/// the memory holds.
///
/// # Errors
/// As those of [`site`]; the memory then is as good as before.
pub fn site_again(
    site: &Site,
    theme: &Theme,
    now: Moment,
    audience: Audience,
    memory: &mut Memory,
) -> Result<Tree, Error> {
    let site = &*known::known(site, now, audience);
    let zone = &site.page.time_zone;
    let zone = Zone::named(zone).ok_or_else(|| Error::UnknownZone(zone.clone()))?;
    memory.stamps.renew(&site.incidents);
    let snapshot = Snapshot::of(site, &zone, now, audience, &memory.stamps);
    let edition = |language| Edition::new(site, theme, language, &zone, &snapshot);
    let editions: Vec<Edition<'_>> = site.page.languages.iter().map(edition).collect();
    let Some(first) = editions.first() else { return Ok(Tree::default()) };
    let journal = Journal::of(first.page, first.snapshot);
    let mut parts = Vec::new();
    for edition in &editions {
        parts.push(Part::always(|| index::page(edition).map(Vec::from)));
        parts.push(Part::always(|| index::missing(edition).map(Vec::from)));
        parts.push(Part::always(|| subscribe::page(edition).map(Vec::from)));
        parts.extend(feature::parts(edition));
        parts.extend(history::parts(edition));
    }
    parts.extend(incident::parts(&editions, &journal));
    parts.push(Part::always(|| error_page::pages(&editions)));
    parts.extend(machine::parts(&editions, first, &journal));
    let mut tree = memory.parts.make(parts)?;
    let sitemap = memory.sitemap.make(vec![machine::sitemap(&tree, first)])?;
    tree.files.extend(sitemap.files);
    Ok(tree)
}

#[cfg(test)]
mod tests;

//! The site as files in memory: pages for every language, error pages for the product, and what machines read.
//!
//! Promises: the same site, theme and moment give the same bytes, however many threads made them; updates written
//! for later than `now` are in no file, and the words of internal ones only in the pages of a build for our own
//! people; links within the site are relative, so
//! that it works in any folder and from a disk. Reads nothing, writes nothing, knows no clock.

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
mod path;
mod snapshot;
mod structured;
mod subscribe;
mod turn;
mod uptime;
mod view;

use std::panic::resume_unwind;
use std::thread;

use crate::model::Moment;
use crate::model::incident::{Audience, Incident};
use crate::model::site::Site;
use crate::model::tree::Tree;
use crate::theme::Theme;
use crate::theme::calendar::Zone;
use edition::Edition;
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
    let site = &*known::known(site, now, audience);
    let zone = &site.page.time_zone;
    let zone = Zone::named(zone).ok_or_else(|| Error::UnknownZone(zone.clone()))?;
    let snapshot = Snapshot::of(site, &zone, now, audience);
    let mut tree = Tree::default();
    let edition = |language| Edition::new(site, theme, language, &zone, &snapshot);
    let editions: Vec<Edition<'_>> = site.page.languages.iter().map(edition).collect();
    for edition in &editions {
        tree.files.extend(index::page(edition)?);
        tree.files.extend(index::missing(edition)?);
        tree.files.extend(subscribe::page(edition)?);
        tree.files.extend(feature::pages(edition)?);
        tree.files.extend(history::pages(edition)?);
        tree.files.extend(incident_pages(edition)?);
    }
    tree.files.extend(error_page::pages(&editions)?);
    machine::add(&mut tree, &editions)?;
    Ok(tree)
}

/// Renders the incidents' pages on every core. Of several errors the one of the first incident is told.
fn incident_pages(edition: &Edition<'_>) -> Result<Vec<File>, Error> {
    let incidents = &edition.snapshot.visible;
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let share = incidents.len().div_ceil(threads).max(1);
    let render = |share: &[&Incident]| -> Result<Vec<File>, Error> {
        share.iter().map(|incident| incident::page(edition, incident)).collect()
    };
    let shares: Vec<Result<Vec<File>, Error>> = thread::scope(|scope| {
        let workers: Vec<_> =
            incidents.chunks(share).map(|share| scope.spawn(move || render(share))).collect();
        workers.into_iter().map(|worker| worker.join().unwrap_or_else(|panic| resume_unwind(panic))).collect()
    });
    let mut files = Vec::with_capacity(incidents.len());
    for share in shares {
        files.extend(share?);
    }
    Ok(files)
}

#[cfg(test)]
mod tests;

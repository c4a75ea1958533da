//! The pages for readers in every language, and the error pages for the operator's product.
//!
//! Promises: links within the site are relative, so that it works in any folder and from a disk.

mod bars;
mod departed;
mod error;
mod feature;
mod follow;
mod frame;
mod history;
mod incident;
mod index;
mod structured;
mod subscribe;

use crate::model::departed::Departed;
use crate::model::incident::Incident;
use crate::render::edition::LanguageEdition;
use crate::render::file::{Error, File};
use crate::render::part::RenderUnit;

/// Every page except those of single incidents. `editions` are the site's languages.
pub(super) fn parts<'a>(editions: &'a [LanguageEdition<'a>]) -> Vec<RenderUnit<'a>> {
    let mut parts = Vec::new();
    for edition in editions {
        parts.push(RenderUnit::always(|| index::page(edition).map(Vec::from)));
        parts.push(RenderUnit::always(|| index::missing(edition).map(Vec::from)));
        parts.push(RenderUnit::always(|| subscribe::page(edition).map(Vec::from)));
        parts.extend(feature::parts(edition));
        parts.extend(history::parts(edition));
    }
    parts.push(RenderUnit::always(|| error::pages(editions)));
    parts.push(RenderUnit::always(|| Ok(assets(editions))));
    parts
}

/// The styles and scripts that pages of what is over link to, if there is such a page.
fn assets(editions: &[LanguageEdition<'_>]) -> Vec<File> {
    let Some(first) = editions.first() else { return Vec::new() };
    let now = first.snapshot.now;
    let is_linked = first.snapshot.visible.iter().any(|incident| incident.phase_at(now).is_over());
    let assets = first.theme.assets().iter().filter(|_| is_linked);
    assets.map(|asset| (asset.path.clone(), asset.text.clone().into_bytes())).collect()
}

/// The page at an address that an incident no longer has, in every language.
pub(super) fn of_departed(editions: &[LanguageEdition<'_>], departed: &Departed) -> Result<Vec<File>, Error> {
    editions.iter().map(|edition| departed::page(edition, departed)).collect()
}

/// The page of one incident in every language.
pub(super) fn of_incident(editions: &[LanguageEdition<'_>], incident: &Incident) -> Result<Vec<File>, Error> {
    editions.iter().map(|edition| incident::page(edition, incident)).collect()
}

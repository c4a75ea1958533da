//! Refuses public text that `check` would hold back, before it is in a file.
//!
//! Promises: what a file holds already is no reason to refuse a new text. Never writes.

use crate::check;
use crate::model::incident::{Audience, Incident, Update};
use crate::model::localized::Localized;
use crate::model::page::Page;

use crate::cli::exit::Failure;
use crate::cli::print;
use crate::cli::problems;
use crate::workspace::root::{LoadedSite, Root};

/// Refuses an update that would keep its incident from being announced.
pub(super) fn refuse_update(
    root: &Root,
    opened: &LoadedSite,
    incident: &Incident,
    update: &Update,
) -> Result<(), Failure> {
    if update.audience != Audience::Public {
        return Ok(());
    }
    let alone = Incident {
        title: Localized::plain(""),
        impact: None,
        workaround: None,
        updates: vec![update.clone()],
        ..incident.clone()
    };
    refuse_incident(root, &opened.site.page, opened.denied_words(), &alone)
}

/// Refuses an incident whose text would keep it from being announced.
pub(super) fn refuse_incident(
    root: &Root,
    page: &Page,
    denied: &[String],
    incident: &Incident,
) -> Result<(), Failure> {
    let mut found = check::holding(page, incident, denied, root.now());
    if found.is_empty() {
        return Ok(());
    }
    problems::show(&mut found, root.format);
    print::say("nothing was written");
    Err(Failure::Problems)
}

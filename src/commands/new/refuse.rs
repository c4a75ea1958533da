//! The errors that `check` would find in a draft, found before a file is written.
//!
//! Promises: a page or a plan that cannot be read stops no incident.

use crate::import::subscribers::known_feature;
use crate::load::parse_incident;
use crate::model::page::Page;

use crate::cli::arguments::New;
use crate::cli::exit::Failure;
use crate::commands::findings;
use crate::workspace::root::Root;

/// Refuses a title without a word and a feature that the page has not.
pub(super) fn check(options: &New, page: Option<&Page>) -> Result<(), Failure> {
    if options.title.as_ref().is_some_and(|title| title.trim().is_empty()) {
        return Err(Failure::Usage("--title: the title is empty; write what customers notice".to_owned()));
    }
    let Some(page) = page else { return Ok(()) };
    for id in &options.affected {
        known_feature(page, id).map_err(|why| Failure::Usage(format!("--affected: {why}")))?;
    }
    Ok(())
}

/// Refuses a draft with a secret, a technical detail or a denied word in it. One that cannot be read yet has gaps to fill in
/// first.
pub(super) fn check_text(root: &Root, page: &Page, (file, text): &(String, String)) -> Result<(), Failure> {
    let Some(incident) = parse_incident(file, text).incident else { return Ok(()) };
    let (plan, ..) = root.read_plan();
    let denied = plan.map(|plan| plan.denied_words).unwrap_or_default();
    findings::refuse_incident(root, page, &denied, &incident)
}

//! The errors that `check` would find in a draft, found before a file is written.
//!
//! Promises: a page that cannot be read stops no incident. Never reads a file.

use crate::import::subscribers::known_feature;
use crate::model::page::Page;

use crate::cli::arguments::New;
use crate::cli::exit::Failure;

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

//! What every configuration contains: the date of `Retry-After`, and the languages.

use crate::render::edition::LanguageEdition;
use crate::render::machine::journal::Scope;
use crate::render::machine::problem_details::{cause_in, expected};

/// What `Retry-After` says where no estimate is known, in seconds.
pub(super) const RETRY_AFTER_SECONDS: u32 = 120;

/// When to try again: the date of the estimate, as HTTP writes dates, or some seconds.
pub(super) fn retry_after(edition: &LanguageEdition<'_>, scope: Scope<'_>) -> String {
    let expected = cause_in(edition, scope).and_then(expected);
    match expected.filter(|moment| *moment > edition.snapshot.now) {
        Some(moment) => moment.format("%a, %d %b %Y %H:%M:%S GMT").to_string(),
        None => RETRY_AFTER_SECONDS.to_string(),
    }
}

/// The languages in folders of their own, `pt-BR` before `pt`, so that the first that fits is the nearest.
pub(super) fn translations<'a>(editions: &[LanguageEdition<'a>]) -> Vec<&'a str> {
    let mut tags: Vec<&str> = editions.iter().skip(1).map(|edition| edition.language.as_str()).collect();
    tags.sort_by_key(|tag| (std::cmp::Reverse(tag.len()), *tag));
    tags
}

//! A Worker that answers for a failing product at Cloudflare.
//!
//! Promises: it holds the page's address and languages, and fetches everything about incidents when it is needed; so
//! incidents do not change it.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde::Serialize;

use super::answer::RETRY_AFTER_SECONDS;
use crate::render::edition::LanguageEdition;
use crate::render::failure::heading;
use crate::render::file::{Error, File};
use crate::render::machine::problem_details::STATUSES;

/// What it does; what it knows is written below it.
const WORKER: &str = include_str!("worker.js");

/// A language with what it says where the status page cannot be reached either.
#[derive(Serialize)]
struct Language<'a> {
    tag: &'a str,
    folder: &'a str,
    plain: String,
}

/// Writes the Worker.
pub(super) fn worker(editions: &[LanguageEdition<'_>], first: &LanguageEdition<'_>) -> Result<File, Error> {
    let path = "errors/cloudflare-worker.js".to_owned();
    let mut languages: Vec<Language<'_>> = editions.iter().map(language).collect();
    // `pt-BR` before `pt`, so that the first that fits is the nearest.
    languages.sort_by_key(|language| (std::cmp::Reverse(language.tag.len()), language.tag));
    let mut text = WORKER.to_owned();
    let mut know = |name: &str, value: Result<String, serde_json::Error>| {
        let value = value.map_err(|source| Error::Json { file: path.clone(), source })?;
        let _ = writeln!(text, "const {name} = {value};");
        Ok(())
    };
    know("STATUS_PAGE", serde_json::to_string(&first.page.url))?;
    know("RETRY_AFTER_SECONDS", serde_json::to_string(&RETRY_AFTER_SECONDS))?;
    know("PHRASES", serde_json::to_string(&BTreeMap::from(STATUSES)))?;
    know("LANGUAGES", serde_json::to_string_pretty(&languages))?;
    Ok((path, text.into_bytes()))
}

fn language<'a>(edition: &'a LanguageEdition<'_>) -> Language<'a> {
    let plain =
        edition.words.sentences(&[heading(edition, "503"), edition.words.say("error.meanwhile_unknown")]);
    Language { tag: edition.language.as_str(), folder: &edition.folder, plain }
}

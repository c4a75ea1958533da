//! Reads the files of incidents, in several threads if there are many.
//!
//! Promises: the order of the result is the order of the names; the last good version is read only if the current one
//! cannot be used.

use std::collections::BTreeSet;
use std::num::NonZero;
use std::panic::resume_unwind;
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use crate::model::page::Page;
use crate::model::problem::Problem;

use super::incident::{Parsed, parse_incident};
use super::memory::{Facts, ParseCache};
use super::name::{self, Name, refused_name, wrong_language};
use super::ongoing;
use super::read_file::{Content, ReadFile};
use super::translation::{self, ParsedTranslation};
use super::walk::{self, ReadText, TextReader};

/// How many files one thread is worth starting for.
const FILES_PER_THREAD: usize = 64;

/// A name that every incident can have.
const OTHER_NAME: &str = "incidents/incident.md";

/// Where the files are and were.
#[derive(Clone, Copy)]
pub(super) struct Folders<'p> {
    pub(super) root: &'p Path,
    pub(super) last_good: Option<&'p Path>,
    /// The files that count as open with what can be read, if they have no last good version.
    pub(super) ongoing: &'p BTreeSet<String>,
}

/// Whether the text of a file can be used as it is.
pub fn is_readable(file: &str, text: &str, page: &Page) -> bool {
    match name::read(file, page) {
        Name::Translation { language, .. } => translation::parse(file, text, &language).translation.is_some(),
        Name::Main if file.ends_with(".md") => parse_incident(file, text).incident.is_some(),
        // It was good under another name.
        Name::Main | Name::WrongLanguage { .. } | Name::Refused => {
            parse_incident(OTHER_NAME, text).incident.is_some()
        }
    }
}

/// Reads the files, in several threads if there are many; the result is in the order of `files`. What `memory`
/// holds and is as it was is not parsed again; files written from `settled` on are looked into.
pub(super) fn read_files(
    folders: Folders<'_>,
    files: &[String],
    page: &Page,
    memory: &ParseCache,
    settled: SystemTime,
) -> Vec<(Option<Facts>, Arc<ReadFile>)> {
    let read = |texts: &mut TextReader<'_>, file: &String| {
        let facts = Facts::of(&folders.root.join(file), settled);
        let unchanged = memory.unchanged(file, facts);
        (facts, unchanged.unwrap_or_else(|| read_file(folders, texts, file, page, memory)))
    };
    in_shares(files, |share| {
        let mut texts = TextReader::below(folders.root);
        share.iter().map(|file| read(&mut texts, file)).collect()
    })
}

/// What `made` makes of each share of the items, in several threads if there are many; in the order of the items.
pub(super) fn in_shares<T: Sync, R: Send>(items: &[T], made: impl Fn(&[T]) -> Vec<R> + Sync) -> Vec<R> {
    let processors = std::thread::available_parallelism().map_or(1, NonZero::get);
    let threads = processors.min(items.len().div_ceil(FILES_PER_THREAD)).max(1);
    if threads == 1 {
        return made(items);
    }
    std::thread::scope(|scope| {
        let shares = items.chunks(items.len().div_ceil(threads));
        let made = &made;
        let workers: Vec<_> = shares.map(|share| scope.spawn(move || made(share))).collect();
        let joined =
            workers.into_iter().map(|worker| worker.join().unwrap_or_else(|panic| resume_unwind(panic)));
        joined.flatten().collect()
    })
}

fn read_file(
    folders: Folders<'_>,
    texts: &mut TextReader<'_>,
    file: &str,
    page: &Page,
    memory: &ParseCache,
) -> Arc<ReadFile> {
    let (content_of, problem): (Option<Name>, Option<Problem>) = match name::read(file, page) {
        name @ (Name::Main | Name::Translation { .. }) => (Some(name), None),
        Name::WrongLanguage { main, tag } => (None, Some(wrong_language(file, &main, &tag, page))),
        Name::Refused => (None, Some(refused_name(file))),
    };
    let ReadText { text, problem: unreadable } = texts.read(file);
    let readable = unreadable.is_none();
    if readable && let Some(read) = memory.of_text(file, &text) {
        return read;
    }
    let last_good = || {
        let read = folders.last_good.map(|folder| walk::read_text(folder, file))?;
        read.problem.is_none().then_some(read.text)
    };
    let content = match content_of {
        None => Content::Nothing,
        Some(Name::Translation { main, language }) => {
            let parse = |text: &str| translation::parse(file, text, &language);
            let current = if readable { parse(&text) } else { ParsedTranslation::default() };
            let fallen = if current.translation.is_none() { last_good() } else { None };
            let last_good = fallen.and_then(|text| parse(&text).translation).map(Box::new);
            Content::Translation { main, current: Box::new(current), last_good }
        }
        Some(_) => {
            let current = if readable { parse_incident(file, &text) } else { Parsed::default() };
            let fallen = if current.incident.is_none() { last_good() } else { None };
            let last_good = fallen.and_then(|text| parse_incident(file, &text).incident);
            let counts = current.incident.is_none() && last_good.is_none() && folders.ongoing.contains(file);
            let ongoing = if counts { ongoing::read(file, &text).map(Arc::new) } else { None };
            Content::Main { current: Box::new(current), last_good, ongoing }
        }
    };
    Arc::new(ReadFile { file: file.to_owned(), text: text.into(), problem: problem.or(unreadable), content })
}

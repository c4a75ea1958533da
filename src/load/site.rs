//! The whole folder of incidents as a site.
//!
//! Promises: one bad file never hides another; a file that cannot be used gives way to its last good version and
//! the problem is still told; no file vanishes without a problem. The result does not depend on the order in which
//! files are read, so it is the same with one thread and with many.

use std::num::NonZero;
use std::panic::resume_unwind;
use std::path::Path;

use crate::model::incident::Incident;
use crate::model::page::Page;
use crate::model::problem::{Level, Places, Problem};
use crate::model::site::Site;

use super::gathering::{Gathering, refused_name, wrong_language};
use super::incident::{Parsed, parse_incident};
use super::name::{self, Name};
use super::translation::{self, ParsedTranslation, Translation};
use super::walk::{self, ReadText};

/// How many files one thread is worth starting for.
const FILES_PER_THREAD: usize = 64;

/// Everything that `incidents/` holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loaded {
    /// The page with its incidents, newest start first, then by id.
    pub site: Site,
    /// All problems, in the order of the files.
    pub problems: Vec<Problem>,
    /// Where the facts of the incidents stand; of a file that its last good version stands in for, nothing.
    pub places: Places,
    /// Every file that was met, in the order of their names.
    pub sources: Vec<Source>,
}

/// One file as it is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Its path from the root, with `/` between folders.
    pub file: String,
    /// What it says; empty where it could not be read.
    pub text: String,
    /// Whether it can be used as it is: worth keeping as the last good version.
    pub good: bool,
}

/// Reads every incident below `root/incidents`. A file with an error is replaced by the file of the same path
/// below `last_good`, if that is given and can be used.
pub fn read_site(root: &Path, page: Page, last_good: Option<&Path>) -> Loaded {
    let walked = walk::walk(root);
    let files = read_files(Folders { root, last_good }, &walked.files, &page);
    let mut gathering = Gathering::new(walked.problems);
    for file in &files {
        gathering.take_main(file);
    }
    for file in &files {
        gathering.take_translation(file);
    }
    gathering.refuse_twins(|file| last_good.is_some_and(|folder| folder.join(file).is_file()));
    let (incidents, problems, places) = gathering.into_parts();
    let sources = files.into_iter().map(|file| file.into_source(&problems)).collect();
    Loaded { site: Site { page, incidents }, problems, places, sources }
}

/// Where the files are and were.
#[derive(Clone, Copy)]
struct Folders<'p> {
    root: &'p Path,
    last_good: Option<&'p Path>,
}

/// One file and what was made of it, without a look at the others.
pub(super) struct ReadFile {
    pub(super) file: String,
    text: String,
    /// Why it could not be read, or what its name gets wrong.
    pub(super) problem: Option<Problem>,
    pub(super) content: Content,
}

/// What a file is for. The last good version is only there where the current one cannot be used.
pub(super) enum Content {
    Main { current: Box<Parsed>, last_good: Option<Box<Incident>> },
    Translation { main: String, current: Box<ParsedTranslation>, last_good: Option<Translation> },
    Nothing,
}

impl ReadFile {
    fn into_source(self, problems: &[Problem]) -> Source {
        // Problems are sorted by their files, so those of one file stand together.
        let from = problems.partition_point(|problem| problem.file < self.file);
        let own = problems.iter().skip(from).take_while(|problem| problem.file == self.file);
        let good = own.into_iter().all(|problem| problem.level == Level::Warning);
        Source { good, file: self.file, text: self.text }
    }
}

/// Reads the files, in several threads where there are many; the result is in the order of `files`.
fn read_files(folders: Folders<'_>, files: &[String], page: &Page) -> Vec<ReadFile> {
    let read = |file: &String| read_file(folders, file, page);
    let processors = std::thread::available_parallelism().map_or(1, NonZero::get);
    let threads = processors.min(files.len().div_ceil(FILES_PER_THREAD)).max(1);
    if threads == 1 {
        return files.iter().map(read).collect();
    }
    std::thread::scope(|scope| {
        let shares = files.chunks(files.len().div_ceil(threads));
        let readers: Vec<_> =
            shares.map(|share| scope.spawn(move || share.iter().map(read).collect::<Vec<_>>())).collect();
        let joined =
            readers.into_iter().map(|reader| reader.join().unwrap_or_else(|panic| resume_unwind(panic)));
        joined.flatten().collect()
    })
}

fn read_file(folders: Folders<'_>, file: &str, page: &Page) -> ReadFile {
    let (content_of, problem): (Option<Name>, Option<Problem>) = match name::read(file, page) {
        name @ (Name::Main | Name::Translation { .. }) => (Some(name), None),
        Name::WrongLanguage { main, tag } => (None, Some(wrong_language(file, &main, &tag, page))),
        Name::Refused => (None, Some(refused_name(file))),
    };
    let ReadText { text, problem: unreadable } = walk::read_text(&folders.root.join(file), file);
    let readable = unreadable.is_none();
    let last_good = || {
        let read = folders.last_good.map(|folder| walk::read_text(&folder.join(file), file))?;
        read.problem.is_none().then_some(read.text)
    };
    let content = match content_of {
        None => Content::Nothing,
        Some(Name::Translation { main, language }) => {
            let parse = |text: &str| translation::parse(file, text, &language);
            let current = if readable { parse(&text) } else { ParsedTranslation::default() };
            let fallen = if current.translation.is_none() { last_good() } else { None };
            let last_good = fallen.and_then(|text| parse(&text).translation);
            Content::Translation { main, current: Box::new(current), last_good }
        }
        Some(_) => {
            let current = if readable { parse_incident(file, &text) } else { Parsed::default() };
            let fallen = if current.incident.is_none() { last_good() } else { None };
            let last_good = fallen.and_then(|text| parse_incident(file, &text).incident);
            Content::Main { current: Box::new(current), last_good: last_good.map(Box::new) }
        }
    };
    ReadFile { file: file.to_owned(), text, problem: problem.or(unreadable), content }
}

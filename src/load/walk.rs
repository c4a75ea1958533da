//! The files below `incidents/`, read within bounds.
//!
//! Promises: the same folder gives the same files in the same order on every machine; nothing outside the folder is
//! read, because links are not followed; no file fills the memory. Never writes.

use std::path::Path;

use crate::files::{self, Entry, Error, Folder, Kind, Reach};
use crate::located::{FILE_BYTES_MAX, Lines};
use crate::model::problem::{Problem, ProblemLevel};

/// The folder of incidents, below the site's root.
pub(super) const FOLDER: &str = "incidents";

/// How deep folders may be in each other.
const DEPTH_MAX: usize = 16;

/// The names of files to read, relative to the root with `/` between folders, sorted; and what else was met.
#[derive(Debug, Default)]
pub(super) struct Walked {
    pub(super) files: Vec<String>,
    /// What may hold an incident and is not read because of what it is: a link, a file under a name that is not read.
    pub(super) unreadable: Vec<String>,
    pub(super) problems: Vec<Problem>,
}

/// A file's text, or why it cannot be read. A text that is not a UTF-8 is repaired for showing.
#[derive(Debug)]
pub(super) struct ReadText {
    pub(super) text: String,
    pub(super) problem: Option<Problem>,
}

/// Walks the folder of incidents. Names that begin with a dot are left unchanged, as are files that are not
/// markdown, and one that a write left half done is named; a folder that is not there holds no incidents.
pub(super) fn walk(root: &Path) -> Walked {
    let mut walked = Walked::default();
    let reach = Reach { depth_max: DEPTH_MAX, skips_hidden: true };
    match files::walk(root, FOLDER, reach) {
        Ok(entries) => entries.into_iter().for_each(|entry| visit(entry, &mut walked)),
        Err(Error::Link) => walked.refuse(linked(FOLDER.to_owned())),
        Err(error) => walked.refuse(unreadable(FOLDER.to_owned(), &error.to_string())),
    }
    walked.files.sort();
    walked
}

impl Walked {
    fn refuse(&mut self, problem: Problem) {
        self.unreadable.push(problem.file.clone());
        self.problems.push(problem);
    }
}

/// Reads files below a folder. The folder of the last file stays open, because files of one folder follow each other.
pub(super) struct TextReader<'p> {
    root: &'p Path,
    last: Option<(String, Folder)>,
}

impl<'p> TextReader<'p> {
    pub(super) fn below(root: &'p Path) -> Self {
        Self { root, last: None }
    }

    /// Reads a file of at most [`FILE_BYTES_MAX`] bytes. `file` is its path, and its name in problems.
    pub(super) fn read(&mut self, file: &str) -> ReadText {
        as_text(file, self.bytes(file))
    }

    fn bytes(&mut self, file: &str) -> Result<Option<Vec<u8>>, Error> {
        let (parent, name) = file.rsplit_once('/').unwrap_or(("", file));
        let folder = match self.last.take().filter(|(path, _)| path == parent) {
            Some((_, folder)) => folder,
            None => match Folder::open(self.root)?.below(parent) {
                Err(error) if error.is_not_found() => return Ok(None),
                opened => opened?,
            },
        };
        let bytes = folder.read(name, FILE_BYTES_MAX as u64);
        self.last = Some((parent.to_owned(), folder));
        bytes
    }
}

/// Reads a single file as [`TextReader::read`] does.
pub(super) fn read_text(folder: &Path, file: &str) -> ReadText {
    TextReader::below(folder).read(file)
}

fn as_text(file: &str, read: Result<Option<Vec<u8>>, Error>) -> ReadText {
    let without_text = |problem| ReadText { text: String::new(), problem: Some(problem) };
    let bytes = match read {
        Ok(Some(bytes)) => bytes,
        Ok(None) => return without_text(unreadable(file.to_owned(), "it was deleted meanwhile")),
        Err(Error::TooLarge { .. }) => {
            let message = format!("the file is larger than {} KiB", FILE_BYTES_MAX / 1024);
            let hint = "shorten it, or continue in a new file";
            return without_text(problem(file.to_owned(), "file-too-large", message, hint));
        }
        Err(Error::Link) => return without_text(linked(file.to_owned())),
        Err(error) => return without_text(unreadable(file.to_owned(), &error.to_string())),
    };
    match String::from_utf8(bytes) {
        Ok(text) => ReadText { text, problem: None },
        Err(error) => {
            let valid = error.utf8_error().valid_up_to();
            let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
            let place = Lines::new(&text).place(valid..valid + '\u{fffd}'.len_utf8());
            let message = "this byte is not valid UTF-8".to_owned();
            let wrong = problem(file.to_owned(), "not-utf8", message, "save the file as UTF-8");
            ReadText { problem: Some(Problem { place: Some(place), ..wrong }), text }
        }
    }
}

/// Whether a regular file lies at the path below `folder`.
pub(super) fn has_file(folder: &Path, file: &str) -> bool {
    Folder::open(folder).is_ok_and(|folder| folder.has_file(file))
}

fn visit(entry: Entry, walked: &mut Walked) {
    let file = format!("{FOLDER}/{}", entry.path);
    let extension =
        Path::new(&entry.path).extension().map(|extension| extension.to_string_lossy().to_lowercase());
    let is_markdown = matches!(extension.as_deref(), Some("md" | "markdown"));
    match entry.kind {
        Kind::Link => walked.refuse(linked(file)),
        Kind::TooDeep => {
            let message = format!("folders are nested more than {DEPTH_MAX} levels deep");
            walked.refuse(problem(file, "bad-name", message, "move its files up"));
        }
        Kind::Unreadable(why) => walked.refuse(unreadable(file, &why)),
        Kind::Special if is_markdown => walked.refuse(unreadable(file, "it is not a regular file")),
        // A name that cannot be shown is refused for it when the file is read.
        Kind::File | Kind::BadName if file.ends_with(".md") => walked.files.push(file),
        Kind::File | Kind::BadName if is_markdown => {
            let message = "only names that end with `.md` are read".to_owned();
            walked.refuse(problem(file, "bad-name", message, "name it `….md`"));
        }
        Kind::Unfinished => walked.problems.push(Problem {
            level: ProblemLevel::Warning,
            ..problem(
                file,
                "left-over-file",
                "a write to this folder was interrupted and left this file; it is not read".to_owned(),
                "delete it",
            )
        }),
        Kind::File | Kind::BadName | Kind::Special | Kind::Private => {}
    }
}

fn linked(file: String) -> Problem {
    problem(file, "symlink", "links are not followed".to_owned(), "replace the link with the file")
}

fn unreadable(file: String, reason: &str) -> Problem {
    problem(
        file,
        "unreadable-file",
        format!("it cannot be read: {reason}"),
        "check that it exists, and its permissions",
    )
}

fn problem(file: String, rule: &'static str, message: String, hint: &str) -> Problem {
    Problem { file, place: None, level: ProblemLevel::Error, rule, message, hint: Some(hint.to_owned()) }
}

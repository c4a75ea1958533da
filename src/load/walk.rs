//! The files below `incidents/`, read within bounds.
//!
//! Promises: the same folder gives the same files in the same order on every machine; nothing outside the folder is
//! read, because links are not followed; no file fills the memory. Never writes.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use walkdir::{DirEntry, WalkDir};

use crate::located::{FILE_BYTES_MAX, Lines};
use crate::model::problem::{Level, Problem};

/// The folder of incidents, below the site's root.
pub(super) const FOLDER: &str = "incidents";

/// How deep folders may stand in each other.
const DEPTH_MAX: usize = 16;

/// The names of files to read, relative to the root with `/` between folders, sorted; and what else was met.
#[derive(Debug, Default)]
pub(super) struct Walked {
    pub(super) files: Vec<String>,
    pub(super) problems: Vec<Problem>,
}

/// A file's text, or why it cannot be read. A text that is no UTF-8 is repaired for showing.
#[derive(Debug)]
pub(super) struct ReadText {
    pub(super) text: String,
    pub(super) problem: Option<Problem>,
}

/// Walks the folder of incidents. Names that begin with a dot are left alone, as are files that are not
/// markdown; a folder that is not there holds no incidents.
pub(super) fn walk(root: &Path) -> Walked {
    let mut walked = Walked::default();
    let folder = root.join(FOLDER);
    if std::fs::symlink_metadata(&folder).is_ok_and(|metadata| metadata.is_symlink()) {
        walked.problems.push(linked(FOLDER.to_owned()));
        return walked;
    }
    if !folder.exists() {
        return walked;
    }
    let visible =
        |entry: &DirEntry| entry.depth() == 0 || !entry.file_name().as_encoded_bytes().starts_with(b".");
    let entries = WalkDir::new(&folder).max_depth(DEPTH_MAX);
    for entry in entries.into_iter().filter_entry(visible) {
        match entry {
            Ok(entry) => visit(root, &entry, &mut walked),
            Err(error) => {
                let file = error.path().map_or(FOLDER.to_owned(), |path| name_of(root, path));
                let reason = error.io_error().map_or("it cannot be walked".to_owned(), ToString::to_string);
                walked.problems.push(unreadable(file, &reason));
            }
        }
    }
    walked.files.sort();
    walked
}

/// Reads a file of at most [`FILE_BYTES_MAX`] bytes. `file` is its name in problems.
pub(super) fn read_text(path: &Path, file: &str) -> ReadText {
    let bytes = match read_bytes(path) {
        Ok(bytes) => bytes,
        Err(error) => {
            return ReadText {
                text: String::new(),
                problem: Some(unreadable(file.to_owned(), &error.to_string())),
            };
        }
    };
    if bytes.len() > FILE_BYTES_MAX {
        let message = format!("the file is larger than {} KiB", FILE_BYTES_MAX / 1024);
        let hint = "shorten it, or begin a new file for what follows";
        return ReadText {
            text: String::new(),
            problem: Some(problem(file.to_owned(), "file-too-large", message, hint)),
        };
    }
    match String::from_utf8(bytes) {
        Ok(text) => ReadText { text, problem: None },
        Err(error) => {
            let valid = error.utf8_error().valid_up_to();
            let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
            let place = Lines::new(&text).place(valid..valid + '\u{fffd}'.len_utf8());
            let message = "here stands a byte that is no UTF-8".to_owned();
            let wrong = problem(file.to_owned(), "not-utf8", message, "save the file as UTF-8");
            ReadText { problem: Some(Problem { place: Some(place), ..wrong }), text }
        }
    }
}

fn read_bytes(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(FILE_BYTES_MAX as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn visit(root: &Path, entry: &DirEntry, walked: &mut Walked) {
    let file = name_of(root, entry.path());
    let kind = entry.file_type();
    let extension =
        entry.path().extension().map(|extension| extension.to_string_lossy().to_ascii_lowercase());
    let is_markdown = matches!(extension.as_deref(), Some("md" | "markdown"));
    if kind.is_symlink() {
        walked.problems.push(linked(file));
    } else if kind.is_dir() && entry.depth() == DEPTH_MAX {
        let message = format!("folders stand more than {DEPTH_MAX} deep in each other");
        walked.problems.push(problem(file, "bad-name", message, "move its files up"));
    } else if is_markdown && !kind.is_dir() {
        if !kind.is_file() {
            walked.problems.push(unreadable(file, "it is no regular file"));
        } else if file.ends_with(".md") {
            walked.files.push(file);
        } else {
            let hint = "name it `….md`";
            walked.problems.push(problem(
                file,
                "bad-name",
                "only names that end with `.md` are read".into(),
                hint,
            ));
        }
    }
}

/// The path from the root with `/` between folders. A name that is no text keeps marks where it cannot be shown,
/// and is refused for them later.
fn name_of(root: &Path, path: &Path) -> String {
    let relative = path.strip_prefix(root).unwrap_or(path);
    let parts: Vec<_> = relative.components().map(|part| part.as_os_str().to_string_lossy()).collect();
    parts.join("/")
}

fn linked(file: String) -> Problem {
    problem(file, "symlink", "links are not followed".to_owned(), "put the file itself here")
}

fn unreadable(file: String, reason: &str) -> Problem {
    problem(
        file,
        "unreadable-file",
        format!("it cannot be read: {reason}"),
        "check that it exists and who may read it",
    )
}

fn problem(file: String, rule: &'static str, message: String, hint: &str) -> Problem {
    Problem { file, place: None, level: Level::Error, rule, message, hint: Some(hint.to_owned()) }
}

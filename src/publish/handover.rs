//! A program of the operator's takes the page to any other place.
//!
//! Promises: it gets the whole page in a folder that is its own while it runs, and on its standard input one JSON object
//! that says which build it is and what changed since it last ended well; where it fails, the next run tells it the same
//! changes again.

use std::collections::BTreeMap;
use std::fs;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::manifest::{FileFacts, Manifest};
use super::newer::Refusal;
use super::pointer::{self, POINTER_PATH, Pointer};
use super::record::{self, Record};
use super::send::{Parcel, Sent};
use super::store::{Error, failure};

/// A program that publishes.
#[derive(Clone, Debug)]
pub struct Handover {
    /// The program and its arguments.
    words: Vec<String>,
    /// Where it runs.
    root: PathBuf,
    /// Where it is remembered what it was last given.
    memory: PathBuf,
}

/// Why a build is not handed over.
#[derive(Debug, thiserror::Error)]
pub enum HandoverError {
    /// The folder for it cannot be written.
    #[error(transparent)]
    Store(#[from] Error),
    /// The program is not there.
    #[error("failed to run `{0}`: {1}")]
    NotRun(String, std::io::Error),
    /// It ended badly.
    #[error("`{0}` ended with {1}")]
    Failed(String, String),
    /// The live build may not be replaced by ours.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// What is remembered cannot be read.
    #[error(transparent)]
    Pointer(#[from] pointer::Unreadable),
    /// The same.
    #[error(transparent)]
    Record(#[from] record::Unreadable),
}

impl Handover {
    /// A program that runs in `root`; `memory` is a folder for what it was given.
    pub fn new(words: &[String], root: impl Into<PathBuf>, memory: impl Into<PathBuf>) -> Self {
        Self { words: words.to_vec(), root: root.into(), memory: memory.into() }
    }

    /// What was handed over last with success, from this folder.
    pub fn live(&self) -> Result<Option<Pointer>, HandoverError> {
        Ok(read(&self.memory.join("build.json"))?.map(|bytes| Pointer::from_json(&bytes)).transpose()?)
    }

    /// Which files of a build differ from those handed over last, and which are gone.
    pub fn survey(&self, parcel: &Parcel) -> Result<(Vec<String>, Vec<String>), HandoverError> {
        let bytes = read(&self.memory.join("files.json"))?;
        let before =
            bytes.map(|bytes| Record::from_json("files.json", &bytes)).transpose()?.unwrap_or_default();
        let before = before.manifest.files;
        let differs =
            |(path, bytes): &(&String, &bytes::Bytes)| before.get(*path) != Some(&FileFacts::of(bytes));
        let changed = parcel.files.iter().filter(differs).map(|(path, _)| path.clone()).collect();
        let removed = before.keys().filter(|path| !parcel.files.contains_key(*path)).cloned().collect();
        Ok((changed, removed))
    }

    /// Writes the page into a folder and runs the program.
    ///
    /// # Errors
    /// The live build may not be replaced, or the program fails.
    pub fn publish(
        &self,
        parcel: &Parcel,
        may_replace: &dyn Fn(&Pointer) -> Result<(), Refusal>,
    ) -> Result<Sent, HandoverError> {
        let live = self.live()?;
        if let Some(live) = &live {
            may_replace(live)?;
        }
        let (changed, removed) = self.survey(parcel)?;
        let pointer = Pointer::over(live.as_ref(), parcel.build.clone(), parcel.origin.clone());
        let same =
            live.as_ref().is_some_and(|live| live.build == parcel.build && live.origin == pointer.origin);
        if !same || !changed.is_empty() || !removed.is_empty() {
            let folder = tempfile::tempdir().map_err(|error| failure("write", "a folder for it", &error))?;
            for (path, bytes) in &parcel.files {
                write(&folder.path().join(path), bytes, path)?;
            }
            write(&folder.path().join(POINTER_PATH), pointer.to_json().as_bytes(), POINTER_PATH)?;
            self.run(folder.path(), parcel, &changed, &removed)?;
            self.remember(parcel, &pointer)?;
        }
        let written = changed.len();
        Ok(Sent {
            build: parcel.build.clone(),
            before: live.map(|live| live.build),
            written,
            kept: parcel.files.len() - written,
            deleted: removed.len(),
            waiting: 0,
            over_limit: 0,
            changed: changed.into_iter().chain(removed).collect(),
            conditions: None,
        })
    }

    fn run(
        &self,
        folder: &Path,
        parcel: &Parcel,
        changed: &[String],
        removed: &[String],
    ) -> Result<(), HandoverError> {
        let program = self.words.first().cloned().unwrap_or_default();
        let told = serde_json::json!({
            "folder": folder, "build": parcel.build.as_str(), "commit": parcel.origin.commit,
            "changed": changed, "removed": removed,
        });
        let mut command = Command::new(&program);
        command.args(self.words.iter().skip(1)).current_dir(&self.root).stdin(Stdio::piped());
        let not_run = |error| HandoverError::NotRun(program.clone(), error);
        let mut child = command.stdout(Stdio::null()).spawn().map_err(not_run)?;
        if let Some(mut stdin) = child.stdin.take() {
            // A program that does not care to read is none that failed.
            let _unread = stdin.write_all(format!("{told}\n").as_bytes());
        }
        let ended = child.wait().map_err(not_run)?;
        if ended.success() { Ok(()) } else { Err(HandoverError::Failed(program.clone(), ended.to_string())) }
    }

    fn remember(&self, parcel: &Parcel, pointer: &Pointer) -> Result<(), Error> {
        let files: BTreeMap<String, FileFacts> =
            parcel.files.iter().map(|(path, bytes)| (path.clone(), FileFacts::of(bytes))).collect();
        let record = Record { manifest: Manifest { files }, ..Record::default() };
        write(&self.memory.join("files.json"), &record.to_json(), "files.json")?;
        write(&self.memory.join("build.json"), pointer.to_json().as_bytes(), "build.json")
    }
}

fn read(path: &Path) -> Result<Option<Vec<u8>>, Error> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failure("read", &path.to_string_lossy(), &error)),
    }
}

fn write(place: &Path, bytes: &[u8], path: &str) -> Result<(), Error> {
    let parent = place.parent().unwrap_or(place);
    let written = fs::create_dir_all(parent).and_then(|()| fs::write(place, bytes));
    written.map_err(|error| failure("write", path, &error))
}

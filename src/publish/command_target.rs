//! Runs a program of the operator that uploads the page to any other place.
//!
//! Promises: the program gets the whole page in a folder of its own, and on its standard input one JSON object with the
//! build and what changed since its last success; after a failure, the next run lists the same changes again.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::process::{self, Ended, Limit};

use super::manifest::{FileFacts, Manifest};
use super::newer::NotNewer;
use super::pointer::{self, LiveBuild, POINTER_PATH};
use super::record::{self, BuildRecord};
use super::send::{Doubt, Sent, UploadJob};
use super::store::{Error, failure};
use crate::config::target::Program;

/// A program that publishes.
#[derive(Clone, Debug)]
pub struct CommandTarget {
    program: Program,
    /// The folder in which the program runs.
    root: PathBuf,
    /// The file that remembers what it was last given.
    memory: PathBuf,
    /// How long it may take.
    limit: Limit,
}

/// Why a build is not handed over.
#[derive(Debug, thiserror::Error)]
pub enum HandoverError {
    /// The folder for it cannot be written.
    #[error(transparent)]
    Store(#[from] Error),
    /// The program is not there, or did not finish.
    #[error("failed to run `{0}`: {1}")]
    NotRun(String, Ended),
    /// The program failed: its status and its last words.
    #[error("`{0}` exited with {1}")]
    Failed(String, String),
    /// The live build may not be replaced by ours.
    #[error(transparent)]
    Refused(#[from] NotNewer),
    /// What is remembered cannot be read.
    #[error(transparent)]
    Pointer(#[from] pointer::Unreadable),
    /// The program's answer cannot be read.
    #[error(transparent)]
    Record(#[from] record::Unreadable),
}

impl CommandTarget {
    /// A program that runs in `root`; `memory` is a folder for what it was given.
    pub fn new(
        program: &Program,
        root: impl Into<PathBuf>,
        memory: impl Into<PathBuf>,
        limit: Limit,
    ) -> Self {
        Self { program: program.clone(), root: root.into(), memory: memory.into(), limit }
    }

    /// What was handed over last with success, from this folder. Another host may have handed over something later.
    pub fn last(&self) -> Result<Option<LiveBuild>, HandoverError> {
        Ok(read(&self.memory.join("build.json"))?.map(|bytes| LiveBuild::from_json(&bytes)).transpose()?)
    }

    /// Which files of a build differ from those of the `live` one, and which are gone. Where another publisher handed that
    /// over, or the place is not believed to be as it was left, every file may differ.
    pub fn survey(
        &self,
        parcel: &UploadJob,
        live: Option<&LiveBuild>,
        doubt: Doubt,
    ) -> Result<(Vec<String>, Vec<String>), HandoverError> {
        let before = self.files()?;
        let is_ours = live.map(|live| &live.build) == self.last()?.map(|last| last.build).as_ref();
        let is_believed = is_ours && doubt != Doubt::Everything;
        let differs = |(path, bytes): &(&String, &bytes::Bytes)| {
            !is_believed || before.get(*path) != Some(&FileFacts::of(bytes))
        };
        let changed = parcel.files.iter().filter(differs).map(|(path, _)| path.clone()).collect();
        let removed = before.keys().filter(|path| !parcel.files.contains_key(*path)).cloned().collect();
        Ok((changed, removed))
    }

    fn files(&self) -> Result<BTreeMap<String, FileFacts>, HandoverError> {
        let bytes = read(&self.memory.join("files.json"))?;
        let record = bytes.map(|bytes| BuildRecord::from_json("files.json", &bytes)).transpose()?;
        Ok(record.unwrap_or_default().manifest.files)
    }

    /// Writes the page into a folder and runs the program. `live` is what readers get now.
    ///
    /// # Errors
    /// The live build may not be replaced, or the program fails.
    pub fn publish(
        &self,
        parcel: &UploadJob,
        live: Option<&LiveBuild>,
        doubt: Doubt,
        may_replace: &dyn Fn(&LiveBuild) -> Result<(), NotNewer>,
    ) -> Result<Sent, HandoverError> {
        if let Some(live) = live {
            may_replace(live)?;
        }
        let (changed, removed) = self.survey(parcel, live, doubt)?;
        let pointer = LiveBuild::over(live, parcel.build.clone(), parcel.origin.clone());
        let is_same = live.is_some_and(|live| {
            live.build == parcel.build
                && live.origin.commit == parcel.origin.commit
                && live.origin.rolled_back_from == parcel.origin.rolled_back_from
        });
        if !is_same || !changed.is_empty() || !removed.is_empty() {
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
            before: live.map(|live| live.build.clone()),
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
        parcel: &UploadJob,
        changed: &[String],
        removed: &[String],
    ) -> Result<(), HandoverError> {
        let program = self.program.run.first().cloned().unwrap_or_default();
        let told = serde_json::json!({
            "folder": folder, "build": parcel.build.as_str(), "commit": parcel.origin.commit,
            "changed": changed, "removed": removed,
        });
        let mut command = Command::new(&program);
        command.args(self.program.run.iter().skip(1)).current_dir(&self.root).stdout(Stdio::null());
        // What the plan keeps secret is none of its business.
        command.env_clear().envs(self.program.variables());
        let input = format!("{told}\n").into_bytes();
        let ended = process::run(&mut command, Some(input), &self.limit);
        let ended = ended.map_err(|ended| HandoverError::NotRun(program.clone(), ended))?.status;
        if ended.success() { Ok(()) } else { Err(HandoverError::Failed(program, ended.to_string())) }
    }

    fn remember(&self, parcel: &UploadJob, pointer: &LiveBuild) -> Result<(), Error> {
        let files: BTreeMap<String, FileFacts> =
            parcel.files.iter().map(|(path, bytes)| (path.clone(), FileFacts::of(bytes))).collect();
        let record = BuildRecord { manifest: Manifest { files }, ..BuildRecord::default() };
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

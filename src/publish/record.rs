//! The records at a target, next to the page: the files of each build, and who is publishing.
//!
//! Promises: what is written reads back equal; a file of another version, or that was not written by allclear, is an error
//! and never guessed at.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::manifest::{BuildId, FileFacts, Manifest};
use crate::files::is_inside;
use crate::model::Moment;
use crate::model::spelling::quoted;

/// Where the lock stands.
pub const LOCK_PATH: &str = "_allclear/lock.json";

const VERSION: u32 = 1;

/// Every file that a build put at the target, and what earlier builds left there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BuildRecord {
    /// The files.
    pub manifest: Manifest,
    /// Files of earlier builds that are still there, and since when no build names them, by the target's clock.
    pub retired: BTreeMap<String, Moment>,
    /// Files that are deleted once this build is live.
    pub due: Vec<String>,
    /// Files that its publisher set out to write, or may have written before it began again.
    pub written: Vec<String>,
}

/// Who is publishing, and whose publishing did not finish.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lock {
    /// Who holds it; a word of chance that is used once.
    pub holder: Option<String>,
    /// How often it was renewed, so that it is never the same twice.
    pub renewals: u64,
    /// The build that the holder is publishing.
    pub build: Option<BuildId>,
    /// Builds whose files may be at the target in part.
    pub unfinished: Vec<Unfinished>,
}

/// A build whose publishing did not finish.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unfinished {
    /// Whose files these are.
    pub build: BuildId,
    /// When its publisher was last heard of, by the target's clock.
    pub since: Moment,
}

/// Why one of our own files cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{path}` was not written by allclear: {why}")]
pub struct Unreadable {
    path: String,
    why: String,
}

/// Where the record of a build stands.
pub fn record_path(build: &BuildId) -> String {
    format!("_allclear/builds/{build}.json")
}

impl BuildRecord {
    /// As JSON, with a line for each file.
    pub fn to_json(&self) -> Vec<u8> {
        let files = self.manifest.files.iter();
        let files = files.map(|(path, facts)| (path.clone(), (facts.hash.clone(), facts.length))).collect();
        let retired = self.retired.iter().map(|(path, at)| (path.clone(), at.to_rfc3339())).collect();
        let (due, written) = (self.due.clone(), self.written.clone());
        let stored = StoredRecord { version: VERSION, files, retired, due, written };
        serde_json::to_vec(&stored).unwrap_or_default()
    }

    /// Reads what [`BuildRecord::to_json`] wrote; `path` is for the error.
    pub fn from_json(path: &str, bytes: &[u8]) -> Result<Self, Unreadable> {
        let stored: StoredRecord = parse(path, bytes)?;
        check_version(path, stored.version)?;
        let files = stored.files.into_iter();
        let files = files.map(|(path, (hash, length))| (path, FileFacts { hash, length })).collect();
        let retired: Result<_, Unreadable> =
            stored.retired.into_iter().map(|(file, at)| Ok((file, moment(path, &at)?))).collect();
        let record = Self {
            manifest: Manifest { files },
            retired: retired?,
            due: stored.due,
            written: stored.written,
        };
        // Anyone who can write at the target could otherwise have us delete and write next to it.
        if let Some(outside) = record.paths().find(|file| !is_inside(file)) {
            let why = format!("it names {}, which is not below the target", quoted(outside));
            return Err(unreadable(path, why));
        }
        Ok(record)
    }
}

impl BuildRecord {
    /// Every path that it names.
    fn paths(&self) -> impl Iterator<Item = &str> {
        let lists = self.due.iter().chain(&self.written);
        self.manifest.files.keys().chain(self.retired.keys()).chain(lists).map(String::as_str)
    }
}

impl Lock {
    /// The bytes that are written to the target.
    pub fn to_json(&self) -> Vec<u8> {
        let unfinished = |unfinished: &Unfinished| StoredUnfinished {
            build: unfinished.build.to_string(),
            since: unfinished.since.to_rfc3339(),
        };
        let stored = StoredLock {
            version: VERSION,
            holder: self.holder.clone(),
            renewals: self.renewals,
            build: self.build.as_ref().map(ToString::to_string),
            unfinished: self.unfinished.iter().map(unfinished).collect(),
        };
        serde_json::to_vec_pretty(&stored).unwrap_or_default()
    }

    /// Reads what [`Lock::to_json`] wrote.
    pub fn from_json(bytes: &[u8]) -> Result<Self, Unreadable> {
        let stored: StoredLock = parse(LOCK_PATH, bytes)?;
        check_version(LOCK_PATH, stored.version)?;
        let read = |unfinished: StoredUnfinished| {
            let since = moment(LOCK_PATH, &unfinished.since)?;
            Ok(Unfinished { build: build(&unfinished.build)?, since })
        };
        Ok(Self {
            holder: stored.holder,
            renewals: stored.renewals,
            build: stored.build.as_deref().map(build).transpose()?,
            unfinished: stored.unfinished.into_iter().map(read).collect::<Result<_, Unreadable>>()?,
        })
    }
}

#[derive(Serialize, Deserialize)]
struct StoredRecord {
    version: u32,
    files: BTreeMap<String, (String, u64)>,
    retired: BTreeMap<String, String>,
    due: Vec<String>,
    written: Vec<String>,
}

#[derive(Serialize, Deserialize)]
struct StoredLock {
    version: u32,
    holder: Option<String>,
    renewals: u64,
    build: Option<String>,
    unfinished: Vec<StoredUnfinished>,
}

#[derive(Serialize, Deserialize)]
struct StoredUnfinished {
    build: String,
    since: String,
}

fn parse<'a, T: Deserialize<'a>>(path: &str, bytes: &'a [u8]) -> Result<T, Unreadable> {
    serde_json::from_slice(bytes).map_err(|error| unreadable(path, error.to_string()))
}

fn check_version(path: &str, version: u32) -> Result<(), Unreadable> {
    let why = || format!("its version is {version}, not {VERSION}");
    if version == VERSION { Ok(()) } else { Err(unreadable(path, why())) }
}

fn moment(path: &str, text: &str) -> Result<Moment, Unreadable> {
    let moment = chrono::DateTime::parse_from_rfc3339(text).map(Into::into);
    moment.map_err(|_| unreadable(path, "a time in it is invalid".to_owned()))
}

fn build(text: &str) -> Result<BuildId, Unreadable> {
    BuildId::new(text).ok_or_else(|| unreadable(LOCK_PATH, "it names no build".to_owned()))
}

fn unreadable(path: &str, why: String) -> Unreadable {
    Unreadable { path: path.to_owned(), why }
}

#[cfg(test)]
mod tests {
    use super::{BuildRecord, Lock, Unfinished};
    use crate::model::Moment;
    use crate::publish::manifest::{BuildId, FileFacts, Manifest};

    #[test]
    fn what_is_written_reads_back() {
        let at = Moment::from_timestamp(1_700_000_000, 0).expect("a moment");
        let files = [("a/index.html".to_owned(), FileFacts::of(b"x"))].into();
        let record = BuildRecord {
            manifest: Manifest { files },
            retired: [("b".to_owned(), at)].into(),
            due: vec!["c".to_owned()],
            written: vec!["a/index.html".to_owned()],
        };
        assert_eq!(BuildRecord::from_json("r", &record.to_json()), Ok(record));
    }

    #[test]
    fn a_record_that_names_a_path_outside_the_target_is_refused() {
        let at = Moment::from_timestamp(1_700_000_000, 0).expect("a moment");
        for outside in ["../victim", "/etc/passwd", "a/../../b", "", "a//b", "a\\b"] {
            let file = || outside.to_owned();
            let manifest = Manifest { files: [(file(), FileFacts::of(b"x"))].into() };
            let records = [
                BuildRecord { manifest, ..BuildRecord::default() },
                BuildRecord { retired: [(file(), at)].into(), ..BuildRecord::default() },
                BuildRecord { due: vec![file()], ..BuildRecord::default() },
                BuildRecord { written: vec![file()], ..BuildRecord::default() },
            ];
            for record in records {
                let refused =
                    BuildRecord::from_json("r", &record.to_json()).map_err(|error| error.to_string());
                assert!(refused.is_err_and(|why| why.contains("not below the target")), "{outside}");
            }
        }
        let build = BuildId::new(&FileFacts::of(b"x").hash).expect("an id");
        let lock = Lock {
            holder: Some("h".to_owned()),
            renewals: 3,
            build: Some(build.clone()),
            unfinished: vec![Unfinished { build, since: at }],
        };
        assert_eq!(Lock::from_json(&lock.to_json()), Ok(lock));
        let said =
            BuildRecord::from_json("_allclear/builds/x.json", b"<html>").expect_err("no record").to_string();
        assert!(
            said.starts_with("`_allclear/builds/x.json` was not written by allclear: expected value"),
            "{said}"
        );
    }
}

//! The interface of a store of files (a folder or a bucket): list, read, write under a condition, delete.
//!
//! Promises: a write is complete or has no effect; if the store supports conditions, a write whose condition is not met
//! fails and changes nothing. [`crate::publish::probe`] tests whether it does.

mod folder;
mod object;

use std::collections::BTreeMap;
use std::future::Future;

use bytes::Bytes;

pub use folder::FolderStore;
pub(super) use folder::{failure, make_folder, same_each_time, sync_folder};
pub use object::{Bucket, OpenError};

use super::headers::Headers;
use crate::model::Moment;

/// A file as it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredFile {
    /// The file's content, whole.
    pub bytes: Bytes,
    /// What a conditional write has to match.
    pub version: Version,
    /// When it was written, by the place's own clock.
    pub modified: Moment,
}

/// A file as a place lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// How many bytes it has.
    pub length: u64,
    /// The SHA-256 of its bytes in hexadecimal, where the place gives it.
    pub hash: Option<String>,
}

/// What a place calls a version of a file. Two versions of one name may hold the same bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Version {
    /// The entity tag, as HTTP has it.
    pub tag: Option<String>,
    /// A number next to it, at places that have one.
    pub number: Option<String>,
}

impl Version {
    /// A version that no file ever has.
    pub fn of_nothing() -> Self {
        Self { tag: Some(format!("\"{}\"", "0".repeat(32))), number: Some("1".to_owned()) }
    }
}

/// What must hold for a write to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// No condition: the write always takes place.
    Any,
    /// There is no such file.
    Absent,
    /// The file is of that version.
    Is(Version),
}

impl Condition {
    /// That a file is as it was found.
    pub fn still(found: Option<&StoredFile>) -> Self {
        found.map_or(Self::Absent, |found| Self::Is(found.version.clone()))
    }
}

/// Why a place did not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("failed to {verb} `{path}`: {why}")]
pub struct Error {
    /// What it was asked: `read`, `list`, `write` or `delete`.
    pub verb: &'static str,
    /// The file's path in the store.
    pub path: String,
    /// What kind of failure it is.
    pub kind: StoreFault,
    /// What the place said.
    pub why: String,
}

/// The kinds of failure, as far as they report what to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreFault {
    /// The condition of a write does not hold, or nobody can say.
    Conflict,
    /// The account may not do it, or is not known.
    Denied,
    /// Our clock is wrong.
    Clock,
    /// There is no such bucket, container or folder.
    NoPlace,
    /// There is no room.
    Full,
    /// There was no answer.
    Unreachable,
    /// Any other failure.
    Other,
}

impl StoreFault {
    /// What to do about it.
    pub fn hint(self) -> &'static str {
        match self {
            Self::Conflict => "another publisher changed it meanwhile; publish again",
            Self::Denied => {
                "check that this account may write there; for a bucket, check that the keys are correct and not expired"
            }
            Self::Clock => {
                "correct this machine's clock: the storage service rejects requests with a wrong time"
            }
            Self::NoPlace => {
                "check the target in site/page.toml (for a bucket, also its region), or create the bucket or \
                 folder"
            }
            Self::Full => "free some space, then publish again",
            Self::Unreachable => "check the network and the target's address, then publish again",
            Self::Other => "publish again; files that were already uploaded are skipped",
        }
    }
}

/// A place that keeps files.
pub trait Store: Sync {
    /// Reads a file; `None` if there is none.
    fn read(&self, path: &str) -> impl Future<Output = Result<Option<StoredFile>, Error>> + Send;

    /// Writes a file if the condition holds, and says which version it has now. A condition that does not hold is
    /// [`StoreFault::Conflict`]; after an answer that was lost it may be our own write that is in the way.
    fn write(
        &self,
        path: &str,
        bytes: Bytes,
        headers: Headers,
        condition: &Condition,
    ) -> impl Future<Output = Result<Version, Error>> + Send;

    /// Every file below the target, by its path. Nothing is listed if there is no such folder yet.
    fn list(&self) -> impl Future<Output = Result<BTreeMap<String, Listed>, Error>> + Send;

    /// Deletes a file; one that is not there is deleted.
    fn delete(&self, path: &str) -> impl Future<Output = Result<(), Error>> + Send;
}

/// What a place keeps of what it was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConditionalWrites {
    /// Both conditions hold: two publishers cannot harm each other.
    Kept,
    /// Only [`Condition::Absent`] holds: enough for a lock.
    OnlyAbsent,
    /// None: one publisher at a time, and that is the operator's business.
    Ignored,
}

/// Where the file to try conditions on stands.
const PROBE_PATH: &str = "_allclear/probe.json";

/// Determines which conditions a place keeps, by writes of a file that is there for nothing else.
///
/// # Errors
/// The place cannot be written to at all.
pub async fn probe(store: &impl Store) -> Result<ConditionalWrites, Error> {
    let text = || Bytes::from_static(b"{\"probe\": true}\n");
    let headers = Headers::of(PROBE_PATH);
    let kept = |result: Result<Version, Error>| match result {
        Ok(_) => Ok(false),
        Err(error) if error.kind == StoreFault::Conflict => Ok(true),
        Err(error) => Err(error),
    };
    // The first write finds the file there, unless it is the first ever; then the second does.
    let first = kept(store.write(PROBE_PATH, text(), headers, &Condition::Absent).await)?;
    let absent = first || kept(store.write(PROBE_PATH, text(), headers, &Condition::Absent).await)?;
    if !absent {
        return Ok(ConditionalWrites::Ignored);
    }
    let nothing = Condition::Is(Version::of_nothing());
    let is = kept(store.write(PROBE_PATH, text(), headers, &nothing).await)?;
    Ok(if is { ConditionalWrites::Kept } else { ConditionalWrites::OnlyAbsent })
}

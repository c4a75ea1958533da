//! The pointer: one small public file that names the live build.
//!
//! Promises: what is written reads back equal; a pointer of another version, or that was not written by allclear, is an error and
//! never taken for absent. Never reads or writes a target itself.

use serde::{Deserialize, Serialize};

use super::manifest::BuildId;
use crate::model::Moment;

/// Where the pointer stands, from the page's root.
pub const POINTER_PATH: &str = "_allclear/build.json";

/// Maximum number of earlier builds that are remembered.
pub const PAST_MAX: usize = 20;

const VERSION: u32 = 1;

/// What the pointer says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveBuild {
    /// The build that is live once the pointer can be read.
    pub build: BuildId,
    /// The build that was live before.
    pub parent: Option<BuildId>,
    /// What the build was made from.
    pub origin: BuildSource,
    /// The builds that were live before, newest first, [`PAST_MAX`] at most.
    pub past: Vec<PreviousBuild>,
}

/// What a build was made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuildSource {
    /// The commit whose files were rendered; `None` outside of git.
    pub commit: Option<String>,
    /// Whether files differed from the commit's.
    pub changed: bool,
    /// For a rollback: the commit it was taken back from. Builds are newer when they descend from that one.
    pub rolled_back_from: Option<String>,
    /// For a rollback: who did it, and when.
    pub taken_back: Option<TakenBack>,
    /// The moment the build was rendered for.
    pub time: Moment,
    /// A hash over what is announced, which the clock does not change.
    pub site: String,
}

/// Who took a page back to an earlier build, and when. Everyone can read it, as the rest of the pointer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TakenBack {
    /// The name that this person gave, or has on the machine.
    pub by: String,
    /// The time of the rollback.
    pub at: Moment,
}

impl BuildSource {
    /// The commit that decides what is newer.
    pub fn effective_commit(&self) -> Option<&str> {
        self.rolled_back_from.as_deref().or(self.commit.as_deref())
    }
}

/// A build that was live.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PreviousBuild {
    /// By which a rollback names it.
    pub build: BuildId,
    /// The commit it was rendered from.
    pub commit: Option<String>,
    /// Whether files differed from the commit's; `None` in records of earlier versions.
    pub changed: Option<bool>,
    /// The moment it was rendered for.
    pub time: Moment,
}

/// Why a pointer cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{POINTER_PATH} was not written by allclear: {0}")]
pub struct Unreadable(String);

impl LiveBuild {
    /// The pointer of a build that replaces `before`.
    pub fn over(before: Option<&Self>, build: BuildId, origin: BuildSource) -> Self {
        let parent = before.map(|before| before.build.clone());
        let last = before.map(Self::as_past);
        let earlier = before.into_iter().flat_map(|before| before.past.iter().cloned());
        let past =
            last.into_iter().chain(earlier).filter(|past| past.build != build).take(PAST_MAX).collect();
        Self { build, parent, origin, past }
    }

    /// What is kept of the live build once a newer one replaces it.
    pub fn as_past(&self) -> PreviousBuild {
        PreviousBuild {
            build: self.build.clone(),
            commit: self.origin.commit.clone(),
            changed: Some(self.origin.changed),
            time: self.origin.time,
        }
    }

    /// As JSON, with a line for each thing.
    pub fn to_json(&self) -> String {
        let stored = Stored {
            version: VERSION,
            build: self.build.to_string(),
            parent: self.parent.as_ref().map(ToString::to_string),
            commit: self.origin.commit.clone(),
            changed: self.origin.changed,
            rolled_back_from: self.origin.rolled_back_from.clone(),
            taken_back_by: self.origin.taken_back.as_ref().map(|back| back.by.clone()),
            taken_back_at: self.origin.taken_back.as_ref().map(|back| back.at.to_rfc3339()),
            time: self.origin.time.to_rfc3339(),
            site: self.origin.site.clone(),
            past: self.past.iter().map(StoredPast::of).collect(),
        };
        serde_json::to_string_pretty(&stored).map(|text| text + "\n").unwrap_or_default()
    }

    /// Reads what [`LiveBuild::to_json`] wrote.
    pub fn from_json(bytes: &[u8]) -> Result<Self, Unreadable> {
        let stored: Stored = serde_json::from_slice(bytes).map_err(|error| Unreadable(error.to_string()))?;
        if stored.version != VERSION {
            return Err(Unreadable(format!("its version is {}, not {VERSION}", stored.version)));
        }
        let at = stored.taken_back_at.as_deref().map(moment).transpose()?;
        let taken_back = stored.taken_back_by.zip(at).map(|(by, at)| TakenBack { by, at });
        let origin = BuildSource {
            commit: stored.commit,
            changed: stored.changed,
            rolled_back_from: stored.rolled_back_from,
            taken_back,
            time: moment(&stored.time)?,
            site: stored.site,
        };
        let past: Result<Vec<PreviousBuild>, Unreadable> =
            stored.past.into_iter().map(StoredPast::read).collect();
        let parent = stored.parent.as_deref().map(id).transpose()?;
        Ok(Self { build: id(&stored.build)?, parent, origin, past: past? })
    }
}

#[derive(Serialize, Deserialize)]
struct Stored {
    version: u32,
    build: String,
    parent: Option<String>,
    commit: Option<String>,
    changed: bool,
    rolled_back_from: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    taken_back_by: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    taken_back_at: Option<String>,
    time: String,
    site: String,
    past: Vec<StoredPast>,
}

#[derive(Serialize, Deserialize)]
struct StoredPast {
    build: String,
    commit: Option<String>,
    #[serde(default)]
    changed: Option<bool>,
    time: String,
}

impl StoredPast {
    fn of(past: &PreviousBuild) -> Self {
        Self {
            build: past.build.to_string(),
            commit: past.commit.clone(),
            changed: past.changed,
            time: past.time.to_rfc3339(),
        }
    }

    fn read(self) -> Result<PreviousBuild, Unreadable> {
        Ok(PreviousBuild {
            build: id(&self.build)?,
            commit: self.commit,
            changed: self.changed,
            time: moment(&self.time)?,
        })
    }
}

fn id(text: &str) -> Result<BuildId, Unreadable> {
    BuildId::new(text).ok_or_else(|| Unreadable("it names no build".to_owned()))
}

fn moment(text: &str) -> Result<Moment, Unreadable> {
    let moment = chrono::DateTime::parse_from_rfc3339(text).map(Into::into);
    moment.map_err(|_| Unreadable("it has no time".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::{BuildSource, LiveBuild, PAST_MAX};
    use crate::model::Moment;
    use crate::publish::manifest::{BuildId, FileFacts};

    fn build(number: usize) -> BuildId {
        BuildId::new(&FileFacts::of(&number.to_be_bytes()).hash).expect("an id")
    }

    fn origin(commit: &str) -> BuildSource {
        BuildSource {
            commit: Some(commit.to_owned()),
            changed: false,
            rolled_back_from: None,
            taken_back: None,
            time: Moment::from_timestamp(1_700_000_000, 0).expect("a moment"),
            site: "s".to_owned(),
        }
    }

    #[test]
    fn it_remembers_what_was_live_before_and_reads_back() {
        let mut pointer = LiveBuild::over(None, build(0), origin("c0"));
        for number in 1..30 {
            pointer = LiveBuild::over(Some(&pointer), build(number), origin(&format!("c{number}")));
        }
        assert_eq!(pointer.past.len(), PAST_MAX);
        assert_eq!(pointer.past.first().map(|past| past.build.clone()), Some(build(28)));
        assert_eq!(pointer.parent, Some(build(28)));
        assert_eq!(LiveBuild::from_json(pointer.to_json().as_bytes()), Ok(pointer.clone()));
        let back = LiveBuild::over(Some(&pointer), build(27), origin("c27"));
        assert!(back.past.iter().all(|past| past.build != build(27)), "a build is live or past");
    }

    #[test]
    fn what_is_no_pointer_is_said() {
        for bytes in ["", "{}", "<html>", "[1]"] {
            let said = LiveBuild::from_json(bytes.as_bytes()).expect_err(bytes).to_string();
            assert!(said.starts_with("_allclear/build.json was not written by allclear: "), "{said}");
        }
        let newer = LiveBuild::over(None, build(0), origin("c"))
            .to_json()
            .replace("\"version\": 1", "\"version\": 2");
        assert!(
            LiveBuild::from_json(newer.as_bytes())
                .expect_err("newer")
                .to_string()
                .ends_with("version is 2, not 1")
        );
    }
}

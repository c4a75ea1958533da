//! Control as git refs at the remote `origin`: one of each incident, changed by compare-and-swap.
//!
//! Promises: of several who push from the same record, one succeeds, and the others know that they did not. A ref is a line of
//! commits, one for each record, so `git log` shows who had control. Never touches a branch, the index or the files.

use std::collections::BTreeMap;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::path::Path;
use std::time::Duration;

use crate::model::control::ControlChange;
use crate::model::hash::derive;
use crate::model::incident::IncidentId;
use crate::workspace::git::{Git, GitError};

const REMOTE: &str = "origin";
const FOLDER: &str = "refs/allclear/control";
const FILE: &str = "control.json";

/// How long the remote has for each question: someone waits for the answer.
const LIMIT: Duration = Duration::from_secs(20);

/// That the remote cannot be asked, and why.
#[derive(Debug, thiserror::Error)]
#[error("the remote `origin` cannot be asked who controls the incident ({0})")]
pub(crate) struct RemoteError(pub(crate) String);

impl From<GitError> for RemoteError {
    fn from(error: GitError) -> Self {
        Self(error.to_string())
    }
}

/// The refs of a repository's remote.
#[derive(Clone, Debug)]
pub(crate) struct ControlRefs {
    git: Git,
    /// The commit that each record was read from.
    read: BTreeMap<IncidentId, Option<String>>,
}

impl ControlRefs {
    /// Those of the repository that the folder is in.
    pub(crate) fn of(folder: &Path) -> Self {
        Self { git: Git::at(folder).with_limit(LIMIT), read: BTreeMap::new() }
    }

    /// Reads the record of an incident at the remote.
    pub(crate) fn read(&mut self, incident: &IncidentId) -> Result<Option<String>, RemoteError> {
        let commit = self.at_remote(incident)?;
        let record = match &commit {
            Some(commit) => Some(self.record(incident, commit)?),
            None => None,
        };
        self.read.insert(incident.clone(), commit);
        Ok(record)
    }

    /// Replaces the record, if it is still the one that was read; `false` if it is not.
    pub(crate) fn write(&mut self, change: &ControlChange) -> Result<bool, RemoteError> {
        let ControlChange { incident, after, .. } = change;
        let before = self.read.get(incident).cloned().flatten();
        let commit = self.commit(incident, before.as_deref(), after)?;
        let name = name(incident);
        let lease = format!("--force-with-lease={name}:{}", before.as_deref().unwrap_or_default());
        let refspec = format!("{commit}:{name}");
        let pushed = self.git.run(&["push", "--quiet", "--no-verify", &lease, REMOTE, &refspec]);
        // A push that failed may have arrived, and one that was refused lost against another: the remote knows.
        let is_ours = match pushed {
            Ok(_) => true,
            Err(error) => match self.at_remote(incident)? {
                Some(other) if other == commit => true,
                other if other == before => return Err(error.into()),
                _ => false,
            },
        };
        if is_ours {
            self.read.insert(incident.clone(), Some(commit));
        }
        Ok(is_ours)
    }

    fn at_remote(&self, incident: &IncidentId) -> Result<Option<String>, RemoteError> {
        let said = self.git.run(&["ls-remote", "--refs", REMOTE, &name(incident)])?;
        Ok(said.split_whitespace().next().map(str::to_owned))
    }

    /// The record of a commit, which is fetched unless it is here.
    fn record(&self, incident: &IncidentId, commit: &str) -> Result<String, RemoteError> {
        let file = format!("{commit}:{FILE}");
        let read = || self.git.run(&["cat-file", "blob", &file]);
        if let Ok(record) = read() {
            return Ok(record);
        }
        let fetch = ["fetch", "--quiet", "--no-tags", "--no-write-fetch-head", REMOTE, &name(incident)];
        self.git.run(&fetch)?;
        // Someone may have replaced the ref in between, and its line then has the commit too.
        Ok(read()?)
    }

    /// Makes the commit of a record, after the one that it replaces.
    fn commit(
        &self,
        incident: &IncidentId,
        before: Option<&str>,
        record: &str,
    ) -> Result<String, RemoteError> {
        let blob = self.git.run_with(&["hash-object", "-w", "--stdin"], record)?;
        let tree = self.git.run_with(&["mktree"], &format!("100644 blob {blob}\t{FILE}\n"))?;
        // Two commits of one second that say the same would be one commit, and both would have won.
        let words = format!("control of {incident}\n\n{:016x}", RandomState::new().build_hasher().finish());
        let who =
            ["-c", "user.name=allclear", "-c", "user.email=allclear@localhost", "-c", "commit.gpgSign=false"];
        let mut arguments = vec!["commit-tree", &tree, "-m", &words];
        arguments.extend(before.iter().flat_map(|before| ["-p", before]));
        Ok(self.git.run(&[&who[..], &arguments].concat())?)
    }
}

/// The ref of an incident. Hashed, because not every ID can be the name of a ref.
fn name(incident: &IncidentId) -> String {
    format!("{FOLDER}/{}", derive("control", &[incident.as_str()]))
}

//! Pulling a branch: forward only, and with `--signers` only to a commit that a trusted person has signed.
//!
//! Promises: never merges, resets or rebases; a rewritten history, a tip that is unsigned or signed by a stranger, and
//! conflicting local changes are refused, and the files stay as they are. Settings are options, not keys of a file, because
//! a pulled commit must not decide whom to trust.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::cli::exit::Failure;
use crate::workspace::git::{Git, GitError};
use crate::workspace::state::FOLDER as STATE;

/// Where a fetched commit is kept until it is known to be good; no branch of anyone's.
const INCOMING: &str = "refs/allclear/incoming";

/// A branch of a remote to follow.
#[derive(Debug)]
pub(super) struct Branch {
    git: Git,
    remote: String,
    branch: String,
    /// Whose signatures count; everyone's if nobody is named.
    signers: Option<PathBuf>,
}

/// What a pull came to.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Pulled {
    /// The commit the files are at now.
    pub(super) commit: String,
    /// How many commits came.
    pub(super) commits: usize,
}

impl Branch {
    /// A branch by its name as git writes it: `origin/main`.
    pub(super) fn new(folder: &Path, name: &str, signers: Option<&Path>) -> Result<Self, Failure> {
        let Some((remote, branch)) = name.split_once('/').filter(|(remote, _)| !remote.starts_with('-'))
        else {
            return Err(Failure::Usage(format!(
                "--pull {name}: write the remote and the branch, for example origin/main"
            )));
        };
        let absolute = |path: &Path| {
            std::path::absolute(path).ok().filter(|path| path.is_file()).ok_or_else(|| {
                Failure::Usage(format!("--signers {}: the file does not exist", path.display()))
            })
        };
        Ok(Self {
            git: Git::at(folder),
            remote: remote.to_owned(),
            branch: branch.to_owned(),
            signers: signers.map(absolute).transpose()?,
        })
    }

    /// Fetches the branch and says whether it has anything new that may be taken.
    pub(super) fn fetch(
        &self,
        stopped: Arc<dyn Fn() -> bool + Send + Sync>,
    ) -> Result<Option<Pulled>, Failure> {
        self.is_checked_out()?;
        let refspec = format!("+refs/heads/{}:{INCOMING}", self.branch);
        let fetch = ["fetch", "--quiet", "--no-tags", "--no-recurse-submodules", &self.remote, &refspec];
        self.git.run_until(&fetch, stopped)?;
        let here = self.git.run(&["rev-parse", "HEAD"])?;
        let there = self.git.run(&["rev-parse", INCOMING])?;
        if here == there {
            return Ok(None);
        }
        if !self.descends(&here, &there)? {
            return Err(self.rewritten(&here));
        }
        self.verify(&there)?;
        self.refuse_state(&here, &there)?;
        let commits = self.git.run(&["rev-list", "--count", &format!("{here}..{there}")])?;
        Ok(Some(Pulled { commit: there, commits: commits.parse().unwrap_or(1) }))
    }

    /// Moves the files forward to a commit that was fetched.
    pub(super) fn forward(&self, pulled: &Pulled) -> Result<(), Failure> {
        let merge = ["merge", "--ff-only", "--quiet", &pulled.commit];
        match self.git.run(&merge) {
            Ok(_) => Ok(()),
            Err(GitError::Refused { said, .. }) => Err(Failure::Refused {
                why: format!("cannot fast-forward to {}: {said}", self.name()),
                hint: "this folder has local changes: commit them elsewhere and remove them here".to_owned(),
            }),
            Err(error) => Err(error.into()),
        }
    }

    fn name(&self) -> String {
        format!("{}/{}", self.remote, self.branch)
    }

    /// Another branch is someone's work, and not to be moved. A clone without a branch is nobody's.
    fn is_checked_out(&self) -> Result<(), Failure> {
        match self.git.run(&["symbolic-ref", "--quiet", "--short", "HEAD"]) {
            Ok(current) if current != self.branch => Err(Failure::Refused {
                why: format!("this folder is on the branch `{current}`, but --pull names `{}`", self.branch),
                hint: format!(
                    "run `git switch {}` in this folder, or name its branch with --pull",
                    self.branch
                ),
            }),
            Ok(_) | Err(GitError::Refused { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    fn descends(&self, older: &str, newer: &str) -> Result<bool, Failure> {
        // It answers by its exit code alone; that both commits are there is known.
        match self.git.run(&["merge-base", "--is-ancestor", older, newer]) {
            Ok(_) => Ok(true),
            Err(GitError::Refused { .. }) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    fn rewritten(&self, here: &str) -> Failure {
        Failure::Refused {
            why: format!(
                "{} does not contain commit {} of this folder: the branch was force-pushed, \
                 or there are local commits",
                self.name(),
                short(here)
            ),
            hint: format!(
                "nothing is pulled until it does; if the rewrite is intended, run `git fetch` and `git reset \
                 --hard {}` in this folder, and then `allclear publish --force`, because no target knows that \
                 history either",
                self.name()
            ),
        }
    }

    /// A commit must not put a ledger of its own into the place of the live one.
    fn refuse_state(&self, here: &str, there: &str) -> Result<(), Failure> {
        let changed = self.git.run(&["diff", "--name-only", "--no-renames", here, there, "--", STATE])?;
        match changed.lines().next() {
            None => Ok(()),
            Some(file) => Err(Failure::Refused {
                why: format!(
                    "{} would overwrite allclear's own state: its commits contain {file}",
                    self.name()
                ),
                hint: format!("remove `{STATE}` from the repository; until then nothing is pulled"),
            }),
        }
    }

    /// A signed tip vouches for what it is on. Only signatures by SSH keys count: whom a ring of other keys trusts is not
    /// in the file.
    fn verify(&self, commit: &str) -> Result<(), Failure> {
        let Some(signers) = &self.signers else { return Ok(()) };
        let allowed = format!("gpg.ssh.allowedSignersFile={}", signers.display());
        let mut command = vec!["-c", &allowed, "-c", "gpg.ssh.program=ssh-keygen"];
        for other in ["gpg.program=false", "gpg.openpgp.program=false", "gpg.x509.program=false"] {
            command.extend(["-c", other]);
        }
        command.extend(["verify-commit", commit]);
        match self.git.run(&command) {
            Ok(_) => Ok(()),
            Err(GitError::Refused { .. }) => Err(Failure::Refused {
                why: format!(
                    "commit {} of {} is not signed by a key in {}",
                    short(commit),
                    self.name(),
                    signers.display()
                ),
                hint: "nothing is pulled until the last commit of the branch is signed by one of them"
                    .to_owned(),
            }),
            Err(error) => Err(error.into()),
        }
    }
}

/// A commit as people write it.
pub(super) fn short(commit: &str) -> &str {
    commit.get(..12).unwrap_or(commit)
}

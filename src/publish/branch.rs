//! A branch of a git repository that holds the page and nothing else, for the pages of a git host.
//!
//! Promises: anyone who asks the git host sees exactly one build, never a mix of two, because a push is taken
//! whole or not at all; the branch only grows, so a push that another was faster than is refused by the
//! remote and tried again over the new end; the operator's working tree, index and branches are never
//! touched. Runs the `git` that is installed, with the operator's own access to the remote, and never asks a
//! question.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use super::newer::Refusal;
use super::pointer::{self, POINTER_PATH, Pointer};
use super::send::{Parcel, Sent};

/// How often a push is tried over a branch that has moved.
const TRIES_MAX: usize = 5;

/// A branch.
#[derive(Clone, Debug)]
pub struct BranchTarget {
    root: PathBuf,
    remote: String,
    branch: String,
}

/// Why a build is not live.
#[derive(Debug, thiserror::Error)]
pub enum BranchError {
    /// `git` is not installed.
    #[error("failed to run git: {0}")]
    NoGit(#[from] std::io::Error),
    /// Git did not do what it was asked.
    #[error("failed to {doing}: git said: {said}")]
    Git {
        /// What was to be done.
        doing: &'static str,
        /// Git's words.
        said: String,
    },
    /// Others push all the time.
    #[error("failed to push: the branch moved {TRIES_MAX} times while we tried")]
    Moving,
    /// The live build may not be replaced by ours.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The live pointer cannot be read.
    #[error(transparent)]
    Pointer(#[from] pointer::Unreadable),
}

/// The end of the branch as the remote has it.
struct End {
    commit: String,
    live: Option<Pointer>,
}

impl BranchTarget {
    /// The branch at a remote of the repository that `root` is in, or at an address.
    pub fn new(root: impl Into<PathBuf>, remote: &str, branch: &str) -> Self {
        Self { root: root.into(), remote: remote.to_owned(), branch: branch.to_owned() }
    }

    /// What the live build says about itself.
    pub fn live(&self) -> Result<Option<Pointer>, BranchError> {
        Ok(self.end()?.and_then(|end| end.live))
    }

    /// Commits the build on top of the branch and pushes it.
    ///
    /// # Errors
    /// The live build may not be replaced, or git or the remote refuses. The branch stays as it was then.
    pub fn publish(
        &self,
        parcel: &Parcel,
        may_replace: &dyn Fn(&Pointer) -> Result<(), Refusal>,
        pass: &dyn Fn(&'static str),
    ) -> Result<Sent, BranchError> {
        for _ in 0..TRIES_MAX {
            let end = self.end()?;
            let live = end.as_ref().and_then(|end| end.live.as_ref());
            if let Some(live) = live {
                may_replace(live)?;
                if live.build == parcel.build && live.origin.commit == parcel.origin.commit {
                    return Ok(sent(parcel, Some(live), Vec::new()));
                }
            }
            let pointer = Pointer::over(live, parcel.build.clone(), parcel.origin.clone());
            let tree = self.write_tree(parcel, &pointer)?;
            let commit = self.commit(&tree, end.as_ref(), parcel)?;
            let changed = self.changed(end.as_ref(), &commit)?;
            pass("push");
            let refspec = format!("{commit}:refs/heads/{}", self.branch);
            let pushed = self.git(&["push", "--quiet", &self.remote, &refspec], &[])?;
            if pushed.status.success() {
                return Ok(sent(parcel, live, changed));
            }
            let said = said(&pushed);
            if !["rejected", "cannot lock ref", "fetch first"].iter().any(|word| said.contains(word)) {
                return Err(BranchError::Git { doing: "push the page", said });
            }
        }
        Err(BranchError::Moving)
    }

    /// Which files of a build the branch has not, or has otherwise.
    pub fn survey(&self, parcel: &Parcel) -> Result<Vec<String>, BranchError> {
        let Some(end) = self.end()? else { return Ok(parcel.files.keys().cloned().collect()) };
        let pointer = Pointer::over(end.live.as_ref(), parcel.build.clone(), parcel.origin.clone());
        let tree = self.write_tree(parcel, &pointer)?;
        self.changed(Some(&end), &tree)
    }

    /// Fetches the end of the branch without giving it a name here; `None` if there is no such branch.
    fn end(&self) -> Result<Option<End>, BranchError> {
        let reference = format!("refs/heads/{}", self.branch);
        let listed = self.ask("reach the remote", &["ls-remote", &self.remote, &reference], &[])?;
        let Some(commit) = listed.split_whitespace().next().map(str::to_owned) else { return Ok(None) };
        let fetch = ["fetch", "--quiet", "--no-tags", "--no-write-fetch-head", &self.remote, &reference];
        self.ask("fetch the branch", &fetch, &[])?;
        let shown = self.git(&["cat-file", "blob", &format!("{commit}:{POINTER_PATH}")], &[])?;
        let live = shown.status.success().then(|| Pointer::from_json(&shown.stdout)).transpose()?;
        Ok(Some(End { commit, live }))
    }

    /// Writes every file and the tree of them, by one stream to git; returns the tree's name.
    fn write_tree(&self, parcel: &Parcel, pointer: &Pointer) -> Result<String, BranchError> {
        let folder = tempfile::tempdir()?;
        let index = folder.path().join("index");
        let mut files: BTreeMap<&str, Vec<u8>> = BTreeMap::new();
        files.extend(parcel.files.iter().map(|(path, bytes)| (path.as_str(), bytes.to_vec())));
        files.insert(POINTER_PATH, pointer.to_json().into_bytes());
        // Without it a git host may run a site generator over the page and leave out what begins with an
        // underscore.
        files.insert(".nojekyll", Vec::new());
        let mut list = String::new();
        for (number, (path, bytes)) in files.into_iter().enumerate() {
            let file = folder.path().join(number.to_string());
            std::fs::write(&file, bytes)?;
            list.push_str(&format!("{}\t{path}\n", file.display()));
        }
        let names: String = list
            .lines()
            .filter_map(|line| line.split_once('\t'))
            .map(|(file, _)| format!("{file}\n"))
            .collect();
        let hash = ["hash-object", "-w", "--no-filters", "--stdin-paths"];
        let hashes = self.ask_with(&hash, names.as_bytes(), &index)?;
        let paths = list.lines().filter_map(|line| line.split_once('\t')).map(|(_, path)| path);
        let entries: String =
            hashes.lines().zip(paths).map(|(hash, path)| format!("100644 {hash}\t{path}\0")).collect();
        self.ask_with(&["update-index", "-z", "--index-info"], entries.as_bytes(), &index)?;
        self.ask_with(&["write-tree"], &[], &index)
    }

    fn commit(&self, tree: &str, end: Option<&End>, parcel: &Parcel) -> Result<String, BranchError> {
        let from = parcel.origin.commit.as_deref().unwrap_or("files outside of git");
        let message = format!("Page {} of {from}", parcel.build.short());
        let mut arguments = vec!["commit-tree", tree, "-m", &message];
        if let Some(end) = end {
            arguments.extend(["-p", &end.commit]);
        }
        let time = format!("{} +0000", parcel.origin.time.timestamp());
        let who = [
            ("GIT_AUTHOR_NAME", "allclear"),
            ("GIT_AUTHOR_EMAIL", "allclear@localhost"),
            ("GIT_COMMITTER_NAME", "allclear"),
            ("GIT_COMMITTER_EMAIL", "allclear@localhost"),
            ("GIT_AUTHOR_DATE", time.as_str()),
            ("GIT_COMMITTER_DATE", time.as_str()),
        ];
        self.ask("commit the page", &arguments, &who)
    }

    /// The paths that differ between the end of the branch and another commit or tree.
    fn changed(&self, end: Option<&End>, to: &str) -> Result<Vec<String>, BranchError> {
        let listed = match end {
            Some(end) => self.ask(
                "compare",
                &[
                    "diff-tree",
                    "-r",
                    "-z",
                    "--name-only",
                    "--no-renames",
                    &format!("{}^{{tree}}", end.commit),
                    to,
                ],
                &[],
            )?,
            None => self.ask("list", &["ls-tree", "-r", "-z", "--name-only", to], &[])?,
        };
        let own = |path: &&str| !path.is_empty() && *path != ".nojekyll" && *path != POINTER_PATH;
        Ok(listed.split('\0').filter(own).map(str::to_owned).collect())
    }

    fn ask(
        &self,
        doing: &'static str,
        arguments: &[&str],
        environment: &[(&str, &str)],
    ) -> Result<String, BranchError> {
        answer(doing, self.git(arguments, environment)?)
    }

    fn ask_with(&self, arguments: &[&str], input: &[u8], index: &Path) -> Result<String, BranchError> {
        let mut command = self.command(arguments);
        command
            .env("GIT_INDEX_FILE", index)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn()?;
        let stdin = child.stdin.take();
        let output = std::thread::scope(|scope| {
            // Git answers while it still reads: anyone who writes all first would wait for ever.
            scope.spawn(move || stdin.map(|mut stdin| stdin.write_all(input)));
            child.wait_with_output()
        })?;
        answer("write the page into the repository", output)
    }

    fn git(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Result<Output, BranchError> {
        let mut command = self.command(arguments);
        Ok(command.envs(environment.iter().copied()).stdin(Stdio::null()).output()?)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("git");
        command.arg("-C").arg(&self.root).args(arguments).env("GIT_TERMINAL_PROMPT", "0").env("LC_ALL", "C");
        command
    }
}

fn answer(doing: &'static str, output: Output) -> Result<String, BranchError> {
    match output.status.success() {
        true => Ok(String::from_utf8_lossy(&output.stdout).trim_end_matches('\n').to_owned()),
        false => Err(BranchError::Git { doing, said: said(&output) }),
    }
}

/// Git's words on one line. An address may hold a password, so what stands before an `@` in one is left out.
fn said(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr);
    let masked = |word: &str| match (word.find("://"), word.rfind('@')) {
        (Some(scheme), Some(at)) if scheme < at => {
            let (before, after) = (word.get(..scheme + 3), word.get(at..));
            format!("{}…{}", before.unwrap_or_default(), after.unwrap_or_default())
        }
        _ => word.to_owned(),
    };
    text.split_whitespace().map(masked).collect::<Vec<_>>().join(" ")
}

fn sent(parcel: &Parcel, live: Option<&Pointer>, changed: Vec<String>) -> Sent {
    let written = changed.iter().filter(|path| parcel.files.contains_key(*path)).count();
    Sent {
        build: parcel.build.clone(),
        before: live.map(|live| live.build.clone()),
        written,
        kept: parcel.files.len() - written,
        deleted: changed.len() - written,
        waiting: 0,
        over_limit: 0,
        changed,
        conditions: None,
    }
}

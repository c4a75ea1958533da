//! A branch of a git repository that holds the page and nothing else, for the pages of a git host.
//!
//! Promises: a reader sees exactly one build, never a mix of two, because a push is accepted completely or not at all;
//! pushes are never forced, so the remote refuses a push that another one preceded, and it is tried again on top of the new
//! tip; the operator's working tree, index and branches are never touched. Runs the installed `git`, with the operator's
//! own access to the remote, and never asks a question.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::process::{self, Ended, Limit, Output};

use super::newer::NotNewer;
use super::pointer::{self, LiveBuild, POINTER_PATH};
use super::send::{Sent, UploadJob};
use super::store::same_each_time;

/// How often a push is tried over a branch that has moved.
const TRIES_MAX: usize = 5;

/// Files of a git host that stay on the branch: the domain of the page, and the word that no generator may run over it.
const OF_THE_FORGE: [&str; 2] = ["CNAME", NO_GENERATOR];
const NO_GENERATOR: &str = ".nojekyll";

/// How many files of another publisher are named.
const NAMED_MAX: usize = 3;

/// A branch whose tree is the page, in a repository of a git host.
#[derive(Clone, Debug)]
pub struct BranchTarget {
    root: PathBuf,
    remote: String,
    branch: String,
    limit: Limit,
}

/// Why a build is not live.
#[derive(Debug, thiserror::Error)]
pub enum BranchError {
    /// A file for git could not be written.
    #[error("failed to write a file for git: {0}")]
    File(#[from] std::io::Error),
    /// `git` did not start, or did not finish.
    #[error("failed to {doing} with git: {ended}")]
    Ended {
        /// What was to be done.
        doing: &'static str,
        /// What happened to it.
        ended: Ended,
    },
    /// Git did not do what it was asked.
    #[error("failed to {doing}: git said: {said}")]
    Git {
        /// What was to be done.
        doing: &'static str,
        /// Git's words.
        said: String,
    },
    /// Others push all the time.
    #[error("failed to push: the branch moved {TRIES_MAX} times during the attempts; git said: {0}")]
    Moving(String),
    /// The live build may not be replaced by ours.
    #[error(transparent)]
    Refused(#[from] NotNewer),
    /// The live pointer cannot be read.
    #[error(transparent)]
    Pointer(#[from] pointer::Unreadable),
}

/// The tip of the branch at the remote.
struct BranchTip {
    commit: String,
    live: Option<LiveBuild>,
    /// Files of the git host, each as a line for git's index.
    of_the_git_host: Vec<String>,
}

/// What publishing to a branch would do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Difference {
    /// Files that the branch does not have, or has with other bytes.
    pub write: Vec<String>,
    /// Files that would be gone.
    pub delete: Vec<String>,
}

impl BranchTarget {
    /// The branch at a remote of the repository that `root` is in, or at an address. `limit` is that of each call of git.
    pub fn new(root: impl Into<PathBuf>, remote: &str, branch: &str, limit: Limit) -> Self {
        Self { root: root.into(), remote: remote.to_owned(), branch: branch.to_owned(), limit }
    }

    /// What the live build says about itself.
    pub fn live(&self) -> Result<Option<LiveBuild>, BranchError> {
        Ok(self.end()?.and_then(|end| end.live))
    }

    /// Commits the build on top of the branch and pushes it; where it `forgets`, no earlier build can be gone back to.
    ///
    /// # Errors
    /// The branch holds something else than a page, the live build may not be replaced, or git or the remote refuses.
    /// The branch stays as it was then.
    pub fn publish(
        &self,
        parcel: &UploadJob,
        forgets: bool,
        may_replace: &dyn Fn(&LiveBuild) -> Result<(), NotNewer>,
        pass: &dyn Fn(&'static str),
    ) -> Result<Sent, BranchError> {
        let mut last = String::new();
        for _ in 0..TRIES_MAX {
            let end = self.end()?;
            let live = end.as_ref().and_then(|end| end.live.as_ref());
            if let Some(live) = live {
                may_replace(live)?;
            }
            let mut pointer = pointer_over(live, parcel);
            if forgets {
                pointer.past.clear();
            }
            let tree = self.write_tree(parcel, &pointer, end.as_ref())?;
            let changed = self.changed(end.as_ref(), &tree)?;
            if live == Some(&pointer) && changed.is_empty() {
                return Ok(sent(parcel, live, Vec::new()));
            }
            let commit = self.commit(&tree, end.as_ref(), parcel)?;
            pass("push");
            let refspec = format!("{commit}:refs/heads/{}", self.branch);
            let pushed = self.git("push the page", &["push", "--quiet", &self.remote, &refspec], &[])?;
            if pushed.status.success() {
                return Ok(sent(parcel, live, changed));
            }
            last = said(&pushed);
            if !has_moved(&last) {
                return Err(BranchError::Git { doing: "push the page", said: last });
            }
        }
        Err(BranchError::Moving(last))
    }

    /// What publishing a build would write and delete.
    pub fn survey(&self, parcel: &UploadJob) -> Result<Difference, BranchError> {
        let Some(end) = self.end()? else {
            return Ok(Difference { write: parcel.files.keys().cloned().collect(), delete: Vec::new() });
        };
        let tree = self.write_tree(parcel, &pointer_over(end.live.as_ref(), parcel), Some(&end))?;
        let changed = self.changed(Some(&end), &tree)?;
        let (write, delete) = changed.into_iter().partition(|path| parcel.files.contains_key(path));
        Ok(Difference { write, delete })
    }

    /// Fetches the end of the branch without giving it a name here; `None` if there is no such branch.
    fn end(&self) -> Result<Option<BranchTip>, BranchError> {
        let reference = format!("refs/heads/{}", self.branch);
        let listed = self.ask("reach the remote", &["ls-remote", &self.remote, &reference], &[])?;
        let Some(commit) = listed.split_whitespace().next().map(str::to_owned) else { return Ok(None) };
        let fetch = ["fetch", "--quiet", "--no-tags", "--no-write-fetch-head", &self.remote, &reference];
        self.ask("fetch the branch", &fetch, &[])?;
        let pointer = format!("{commit}:{POINTER_PATH}");
        let shown = self.git("read the branch", &["cat-file", "blob", &pointer], &[])?;
        let live = shown.status.success().then(|| LiveBuild::from_json(&shown.stdout)).transpose()?;
        let listed = self.ask("list the branch", &["ls-tree", "-z", &commit], &[])?;
        let (of_the_git_host, others) = listed
            .split('\0')
            .filter(|line| !line.is_empty())
            .partition::<Vec<&str>, _>(|line| OF_THE_FORGE.contains(&name_of(line)));
        if live.is_none() && !others.is_empty() {
            return Err(self.foreign(&others).into());
        }
        Ok(Some(BranchTip {
            commit,
            live,
            of_the_git_host: of_the_git_host.into_iter().map(str::to_owned).collect(),
        }))
    }

    /// The branch is someone's work: the sources of the site, for example.
    fn foreign(&self, listed: &[&str]) -> NotNewer {
        let named = listed.iter().take(NAMED_MAX).map(|line| format!("`{}`", name_of(line)));
        let mut named: Vec<String> = named.collect();
        if listed.len() > NAMED_MAX {
            named.push(format!("{} more", listed.len() - NAMED_MAX));
        }
        NotNewer::Foreign { place: format!("the branch `{}`", self.branch), files: named.join(", ") }
    }

    /// Writes every file and the tree of them, by one stream to git; returns the tree's name.
    fn write_tree(
        &self,
        parcel: &UploadJob,
        pointer: &LiveBuild,
        end: Option<&BranchTip>,
    ) -> Result<String, BranchError> {
        let folder = tempfile::tempdir().map_err(|error| same_each_time(&error))?;
        let index = folder.path().join("index");
        let mut files: BTreeMap<&str, Vec<u8>> = BTreeMap::new();
        files.extend(parcel.files.iter().map(|(path, bytes)| (path.as_str(), bytes.to_vec())));
        files.insert(POINTER_PATH, pointer.to_json().into_bytes());
        // Without it a git host may run a site generator over the page and leave out what begins with an underscore.
        files.insert(NO_GENERATOR, Vec::new());
        let is_ours = |line: &&String| files.contains_key(name_of(line));
        let kept = end.into_iter().flat_map(|end| &end.of_the_git_host).filter(|line| !is_ours(line));
        let kept: String = kept.map(|line| format!("{line}\0")).collect();
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
        let entries = entries + &kept;
        self.ask_with(&["update-index", "-z", "--index-info"], entries.as_bytes(), &index)?;
        self.ask_with(&["write-tree"], &[], &index)
    }

    fn commit(&self, tree: &str, end: Option<&BranchTip>, parcel: &UploadJob) -> Result<String, BranchError> {
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
    fn changed(&self, end: Option<&BranchTip>, to: &str) -> Result<Vec<String>, BranchError> {
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
        let own = |path: &&str| !path.is_empty() && *path != NO_GENERATOR && *path != POINTER_PATH;
        Ok(listed.split('\0').filter(own).map(str::to_owned).collect())
    }

    fn ask(
        &self,
        doing: &'static str,
        arguments: &[&str],
        environment: &[(&str, &str)],
    ) -> Result<String, BranchError> {
        answer(doing, &self.git(doing, arguments, environment)?)
    }

    fn ask_with(&self, arguments: &[&str], input: &[u8], index: &Path) -> Result<String, BranchError> {
        let doing = "write the page into the repository";
        let mut command = self.command(arguments);
        command.env("GIT_INDEX_FILE", index);
        let output = process::run(&mut command, Some(input.to_vec()), &self.limit);
        answer(doing, &output.map_err(|ended| BranchError::Ended { doing, ended })?)
    }

    fn git(
        &self,
        doing: &'static str,
        arguments: &[&str],
        environment: &[(&str, &str)],
    ) -> Result<Output, BranchError> {
        let mut command = self.command(arguments);
        command.envs(environment.iter().copied());
        process::run(&mut command, None, &self.limit).map_err(|ended| BranchError::Ended { doing, ended })
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("git");
        command.arg("-C").arg(&self.root).args(arguments).env("GIT_TERMINAL_PROMPT", "0").env("LC_ALL", "C");
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }
}

/// The pointer of the build; the live one if that build is live already.
fn pointer_over(live: Option<&LiveBuild>, parcel: &UploadJob) -> LiveBuild {
    match live.filter(|live| is_same(live, parcel)) {
        Some(live) => live.clone(),
        None => LiveBuild::over(live, parcel.build.clone(), parcel.origin.clone()),
    }
}

fn is_same(live: &LiveBuild, parcel: &UploadJob) -> bool {
    live.build == parcel.build
        && live.origin.commit == parcel.origin.commit
        && live.origin.rolled_back_from == parcel.origin.rolled_back_from
}

/// The name in a line of `ls-tree`.
fn name_of(line: &str) -> &str {
    line.split_once('\t').map_or(line, |(_, name)| name)
}

/// Whether a push failed because another publisher was faster. A remote that refuses by a rule of its own would do so again.
fn has_moved(said: &str) -> bool {
    let by_a_rule = ["protected branch", "pre-receive hook declined", "hook declined", "remote rejected"];
    let is_locked = said.contains("cannot lock ref");
    let is_rule = by_a_rule.iter().any(|words| said.contains(words)) && !is_locked;
    !is_rule && (is_locked || ["rejected", "fetch first"].iter().any(|words| said.contains(words)))
}

fn answer(doing: &'static str, output: &Output) -> Result<String, BranchError> {
    match output.status.success() {
        true => Ok(String::from_utf8_lossy(&output.stdout).trim_end_matches('\n').to_owned()),
        false => Err(BranchError::Git { doing, said: said(output) }),
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

fn sent(parcel: &UploadJob, live: Option<&LiveBuild>, changed: Vec<String>) -> Sent {
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

//! Asks git about the repository of the site.
//!
//! Promises: git has a time limit and no terminal to ask on; its error output becomes the error. Changes a repository only
//! if the caller runs a command that does.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;

use crate::process::{self, Ended, Limit};

/// Why git did not do it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum GitError {
    /// There is no git here.
    #[error("failed to start git: is it installed?")]
    Start(#[source] std::io::Error),
    /// Git ended with an error.
    #[error("git {command}: {said}")]
    Refused {
        /// What it was asked to do, in one word.
        command: String,
        /// The last lines that git printed.
        said: String,
        /// Its exit code, if it had one.
        code: Option<i32>,
    },
    /// It took too long and was ended.
    #[error("git {command} did not finish within {} s", limit.as_secs())]
    Late {
        /// What it was asked to do, in one word.
        command: String,
        /// How long it had.
        limit: Duration,
    },
    /// It was ended because the program stops.
    #[error("git {command} was cancelled because allclear is stopping")]
    Stopped {
        /// What it was asked to do, in one word.
        command: String,
    },
}

/// Git in one folder.
#[derive(Clone, Debug)]
pub(crate) struct Git {
    folder: PathBuf,
    limit: Duration,
    environment: Option<(&'static str, PathBuf)>,
}

impl Git {
    /// Git in that folder, with a minute for each command.
    pub(crate) fn at(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), limit: Duration::from_secs(60), environment: None }
    }

    /// The same, with a path in the environment.
    pub(crate) fn with(mut self, name: &'static str, path: &Path) -> Self {
        self.environment = Some((name, path.to_owned()));
        self
    }

    /// The same, with that time for each command.
    pub(crate) fn with_limit(self, limit: Duration) -> Self {
        Self { limit, ..self }
    }

    /// Runs git; what it printed, without the space around it.
    pub(crate) fn run(&self, arguments: &[&str]) -> Result<String, GitError> {
        self.run_until(arguments, Arc::new(|| false))
    }

    /// The same, with a text on its standard input.
    pub(crate) fn run_with(&self, arguments: &[&str], input: &str) -> Result<String, GitError> {
        self.start(arguments, Some(input.as_bytes().to_vec()), &Limit::of(self.limit))
    }

    /// The same, ended early once `stopped` is true.
    pub(crate) fn run_until(
        &self,
        arguments: &[&str],
        stopped: Arc<dyn Fn() -> bool + Send + Sync>,
    ) -> Result<String, GitError> {
        self.start(arguments, None, &Limit::of(self.limit).or_until(stopped))
    }

    fn start(&self, arguments: &[&str], input: Option<Vec<u8>>, limit: &Limit) -> Result<String, GitError> {
        let is_option = |word: &&&str| !word.starts_with('-') && !word.contains('=');
        let name = (*arguments.iter().find(is_option).unwrap_or(&"")).to_owned();
        let output = match process::run(&mut self.command(arguments), input, limit) {
            Ok(output) => output,
            Err(Ended::Failed(error)) => return Err(GitError::Start(error)),
            Err(Ended::Late(limit)) => return Err(GitError::Late { command: name, limit }),
            Err(Ended::Stopped) => return Err(GitError::Stopped { command: name }),
        };
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned());
        }
        let said = reason(&String::from_utf8_lossy(&output.stderr));
        Err(GitError::Refused { command: name, said, code: output.status.code() })
    }

    /// Whether the second commit descends from the first, or is the same; `None` where this repository does not know one
    /// of them.
    pub(crate) fn descends(&self, ancestor: &str, descendant: &str) -> Option<bool> {
        if !is_commit(ancestor) || !is_commit(descendant) {
            return None;
        }
        match self.run(&["merge-base", "--is-ancestor", ancestor, descendant]) {
            Ok(_) => Some(true),
            Err(GitError::Refused { code: Some(1), .. }) => Some(false),
            Err(_) => None,
        }
    }

    /// The files below this folder that each commit from one to another changed, newest first, each commit after a line
    /// [`Self::COMMIT`]; a merge counts as one commit. `None` where git does not know them.
    pub(crate) fn changed_by_commit(&self, from: &str, to: &str) -> Option<String> {
        if !is_commit(from) || !is_commit(to) {
            return None;
        }
        let (format, range) = (format!("--format=tformat:{}", Self::COMMIT), format!("{from}..{to}"));
        let log = ["-c", "core.quotePath=false", "log", "-m", "--first-parent", "--no-renames", "--relative"];
        self.run(&[&log[..], &["--name-only", &format, &range, "--"]].concat()).ok()
    }

    /// The line before the files of a commit.
    pub(crate) const COMMIT: &str = "::";

    /// Writes the files that a commit has below this folder into `files` below another, by an index that lies there too:
    /// neither the repository's own index nor its working tree is touched.
    pub(crate) fn write_files(&self, commit: &str, into: &Path) -> anyhow::Result<PathBuf> {
        anyhow::ensure!(is_commit(commit), "`{commit}` is not a commit");
        let prefix = self.run(&["rev-parse", "--show-prefix"])?;
        let top = self.run(&["rev-parse", "--show-toplevel"])?;
        let git = Self::at(Path::new(&top)).with("GIT_INDEX_FILE", &into.join("index"));
        git.run(&["read-tree", &format!("{commit}:{}", prefix.trim_end_matches('/'))])?;
        let files = into.join("files");
        fs::create_dir(&files).with_context(|| format!("failed to create {}", files.display()))?;
        git.run(&["checkout-index", "--all", &format!("--prefix={}/", files.display())])?;
        Ok(files)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("git");
        command
            .arg("-C")
            .arg(&self.folder)
            .args(arguments)
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("LC_ALL", "C")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command.envs(self.environment.iter().map(|(name, path)| (name, path)));
        if std::env::var_os("GIT_SSH_COMMAND").is_none() {
            command.env("GIT_SSH_COMMAND", "ssh -o BatchMode=yes -o ConnectTimeout=15");
        }
        command
    }
}

/// Whether it is the name of a commit: what a target or a ledger says is not to be taken for an option.
fn is_commit(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|letter| letter.is_ascii_hexdigit())
}

/// What git gives as its reason: the line it marks as such, else its last.
fn reason(said: &str) -> String {
    let lines = || said.lines().map(str::trim).filter(|line| !line.is_empty());
    let marked = lines().find_map(|line| line.strip_prefix("fatal: ").or(line.strip_prefix("error: ")));
    marked.or(lines().next_back()).unwrap_or("no reason given").to_owned()
}

/// The way from the top of the repository to a folder, with a slash at its end; empty at the top, and if there is no
/// repository.
pub(crate) fn prefix(folder: &Path) -> String {
    Git::at(folder).run(&["rev-parse", "--show-prefix"]).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commit_descends_or_not_or_is_not_known() {
        let folder = tempfile::tempdir().unwrap();
        let git = Git::at(folder.path());
        git.run(&["init", "--quiet"]).unwrap();
        let commit = |words: &str| {
            let who =
                ["-c", "user.name=a", "-c", "user.email=a@b.test", "commit", "--quiet", "--allow-empty"];
            git.run(&[&who[..], &["-m", words]].concat()).unwrap();
            git.run(&["rev-parse", "HEAD"]).unwrap()
        };
        let (first, second) = (commit("first"), commit("second"));
        assert_eq!(git.descends(&first, &second), Some(true));
        assert_eq!(git.descends(&second, &second), Some(true));
        assert_eq!(git.descends(&second, &first), Some(false));
        assert_eq!(git.descends(&first, &"0".repeat(40)), None);
        assert_eq!(git.descends("--output=x", &second), None);
    }

    #[test]
    fn the_files_of_each_commit_are_named_and_a_merge_is_one() {
        let folder = tempfile::tempdir().unwrap();
        let git = Git::at(folder.path());
        let run = |arguments: &[&str]| {
            let who = ["-c", "user.name=a", "-c", "user.email=a@b.test"];
            git.run(&[&who[..], arguments].concat()).unwrap()
        };
        let commit = |file: &str| {
            std::fs::write(folder.path().join(file), file).unwrap();
            run(&["add", "--all"]);
            run(&["commit", "--quiet", "-m", file]);
            run(&["rev-parse", "HEAD"])
        };
        run(&["init", "--quiet", "--initial-branch=main"]);
        let first = commit("first");
        run(&["checkout", "--quiet", "-b", "side"]);
        commit("one");
        commit("two");
        run(&["checkout", "--quiet", "main"]);
        commit("käse");
        run(&["merge", "--quiet", "--no-ff", "-m", "merge", "side"]);
        let last = run(&["rev-parse", "HEAD"]);
        let changed = git.changed_by_commit(&first, &last).unwrap();
        let lines: Vec<&str> = changed.lines().filter(|line| !line.is_empty()).collect();
        assert_eq!(lines, ["::", "one", "two", "::", "käse"]);
        assert_eq!(git.changed_by_commit("--output=x", &last), None);
    }

    #[test]
    fn git_says_why_not_and_is_ended_when_it_takes_too_long() {
        let folder = tempfile::tempdir().unwrap();
        let git = Git::at(folder.path());
        let refused = git.run(&["rev-parse", "HEAD"]).unwrap_err().to_string();
        assert!(refused.starts_with("git rev-parse: not a git repository"), "{refused}");
        git.run(&["init", "--quiet"]).unwrap();
        std::fs::create_dir(folder.path().join("site")).unwrap();
        assert_eq!(
            (prefix(folder.path()), prefix(&folder.path().join("site"))),
            (String::new(), "site/".to_owned())
        );
        let hanging = ["-c", "alias.hang=!sleep 3", "hang"];
        let brief = Git { limit: Duration::from_millis(50), ..git.clone() };
        assert_eq!(brief.run(&hanging).unwrap_err().to_string(), "git hang did not finish within 0 s");
        let stopped = git.run_until(&hanging, Arc::new(|| true)).unwrap_err();
        assert!(matches!(stopped, GitError::Stopped { .. }), "{stopped}");
    }
}

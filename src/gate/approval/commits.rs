//! What git knows of the text of an incident: who wrote it, and who approved the commit that brought it.
//!
//! Promises: git itself verifies signatures, against the keys of the plan alone: no setting of the repository adds a key. A
//! commit approves the text that it has: not one with changes that are not committed, nor what a later merge made of it, nor a
//! text that was read before. Never fetches.

use super::signed::{Commit, FORMAT};
use crate::config::plan::Plan;
use crate::model::address::EmailAddress;
use crate::model::approval::Approval;
use crate::model::incident::Incident;
use crate::workspace::allowed_signers;
use crate::workspace::git::{Git, GitError};
use crate::workspace::root::{LoadedSite, Root};

/// Those who wrote a commit, also by the names that `.mailmap` gives them.
const AUTHORS: &str = "--format=%ae%x1f%aE%x1f%(trailers:key=Co-authored-by,valueonly,separator=%x1f)";

/// Who wrote a text, and who approved its commit.
#[derive(Debug, Default)]
pub(super) struct History {
    pub authors: Vec<EmailAddress>,
    pub approvals: Vec<Approval>,
    /// Why no commit approves it, where that is not plain to see.
    pub obstacle: Option<String>,
}

/// Asks git about the files of an incident.
pub(super) fn history(
    root: &Root,
    (opened, plan): (&LoadedSite, &Plan),
    incident: &Incident,
    digest: &str,
) -> History {
    let keys = format!("gpg.ssh.allowedSignersFile={}", allowed_signers::write(root, &plan.people));
    match Repository::find(root, opened, incident, keys) {
        Ok(Some(repository)) => repository.history(plan, incident, digest).unwrap_or_else(History::unknown),
        Ok(None) => History::default(),
        Err(error) => History::unknown(error),
    }
}

impl History {
    fn unknown(error: GitError) -> Self {
        Self {
            obstacle: Some(format!("git does not say who wrote or approved it ({error})")),
            ..Self::default()
        }
    }

    fn obstacle(self, why: &str) -> Self {
        Self { obstacle: Some(why.to_owned()), ..self }
    }
}

/// The files of an incident in their repository.
struct Repository<'a> {
    git: Git,
    /// The commit that is checked out: what is committed meanwhile is not looked at.
    head: String,
    /// Each file with its text, as it was read; `None` where another version replaces it.
    files: Vec<(String, Option<&'a str>)>,
    /// The setting that names the keys.
    keys: String,
}

impl<'a> Repository<'a> {
    /// `None` without a repository, or with nothing in it yet.
    fn find(
        root: &Root,
        opened: &'a LoadedSite,
        incident: &Incident,
        keys: String,
    ) -> Result<Option<Self>, GitError> {
        let git = Git::at(&root.path);
        match git.run(&["rev-parse", "--git-dir"]) {
            Ok(_) => {}
            Err(GitError::Refused { said, .. }) if said.starts_with("not a git repository") => {
                return Ok(None);
            }
            Err(GitError::Start(_)) => return Ok(None),
            Err(error) => return Err(error),
        }
        let Ok(head) = git.run(&["rev-parse", "--verify", "--quiet", "HEAD^{commit}"]) else {
            return Ok(None);
        };
        Ok(Some(Self { git, head, files: files(opened, incident), keys }))
    }

    fn history(&self, plan: &Plan, incident: &Incident, digest: &str) -> Result<History, GitError> {
        if !self.is_committed()? {
            // The one who changes it here is its author.
            let own = self.git.run(&["config", "user.email"]).ok().and_then(|mail| EmailAddress::new(&mail));
            let history = History { authors: own.into_iter().collect(), ..History::default() };
            return Ok(history.obstacle("no commit has this text, so none approves it"));
        }
        let (Some(text), Some(landed)) = (self.look("--no-merges")?, self.look("--first-parent")?) else {
            return Ok(History::default());
        };
        if self.is_cut_off(&text)? || self.is_cut_off(&landed)? {
            return Ok(History::default().obstacle(
                "the clone is shallow, so git knows neither who wrote it nor whose commit brought it; fetch all of the \
                 history (`git fetch --unshallow`)",
            ));
        }
        let mut history = History::default();
        for (file, _) in &self.files {
            history.authors.extend(self.authors(&["-1", &self.head], &[file])?);
        }
        if text.is_of_its_signer(&plan.people) {
            history.authors.extend(text.signer(&plan.people).map(|(_, person)| person.mail.clone()));
        }
        if landed.id != text.id {
            // A merge brings a text as well: the one who merged may have approved it by that.
            let range = format!("{0}^1..{0}", landed.id);
            history.authors.extend(self.authors(&[&range], &self.names()).unwrap_or_default());
            history.approvals.extend(landed.approvals(plan, incident, digest));
        }
        if self.is_unchanged_since(&text) {
            history.approvals.extend(text.approvals(plan, incident, digest));
        } else {
            // A merge that changed the text has an author of its own.
            history.authors.extend(landed.author);
        }
        Ok(history)
    }

    /// Whether the commit that is checked out has what was read. Git is not asked for its status: that can be set to
    /// skip a file, and is of another moment.
    fn is_committed(&self) -> Result<bool, GitError> {
        for (file, text) in &self.files {
            let committed = match self.git.run(&["cat-file", "blob", &format!("{}:./{file}", self.head)]) {
                Ok(committed) => committed,
                Err(GitError::Refused { .. }) => return Ok(false),
                Err(error) => return Err(error),
            };
            if !text.is_some_and(|text| lines(text).eq(lines(&committed))) {
                return Ok(false);
            }
        }
        // A translation that was deleted here is one that the commit has.
        let Some((main, _)) = self.files.first() else { return Ok(false) };
        let folder = main.rsplit_once('/').map_or(String::new(), |(folder, _)| format!("{folder}/"));
        let tree = ["-c", "core.quotePath=false", "ls-tree", "--name-only", &self.head, "--", &folder];
        let committed = self.git.run(&tree)?;
        Ok(committed.lines().filter(|file| belongs_to(file, main)).count() == self.files.len())
    }

    /// The last commit that changed one of the files: of all but merges, or of those that the branch was made of.
    fn look(&self, which: &str) -> Result<Option<Commit>, GitError> {
        let programs =
            ["-c", "gpg.program=gpg", "-c", "gpg.ssh.program=ssh-keygen", "-c", "gpg.x509.program=false"];
        let log = ["-c", "log.showSignature=false", "-c", &self.keys, "log", "-1", which, FORMAT, &self.head];
        Ok(Commit::read(&self.ask(&[&programs[..], &log[..]].concat(), &self.names())?))
    }

    /// Those who wrote the commits that changed one of these files.
    fn authors(&self, commits: &[&str], files: &[&str]) -> Result<Vec<EmailAddress>, GitError> {
        let log = ["-c", "log.showSignature=false", "log", "--no-merges", AUTHORS];
        let said = self.ask(&[&log[..], commits].concat(), files)?;
        let address = |word: &str| {
            let word = word.trim();
            let inner = word.rsplit_once('<').and_then(|(_, mail)| mail.strip_suffix('>'));
            EmailAddress::new(inner.unwrap_or(word).trim())
        };
        Ok(said.split(['\u{1f}', '\n']).filter_map(address).collect())
    }

    /// Whether the files are now as that commit left them.
    fn is_unchanged_since(&self, commit: &Commit) -> bool {
        self.ask(&["diff", "--quiet", &commit.id, &self.head], &self.names()).is_ok()
    }

    /// Whether a shallow clone ends at that commit: it seems to bring every file.
    fn is_cut_off(&self, commit: &Commit) -> Result<bool, GitError> {
        let is_first =
            self.git.run(&["rev-parse", "--verify", "--quiet", &format!("{}^", commit.id)]).is_err();
        Ok(is_first && self.git.run(&["rev-parse", "--is-shallow-repository"])? == "true")
    }

    /// What git says of these files, whatever their names look like, and of commits as they were made.
    fn ask(&self, arguments: &[&str], files: &[&str]) -> Result<String, GitError> {
        let words = ["--literal-pathspecs", "--no-replace-objects"];
        self.git.run(&[&words[..], arguments, &["--"], files].concat())
    }

    fn names(&self) -> Vec<&str> {
        self.files.iter().map(|(file, _)| file.as_str()).collect()
    }
}

/// The files of an incident, its main file first, each with its text unless another version replaces it.
fn files<'a>(opened: &'a LoadedSite, incident: &Incident) -> Vec<(String, Option<&'a str>)> {
    let own = opened.sources.iter().filter(|source| belongs_to(&source.file, &incident.file));
    let mut files: Vec<_> =
        own.map(|source| (source.file.clone(), source.good.then_some(&*source.text))).collect();
    files.sort_by_key(|(file, _)| *file != incident.file);
    files
}

/// Whether a file is the main file of an incident or may be a translation of it.
fn belongs_to(file: &str, main: &str) -> bool {
    let stem = main.strip_suffix(".md").unwrap_or(main);
    let rest = file.strip_prefix(stem).and_then(|rest| rest.strip_suffix(".md"));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// The lines of a text, whatever ends them on this machine.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.trim_start_matches('\u{feff}').trim().lines()
}

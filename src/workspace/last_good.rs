//! The last good version of a file that cannot be read, on any host: the copy that this host kept, or the newest version in
//! the history of git that can be read, whichever is newer.
//!
//! Promises: a file that was renamed is found under its old name; a file that is new in a whole history never was
//! published, so nothing has to replace it; if neither source can tell, it is unknown. Without git, what this host has built
//! tells whether a file is new. Never changes the repository.

use std::collections::BTreeSet;
use std::path::Path;

use crate::files::{Durability, Folder};
use crate::load;
use crate::located::FILE_BYTES_MAX;
use crate::model::Moment;
use crate::model::page::Page;
use crate::workspace::git::Git;
use crate::workspace::{state, write};

mod copies;
mod doubts;
mod keep;
#[cfg(test)]
mod tests;

pub(crate) use doubts::settle;
pub(crate) use keep::keep;

/// How many versions of a file are looked at.
const VERSIONS_MAX: usize = 50;
/// How many versions as an option, one more, so that it is known whether there are others.
const VERSIONS_ASKED: &str = "--max-count=51";
/// The name of some incident.
const OTHER_NAME: &str = "incidents/incident.md";
/// How alike two files are that count as one renamed, in hundredths.
const ALIKE_MIN: usize = 20;

/// What was found for the files that cannot be read.
#[derive(Debug, Default)]
pub(crate) struct Sought {
    /// Those for which an earlier version was put into the store.
    pub(crate) found: BTreeSet<String>,
    /// Those of which nobody can tell whether there is one.
    pub(crate) unknown: BTreeSet<String>,
}

impl Sought {
    /// Nothing is known of these files.
    pub(crate) fn unknown(files: &[&str]) -> Self {
        Self { found: BTreeSet::new(), unknown: files.iter().map(|file| (*file).to_owned()).collect() }
    }
}

/// Looks for an earlier version of each file, and puts what is newer than the store's copy into the store.
pub(crate) fn seek(root: &Path, store: &Path, files: &[&str], page: &Page, now: Moment) -> Sought {
    let mut sought = Sought::default();
    if files.is_empty() {
        return sought;
    }
    let history = History::of(root);
    for file in files {
        let kept = text_of(store, file);
        let kept = kept.filter(|text| load::is_readable(file, text, page));
        let usable = |text: &str| load::is_readable(file, text, page);
        let earlier = history.as_ref().map_or(Earlier::Unknown, |history| history.earlier(file, &usable));
        match (kept, earlier) {
            (Some(kept), Earlier::Versions { readable, all }) if is_newer(&kept, &readable, &all) => {}
            (_, Earlier::Versions { readable, .. }) => put(store, file, &readable, &mut sought),
            (None, Earlier::Unknown) if history.is_none() && copies::is_new(root, store, now) => {}
            (None, Earlier::Unknown) => {
                sought.unknown.insert((*file).to_owned());
            }
            (None, Earlier::New { is_first: true }) if copies::is_one_missed(root, store, now) => {
                sought.unknown.insert((*file).to_owned());
            }
            (Some(_), Earlier::New { .. } | Earlier::Unknown) | (None, Earlier::New { .. }) => {}
        }
    }
    sought
}

/// Whether this host's copy is newer than every version of git, or the same: no commit has it, so it was saved here after the
/// newest commit.
fn is_newer(kept: &str, readable: &str, all: &[String]) -> bool {
    is_same(kept, readable) || !all.iter().any(|text| is_same(text, kept))
}

/// The newest version of a file for which `usable` holds: this host's copy, or one in the history of git.
fn newest(root: &Path, store: Option<&Path>, file: &str, usable: &dyn Fn(&str) -> bool) -> Option<String> {
    let kept = store.and_then(|store| text_of(store, file)).filter(|text| usable(text));
    let earlier = History::of(root).map_or(Earlier::Unknown, |history| history.earlier(file, usable));
    match (kept, earlier) {
        (Some(kept), Earlier::Versions { readable, all }) if is_newer(&kept, &readable, &all) => Some(kept),
        (_, Earlier::Versions { readable, .. }) => Some(readable),
        (kept, Earlier::New { .. } | Earlier::Unknown) => kept,
    }
}

/// The text of a file below a folder, if it can be read.
fn text_of(folder: &Path, file: &str) -> Option<String> {
    let bytes = Folder::open(folder).ok()?.read(file, FILE_BYTES_MAX as u64).ok()??;
    String::from_utf8(bytes).ok()
}

fn put(store: &Path, file: &str, text: &str, sought: &mut Sought) {
    let write = || write::if_different(&store.join(file), text.as_bytes(), Durability::Synced);
    let is_made = store.parent().is_some_and(|state| state::folder(state).is_ok());
    let is_put = is_made && write().is_ok();
    let set = if is_put { &mut sought.found } else { &mut sought.unknown };
    set.insert(file.to_owned());
}

/// Whether two texts differ in line ends alone, as checkouts may.
fn is_same(one: &str, other: &str) -> bool {
    one.trim().replace("\r\n", "\n") == other.trim().replace("\r\n", "\n")
}

/// What git knows of a file.
enum Earlier {
    /// Its newest version that can be read, and all that were looked at.
    Versions {
        readable: String,
        all: Vec<String>,
    },
    /// It is new, or never could be read. `is_first` where the newest commit has no incidents at all.
    New {
        is_first: bool,
    },
    Unknown,
}

/// The history of the repository that the site is in.
struct History<'p> {
    root: &'p Path,
    git: Git,
    is_whole: bool,
    is_first: bool,
}

impl<'p> History<'p> {
    /// `None` without a history of the incidents.
    fn of(root: &'p Path) -> Option<Self> {
        let git = Git::at(root);
        let is_first = git.run(&["ls-tree", "--name-only", "HEAD", "incidents/"]).ok()?.is_empty();
        let is_whole = git.run(&["rev-parse", "--is-shallow-repository"]).ok()? == "false";
        let is_ignored = || git.run(&["check-ignore", "--quiet", OTHER_NAME]).is_ok();
        (!is_first || !is_ignored()).then_some(Self { root, git, is_whole, is_first })
    }

    fn earlier(&self, file: &str, usable: &dyn Fn(&str) -> bool) -> Earlier {
        let Some(mut versions) = self.versions(file) else { return Earlier::Unknown };
        if versions.is_empty()
            && let Some(old_name) = self.old_name(file)
        {
            let Some(of_old_name) = self.versions(&old_name) else { return Earlier::Unknown };
            versions = of_old_name;
        }
        let is_cut = versions.len() > VERSIONS_MAX;
        let all: Vec<String> =
            versions.iter().take(VERSIONS_MAX).filter_map(|name| self.text(name)).collect();
        match all.iter().find(|text| usable(text)).cloned() {
            Some(readable) => Earlier::Versions { readable, all },
            None if self.is_whole && !is_cut => Earlier::New { is_first: self.is_first },
            None => Earlier::Unknown,
        }
    }

    /// Git's names of the contents that a file had, newest first, also under its old names.
    fn versions(&self, file: &str) -> Option<Vec<String>> {
        let alike = format!("-M{ALIKE_MIN}%");
        let log = ["--literal-pathspecs", "log", "--follow", &alike, "--raw", "--no-abbrev", "--format="];
        let listed = self.git.run(&[&log[..], &[VERSIONS_ASKED, "--", file]].concat()).ok()?;
        // `:100644 100644 OLD NEW M<tab>path`
        let new = |line: &str| {
            let name = line.strip_prefix(':')?.split_whitespace().nth(3)?;
            (!name.bytes().all(|letter| letter == b'0')).then(|| name.to_owned())
        };
        Some(listed.lines().filter_map(new).collect())
    }

    /// The file that is gone from the folder and most like this one, which no commit has yet.
    fn old_name(&self, file: &str) -> Option<String> {
        let gone = [
            "diff",
            "--name-only",
            "--relative",
            "--diff-filter=D",
            "--no-renames",
            "HEAD",
            "--",
            "incidents",
        ];
        let gone = self.git.run(&gone).ok()?;
        let now = text_of(self.root, file)?;
        let alike = |name: &str| likeness(&self.text(&format!("HEAD:./{name}")).unwrap_or_default(), &now);
        let best = gone.lines().map(|name| (alike(name), name)).max()?;
        (best.0 >= ALIKE_MIN).then(|| best.1.to_owned())
    }

    fn text(&self, name: &str) -> Option<String> {
        self.git.run(&["cat-file", "blob", name]).ok().map(|text| format!("{text}\n"))
    }
}

/// How many of a text's lines another one has, in hundredths.
fn likeness(before: &str, now: &str) -> usize {
    let lines = |text: &str| -> BTreeSet<String> {
        text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
    };
    let (before, now) = (lines(before), lines(now));
    before.intersection(&now).count() * 100 / before.len().max(1)
}

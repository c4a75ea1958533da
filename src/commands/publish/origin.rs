//! What a build is made from: the commit, as git tells it, and a digest of what people are told.
//!
//! Asks git about the folder that is there and never fetches anything: publishing must work while the forge is away.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::model::Moment;
use crate::model::hash::derive;
use crate::model::site::Site;
use crate::publish::pointer::Origin;

/// What the files below `root` are, as far as git knows.
pub(crate) fn origin(root: &Path, site: &Site, now: Moment) -> Origin {
    let commit = git(root, &["rev-parse", "--verify", "--quiet", "HEAD^{commit}"]);
    let commit = commit.filter(|output| output.status.success()).map(|output| text(&output));
    let own = ["status", "--porcelain", "--", "site", "incidents", "themes"];
    let changed = git(root, &own).is_some_and(|output| !output.stdout.is_empty());
    Origin { commit, changed, rolled_back_from: None, time: now, site: digest(site, now) }
}

/// Whether the second commit descends from the first; `None` where this repository does not know one of them.
pub(crate) fn descends(root: &Path, ancestor: &str, descendant: &str) -> Option<bool> {
    // What a target says is not to be trusted as an option.
    let is_commit = |text: &str| !text.is_empty() && text.bytes().all(|c| c.is_ascii_hexdigit());
    if !is_commit(ancestor) || !is_commit(descendant) {
        return None;
    }
    let output = git(root, &["merge-base", "--is-ancestor", ancestor, descendant])?;
    match output.status.code() {
        Some(0) => Some(true),
        Some(1) => Some(false),
        _ => None,
    }
}

/// A hash over the words and facts that people have been, or are to be, told of at a moment. Nothing else of the site
/// and no later moment changes it, until another update's time has come.
pub(crate) fn digest(site: &Site, now: Moment) -> String {
    let told: Vec<String> =
        site.incidents.iter().map(|incident| format!("{:?}", incident.public_at(now))).collect();
    derive("site", &told.iter().map(String::as_str).collect::<Vec<_>>())
}

/// Runs git in the site's folder, without a question to anybody.
pub(crate) fn git(root: &Path, arguments: &[&str]) -> Option<Output> {
    let mut command = Command::new("git");
    command.arg("-C").arg(root).args(arguments).env("GIT_TERMINAL_PROMPT", "0");
    command.stdin(Stdio::null()).output().ok()
}

/// What a program printed, without the line break at its end.
pub(crate) fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
}

//! The origin of a build: its commit, and a digest of what is announced.
//!
//! Promises: the same texts and facts at the same time give the same digest on every machine. Asks the local git and never
//! fetches: publishing must work while the git host is down.

use std::path::Path;

use crate::model::Moment;
use crate::model::hash::derive;
use crate::model::site::Site;
use crate::publish::pointer::BuildSource;

use crate::workspace::git::Git;

/// What the files below `root` are, as far as git knows.
pub(crate) fn origin(root: &Path, site: &Site, now: Moment) -> BuildSource {
    let git = Git::at(root);
    let commit = git.run(&["rev-parse", "--verify", "--quiet", "HEAD^{commit}"]).ok();
    let own = ["status", "--porcelain", "--", "site", "incidents", "themes"];
    let changed = git.run(&own).is_ok_and(|files| !files.is_empty());
    BuildSource {
        commit,
        changed,
        rolled_back_from: None,
        taken_back: None,
        time: now,
        site: digest(site, now),
    }
}

/// A hash over the texts and facts that were, or will be, announced at a time. Nothing else of the site
/// and no later moment changes it, until another update's time has come.
pub(crate) fn digest(site: &Site, now: Moment) -> String {
    let told: Vec<String> =
        site.incidents.iter().map(|incident| format!("{:?}", incident.public_at(now))).collect();
    derive("site", &told.iter().map(String::as_str).collect::<Vec<_>>())
}

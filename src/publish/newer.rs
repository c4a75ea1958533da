//! Decides which of two builds is newer: by their commits in git, never by a clock.
//!
//! Promises: pure; if git cannot decide, the live build stays. Never compares times.

use super::pointer::{BuildSource, LiveBuild, TakenBack};

/// Why a build may not replace the live one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotNewer {
    /// The live build was made from a commit that descends from ours.
    #[error("the live build is from commit {0}, which is newer than yours ({1})")]
    Older(String, String),
    /// Neither commit descends from the other.
    #[error("the live build is from commit {0}, and {1} is not based on it")]
    Apart(String, String),
    /// The live build's commit is not in this repository.
    #[error("the live build is from commit {0}, which is not in this clone")]
    Unknown(String),
    /// The live build was made from a commit, and we are not in a repository.
    #[error(
        "the live build is from commit {0}, and this folder is not in a git repository, so it is unclear \
         which is newer"
    )]
    NoCommit(String),
    /// The page was taken back from this very commit.
    #[error("the page was rolled back from commit {commit}{}, and this build is from that same \
             commit", said(.back.as_ref()))]
    RolledBack {
        /// The commit, in short.
        commit: String,
        /// Who rolled it back, and when.
        back: Option<TakenBack>,
    },
    /// Something that is no page of allclear is where it would go.
    #[error("{place} holds other files ({files}) and no page of allclear")]
    Foreign {
        /// The folder, bucket or branch.
        place: String,
        /// The names of a few of them.
        files: String,
    },
}

impl NotNewer {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Older(..) | Self::Apart(..) => {
                "run `git pull` and publish again. `--force` replaces the live page with yours: incidents \
                 and updates that only the live page has disappear"
            }
            Self::Unknown(_) => {
                "run `git fetch` and publish again. `--force` replaces the live page with yours: incidents and \
                 updates that only the live page has disappear"
            }
            Self::NoCommit(_) => {
                "publish from a clone of the repository. `--force` replaces the live page with yours: incidents \
                 and updates that only the live page has disappear"
            }
            Self::RolledBack { .. } => {
                "commit a fix and publish that. `allclear rollback --release` brings back the page that was rolled back"
            }
            Self::Foreign { .. } => {
                "in site/page.toml, name a place for the page alone; it is created if it does not exist"
            }
        }
    }
}

/// Whether a build of `ours` may replace the live one. `descends` says whether the second commit descends from the
/// first; `None` where it does not know one of them.
pub fn may_replace(
    live: &LiveBuild,
    ours: &BuildSource,
    descends: &dyn Fn(&str, &str) -> Option<bool>,
) -> Result<(), NotNewer> {
    let Some(theirs) = live.origin.effective_commit() else { return Ok(()) };
    let Some(mine) = ours.effective_commit() else { return Err(NotNewer::NoCommit(short(theirs))) };
    if theirs == mine {
        let taken_back = live.origin.rolled_back_from.is_some() && ours.rolled_back_from.is_none();
        let (commit, back) = (short(mine), live.origin.taken_back.clone());
        return if taken_back { Err(NotNewer::RolledBack { commit, back }) } else { Ok(()) };
    }
    match (descends(theirs, mine), descends(mine, theirs)) {
        (Some(true), _) => Ok(()),
        (_, Some(true)) => Err(NotNewer::Older(short(theirs), short(mine))),
        (Some(false), _) => Err(NotNewer::Apart(short(theirs), short(mine))),
        (None, _) => Err(NotNewer::Unknown(short(theirs))),
    }
}

/// ` by Ana at 2026-11-20 10:00 UTC`.
fn said(back: Option<&TakenBack>) -> String {
    back.map(|back| format!(" by {} at {}", back.by, back.at.format("%Y-%m-%d %H:%M UTC")))
        .unwrap_or_default()
}

fn short(commit: &str) -> String {
    commit.get(..12).unwrap_or(commit).to_owned()
}

#[cfg(test)]
mod tests {
    use super::{NotNewer, may_replace};
    use crate::model::Moment;
    use crate::publish::manifest::{BuildId, FileFacts};
    use crate::publish::pointer::{BuildSource, LiveBuild};

    fn origin(commit: Option<&str>, rolled_back_from: Option<&str>) -> BuildSource {
        BuildSource {
            commit: commit.map(str::to_owned),
            changed: false,
            rolled_back_from: rolled_back_from.map(str::to_owned),
            taken_back: None,
            time: Moment::default(),
            site: String::new(),
        }
    }

    fn live(commit: Option<&str>, rolled_back_from: Option<&str>) -> LiveBuild {
        let build = BuildId::new(&FileFacts::of(b"").hash).expect("an id");
        LiveBuild::over(None, build, origin(commit, rolled_back_from))
    }

    /// Commits are `1`, `2`, … in a line; `x` is next to it and `?` is not known.
    fn descends(ancestor: &str, descendant: &str) -> Option<bool> {
        if [ancestor, descendant].contains(&"?") {
            return None;
        }
        Some(!ancestor.contains('x') && !descendant.contains('x') && ancestor < descendant)
    }

    #[test]
    fn the_order_of_commits_decides() {
        for (theirs, ours, expected) in [
            (Some("1"), Some("2"), Ok(())),
            (Some("2"), Some("2"), Ok(())),
            (None, Some("1"), Ok(())),
            (None, None, Ok(())),
            (Some("2"), Some("1"), Err(NotNewer::Older("2".into(), "1".into()))),
            (Some("2"), Some("x"), Err(NotNewer::Apart("2".into(), "x".into()))),
            (Some("?"), Some("1"), Err(NotNewer::Unknown("?".into()))),
            (Some("1"), None, Err(NotNewer::NoCommit("1".into()))),
        ] {
            assert_eq!(
                may_replace(&live(theirs, None), &origin(ours, None), &descends),
                expected,
                "{theirs:?} {ours:?}"
            );
        }
    }

    #[test]
    fn what_was_taken_back_stays_back_until_a_newer_commit() {
        let live = live(Some("1"), Some("3"));
        let publish = |commit| may_replace(&live, &origin(Some(commit), None), &descends);
        assert_eq!(publish("3"), Err(NotNewer::RolledBack { commit: "3".into(), back: None }));
        assert_eq!(publish("2"), Err(NotNewer::Older("3".into(), "2".into())));
        assert_eq!(publish("4"), Ok(()));
        assert_eq!(may_replace(&live, &origin(Some("2"), Some("3")), &descends), Ok(()), "back once more");
    }
}

//! Refuses to notify from a checkout that is older than the commit of the last announcement.
//!
//! Promises: a run from files that are older than the announced ones is refused, however late it comes; after a rewritten
//! history, or without git, files are compared by content as usual.

use chrono::DateTime;

use crate::model::announced::Commit;

use crate::cli::exit::Failure;
use crate::workspace::git::Git;
use crate::workspace::root::Root;

/// The commit that the files are at, if they are in a repository.
pub(crate) fn commit_of(root: &Root) -> Option<Commit> {
    let shown = Git::at(&root.path).run(&["show", "--no-patch", "--format=%H %cI", "HEAD"]).ok()?;
    let (id, at) = shown.split_once(' ')?;
    Some(Commit { id: id.to_owned(), at: DateTime::parse_from_rfc3339(at).ok()?.into() })
}

/// Refuses files that are older than the announced ones.
pub(crate) fn refuse_stale_checkout(
    root: &Root,
    ours: Option<&Commit>,
    told: Option<&Commit>,
) -> Result<(), Failure> {
    let (Some(ours), Some(told)) = (ours, told) else { return Ok(()) };
    if ours.id == told.id || !is_older(root, ours, told) {
        return Ok(());
    }
    let short = |commit: &Commit| commit.id.get(..12).unwrap_or(&commit.id).to_owned();
    Err(Failure::Refused {
        why: format!(
            "subscribers were already notified from commit {}, which is newer than this checkout at {}",
            short(told),
            short(ours)
        ),
        hint: "nothing was sent; run `git pull`, then run this again".to_owned(),
    })
}

/// Older is what the other descends from. Where the other is not known here, as in a clone that was made before it was
/// pushed, or after the history was rewritten, the times decide.
fn is_older(root: &Root, ours: &Commit, told: &Commit) -> bool {
    Git::at(&root.path).descends(&ours.id, &told.id).unwrap_or(ours.at < told.at)
}

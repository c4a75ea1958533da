//! Refuses state (such as `.allclear/`) that someone committed into the repository.
//!
//! Promises: committed state is an error of the files, and no copy in it is used: otherwise a commit would decide what
//! counts as already announced, and a pull would replace the live ledger. Asks git, and changes nothing.

use std::path::Path;

use crate::model::problem::{Problem, ProblemLevel};
use crate::workspace::git::Git;
use crate::workspace::state::FOLDER as STATE;

/// What is wrong where the repository holds state; nothing if there is no repository.
pub(crate) fn problem(root: &Path) -> Option<Problem> {
    // Where the folder is not there, git need not be asked.
    let is_there = root.join(STATE).is_dir();
    let listed = is_there.then(|| Git::at(root).run(&["ls-files", "-z", "--", STATE]).ok()).flatten()?;
    let first = listed.split('\0').find(|file| !file.is_empty())?;
    Some(Problem {
        file: first.to_owned(),
        place: None,
        level: ProblemLevel::Error,
        rule: "committed-state",
        message: format!("allclear's own state is in the repository: a pull would overwrite `{STATE}`"),
        hint: Some(format!("run `git rm -r --cached {STATE}`, and add `/{STATE}/` to .gitignore")),
    })
}

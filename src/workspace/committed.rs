//! Whether git tracks a file: then anyone who can open a pull request may have written it.
//!
//! Promises: a file that git does not know, or that lies elsewhere, is the operator's own. Never reads the file.

use std::path::Path;

use crate::config::secret::Secret;
use crate::workspace::git::Git;

/// Whether git keeps the file, or the one that it is a link to.
pub(crate) fn is_committed(root: &Path, path: &Path) -> bool {
    let git = Git::at(root);
    let is_kept = |path: &Path| {
        let path = path.to_string_lossy();
        // Outside of a repository, and of a path outside, git says nothing but an error.
        git.run(&["ls-files", "--", &path]).is_ok_and(|found| !found.is_empty())
    };
    let path = root.join(path);
    let here = std::path::absolute(&path).unwrap_or_else(|_| path.clone());
    is_kept(&here) || path.canonicalize().is_ok_and(|real| is_kept(&real))
}

/// Whether a secret is the operator's: from the environment, or from a file that git does not keep.
pub(crate) fn is_ours(root: &Path, secret: &Secret) -> bool {
    match secret {
        Secret::Environment(_) => true,
        Secret::File(path) => !is_committed(root, path),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn what_git_keeps_is_the_repositorys_and_everything_else_the_operators() {
        let (root, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let place = |name: &str| root.path().join(name);
        fs::write(elsewhere.path().join("secret"), "x").unwrap();
        for name in ["kept", "own"] {
            fs::write(place(name), "x").unwrap();
        }
        symlink("kept", place("link")).unwrap();
        assert!(!is_committed(root.path(), Path::new("kept")), "there is no repository");
        let git = Git::at(root.path());
        git.run(&["init", "--quiet"]).unwrap();
        git.run(&["add", "kept"]).unwrap();
        for name in ["kept", "link", "./kept", "x/../kept"] {
            assert!(is_committed(root.path(), Path::new(name)), "{name}");
        }
        assert!(is_committed(root.path(), &place("kept")));
        assert!(!is_committed(root.path(), Path::new("own")));
        assert!(!is_committed(root.path(), &elsewhere.path().join("secret")));
        assert!(!is_committed(root.path(), Path::new("not-there")));
    }
}

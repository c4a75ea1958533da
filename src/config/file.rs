//! Reads a configuration file as text, or returns the problem that prevents it.
//!
//! Promises: reads no more than the size limit, and follows no link, because problems quote lines of the file.

use std::path::Path;

use crate::files::{Error, Folder, owner_hint};
use crate::located::FILE_BYTES_MAX;
use crate::model::problem::{Problem, ProblemLevel};

/// The name of the page's file, below the site's root.
pub const PAGE_FILE: &str = "site/page.toml";

/// Reads the file of that name below `root`; `Ok(None)` if there is none. `name` is how problems call it.
pub(super) fn read(root: &Path, name: &str) -> Result<Option<String>, Box<Problem>> {
    let fault = |rule, message: String| {
        Box::new(Problem {
            file: name.to_owned(),
            place: None,
            level: ProblemLevel::Error,
            rule,
            message,
            hint: None,
        })
    };
    let read = Folder::open(root).and_then(|root| root.read(name, FILE_BYTES_MAX as u64));
    let bytes = match read {
        Ok(Some(bytes)) => bytes,
        Ok(None) => return Ok(None),
        Err(error) if error.is_not_found() => return Ok(None),
        Err(Error::TooLarge { .. }) => {
            let message = format!("the file is larger than the {FILE_BYTES_MAX} bytes that are read");
            return Err(fault("file-too-large", message));
        }
        Err(error @ Error::Link) => return Err(fault("symlink", error.to_string())),
        Err(error) => {
            let message = format!("the file cannot be read: {error}");
            let hint = error.is_denied().then(|| owner_hint(&root.join(name))).flatten();
            return Err(Box::new(Problem { hint, ..*fault("unreadable-file", message) }));
        }
    };
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Some(text)),
        Err(_) => Err(fault("not-utf-8", "the file is not text in UTF-8".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn a_file_that_is_no_text_is_a_problem() {
        let root = tempfile::tempdir().expect("a folder");
        let rule_of = |name: &str, bytes: &[u8]| {
            std::fs::write(root.path().join(name), bytes).expect("written");
            read(root.path(), name).map_err(|problem| problem.rule)
        };
        assert_eq!(rule_of("fine.toml", b"a = 1"), Ok(Some("a = 1".to_owned())));
        assert_eq!(rule_of("latin.toml", b"a = '\xe9'"), Err("not-utf-8"));
        assert_eq!(rule_of("large.toml", &vec![b'#'; 300_000]), Err("file-too-large"));
        assert_eq!(read(root.path(), "none.toml"), Ok(None));
        std::fs::create_dir(root.path().join("folder")).expect("made");
        assert_eq!(read(root.path(), "folder").map_err(|problem| problem.rule), Err("unreadable-file"));
        std::os::unix::fs::symlink("fine.toml", root.path().join("link.toml")).expect("linked");
        assert_eq!(read(root.path(), "link.toml").map_err(|problem| problem.rule), Err("symlink"));
    }
}

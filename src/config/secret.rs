//! Secrets: named in a file, kept elsewhere, read when they are needed.
//!
//! Promises: a secret that is in a configuration file itself is a problem that does not repeat it; neither a
//! secret nor the problem about one is ever shown by `Debug`. This is the only place of the room that reads the
//! environment.

use std::fmt;
use std::io::Read;
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags};

use crate::located::{Entry, Field, Value};
use crate::provider::Hidden;

/// A secret of more bytes than this is refused: it is some other file.
const SECRET_BYTES_MAX: usize = 64 * 1024;

/// Where a secret is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Secret {
    /// In the environment variable of that name: `{ env = "NAME" }`.
    Environment(String),
    /// In a file, absolute or from the site's root: `{ file = "path" }`.
    File(PathBuf),
}

/// A secret in the clear, for the provider and nobody else.
#[derive(Clone, PartialEq, Eq)]
pub struct Revealed(String);

/// Why a secret cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The variable is not set.
    #[error("the environment variable `{0}` is not set")]
    NotSet(String),
    /// The file cannot be read.
    #[error("the secret in `{path}` cannot be read")]
    Unreadable {
        /// The file, as the plan names it.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// What is there is empty, too long or no text.
    #[error("the secret in {0} must be text, not empty, of at most {SECRET_BYTES_MAX} bytes")]
    Unusable(Secret),
}

impl Secret {
    /// Reads the secret, without one line break at its end. A relative path counts from `root`.
    pub fn reveal(&self, root: &Path) -> Result<Revealed, SecretError> {
        let bytes = match self {
            Self::Environment(name) => {
                std::env::var_os(name).ok_or_else(|| SecretError::NotSet(name.clone()))?.into_encoded_bytes()
            }
            Self::File(path) => read_secret_file(&root.join(path))
                .map_err(|source| SecretError::Unreadable { path: path.clone(), source })?,
        };
        let unusable = || SecretError::Unusable(self.clone());
        let text = String::from_utf8(bytes).map_err(|_| unusable())?;
        let text =
            text.strip_suffix('\n').map_or(text.as_str(), |line| line.strip_suffix('\r').unwrap_or(line));
        let usable = !text.is_empty() && text.len() <= SECRET_BYTES_MAX;
        usable.then(|| Revealed(text.to_owned())).ok_or_else(unusable)
    }

    /// Reads `{ env = "NAME" }` or `{ file = "path" }`. Whatever else is there is kept out of every problem: it
    /// may be the secret.
    pub(super) fn read(field: &Field<'_>) -> Option<Self> {
        let (rule, fault) = match field.value()? {
            Value::Table(entries) => match entries.as_slice() {
                [entry] if named(entry).is_some() => return named(entry),
                _ => ("bad-secret", "does not say where to find the secret"),
            },
            _ => ("plain-secret", "contains the secret itself, readable by everyone with access to the file"),
        };
        let hint = "name an environment variable, `{ env = \"NAME\" }`, or a file, `{ file = \"path\" }`";
        field.hide();
        field.error(rule, format!("`{}` {fault}", field.path()), Some(hint.to_owned()));
        None
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Environment(name) => write!(f, "the environment variable `{name}`"),
            Self::File(path) => write!(f, "the file `{}`", path.display()),
        }
    }
}

impl Revealed {
    /// The URL that it is, if it is one.
    pub(super) fn url(&self) -> Option<url::Url> {
        url::Url::parse(&self.0).ok()
    }

    /// The secret itself, for the provider and nobody else.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<Revealed> for Hidden {
    fn from(secret: Revealed) -> Self {
        Self::new(secret.0)
    }
}

impl fmt::Debug for Revealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Revealed(…)")
    }
}

fn named(entry: &Entry) -> Option<Secret> {
    let Value::Text(text) = &entry.value.value else { return None };
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    match entry.key.as_str() {
        "env" if (1..=100).contains(&text.len()) && text.chars().all(is_name) => {
            Some(Secret::Environment(text.clone()))
        }
        "file" if !text.is_empty() && !text.contains(char::is_control) => Some(Secret::File(text.into())),
        _ => None,
    }
}

/// Reads a regular file. A pipe is not waited for: without a program at its other end, that would never end.
fn read_secret_file(path: &Path) -> std::io::Result<Vec<u8>> {
    let file = rustix::fs::open(path, OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC, Mode::empty())?;
    let file = std::fs::File::from(file);
    if !file.metadata()?.is_file() {
        return Err(std::io::Error::other("it is not a regular file"));
    }
    let mut bytes = Vec::new();
    file.take(SECRET_BYTES_MAX as u64 + 3).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Revealed, SECRET_BYTES_MAX, Secret};
    use crate::config::tests::line;
    use crate::located::Document;

    fn read(text: &str) -> (Option<Secret>, Vec<String>, String) {
        let document = Document::from_toml("site/plan.toml", text, 0..text.len());
        let secret = Secret::read(&document.root().optional("password"));
        let (problems, places) = document.into_parts();
        (secret, problems.iter().map(line).collect(), format!("{problems:?}{places:?}"))
    }

    #[test]
    fn a_secret_is_named_by_variable_or_file() {
        let (secret, problems, _) = read("password = { env = 'RELAY_PASSWORD' }");
        assert_eq!((secret, problems), (Some(Secret::Environment("RELAY_PASSWORD".into())), vec![]));
        let (secret, problems, _) = read("[password]\nfile = 'secrets/relay'");
        assert_eq!((secret, problems), (Some(Secret::File("secrets/relay".into())), vec![]));
    }

    #[test]
    fn a_secret_in_the_file_is_a_problem_that_does_not_repeat_it() {
        for (text, rule) in [
            ("password = 'hunter2'", "plain-secret"),
            ("password = \"\"\"\nhunter2\nhunter2\"\"\"", "plain-secret"),
            ("password = ['hunter2']", "plain-secret"),
            ("password = { value = 'hunter2' }", "bad-secret"),
            ("password = { env = 'hunter2!' }", "bad-secret"),
            ("password = { env = 'A', file = 'hunter2' }", "bad-secret"),
            ("password = {}", "bad-secret"),
        ] {
            let (secret, problems, shown) = read(text);
            assert_eq!(secret, None, "{text}");
            assert!(problems.len() == 1 && problems[0].contains(rule), "{text}: {problems:?}");
            assert!(!shown.contains("hunter2"), "{shown}");
        }
    }

    #[test]
    fn a_file_is_revealed_without_its_last_line_break() {
        let root = tempfile::tempdir().expect("a folder");
        let reveal = |bytes: &[u8]| {
            std::fs::write(root.path().join("secret"), bytes).expect("written");
            Secret::File("secret".into()).reveal(root.path()).map_err(|error| error.to_string())
        };
        for (bytes, text) in
            [("hunter2\n", "hunter2"), ("hunter2\r\n", "hunter2"), ("a\n\n", "a\n"), (" a ", " a ")]
        {
            assert_eq!(reveal(bytes.as_bytes()), Ok(Revealed(text.to_owned())));
        }
        let longest = "x".repeat(SECRET_BYTES_MAX);
        assert!(reveal(format!("{longest}\r\n").as_bytes()).is_ok());
        for bytes in [&b""[..], b"\n", b"\xff", format!("{longest}y").as_bytes()] {
            let error = reveal(bytes).expect_err("unusable");
            assert!(error.starts_with("the secret in the file `secret` must be text"), "{error}");
        }
        let error = Secret::File("none".into()).reveal(root.path()).expect_err("no file");
        assert_eq!(error.to_string(), "the secret in `none` cannot be read");
    }

    #[test]
    fn a_secret_is_in_a_regular_file_and_nothing_else_is_waited_for() {
        let root = tempfile::tempdir().expect("a folder");
        let made =
            std::process::Command::new("mkfifo").arg(root.path().join("pipe")).status().expect("mkfifo");
        assert!(made.success());
        std::fs::create_dir(root.path().join("folder")).expect("a folder");
        std::fs::write(root.path().join("real"), "hunter2\n").expect("written");
        std::os::unix::fs::symlink("real", root.path().join("link")).expect("a link");
        for (path, is_read) in
            [("pipe", false), ("folder", false), ("/dev/zero", false), ("real", true), ("link", true)]
        {
            let revealed = Secret::File(path.into()).reveal(root.path());
            assert_eq!(revealed.is_ok(), is_read, "{path}");
            if let Err(error) = revealed {
                let source = std::error::Error::source(&error).map(ToString::to_string);
                assert_eq!(source.as_deref(), Some("it is not a regular file"), "{path}");
            }
        }
    }

    #[test]
    fn a_variable_is_revealed_when_asked() {
        let here = Path::new(".");
        let name = Secret::Environment("CARGO_PKG_NAME".into()).reveal(here).expect("set by cargo");
        assert_eq!((name.expose(), format!("{name:?}").as_str()), ("allclear", "Revealed(…)"));
        let error = Secret::Environment("ALLCLEAR_NOT_SET".into()).reveal(here).expect_err("not set");
        assert_eq!(error.to_string(), "the environment variable `ALLCLEAR_NOT_SET` is not set");
    }
}

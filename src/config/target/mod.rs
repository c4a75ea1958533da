//! Targets: where the page is published, from `[[targets]]` of `site/page.toml`.
//!
//! Promises: what is written reads back equal; a secret is named, never held. Never asks a target anything.

mod cdn;
mod read;
mod write;

#[cfg(test)]
mod tests;

use std::ffi::OsString;
use std::path::PathBuf;

pub use cdn::Cdn;
pub(super) use read::targets;
pub use read::{parse_targets, read_targets};
pub use write::write_targets;

use super::secret::Secret;
use crate::model::page::Links;

/// One place the page is published to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// What the operator calls it: lower-case letters, digits and hyphens. Unique.
    pub name: String,
    /// Where readers find it: absolute, without a slash at its end. The page's own URL by default.
    pub url: String,
    /// The target's kind with its settings.
    pub place: TargetKind,
    /// Whether a `_headers` file with the cache rules is put at its root, for hosts that read one.
    pub headers_file: bool,
    /// What stands before it and keeps copies.
    pub cdn: Option<Cdn>,
    /// The form of links to pages there: the page's own setting, the same for every target.
    pub links: Links,
}

/// The settings that only one kind of target has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TargetKind {
    /// A folder of this machine.
    Folder(Folder),
    /// A bucket of S3, or of anything that speaks it.
    S3(S3),
    /// A bucket of Google Cloud Storage.
    Gcs(Gcs),
    /// A container of Azure Blob Storage.
    Azure(Azure),
    /// A branch of a git repository, for the pages of a git host.
    Branch(Branch),
    /// A program of the operator's.
    Command(Program),
}

impl TargetKind {
    /// The values of `kind`, in the order of the documentation.
    pub const KINDS: [&str; 6] = ["folder", "s3", "gcs", "azure", "branch", "command"];

    /// The word of `kind`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Folder(_) => "folder",
            Self::S3(_) => "s3",
            Self::Gcs(_) => "gcs",
            Self::Azure(_) => "azure",
            Self::Branch(_) => "branch",
            Self::Command(_) => "command",
        }
    }
}

/// A folder of this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folder {
    /// The folder; a relative path counts from the site's root.
    pub path: PathBuf,
    /// How a new build replaces the old.
    pub switch: Switch,
    /// Whether a `.gz` and a `.br` are next to what is read often, for a server that sends them as they are.
    pub compressed: bool,
}

/// How a new build replaces the old in a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Switch {
    /// Each build is a folder below `releases/`, and the link `current` is turned to it in one step.
    Link,
    /// File by file, each replaced in one step, in an order that never breaks a link.
    InPlace,
}

impl Switch {
    /// Both ways of switching.
    pub const ALL: [Self; 2] = [Self::Link, Self::InPlace];

    /// The word in the file.
    pub fn word(self) -> &'static str {
        match self {
            Self::Link => "link",
            Self::InPlace => "in-place",
        }
    }

    /// The one a word names.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|switch| switch.word() == word)
    }
}

/// A bucket of S3, or of anything that speaks it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct S3 {
    /// Its name, without the account's or region's.
    pub bucket: String,
    /// The folder within it, without slashes at its ends.
    pub prefix: Option<String>,
    /// The region, as signatures name it.
    pub region: String,
    /// The address of the service, if it is not AWS's.
    pub endpoint: Option<String>,
    /// The account; the variables that AWS's own programs read by default.
    pub keys: AwsKeys,
}

/// An account of AWS, or of what takes its signatures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AwsKeys {
    /// The key's id.
    pub access_key_id: Secret,
    /// The secret half of the key, which signs requests.
    pub secret_access_key: Secret,
    /// What keys for a while need next to them.
    pub session_token: Option<Secret>,
}

impl Default for AwsKeys {
    fn default() -> Self {
        let variable = |name: &str| Secret::Environment(name.to_owned());
        Self {
            access_key_id: variable("AWS_ACCESS_KEY_ID"),
            secret_access_key: variable("AWS_SECRET_ACCESS_KEY"),
            session_token: Some(variable("AWS_SESSION_TOKEN")),
        }
    }
}

/// A bucket of Google Cloud Storage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gcs {
    /// Its name, without the account's or region's.
    pub bucket: String,
    /// The folder within it, without slashes at its ends.
    pub prefix: Option<String>,
    /// The service account's key, as JSON; the machine's own account by default.
    pub service_account: Option<Secret>,
}

/// A container of Azure Blob Storage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Azure {
    /// The storage account.
    pub account: String,
    /// The container; `$web` is the one of Azure's static sites.
    pub container: String,
    /// The folder within it, without slashes at its ends.
    pub prefix: Option<String>,
    /// The address of the service, if it is not Azure's.
    pub endpoint: Option<String>,
    /// The account's key; the machine's own identity by default.
    pub access_key: Option<Secret>,
}

/// A program of the operator's that takes the page to its place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Program {
    /// The program and its arguments.
    pub run: Vec<String>,
    /// The environment variables that it gets in addition to the usual ones.
    pub environment: Vec<String>,
}

impl Program {
    /// What every program gets of the environment.
    const USUAL: [&str; 11] = [
        "PATH",
        "HOME",
        "USER",
        "LOGNAME",
        "SHELL",
        "LANG",
        "LC_ALL",
        "TZ",
        "TMPDIR",
        "SSH_AUTH_SOCK",
        "XDG_RUNTIME_DIR",
    ];

    /// The variables of this process that it gets.
    pub fn variables(&self) -> Vec<(OsString, OsString)> {
        let is_named =
            |name: &str| Self::USUAL.contains(&name) || self.environment.iter().any(|own| own == name);
        std::env::vars_os().filter(|(name, _)| name.to_str().is_some_and(is_named)).collect()
    }
}

/// A branch of a git repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Branch {
    /// A remote of the site's own repository, or the address of another.
    pub remote: String,
    /// The branch. It holds the page and nothing else.
    pub branch: String,
}

//! Servers that an operator gives to a drill in place of the built-in ones: `drill --servers FILE`.
//!
//! Promises: a server is a port, and its host is always this machine, so no file can lead a drill elsewhere. Only reads.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde::Deserialize;

use crate::cli::exit::Failure;
use crate::drill::toml_file;
use crate::files;

const BYTES_MAX: u64 = 64 * 1024;

/// The text of a file that the operator names, which lies anywhere; at most 64 KiB.
pub(super) fn text(path: &Path) -> anyhow::Result<String> {
    let why = || format!("failed to read {}", path.display());
    let bytes = files::read(path, BYTES_MAX).with_context(why)?;
    let bytes = bytes.with_context(|| format!("{} does not exist", path.display()))?;
    String::from_utf8(bytes).with_context(why)
}

/// The servers of a drill that are not built in.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Given {
    /// A mail server that takes mail without encryption and login.
    pub(super) mail: Option<GivenMail>,
    /// An SMS gateway with Kannel's interface.
    pub(super) text: Option<GivenText>,
    /// An S3 server, to which the page is published in addition to the folder.
    pub(super) bucket: Option<GivenBucket>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GivenMail {
    pub(super) port: u16,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GivenText {
    pub(super) port: u16,
    pub(super) user: String,
    /// An absolute path, or one from the folder of the file that names it.
    pub(super) password_file: PathBuf,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GivenBucket {
    pub(super) port: u16,
    pub(super) name: String,
    pub(super) region: String,
    pub(super) access_key_id_file: PathBuf,
    pub(super) secret_access_key_file: PathBuf,
}

impl Given {
    /// The servers that a file names.
    pub(super) fn read(path: &Path) -> Result<Self, Failure> {
        let text = text(path)?;
        let mut given =
            Self::parse(&text).map_err(|fault| Failure::Usage(format!("{}: {fault}", path.display())))?;
        let folder = std::path::absolute(path).unwrap_or_default();
        let folder = folder.parent().unwrap_or(Path::new("/"));
        let text = given.text.as_mut().map(|text| &mut text.password_file);
        let bucket = given.bucket.as_mut();
        let keys = bucket.map(|one| [&mut one.access_key_id_file, &mut one.secret_access_key_file]);
        for file in text.into_iter().chain(keys.into_iter().flatten()) {
            *file = folder.join(&*file);
        }
        Ok(given)
    }

    fn parse(text: &str) -> Result<Self, String> {
        let given: Self = toml_file::parse(text).map_err(|fault| {
            format!("{fault} (a server is a port of this machine; docs/plan.md has an example)")
        })?;
        let ports = [
            given.mail.as_ref().map(|mail| mail.port),
            given.text.as_ref().map(|text| text.port),
            given.bucket.as_ref().map(|bucket| bucket.port),
        ];
        match ports.contains(&Some(0)) {
            true => Err("a port is 1 to 65535".to_owned()),
            false => Ok(given),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Given;

    #[test]
    fn a_server_is_a_port_and_never_a_host() {
        let given = Given::parse(
            "[mail]\nport = 2525\n[text]\nport = 13013\nuser = 'drill'\npassword_file = 'password'\n",
        );
        let given = given.unwrap();
        assert_eq!((given.mail.unwrap().port, given.text.unwrap().port), (2525, 13013));
        assert!(Given::parse("").unwrap().bucket.is_none());
        for (text, wrong) in [
            ("[mail]\nport = 25\nhost = 'mail.acme.test'\n", "line 3: unknown field `host`"),
            ("[mail]\nhost = '192.0.2.1'\n", "line 2: unknown field `host`"),
            ("[mail]\nport = 'mail.acme.test:25'\n", "line 2: invalid type"),
            ("[mail]\nport = 70000\n", "line 2: invalid value"),
            ("[mail]\nport = 0\n", "a port is 1 to 65535"),
            ("[text]\nurl = 'https://sms.acme.test'\n", "line 2: unknown field `url`"),
            ("[text]\nport = 13013\nuser = 'x@sms.acme.test/'\n", "missing field `password_file`"),
            (
                "[bucket]\nport = 9000\nendpoint = 'https://s3.acme.test'\n",
                "line 3: unknown field `endpoint`",
            ),
            ("[push]\nport = 1\n", "line 1: unknown field `push`"),
        ] {
            let said = Given::parse(text).unwrap_err();
            assert!(said.contains(wrong), "{text}: {said}");
        }
    }
}

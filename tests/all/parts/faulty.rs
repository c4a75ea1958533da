//! A faulty mail server on aiosmtpd, whose behavior the recipient's name chooses.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use crate::fixtures::part::{Part, wait_for, wait_for_port};
use crate::fixtures::port::free_port;

pub(crate) struct FaultyRelay {
    folder: TempDir,
    port: u16,
    /// Ends with the value.
    _server: Part,
}

impl FaultyRelay {
    pub(crate) fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let python = here.join("target/parts/venv/bin/python");
        assert!(python.exists(), "aiosmtpd is not installed: run tests/install as root");
        let script = here.join("tests/all/parts/faulty_relay.py");
        let port = free_port();
        let accepted = folder.path().join("accepted");
        fs::write(&accepted, "").unwrap();
        let arguments = [script.to_str().unwrap(), &port.to_string(), accepted.to_str().unwrap()];
        let server = Part::start(folder.path(), python.to_str().unwrap(), &arguments);
        wait_for_port(port);
        Self { folder, port, _server: server }
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The mail part of a plan that uses it, with quick retries.
    pub(crate) fn plan(&self) -> String {
        format!(
            "[mail]\nfrom = 'status@example.test'\nproviders = ['relay']\n\
             [providers.relay]\nkind = 'smtp'\nhost = '127.0.0.1'\nport = {}\nsecurity = 'none'\n\
             [retry]\nattempts_max = 3\nfirst = '1s'\nlongest = '1s'\n",
            self.port
        )
    }

    /// The recipients of every mail it took, once there are as many; fewer after a while.
    pub(crate) fn accepted(&self, count: usize) -> Vec<String> {
        let read = || -> Vec<String> {
            let text = fs::read_to_string(self.folder().join("accepted")).unwrap();
            text.lines().map(str::to_owned).collect()
        };
        wait_for(|| Some(read()).filter(|accepted| accepted.len() >= count)).unwrap_or_else(read)
    }
}

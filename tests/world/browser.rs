//! A real browser without a window, and the plainest HTTP client there is.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;

use tempfile::TempDir;

/// Keeps the browser from calling anybody.
const QUIET: [&str; 9] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
];

pub(crate) struct Browser {
    profile: TempDir,
}

impl Browser {
    /// A browser with a fresh profile, in which scripts may run or may not.
    pub(crate) fn new(script: bool) -> Self {
        let profile = tempfile::tempdir().unwrap();
        let setting = if script { 1 } else { 2 };
        let preferences =
            format!(r#"{{"profile":{{"default_content_setting_values":{{"javascript":{setting}}}}}}}"#);
        std::fs::create_dir(profile.path().join("Default")).unwrap();
        std::fs::write(profile.path().join("Default/Preferences"), preferences).unwrap();
        Self { profile }
    }

    /// The words of the page once it is loaded, without its markup.
    pub(crate) fn words_of(&self, address: &str) -> String {
        let done = self.command().args(["--dump-dom", address]).output().unwrap();
        let dom = String::from_utf8(done.stdout).unwrap();
        assert!(dom.contains("</html>"), "no page: {}", String::from_utf8_lossy(&done.stderr));
        words(&dom)
    }

    fn command(&self) -> Command {
        let mut command = Command::new("/usr/bin/chromium");
        command.args(QUIET).arg(format!("--user-data-dir={}", self.profile.path().display()));
        command
    }
}

/// What stands between the tags of the body.
fn words(dom: &str) -> String {
    let body = dom.split_once("<body").map_or(dom, |(_, body)| body);
    let parts = body.split('<').map(|part| part.split_once('>').map_or(part, |(_, text)| text));
    parts.flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ")
}

/// One request, one answer, headers included.
pub(crate) fn get(address: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

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
    zone: Option<&'static str>,
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
        Self { profile, zone: None }
    }

    /// On a machine whose clock is in that time zone.
    pub(crate) fn in_zone(self, zone: &'static str) -> Self {
        Self { zone: Some(zone), ..self }
    }

    /// The words of the page once it is loaded, without its markup and without what is hidden.
    pub(crate) fn words_of(&self, address: &str) -> String {
        let done = self.command().args(["--dump-dom", address]).output().unwrap();
        let dom = String::from_utf8(done.stdout).unwrap();
        assert!(dom.contains("</html>"), "no page: {}", String::from_utf8_lossy(&done.stderr));
        words(&dom)
    }

    fn command(&self) -> Command {
        let mut command = Command::new("/usr/bin/chromium");
        command.args(QUIET).arg(format!("--user-data-dir={}", self.profile.path().display()));
        command.envs(self.zone.map(|zone| ("TZ", zone)));
        command
    }
}

/// What stands between the tags of the body, except within hidden elements and scripts.
fn words(dom: &str) -> String {
    let body = dom.split_once("<body").map_or(dom, |(_, body)| body);
    let (mut words, mut unseen) = (Vec::new(), None);
    for part in body.split('<') {
        let (tag, text) = part.split_once('>').unwrap_or(("", part));
        let name = tag.trim_start_matches('/').split(' ').next().unwrap_or_default();
        match &mut unseen {
            None if tag.ends_with(" hidden=\"\"") || name == "script" => unseen = Some((name, 1)),
            Some((hidden, depth)) if *hidden == name => *depth += if tag.starts_with('/') { -1 } else { 1 },
            _ => {}
        }
        unseen = unseen.filter(|(_, depth)| *depth > 0);
        if unseen.is_none() {
            words.extend(text.split_whitespace());
        }
    }
    words.join(" ")
}

/// One request, one answer, headers included.
pub(crate) fn get(address: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

//! A product that fails as it is told, and the page that explains why.

#![allow(dead_code, reason = "each test binary uses its own part of it")]

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;

use allclear::model::Moment;
use allclear::model::incident::{Audience, Eta};
use allclear::model::site::Site;
use allclear::theme::Theme;
use allclear::{config, load, render};
use tempfile::TempDir;

/// What a browser asks for, and what a program does.
pub(crate) const BROWSER: &str = "Accept: text/html,application/xhtml+xml,application/json;q=0.1";
pub(crate) const PROGRAMS: [&str; 2] = ["Accept: application/json", "Accept: application/problem+json"];

/// Builds the sample as it is in the middle of its incident.
pub(crate) fn build(folder: &Path) {
    build_with(folder, |_| ());
}

/// The same of a sample that was changed.
pub(crate) fn build_with(folder: &Path, change: impl FnOnce(&mut Site)) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (page, ..) = config::read_page(root);
    let mut site = load::read_site(root, page.unwrap(), None).site;
    change(&mut site);
    let (theme, _) = Theme::open(root, &site.page.theme, &site.page.looks);
    let now: Moment = "2026-11-20T10:30:00Z".parse().unwrap();
    for (path, bytes) in render::site(&site, &theme, now, Audience::Public).unwrap().files {
        let path = folder.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
}

/// The sample's files in a folder, its estimate a hundred years ahead of every clock: `Wed, 20 Nov 2126 11:30:00 GMT`.
pub(crate) fn built_far_ahead() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    build_with(folder.path(), |site| {
        let estimate = "2126-11-20T11:30:00Z".parse().unwrap();
        let stories = site.incidents.iter_mut().map(Arc::make_mut);
        for incident in stories.filter(|incident| incident.eta.is_some()) {
            incident.eta = Some(Eta::At(estimate));
            incident.updates.iter_mut().for_each(|update| update.eta = None);
        }
    });
    folder
}

/// A product that answers each request with the status at the end of its path, in a page of its own. Gives its port.
pub(crate) fn product() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map(Result::unwrap) {
            let mut request = String::new();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            reader.read_line(&mut request).unwrap();
            let mut line = String::from("…");
            while line.trim() != "" {
                line.clear();
                reader.read_line(&mut line).unwrap();
            }
            let path = request.split(' ').nth(1).unwrap_or_default();
            let status = path.rsplit('/').next().unwrap_or_default();
            let body = "the product's own words";
            let head = format!("HTTP/1.1 {status} Told\r\nContent-Length: {}", body.len());
            let answer = format!("{head}\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n{body}");
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    port
}

pub(crate) fn status_of(answer: &str) -> u16 {
    answer.split(' ').nth(1).unwrap().parse().unwrap()
}

/// What a header says.
pub(crate) fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
}

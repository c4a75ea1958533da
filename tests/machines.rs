//! What machines read, read by programs nobody here wrote: feedparser, icalendar, a JSON Schema and an OpenAPI
//! checker, xmllint with the schema of CAP 1.2, and a client made for Statuspage.
//!
//! Where a part is not installed the test fails and says how to install it, except the client: it needs Node.

#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test fails by panicking and says what it skips"
)]

use std::path::{Path, PathBuf};
use std::process::Command;

use allclear::model::Moment;
use allclear::model::localized::Localized;
use allclear::model::site::Site;
use allclear::theme::Theme;
use allclear::{config, load, render};
use serde_json::Value;
use tempfile::TempDir;

/// The moment the sample is written for.
fn now() -> Moment {
    "2026-11-20T10:30:00Z".parse().unwrap()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn sample() -> Site {
    let (page, ..) = config::read_page(root());
    load::read_site(root(), page.unwrap(), None).site
}

/// The sample with the same hostile words in every text of every language.
fn hostile(words: &str) -> Site {
    let mut site = sample();
    let spoil = |text: &mut Localized| {
        text.default = format!("{words}{}", text.default);
        text.translations.values_mut().for_each(|translation| *translation = format!("{translation}{words}"));
    };
    spoil(&mut site.page.name);
    for group in &mut site.page.groups {
        spoil(&mut group.name);
        for feature in &mut group.features {
            spoil(&mut feature.name);
            feature.description.as_mut().into_iter().for_each(spoil);
        }
    }
    for incident in &mut site.incidents {
        spoil(&mut incident.title);
        incident.impact.iter_mut().chain(&mut incident.workaround).for_each(spoil);
        incident.updates.iter_mut().for_each(|update| spoil(&mut update.body));
    }
    site
}

/// The site as files in a folder.
fn built(site: &Site) -> TempDir {
    let (theme, _) = Theme::open(root(), &site.page.theme);
    let folder = tempfile::tempdir().unwrap();
    for (path, bytes) in render::site(site, &theme, now()).unwrap().files {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
    folder
}

fn part(path: &str) -> PathBuf {
    let path = root().join("target/parts").join(path);
    assert!(path.exists(), "{} is not there: run tests/install as root", path.display());
    path
}

/// What a program printed, as JSON.
#[track_caller]
fn said(command: &mut Command) -> Value {
    let output = command.output().unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{complaint}");
    serde_json::from_slice(&output.stdout).unwrap()
}

#[track_caller]
fn read(folder: &TempDir) -> Value {
    said(Command::new(part("venv/bin/python3")).arg(root().join("tests/machines/read.py")).arg(folder.path()))
}

#[test]
fn the_sample_is_read_by_all() {
    let site = sample();
    let read = read(&built(&site));
    let languages = site.page.languages.len();
    let scopes = site.page.features().count() + 1;
    assert_eq!(read[".rss"], languages * scopes);
    assert_eq!(read[".atom"], languages * scopes);
    assert_eq!(read[".ics"], languages * scopes);
    assert_eq!(read["alerts"], site.incidents.len());
    let at_least = |what: &str, count: usize| {
        assert!(read[what].as_u64().unwrap() >= count as u64, "{what}: {read}");
    };
    at_least("entries", 2 * languages * site.incidents.len());
    at_least("events", languages * 4);
    at_least(".json", languages * scopes * 2 + 8);
}

#[test]
fn hostile_words_break_no_reader() {
    for words in [
        "]]><script>alert(1)</script>\"'<!--",
        "</title></script><x y=\"",
        "\u{0}\u{1}\u{b}\u{1f}\u{7f}\u{85}\u{fffe}\u{ffff}",
        "\u{202e}\u{2066}\u{200f}\u{2028}\u{2029}\u{feff}",
        "\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:evil\r\nX;Y=\"1,2\"\\n\\",
        "&amp;&#0;&notanentity;%00",
        "😀é\u{301}".repeat(60).as_str(),
    ] {
        let read = read(&built(&hostile(words)));
        assert!(read["entries"].as_u64().unwrap() > 100, "{words:?}: {read}");
    }
}

#[test]
fn a_client_of_statuspage_takes_us_for_it() {
    if Command::new("node").arg("--version").output().is_err() {
        eprintln!("SKIPPED: there is no Node here, so no client of Statuspage can be run");
        return;
    }
    let folder = built(&sample());
    let script = root().join("tests/machines/client.js");
    let understood = said(Command::new("node").arg(script).arg(folder.path()).arg(part("node/node_modules")));
    assert_eq!(
        understood,
        serde_json::json!({
            "page": "Larkmoor status",
            "indicator": "major",
            "components": 14,
            "broken": ["Card payments"],
            "incidents": 11,
            "unresolved": ["Card payments are failing", "Delivery times load slowly"],
            "upcoming": ["Longer codes for new gift cards", "Our order system moves to new machines"],
            "news": "The repair at our payment company takes longer than they told us, so we are moving card payments to our second",
        })
    );
}

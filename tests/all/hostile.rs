//! More than two thousand hostile lines in every field of a site: nothing of them runs in a real browser whose content
//! security policy is switched off, no feed, calendar, alert or JSON breaks, and no mail gains a header or a neighbor.
//!
//! Needs what tests/install brings; a machine without npm skips the browser.

mod desk;
mod echo;
mod lines;
mod outputs;
mod pull_request;

use std::path::{Path, PathBuf};
use std::process::Command;

use allclear::model::incident::{Audience, Incident, IncidentId};
use allclear::model::line::{has_no_width, is_unprintable};
use allclear::model::localized::Localized;
use allclear::model::site::Site;
use allclear::theme::Theme;
use allclear::{config, load, render};
use serde_json::Value;
use tempfile::TempDir;

use crate::fixtures::house::House;
use crate::fixtures::judge::{folder_of, part, root, there_is, told};
use lines::lines;

/// How many lines share a site: they stand together in the page's own texts, and so on each of its pages.
const LINES_PER_SITE: usize = 160;

/// How many lines stand together in the texts of an incident.
const LINES_PER_INCIDENT: usize = 20;

/// How many stand together in the texts of a feature.
const LINES_PER_FEATURE: usize = 40;

/// The sample's site in one language, with the lines in every text of it.
fn site_of(lines: &[String]) -> Site {
    let (page, ..) = config::read_page(root());
    let mut site = load::read_site(root(), page.unwrap(), None).site;
    site.page.languages.truncate(1);
    let text = |lines: &[String]| Localized::plain(lines.join(" "));
    let page = &mut site.page;
    (page.name, page.description) = (text(lines), Some(text(lines)));
    page.support_url = lines.iter().find(|line| line.contains("script:")).cloned();
    page.subscribe_url.clone_from(&page.support_url);
    page.groups.truncate(1);
    page.groups[0].name = text(lines);
    let mut shares = lines.chunks(LINES_PER_FEATURE);
    page.groups[0].features.retain_mut(|feature| {
        let Some(lines) = shares.next() else { return false };
        (feature.name, feature.description) = (text(lines), Some(text(lines)));
        true
    });
    assert!(shares.next().is_none(), "the sample has too few features for the lines");
    let like = site.incidents.iter().find(|incident| incident.workaround.is_some()).unwrap().clone();
    let works = site.incidents.iter().find(|incident| incident.window.is_some()).unwrap().clone();
    site.incidents.clear();
    for (number, lines) in lines.chunks(LINES_PER_INCIDENT).enumerate() {
        let mut incident = Incident::clone(if number % 4 == 0 { &works } else { &like });
        incident.id = IncidentId::new(&format!("2026/incident-{number}")).unwrap();
        (incident.title, incident.impact, incident.workaround) =
            (text(lines), Some(text(lines)), Some(text(lines)));
        for update in &mut incident.updates {
            update.body = Localized::plain(lines.join("\n\n"));
        }
        site.incidents.push(incident.into());
    }
    site
}

/// The site as files in a folder, for the audience that may read everything.
fn built(site: &Site) -> TempDir {
    let theme = Theme::built_in();
    let now = "2026-11-20T10:30:00Z".parse().unwrap();
    folder_of(render::site(site, &theme, now, Audience::Internal).unwrap())
}

fn pages_of(folder: &Path) -> Vec<PathBuf> {
    let files = walkdir::WalkDir::new(folder).sort_by_file_name().into_iter();
    let files = files.map(|entry| entry.unwrap().into_path());
    files.filter(|path| path.extension().is_some_and(|extension| extension == "html")).collect()
}

/// What the browser says of the pages: how many it has seen, and what ran or would run.
fn visited(pages: &[PathBuf]) -> Value {
    told("hostile/visit.js", &[], pages)
}

#[test]
fn nothing_runs_in_a_browser_without_a_policy_and_nothing_breaks_a_reader() {
    let lines = lines();
    assert!(lines.len() >= 2_000, "{} lines", lines.len());
    let folders: Vec<TempDir> = lines.chunks(LINES_PER_SITE).map(|lines| built(&site_of(lines))).collect();
    for folder in &folders {
        let reader = Command::new(part("venv/bin/python3"))
            .arg(root().join("tests/all/machines/read.py"))
            .arg(folder.path())
            .output()
            .unwrap();
        assert!(reader.status.success(), "{}", String::from_utf8_lossy(&reader.stderr));
    }
    let pages: Vec<PathBuf> = folders.iter().flat_map(|folder| pages_of(folder.path())).collect();
    if there_is("npm") {
        let told = visited(&pages);
        assert_eq!(told["complaints"], serde_json::json!([]));
        assert_eq!(told["seen"], pages.len());
    }
}

#[test]
fn the_browser_would_notice() {
    if !there_is("npm") {
        return;
    }
    let folder = built(&site_of(&lines()[..1]));
    let index = folder.path().join("index.html");
    let html = std::fs::read_to_string(&index).unwrap();
    for planted in [
        "<img src=x onerror=pwn()>",
        "<script>pwn()</script>",
        "<a href=\"javascript:pwn()\">x</a>",
        "<b onclick=pwn()>x</b>",
        "<base href=//evil.example/>",
        "<img src=https://evil.example/x>",
    ] {
        std::fs::write(&index, html.replacen("<h1", &format!("{planted}<h1"), 1)).unwrap();
        let told = visited(std::slice::from_ref(&index));
        assert_ne!(told["complaints"], serde_json::json!([]), "{planted}");
    }
}

#[test]
fn no_mail_gains_a_header_a_part_or_a_neighbour() {
    const LINES_PER_MAIL: usize = 25;
    let mut house = House::new().subscriber("ana@example.org");
    let plan = house.read("site/plan.toml");
    house.write("site/plan.toml", &format!("{plan}\n[brake]\nmessages_per_address_per_hour = 100\n"));
    let lines = lines();
    for (number, lines) in lines.chunks(LINES_PER_MAIL).enumerate() {
        house.write(&format!("incidents/incident-{number}.md"), &file(lines));
    }
    let incidents = lines.len().div_ceil(LINES_PER_MAIL);
    let house = house.run(&["notify", "--yes", "--many"]);
    let mails = house.raw_mails();
    assert_eq!(mails.len(), incidents, "{}", house.stderr());
    let shape = |raw: &str| {
        let mail = mail_parser::MessageParser::default().parse(raw.as_bytes()).unwrap();
        let names: Vec<String> = mail.headers().iter().map(|header| header.name().to_owned()).collect();
        let parts = mail.parts.len();
        (names, parts, mail.to().unwrap().as_list().unwrap().len())
    };
    for (to, raw) in &mails {
        assert_eq!(to, "ana@example.org");
        assert_eq!(shape(raw), shape(&mails[0].1), "{raw}");
    }
    drop(house.told_of_all());
}

/// Whether a text may not hold it.
fn refused(c: char) -> bool {
    is_unprintable(c) || has_no_width(c)
}

/// An incident of its own for some lines, as a person could have written it.
fn file(lines: &[String]) -> String {
    // What TOML and markdown cannot hold is refused when the file is read, which has tests of its own.
    let plain: Vec<String> =
        lines.iter().map(|line| line.replace(refused, " ").replace("{time", "{ time")).collect();
    let quoted = |text: &str| toml::Value::String(text.chars().take(110).collect()).to_string();
    let body =
        plain.join("\n\n").replace("\n## ", "\n\\## ").replace("\n+++", "\n ++").replace("\n---", "\n --");
    format!(
        "+++\ntitle = {}\nseverity = \"minor\"\naffected = [\"checkout\"]\nstarted = 2026-03-01T10:00:00Z\n\
         eta = 2026-03-01T12:00:00Z\nimpact = {}\nworkaround = {}\naccepted.technical-detail = \"hostile on purpose\"\n+++\n\n\
         ## 2026-03-01 10:00 UTC · Investigating\n\n{body}\n",
        quoted(&plain[0]),
        quoted(&plain[plain.len() / 2]),
        quoted(&plain[plain.len() - 1]),
    )
}

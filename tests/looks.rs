//! How the pages look to programs nobody here wrote: axe-core in Chromium, light and dark, wide and narrow, with and
//! without a script, from left to right and from right to left; a walk with the Tab key; and the Nu checker on every
//! page in every language.
//!
//! Needs what tests/install brings. Both come by npm; a machine without it, or without Java, goes without and says so.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(clippy::print_stderr, reason = "a test that skips says so")]

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use allclear::model::incident::Audience;
use allclear::model::localized::Language;
use allclear::theme::Theme;
use allclear::{config, load, render};
use serde_json::Value;
use tempfile::TempDir;

const LANGUAGES: [&str; 8] = ["en", "es", "it", "pt", "fr", "de", "ja", "ar"];

/// What a page is spoiled of first: its policy would refuse whatever else is spoiled.
const POLICY: &str = "http-equiv=\"Content-Security-Policy\"";
const NO_POLICY: &str = "name=\"no-policy\"";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The sample in every language built in, as files in a folder, at the moment it is written for.
fn built() -> TempDir {
    let (page, ..) = config::read_page(root());
    let mut site = load::read_site(root(), page.unwrap(), None).site;
    site.page.languages = LANGUAGES.iter().map(|name| Language::new(name).unwrap()).collect();
    let (theme, _) = Theme::open(root(), &site.page.theme, &site.page.looks);
    let now = "2026-11-20T10:30:00Z".parse().unwrap();
    let folder = tempfile::tempdir().unwrap();
    for (path, bytes) in render::site(&site, &theme, now, Audience::Public).unwrap().files {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
    folder
}

/// Whether a program can be started; what goes without it is told.
fn there_is(program: &str) -> bool {
    let there = Command::new(program).arg("--version").output().is_ok();
    if !there {
        eprintln!("SKIPPED: there is no {program} here");
    }
    there
}

fn part(path: &str) -> PathBuf {
    let path = root().join("target/parts/looks/node_modules").join(path);
    assert!(path.exists(), "{} is not there: run tests/install as root", path.display());
    path
}

/// What a script of ours that drives Chromium has to say of those pages.
fn judged(script: &str, pages: &[PathBuf]) -> Value {
    let mut node = Command::new("node")
        .arg(root().join("tests/looks").join(script))
        .arg(part("playwright-core").parent().unwrap())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    node.stdin.take().unwrap().write_all(&serde_json::to_vec(pages).unwrap()).unwrap();
    let output = node.wait_with_output().unwrap();
    assert!(output.status.success(), "{script} failed");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// What the Nu checker calls an error in those pages, each with its page.
fn errors(pages: &[PathBuf]) -> Vec<String> {
    let checker = part("vnu-jar/build/dist/vnu.jar");
    let arguments = ["--errors-only", "--exit-zero-always", "--stdout", "--format", "json"];
    let output = Command::new("java").arg("-jar").arg(checker).args(arguments).args(pages).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let said: Value = serde_json::from_slice(&output.stdout).unwrap();
    let messages = said["messages"].as_array().unwrap();
    messages.iter().map(|one| format!("{}: {} [{}]", one["url"], one["message"], one["extract"])).collect()
}

fn spoiled(page: &Path, from: &str, to: &str) {
    let html = std::fs::read_to_string(page).unwrap();
    assert!(html.contains(from), "{from} is not in the page to spoil");
    std::fs::write(page, html.replace(from, to)).unwrap();
}

#[test]
fn axe_finds_no_fault_in_any_kind_of_page() {
    if !there_is("npm") {
        return;
    }
    let folder = built();
    let kinds = [
        "index.html",
        "incidents/2026/card-payments/index.html",
        "incidents/2026/order-system/index.html",
        "incidents/2026/slow-search/index.html",
        "features/card-payments/index.html",
        "history/index.html",
        "subscribe/index.html",
    ];
    let mut pages: Vec<_> = ["", "ar/", "ja/"]
        .iter()
        .flat_map(|language| kinds.map(|kind| format!("{language}{kind}")))
        .collect();
    pages.push("404.html".to_owned());
    for error in ["500", "503", "maintenance", "ar/502", "ja/504", "all-languages/503"] {
        pages.push(format!("errors/{error}.html"));
    }
    let pages: Vec<_> = pages.iter().map(|page| folder.path().join(page)).collect();
    let judgement = judged("axe.js", &pages);
    assert_eq!(judgement["complaints"], serde_json::json!([]));
    assert_eq!(judgement["looks"], 4 * pages.len());
    assert!(judgement["passes_min"].as_u64().unwrap() > 15, "axe looked at little: {judgement}");

    // It can find faults: words too pale in the dark alone, a link without a name, a line too wide for a phone.
    let index = &pages[0];
    spoiled(index, POLICY, NO_POLICY);
    spoiled(index, "--quiet:#a3b0bd", "--quiet:#333");
    spoiled(index, "<main", "<a href=\"#\"></a><div style=\"width:400px\">.</div><main");
    let found = judged("axe.js", std::slice::from_ref(index))["complaints"].to_string();
    for fault in ["(dark desk): color-contrast", "(desk): link-name", "(dark narrow phone"] {
        assert!(found.contains(fault), "{fault} was not found: {found}");
    }
    assert!(!found.contains("(desk): color-contrast"), "light is as it was: {found}");
}

#[test]
fn the_tab_key_alone_reaches_and_shows_everything() {
    if !there_is("npm") {
        return;
    }
    let folder = built();
    let pages = [
        "index.html",
        "ar/index.html",
        "incidents/2026/card-payments/index.html",
        "features/card-payments/index.html",
        "history/index.html",
        "subscribe/index.html",
        "404.html",
    ];
    let pages = pages.map(|page| folder.path().join(page));
    let told = judged("walk.js", &pages);
    assert_eq!(told["complaints"], serde_json::json!([]));
    assert!(told["stops"].as_u64().unwrap() > 300 && told["folds"] == 2, "the walk was short: {told}");

    // It can stumble: a link out of its order, and a focus without a ring.
    let index = &pages[0];
    spoiled(index, "<main", "<a href=\"#\" tabindex=\"1\">.</a><main");
    spoiled(index, POLICY, NO_POLICY);
    let found = judged("walk.js", std::slice::from_ref(index))["complaints"].to_string();
    assert!(found.contains("stop 0 is"), "{found}");
    let blind = &pages[1];
    spoiled(blind, POLICY, NO_POLICY);
    spoiled(blind, "<main", "<style>.top a:focus-visible{outline:none!important}</style><main");
    let found = judged("walk.js", std::slice::from_ref(blind))["complaints"].to_string();
    assert!(found.contains("cannot be seen"), "{found}");
}

#[test]
fn the_nu_checker_finds_no_error_in_any_page_of_any_language() {
    if !there_is("npm") || !there_is("java") {
        return;
    }
    let folder = built();
    let files = walkdir::WalkDir::new(folder.path()).sort_by_file_name();
    let pages: Vec<_> = files
        .into_iter()
        .map(|entry| entry.unwrap().into_path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "html"))
        .collect();
    assert!(pages.len() > 250, "only {} pages", pages.len());
    assert_eq!(errors(&pages), [""; 0]);

    let index = &folder.path().join("index.html");
    spoiled(index, "</main>", "</section></main>");
    assert_eq!(errors(std::slice::from_ref(index)).len(), 1, "the checker finds what is there");
}

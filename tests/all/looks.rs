//! How the pages look to programs nobody here wrote: axe-core in Chromium, light and dark, wide and narrow, with and
//! without a script, from left to right and from right to left; Lighthouse; Firefox; a walk with the Tab key; and the Nu
//! checker on every page in every language.
//!
//! Needs what tests/install brings. They come by npm; a machine without it, or without Java, skips these tests.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use allclear::model::incident::{Audience, Eta};
use allclear::model::localized::{Language, Localized};
use allclear::model::site::Site;
use allclear::theme::Theme;
use allclear::{config, load, render};
use serde_json::Value;
use tempfile::TempDir;

use crate::fixtures::judge::{folder_of, part, root, there_is, told};

const LANGUAGES: [&str; 8] = ["en", "es", "it", "pt", "fr", "de", "ja", "ar"];

/// What a page is spoiled of first: its policy would refuse whatever else is spoiled.
const POLICY: &str = "http-equiv=\"Content-Security-Policy\"";
const NO_POLICY: &str = "name=\"no-policy\"";

/// The sample in every language built in.
fn sample() -> Site {
    let (page, ..) = config::read_page(root());
    let mut site = load::read_site(root(), page.unwrap(), None).site;
    site.page.languages = LANGUAGES.iter().map(|name| Language::new(name).unwrap()).collect();
    site
}

/// The same as files in a folder.
fn built() -> TempDir {
    files_of(&sample())
}

/// A site as files in a folder, at the moment the sample is written for.
fn files_of(site: &Site) -> TempDir {
    let (theme, _) = Theme::open(root(), &site.page.theme, &site.page.looks);
    let now = "2026-11-20T10:30:00Z".parse().unwrap();
    folder_of(render::site(site, &theme, now, Audience::Public).unwrap())
}

/// What a script in `tests/all/looks/` has to say of those pages.
fn judged(script: &str, pages: &[PathBuf]) -> Value {
    told(&format!("looks/{script}"), &[], pages)
}

/// What the Nu checker calls an error in those pages, each with its page.
fn errors(pages: &[PathBuf]) -> Vec<String> {
    let checker = part("looks/node_modules/vnu-jar/build/dist/vnu.jar");
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
fn a_page_of_what_is_over_works_from_a_folder_and_without_its_style() {
    if !there_is("npm") {
        return;
    }
    let folder = built();
    let names = std::fs::read_dir(folder.path().join("assets")).unwrap();
    let style =
        names.map(|entry| entry.unwrap().path()).find(|path| path.extension() == Some("css".as_ref()));
    let page = folder.path().join("incidents/2026/slow-search/index.html");
    let seen = judged("linked.js", &[page, style.unwrap()]);
    assert_eq!((&seen["styled"]["corner"], &seen["bare"]["corner"]), (&"14px".into(), &"0px".into()));
    assert_eq!(seen["styled"]["text"], seen["bare"]["text"]);
    assert!(seen["bare"]["text"].as_str().unwrap().contains("Resolved"), "{seen}");
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

/// Every kind of page, and one of them in the other direction.
const KINDS: [&str; 9] = [
    "index.html",
    "incidents/2026/card-payments/index.html",
    "features/card-payments/index.html",
    "history/index.html",
    "subscribe/index.html",
    "404.html",
    "ar/index.html",
    "incidents/2026/order-system/index.html",
    "errors/503.html",
];

/// The sample with words that have no place to break, and with an incident of very many updates.
fn awkward() -> Site {
    const WORD: &str = "Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz";
    const ADDRESS: &str =
        "https://example.org/a/path/without/any/blank/that/goes/on/and/on/and/on?and=then&a=query";
    let mut site = sample();
    site.page.languages.retain(|language| ["en", "ar"].contains(&language.as_str()));
    site.page.name = Localized::plain(format!("{WORD} status"));
    let group = &mut site.page.groups[0];
    group.name = Localized::plain(format!("{WORD} and others"));
    for feature in &mut group.features {
        feature.name = Localized::plain(WORD);
        feature.description = Some(Localized::plain(format!("{WORD}{WORD}")));
    }
    let story = site.incidents.iter_mut().find(|one| one.id.as_str() == "2026/card-payments").unwrap();
    let story = Arc::make_mut(story);
    story.title = Localized::plain(format!("{WORD} fails"));
    story.impact = Some(Localized::plain(format!("See {ADDRESS} and `{WORD}{WORD}`.")));
    story.workaround = Some(Localized::plain(format!(
        "```\n{WORD} {WORD}\n```\n\n| a | b |\n|---|---|\n| {WORD} | {WORD} |"
    )));
    let first = story.updates[0].clone();
    for number in 1..=40 {
        let mut update = first.clone();
        update.at += chrono::TimeDelta::minutes(number);
        update.eta = Some(Eta::At(update.at + chrono::TimeDelta::hours(1)));
        story.updates.push(update);
    }
    story.updates.sort_by_key(|update| update.at);
    site
}

#[test]
fn nothing_is_too_wide_cut_off_or_lost_on_any_screen_or_on_paper() {
    if !there_is("npm") {
        return;
    }
    let (plain, awkward) = (built(), files_of(&awkward()));
    let mut pages = Vec::new();
    for (folder, names) in [(&plain, &["", "ar/", "de/", "ja/"][..]), (&awkward, &["", "ar/"])] {
        for name in names {
            let kinds = KINDS[..5].iter().chain(&["incidents/2026/order-system/index.html"]);
            pages.extend(kinds.map(|kind| folder.path().join(format!("{name}{kind}"))));
        }
        pages.extend(["404.html", "errors/503.html"].map(|page| folder.path().join(page)));
    }
    let told = judged("shape.js", &pages);
    assert_eq!(told["complaints"], serde_json::json!([]));
    assert_eq!(told["looks"], 9 * pages.len());

    // It can find each of what it looks for.
    let index = &pages[0];
    spoiled(
        index,
        "<main",
        "<div style=\"width:330px\">.</div><p class=\"late\" style=\"transition:color 1s\">.</p><main",
    );
    spoiled(
        index,
        "</main>",
        "<div class=\"slit\" style=\"overflow:hidden;width:9px;white-space:nowrap\">wider</div></main>",
    );
    spoiled(
        index,
        "</head>",
        "<style>*{fill:canvas!important;border-color:canvas!important}\
        .nav{display:flex!important}.columns{display:grid!important}</style></head>",
    );
    let found = judged("shape.js", std::slice::from_ref(index))["complaints"].to_string();
    for fault in [
        "(narrow): ",
        "late moves",
        "slit is cut off",
        ".shape .f cannot be seen",
        ".overall, .head, .card cannot be seen",
        "looks like the others",
        "nav is printed",
        "columns that no page can end within",
    ] {
        assert!(found.contains(fault), "{fault} was not found: {found}");
    }
}

#[test]
fn nothing_moves_on_the_screen_however_late_the_script_is() {
    if !there_is("npm") {
        return;
    }
    let folder = built();
    let pages = KINDS.iter().filter(|page| !page.starts_with("errors/")).map(|page| folder.path().join(page));
    let mut pages: Vec<PathBuf> = pages.collect();
    // Without the link that holds the first paint, times in the reader's zone push others aside.
    let spoiled_page = folder.path().join("spoiled.html");
    std::fs::copy(&pages[0], &spoiled_page).unwrap();
    spoiled(&spoiled_page, POLICY, NO_POLICY);
    spoiled(&spoiled_page, "document.head.append(link)", "void link");
    pages.push(spoiled_page);
    let seen = judged("late.js", &pages);
    assert_eq!(seen["is_painted_without"], true, "a line that stops keeps the page from its readers");
    let seen = seen["pages"].as_array().unwrap();
    assert_eq!(seen.len(), pages.len());
    for page in seen {
        let shift = page["shift"].as_f64().unwrap();
        let is_spoiled = page["file"].as_str().unwrap().ends_with("spoiled.html");
        assert_eq!(shift > 0.0, is_spoiled, "{page}");
        assert_eq!(page["is_here"], true, "{page}");
    }
}

#[test]
fn lighthouse_gives_full_marks_to_every_kind_of_page() {
    if !there_is("npm") {
        return;
    }
    let folder = built();
    let told = told("looks/lighthouse.mjs", &[folder.path()], &KINDS);
    let told = told.as_array().unwrap();
    assert_eq!(told.len(), KINDS.len());
    // Times flicker where other programs run next to the browser; what they come from does not.
    let quiet = std::env::var_os("ALLCLEAR_QUIET_MACHINE").is_some();
    for page in told {
        assert_eq!(page["runtime_error"], Value::Null, "{page}");
        for category in ["accessibility", "best-practices"] {
            assert_eq!(page["scores"][category], 100, "{page}");
        }
        // What replaces another page is not to be found by a search. That alone costs marks, and an error page of the
        // product, which asks for nothing and is described nowhere, loses those of the same search.
        let faults: &[&str] = match page["page"].as_str() {
            Some("404.html") => &["is-crawlable"],
            Some("errors/503.html") => &["meta-description", "is-crawlable", "robots-txt"],
            _ => &[],
        };
        assert_eq!(page["faults"], serde_json::json!(faults), "{page}");
        assert!(!faults.is_empty() || page["scores"]["seo"] == 100, "{page}");
        let figure = |name: &str| page[name].as_f64().unwrap();
        assert!(figure("performance_median") >= if quiet { 100.0 } else { 90.0 }, "{page}");
        assert_eq!((figure("requests"), figure("shift")), (1.0, 0.0), "{page}");
        assert!(figure("bytes") <= 14_600.0, "the page and its headers: {page}");
    }
}

/// Red, green and blue of `rgb(1, 2, 3)`, one after the other.
fn parts_of(color: &Value) -> Vec<u8> {
    let digits = color.as_str().unwrap().trim_start_matches("rgb(").trim_end_matches(')');
    digits.split(", ").map(|part| part.parse().unwrap()).collect()
}

#[test]
fn firefox_shows_every_kind_of_page_with_and_without_a_script() {
    if !there_is("npm") || !there_is("firefox-esr") {
        return;
    }
    let folder = built();
    let more =
        ["ar/incidents/2026/card-payments/index.html", "ja/index.html", "errors/all-languages/503.html"];
    let pages: Vec<PathBuf> = KINDS.iter().chain(&more).map(|page| folder.path().join(page)).collect();
    let told = told("looks/firefox.mjs", &[], &pages);
    assert_eq!(told["complaints"], serde_json::json!([]));
    assert!(told["version"].as_str().unwrap().to_lowercase().contains("firefox"), "{}", told["version"]);
    let looks = told["looks"].as_array().unwrap();
    assert_eq!(looks.len(), 3 * pages.len());
    for look in looks {
        let (name, file) = (look["name"].as_str().unwrap(), look["file"].as_str().unwrap());
        let (dark, rtl) = (name.starts_with("dark"), file.contains("/ar/"));
        let ground = parts_of(&look["ground"]);
        assert!(ground.iter().all(|part| if dark { *part < 60 } else { *part > 200 }), "{name}: {ground:?}");
        assert_eq!(look["direction"], if rtl { "rtl" } else { "ltr" }, "{file}");
        assert!(!look["heading"].as_str().unwrap().is_empty(), "{file} ({name})");
    }
    // The reader is in New York, the page in Madrid.
    let index = |name: &str| {
        let of = |look: &&Value| look["name"] == name && look["file"] == pages[0].to_str().unwrap();
        looks.iter().find(of).unwrap()["words"].as_str().unwrap().to_owned()
    };
    for name in ["light desk", "dark phone"] {
        let words = index(name);
        assert!(words.contains("your own time zone, America/New_York") && words.contains(" EST"), "{words}");
        assert!(!words.contains(" CET"), "{words}");
    }
    let words = index("dark phone without a script");
    assert!(words.contains("in the time zone Europe/") && words.contains(" CET"), "{words}");
    assert!(!words.contains(" EST") && !words.contains("America"), "{words}");
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

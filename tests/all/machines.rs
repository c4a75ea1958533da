//! What machines read, read by programs nobody here wrote: feedparser and newsboat, icalendar and khal, a JSON Schema and
//! an OpenAPI checker, xmllint with the schema of CAP 1.2, a client made for Statuspage, and Chromium. Holds `docs/machines.md`
//! to the files.
//!
//! Where a part is not installed the test fails and says how to install it, except the client, which is skipped without Node.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::{Child, Command};
use std::sync::Arc;

use allclear::model::Moment;
use allclear::model::incident::Audience;
use allclear::model::localized::Localized;
use allclear::model::looks::Branding;
use allclear::model::phase::IncidentKind;
use allclear::model::site::Site;
use allclear::theme::Theme;
use allclear::{config, load, render};
use serde_json::Value;
use sha2::Digest;
use tempfile::TempDir;

use crate::fixtures::judge::{folder_of, part, root, there_is};
use crate::fixtures::port::free_port;

/// The moment the sample is written for.
fn now() -> Moment {
    "2026-11-20T10:30:00Z".parse().unwrap()
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
    for incident in site.incidents.iter_mut().map(Arc::make_mut) {
        spoil(&mut incident.title);
        incident.impact.iter_mut().chain(&mut incident.workaround).for_each(spoil);
        incident.updates.iter_mut().for_each(|update| spoil(&mut update.body));
    }
    site
}

/// The site as files in a folder.
fn built(site: &Site) -> TempDir {
    let (theme, _) = Theme::open(root(), &site.page.theme, &site.page.looks);
    folder_of(render::site(site, &theme, now(), Audience::Public).unwrap())
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
    said(
        Command::new(part("venv/bin/python3"))
            .arg(root().join("tests/all/machines/read.py"))
            .arg(folder.path()),
    )
}

#[test]
fn the_sample_is_read_by_all() {
    let site = sample();
    let read = read(&built(&site));
    let languages = site.page.languages.len();
    let scopes = site.page.features().count() + 1;
    assert_eq!(read[".rss"], languages * scopes);
    assert_eq!(read[".atom"], languages * scopes);
    let works = site.incidents.iter().filter(|incident| incident.kind == IncidentKind::Maintenance).count();
    assert_eq!(read[".ics"], languages * (scopes + works));
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
    if !there_is("node") {
        return;
    }
    let folder = built(&sample());
    let script = root().join("tests/all/machines/client.js");
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
            "news": "The repair at our payment company takes longer than they told us, so we are moving card payments to our second payment company. We expect every card to work again by 20 November 2026, 12:30 CET.",
        })
    );
}

/// A folder's files on localhost until it is dropped.
struct Served {
    port: u16,
    server: Child,
}

impl Served {
    fn new(folder: &Path) -> Self {
        let port = free_port();
        let mut server = Command::new(part("venv/bin/python3"))
            .args(["-m", "http.server", "--bind", "127.0.0.1", &port.to_string(), "--directory"])
            .arg(folder)
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(server.try_wait().unwrap().is_none(), "the server ended");
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        Self { port, server }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // A drop has nobody to report a failure to.
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// What newsboat keeps of a feed after it has fetched it: the text of each entry by its title.
fn kept_by_newsboat(home: &Path, port: u16, format: &str) -> BTreeMap<String, String> {
    let file = |name: &str| home.join(format!("{name}-{format}"));
    std::fs::write(file("urls"), format!("http://127.0.0.1:{port}/history.{format}\n")).unwrap();
    std::fs::write(file("config"), "").unwrap();
    let done = Command::new("newsboat")
        .args(["-x", "reload", "-u"])
        .arg(file("urls"))
        .arg("-c")
        .arg(file("cache"))
        .arg("-C")
        .arg(file("config"))
        .env("HOME", home)
        .output();
    let done = done.unwrap_or_else(|error| panic!("newsboat: {error}: run tests/install as root"));
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let cache = rusqlite::Connection::open(file("cache")).unwrap();
    let mut rows = cache.prepare("SELECT title, content FROM rss_item WHERE NOT deleted").unwrap();
    let rows = rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    rows.map(Result::unwrap).collect()
}

#[test]
fn a_feed_reader_keeps_one_entry_for_each_story_as_it_goes_on() {
    let mut site = sample();
    let folder = built(&site);
    let home = tempfile::tempdir().unwrap();
    let served = Served::new(folder.path());
    let formats = ["atom", "rss"];
    let before = formats.map(|format| kept_by_newsboat(home.path(), served.port, format));
    assert_eq!(before[0], before[1], "both formats tell the same");
    assert_eq!(before[0].len(), site.incidents.len());
    assert!(before[0]["Card payments are failing"].contains("moving card payments to our second"));

    let cards = site
        .incidents
        .iter_mut()
        .map(Arc::make_mut)
        .find(|one| one.id.as_str() == "2026/card-payments")
        .unwrap();
    cards.updates.last_mut().unwrap().body = Localized::plain("Every card works again.");
    for entry in walkdir::WalkDir::new(built(&site).path()).into_iter().map(Result::unwrap) {
        if entry.file_name().to_string_lossy().starts_with("history.") {
            let name = entry.path().components().next_back().unwrap();
            if entry.depth() == 1 {
                std::fs::copy(entry.path(), folder.path().join(name)).unwrap();
            }
        }
    }
    for format in formats {
        let after = kept_by_newsboat(home.path(), served.port, format);
        assert!(after.keys().eq(before[0].keys()), "{format}: an update is no new entry");
        assert!(after["Card payments are failing"].contains("Every card works again."), "{format}");
    }
}

/// A calendar of khal, in the page's zone.
struct Khal(TempDir);

impl Khal {
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let calendar = home.path().join("calendar");
        std::fs::create_dir(&calendar).unwrap();
        let settings = format!(
            "[calendars]\n[[status]]\npath = {}\ntype = calendar\n[sqlite]\npath = {}\n[default]\n\
             default_calendar = status\n[locale]\nlocal_timezone = Europe/Madrid\n\
             default_timezone = Europe/Madrid\ntimeformat = %H:%M\ndateformat = %Y-%m-%d\n\
             longdateformat = %Y-%m-%d\ndatetimeformat = %Y-%m-%d %H:%M\nlongdatetimeformat = %Y-%m-%d %H:%M\n",
            calendar.display(),
            home.path().join("khal.db").display(),
        );
        std::fs::write(home.path().join("config"), settings).unwrap();
        Self(home)
    }

    fn run(&self, arguments: &[&str]) -> String {
        let mut command = Command::new("khal");
        command.arg("-c").arg(self.0.path().join("config")).args(arguments).env("HOME", self.0.path());
        let done =
            command.output().unwrap_or_else(|error| panic!("khal: {error}: run tests/install as root"));
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8(done.stdout).unwrap()
    }

    /// Takes over a calendar file, and gives the days around the sample's moment.
    fn with(&self, site: &Site) -> Vec<String> {
        self.run(&["import", "--batch", built(site).path().join("maintenance.ics").to_str().unwrap()]);
        let shape = "{start-date} {start-time}-{end-time} {title} {status}";
        let listed = self.run(&["list", "--notstarted", "--format", shape, "2026-11-01", "90d"]);
        listed
            .lines()
            .filter(|line| line.matches('-').count() == 3)
            .map(|line| line.trim().to_owned())
            .collect()
    }
}

#[test]
fn a_calendar_program_takes_over_what_moved_and_what_was_called_off() {
    let khal = Khal::new();
    let mut site = sample();
    let at = |when: &str| format!("2026-11-28 {when} Our order system moves to new machines CONFIRMED");
    let before = khal.with(&site);
    assert!(before.contains(&at("23:00-01:30")), "{before:#?}");
    assert!(
        before.contains(&"2026-11-12 05:00-08:00 Search is rebuilt from the ground up CANCELLED".to_owned())
    );

    let plan = site
        .incidents
        .iter_mut()
        .map(Arc::make_mut)
        .find(|one| one.id.as_str() == "2026/order-system")
        .unwrap();
    let window = plan.window.as_mut().unwrap();
    window.starts -= chrono::TimeDelta::hours(1);
    plan.started = window.starts;
    let mut told = plan.updates.last().unwrap().clone();
    told.at = now() - chrono::TimeDelta::minutes(1);
    plan.updates.push(told);
    let after = khal.with(&site);
    assert!(after.contains(&at("22:00-01:30")), "{after:#?}");
    assert_eq!(after.len(), before.len(), "it moved, it did not multiply");
}

/// A page of an application with a strict policy and in letters of its own, which shows the banner of a feature.
fn application(hash: &str) -> String {
    format!(
        "<!DOCTYPE html><html lang=\"de\"><meta charset=\"windows-1252\"><meta http-equiv=\"Content-Security-Policy\" \
         content=\"default-src 'none'; script-src 'self'; connect-src 'self'\"><title>Shop</title>\
         <body><main>Shop</main><script src=\"banner.js\" data-feature=\"card-payments\" defer \
         crossorigin=\"anonymous\" integrity=\"{hash}\"></script></body></html>"
    )
}

/// The page of an application as Chromium shows it after its scripts ran.
fn shown_in_a_browser(site: &Site, hash: &str) -> String {
    let folder = built(site);
    std::fs::write(folder.path().join("app.html"), application(hash)).unwrap();
    let served = Served::new(folder.path());
    let profile = tempfile::tempdir().unwrap();
    let shown = Command::new("chromium")
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=5000", "--dump-dom"])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .arg(format!("http://127.0.0.1:{}/app.html", served.port))
        .output();
    let shown = shown.unwrap_or_else(|error| panic!("chromium: {error}: run tests/install as root"));
    String::from_utf8(shown.stdout).unwrap()
}

#[test]
fn the_banner_shows_in_an_application_with_a_strict_policy() {
    let shown = shown_in_a_browser(&sample(), &documented_hash());
    assert!(shown.contains("data-level=\"major\""), "{shown}");
    assert!(shown.contains(">Kartenzahlungen schlagen fehl</a>"), "the language of the document: {shown}");
    assert!(shown.contains("background: rgb(173, 67, 10)"), "the policy forbids no look: {shown}");
    // The page is not in UTF-8, and so is how a script without a type of its own is read.
    assert!(shown.contains("> \u{b7} Voraussichtliches Ende: 20. November 2026, 12:30 CET<"), "{shown}");

    let shown = shown_in_a_browser(&hostile("<img src=x onerror=alert(1)>"), &documented_hash());
    assert!(shown.contains("&lt;img src=x") && !shown.contains("<img"), "{shown}");

    let other = documented_hash().replace("sha384-", "sha384-A");
    let shown = shown_in_a_browser(&sample(), &other);
    assert!(!shown.contains("allclear-banner"), "a script that was changed does not run: {shown}");
}

#[test]
fn the_documentation_names_the_script_by_its_hash() {
    let script = std::fs::read(built(&sample()).path().join("banner.js")).unwrap();
    let hash = data_encoding::BASE64.encode(&sha2::Sha384::digest(&script));
    assert_eq!(documented_hash(), format!("sha384-{hash}"));
}

/// The hash that `docs/machines.md` gives, wherever it gives one.
fn documented_hash() -> String {
    let docs = documentation();
    let ends = |c: char| c.is_whitespace() || c == '"';
    let mut hashes: Vec<&str> =
        docs.split("sha384-").skip(1).map(|rest| rest.split(ends).next().unwrap()).collect();
    hashes.dedup();
    assert_eq!(hashes.len(), 1, "{hashes:?}");
    format!("sha384-{}", hashes[0])
}

fn documentation() -> String {
    std::fs::read_to_string(root().join("docs/machines.md")).unwrap()
}

#[test]
fn the_documentation_names_every_file_and_no_other() {
    let folder = built(&sample());
    let docs = documentation();
    let rows = docs.lines().filter(|line| line.starts_with("| `") && line.matches('|').count() == 4);
    let cells = rows.map(|row| row.split('|').nth(1).unwrap());
    let mut named = BTreeSet::new();
    for cell in cells {
        let mut first = String::new();
        for name in cell.split('`').skip(1).step_by(2) {
            // `.rss` after `history.atom` is the same file with another end.
            let stem = first.rsplit_once('.').map_or("", |(stem, _)| stem);
            let name = if name.starts_with('.') { format!("{stem}{name}") } else { name.to_owned() };
            first.clone_from(&name);
            named.insert(name);
        }
    }
    let exemplar = |name: &str| {
        let name = name.replace("features/ID", "features/checkout").replace("api/ID", "api/checkout");
        let story =
            if name.ends_with(".ics") { "incidents/2026/order-system" } else { "incidents/2026/slow-search" };
        name.replace("incidents/ID", story)
    };
    for name in &named {
        assert!(folder.path().join(exemplar(name)).is_file(), "{name} is in docs/machines.md only");
    }
    let known: BTreeSet<String> = named.iter().map(|name| exemplar(name)).collect();
    let (theme, _) = Theme::open(root(), "larkmoor", &Branding::default());
    for path in render::site(&sample(), &theme, now(), Audience::Public).unwrap().files.into_keys() {
        let of_others = ["es/", "de/"].iter().any(|folder| path.starts_with(folder))
            || path.starts_with("features/") && !path.starts_with("features/checkout/")
            || path.starts_with("errors/api/")
                && path.matches('/').count() == 3
                && !path.contains("/checkout/")
            || path.starts_with("incidents/")
                && !["slow-search", "order-system"]
                    .iter()
                    .any(|id| path.starts_with(&format!("incidents/2026/{id}/")))
            || path == "incidents/2026/order-system/cap.xml";
        let other_format = path.ends_with(".html") || path.starts_with("assets/");
        assert!(of_others || other_format || known.contains(&path), "{path} is not in docs/machines.md");
    }
}

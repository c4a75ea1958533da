//! The pages as files on a disk: how much they weigh, and that what is internal stays within.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use allclear::config::page::parse_page;
use allclear::load;
use allclear::model::incident::Audience;
use allclear::model::localized::Language;
use allclear::model::tree::SiteFiles;
use allclear::render;
use allclear::theme::Theme;

use crate::fixtures::house::{self, House};

/// Real words weigh more than the same word again, so the texts of the heavy site are made of these.
const WORDS: &str = "account address after answer arrive basket because before between bought browser cancel card \
    change checkout close confirm country courier customer decline deliver email error expect failing few gateway \
    happen help hour invoice label later list load mail many message minute missing month night nobody number open \
    order page parcel partner password pay phone pick please print product queue receipt refund repair reply reset \
    return save search second send service ship shop sign slow some stock stop store system task text time today \
    track transfer under until upload usual voucher wait warehouse week which without work wrong";

/// Sentences that no two places share.
fn prose(seed: usize, sentences: usize) -> String {
    let words: Vec<&str> = WORDS.split_whitespace().collect();
    let mut number = seed.wrapping_mul(2_654_435_761).wrapping_add(97);
    let mut word = || {
        number = number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        words[(number >> 33) % words.len()]
    };
    let mut sentence = || (0..12).map(|_| word()).collect::<Vec<_>>().join(" ");
    (0..sentences).map(|_| format!("We {}.", sentence())).collect::<Vec<_>>().join(" ")
}

/// The page that the budget is for: 60 features in 8 groups with 90 days, 10 incidents of which 3 are open, 2 works.
fn heavy() -> SiteFiles {
    let mut page = "name = 'Heavy'\nurl = 'https://status.heavy.example'\ntime_zone = 'Europe/Madrid'\n\
        languages = ['en', 'es', 'it', 'pt', 'fr', 'de', 'ja', 'ar']\nsupport_url = 'https://heavy.example/help'\n"
        .to_owned();
    for feature in 0..60 {
        if feature % 8 == 0 {
            writeln!(page, "[[groups]]\nname = 'Group of {}'", prose(feature, 1).split_at(20).0).unwrap();
        }
        let (name, about) = (prose(feature + 100, 1), prose(feature + 200, 1));
        let (name, about) = (name.split_at(22).0.trim(), about.split_at(48).0.trim());
        writeln!(page, "[[groups.features]]\nid = 'f{feature}'\nname = '{name}'").unwrap();
        if feature % 3 == 0 {
            writeln!(page, "description = '{about}.'").unwrap();
        }
    }
    let root = tempfile::tempdir().unwrap();
    fs::create_dir(root.path().join("incidents")).unwrap();
    for number in 0..10 {
        let text = incident(number);
        fs::write(root.path().join(format!("incidents/i{number}.md")), text).unwrap();
    }
    for number in 0..2 {
        let day = 21 + number;
        let text = format!(
            "+++\nkind = 'maintenance'\ntitle = '{}'\naffected = ['f{number}', 'f9']\nstarts = 2026-11-{day}T22:00:00Z\n\
             ends = 2026-11-{day}T23:30:00Z\nimpact = '{}'\n+++\n",
            prose(number + 900, 1).split_at(40).0,
            prose(number + 910, 1),
        );
        fs::write(root.path().join(format!("incidents/m{number}.md")), text).unwrap();
    }
    // A year has passed since the first one, so a feature is counted by twelve months.
    fs::write(root.path().join("incidents/first.md"), incident(3).replace("2026-11-", "2025-10-")).unwrap();
    let (page, problems, _) = parse_page(&page);
    assert_eq!(problems, []);
    let loaded = load::read_site(root.path(), page.unwrap(), None);
    assert_eq!(loaded.problems, []);
    let now = "2026-11-20T10:30:00Z".parse().unwrap();
    render::site(&loaded.site, &Theme::built_in(), now, Audience::Public).unwrap()
}

/// One incident with a story of five updates; the first three are open.
fn incident(number: usize) -> String {
    let goes_on = number < 3;
    let day = 20 - 2 * number;
    let mut text = format!(
        "+++\ntitle = '{}'\nseverity = '{}'\naffected = ['f{number}', 'f{}']\nstarted = 2026-11-{day:02}T06:00:00Z\n{}\
         impact = '{}'\nworkaround = '{}'\n+++\n",
        prose(number + 300, 1).split_at(40).0,
        ["major", "minor", "critical"][number % 3],
        number + 20,
        if goes_on { "eta = 2026-11-20T12:00:00Z\nnext_update = 2026-11-20T11:00:00Z\n" } else { "" },
        prose(number + 400, 1),
        prose(number + 500, 1),
    );
    let phases = ["Investigating", "Identified", "Identified", "Monitoring", "Resolved"];
    for (update, phase) in phases.iter().enumerate().rev().skip(usize::from(goes_on)) {
        let body = prose(number * 10 + update, 3);
        write!(text, "\n## 2026-11-{day:02} {:02}:10 UTC · {phase}\n\n{body}\n", 6 + update).unwrap();
    }
    text
}

/// How long a file is once a web server compressed it, in bytes.
fn compressed(bytes: &[u8]) -> usize {
    let mut gzip =
        Command::new("gzip").args(["-6", "-c"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut input = gzip.stdin.take().unwrap();
    let bytes = bytes.to_vec();
    let writer = std::thread::spawn(move || input.write_all(&bytes));
    let output = gzip.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    output.stdout.len()
}

/// How many elements a page has outside its head.
fn elements(html: &str) -> usize {
    let body = html.split_once("<body").unwrap().1;
    body.split('<').skip(1).filter(|tag| tag.starts_with(|first: char| first.is_ascii_alphabetic())).count()
}

/// Builds the site in a folder on one processor or all, as a machine of that zone, language and umask does; the bytes by path.
fn built_in(site: &Path, umask: &str, environment: &[(&str, &str)]) -> BTreeMap<PathBuf, Vec<u8>> {
    let shell = format!("umask {umask}; exec \"$@\"");
    let mut build = Command::new("sh");
    build.args(["-c", &shell, "sh"]);
    if umask != "022" {
        build.args(["taskset", "-c", "0"]);
    }
    build
        .arg(env!("CARGO_BIN_EXE_allclear"))
        .args(["build", "--now", "2026-11-20T10:30:00Z", "--root"])
        .arg(site);
    let done = build.envs(environment.iter().copied()).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let public = site.join("public");
    let files = walkdir::WalkDir::new(&public).into_iter().map(Result::unwrap);
    let files = files.filter(|entry| entry.file_type().is_file()).map(walkdir::DirEntry::into_path);
    files.map(|path| (path.strip_prefix(&public).unwrap().to_owned(), fs::read(&path).unwrap())).collect()
}

#[test]
fn two_machines_build_the_same_bytes() {
    let home = tempfile::tempdir().unwrap();
    let sites = ["a", "another/Über den Wolken"].map(|path| home.path().join(path));
    let sample = ["init", "--sample", "--now", "2026-11-20T10:30:00Z"];
    let made = Command::new(env!("CARGO_BIN_EXE_allclear")).args(sample).arg(&sites[0]).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    fs::create_dir_all(sites[1].parent().unwrap()).unwrap();
    let copied = Command::new("cp").args(["-R", "-p"]).args(&sites).status().unwrap();
    assert!(copied.success());
    let first = built_in(&sites[0], "022", &[("TZ", "UTC"), ("LC_ALL", "C")]);
    let second =
        built_in(&sites[1], "077", &[("TZ", "Asia/Kathmandu"), ("LC_ALL", "tr_TR.UTF-8"), ("HOME", "/none")]);
    assert!(first.len() > 50, "{} files", first.len());
    let differ: Vec<&PathBuf> =
        first.keys().chain(second.keys()).filter(|path| first.get(*path) != second.get(*path)).collect();
    assert_eq!(differ, Vec::<&PathBuf>::new());
}

#[test]
fn a_heavy_page_stays_within_its_budget() {
    let tree = heavy();
    // What a page weighs, in bytes, is everything: the file asks for no other, but for the style and the script that pages of what is
    // over have together.
    let budgets = [
        // With the headers of a response it arrives in the first ten packets: 14,600 bytes.
        ("index.html", 14_200, 1_500),
        ("incidents/i0/index.html", 10_000, 500),
        ("incidents/i5/index.html", 10_000, 500),
        ("incidents/m0/index.html", 10_000, 500),
        ("features/f9/index.html", 10_000, 500),
        ("history/index.html", 10_000, 700),
        ("subscribe/index.html", 10_000, 700),
    ];
    let folders = ["", "es/", "it/", "pt/", "fr/", "de/", "ja/", "ar/"];
    let budgets = folders.iter().flat_map(|folder| {
        budgets.map(|(page, bytes, elements)| (format!("{folder}{page}"), bytes, elements))
    });
    for (path, bytes_max, elements_max) in budgets {
        let html = std::str::from_utf8(&tree.files[&path]).unwrap();
        let linked: Vec<&String> =
            tree.files.keys().filter(|file| file.starts_with("assets/") && html.contains(*file)).collect();
        assert_eq!(linked.len(), if path.ends_with("incidents/i5/index.html") { 2 } else { 0 }, "{path}");
        let weight = |file: &&String| compressed(&tree.files[*file]);
        let bytes = compressed(html.as_bytes()) + linked.iter().map(weight).sum::<usize>();
        let elements = elements(html);
        eprintln!("{path}: {bytes} bytes of {}, {elements} elements", html.len());
        assert!(bytes <= bytes_max, "{path} weighs {bytes} bytes");
        assert!(elements <= elements_max, "{path} has {elements} elements");
        for request in ["rel=\"stylesheet\"", "<script src"] {
            assert_eq!(html.matches(request).count(), linked.len() / 2, "{path} asks for more: {request}");
        }
        for request in ["<img", "@import", "url("] {
            assert!(!html.contains(request), "{path} asks for more: {request}");
        }
    }
}

#[test]
fn every_theme_here_opens_and_shows_the_sample_in_its_languages() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (page, ..) = allclear::config::read_page(root);
    let mut site = load::read_site(root, page.unwrap(), None).site;
    let dutch = Language::new("nl").unwrap();
    site.page.languages.push(dutch.clone());
    let now = "2026-11-20T10:30:00Z".parse().unwrap();
    let mut names: Vec<_> = fs::read_dir(root.join("themes"))
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.file_type().unwrap().is_dir())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, ["default", "gazette", "larkmoor"]);
    for name in names {
        let (theme, problems) = Theme::open(root, &name, &site.page.looks);
        assert_eq!(problems, [], "{name}");
        let tree = render::site(&site, &theme, now, Audience::Public).unwrap();
        let index = std::str::from_utf8(&tree.files["nl/index.html"]).unwrap();
        assert_eq!(theme.speaks(&dutch), name == "gazette", "a language is one file");
        let sentence = if name == "gazette" {
            "Sommige functies zijn voor een deel van de klanten buiten gebruik"
        } else {
            "Some features are not working for some customers"
        };
        assert!(index.contains(sentence), "{name}");
        assert_eq!(index.contains(">20 november 2026, 11:12 CET</time>"), name == "gazette", "{name}");
        assert_eq!(index.contains("Gepland onderhoud"), name == "gazette");
    }
}

#[test]
fn one_file_adds_a_language_to_pages_mails_and_texts() {
    let dutch = fs::read_to_string(house::repository().join("themes/gazette/words/nl.toml")).unwrap();
    let house = House::new();
    let page = house.read("site/page.toml").replace("\"es\"]", "\"nl\"]").replace(", es = \"Pago\"", "");
    let house = house
        .file("site/page.toml", &format!("theme = \"acme\"\n{page}"))
        .file("themes/acme/words/nl.toml", &dutch)
        .subscriber_with(&["ana@example.org", "--language", "nl"])
        .subscriber_with(&["+34600111222", "--language", "nl"])
        .incident("cards", "2026-03-01 10:00", "Identified")
        .run(&["build"])
        .succeeded();
    let index = house.read("public/nl/index.html");
    for said in [
        "Sommige functies zijn voor een deel van de klanten buiten gebruik",
        "Oorzaak gevonden",
        "1 mrt 2026",
    ] {
        assert!(index.contains(said), "{said}");
    }
    assert!(house.read("public/nl/summary.json").contains("Sommige functies zijn voor een deel"));
    let house = house.notify().mailed("ana@example.org", "Nieuwe storing");
    let (_, mail) = &house.mails()[0];
    for said in
        ["Oorzaak gevonden", "Volgend bericht uiterlijk: 2 mrt, 00:00 CET", "We see failing payments."]
    {
        assert!(mail.contains(said), "{said} is not in {mail}");
    }
    drop(house.texted("+34600111222", "Nieuwe storing"));
}

const SECRETS: [&str; 3] = ["rack-seven-secret", "secreto-del-armario", "plan-b-secret"];

/// A house whose stories have internal words wherever an update can have them: newest and oldest, in both languages,
/// before and after what customers read, in a maintenance as in an incident, in a post-mortem, and in what is written for
/// later, which is nobody's yet.
fn house_with_secrets() -> House {
    let [english, spanish, plan] = SECRETS;
    let story = |kind: &str, facts: &str| {
        format!(
            "+++\n{kind}\ntitle = \"Story\"\naffected = [\"checkout\"]\n{facts}\n+++\n\n\
             ## 2026-03-01 10:20 UTC {{audience=internal}}\n\n{english} [x](https://{plan}.example)\n\n\
             ## 2026-03-01 10:10 UTC · {} \n\nSome words for everybody.\n\n\
             ## 2026-03-01 09:50 UTC {{audience=internal}}\n\n- {plan}\n\n`{english}`\n",
            if kind.contains("maintenance") { "In progress" } else { "Identified" }
        )
    };
    let incident = story(
        "severity = \"critical\"",
        "started = 2026-03-01T09:40:00Z\neta = 2026-03-01T12:00:00Z\nimpact = \"It fails.\"",
    );
    let work = story("kind = \"maintenance\"", "starts = 2026-03-01T10:00:00Z\nends = 2026-03-01T12:00:00Z");
    let translation = format!(
        "+++\ntitle = \"Historia\"\n+++\n\n## 2026-03-01 10:20 UTC\n\n{spanish}\n\n## 2026-03-01 09:50 UTC\n\n{spanish}\n"
    );
    let over = format!(
        "+++\ntitle = \"Over\"\nseverity = \"critical\"\naffected = [\"checkout\"]\nstarted = 2026-02-01T09:00:00Z\n\
         impact = \"It failed.\"\n+++\n\n## 2026-03-01 11:00 UTC · Postmortem\n\n{plan}\n\n\
         ## 2026-02-03 09:00 UTC · Postmortem {{audience=internal}}\n\n{english}\n\n\
         ## 2026-02-01 10:00 UTC · Resolved\n\nIt works.\n"
    );
    let over_in_spanish = format!(
        "+++\ntitle = \"Pasado\"\n+++\n\n## 2026-03-01 11:00 UTC\n\n{spanish}\n\n## 2026-02-03 09:00 UTC\n\n{spanish}\n"
    );
    House::new()
        .file("incidents/over.md", &over)
        .file("incidents/over.es.md", &over_in_spanish)
        .file("incidents/cards.md", &incident)
        .file("incidents/cards.es.md", &translation)
        .file("incidents/work.md", &work)
        .at("2026-03-01 10:30")
}

/// The files below a folder that hold any of the secrets, by their path in it.
fn files_with_secrets(folder: &Path) -> (usize, Vec<String>) {
    let (mut count, mut revealing) = (0, Vec::new());
    for entry in walkdir::WalkDir::new(folder).sort_by_file_name() {
        let entry = entry.unwrap();
        if !entry.file_type().is_file() {
            continue;
        }
        count += 1;
        let text = String::from_utf8_lossy(&fs::read(entry.path()).unwrap()).into_owned();
        if SECRETS.iter().any(|secret| text.contains(secret)) {
            let path = entry.path().strip_prefix(folder).unwrap();
            revealing.push(path.to_string_lossy().into_owned());
        }
    }
    (count, revealing)
}

#[test]
fn internal_words_are_in_no_file_of_a_public_build() {
    let house = house_with_secrets().run(&["build"]).succeeded();
    let (count, revealing) = files_with_secrets(&house.path().join("public"));
    assert!(count > 80, "only {count} files were looked at");
    assert_eq!(revealing, [""; 0]);
    // Again over the same folder, after the text was public for a moment and is not any more.
    let internal = house.read("incidents/cards.md");
    let house = house.file("incidents/cards.md", &internal.replace(" {audience=internal}", " · Identified"));
    let house = house.run(&["build"]).succeeded();
    assert!(!files_with_secrets(&house.path().join("public")).1.is_empty(), "the test finds what is there");
    let house = house.file("incidents/cards.md", &internal).run(&["build"]).succeeded();
    assert_eq!(files_with_secrets(&house.path().join("public")).1, [""; 0]);
}

#[test]
fn a_build_for_our_own_people_goes_elsewhere_and_holds_internal_words_in_its_pages() {
    let house = house_with_secrets().run(&["build", "--audience", "internal"]).succeeded();
    assert!(!house.path().join("public").exists(), "the public folder is not touched");
    let (_, revealing) = files_with_secrets(&house.path().join("internal"));
    let pages = ["", "es/"].map(|folder| {
        ["incidents/cards/index.html", "incidents/over/index.html", "incidents/work/index.html", "index.html"]
            .map(|page| format!("{folder}{page}"))
    });
    assert_eq!(revealing, [&pages[1][..], &pages[0][..]].concat());
    let story = house.read("internal/es/incidents/cards/index.html");
    assert!(story.contains("secreto-del-armario") && story.contains("<span class=\"tag\">Interno</span>"));
    assert!(story.contains("<meta name=\"robots\" content=\"noindex\">"));
    drop(house.run(&["build", "--audience", "internal", "--out", "elsewhere"]).succeeded().said("elsewhere"));
}

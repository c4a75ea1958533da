//! An unreadable file never improves a state, on any host: with a whole history, a cut one, none, or a copy of its own.

use std::fs;
use std::path::Path;

use proptest::prelude::*;
use tempfile::TempDir;

use super::super::clock::Clock;
use super::super::git::Git;
use super::super::root::{LoadedSite, Root};
use crate::cli::arguments::Format;
use crate::load;
use crate::model::Moment;
use crate::model::feature::{FeatureId, Status};

const PAGE: &str = "name = 'Acme'\nurl = 'https://status.acme.test'\nlanguages = ['en', 'es']\ntime_zone = 'UTC'\n\n\
                    [[groups]]\nname = 'Shop'\n\n[[groups.features]]\nid = 'checkout'\nname = 'Checkout'\n\n\
                    [[groups.features]]\nid = 'search'\nname = 'Search'\n";

const OPEN: &str = "+++\ntitle = \"Cards fail\"\nseverity = \"critical\"\n\
                    affected = { checkout = \"major_outage\", search = \"partial_outage\" }\n\
                    started = 2026-11-20T09:12:00Z\neta = \"unknown\"\nnext_update = 2026-11-20T13:00:00Z\n+++\n\n\
                    ## 2026-11-20 10:05 UTC · Identified {search=partial_outage}\n\nA disk is full.\n\n\
                    ## 2026-11-20 09:20 UTC · Investigating\n\nSome cards fail.\n";

const FILE: &str = "incidents/cards.md";

/// Where the site is built, and what that host can know of earlier versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Host {
    /// A clone with the whole history.
    Whole,
    /// A clone with the newest commit alone.
    Cut,
    /// A folder that knows no git.
    Bare,
    /// A folder that knows no git, in which the good version was built.
    Built,
}

const HOSTS: [Host; 4] = [Host::Whole, Host::Cut, Host::Bare, Host::Built];

fn git(folder: &Path, arguments: &[&str]) -> String {
    let who = ["-c", "user.name=a", "-c", "user.email=a@b.test", "-c", "commit.gpgsign=false"];
    Git::at(folder).run(&[&who[..], arguments].concat()).unwrap()
}

fn commit(folder: &Path, words: &str) {
    git(folder, &["add", "--all"]);
    git(folder, &["commit", "--quiet", "-m", words]);
}

fn write(folder: &Path, file: &str, text: &str) {
    let path = folder.join(file);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn root_at(folder: &Path, clock: Clock) -> Root {
    Root::of(folder.to_owned(), clock, Format::Json)
}

fn open(folder: &Path) -> LoadedSite {
    let now: Moment = "2026-11-20T12:00:00Z".parse().unwrap();
    root_at(folder, Clock::Fixed(now)).open().unwrap()
}

/// The states of the features, and whether publishing is refused.
fn states(opened: &LoadedSite) -> (Vec<Status>, bool) {
    let now: Moment = "2026-11-20T12:00:00Z".parse().unwrap();
    let state = |id: &str| {
        let feature = FeatureId::new(id).unwrap();
        let of_each = opened.site.incidents.iter().map(|incident| incident.status_of(&feature, now));
        of_each.max().unwrap_or(Status::Operational)
    };
    (vec![state("checkout"), state("search")], opened.refuse_lost().is_err())
}

/// The site with `good`, and then with `file` as it is written in its place, as that host sees it.
fn seen(host: Host, good: &str, file: &str, bad: &str) -> (Vec<Status>, bool) {
    let origin = TempDir::new().unwrap();
    let write_site = |folder: &Path| {
        write(folder, "site/page.toml", PAGE);
        write(folder, FILE, good);
    };
    write_site(origin.path());
    let edit = |folder: &Path| {
        fs::remove_file(folder.join(FILE)).unwrap();
        write(folder, file, bad);
    };
    if matches!(host, Host::Bare | Host::Built) {
        if host == Host::Built {
            let opened = open(origin.path());
            let root = root_at(origin.path(), Clock::System);
            root.save_last_valid(&opened).unwrap();
        }
        edit(origin.path());
        return states(&open(origin.path()));
    }
    git(origin.path(), &["init", "--quiet"]);
    commit(origin.path(), "good");
    edit(origin.path());
    commit(origin.path(), "bad");
    let clone = TempDir::new().unwrap();
    let address = format!("file://{}", origin.path().display());
    let depth: &[&str] = if host == Host::Cut { &["--depth", "1"] } else { &[] };
    git(clone.path(), &[&["clone", "--quiet"], depth, &[&address, "site"]].concat());
    states(&open(&clone.path().join("site")))
}

#[track_caller]
fn assert_no_better(host: Host, file: &str, bad: &str) {
    let (states, is_refused) = seen(host, OPEN, file, bad);
    let good = [Status::MajorOutage, Status::PartialOutage];
    let is_worse = states.iter().zip(good).all(|(state, good)| *state >= good);
    assert!(is_refused || is_worse, "{host:?}: {states:?} for {file}:\n{bad}");
}

fn slips() -> Vec<String> {
    let slip = |good: &str, bad: &str| {
        assert!(OPEN.contains(good), "{good}");
        OPEN.replace(good, bad)
    };
    vec![
        slip("severity", "severty"),
        slip("critical", "critcal"),
        slip("affected", "affcted"),
        slip("checkout = ", "Checkout! = "),
        slip("\"major_outage\"", "\"majr_outage\""),
        slip("{search=partial_outage}", "{search=partal}"),
        slip("10:05 UTC", "10:05"),
        slip("Identified", "Identifed"),
        slip("started = ", "startd = "),
        slip("title = \"", "title = "),
        slip("+++\n\n", "\n\n"),
        slip("Some cards", "<<<<<<< ours\n=======\n>>>>>>> theirs\nSome cards"),
        "nothing of it".to_owned(),
        String::new(),
    ]
}

#[test]
fn a_slip_improves_nothing_on_any_host() {
    for host in HOSTS {
        for bad in slips() {
            assert_no_better(host, FILE, &bad);
        }
    }
}

#[test]
fn a_slip_in_a_renamed_file_improves_nothing_on_any_host() {
    for host in HOSTS {
        for file in ["incidents/payments.md", "incidents/2026/cards.md", "incidents/cards fail.md"] {
            assert_no_better(host, file, &OPEN.replace("severity", "severty"));
        }
    }
}

#[test]
fn a_name_that_is_not_read_improves_nothing_on_any_host() {
    for host in HOSTS {
        for file in ["incidents/cards.MD", "incidents/cards.markdown", "incidents/cards.fr.md"] {
            assert_no_better(host, file, OPEN);
        }
    }
}

#[test]
fn a_slip_in_a_feature_or_a_time_improves_nothing() {
    let of_feature = OPEN.replace("checkout", "chekout");
    let of_year = OPEN.replace("2026-11-20", "2027-11-20");
    let too_early = format!("{OPEN}\n## 2026-11-20 08:00 UTC · Resolved\n\nIt works again.\n")
        .replace("Identified", "Resolved");
    for host in [Host::Whole, Host::Built] {
        for bad in [&of_feature, &of_year, &too_early] {
            assert_no_better(host, FILE, bad);
        }
    }
}

#[test]
fn an_end_that_can_be_right_is_an_end() {
    let ended = OPEN.replace("Identified {search=partial_outage}", "Resolved");
    assert_eq!(seen(Host::Whole, OPEN, FILE, &ended).0, [Status::Operational; 2]);
}

#[test]
fn the_newest_good_version_stands_in_and_not_an_older_copy() {
    let folder = TempDir::new().unwrap();
    write(folder.path(), "site/page.toml", PAGE);
    write(folder.path(), FILE, &OPEN.replace("critical", "minor"));
    git(folder.path(), &["init", "--quiet"]);
    write(folder.path(), ".gitignore", ".allclear\n");
    commit(folder.path(), "minor");
    let root = root_at(folder.path(), Clock::System);
    root.save_last_valid(&root.open().unwrap()).unwrap();
    let severity = || root.open().unwrap().site.incidents[0].severity.word();
    // Another host wrote the next version; this one sees it only when it cannot be read any more.
    write(folder.path(), FILE, OPEN);
    commit(folder.path(), "critical");
    write(folder.path(), FILE, &OPEN.replace("severity", "severty"));
    commit(folder.path(), "slip");
    assert_eq!(severity(), "critical");
    // What was built here and never committed is newer than any commit.
    write(folder.path(), FILE, &OPEN.replace("critical", "major"));
    root.save_last_valid(&root.open().unwrap()).unwrap();
    write(folder.path(), FILE, "slip");
    assert_eq!(severity(), "major");
}

#[test]
fn a_file_that_is_new_in_a_whole_history_is_left_out() {
    let folder = TempDir::new().unwrap();
    write(folder.path(), "site/page.toml", PAGE);
    write(folder.path(), FILE, OPEN);
    git(folder.path(), &["init", "--quiet"]);
    commit(folder.path(), "good");
    write(folder.path(), "incidents/new.md", "Not finished yet");
    let opened = open(folder.path());
    assert_eq!(opened.site.incidents.len(), 1);
    assert!(opened.refuse_lost().is_ok());
}

#[test]
fn without_git_a_file_is_new_while_every_open_copy_has_its_file() {
    let folder = TempDir::new().unwrap();
    write(folder.path(), "site/page.toml", PAGE);
    write(folder.path(), FILE, OPEN);
    write(
        folder.path(),
        "incidents/old.md",
        &OPEN.replace("10:05 UTC · Identified {search=partial_outage}", "10:05 UTC · Resolved"),
    );
    write(folder.path(), "incidents/new.md", "Not finished yet");
    assert!(open(folder.path()).refuse_lost().is_err(), "nobody knows what this host has published");
    fs::remove_file(folder.path().join("incidents/new.md")).unwrap();
    root_at(folder.path(), Clock::System).save_last_valid(&open(folder.path())).unwrap();
    write(folder.path(), "incidents/new.md", "Not finished yet");
    fs::remove_file(folder.path().join("incidents/old.md")).unwrap();
    assert!(open(folder.path()).refuse_lost().is_ok(), "what is over is open under no name");
    fs::remove_file(folder.path().join(FILE)).unwrap();
    assert!(open(folder.path()).refuse_lost().is_err(), "it may be the open incident under another name");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn no_edit_that_makes_a_file_unreadable_improves_a_state(
        host in prop::sample::select(&[Host::Bare, Host::Built]),
        (from, length) in (0..OPEN.len(), 0..12_usize),
        new in "[a-z\"{}=# \n]{0,3}",
    ) {
        let start = (0..=from).rev().find(|at| OPEN.is_char_boundary(*at)).unwrap();
        let end = (from + length).min(OPEN.len());
        let end = (end..=OPEN.len()).find(|at| OPEN.is_char_boundary(*at)).unwrap();
        let bad = format!("{}{new}{}", &OPEN[..start], &OPEN[end..]);
        let (page, ..) = crate::config::page::parse_page(PAGE);
        prop_assume!(!load::is_readable(FILE, &bad, &page.unwrap()));
        assert_no_better(host, FILE, &bad);
    }
}

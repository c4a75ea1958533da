//! What the log says once and not again: warnings that were there before, a failure that lasts, a page that did not change.

use std::fs;

use super::house;
use crate::fixtures::browser;
use crate::fixtures::house::{House, wait_until};
use crate::fixtures::port::free_port;
use crate::fixtures::running::Running;
use crate::fixtures::site::Site;

/// An incident that has a warning, and no error.
const DOUBTFUL: &str = "+++\ntitle = \"Search\"\nseverity = \"major\"\naffected = [\"checkout\"]\n\
     started = 2026-03-01T10:00:00Z\neta = \"unknown\"\nnext_update = 2026-03-01T23:00:00Z\n+++\n\n## 2026-03-01 10:00 UTC · Investigating\n\nWe look.\n";

#[test]
fn a_save_repeats_no_warning_of_another_file() {
    let house = House::new().restless().file("incidents/search.md", DOUBTFUL);
    let house = house.run(&["check"]).succeeded();
    let warnings = house.stderr().matches("warning").count() + house.stdout().matches("warning").count();
    assert!(warnings > 0, "{}{}", house.stdout(), house.stderr());
    let mut run = Running::start(&house, &["run"]);
    run.says("incidents/search.md");
    run.says(" built ");
    let before = run.said().matches("incidents/search.md").count();
    let house = house.incident("payments", "2026-03-01 10:00", "Investigating");
    let page = || fs::read_to_string(house.path().join("public/index.html")).unwrap_or_default();
    wait_until("the save", || page().contains("payments"));
    let house = house.file("incidents/worse.md", &DOUBTFUL.replace("Search", "Worse"));
    run.says("incidents/worse.md");
    assert_eq!(run.said().matches("incidents/search.md").count(), before, "{}", run.said());
    assert_eq!(run.end("-TERM"), Some(0), "{}", run.said());
    drop(house);
}

#[test]
fn a_page_with_an_error_is_reported_once_however_often_it_is_read() {
    let house = House::new().restless();
    let mut run = Running::start(&house, &["run", "--health", "127.0.0.1:0"]);
    let address = run.hears("health at http://", "/healthz");
    run.says(" built ");
    let page = house.read("site/page.toml");
    let house = house.file("site/page.toml", "name = ");
    wait_until("three tries", || failures(&address, "page") >= 3);
    let reports = |said: &str| said.matches(" --> site/page.toml:1:").count();
    assert_eq!(reports(&run.said()), 1, "{}", run.said());
    let house = house.file("site/page.toml", &page);
    run.says("works again");
    let house = house.file("site/page.toml", "name = ");
    wait_until("the second report", || reports(&run.said()) == 2);
    assert_eq!(run.end("-TERM"), Some(0), "{}", run.said());
    drop(house);
}

/// How often a part failed.
fn failures(address: &str, part: &str) -> u32 {
    let begins = format!("allclear_run_part_failures_total{{part=\"{part}\"}} ");
    let metrics = browser::get(address, "/metrics");
    metrics.lines().find_map(|line| line.strip_prefix(&begins)?.parse().ok()).unwrap_or(0)
}

#[test]
fn a_failure_that_lasts_is_said_once_however_often_it_is_tried() {
    let site = Site::new();
    let dead = free_port();
    let other = format!(
        "[[targets]]\nname = \"other\"\nkind = \"branch\"\nremote = \"http://127.0.0.1:{dead}/x.git\"\n\
         branch = \"pages\""
    );
    // A folder in which no folder can be made, not by root either.
    let closed = site.path("closed");
    fs::create_dir(&closed).unwrap();
    std::os::unix::fs::symlink("/proc", closed.join("releases")).unwrap();
    let closed =
        format!("[[targets]]\nname = \"closed\"\nkind = \"folder\"\npath = \"{}\"", closed.display());
    let house = house(&format!("{}\n{other}\n{closed}", site.target())).restless();
    let mut run = Running::start(&house, &["run", "--health", "127.0.0.1:0"]);
    let address = run.hears("health at http://", "/healthz");
    for target in ["target other", "target closed"] {
        wait_until("three tries", || failures(&address, target) >= 3);
        assert_eq!(run.said().matches(&format!("{target}  failing:")).count(), 1, "{}", run.said());
    }
    assert_eq!(run.end("-TERM"), Some(0), "{}", run.said());
}

#[test]
fn a_page_that_did_not_change_is_not_said_to_be_published() {
    let site = Site::new();
    let house = house(&site.target()).restless();
    let house = house.run(&["publish", "--wait", "9s"]).succeeded().said("published: build ");
    let house = house.run(&["publish", "--wait", "9s"]).succeeded().said("already up to date");
    assert!(!house.stderr().contains("published: "), "{}", house.stderr());
    let mut run = Running::start(&house, &["run", "--at-least-every", "1s", "--health", "127.0.0.1:0"]);
    let address = run.hears("health at http://", "/healthz");
    let looks = || {
        let metrics = browser::get(&address, "/metrics");
        let count = metrics.lines().find_map(|line| {
            line.strip_prefix("allclear_run_verify_seconds_count{target=\"here\"} ")?.parse().ok()
        });
        count.unwrap_or(0_u32)
    };
    wait_until("three looks", || looks() >= 3);
    assert!(!run.said().contains("published: "), "{}", run.said());
    let house = house.incident("payments", "2026-03-01 10:00", "Investigating");
    run.says("published: ");
    let before = looks();
    wait_until("more looks", || looks() >= before + 2);
    assert_eq!(run.said().matches("target here  published: ").count(), 1, "{}", run.said());
    assert_eq!(run.end("-TERM"), Some(0), "{}", run.said());
    drop(house);
}

//! What the log says once and not again: warnings that were there before, a failure that lasts, a page that did not change.

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
    let page = || std::fs::read_to_string(house.path().join("public/index.html")).unwrap_or_default();
    wait_until("the save", || page().contains("payments"));
    let house = house.file("incidents/worse.md", &DOUBTFUL.replace("Search", "Worse"));
    run.says("incidents/worse.md");
    assert_eq!(run.said().matches("incidents/search.md").count(), before, "{}", run.said());
    assert_eq!(run.end("-TERM"), Some(0), "{}", run.said());
    drop(house);
}

#[test]
fn a_failure_that_lasts_is_said_once_however_often_it_is_tried() {
    let site = Site::new();
    let dead = free_port();
    let other = format!(
        "[[targets]]\nname = \"other\"\nkind = \"branch\"\nremote = \"http://127.0.0.1:{dead}/x.git\"\n\
         branch = \"pages\""
    );
    let house = house(&format!("{}\n{other}", site.target())).restless();
    let mut run = Running::start(&house, &["run", "--health", "127.0.0.1:0"]);
    let address = run.hears("health at http://", "/healthz");
    let tries = || {
        let metrics = browser::get(&address, "/metrics");
        let count = metrics.lines().find_map(|line| {
            line.strip_prefix("allclear_run_part_failures_total{part=\"target other\"} ")?.parse().ok()
        });
        count.unwrap_or(0_u32)
    };
    wait_until("three tries", || tries() >= 3);
    assert_eq!(run.said().matches("target other  failing:").count(), 1, "{}", run.said());
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

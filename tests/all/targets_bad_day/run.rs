//! `allclear run` on a bad day: one target is dead, hangs, was damaged or was taken back, and the others and the notifications continue.

use std::fs;

use super::{commit, git, house};
use crate::fixtures::browser;
use crate::fixtures::house::{House, wait_until};
use crate::fixtures::port::free_port;
use crate::fixtures::running::Running;
use crate::fixtures::site::Site;

/// A house with a target that readers reach and another one.
fn beside(site: &Site, other: &str) -> House {
    house(&format!("{}\n{other}", site.target())).subscriber("ana@example.org").restless()
}

/// A target, by its fault: the name of the part that has to be shown as failing, and words of the reason.
fn faults() -> Vec<(String, &'static str)> {
    let dead = free_port();
    let target = |rest: &str| format!("[[targets]]\nname = \"other\"\n{rest}");
    vec![
        // Readers do not get there.
        (
            target(&format!("kind = \"folder\"\npath = \"other\"\nurl = \"http://127.0.0.1:{dead}\"")),
            "do not get the new build",
        ),
        // It cannot be written.
        (target("kind = \"folder\"\npath = \".gitignore\""), "failed to write"),
        // The bucket is away.
        (
            target(&format!(
                "kind = \"s3\"\nbucket = \"status\"\nregion = \"eu\"\nendpoint = \"http://127.0.0.1:{dead}\"\n\
                 access_key_id = {{ env = \"GATEWAY_PASSWORD\" }}\nsecret_access_key = {{ env = \"GATEWAY_PASSWORD\" }}"
            )),
            "failed to list",
        ),
        // The remote is away.
        (
            target(&format!(
                "kind = \"branch\"\nremote = \"http://127.0.0.1:{dead}/x.git\"\nbranch = \"pages\""
            )),
            "failed to reach the remote",
        ),
        // The program fails.
        (target("kind = \"command\"\nrun = [\"false\"]"), "`false` exited with"),
    ]
}

#[test]
fn one_target_that_fails_holds_up_nobody_and_is_shown_as_failing() {
    for (other, why) in faults() {
        let site = Site::new();
        let house = beside(&site, &other);
        let mut run = Running::start(&house, &["run", "--health", "127.0.0.1:0"]);
        let address = run.hears("health at http://", "/healthz");
        let health = || browser::get(&address, "/healthz");
        let house = house.incident("payments", "2026-03-01 10:00", "Investigating");
        wait_until("the mail", || house.mails().len() == 1);
        wait_until("the failure", || health().contains("\"target other\""));
        wait_until(why, || health().contains(why) && health().starts_with("HTTP/1.1 503"));
        run.says(why);
        let house = house.incident("search", "2026-03-01 10:00", "Investigating");
        wait_until("the second mail", || house.mails().len() == 2);
        assert_eq!(run.end("-TERM"), Some(0), "{}", run.said());
        assert_eq!(house.mails().len(), 2, "nobody twice");
    }
}

#[test]
fn a_target_that_hangs_holds_up_neither_the_telling_nor_the_end() {
    let hanging = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = hanging.local_addr().unwrap().port();
    for other in [
        "kind = \"command\"\nrun = [\"sleep\", \"3600\"]".to_owned(),
        format!("kind = \"branch\"\nremote = \"http://127.0.0.1:{port}/x.git\"\nbranch = \"pages\""),
        format!(
            "kind = \"s3\"\nbucket = \"status\"\nregion = \"eu\"\nendpoint = \"http://127.0.0.1:{port}\"\n\
             access_key_id = {{ env = \"GATEWAY_PASSWORD\" }}\nsecret_access_key = {{ env = \"GATEWAY_PASSWORD\" }}"
        ),
    ] {
        let site = Site::new();
        let house = beside(&site, &format!("[[targets]]\nname = \"other\"\n{other}"));
        let house = house.incident("payments", "2026-03-01 10:00", "Investigating");
        let mut run = Running::start(&house, &["run"]);
        wait_until("the mail", || house.mails().len() == 1);
        // What hangs would hang for longer than any test may take.
        assert_eq!(run.end("-TERM"), Some(0), "{other}: {}", run.said());
        assert!(run.said().contains("stopped"), "{}", run.said());
    }
}

/// How often the target was seen to show readers the build.
fn looks_that_ended(address: &str) -> u32 {
    let metrics = browser::get(address, "/metrics");
    let count = metrics.lines().find_map(|line| {
        line.strip_prefix("allclear_run_verify_seconds_count{target=\"here\"} ")?.parse().ok()
    });
    count.unwrap_or_default()
}

#[test]
fn damage_is_repaired_while_nothing_else_happens() {
    for (switch, live) in [("link", "page/current"), ("in-place", "page")] {
        let site = Site::serving(live);
        let house = house(&format!("{}switch = \"{switch}\"\n", site.target())).restless();
        let mut run = Running::start(&house, &["run", "--at-least-every", "1s", "--health", "127.0.0.1:0"]);
        let address = run.hears("health at http://", "/healthz");
        // A look that has begun waits for readers to get the page, so damage is done between two looks.
        let looks = || looks_that_ended(&address);
        let after_a_look = |what: &str| {
            let before = looks();
            wait_until(what, || looks() > before);
        };
        let index = site.path(live).join("index.html");
        wait_until("the page", || index.exists());
        let whole = fs::read_to_string(&index).unwrap();
        after_a_look("the first look");
        fs::remove_file(&index).unwrap();
        wait_until("the missing page", || fs::read_to_string(&index).is_ok_and(|text| text == whole));
        after_a_look("the look at what was repaired");
        fs::write(&index, "broken by hand").unwrap();
        wait_until("the broken page", || fs::read_to_string(&index).is_ok_and(|text| text == whole));
        assert_eq!(run.end("-TERM"), Some(0), "{}", run.said());
    }
}

#[test]
fn a_rollback_is_a_state_of_its_own_until_the_next_commit() {
    let site = Site::new();
    let house = house(&site.target()).run(&["publish", "--wait", "9s"]).succeeded();
    let house = house.incident("payments", "2026-03-01 10:00", "Investigating").restless();
    let second = commit(&house);
    let house = house.run(&["publish", "--wait", "9s"]).succeeded();
    let house = house.run(&["rollback", "--by", "Ana"]).succeeded();
    // A removed page stays for a day; the first page shows which build is live.
    let shows = |title: &str| fs::read_to_string(site.live().join("index.html")).unwrap().contains(title);
    let mut run = Running::start(&house, &["run", "--health", "127.0.0.1:0"]);
    let address = run.hears("health at http://", "/healthz");
    run.says(&format!("the page was rolled back from {} by Ana at ", &second[..12]));
    let health = || browser::get(&address, "/healthz");
    wait_until("the state", || health().contains("\"taken_back\"") && health().starts_with("HTTP/1.1 200"));
    assert!(!shows("payments"), "it was put back");
    assert!(!shows("parcels"));
    assert_eq!(run.said().matches("rolled back from").count(), 1, "{}", run.said());
    let house = house.incident("parcels", "2026-03-01 10:00", "Investigating");
    commit(&house);
    wait_until("the next commit", || shows("parcels"));
    wait_until("the state to end", || !health().contains("\"taken_back\""));
    assert_eq!(run.end("-TERM"), Some(0), "{}", run.said());
    // Without a new commit a person can end it.
    let house = house.run(&["rollback", &second]).succeeded();
    assert!(!shows("parcels") && shows("payments"), "the build of that commit is the page");
    let house = house.run(&["publish"]).exited(4).said("rollback --release");
    let house = house.run(&["rollback", "--release"]).succeeded();
    assert!(shows("parcels"));
    assert_eq!(git(&house, &["status", "--porcelain"]), "");
}

#[test]
fn what_stops_the_telling_is_said() {
    let house = House::new().subscriber("ana@example.org").restless();
    let mut run = Running::start(&house, &["run", "--health", "127.0.0.1:0"]);
    let address = run.hears("health at http://", "/healthz");
    let health = || browser::get(&address, "/healthz");
    wait_until("the telling", || health().contains("\"state\": \"on\""));
    let plan = house.read("site/plan.toml");
    fs::remove_file(house.path().join("site/plan.toml")).unwrap();
    run.says("site/plan.toml is missing, so no one is notified, although the ledger has 1 subscriber");
    wait_until("the failure", || health().starts_with("HTTP/1.1 503"));
    let house = house.file("site/plan.toml", &plan).incident("payments", "2026-03-01 10:00", "Investigating");
    wait_until("the mail", || house.mails().len() == 1);
    wait_until("the recovery", || health().starts_with("HTTP/1.1 200"));
    assert_eq!(run.end("-TERM"), Some(0), "{}", run.said());
}

#[test]
fn a_brake_is_told_of_with_nothing_left_to_announce() {
    let names = ["one", "two", "three", "four"];
    let house =
        names.into_iter().fold(House::new().subscriber("ana@example.org").restless(), |house, name| {
            house.incident(name, "2026-03-01 10:00", "Investigating")
        });
    let house = house.run(&["notify", "--yes"]).exited(4);
    names.iter().for_each(|name| fs::remove_file(house.path().join(format!("incidents/{name}.md"))).unwrap());
    let house = house.run(&["notify", "--dry-run"]).succeeded().said("the brake is on:");
    let mut run = Running::start(&house, &["run", "--health", "127.0.0.1:0"]);
    let address = run.hears("health at http://", "/healthz");
    let health = || browser::get(&address, "/healthz");
    wait_until("the brake", || {
        health().contains("4 changes in one run") && health().starts_with("HTTP/1.1 503")
    });
    let house = house.run(&["deliver", "--release-brake"]).succeeded();
    let house = house.incident("five", "2026-03-01 10:00", "Investigating");
    wait_until("the mail", || house.mails().len() == 1);
    wait_until("the recovery", || health().starts_with("HTTP/1.1 200"));
    assert_eq!(run.end("-TERM"), Some(0), "{}", run.said());
}

#[test]
fn a_site_that_is_only_a_page_is_well_and_says_that_it_tells_nobody() {
    let house = House::new().restless();
    fs::remove_file(house.path().join("site/plan.toml")).unwrap();
    fs::remove_dir_all(house.path().join(".allclear")).unwrap();
    let mut run = Running::start(&house, &["run", "--health", "127.0.0.1:0"]);
    let address = run.hears("health at http://", "/healthz");
    run.says("no one is notified: there is no site/plan.toml");
    let health = browser::get(&address, "/healthz");
    assert!(health.starts_with("HTTP/1.1 200") && health.contains("\"state\": \"off\""), "{health}");
    assert_eq!(run.end("-TERM"), Some(0), "{}", run.said());
    assert!(!house.path().join(".allclear/ledger.db").exists(), "a look made a ledger");
    // The house is dropped with a ledger to look at.
    let _house = house.run(&["adopt", "--yes"]).succeeded();
}

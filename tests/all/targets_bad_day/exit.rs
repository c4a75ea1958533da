//! What `publish` ends with when some targets have the page and others do not, and what it says.

use std::fs;

use super::{commit, house};
use crate::fixtures::house::wait_until;
use crate::fixtures::port::free_port;
use crate::fixtures::running::Running;
use crate::fixtures::site::Site;

#[test]
fn one_target_that_readers_reach_is_enough_unless_every_one_is_asked_for() {
    let dead = format!("kind = \"folder\"\npath = \"other\"\nurl = \"http://127.0.0.1:{}\"", free_port());
    for other in
        [dead.as_str(), "kind = \"folder\"\npath = \".gitignore\"", "kind = \"command\"\nrun = [\"false\"]"]
    {
        let site = Site::new();
        let house = house(&format!("[[targets]]\nname = \"other\"\n{other}\n{}", site.target()));
        let house = house.run(&["publish", "--wait", "9s"]).succeeded().said("verified: readers of");
        let house =
            house.said("note: readers get the new build at another target").said("`other` is not up to date");
        let house = house.run(&["publish", "--wait", "1s", "--every-target"]).exited(1);
        // Where no target is reached nothing is enough.
        house.run(&["publish", "--wait", "1s", "--target", "other"]).exited(1);
    }
}

#[test]
fn a_target_that_is_newer_is_refused_and_the_other_is_enough() {
    let (site, newer) = (Site::new(), Site::new());
    let newer_target = newer.target().replace("\"here\"", "\"newer\"");
    let house = house(&format!("{}\n{newer_target}", site.target()));
    let first = super::git(&house, &["rev-parse", "HEAD"]);
    let house = house.incident("payments", "2026-03-01 10:00", "Investigating");
    commit(&house);
    let house = house.run(&["publish", "--wait", "9s", "--target", "newer"]).succeeded();
    super::git(&house, &["checkout", "--quiet", &first]);
    let house = house.run(&["publish", "--wait", "9s"]).succeeded().said("which is newer than");
    let _house = house.run(&["publish", "--wait", "1s", "--target", "newer"]).exited(4);
}

#[test]
fn a_damaged_target_is_repaired_when_it_is_asked_for() {
    let house =
        house("[[targets]]\nname = \"here\"\nkind = \"folder\"\npath = \"out\"\nswitch = \"in-place\"");
    let house = house.run(&["publish"]).succeeded();
    let path = |name: &str| house.path().join("out").join(name);
    let (index, missing) = (path("index.html"), path("404.html"));
    let whole = fs::read_to_string(&index).unwrap();
    fs::write(&index, whole.replace("Checkout", "Chockout")).unwrap();
    fs::remove_file(&missing).unwrap();
    let house =
        house.run(&["publish", "--repair", "--dry-run"]).succeeded().printed("here: write index.html");
    let house = house.run(&["publish", "--repair"]).succeeded().said("published: build ").said("2 written");
    assert_eq!((fs::read_to_string(&index).unwrap(), missing.exists()), (whole, true));
    let _house = house.run(&["publish", "--repair"]).succeeded().said("already up to date");
}

#[test]
fn a_program_is_not_run_over_a_newer_page_that_another_host_put_there() {
    let site = Site::new();
    let program = format!(
        "[[targets]]\nname = \"there\"\nkind = \"command\"\nrun = [\"touch\", \"out\"]\nurl = \"{}\"",
        site.url()
    );
    let house = house(&format!("{}\n{program}", site.target()));
    let first = super::git(&house, &["rev-parse", "HEAD"]);
    let house = house.incident("payments", "2026-03-01 10:00", "Investigating");
    commit(&house);
    // Another host has put the newer page there; this one never ran the program.
    let house = house.run(&["publish", "--target", "here"]).succeeded();
    super::git(&house, &["checkout", "--quiet", &first]);
    let house = house.run(&["publish", "--target", "there"]).exited(4).said("which is newer than");
    assert!(!house.path().join("out").exists(), "the program ran");
}

#[test]
fn what_a_killed_publisher_left_half_written_goes_with_the_next_build() {
    let house =
        house("[[targets]]\nname = \"here\"\nkind = \"folder\"\npath = \"out\"\nswitch = \"in-place\"");
    let house = house.run(&["publish"]).succeeded();
    let path = |name: &str| house.path().join("out").join(name);
    let left = [".new-4711-0", "history/.new-4711-12", "_allclear/builds/.new-99999-3"].map(path);
    left.iter().for_each(|file| fs::write(file, "half").unwrap());
    // A file that a living publisher writes is locked; one with another name was not written by allclear.
    let (written, other) = (path("history/.new-4712-0"), path(".new-banner"));
    let writer = fs::File::create(&written).unwrap();
    writer.lock().unwrap();
    fs::write(&other, "not ours").unwrap();
    let house = house.run(&["publish"]).succeeded().said("already up to date");
    assert!(left.iter().all(|file| !file.exists()), "{left:?}");
    assert!(written.exists() && other.exists());
    drop(writer);
    let _house = house.run(&["publish"]).succeeded();
    assert!(!written.exists() && other.exists());
}

#[test]
fn a_folder_that_holds_the_site_is_refused_before_anything_is_written() {
    for path in [".", "incidents", "./site", "themes/..", ".git", ".allclear"] {
        let house = house(&format!("[[targets]]\nname = \"here\"\nkind = \"folder\"\npath = \"{path}\""));
        let house = house.run(&["check"]).exited(3).said("bad-path").said("site/page.toml:");
        let house = house.run(&["publish"]).exited(3).said("bad-path");
        assert_eq!(super::git(&house, &["status", "--porcelain"]), "", "{path}");
    }
}

#[test]
fn the_live_build_and_nine_before_it_stay_in_a_folder() {
    let site = Site::new();
    let mut house = house(&site.target()).restless();
    for number in 0..12 {
        house = house.incident(&format!("number-{number}"), "2026-03-01 10:00", "Investigating");
        commit(&house);
        house = house.run(&["publish", "--no-verify"]).succeeded();
    }
    let releases = || fs::read_dir(site.path("page/releases")).unwrap().count();
    assert_eq!(releases(), 10);
    let mut run = Running::start(&house, &["run"]);
    let house = house.incident("the-last", "2026-03-01 10:00", "Investigating");
    commit(&house);
    let live = site.live().join("incidents/the-last/index.html");
    wait_until("the newest page, and the oldest to go", || live.exists() && releases() == 10);
    assert_eq!(run.end("-TERM"), Some(0), "{}", run.said());
}

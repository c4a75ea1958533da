//! Removed pages stay for a day, and one that leaked something is gone at once, everywhere.

use std::fs;

use super::{commit, house};

#[test]
fn a_removed_page_stays_for_a_day_and_a_purged_one_does_not() {
    for (switch, live) in [("link", "out/current"), ("in-place", "out")] {
        let target =
            format!("[[targets]]\nname = \"here\"\nkind = \"folder\"\npath = \"out\"\nswitch = \"{switch}\"");
        let house = house(&target).incident("payments", "2026-03-01 10:00", "Investigating");
        let house = house.incident("search", "2026-03-01 10:00", "Investigating");
        commit(&house);
        let house = house.run(&["publish"]).succeeded();
        let page = |name: &str| house.path().join(live).join(format!("incidents/{name}/index.html"));
        let (payments, search) = (page("payments"), page("search"));
        let house = house.run(&["publish", "--purge", "incidents/payments"]).exited(4);
        let house =
            house.said("incidents/payments.md is still there, and incidents/payments is made from it");
        let house = house.run(&["publish", "--purge", "incidents/payment"]).exited(4);
        let house = house.said("no target has incidents/payment; nothing was changed");
        let house =
            house.run(&["publish", "--purge", "incidents/payment", "--purge-all", "--yes"]).succeeded();
        let house = house.run(&["publish", "--purge", ""]).exited(2).said("not the whole page");
        let house = house.run(&["publish", "--force"]).succeeded();
        let house = house.said("incidents and updates that only the live page has disappear from it");
        for name in ["payments", "search"] {
            fs::remove_file(house.path().join(format!("incidents/{name}.md"))).unwrap();
        }
        commit(&house);
        let house = house.run(&["publish"]).succeeded();
        assert!(payments.exists() && search.exists(), "{switch}: caches may lead to them");
        let purge = ["publish", "--purge", "/incidents/payments/"];
        let house =
            house.run(&purge).exited(4).said("links to it, also in messages that were sent, answer 404");
        let house = house.said("deleting the page of an incident needs confirmation");
        assert!(payments.exists(), "{switch}: it was not confirmed");
        let house = house.run(&[&purge[..], &["--yes"]].concat()).succeeded();
        assert!(!payments.exists() && search.exists(), "{switch}: one is gone, and only that");
        let house = house.run(&["rollback"]).exited(2).said("has no earlier build");
        let left = Vec::from_iter(walk(&house.path().join("out")));
        assert!(!left.iter().any(|path| path.contains("incidents/payments/index")), "{switch}: {left:?}");
        if switch == "link" {
            let house = house.at("2026-03-02 10:30").run(&["publish"]).succeeded();
            let _house =
                house.incident("other", "2026-03-02 10:40", "Investigating").run(&["publish"]).succeeded();
            assert!(!search.exists(), "its day is over");
        }
    }
}

fn walk(folder: &std::path::Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() && !path.is_symlink() {
            true => found.extend(walk(&path)),
            false => found.push(path.display().to_string()),
        }
    }
    found
}

//! Names that change after an announcement: of files, of features; and planned work that repeats under one name.

use std::fs;

use crate::fixtures::house::House;

/// The page with a folder as its target.
fn published() -> House {
    let mut house = House::new();
    let page = house.read("site/page.toml");
    house.write(
        "site/page.toml",
        &format!("{page}\n[[targets]]\nname = \"here\"\nkind = \"folder\"\npath = \"out\"\n"),
    );
    house
}

#[test]
fn the_address_of_a_message_answers_after_its_file_was_moved_and_after_it_was_taken_away() {
    let house = published()
        .incident("payments", "2026-03-01 10:00", "Investigating")
        .update("payments", "2026-03-01 10:10", "Resolved")
        .at("2026-03-01 10:20")
        .run(&["adopt", "--yes"])
        .succeeded();
    let at_first = house.path().join("incidents/payments.md");
    let archived = house.path().join("incidents/2026/payments.md");
    fs::create_dir(archived.parent().unwrap()).unwrap();
    fs::rename(at_first, &archived).unwrap();
    let house = house.run(&["publish", "--no-verify"]).succeeded();
    let page = house.read("out/current/incidents/payments/index.html");
    assert!(page.contains("https://status.acme.test/incidents/2026/payments/"), "{page}");

    fs::remove_file(archived).unwrap();
    let house = house.run(&["publish", "--no-verify"]).succeeded();
    let page = house.read("out/current/incidents/payments/index.html");
    assert!(page.contains("taken off this page") && !page.contains("<h1>payments"), "{page}");
    assert!(house.read("out/current/es/incidents/payments/index.html").contains("se retiró de esta página"));
}

#[test]
fn a_feature_with_another_id_is_told_to_nobody_and_keeps_its_followers() {
    let mut house = House::new()
        .subscriber_with(&["ana@example.org", "--follow", "checkout"])
        .incident("payments", "2026-03-01 10:00", "Investigating")
        .notify()
        .mailed("ana@example.org", "payments");
    let page = house.read("site/page.toml");
    house
        .write("site/page.toml", &page.replace("id = \"checkout\"", "id = \"paying\"\nwas = [\"checkout\"]"));
    let house = house.at("2026-03-01 10:05").notify().mailed_nobody();
    house
        .update("payments", "2026-03-01 10:10", "Resolved")
        .notify()
        .mailed("ana@example.org", "Resolved")
        .mailed_nobody();
}

#[test]
fn a_feature_that_is_retired_leaves_the_list_and_keeps_its_name_its_page_and_its_history() {
    let mut house = published()
        .incident("payments", "2026-03-01 10:00", "Investigating")
        .update("payments", "2026-03-01 10:10", "Resolved")
        .at("2026-03-01 10:20")
        .run(&["adopt", "--yes"])
        .succeeded()
        .subscriber_with(&["ana@example.org", "--follow", "checkout"]);
    let page = house.read("site/page.toml");
    house
        .write("site/page.toml", &page.replace("id = \"checkout\"", "id = \"checkout\"\nuntil = 2026-03-03"));
    let listed = |house: &House| house.read("out/current/index.html").contains("features/checkout/");
    let house = house.at("2026-03-02 12:00").run(&["publish", "--no-verify"]).succeeded();
    assert!(listed(&house), "its last day is not over");
    let house =
        house.at("2026-03-03 12:00").notify().mailed_nobody().run(&["publish", "--no-verify"]).succeeded();
    assert!(!listed(&house), "it is retired");
    let page = house.read("out/current/features/checkout/index.html");
    assert!(page.contains("Checkout") && page.contains("payments"), "{page}");
    assert!(house.read("out/current/incidents/payments/index.html").contains("Checkout"));
}

#[test]
fn an_old_update_under_an_end_that_was_told_is_held() {
    let mut house = House::new()
        .subscriber("ana@example.org")
        .incident("payments", "2026-03-01 10:00", "Investigating")
        .update("payments", "2026-03-01 10:10", "Resolved")
        .notify()
        .mailed("ana@example.org", "payments");
    let late = "\n## 2026-03-01 10:05 UTC · Identified\n\nThe cause is a full disk.\n";
    let text = house.read("incidents/payments.md");
    house.write("incidents/payments.md", &format!("{text}{late}"));
    let mut house =
        house.at("2026-03-01 10:20").run(&["notify", "--yes"]).exited(3).said("update-before-told");
    let text = house.read("incidents/payments.md");
    house.write("incidents/payments.md", &text.replace("· Identified", "· Identified {tell}"));
    house.notify().mailed("ana@example.org", "The cause is a full disk.").mailed_nobody();
}

#[test]
fn work_that_repeats_is_announced_and_called_off_one_time_each() {
    let work = "+++\nkind = \"maintenance\"\ntitle = \"Restart\"\naffected = [\"search\"]\n\
                starts = 2026-03-01T12:00:00Z\nends = 2026-03-01T13:00:00Z\nrepeats = \"FREQ=DAILY\"\n\
                impact = \"Search is away.\"\n+++\n";
    let mut house = House::new()
        .subscriber("ana@example.org")
        .file("incidents/restart.md", work)
        .notify()
        .mailed("ana@example.org", "Restart")
        .mailed("ana@example.org", "Restart")
        .mailed_nobody();
    house.write(
        "incidents/restart.md",
        &format!("{work}\n## 2026-03-01 10:30 UTC · Cancelled\n\nNot today.\n"),
    );
    let house = house.at("2026-03-01 10:40").notify().mailed("ana@example.org", "Not today.").mailed_nobody();
    // The second begins, and the next two are announced.
    let mut house = house.at("2026-03-02 12:00").notify();
    for _ in 0..3 {
        house = house.mailed("ana@example.org", "Restart");
    }
    house.mailed_nobody();
}

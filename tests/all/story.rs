//! Whole stories through the binary: files change, subscribers are notified, once.

use crate::fixtures::house::House;

#[test]
fn an_outage_from_its_first_minute_to_its_last() {
    House::new()
        .subscriber("ana@example.org")
        .incident("payments", "2026-03-01 10:00", "Investigating")
        .notify()
        .mailed("ana@example.org", "payments")
        .notify()
        .mailed_nobody()
        .update("payments", "2026-03-01 10:40", "identified")
        .notify()
        .mailed("ana@example.org", "Now it is identified.")
        .update("payments", "2026-03-01 11:40", "resolved")
        .notify()
        .mailed("ana@example.org", "Now it is resolved.")
        .notify()
        .mailed_nobody();
}

#[test]
fn nobody_is_told_of_what_was_there_before() {
    House::new()
        .incident("old", "2026-03-01 09:00", "Investigating")
        .run(&["adopt", "--yes"])
        .succeeded()
        .subscriber("ana@example.org")
        .notify()
        .said("no new changes")
        .mailed_nobody();
}

#[test]
fn only_those_who_follow_the_feature_hear_of_it() {
    House::new()
        .subscriber_with(&["ana@example.org", "--follow", "checkout"])
        .subscriber_with(&["ben@example.org", "--follow", "search"])
        .subscriber_with(&["cleo@example.org", "--severity", "critical"])
        .incident("payments", "2026-03-01 10:00", "Investigating")
        .notify()
        .mailed("ana@example.org", "payments")
        .mailed_nobody()
        .run(&["why", "ben@example.org"])
        .succeeded()
        .printed("they follow search");
}

#[test]
fn a_person_is_reached_by_the_next_channel() {
    House::new()
        .subscriber_with(&["ana@example.org", "+34600000001"])
        .mail_server_down(true)
        .incident("payments", "2026-03-01 10:00", "Investigating")
        .run(&["notify", "--yes"])
        .at("2026-03-01 10:20")
        .run(&["deliver"])
        .texted("+34600000001", "payments")
        .run(&["why", "ana@example.org", "payments"])
        .printed("accepted")
        .printed("deferred it");
}

#[test]
fn edits_that_say_nothing_new_send_nothing() {
    let house = House::new()
        .subscriber("ana@example.org")
        .incident("payments", "2026-03-01 10:00", "Investigating")
        .notify()
        .mailed("ana@example.org", "payments");
    let text = house.read("incidents/payments.md");
    let typo = text.replace("We see failing payments.", "We  see *failing* payments!");
    std::fs::remove_file(house.path().join("incidents/payments.md")).unwrap();
    house
        .file("incidents/2026/renamed.md", &typo)
        .notify()
        .said("not announced: the edit changes no meaning")
        .mailed_nobody()
        .notify()
        .said("no new changes")
        .mailed_nobody();
}

#[test]
fn a_broken_file_holds_back_only_itself() {
    House::new()
        .subscriber("ana@example.org")
        .incident("payments", "2026-03-01 10:00", "Investigating")
        .notify()
        .mailed("ana@example.org", "payments")
        .file("incidents/payments.md", "+++\ntitle = \"payments\nseverity = \"mayor\"\n+++\n")
        .incident("search", "2026-03-01 10:10", "Investigating")
        .run(&["notify", "--yes"])
        .exited(3)
        .said("incidents/payments.md")
        .mailed("ana@example.org", "search")
        .run(&["build"])
        .exited(3);
}

#[test]
fn a_broken_plan_sends_nothing_and_says_where() {
    let house =
        House::new().subscriber("ana@example.org").incident("payments", "2026-03-01 10:00", "Investigating");
    let plan = house.read("site/plan.toml");
    house
        .file("site/plan.toml", &plan.replace("[mail]", "[mial]"))
        .run(&["notify", "--yes"])
        .exited(3)
        .said("site/plan.toml:1:2")
        .said("did you mean `mail`?")
        .run(&["deliver"])
        .exited(3)
        .mailed_nobody()
        .file("site/plan.toml", &plan)
        .notify()
        .mailed("ana@example.org", "payments");
}

#[test]
fn what_breaks_a_rule_is_told_once_it_is_mended() {
    let house = House::new()
        .subscriber("ana@example.org")
        .incident("search", "2026-03-01 10:00", "Investigating")
        .incident("payments", "2026-03-01 10:00", "Investigating");
    let whole = house.read("incidents/payments.md");
    house
        .file("incidents/payments.md", &whole.replace("Some payments", "{method} payments"))
        .run(&["notify", "--yes"])
        .exited(3)
        .said("unfilled-blank")
        .mailed("ana@example.org", "search")
        .mailed_nobody()
        .file("incidents/payments.md", &whole)
        .notify()
        .mailed("ana@example.org", "payments")
        .notify()
        .mailed_nobody();
}

#[test]
fn the_brake_stops_a_flood_and_survives_a_restart() {
    let mut house = House::new().subscriber("ana@example.org");
    for name in ["amber", "birch", "cedar", "dune"] {
        house = house.incident(name, "2026-03-01 10:00", "Investigating");
    }
    house
        .run(&["notify", "--yes"])
        .exited(4)
        .mailed_nobody()
        .run(&["notify", "--yes"])
        .exited(4)
        .mailed_nobody()
        .run(&["deliver", "--release-brake"])
        .succeeded()
        .run(&["notify", "--yes", "--many"])
        .succeeded()
        .mailed("ana@example.org", "amber")
        .mailed("ana@example.org", "birch")
        .mailed("ana@example.org", "cedar")
        .mailed("ana@example.org", "dune");
}

#[test]
fn nothing_is_sent_without_a_baseline_or_without_a_yes() {
    let house =
        House::new().subscriber("ana@example.org").incident("payments", "2026-03-01 10:00", "Identified");
    let house = house.run(&["notify"]).exited(4).said("confirm").mailed_nobody();
    std::fs::remove_dir_all(house.path().join(".allclear")).unwrap();
    house.run(&["notify", "--yes"]).exited(4).said("allclear adopt").mailed_nobody();
}

#[test]
fn somebody_who_left_is_not_written_to() {
    House::new()
        .subscriber("ana@example.org")
        .incident("payments", "2026-03-01 10:00", "Investigating")
        .run(&["subscribers", "remove", "ana@example.org"])
        .succeeded()
        .notify()
        .mailed_nobody();
}

#[test]
fn a_correction_is_told_and_the_operator_sees_both_versions() {
    let house = House::new()
        .subscriber("ana@example.org")
        .incident("payments", "2026-03-01 10:00", "Investigating")
        .notify()
        .mailed("ana@example.org", "payments");
    let text = house.read("incidents/payments.md");
    let turned = text.replace("We see failing payments.", "We see no failing payments.");
    house
        .file("incidents/payments.md", &turned)
        .run(&["notify", "--dry-run"])
        .succeeded()
        .said("- We see failing payments.")
        .said("+ We see no failing payments.")
        .notify()
        .mailed("ana@example.org", "Correction");
}

#[test]
fn a_sentence_that_is_added_to_the_newest_update_is_announced_as_an_update() {
    let house = House::new()
        .subscriber("ana@example.org")
        .incident("payments", "2026-03-01 10:00", "Investigating")
        .notify()
        .mailed("ana@example.org", "payments");
    let text = house.read("incidents/payments.md");
    let longer = text.replace("We see failing payments.", "We see failing payments. Refunds fail too.");
    let house = house.file("incidents/payments.md", &longer).notify();
    let house = house.mailed("ana@example.org", "New update");
    let (_, mail) = house.mails().pop().unwrap();
    assert!(mail.contains("Refunds fail too.") && !mail.contains("Correction"), "{mail}");
}

#[test]
fn an_incident_can_be_left_for_a_later_run() {
    House::new()
        .subscriber("ana@example.org")
        .incident("payments", "2026-03-01 10:00", "Investigating")
        .incident("search", "2026-03-01 10:00", "Investigating")
        .run(&["notify", "--yes", "--skip", "search"])
        .succeeded()
        .said("search  not announced: left out by --only or --skip")
        .mailed("ana@example.org", "payments")
        .mailed_nobody()
        .notify()
        .mailed("ana@example.org", "search")
        .run(&["notify", "--yes", "--only", "nothing"])
        .exited(2);
}

#[test]
fn what_is_going_on_does_not_disappear_with_its_file() {
    let house = House::new()
        .subscriber("ana@example.org")
        .incident("payments", "2026-03-01 10:00", "Investigating")
        .notify()
        .mailed("ana@example.org", "payments");
    let text = house.read("incidents/payments.md");
    std::fs::remove_file(house.path().join("incidents/payments.md")).unwrap();
    house
        .run(&["notify", "--yes"])
        .exited(4)
        .said("its file is deleted or no longer public: payments")
        .run(&["check"])
        .exited(4)
        .said("payments")
        .file("incidents/payments.md", &text)
        .notify()
        .said("no new changes")
        .mailed_nobody();
}

#[test]
fn an_end_that_is_dated_a_little_ahead_is_told_and_shown_at_once_and_only_once() {
    let house = House::new()
        .subscriber("ana@example.org")
        .incident("payments", "2026-03-01 10:00", "Investigating")
        .notify()
        .mailed("ana@example.org", "payments");
    let ended = |end: &str| {
        let text = house.read("incidents/payments.md");
        text.replace("\n## ", &format!("\n## 2026-03-01 {end} UTC · Resolved\n\nPayments work again.\n\n## "))
    };
    // An ETA of what has ended is of no use; without one, nothing is held back.
    let estimate = "eta = \"unknown\"\nnext_update = 2026-03-01T23:00:00Z\n";
    let (ahead, far_ahead) = (ended("11:20").replace(estimate, ""), ended("15:00"));
    assert!(!ahead.contains("eta ="), "{ahead}");
    let mut house = house
        .at("2026-03-01 11:00")
        .file("incidents/payments.md", &far_ahead)
        .run(&["check"])
        .said("in the future, so it is not shown")
        .notify()
        .mailed_nobody()
        .file("incidents/payments.md", &ahead)
        .run(&["check"])
        .succeeded()
        .said("in the future, and counts already, because it ends the incident")
        .notify()
        .mailed("ana@example.org", "Resolved after 1 hour 20 minutes")
        .run(&["build"])
        .succeeded();
    let summary: serde_json::Value = serde_json::from_str(&house.read("public/summary.json")).unwrap();
    assert_eq!(summary["status"], "operational", "{summary}");
    for feed in ["public/history.atom", "public/history.json"] {
        let text = house.read(feed);
        assert!(text.contains("Payments work again.") && !text.contains("T11:20"), "{text}");
    }
    for later in ["11:10", "11:19", "11:20", "11:40", "12:30"] {
        house = house.at(&format!("2026-03-01 {later}")).notify().mailed_nobody();
    }
    let house = house.run(&["build"]).succeeded();
    assert!(house.read("public/history.json").contains("T11:20"));
}

#[test]
fn an_estimate_that_only_a_heading_gives_is_the_one_that_readers_get() {
    let text = "+++\ntitle = \"Search is slow\"\nseverity = \"minor\"\naffected = [\"search\"]\n\
                started = 2026-03-01T10:00:00Z\nimpact = \"Searching takes long.\"\n+++\n\n\
                ## 2026-03-01 10:00 UTC · Investigating {eta=unknown next_update=\"2026-03-01 10:30 UTC\"}\n\nWe look.\n\n\
                ## 2026-03-01 10:20 UTC · Identified {eta=\"2026-03-01 12:30 UTC\"}\n\nThe disk is full.\n";
    let house =
        House::new().subscriber("ana@example.org").file("incidents/search.md", text).at("2026-03-01 10:40");
    let house = house.run(&["check"]).succeeded().run(&["build", "--out", "public"]).succeeded();
    for page in ["public/index.html", "public/incidents/search/index.html"] {
        let page = house.read(page);
        assert!(page.contains("2026-03-01T12:30:00Z"), "{page}");
        assert!(!page.contains("No estimate yet"), "{page}");
    }
    assert!(house.read("public/summary.json").contains("2026-03-01T12:30:00Z"));
    let house = house.run(&["notify", "--yes", "--force"]).succeeded().mailed("ana@example.org", "13:30 CET");
    // The promise of the first update was kept by the second.
    let house = house.run(&["check"]).succeeded();
    assert!(!house.stderr().contains("promised"), "{}", house.stderr());
}

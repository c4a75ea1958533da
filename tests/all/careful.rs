//! What may do harm is announced first: a mark that mutes an incident, a lost or old ledger, an update that repeats the one before, a
//! subscriber who is replaced, a page that is deleted.

use std::fs;

use crate::fixtures::house::House;

const OPEN: &str = "2026-03-01 10:00";
const LATER: &str = "2026-03-01 10:30";

fn announced() -> House {
    let house = House::new().subscriber("ana@example.org").incident("payments", OPEN, "Investigating");
    house.notify().mailed("ana@example.org", "payments")
}

fn edited(house: House, from: &str, to: &str) -> House {
    let text = house.read("incidents/payments.md").replace(from, to);
    house.file("incidents/payments.md", &text)
}

#[test]
fn of_a_silent_incident_only_the_end_of_what_was_announced_is_announced() {
    let silent = |house| edited(house, "title = ", "notify = \"silent\"\ntitle = ");
    let house = silent(announced()).run(&["check"]).succeeded().said("silent-incident");
    let house =
        house.update("payments", "2026-03-01 10:20", "identified").said("so no subscriber is notified of it");
    let house = house.run(&["notify", "--yes"]).succeeded().mailed_nobody();
    let house = house.said("so no subscriber is ever notified of: investigating → identified, update of");
    let house = house.run(&["why", "ana@example.org"]).said("only the end of what was announced");
    let house = house.update("payments", LATER, "resolved").said("announces the end only if it announced");
    let house = house.notify();
    let (_, mail) = house.mails().pop().unwrap();
    assert!(mail.contains("Now it is resolved.") && !mail.contains("Now it is identified."), "{mail}");
    let house = house.mailed("ana@example.org", "resolved").run(&["check"]).succeeded();
    assert!(!house.stderr().contains("silent-incident"), "{}", house.stderr());

    let house = silent(announced()).update("payments", LATER, "resolved");
    let house = edited(house, "10:30 UTC · Resolved", "10:30 UTC · Resolved {silent}");
    let _house = house.run(&["notify", "--yes"]).succeeded().mailed_nobody();

    let house = House::new().subscriber("ana@example.org").incident("payments", OPEN, "Investigating");
    let house = silent(house).run(&["notify", "--yes"]).succeeded().mailed_nobody();
    let house = house.update("payments", LATER, "resolved");
    let _house = house.run(&["notify", "--yes"]).succeeded().mailed_nobody();
}

#[test]
fn what_was_queued_before_a_removal_is_not_sent_after_the_return() {
    let house = House::new().subscriber("ana@example.org").incident("payments", OPEN, "Investigating");
    let house = house.mail_server_down(true).run(&["notify", "--yes"]).exited(1).mail_server_down(false);
    let house = house.run(&["subscribers", "remove", "ana@example.org"]).succeeded();
    let house = house.at(LATER).run(&["subscribers", "add", "ana@example.org"]).succeeded();
    let house = house.run(&["deliver", "--retry-now"]).mailed_nobody();
    let house = house.run(&["why", "ana@example.org"]).printed("the subscriber was removed");
    let house = house.update("payments", "2026-03-01 10:40", "identified").notify();
    house.mailed("ana@example.org", "identified");
}

#[test]
fn an_update_of_what_was_withdrawn_needs_a_phase() {
    let house = announced().at(LATER).run(&["withdraw", "payments", "--yes"]).succeeded().notify();
    let house = house.mailed("ana@example.org", "payments").at("2026-03-01 10:40");
    let update = ["update", "payments", "-m", "Wait, it is real."];
    let house =
        house.run(&update).exited(4).said("payments is withdrawn").said("add `--phase investigating`");
    let house = house.run(&["notify", "--yes"]).succeeded().mailed_nobody();
    let house = house.run(&[&update[..], &["--phase", "investigating"]].concat()).succeeded().notify();
    house.mailed("ana@example.org", "Wait, it is real.");
}

#[test]
fn doctor_names_a_provider_whose_circuit_breaker_is_open() {
    let mut house = House::new().mail_server_refuses(Some("@"));
    for number in 0..30 {
        house = house.subscriber(&format!("person{number}@example.org"));
    }
    let house = house.incident("payments", OPEN, "Investigating").restless();
    let house = house.run(&["notify", "--yes"]).exited(1).said("circuit breaker open");
    let _house = house.run(&["doctor"]).exited(1).printed("sending through relay is suspended since");
}

#[test]
fn an_impact_that_is_added_later_is_told_as_news() {
    let house = House::new().subscriber("ana@example.org").incident("payments", OPEN, "Investigating");
    let house = edited(house, "impact = \"Some payments fail.\"\n", "")
        .notify()
        .mailed("ana@example.org", "payments");
    let house = edited(house, "title = ", "impact = \"Cards from abroad fail.\"\ntitle = ");
    let house = house.at(LATER).run(&["notify", "--dry-run"]).succeeded().said("impact added");
    let house = house.said("impact: announced, it was not there before").notify();
    let (_, mail) = house.mails().pop().unwrap();
    assert!(mail.contains("What it means for you") && !mail.contains("Correction"), "{mail}");
    house.mailed("ana@example.org", "Cards from abroad fail.");
}

#[test]
fn a_lost_ledger_is_named_by_every_command_and_made_by_none() {
    let mut house = announced().restless();
    let state = house.path().join(".allclear");
    for file in ["ledger.db", "ledger.db-wal", "ledger.db-shm"] {
        let _absent = fs::remove_file(state.join(file));
    }
    let commands: &[&[&str]] = &[
        &["notify", "--yes"],
        &["deliver"],
        &["deliver", "--release-brake"],
        &["withdraw", "payments", "--yes"],
        &["why", "ana@example.org"],
        &["report"],
        &["subscribers", "list"],
        &["subscribers", "remove", "ana@example.org"],
    ];
    for command in commands {
        house = house.run(command).exited(4).said("the ledger that this host used last is missing or empty");
        house = house.said("restore the newest backup of ledger.db");
        assert!(!state.join("ledger.db").exists(), "{command:?} made a ledger");
    }
    let _house = house.run(&["doctor"]).exited(1).printed("missing or empty");
}

#[test]
fn a_new_ledger_sends_nothing_and_says_what_it_lacks() {
    let house = House::new().restless();
    fs::remove_dir_all(house.path().join(".allclear")).unwrap();
    let house = house.run(&["deliver"]).exited(4).said("no baseline").said("run `allclear adopt`");
    let _house = house.run(&["notify", "--yes"]).exited(4).said("no baseline");
}

#[test]
fn an_old_copy_of_the_ledger_is_read_with_a_warning_and_not_changed() {
    let house = announced();
    let ledger = house.path().join(".allclear/ledger.db");
    let copy = fs::read(&ledger).unwrap();
    let house =
        house.update("payments", LATER, "identified").notify().mailed("ana@example.org", "identified");
    let house = house.restless();
    fs::write(&ledger, copy).unwrap();
    for file in ["ledger.db-wal", "ledger.db-shm"] {
        let _absent = fs::remove_file(house.path().join(".allclear").join(file));
    }
    let house = house
        .run(&["report"])
        .succeeded()
        .said("this ledger is older than the last one used on this host")
        .said("may be incomplete");
    let house = house
        .run(&["why", "ana@example.org"])
        .succeeded()
        .said("this ledger is older than the last one used on this host");
    let house = house.run(&["withdraw", "payments", "--yes"]).exited(4).said("nothing was changed");
    let _house =
        house.run(&["subscribers", "remove", "ana@example.org"]).exited(4).said("nothing was changed");
}

#[test]
fn an_update_that_repeats_the_newest_one_is_refused_unless_it_is_confirmed() {
    let house =
        announced().update("payments", LATER, "identified").notify().mailed("ana@example.org", "identified");
    let again = ["update", "payments", "--phase", "identified", "-m", "Now it is identified."];
    let house =
        house.at("2026-03-01 10:40").run(&again).exited(4).said("of 2026-03-01 10:30 UTC, already says this");
    let house =
        house.said("add --yes").run(&["notify", "--yes"]).succeeded().said("no new changes").mailed_nobody();
    for news in [
        &["--next-update", "+1h"][..],
        &["--eta", "+2h"],
        &["--phase", "monitoring"],
        &["--severity", "critical"],
    ] {
        let text = house.read("incidents/payments.md");
        let one = House::new().file("incidents/payments.md", &text).at("2026-03-01 10:40");
        let arguments = [&["update", "payments", "-m", "Now it is identified."], news].concat();
        let _one = one.run(&arguments).succeeded();
    }
    let house = house.run(&[&again[..], &["--yes"]].concat()).succeeded().notify();
    house.mailed("ana@example.org", "identified");
}

#[test]
fn a_subscriber_who_is_replaced_sees_what_was_removed_and_changed() {
    let house = House::new().subscriber_with(&["ana@example.org", "+34600000001", "--follow", "search"]);
    let house = house.run(&["subscribers", "add", "ana@example.org", "--severity", "major"]).succeeded();
    let house = house.said("updated:").said("removed: SMS +34").said("follows: everything (before: search)");
    let house = house.said("severity: major (before: notice)");
    let house = house
        .run(&["subscribers", "add", "ana@example.org", "--severity", "major"])
        .succeeded()
        .said("unchanged, already subscribed:");
    let house = house.run(&["subscribers", "remove", "ana@example.org"]).succeeded();
    let house = house
        .run(&["why", "ana@example.org"])
        .succeeded()
        .printed("they were removed on 2026-03-01 10:00 UTC");
    let house = house.at(LATER).run(&["subscribers", "add", "ana@example.org"]).succeeded();
    let _house = house
        .said("subscribed again (was removed on 2026-03-01 10:00 UTC)")
        .said("severity: notice (before: major)");
}

#[test]
fn planned_work_is_withdrawn_in_its_own_words() {
    for (now, words) in [
        ("2026-03-01 10:00", "This work will not take place."),
        ("2026-03-02 10:30", "This work was announced in error."),
    ] {
        let house = House::new().at(now).file(
            "incidents/move.md",
            "+++\ntitle = \"We move\"\nkind = \"maintenance\"\naffected = [\"checkout\"]\nstarts = 2026-03-02T10:00:00Z\n\
             ends = 2026-03-02T12:00:00Z\n+++\n",
        );
        let house = house.run(&["withdraw", "move", "--yes"]).succeeded().said("the work is cancelled");
        let house = house.said("no subscriber needs a correction");
        assert!(
            house.read("incidents/move.md").contains(words),
            "{now}: {}",
            house.read("incidents/move.md")
        );
    }
}

#[test]
fn what_waits_for_a_retry_is_tried_at_once_when_a_person_asks_for_it() {
    let house = House::new().subscriber("ana@example.org").incident("payments", OPEN, "Investigating");
    let house = house.mail_server_down(true).run(&["notify", "--yes"]).exited(1).mail_server_down(false);
    let house = house.run(&["deliver"]).exited(1).said("still queued").mailed_nobody();
    let house = house
        .run(&["deliver", "--retry-now"])
        .succeeded()
        .said("trying again now: 1 message that waited for a retry");
    house.mailed("ana@example.org", "payments");
}

#[test]
fn after_a_rejection_the_suppression_list_is_named_with_its_way_out() {
    let house = House::new()
        .subscriber("ana@example.org")
        .subscriber("ben@example.org")
        .mail_server_refuses(Some("ben"));
    let house = house.incident("payments", OPEN, "Investigating").run(&["notify", "--yes"]).exited(1);
    let house = house.said("on the suppression list: 1 address that a provider rejected permanently");
    let house = house.said("subscribers list --suppressed").said("subscribers allow ADDRESS");
    house.mailed("ana@example.org", "payments");
}

#[test]
fn an_eta_that_has_passed_is_refused_as_one() {
    let house = House::new().incident("payments", OPEN, "Investigating");
    let house =
        house.run(&["update", "payments", "--eta", "-1h", "-m", "x"]).exited(2).said("the ETA has passed");
    let _house = house.run(&["new", "--title", "x", "--eta", "-1h"]).exited(2).said("the ETA has passed");
}

#[test]
fn a_refused_adopt_makes_no_ledger() {
    let house = House::new().incident("payments", OPEN, "Investigating").restless();
    let state = house.path().join(".allclear");
    fs::remove_dir_all(&state).unwrap();
    let house =
        house.run(&["adopt"]).exited(4).said("unknown whether this open incident was announced: payments");
    assert!(!state.join("ledger.db").exists());
    let house = house.run(&["adopt", "--known", "nosuch"]).exited(2);
    assert!(!state.join("ledger.db").exists());
    let _house = house
        .run(&["adopt", "--known", "payments"])
        .succeeded()
        .said("1 incident marked as already announced");
}

#[test]
fn a_purge_of_a_page_that_is_made_again_names_the_file_and_the_way() {
    let house = announced().file("site/static/key.txt", "secret");
    let page = format!(
        "{}\n[[targets]]\nname = \"live\"\nkind = \"folder\"\npath = \"public\"\nurl = \"https://status.acme.test\"\n",
        house.read("site/page.toml")
    );
    let house = house.file("site/page.toml", &page);
    let purge = |path: &'static str| ["publish", "--no-verify", "--yes", "--purge", path];
    let house = house.run(&["publish", "--no-verify"]).succeeded();
    let house = house.run(&purge("incidents/payments/index.html")).exited(4);
    let house = house.said("incidents/payments.md is still there, and incidents/payments/index.html is made from it; nothing was changed");
    let house = house
        .said("`allclear update payments --phase resolved` if it is over, or `allclear withdraw payments`");
    let house = house.said("`allclear publish` and `allclear notify`, so that subscribers know; then delete incidents/payments.md");
    let house = house
        .run(&purge("key.txt"))
        .exited(4)
        .said("site/static/key.txt is still there")
        .said("delete site/static/key.txt");
    let house = house.run(&purge("summary.json")).exited(4).said("every build makes summary.json");

    // The way that it names leads to the end.
    let house = house.update("payments", LATER, "resolved").run(&["publish", "--no-verify"]).succeeded();
    let house = house.run(&["notify", "--yes", "--force"]).succeeded().mailed("ana@example.org", "resolved");
    let house = house.run(&purge("incidents/payments/index.html")).exited(4);
    let house = house.said("help: delete incidents/payments.md and run this again");
    fs::remove_file(house.path().join("incidents/payments.md")).unwrap();
    let house = house.run(&purge("incidents/payments/index.html")).succeeded();
    assert!(!house.path().join("public/incidents/payments/index.html").exists());
    let _house = house.run(&["check"]).succeeded();
}

#[test]
fn a_refusal_after_an_announcement_says_that_there_was_one() {
    let house = announced().incident("search", LATER, "Investigating");
    fs::remove_file(house.path().join("incidents/payments.md")).unwrap();
    let house = house.at(LATER).run(&["notify", "--yes"]).exited(4);
    let house = house
        .said("1 change was queued for sending, but not all: announced as open, and its file is deleted");
    let house = house.mailed("ana@example.org", "search").run(&["notify", "--yes"]).exited(4);
    let house = house.said("refused: announced as open, and its file is deleted").mailed_nobody();
    let _house = house;
}

#[test]
fn an_update_of_what_is_over_says_that_it_stays_over() {
    let house =
        announced().update("payments", LATER, "resolved").notify().mailed("ana@example.org", "resolved");
    let update = ["update", "payments", "-m", "Sorry: payments still fail."];
    let house = house.at("2026-03-01 10:40").run(&update).exited(4);
    let house = house
        .said("payments is over (resolved), and stays over with this update")
        .said("`--phase investigating`");
    let house = house.run(&["notify", "--yes"]).succeeded().mailed_nobody();
    let house = house.run(&[&update[..], &["--phase", "investigating"]].concat()).succeeded().notify();
    let (_, mail) = house.mails().pop().unwrap();
    assert!(mail.contains("Sorry: payments still fail.") && !mail.contains("Ended:"), "{mail}");
    let house =
        house.mailed("ana@example.org", "Sorry").update("payments", "2026-03-01 10:50", "resolved").notify();
    let house = house.mailed("ana@example.org", "resolved").at("2026-03-01 11:00");
    let note = ["update", "payments", "-m", "Refunds arrive on Monday.", "--yes"];
    house.run(&note).succeeded().notify().mailed("ana@example.org", "Refunds arrive on Monday.");
}

#[test]
fn work_that_never_began_did_not_end_after_a_minute() {
    let house = House::new().subscriber("ana@example.org").file(
        "incidents/move.md",
        "+++\ntitle = \"We move\"\nkind = \"maintenance\"\naffected = [\"checkout\"]\nstarts = 2026-03-02T10:00:00Z\n\
         ends = 2026-03-02T12:00:00Z\nimpact = \"Payments pause for a minute.\"\n+++\n\n## 2026-03-01 09:00 UTC\n\nSoon.\n",
    );
    let house = house.notify().mailed("ana@example.org", "We move").at(LATER);
    let house = house.run(&["withdraw", "move", "--yes"]).succeeded().notify();
    let (_, mail) = house.mails().pop().unwrap();
    assert!(mail.contains("Planned for: ") && !mail.contains("Ended:"), "{mail}");
    assert!(!mail.contains("Payments pause for a minute."), "{mail}");
    house.mailed("ana@example.org", "We move");
}

#[test]
fn the_suppression_list_is_not_the_way_back_for_one_who_left() {
    let house = House::new().subscriber("ana@example.org");
    let house = house
        .run(&["subscribers", "allow", "ana@example.org"])
        .succeeded()
        .said("was on the suppression list");
    let house = house.run(&["subscribers", "remove", "ana@example.org"]).succeeded();
    let house = house.run(&["subscribers", "allow", "ana@example.org"]).exited(4).said("nothing was changed");
    let _house = house.said("allclear subscribers add ADDRESS --bring-back");
}

#[test]
fn a_dry_run_says_that_nothing_was_sent_and_a_quiet_publish_that_readers_lack_the_build() {
    let verdict = "dry run: nothing was sent";
    let house = House::new().subscriber("ana@example.org").run(&["notify", "--dry-run"]).succeeded();
    assert!(!house.stderr().contains(verdict), "{}", house.stderr());
    let house = house.incident("payments", OPEN, "Investigating").run(&["notify", "--dry-run"]).succeeded();
    let mut house = house.said(verdict).mailed_nobody();
    for number in 0..4 {
        house = house.incident(&format!("more-{number}"), OPEN, "Investigating");
    }
    let house = house.run(&["notify", "--dry-run"]).succeeded().said("would engage the brake");
    assert!(!house.stderr().contains(verdict), "{}", house.stderr());
    let page = house.read("site/page.toml");
    let target =
        "\n[[targets]]\nname = \"live\"\nkind = \"folder\"\npath = \"out\"\nurl = \"http://127.0.0.1:9\"\n";
    let house = house.file("site/page.toml", &(page + target));
    let _house = house.run(&["publish", "--quiet", "--wait", "1s"]).exited(1).said("not verified:");
}

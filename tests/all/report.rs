//! `allclear report`: the sums of an outage, as people and as scripts read them.

use serde_json::{Value, json};

use crate::fixtures::house::House;

/// The mail server is down for longer than mail is of use: who has a phone is reached by text, who has none is not.
fn outage_of_mail() -> House {
    House::new()
        .subscriber("ana@example.org")
        .subscriber_with(&["ben@example.org", "+34600000001"])
        .subscriber("gone@example.org")
        .run(&["subscribers", "remove", "gone@example.org"])
        .succeeded()
        .mail_server_down(true)
        .incident("payments", "2026-03-01 10:00", "Investigating")
        .run(&["notify", "--yes"])
        .at("2026-03-01 10:20")
        .run(&["deliver"])
        .texted("+34600000001", "payments")
}

fn change(house: House) -> (House, Value) {
    let house = house.run(&["report", "payments", "--format", "json"]).succeeded();
    let report: Value = serde_json::from_str(&house.stdout()).unwrap();
    let change = report["incidents"][0]["changes"][0].clone();
    (house, change)
}

#[test]
fn everybody_is_in_one_number_and_the_numbers_add_up() {
    let (house, change_then) = change(outage_of_mail());
    assert_eq!(change_then["what"][0], "opened");
    assert_eq!(change_then["planned"], 2, "who left is not among them");
    assert_eq!(change_then["people"], json!({ "reached": 1, "open": 1 }));
    assert_eq!(change_then["steps"]["text"], json!({ "accepted": 1 }));
    assert_eq!(change_then["calls"]["gateway"], json!({ "accepted": 1 }));
    assert_eq!(change_then["missed"][0]["state"], "open");

    let (house, change) = change(house.at("2026-03-02 10:30").run(&["deliver"]));
    assert_eq!(change["people"], json!({ "reached": 1, "not_reached": 1 }));
    assert_eq!(change["steps"]["mail"], json!({ "expired": 2 }));
    assert_eq!(change["handoffs"]["first"], change["handoffs"]["last"], "one handoff in all");
    let missed = change["missed"].as_array().unwrap();
    let id = missed[0]["subscriber"].as_str().unwrap();
    house
        .run(&["why", id])
        .printed("expired")
        .run(&["report", "payments"])
        .printed("2 queued = 1 reached + 1 not reached")
        .printed(&format!("missed    {id}  not reached"));
}

#[test]
fn an_eta_that_did_not_hold_is_told() {
    let house = House::new()
        .subscriber("ana@example.org")
        .incident("payments", "2026-03-01 10:00", "Investigating")
        .notify()
        .mailed("ana@example.org", "payments")
        .at("2026-03-01 10:20")
        .run(&["update", "payments", "--phase", "identified", "--eta", "+40m", "-m", "Found it."])
        .succeeded()
        .notify()
        .mailed("ana@example.org", "Found it.")
        .update("payments", "2026-03-01 12:05", "resolved")
        .notify()
        .mailed("ana@example.org", "resolved")
        .run(&["report", "payments"])
        .succeeded()
        .printed("ended     2026-03-01 12:05 UTC, lasted 2 h 5 min")
        .printed("2026-03-01 11:00 UTC  1 h 5 min late")
        .printed("1 queued = 1 reached")
        .printed("first after");
    assert_eq!(house.stdout().matches(" queued = ").count(), 3, "{}", house.stdout());
}

#[test]
fn ids_of_changes_are_shown_to_nobody() {
    let mut house = House::new()
        .subscriber("ana@example.org")
        .incident("payments", "2026-03-01 10:00", "Investigating")
        .notify()
        .mailed("ana@example.org", "payments")
        .update("payments", "2026-03-01 10:40", "identified");
    let mut shown = String::new();
    let commands: [&[&str]; 5] = [
        &["notify", "--dry-run"],
        &["notify", "--yes"],
        &["deliver"],
        &["report"],
        &["why", "ana@example.org"],
    ];
    for command in commands {
        house = house.run(command).succeeded();
        shown += &format!("{}{}", house.stdout(), house.stderr());
    }
    let house = house.mailed("ana@example.org", "Now it is identified.");
    house.raw_mails().iter().for_each(|(_, mail)| shown += mail);
    let raw = rusqlite::Connection::open(house.path().join(".allclear/ledger.db")).unwrap();
    let mut query = raw.prepare("SELECT id FROM change UNION SELECT id FROM message").unwrap();
    let ids: Vec<String> = query.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    assert!(ids.len() >= 4 && shown.contains("payments"), "{ids:?}");
    for id in ids {
        assert!(!shown.contains(&id[..id.len().min(8)]), "{id} is in:\n{shown}");
    }
}

#[test]
fn an_update_that_is_reverted_does_not_announce_the_phase_before_it_again() {
    let house = House::new()
        .subscriber("ana@example.org")
        .incident("payments", "2026-03-01 10:00", "Investigating")
        .notify()
        .mailed("ana@example.org", "payments");
    let before = house.read("incidents/payments.md");
    let house = house
        .update("payments", "2026-03-01 10:40", "identified")
        .notify()
        .mailed("ana@example.org", "Now it is identified.")
        .at("2026-03-01 10:50")
        .file("incidents/payments.md", &before)
        .notify()
        .mailed("ana@example.org", "Correction to our earlier message")
        .notify()
        .mailed_nobody();
    let mails = house.mails();
    assert_eq!(mails.iter().filter(|(_, mail)| mail.contains("New problem")).count(), 1, "{mails:?}");
}

#[test]
fn an_incident_nobody_knows_is_said_so() {
    House::new().run(&["report", "nothing-here"]).exited(2).said("no incident `nothing-here`");
    House::new().run(&["report"]).succeeded().said("no incident has been announced yet");
}

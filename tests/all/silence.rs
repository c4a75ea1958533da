//! What `notify` says of news for a narrower audience: nobody of the plan is notified of it, and its author reads why, in the dry
//! run, as JSON and in the report of a pull request.

use serde_json::Value;

use crate::fixtures::house::House;

const STAFF_NOTE: &str = "the update of 2026-03-01 10:20 UTC is internal: only the internal site shows it";

/// An announced incident with a note for staff, and another incident that only staff may read of.
fn noted() -> House {
    let house = House::new()
        .subscriber("ana@example.org")
        .incident("payments", "2026-03-01 10:00", "Investigating")
        .run(&["notify", "--yes", "--force"])
        .succeeded()
        .told_of_all()
        .at("2026-03-01 10:20")
        .run(&["update", "payments", "--internal", "-m", "The disk is full."])
        .succeeded();
    let text = house.read("incidents/payments.md");
    let hidden = text.replacen("severity = ", "audience = \"internal\"\nseverity = ", 1);
    house.file("incidents/disk.md", &hidden)
}

/// Each incident of the dry run as JSON with the number of its announced changes, and the reason for what is not announced.
fn as_json(house: &House) -> Vec<(String, usize, String)> {
    let entries: Vec<Value> = serde_json::from_str(&house.stdout()).unwrap();
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    entries
        .iter()
        .map(|one| (word(&one["incident"]), one["what"].as_array().unwrap().len(), word(&one["not_told"])))
        .collect()
}

#[test]
fn what_only_staff_may_read_is_named_as_internal_in_every_form_and_reaches_nobody() {
    let house = noted().run(&["notify", "--dry-run"]).succeeded();
    let house = house.said(&format!("payments  not announced: {STAFF_NOTE}"));
    let house = house.said("disk  not announced: it is internal: only the internal site shows it");
    assert!(!house.stderr().contains("no new changes"), "{}", house.stderr());
    let house = house.run(&["notify", "--dry-run", "--format", "json"]).succeeded();
    let internal = |id: &str| (id.to_owned(), 0, "internal".to_owned());
    assert_eq!(as_json(&house), [internal("payments"), internal("disk")]);
    let house = house.run(&["notify", "--dry-run", "--format", "markdown"]).succeeded();
    let house = house.printed(&format!("- **payments**: {STAFF_NOTE}"));
    let house = house.printed("- **disk**: it is internal");
    let _house = house.run(&["notify", "--yes"]).succeeded().mailed_nobody();
}

#[test]
fn a_note_for_staff_is_named_next_to_public_news_of_the_same_incident_and_only_once() {
    let house = noted().at("2026-03-01 10:30");
    let house = house.run(&["update", "payments", "-m", "Half of them work again."]).succeeded();
    let house = house.run(&["notify", "--dry-run", "--format", "json"]).succeeded();
    let of_payments: Vec<_> = as_json(&house).into_iter().filter(|(id, ..)| id == "payments").collect();
    let expected =
        [(1, ""), (0, "internal")].map(|(number, why)| ("payments".to_owned(), number, why.to_owned()));
    assert_eq!(of_payments, expected);
    let house = house.run(&["notify", "--yes", "--force"]).succeeded().said(STAFF_NOTE);
    let house = house.mailed("ana@example.org", "Half of them work again.");
    assert!(house.mails().iter().all(|(_, letter)| !letter.contains("The disk is full.")));
    let house = house.run(&["notify", "--dry-run"]).succeeded();
    assert!(!house.stderr().contains("payments"), "named a second time: {}", house.stderr());
}

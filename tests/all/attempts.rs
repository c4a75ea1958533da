//! What is said of a message that was given up: whether a provider was ever called for it.

use crate::fixtures::house::House;

fn house() -> House {
    House::new().subscriber("ana@example.org").incident("payments", "2026-03-01 10:00", "Investigating")
}

/// The plan loses email while a message waits for it.
fn without_email(house: House) -> House {
    let plan = house.read("site/plan.toml");
    let text = plan.split_once("[text]").unwrap().1.replacen("[providers.relay]", "[providers.unused]", 1);
    house
        .file("site/plan.toml", &format!("[text]{text}"))
        .at("2026-03-01 10:05")
        .run(&["deliver"])
        .exited(1)
        .run(&["why", "ana@example.org"])
}

#[test]
fn what_no_provider_was_called_for_is_not_said_to_have_failed() {
    let house = house();
    house.plan();
    without_email(house).printed("dead  given up without an attempt");
}

#[test]
fn what_a_provider_was_called_for_is_said_to_have_failed() {
    let house = house().mail_server_down(true).run(&["notify", "--yes"]).exited(1);
    without_email(house).printed("dead  failed, given up");
}

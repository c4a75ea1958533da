//! What waits is counted before anything is sent, and said with its time and its reason.

use crate::fixtures::house::House;

const OPEN: &str = "2026-03-01 10:00";

/// A house whose mail server was down when Ana was to be notified.
fn with_a_retry() -> House {
    let house = House::new().subscriber("ana@example.org").incident("payments", OPEN, "Investigating");
    house.mail_server_down(true).run(&["notify", "--yes"]).exited(1)
}

#[test]
fn what_waits_for_a_retry_is_in_the_total_if_it_is_tried_now() {
    let house = with_a_retry().mail_server_down(false).incident("search", OPEN, "Investigating");
    let house = house.run(&["notify", "--dry-run"]).succeeded();
    let house =
        house.said("queued by earlier runs: 1 by email waiting for a retry\n").said("in total  1 by email");
    let house = house.run(&["notify", "--dry-run", "--retry-now"]).succeeded();
    let house = house.said("1 by email waiting for a retry, tried now").said("in total  2 by email");
    let house = house.run(&["notify", "--yes", "--retry-now"]).succeeded().said("2 accepted by a provider");
    house
        .mailed("ana@example.org", "[Acme] payments")
        .mailed("ana@example.org", "[Acme] search")
        .mailed_nobody();
}

#[test]
fn retries_alone_are_confirmed_before_they_are_sent() {
    let house = with_a_retry().mail_server_down(false);
    let house =
        house.run(&["notify", "--retry-now"]).exited(4).said("sending needs confirmation").mailed_nobody();
    let house = house.run(&["notify", "--retry-now", "--yes"]).succeeded();
    house.mailed("ana@example.org", "payments");
}

#[test]
fn a_queue_says_when_it_continues_to_the_second_and_in_how_long() {
    let house = with_a_retry().restless();
    let said = house.stderr();
    let line = said.lines().find(|line| line.contains("incomplete:")).unwrap();
    let due = line.split("the next one due at ").nth(1).unwrap();
    assert!(due.starts_with("2026-03-01 10:0") && due.contains(" UTC, in ") && due.contains(" s;"), "{line}");
    assert!(line.contains("`allclear report` says what failed"), "{line}");
}

#[test]
fn the_pace_of_an_address_is_the_reason_that_is_named() {
    let mut house = House::new()
        .restless()
        .subscriber("ana@example.org")
        .incident("payments", OPEN, "Investigating")
        .notify();
    for (minute, phase) in (1..8).zip(["identified", "monitoring"].into_iter().cycle()) {
        house = house.update("payments", &format!("2026-03-01 10:0{minute}"), phase).run(&[
            "notify",
            "--yes",
            "--max-wait",
            "1s",
        ]);
    }
    let house = house.exited(1).said("still queued").said("1 message waits until 2026-03-01 11:00");
    let house =
        house.said("maximum pace of this address is 6 messages an hour; `--retry-now` does not change this");
    let house = house
        .run(&["deliver", "--retry-now", "--max-wait", "1s"])
        .exited(1)
        .said("maximum pace of this address");
    let _house =
        house.run(&["why", "ana@example.org"]).succeeded().printed("checked again at 2026-03-01 11:00");
}

#[test]
fn an_open_circuit_breaker_is_named_where_one_asks_why() {
    let mut house = House::new().mail_server_refuses(Some("@"));
    for number in 0..30 {
        house = house.subscriber(&format!("person{number}@example.org"));
    }
    let house = house.incident("payments", OPEN, "Investigating").restless();
    let mut house = house.run(&["notify", "--yes"]).exited(1);
    for command in [&["why", "person1@example.org"][..], &["report"]] {
        house =
            house.run(command).said("suspended: sending through relay is suspended since 2026-03-01 10:0");
        house = house.said("its circuit breaker is open");
    }
}

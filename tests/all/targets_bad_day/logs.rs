//! The log of what runs on: every line has its time, and a line about a message names the incident.

use super::house;
use crate::fixtures::house::{House, wait_until};
use crate::fixtures::running::Running;
use crate::fixtures::site::Site;

/// A line begins like `10:31:04 `.
fn has_time(line: &str) -> bool {
    let (Some(time), Some(b' ')) = (line.as_bytes().get(..8), line.as_bytes().get(8)) else { return false };
    time.iter().enumerate().all(|(at, byte)| if at % 3 == 2 { *byte == b':' } else { byte.is_ascii_digit() })
}

#[track_caller]
fn every_line_has_its_time(said: &str) {
    let without: Vec<&str> = said.lines().filter(|line| !has_time(line)).collect();
    assert!(without.is_empty(), "{without:#?} in {said}");
}

#[track_caller]
fn every_message_names_its_incident(said: &str) {
    let messages: Vec<&str> = said.lines().filter(|line| line.contains("…@example.org")).collect();
    assert!(messages.iter().any(|line| line.contains("accepted by relay")), "{said}");
    let without: Vec<&&str> = messages.iter().filter(|line| !line.contains("  payments: ")).collect();
    assert!(without.is_empty(), "{without:#?}");
}

#[test]
fn lines_of_run_have_their_time_and_name_the_incident() {
    let site = Site::new();
    let house = house(&site.target()).subscriber("ana@example.org").restless().mail_server_down(true);
    let run = ["run", "--health", "127.0.0.1:0", "--metrics", "127.0.0.1:0"];
    let mut run = Running::start(&house, &run);
    run.says("health at http://");
    let house = house.file("incidents/broken.md", "---\ntitle: \n---\n");
    run.says("broken.md");
    let house = house.incident("payments", "2026-03-01 10:00", "Investigating");
    run.says("failed relay");
    run.says("help:");
    let house = house.mail_server_down(false);
    wait_until("the mail", || house.mails().len() == 1);
    run.says("accepted by relay");
    assert_eq!(run.end("-TERM"), Some(0), "{}", run.said());
    every_line_has_its_time(&run.said());
    every_message_names_its_incident(&run.said());
}

#[test]
fn lines_of_a_worker_that_watches_have_their_time_and_name_the_incident() {
    let house = House::new().subscriber("ana@example.org").restless().mail_server_down(true);
    let house = house.incident("payments", "2026-03-01 10:00", "Investigating");
    let mut worker = Running::start(&house, &["deliver", "--watch", "--metrics", "127.0.0.1:0"]);
    worker.says("waiting for messages");
    house.plan();
    worker.says("help:");
    let house = house.mail_server_down(false);
    wait_until("the mail", || house.mails().len() == 1);
    worker.says("accepted by relay");
    assert_eq!(worker.end("-TERM"), Some(0), "{}", worker.said());
    every_line_has_its_time(&worker.said());
    every_message_names_its_incident(&worker.said());
}

/// The line that has those words, which is about a message of the incident.
#[track_caller]
fn line_of(house: &House, words: &str) {
    let said = house.stderr();
    let line = said.lines().find(|line| line.contains(words) && line.contains('…'));
    assert!(line.is_some_and(|line| line.contains("  payments: ")), "{words:?}: {said}");
}

#[test]
fn lines_of_messages_that_were_not_sent_name_the_incident() {
    let on_hold = House::new().subscriber("+34600000001").subscriber("+34600000002").restless();
    let plan = format!("{}\n[budget]\ntext_per_incident = 1\n", on_hold.read("site/plan.toml"));
    let on_hold = on_hold.file("site/plan.toml", &plan);
    let on_hold = on_hold.incident("payments", "2026-03-01 10:00", "Investigating");
    line_of(&on_hold.run(&["notify", "--yes"]).exited(4), "on hold:");

    let expired = House::new().subscriber("ana@example.org").restless().mail_server_down(true);
    let expired = expired.incident("payments", "2026-03-01 10:00", "Investigating").run(&["notify", "--yes"]);
    line_of(&expired.at("2026-03-04 10:00").run(&["deliver"]), "expired");

    let left = House::new().subscriber("ana@example.org").restless().mail_server_down(true);
    let left = left.incident("payments", "2026-03-01 10:00", "Investigating").run(&["notify", "--yes"]);
    let left = left.run(&["subscribers", "remove", "ana@example.org"]).at("2026-03-01 10:10");
    line_of(&left.run(&["deliver"]), "the subscriber was removed");

    let in_doubt = House::new().subscriber("+34600000001").restless();
    let in_doubt = in_doubt.incident("payments", "2026-03-01 10:00", "Investigating");
    let reached = in_doubt.path().join("reached");
    let mut killed = in_doubt.command(&["notify", "--yes"]);
    killed.env("ALLCLEAR_PAUSE_AT", "after-start:1").env("ALLCLEAR_PAUSED", &reached);
    let mut killed = Running::spawn(killed);
    wait_until("the handoff", || reached.exists());
    killed.kill();
    line_of(&in_doubt.run(&["deliver"]), "in_doubt");
}

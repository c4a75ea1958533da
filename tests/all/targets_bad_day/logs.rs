//! The log of what runs on: every line has its time, and a line about a handoff names the incident.

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

//! The machine's clock is set while the program works.

use chrono::TimeDelta;

use crate::fixtures::house::{House, wait_until};
use crate::fixtures::running::Running;
use crate::fixtures::wall::Wall;

/// What the clock is set by.
const STEPS: [TimeDelta; 5] = [
    TimeDelta::hours(3),
    TimeDelta::hours(-3),
    TimeDelta::seconds(10),
    TimeDelta::seconds(-10),
    TimeDelta::days(30),
];

/// How that is said.
fn said(step: TimeDelta) -> &'static str {
    if step < TimeDelta::zero() {
        "clock of this machine was set back by"
    } else {
        "clock of this machine was set forward by"
    }
}

fn command(house: &House, wall: &Wall, arguments: &[&str]) -> std::process::Command {
    let mut command = house.command_by_the_clock(arguments);
    wall.rule(&mut command);
    command
}

fn house() -> House {
    House::new().subscriber("ana@example.org").subscriber("+34600000001").restless()
}

#[test]
fn whoever_breaks_after_the_clock_was_set_is_told_of() {
    for step in STEPS {
        let Some(mut wall) = Wall::at("2026-03-01 10:00") else { return };
        let house = house();
        let mut run = Running::spawn(command(&house, &wall, &["run"]));
        let house = house.incident("payments", &wall.minute(), "Investigating");
        wait_until("the first mail and text", || (house.mails().len(), house.texts().len()) == (1, 1));
        wall.set(step);
        let house = house.incident("search", &wall.minute(), "Investigating");
        wait_until(&format!("mail and text after {step}: {}", run.said()), || {
            (house.mails().len(), house.texts().len()) == (2, 2)
        });
        assert_eq!(run.end("-TERM"), Some(0), "{}", run.said());
    }
}

#[test]
fn what_waits_when_the_clock_is_set_keeps_the_time_that_it_had_left() {
    for step in STEPS {
        let Some(mut wall) = Wall::at("2026-03-01 10:00") else { return };
        let house = house();
        let plan = house.read("site/plan.toml").replace("[mail]\n", "[mail]\ntime_to_live = \"10m\"\n");
        let house = house.file("site/plan.toml", &plan).mail_server_down(true);
        let house = house.incident("payments", &wall.minute(), "Investigating");
        let mut run = Running::spawn(command(&house, &wall, &["run"]));
        wait_until("the text", || house.texts().len() == 1);
        run.says("retrying at");
        wall.set(step);
        run.says(said(step));
        let house = house.mail_server_down(false);
        wait_until(&format!("the mail after {step}: {}", run.said()), || house.mails().len() == 1);
        assert_eq!(run.said().matches("the clock of this machine").count(), 1, "{}", run.said());
        assert_eq!(run.end("-TERM"), Some(0), "{}", run.said());
    }
}

#[test]
fn a_clock_that_is_set_between_two_runs_is_noticed_by_the_second() {
    let Some(mut wall) = Wall::at("2026-03-01 10:00") else { return };
    let house = house().mail_server_down(true).incident("payments", &wall.minute(), "Investigating");
    let plan = house.read("site/plan.toml").replace("[mail]\n", "[mail]\ntime_to_live = \"10m\"\n");
    let house = house.file("site/plan.toml", &plan);
    let output = command(&house, &wall, &["notify", "--yes"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    wall.set(TimeDelta::hours(3));
    let house = house.mail_server_down(false);
    let mut deliver = Running::spawn(command(&house, &wall, &["deliver", "--patience", "30s"]));
    deliver.says("was set forward by");
    assert_eq!(deliver.code(), Some(0), "{}", deliver.said());
    assert_eq!(house.mails().len(), 1);
}

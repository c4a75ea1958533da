//! Plays rows in which the machine's clock is set while the program works, or between two of its runs.

use std::process::Command;

use chrono::TimeDelta;

use crate::fixtures::house::House;
use crate::fixtures::running::Running;
use crate::fixtures::wall::Wall;

use super::play::{Watched, wait_for};
use super::row::{ClockMoment, Row};

/// `None` where no clock can be set.
pub(super) fn play(row: &Row, by: TimeDelta, at: ClockMoment) -> Option<House> {
    let wall = Wall::at("2026-03-01 10:00")?;
    let house = House::new().subscriber("ana@example.org").subscriber("+34600000001").restless();
    let plan = house.read("site/plan.toml").replace("[mail]\n", "[mail]\ntime_to_live = \"10m\"\n");
    let house = house.file("site/plan.toml", &plan);
    Some(match at {
        ClockMoment::AtRest => at_rest(row, house, wall, by),
        ClockMoment::WhileWaiting => while_waiting(row, house, wall, by),
        ClockMoment::BetweenRuns => between_runs(house, wall, by),
    })
}

fn command(house: &House, wall: &Wall, arguments: &[&str]) -> Command {
    let mut command = house.command_by_the_clock(arguments);
    wall.rule(&mut command);
    command
}

/// What breaks after the clock was set is announced.
fn at_rest(row: &Row, house: House, mut wall: Wall, by: TimeDelta) -> House {
    let mut watched = Watched::start(command(&house, &wall, &["run"]));
    let house = house.incident("search", &wall.minute(), "Investigating");
    wait_for(&house, &watched.run, (1, 1));
    wall.set(by);
    let house = house.incident("payments", &wall.minute(), "Investigating");
    wait_for(&house, &watched.run, (2, 2));
    watched.shows(row);
    assert_eq!(watched.run.end("-TERM"), Some(0), "{}", watched.run.said());
    house
}

/// What waits keeps its remaining time.
fn while_waiting(row: &Row, house: House, mut wall: Wall, by: TimeDelta) -> House {
    let house = house.mail_server_down(true).incident("payments", &wall.minute(), "Investigating");
    let mut watched = Watched::start(command(&house, &wall, &["run"]));
    wait_for(&house, &watched.run, (0, 1));
    watched.run.says("retrying at");
    wall.set(by);
    let set = if by < TimeDelta::zero() { "set back by" } else { "set forward by" };
    watched.run.says(&format!("clock of this machine was {set}"));
    let house = house.mail_server_down(false);
    wait_for(&house, &watched.run, (1, 1));
    watched.shows(row);
    let said = watched.run.said();
    assert_eq!(said.matches("the clock of this machine").count(), 1, "{said}");
    assert_eq!(watched.run.end("-TERM"), Some(0), "{}", watched.run.said());
    house
}

/// The second run notices it.
fn between_runs(house: House, mut wall: Wall, by: TimeDelta) -> House {
    let house = house.mail_server_down(true).incident("payments", &wall.minute(), "Investigating");
    let output = command(&house, &wall, &["notify", "--yes"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    wall.set(by);
    let house = house.mail_server_down(false);
    let mut deliver = Running::spawn(command(&house, &wall, &["deliver", "--patience", "30s"]));
    deliver.says(if by < TimeDelta::zero() { "was set back by" } else { "was set forward by" });
    assert_eq!(deliver.code(), Some(0), "{}", deliver.said());
    wait_for(&house, &deliver, (1, 1));
    house
}

//! The machine's clock is set, or the machine slept, while `run` waits for the beginning of planned work.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use chrono::TimeDelta;

use crate::fixtures::house::{House, wait_until};
use crate::fixtures::running::Running;
use crate::fixtures::wall::Wall;

const WORK: &str = "+++\nkind = \"maintenance\"\ntitle = \"Moving house\"\naffected = [\"checkout\"]\n\
     starts = 2026-03-01T12:00:00Z\nends = 2026-03-01T18:00:00Z\n+++\n\n\
     ## 2026-02-28 10:00 UTC · Scheduled\n\nWe move.\n";

/// What a person would wait for at most: the looks at the clock, a build and a handoff on a machine that is busy.
const SOON: Duration = Duration::from_secs(20);

#[test]
fn planned_work_begins_soon_after_the_clock_was_set_past_its_beginning() {
    let Some(mut wall) = Wall::at("2026-03-01 10:00") else { return };
    let house = House::new().subscriber("ana@example.org").restless().file("incidents/move.md", WORK);
    let mut command = house.command_by_the_clock(&["run", "--at-least-every", "1h"]);
    wall.rule(&mut command);
    let mut run = Running::spawn(command);
    wait_until("the mail that plans it", || house.mails().len() == 1);
    let page = || fs::read_to_string(house.path().join("public/index.html")).unwrap();
    let before = page();
    wall.set(TimeDelta::hours(-1));
    thread::sleep(Duration::from_secs(7));
    assert_eq!((house.mails().len(), page() == before), (1, true), "{}", run.said());
    wall.set(TimeDelta::hours(4));
    let set = Instant::now();
    wait_until("the mail that it begins", || house.mails().len() == 2);
    assert!(set.elapsed() < SOON, "{:?}: {}", set.elapsed(), run.said());
    assert_ne!(page(), before, "the page says that it is in progress");
    assert_eq!(run.end("-TERM"), Some(0), "{}", run.said());
}

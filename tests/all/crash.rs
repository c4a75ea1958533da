//! kill -9 of `notify` at each of its steps, then `notify` again: everyone is notified, nobody twice but for a handoff
//! that was in flight, and `why` explains it. Two that start at once notify everyone once.
//!
//! Random moments, ten thousand people and both databases are in `tests/kill.rs`.

use std::collections::BTreeMap;

use crate::fixtures::house::{House, wait_until};

/// The steps of a run before anything may have left, in their order.
const BEFORE: [&str; 10] = [
    "before-plan",
    "after-plan",
    "after-mark",
    "after-reclaim",
    "before-recover",
    "after-recover",
    "before-look",
    "after-look",
    "before-claim",
    "after-claim",
];
/// The steps of a handoff, and of the end of a run. At the n-th of them other connections may be in flight.
const AFTER: [&str; 14] = [
    "before-start",
    "before-moves",
    "after-moves",
    "after-start",
    "before-handoff",
    "after-handoff",
    "after-settle",
    "before-learn",
    "after-learn",
    "before-rest",
    "before-close",
    "after-close",
    "before-sum",
    "before-mark",
];
/// Steps that a run passes once.
const ONCE: [&str; 11] = [
    "before-plan",
    "after-plan",
    "after-mark",
    "after-reclaim",
    "before-recover",
    "after-recover",
    "before-claim",
    "before-close",
    "after-close",
    "before-sum",
    "before-mark",
];
const MAIL_PEOPLE: usize = 4;
/// Connections of the house's relay: the plan's default.
const CONNECTIONS: usize = 8;

fn full_house() -> House {
    let mut house = House::new().restless().subscriber("+34600000009");
    for number in 0..MAIL_PEOPLE {
        house = house.subscriber(&format!("p{number}@example.org"));
    }
    house.incident("payments", "2026-03-01 10:00", "Investigating")
}

/// Starts `notify`, waits until it stands still at the n-th passing of a step, and kills it there. Says whether
/// it came that far.
fn kill_at(house: &House, step: &str, number: usize) -> bool {
    let marker = house.path().join("paused");
    let mut child = house
        .command(&["notify", "--yes"])
        .env("ALLCLEAR_PAUSE_AT", format!("{step}:{number}"))
        .env("ALLCLEAR_PAUSED", &marker)
        .spawn()
        .unwrap();
    let mut ended = false;
    wait_until(&format!("{step}:{number}"), || {
        ended = child.try_wait().unwrap().is_some();
        ended || marker.exists()
    });
    // SIGKILL: the process gets no chance to tidy up.
    let _gone = child.kill();
    child.wait().unwrap();
    !ended
}

fn times_told(house: &House) -> BTreeMap<String, usize> {
    let mut told = BTreeMap::new();
    for (to, _) in house.mails().into_iter().chain(house.texts()) {
        *told.entry(to).or_default() += 1;
    }
    told
}

#[test]
fn killed_at_each_step_everybody_is_told_once() {
    for step in BEFORE.into_iter().chain(AFTER) {
        let numbers: &[usize] = if ONCE.contains(&step) { &[1] } else { &[1, 2, MAIL_PEOPLE] };
        for number in numbers {
            kill_and_go_on(step, *number);
        }
    }
}

fn kill_and_go_on(step: &str, number: usize) {
    let house = full_house();
    let came_so_far = kill_at(&house, step, number);
    assert!(came_so_far || number > 1, "{step} was never passed");
    let house = house.run(&["notify", "--yes"]).succeeded_or_doubts();
    let told = times_told(&house);
    // Once handoffs have begun, the kill may meet another connection between handoff and settling.
    let in_doubt = usize::from(AFTER.contains(&step) || number > 1);
    for person in 0..MAIL_PEOPLE {
        let times = told.get(&format!("p{person}@example.org")).copied().unwrap_or(0);
        assert!((1..=1 + in_doubt).contains(&times), "{step}:{number} p{person} was told {times} times");
    }
    let twice = told.values().filter(|times| **times > 1).count();
    assert!(twice <= in_doubt * CONNECTIONS, "{step}:{number} {told:?}");
    // A text that may have left is not sent again.
    assert!(told.get("+34600000009").is_none_or(|times| *times == 1), "{step}:{number} {told:?}");
    let house = house.run(&["why", "p0@example.org"]).printed("accepted").run(&["why", "+34600000009"]);
    let explained = house.stdout().contains("accepted") || house.stdout().contains("in_doubt");
    assert!(explained, "{}", house.stdout());
    let house = house.run(&["deliver"]).succeeded();
    let locks = std::fs::read_dir(house.path().join(".allclear/workers")).unwrap();
    assert_eq!(locks.count(), 0, "{step}:{number}: a dead worker left its lock");
}

#[test]
fn two_that_start_at_the_same_second_tell_everybody_once() {
    let runs = std::env::var("ALLCLEAR_DOUBLE_RUNS").ok().and_then(|text| text.parse().ok()).unwrap_or(20);
    let mut shared = 0;
    for run in 0..runs {
        let house = full_house();
        let pair = [(), ()].map(|()| house.command(&["notify", "--yes"]).spawn().unwrap());
        for one in pair {
            let output = one.wait_with_output().unwrap();
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            // The other was faster, or is still busy with what is left.
            let told_why = match output.status.code() {
                Some(0) => true,
                Some(1) => said.contains("incomplete:"),
                Some(4) => said.contains("another run queued these changes"),
                _ => false,
            };
            assert!(told_why, "run {run}: {:?} {said}", output.status);
            shared += usize::from(said.contains("accepted"));
        }
        let house = house.run(&["notify", "--yes"]).succeeded_or_doubts();
        let told = times_told(&house);
        assert!(
            told.len() == MAIL_PEOPLE + 1 && told.values().all(|times| *times == 1),
            "run {run}: {told:?}"
        );
    }
    println!("{runs} double runs; {shared} of {} took part in the sending", runs * 2);
}

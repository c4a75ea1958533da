//! kill -9 of `notify` at each of its steps and at random moments, then `notify` again: everybody is told, nobody
//! twice but for a handoff that was in flight, and `why` tells the story.
//!
//! `ALLCLEAR_KILLS=1000 cargo test --test crash` kills more often; the seed is printed.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking and says its seed")]

mod house;

use std::collections::BTreeMap;
use std::time::Duration;

use house::{House, wait_until};

/// The engine's steps, in the order in which a handoff passes them.
const STEPS: [&str; 5] = ["after-plan", "after-claim", "after-start", "after-handoff", "after-settle"];
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
    for step in STEPS {
        for number in [1, 2, MAIL_PEOPLE] {
            let house = full_house();
            let came_so_far = kill_at(&house, step, number);
            assert!(came_so_far || step == "after-plan" || number > 1, "{step} was never passed");
            let house = house.run(&["notify", "--yes"]).succeeded();
            let told = times_told(&house);
            // Once handoffs have begun, the kill may meet another connection between handoff and settling.
            let in_doubt = usize::from(!matches!((step, number), ("after-plan", _) | ("after-claim", 1)));
            for person in 0..MAIL_PEOPLE {
                let times = told.get(&format!("p{person}@example.org")).copied().unwrap_or(0);
                assert!(
                    (1..=1 + in_doubt).contains(&times),
                    "{step}:{number} p{person} was told {times} times"
                );
            }
            let twice = told.values().filter(|times| **times > 1).count();
            assert!(twice <= in_doubt * CONNECTIONS, "{step}:{number} {told:?}");
            // A text that may have left is not sent again.
            assert!(told.get("+34600000009").is_none_or(|times| *times == 1), "{step}:{number} {told:?}");
            let house =
                house.run(&["why", "p0@example.org"]).printed("accepted").run(&["why", "+34600000009"]);
            assert!(
                house.stdout().contains("accepted") || house.stdout().contains("in_doubt"),
                "{}",
                house.stdout()
            );
        }
    }
}

#[test]
fn killed_at_random_moments_everybody_is_told() {
    let kills: usize = std::env::var("ALLCLEAR_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(25);
    let seed = std::env::var("ALLCLEAR_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(7);
    println!("{kills} kills, ALLCLEAR_SEED={seed}");
    let mut chance = fastrand::Rng::with_seed(seed);
    let (mut killed, mut round) = (0, 0);
    while killed < kills {
        round += 1;
        let house = full_house();
        let mut kills_here = 0;
        for _ in 0..3 {
            let mut child = house.command(&["notify", "--yes"]).spawn().unwrap();
            std::thread::sleep(Duration::from_millis(chance.u64(5..120)));
            if child.try_wait().unwrap().is_none() {
                child.kill().unwrap();
                kills_here += 1;
            }
            child.wait().unwrap();
        }
        let house = house.run(&["notify", "--yes"]).succeeded();
        let told = times_told(&house);
        for person in 0..MAIL_PEOPLE {
            let times = told.get(&format!("p{person}@example.org")).copied().unwrap_or(0);
            assert!(
                times >= 1,
                "round {round}: p{person} was never told after {kills_here} kills\n{}",
                house.stderr()
            );
        }
        let extra: usize = told.values().map(|times| times - 1).sum();
        assert!(extra <= kills_here * CONNECTIONS, "round {round}: {told:?} after {kills_here} kills");
        assert!(told.get("+34600000009").is_none_or(|times| *times == 1), "round {round}: {told:?}");
        killed += kills_here.max(1);
    }
}

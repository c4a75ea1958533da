//! What `run` advises is enough, done as it is written, and works at once.

use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use super::house;
use crate::fixtures::browser;
use crate::fixtures::clone::{self, Clone};
use crate::fixtures::house::{House, wait_until};
use crate::fixtures::running::Running;
use crate::fixtures::site::Site;

/// Does each command between backquotes, in the folder of the house; the commands.
fn do_as_told(mut house: House, hint: &str) -> (House, Vec<String>) {
    let told: Vec<String> = hint.split('`').skip(1).step_by(2).map(str::to_owned).collect();
    for command in &told {
        let mut words = command.split(' ');
        let (program, arguments) = (words.next().unwrap(), Vec::from_iter(words));
        if program == "allclear" {
            house = house.run(&arguments).succeeded();
        } else {
            let done = Command::new(program).args(&arguments).current_dir(house.path()).output().unwrap();
            assert!(done.status.success(), "{command}: {}", String::from_utf8_lossy(&done.stderr));
        }
    }
    (house, told)
}

#[test]
fn after_a_rewritten_history_the_steps_that_are_told_are_enough() {
    let site = Site::new();
    let house = house(&site.target()).subscriber("ana@example.org").restless();
    let clone = Clone::of(&house);
    let run = ["run", "--pull", "origin/main", "--every", "1s", "--health", "127.0.0.1:0"];
    let mut run = Running::start(&house, &run);
    let address = run.hears("health at http://", "/healthz");
    let shows = |words: &str| {
        fs::read_to_string(site.live().join("index.html")).is_ok_and(|page| page.contains(words))
    };
    clone.write("incidents/payments.md", &clone::incident("first"));
    clone.commit("payments", None).push();
    wait_until("the mail", || house.mails().len() == 1 && shows("first"));
    clone.rewrite("second");
    let hint = run.hears("if the rewrite is intended, run ", "\n");
    let (house, told) = do_as_told(house, &hint);
    assert_eq!(told, ["git fetch", "git reset --hard origin/main", "allclear publish --force"]);
    wait_until("the rewritten page", || shows("second"));
    wait_until("everything to be well", || browser::get(&address, "/healthz").starts_with("HTTP/1.1 200"));
    // Nothing else is needed: the next commit goes its way.
    clone.write("incidents/search.md", &clone::incident("third"));
    clone.commit("search", None).push();
    wait_until("the next page", || shows("third"));
    wait_until("the next mail", || house.mails().iter().any(|(_, mail)| mail.contains("third")));
    assert_eq!(run.end("-TERM"), Some(0), "{}", run.said());
}

#[test]
fn what_the_brake_kept_is_announced_at_once_when_a_person_releases_it() {
    let house = House::new().subscriber("ana@example.org").restless();
    let mut run = Running::start(&house, &["run", "--health", "127.0.0.1:0"]);
    let address = run.hears("health at http://", "/healthz");
    let health = || browser::get(&address, "/healthz");
    wait_until("the start", || health().contains("\"state\": \"on\""));
    let names = ["one", "two", "three", "four"];
    let house = names
        .into_iter()
        .fold(house, |house, name| house.incident(name, "2026-03-01 10:00", "Investigating"));
    wait_until("the brake", || health().contains("changes in one run"));
    // By then it rests for eight seconds between two tries, and for a minute in the end.
    wait_until("the pauses to grow", || health().contains("\"failures\": 4"));
    let house = house.run(&["deliver", "--release-brake"]).succeeded();
    let released = Instant::now();
    wait_until("the mails", || house.mails().len() == 4);
    assert!(released.elapsed() < Duration::from_secs(6), "{:?}: {}", released.elapsed(), run.said());
    assert_eq!(run.end("-TERM"), Some(0), "{}", run.said());
}

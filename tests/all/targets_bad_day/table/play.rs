//! Plays rows side by side, each in a house of its own.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;

use crate::fixtures::browser;
use crate::fixtures::house::{House, wait_until};
use crate::fixtures::running::Running;
use crate::fixtures::site::Site;

use super::place::{Place, Stores};
use super::row::{Fault, Row, State};
use super::rows::ROWS;
use crate::targets_bad_day::{commit, git, house};

/// What a row is called.
pub(super) fn name(row: &Row) -> String {
    format!("{:?}: {:?}", row.kind, row.fault)
}

/// Plays the rows that are wanted, that many at once, and names those that do not hold.
pub(super) fn play_all(at_once: usize, stores: &Stores) {
    let only = std::env::var("ALLCLEAR_ROW").unwrap_or_default();
    let mut rows: Vec<&Row> = ROWS.iter().filter(|row| name(row).contains(&only)).collect();
    // Those that take longest begin first.
    rows.sort_by_key(|row| !matches!(row.state, State::FailsLate(_)));
    let next = AtomicUsize::new(0);
    let failed: Vec<String> = std::thread::scope(|threads| {
        let work = || {
            let mut failed = Vec::new();
            while let Some(row) = rows.get(next.fetch_add(1, Ordering::Relaxed)) {
                // A thread of its own names the row where it panics.
                let played = std::thread::Builder::new().name(name(row));
                let played = played.spawn_scoped(threads, || play(row, stores)).unwrap();
                failed.extend(played.join().is_err().then(|| name(row)));
            }
            failed
        };
        let workers: Vec<_> = (0..at_once).map(|_| threads.spawn(work)).collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    });
    assert!(failed.is_empty(), "{} of {} rows: {failed:#?}", failed.len(), rows.len());
}

/// Both targets and what is between.
struct Scene<'a> {
    row: &'a Row,
    healthy: Site,
    place: Place<'a>,
}

fn play(row: &Row, stores: &Stores) {
    let Some(place) = Place::of(row, stores) else { return };
    let scene = Scene { row, healthy: Site::new(), place };
    let house = scene.begin();
    let (house, mut run) = scene.change(house);
    let address = run.hears("health at http://", "/healthz");
    wait_until("the email", || !house.mails().is_empty());
    scene.is_told_in_time(&run, &address);
    let house = scene.is_shown(house, &run, &address);
    assert_eq!(run.end("-TERM"), Some(0), "{}", run.said());
    assert_eq!(house.mails().len(), 1, "no one twice: {}", run.said());
    assert_eq!(scene.place.readers(&house), row.readers, "{}", run.said());
    scene.publish(house);
}

impl Scene<'_> {
    /// The house up to the fault.
    fn begin(&self) -> House {
        let targets =
            format!("{}\n[[targets]]\nname = \"other\"\n{}", self.healthy.target(), self.place.target());
        let mut house = house(&targets).subscriber("ana@example.org").restless();
        house.write("id", "an-id\n").write("key", "a-key\n");
        house.write("azure-key", crate::fixtures::azurite::KEY);
        self.place.found(&house);
        if self.row.fault == Fault::Newer {
            let first = git(&house, &["rev-parse", "HEAD"]);
            house = house.incident("newer", "2026-03-01 10:00", "Investigating");
            commit(&house);
            house = house.run(&["publish", "--target", "other"]).succeeded();
            git(&house, &["checkout", "--quiet", &first]);
        } else if self.row.fault.comes_later() {
            let time = if self.row.fault == Fault::Ahead { "2027-03-01 10:00" } else { "2026-03-01 10:00" };
            house = house.at(time).run(&["publish", "--target", "other"]).succeeded();
        }
        house
    }

    /// The fault, the change, and `run`.
    fn change(&self, house: House) -> (House, Running) {
        let is_damage = matches!(self.row.fault, Fault::Deleted | Fault::Changed);
        let house = house.incident("payments", "2026-03-01 10:00", "Investigating");
        let mut house =
            if is_damage { house.run(&["publish", "--target", "other"]).succeeded() } else { house };
        self.place.break_it(&mut house);
        let mut command = house.command(&["run", "--health", "127.0.0.1:0", "--at-least-every", "2s"]);
        if self.row.state == State::Hanging {
            command.env("ALLCLEAR_DEADLINE", "3");
        }
        (house, Running::spawn(command))
    }

    /// The healthy page has the change, and the other target has not ended with a failure before the email was sent.
    fn is_told_in_time(&self, run: &Running, address: &str) {
        let live = std::fs::read_to_string(self.healthy.live().join("index.html")).unwrap();
        assert!(live.contains("incidents/payments"), "the page of the healthy target is old");
        if matches!(self.row.state, State::Hanging | State::FailsLate(_)) {
            let (_, state, why) = health(address);
            assert_ne!(state, "failing", "the email came after the limit: {why}\n{}", run.said());
        }
    }

    /// What health, the status and the log say.
    fn is_shown(&self, house: House, run: &Running, address: &str) -> House {
        let (word, code, reason) = match self.row.state {
            State::Well => ("well", 0, ""),
            State::Failing(why) | State::FailsLate(why) => ("failing", 1, why),
            State::Hanging => ("hanging", 1, "no sign of life since"),
        };
        if code == 0 {
            wait_until("the page at the other target", || self.place.readers(&house) == self.row.readers);
        }
        let mut shown = health(address);
        let is_shown = |shown: &(bool, String, String)| shown.0 == (code == 0) && shown.1 == word;
        for _ in 0..600 {
            if is_shown(&shown) && shown.2.contains(if word == "failing" { reason } else { "" }) {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(200));
            shown = health(address);
        }
        assert!(is_shown(&shown), "{shown:?}\n{}", run.said());
        if code == 1 {
            assert!(shown.2.contains(reason) || word == "hanging", "{shown:?}");
            run.says(reason);
        }
        let house = house.run(&["run", "--status"]).exited(code);
        house.printed(&format!("\"state\": \"{word}\""))
    }

    /// What `publish` ends with: one target that readers reach is enough, and the other one alone is not.
    fn publish(&self, house: House) {
        if self.row.state == State::Hanging {
            let mut run = Running::spawn(house.command(&["publish", "--wait", "9s"]));
            run.says("verified: readers of");
            assert_eq!(run.end("-TERM"), Some(0), "{}", run.said());
            run.says("`other` is not up to date");
            return;
        }
        let house = house.run(&["publish", "--wait", "9s"]).exited(0).said("verified: readers of");
        if self.row.code == 0 {
            return;
        }
        let house = house.said("`other` is not up to date");
        let _house = house.run(&["publish", "--wait", "1s", "--target", "other"]).exited(self.row.code);
    }
}

/// Whether health is good, and the state of the other target with its reason.
fn health(address: &str) -> (bool, String, String) {
    let answer = browser::get(address, "/healthz");
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let shown: Value = serde_json::from_str(body).unwrap();
    let parts = shown["parts"].as_array().cloned().unwrap_or_default();
    let part = parts.into_iter().find(|part| part["part"] == "target other").unwrap_or_default();
    let word = |name: &str| part[name].as_str().unwrap_or_default().to_owned();
    (head.starts_with("HTTP/1.1 200 "), word("state"), word("why"))
}

//! Plays rows side by side, each in a house of its own, and compares what is said in the end.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::fixtures::browser;
use crate::fixtures::house::{House, wait_until};
use crate::fixtures::running::Running;

use super::row::{Breaks, Row};
use super::{clock, script, silence, table};

/// Plays the rows that are wanted, that many at once, and names those that do not hold.
pub(super) fn play_all(at_once: usize, is_wanted: fn(&Row) -> bool) {
    let only = std::env::var("ALLCLEAR_ROW").unwrap_or_default();
    let rows: Vec<&Row> = table::rows().filter(|row| is_wanted(row) && row.name.contains(&only)).collect();
    let next = AtomicUsize::new(0);
    let failed: Vec<&str> = std::thread::scope(|threads| {
        let work = || {
            let mut failed = Vec::new();
            while let Some(row) = rows.get(next.fetch_add(1, Ordering::Relaxed)) {
                // A thread of its own names the row where it panics.
                let played = std::thread::Builder::new().name(row.name.to_owned());
                let played = played.spawn_scoped(threads, || play(row)).unwrap();
                failed.extend(played.join().is_err().then_some(row.name));
            }
            failed
        };
        let workers: Vec<_> = (0..at_once).map(|_| threads.spawn(work)).collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    });
    assert!(failed.is_empty(), "{} of {} rows: {failed:#?}", failed.len(), rows.len());
}

fn play(row: &Row) {
    let played = match &row.breaks {
        Breaks::Script(steps) => Some(script::play(steps)),
        Breaks::Clock { by, at } => clock::play(row, chrono::TimeDelta::seconds(*by), *at),
        Breaks::Silence { kind, phase, way } => Some(silence::play(row, *kind, *phase, *way)),
    };
    // Where a part is not installed the row was skipped.
    let Some(mut house) = played else { return };
    for (who, words) in row.why {
        house = house.run(&["why", who]).succeeded().printed(words);
    }
    for words in row.report {
        house = house.run(&["report", "payments"]).succeeded().printed(words);
    }
    if let Breaks::Script(_) = row.breaks {
        let watched = Watched::start(house.command(&["run"]));
        watched.shows(row);
    }
    drop(house.restless());
}

/// `allclear run` with its health check and its metrics.
pub(super) struct Watched {
    pub(super) run: Running,
    health: String,
    metrics: String,
}

impl Watched {
    /// Starts a command of `run`.
    pub(super) fn start(mut command: std::process::Command) -> Self {
        command.args(["--health", "127.0.0.1:0", "--metrics", "127.0.0.1:0"]);
        let run = Running::spawn(command);
        let health = run.hears("health at http://", "/healthz");
        let metrics = run.hears("metrics at http://", "/metrics");
        Self { run, health, metrics }
    }

    /// Waits until health and metrics are as the row says.
    pub(super) fn shows(&self, row: &Row) {
        let mut shown = String::new();
        let is_as_said = || {
            let (answer, failing) = self.failing();
            let metrics = browser::get(&self.metrics, "/metrics");
            shown = format!("{answer}\n{metrics}\n{}", self.run.said());
            let says = |name: &str, number: u32| metrics.contains(&format!("\n{name} {number}\n"));
            failing == row.failing
                && says("allclear_ledger_steps_unfinished", row.unfinished)
                && says("allclear_brake_on", u32::from(row.braked))
        };
        wait_soon(is_as_said).unwrap_or_else(|()| panic!("{}:\n{shown}", row.name));
    }

    /// What the health check answers, and the parts that it names as failing.
    fn failing(&self) -> (String, Vec<String>) {
        let answer = browser::get(&self.health, "/healthz");
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let shown: serde_json::Value = serde_json::from_str(body).unwrap();
        let parts = shown["parts"].as_array().unwrap();
        let at_rest =
            |part: &serde_json::Value| part["last_success"].is_string() || part["state"] == "failing";
        if !parts.iter().all(at_rest) {
            return (answer, vec!["not decided".to_owned()]);
        }
        let failing = parts.iter().filter(|part| part["state"] != "well");
        let mut failing: Vec<String> =
            failing.map(|part| part["part"].as_str().unwrap().to_owned()).collect();
        failing.sort();
        let is_well = shown["status"] == "ok";
        assert_eq!(head.starts_with("HTTP/1.1 200 "), is_well, "{answer}");
        if failing.is_empty() && !is_well {
            failing.push("the page is late".to_owned());
        }
        (answer, failing)
    }
}

/// Waits for half a minute at most: only a row that fails waits to the end.
fn wait_soon(mut ready: impl FnMut() -> bool) -> Result<(), ()> {
    for _ in 0..300 {
        if ready() {
            return Ok(());
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    Err(())
}

/// Waits until that many emails and SMS messages arrived.
pub(super) fn wait_for(house: &House, run: &Running, (mails, texts): (usize, usize)) {
    wait_until(&format!("{mails} emails and {texts} texts:\n{}", run.said()), || {
        (house.mails().len(), house.texts().len()) == (mails, texts)
    });
}

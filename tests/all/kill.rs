//! kill -9 at any moment, a hundred times, while 10,000 subscribers are notified of three changes: an oracle holds the log of the
//! provider and the ledger against a list of who must hear of what that was worked out without the program.
//!
//! `ALLCLEAR_KILLS=3000 cargo test --test all kill::` kills more often; the seed is printed.

mod crowd;
mod oracle;

use std::process::Stdio;
use std::time::{Duration, Instant};

use postgres::{Client, NoTls};

use crate::fixtures::house::House;
use crate::fixtures::recorder::Recorder;
use crate::fixtures::server::server;
use crate::fixtures::skip::skip;
use crowd::{CHANGES, Crowd};
use oracle::{Books, judge};

const PEOPLE: usize = 10_000;
/// With keys every second handoff is compared byte by byte; fewer people show the same.
const PEOPLE_WITH_KEYS: usize = 1_000;

#[test]
fn killed_at_any_moment_all_are_told_from_a_file() {
    let stage = Stage::new(None, Crowd(PEOPLE), false);
    stage.play(kills(100));
}

#[test]
fn killed_at_any_moment_all_are_told_from_a_server() {
    let Some(url) = schema("killed") else { return };
    let stage = Stage::new(Some(url), Crowd(PEOPLE), false);
    stage.play(kills(100));
}

#[test]
fn killed_at_any_moment_nobody_hears_twice_by_a_provider_that_honours_keys() {
    let stage = Stage::new(None, Crowd(PEOPLE_WITH_KEYS), true);
    stage.play(kills(30));
    let Some(url) = schema("keyed") else { return };
    let stage = Stage::new(Some(url), Crowd(PEOPLE_WITH_KEYS), true);
    stage.play(kills(30));
}

fn kills(ordinary: usize) -> usize {
    std::env::var("ALLCLEAR_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(ordinary)
}

/// A schema on a server; `None` where no server is installed.
fn schema(name: &str) -> Option<String> {
    let Some(server) = server() else {
        skip("no PostgreSQL server is installed");
        return None;
    };
    let url = server.url(name);
    Client::connect(&url, NoTls).unwrap().batch_execute(&format!("CREATE SCHEMA {name}")).unwrap();
    Some(url)
}

/// When a run is killed.
enum Moment {
    /// So long after its start.
    After(Duration),
    /// When the provider accepted that number of further mails.
    Mails(usize),
}

struct Stage {
    house: House,
    books: Books,
    recorder: Recorder,
    crowd: Crowd,
    honours_keys: bool,
}

impl Stage {
    fn new(url: Option<String>, crowd: Crowd, honours_keys: bool) -> Self {
        let mut house = House::new().restless();
        let recorder = Recorder::start(house.path().join("provider.log"), honours_keys);
        let plan = house.read("site/plan.toml");
        let port = plan.lines().find(|line| line.starts_with("port = ")).unwrap();
        let mut plan = plan.replace(port, &format!("port = {}", recorder.port));
        if let Some(url) = &url {
            plan = format!("[ledger]\nurl = {{ file = \"url\" }}\n\n{plan}");
            house.write("url", url);
        }
        house = house.file("site/plan.toml", &plan).file("people.csv", &crowd.csv());
        let people = house.path().join("people.csv");
        house = house.run(&["adopt", "--accept-old-copy"]).succeeded();
        house = house.run(&["subscribers", "import", people.to_str().unwrap()]).succeeded();
        let books = url.map_or_else(|| Books::File(house.path().join(".allclear/ledger.db")), Books::Server);
        Self { house, books, recorder, crowd, honours_keys }
    }

    /// Announces the three changes under that number of kills, and judges.
    fn play(mut self, kills: usize) {
        let seed = std::env::var("ALLCLEAR_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(7);
        println!("{kills} kills, ALLCLEAR_SEED={seed}");
        let (mut chance, started) = (fastrand::Rng::with_seed(seed), Instant::now());
        let mut killed = 0;
        for (number, (name, feature, severity, _)) in CHANGES.iter().enumerate() {
            let time = format!("2026-03-01 1{number}:00");
            self.house = self.house.incident(name, &time, "Investigating");
            let file = format!("incidents/{name}.md");
            let text = self.house.read(&file).replace("checkout", feature).replace("major", severity);
            self.house = self.house.file(&file, &text);
            let quota = (kills - killed) / (CHANGES.len() - number);
            killed += self.tell(number, quota, &mut chance);
            self.house = self.house.run(&["notify", "--yes"]).succeeded_or_doubts();
        }
        println!("{killed} kills in {:.1} s", started.elapsed().as_secs_f64());
        assert!(killed >= kills * 9 / 10, "only {killed} runs were still there to be killed");
        self.house = self.house.run(&["deliver"]).succeeded_or_doubts();
        let locks = self.house.path().join(".allclear/workers");
        assert_eq!(std::fs::read_dir(locks).unwrap().count(), 0, "dead workers left their locks");
        judge(self.crowd, &self.recorder.read(), &self.house.texts(), &self.books, killed, self.honours_keys);
    }

    /// Starts `notify` and kills it, that often or until everyone was notified of the change. Returns how often.
    fn tell(&self, change: usize, quota: usize, chance: &mut fastrand::Rng) -> usize {
        let audience = self.crowd.mailed(change).len();
        let (before, mut killed) = (self.recorder.count(), 0);
        // About as long as planning takes, so that kills meet it; measured, because machines differ.
        let started = Instant::now();
        let mut dry = self.house.command(&["notify", "--dry-run"]);
        assert!(dry.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap().success());
        let planning = u64::try_from(started.elapsed().as_millis()).unwrap();
        while killed < quota {
            let left = audience.saturating_sub(self.recorder.count() - before);
            if left == 0 {
                break;
            }
            let share = left * 8 / 5 / (quota - killed);
            let (moment, more) = if chance.u8(..4) == 0 {
                (Moment::After(Duration::from_millis(chance.u64(..=planning * 3 / 2))), share)
            } else {
                let more = chance.usize(..=share);
                (Moment::Mails(more), more)
            };
            self.recorder.allow(self.recorder.count() + more + 1);
            killed += usize::from(self.run_and_kill(&moment));
        }
        self.recorder.allow(usize::MAX);
        killed
    }

    /// Says whether the run was still there.
    fn run_and_kill(&self, moment: &Moment) -> bool {
        let (mails, started) = (self.recorder.count(), Instant::now());
        let mut command = self.house.command(&["notify", "--yes"]);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        loop {
            let due = match moment {
                Moment::After(time) => started.elapsed() >= *time,
                Moment::Mails(more) => self.recorder.count() > mails + more,
            };
            if child.try_wait().unwrap().is_some() {
                return false;
            }
            if due {
                // SIGKILL: the process gets no chance to tidy up.
                child.kill().unwrap();
                child.wait().unwrap();
                return true;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

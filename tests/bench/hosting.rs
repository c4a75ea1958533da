//! How long it takes from `git commit` until readers get the page and the first mail is handed off, with `run` on one machine that
//! polls, and from `git push` with one that a `post-receive` hook wakes.
//!
//! `cargo test --release --bench bench hosting:: -- --ignored --nocapture` prints the table of `docs/performance.md`.

use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::fixtures::browser;
use crate::fixtures::clone::{self, Clone};
use crate::fixtures::house::House;
use crate::fixtures::port::free_port;
use crate::fixtures::site::Site;

const INCIDENTS: usize = 500;
const PEOPLE: usize = 100;
const COMMITS: usize = 15;
const PUSHES: usize = 20;

/// What `run` says of each commit, mostly in this order.
const EVENTS: [&str; 5] = ["pulled", "built", "published", "planned", "accepted"];

/// A `run` whose records are stamped when they come.
struct Stamped {
    child: Child,
    records: Receiver<(Instant, String)>,
}

impl Stamped {
    fn start(house: &House, more: &[&str]) -> Self {
        let arguments = [&["run", "--pull", "origin/main", "--format", "json"], more].concat();
        let mut child = house.command(&arguments).stderr(Stdio::null()).spawn().unwrap();
        let (stamp, records) = mpsc::channel();
        let stdout = child.stdout.take().unwrap();
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                let record: Value = serde_json::from_str(&line).unwrap();
                let _ended = stamp.send((Instant::now(), record["event"].as_str().unwrap().to_owned()));
            }
        });
        Self { child, records }
    }

    /// When the first record of each of `EVENTS` about one change came; ends once everyone is notified of it. The records of
    /// different parts come in no fixed order: a message may be accepted before the log shows that it was queued.
    fn change(&self) -> [Instant; EVENTS.len()] {
        let (mut first, mut accepted) = ([None; EVENTS.len()], 0);
        while accepted < PEOPLE || first.contains(&None) {
            let (at, name) = self.records.recv_timeout(Duration::from_secs(60)).unwrap();
            accepted += usize::from(name == "accepted");
            if let Some(event) = EVENTS.iter().position(|event| *event == name) {
                first[event].get_or_insert(at);
            }
        }
        first.map(Option::unwrap)
    }

    /// When the next record of that name came.
    fn next(&self, event: &str) -> Instant {
        loop {
            let (at, name) = self.records.recv_timeout(Duration::from_secs(60)).unwrap();
            if name == event {
                return at;
            }
        }
    }
}

impl Drop for Stamped {
    fn drop(&mut self) {
        let _dead_already = self.child.kill();
        let _reaped = self.child.wait();
    }
}

/// A house with a past, subscribers and that target.
fn house(site: &Site) -> House {
    let mut house = House::new().restless();
    let page = format!("{}\n{}", house.read("site/page.toml"), site.target());
    house.write("site/page.toml", &page);
    let plan = format!("{}\n[brake]\nmessages_per_address_per_hour = 100\n", house.read("site/plan.toml"));
    house.write("site/plan.toml", &plan);
    for number in 0..INCIDENTS {
        let text = clone::incident("an old one").replace("2026-03-01", "2026-01-15");
        let end = "## 2026-01-15 11:00 UTC · Resolved\n\nIt works again.\n\n## ";
        house.write(&format!("incidents/old/{number}.md"), &text.replacen("## ", end, 1));
    }
    let people: String = (0..PEOPLE).map(|number| format!("p{number}@example.org\n")).collect();
    house.write("people.csv", &format!("mail\n{people}"));
    let file = house.path().join("people.csv");
    let house = house.run(&["subscribers", "import", file.to_str().unwrap()]).succeeded();
    house.run(&["adopt", "--yes"]).succeeded()
}

#[test]
#[ignore = "a measurement; takes a minute"]
fn from_a_commit_to_the_page_and_the_first_mail() {
    let site = Site::new();
    let house = house(&site);
    let clone = Clone::of(&house);
    let run = Stamped::start(&house, &["--every", "1s"]);
    run.next("published");
    let mut parts: Vec<Vec<Duration>> = vec![Vec::new(); EVENTS.len() + 2];
    for number in 0..COMMITS {
        std::thread::sleep(Duration::from_millis(700 + 130 * number as u64));
        clone.write(&format!("incidents/new-{number}.md"), &clone::incident(&format!("new {number}")));
        let started = Instant::now();
        clone.commit("more", None).push();
        let mut before = Instant::now();
        parts[0].push(before - started);
        for (part, at) in run.change().into_iter().enumerate() {
            parts[part + 1].push(at.saturating_duration_since(before));
            before = at;
        }
        parts[EVENTS.len() + 1].push(before - started);
    }
    let names = [
        "commit and push",
        "until the pull saw it",
        "build",
        "publish and verify",
        "plan",
        "first mail handed off",
        "all of it",
    ];
    print(&names, &mut parts);
}

fn print(names: &[&str], parts: &mut [Vec<Duration>]) {
    println!("| part | median | worst |\n|---|---|---|");
    for (name, part) in names.iter().zip(parts) {
        part.sort();
        let (median, worst) = (part[part.len() / 2], part[part.len() - 1]);
        println!("| {name} | {} ms | {} ms |", median.as_millis(), worst.as_millis());
    }
}

#[test]
#[ignore = "a measurement; takes a minute"]
fn from_a_push_to_the_page_and_the_first_mail() {
    let site = Site::new();
    let house = house(&site);
    let clone = Clone::of(&house);
    let secret = site.file("secret", "a secret of the repository\n");
    let address = format!("127.0.0.1:{}", free_port());
    let run = Stamped::start(&house, &["--hook", &address, "--hook-secret", &secret]);
    run.next("published");
    let hook = concat!(env!("CARGO_MANIFEST_DIR"), "/contrib/git/post-receive");
    clone.hook("post-receive", hook, &[("ALLCLEAR_HOOK", &address), ("ALLCLEAR_HOOK_SECRET", &secret)]);
    let mut parts: Vec<Vec<Duration>> = vec![Vec::new(); EVENTS.len() + 2];
    for number in 0..PUSHES {
        clone.write(&format!("incidents/new-{number}.md"), &clone::incident(&format!("new {number}")));
        clone.commit("more", None);
        std::thread::sleep(Duration::from_millis(1500 + 130 * number as u64));
        let (reader, path) = (site.url().replace("http://", ""), format!("/incidents/new-{number}/"));
        let pushed = Instant::now();
        let live = std::thread::spawn(move || {
            while !browser::get(&reader, &path).starts_with("HTTP/1.1 200") {
                std::thread::sleep(Duration::from_millis(5));
            }
            pushed.elapsed()
        });
        clone.push();
        parts[0].push(pushed.elapsed());
        for (part, at) in run.change().into_iter().enumerate() {
            parts[part + 1].push(at.saturating_duration_since(pushed));
        }
        parts[EVENTS.len() + 1].push(live.join().unwrap());
    }
    println!("Each counts from the begin of the push:");
    let names =
        ["pushed", "pulled", "built", "published", "queued", "first email accepted", "page read by a reader"];
    print(&names, &mut parts);
}

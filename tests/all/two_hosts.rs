//! `allclear run` on two hosts over one PostgreSQL and the same target: one leads, the other stands by and takes over.
//!
//! `ALLCLEAR_CHANGES=100 cargo test --test all two_hosts:: -- --nocapture` plays a longer story, and prints its figures.

use std::collections::BTreeMap;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use postgres::{Client, NoTls};
use serde_json::Value;

use crate::fixtures::browser;
use crate::fixtures::bucket::{self, BUCKET, SIGNED, Store};
use crate::fixtures::clone::{self, Clone};
use crate::fixtures::gateway::{self, Verdict};
use crate::fixtures::house::{House, wait_until};
use crate::fixtures::running::Running;
use crate::fixtures::server::server;
use crate::fixtures::site::Site;
use crate::fixtures::skip::skip;

const SUBSCRIBERS: usize = 5;

/// How long a handoff that a dead host began is not repeated, in milliseconds: shorter than the product's five minutes, and longer
/// than any host is frozen here.
const LEASE: &str = "15000";

/// Two hosts: a house, and a second checkout of its repository.
struct Pair {
    house: House,
    /// A web server that shows the page, unless that is in a bucket.
    site: Site,
    clone: Clone,
    second: String,
}

impl Pair {
    /// `None` where no PostgreSQL is installed.
    fn new(schema: &str) -> Option<Self> {
        let site = Site::new();
        let target = site.target();
        Self::with(schema, site, &target, 100)
    }

    /// One whose page goes to that target, and whose brake has that limit.
    fn with(schema: &str, site: Site, target: &str, changes_per_run: usize) -> Option<Self> {
        let Some(server) = server() else {
            skip("no PostgreSQL server is installed");
            return None;
        };
        let url = server.url(schema);
        Client::connect(&url, NoTls).unwrap().batch_execute(&format!("CREATE SCHEMA {schema}")).unwrap();
        let mut house = House::new().restless();
        let page = format!("links = \"files\"\n{}\n{target}", house.read("site/page.toml"));
        let secret = site.file("url", &url);
        let plan = house.read("site/plan.toml");
        let plan = format!(
            "[ledger]\nurl = {{ file = \"{secret}\" }}\n\n{plan}\n[brake]\nmessages_per_address_per_hour = 100\nchanges_per_run = {changes_per_run}\n"
        );
        house.write("site/page.toml", &page).write("site/plan.toml", &plan);
        let mut house = house.run(&["adopt", "--accept-old-copy"]).succeeded();
        for number in 0..SUBSCRIBERS {
            house = house.subscriber(&format!("p{number}@example.org"));
        }
        let clone = Clone::of(&house);
        let second = clone.second();
        Some(Self { house, site, clone, second })
    }

    /// Starts `run` on one of the hosts; gives it and the address of its health.
    fn start(&self, host: usize) -> (Running, String) {
        let options = ["run", "--pull", "origin/main", "--every", "1s", "--health", "127.0.0.1:0"];
        let mut command = self.house.command_by_the_clock(&options);
        if host == 1 {
            let root = |argument: &std::ffi::OsStr| {
                if argument == self.house.path() { self.second.clone().into() } else { argument.to_owned() }
            };
            let arguments: Vec<_> = command.get_args().map(root).collect();
            let mut there = Command::new(command.get_program());
            there.args(arguments).env("NO_COLOR", "1").env("GATEWAY_PASSWORD", "s3cret");
            command = there;
        }
        command.env("ALLCLEAR_LEASE", LEASE);
        let run = Running::spawn(command);
        let health = run.hears("health at http://", "/healthz");
        (run, health)
    }

    /// A new incident, pushed.
    fn change(&self, number: usize) {
        self.clone.write(&format!("incidents/{number:03}.md"), &clone::incident(&name(number)));
        self.clone.commit(&name(number), None).push();
    }

    /// How often each subscriber got each change.
    fn counts(&self) -> BTreeMap<(String, usize), usize> {
        let mut counts = BTreeMap::new();
        for (to, text) in self.house.mails() {
            let (_, rest) = text.split_once("change no ").expect("a mail about a change");
            let number = rest.get(..3).and_then(|digits| digits.parse().ok()).expect("its number");
            *counts.entry((to, number)).or_default() += 1;
        }
        counts
    }
}

fn name(number: usize) -> String {
    format!("change no {number:03}")
}

fn health(address: &str) -> (bool, Value) {
    let answer = browser::get(address, "/healthz");
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.starts_with("HTTP/1.1 200"), serde_json::from_str(body).unwrap())
}

fn leads(address: &str) -> bool {
    health(address).1["leader"]["here"] == true
}

#[test]
fn one_host_leads_and_the_other_stands_by_until_it_ends_dies_or_freezes() {
    let Some(pair) = Pair::new("two_roles") else { return };
    let (mut first, here) = pair.start(0);
    wait_until("the lead", || leads(&here));
    let (mut second, there) = pair.start(1);
    second.says("stands by: ");
    wait_until("the standby", || health(&there).1["status"] == "standby" && health(&there).0);
    let (_, shown) = health(&there);
    assert_eq!((&shown["leader"]["here"], &shown["telling"]["state"]), (&false.into(), &"standby".into()));
    assert_eq!(shown["leader"]["host"], health(&here).1["leader"]["host"]);
    pair.change(0);
    wait_until("the first change", || pair.counts().len() == SUBSCRIBERS);
    assert!(!second.said().contains("published"), "{}", second.said());
    // One that is stopped hands over at once, one that is killed or suspended when its lease ends.
    assert_eq!(first.end("-TERM"), Some(0), "{}", first.said());
    second.says("leads: publishes and notifies from now on");
    pair.change(1);
    wait_until("the second change", || pair.counts().len() == 2 * SUBSCRIBERS);
    let (first, here) = pair.start(0);
    first.says("stands by: ");
    second.signal("-STOP");
    wait_until("the lead of the other", || leads(&here));
    pair.change(2);
    wait_until("the third change", || pair.counts().len() == 3 * SUBSCRIBERS);
    second.signal("-CONT");
    second.says("stands by: ");
    // A process that is started again in the folder of the dead one is its heir, and waits for nothing.
    drop(first);
    let (first, here) = pair.start(0);
    wait_until("the heir", || leads(&here));
    second.kill();
    drop(first);
    assert!(pair.counts().values().all(|times| *times == 1), "{:?}", pair.counts());
}

/// One change per commit, until a host that stands by takes over from one that is suspended.
#[test]
fn what_was_pushed_one_by_one_during_a_takeover_does_not_engage_the_brake() {
    let site = Site::new();
    let target = site.target();
    let Some(pair) = Pair::with("two_brake", site, &target, 3) else { return };
    let (first, here) = pair.start(0);
    wait_until("the lead", || leads(&here));
    let (second, there) = pair.start(1);
    second.says("stands by: ");
    pair.change(0);
    wait_until("the first change", || pair.counts().len() == SUBSCRIBERS);
    first.signal("-STOP");
    (1..6).for_each(|number| pair.change(number));
    wait_until("the lead of the other", || leads(&there));
    wait_until("the changes of the takeover", || pair.counts().len() == 6 * SUBSCRIBERS);
    first.signal("-CONT");
    first.says("stands by: ");
    // What comes in one commit is braked then as well.
    second.signal("-STOP");
    for number in 6..10 {
        pair.clone.write(&format!("incidents/{number:03}.md"), &clone::incident(&name(number)));
    }
    pair.clone.commit("all at once", None).push();
    wait_until("the lead of the first", || leads(&here));
    first.says("4 changes in one run; the limit is 3");
    assert_eq!(pair.counts().len(), 6 * SUBSCRIBERS);
    assert!(pair.counts().values().all(|times| *times == 1), "{:?}", pair.counts());
}

#[test]
fn a_bucket_of_two_hosts_has_the_newest_page_whoever_leads() {
    let moto = Store::moto();
    // Readers carry no signature, and moto shows nothing without one.
    let public = gateway::before(moto.port, |_| Verdict::PassWith(SIGNED));
    let site = Site::new();
    let (id, key) = (site.file("id", "an-id\n"), site.file("key", "a-key\n"));
    let target = bucket::target(moto.port).replace("\"id\"", &format!("\"{id}\""));
    let target = target.replace("\"key\"", &format!("\"{key}\""));
    let url = format!("url = \"http://127.0.0.1:{public}/{BUCKET}\"");
    let target = format!("[[targets]]\nname = \"here\"\n{target}\n{url}\n");
    let Some(pair) = Pair::with("two_bucket", site, &target, 3) else { return };
    let mut hosts = [pair.start(0), pair.start(1)];
    wait_until("a leader", || hosts.iter().any(|(_, address)| leads(address)));
    for number in 0..4 {
        pair.change(number);
        wait_until("the change", || pair.counts().len() == (number + 1) * SUBSCRIBERS);
        // The email was sent, so readers have it.
        assert!(moto.file("index.html").unwrap().1.contains(&name(number)));
        moto.is_whole();
        let leader = hosts.iter().position(|(_, address)| leads(address)).unwrap();
        let other = hosts[1 - leader].1.clone();
        if number % 2 == 0 {
            hosts[leader].0.kill();
        } else {
            hosts[leader].0.signal("-STOP");
        }
        wait_until("the other", || leads(&other));
        match number % 2 {
            0 => hosts[leader] = pair.start(leader),
            _ => hosts[leader].0.signal("-CONT"),
        }
    }
    assert!(pair.counts().values().all(|times| *times == 1), "{:?}", pair.counts());
}

/// What a reader saw go backwards, and how often it looked.
fn watch_page(site: &Site, is_over: &Arc<AtomicBool>) -> std::thread::JoinHandle<(Vec<String>, usize)> {
    let (address, is_over) = (site.url().replace("http://", ""), Arc::clone(is_over));
    std::thread::spawn(move || {
        let (mut newest, mut backwards, mut looks) = (None, Vec::new(), 0);
        while !is_over.load(Ordering::Relaxed) {
            let page = browser::get(&address, "/");
            let seen = page
                .match_indices("change no ")
                .filter_map(|(at, words)| page.get(at + words.len()..)?.get(..3));
            let seen = seen.max().map(str::to_owned);
            if seen < newest {
                backwards.push(format!("{seen:?} after {newest:?}"));
            }
            (newest, looks) = (seen, looks + 1);
            std::thread::sleep(Duration::from_millis(10));
        }
        (backwards, looks)
    })
}

#[test]
fn nobody_misses_a_change_or_hears_it_twice_while_hosts_are_killed_and_frozen() {
    let Some(pair) = Pair::new("two_hosts") else { return };
    let changes: usize = std::env::var("ALLCLEAR_CHANGES").map_or(12, |number| number.parse().unwrap());
    let seed = std::env::var("ALLCLEAR_SEED").map_or(7, |seed| seed.parse().unwrap());
    println!("ALLCLEAR_SEED={seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    let mut hosts = [pair.start(0), pair.start(1)];
    wait_until("a leader", || hosts.iter().any(|(_, address)| leads(address)));
    let is_over = Arc::new(AtomicBool::new(false));
    let reader = watch_page(&pair.site, &is_over);
    let (mut kills, mut takeovers) = (0, Vec::new());
    for number in 0..changes {
        pair.change(number);
        std::thread::sleep(Duration::from_millis(random.u64(0..1500)));
        if number % 4 != 1 {
            continue;
        }
        // Most of the time the one that leads is the victim, which is what matters.
        let leader = hosts.iter().position(|(_, address)| leads(address)).unwrap_or(0);
        let victim = if random.u32(0..4) == 0 { 1 - leader } else { leader };
        let other = hosts[1 - victim].1.clone();
        let is_killed = random.bool();
        if is_killed {
            hosts[victim].0.kill();
            kills += 1;
        } else {
            hosts[victim].0.signal("-STOP");
        }
        let began = Instant::now();
        wait_until("a leader", || leads(&other));
        if victim == leader {
            takeovers.push(began.elapsed());
        }
        if is_killed {
            hosts[victim] = pair.start(victim);
        } else {
            hosts[victim].0.signal("-CONT");
        }
    }
    let expected = changes * SUBSCRIBERS;
    let is_complete = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        wait_until("every message", || pair.counts().len() == expected);
    }));
    for (run, address) in hosts.iter().filter(|_| is_complete.is_err()) {
        println!("{:#}\n{}", health(address).1, run.said());
    }
    is_complete.expect("every message came");
    // What would be sent twice has had the time to.
    std::thread::sleep(Duration::from_secs(3));
    is_over.store(true, Ordering::Relaxed);
    let (backwards, looks) = reader.join().unwrap();
    let twice: Vec<_> = pair.counts().into_iter().filter(|(_, times)| *times > 1).collect();
    println!(
        "{changes} changes, {kills} kills, {} takeovers, the slowest after {:.1?}; {} of {expected} messages twice; {looks} looks \
         at the page",
        takeovers.len(),
        takeovers.iter().max().copied().unwrap_or_default(),
        twice.len()
    );
    assert_eq!(backwards, Vec::<String>::new(), "the page went backwards");
    // A message that a host was sending when it was killed may be sent again: one for each connection.
    let connections_max = 10;
    assert!(twice.len() <= kills * connections_max, "{twice:?}");
    assert!(looks > 0 && !takeovers.is_empty());
}

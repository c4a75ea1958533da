//! What hangs without failing: a database that is frozen or behind a network that swallows everything, and a part of `run`
//! that makes no progress. Health names it, and everything else works.

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use allclear::ledger::People as _;
use allclear::ledger::postgres::{Candidate, Heartbeat, connect};
use postgres::Client;

use crate::fixtures::browser;
use crate::fixtures::cluster::Cluster;
use crate::fixtures::house::{House, wait_until};
use crate::fixtures::running::Running;
use crate::fixtures::site::Site;
use crate::fixtures::skip::skip;

/// What health answers, and the word it has for a part.
fn health(address: &str) -> (bool, serde_json::Value) {
    let answer = browser::get(address, "/healthz");
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.starts_with("HTTP/1.1 200 "), serde_json::from_str(body).unwrap())
}

/// The state of a part.
fn state(address: &str, part: &str) -> String {
    let (_, shown) = health(address);
    let parts = shown["parts"].as_array().unwrap();
    let found = parts.iter().find(|shown| shown["part"] == part);
    found.map_or_else(String::new, |shown| shown["state"].as_str().unwrap().to_owned())
}

fn page(house: &House) -> String {
    fs::read_to_string(house.path().join("public/index.html")).unwrap_or_default()
}

#[test]
fn a_frozen_database_is_named_by_health_and_the_page_goes_on() {
    let Some(cluster) = Cluster::new() else {
        return skip("no PostgreSQL server is installed");
    };
    let server = cluster.primary("server", "");
    let house = House::new();
    let plan = format!("[ledger]\nurl = {{ file = \"url\" }}\n\n{}", house.read("site/plan.toml"));
    let house = house.file("url", &server.url("postgres")).file("site/plan.toml", &plan);
    let house =
        house.run(&["adopt", "--accept-old-copy"]).succeeded().subscriber("ana@example.org").restless();
    let mut run = Running::start(&house, &["run", "--health", "127.0.0.1:0"]);
    let address = run.hears("health at http://", "/healthz");
    wait_until("the first beat", || health(&address).0 && state(&address, "ledger") == "well");
    wait_until("the first page", || page(&house).contains("Checkout"));

    server.signal("-STOP");
    let frozen = Instant::now();
    wait_until("the alarm", || !health(&address).0 && state(&address, "ledger") == "failing");
    println!("health told of the frozen server after {:.1} s", frozen.elapsed().as_secs_f64());
    run.says("the server does not respond");
    let house = house.incident("payments", "2026-03-01 10:00", "Investigating");
    wait_until("the page", || page(&house).contains("payments"));
    assert!(house.mails().is_empty());

    server.signal("-CONT");
    wait_until("the mail", || house.mails().len() == 1);
    wait_until("the recovery", || health(&address).0);
    assert_eq!(run.end("-TERM"), Some(0), "{}", run.said());
    assert_eq!(house.mails().len(), 1);
}

/// A way to a server that swallows all that passes, on request.
struct Road {
    port: u16,
    swallows: Arc<AtomicBool>,
}

impl Road {
    fn to(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let swallows = Arc::new(AtomicBool::new(false));
        let road = Self { port: listener.local_addr().unwrap().port(), swallows: Arc::clone(&swallows) };
        thread::spawn(move || {
            for near in listener.incoming().flatten() {
                let far = TcpStream::connect(("127.0.0.1", port)).unwrap();
                let ways = [(near.try_clone().unwrap(), far.try_clone().unwrap()), (far, near)];
                for (from, to) in ways {
                    let swallows = Arc::clone(&swallows);
                    thread::spawn(move || carry(from, to, &swallows));
                }
            }
        });
        road
    }
}

/// Carries bytes until one side hangs up.
fn carry(mut from: TcpStream, mut to: TcpStream, swallows: &AtomicBool) -> Option<()> {
    let mut bytes = [0; 4_096];
    loop {
        let length = from.read(&mut bytes).ok().filter(|length| *length > 0)?;
        if !swallows.load(Ordering::SeqCst) {
            to.write_all(&bytes[..length]).ok()?;
        }
    }
}

#[test]
fn a_network_that_swallows_everything_is_noticed_and_left() {
    let Some(cluster) = Cluster::new() else {
        return skip("no PostgreSQL server is installed");
    };
    let server = cluster.primary("server", "");
    let road = Road::to(server.port);
    let url = format!("host=127.0.0.1 port={} user=app dbname=postgres", road.port);
    let mut heartbeat = Heartbeat::at(&url, None).unwrap();
    let names = ["id", "", "a host", "a worker"].map(str::to_owned);
    let [id, heir_of, host, worker] = names;
    let candidate = Candidate { id, heir_of, host, worker };
    let mut beat = || heartbeat.stand(&candidate, Duration::from_secs(10)).map(drop);
    beat().unwrap();
    road.swallows.store(true, Ordering::SeqCst);
    for phase in ["a connection that is there", "a connection that is made"] {
        let said = beat().map_err(|error| format!("{:#}", anyhow::Error::from(error))).unwrap_err();
        assert!(said.contains("the server does not respond"), "{phase}: {said}");
    }
    road.swallows.store(false, Ordering::SeqCst);
    beat().unwrap();
}

#[test]
fn a_statement_that_takes_long_on_a_server_that_lives_is_waited_for() {
    let Some(cluster) = Cluster::new() else {
        return skip("no PostgreSQL server is installed");
    };
    let server = cluster.primary("server", "");
    let (mut ledger, _) = connect(&server.url("postgres"), None).unwrap();
    let connections = |client: &mut Client| -> Vec<i32> {
        let own = "SELECT pid FROM pg_stat_activity WHERE application_name = 'allclear' ORDER BY pid";
        client.query(own, &[]).unwrap().iter().map(|row| row.get(0)).collect()
    };
    let (mut other, mut third) = (server.client("postgres"), server.client("postgres"));
    let before = connections(&mut third);
    let mut holder = other.transaction().unwrap();
    holder.batch_execute("LOCK TABLE subscriber IN ACCESS EXCLUSIVE MODE").unwrap();
    let waits = thread::spawn(move || (ledger.active_subscribers().map(|found| found.len()), ledger));
    // Longer than a server may be silent.
    thread::sleep(Duration::from_secs(7));
    assert!(!waits.is_finished());
    holder.rollback().unwrap();
    let (found, _ledger) = waits.join().unwrap();
    assert_eq!(found.unwrap(), 0);
    assert_eq!(connections(&mut third), before, "it is the same connection");
}

#[test]
fn a_part_that_hangs_is_named_with_the_time_and_the_others_work() {
    let site = Site::new();
    let hangs = "[[targets]]\nname = \"mirror\"\nkind = \"command\"\nrun = [\"sleep\", \"600\"]\n";
    let house = House::new().subscriber("ana@example.org").restless();
    let page =
        format!("{}\n{}\n{hangs}url = \"{}\"\n", house.read("site/page.toml"), site.target(), site.url());
    let house = house.file("site/page.toml", &page);
    let mut command = house.command(&["run", "--health", "127.0.0.1:0"]);
    command.env("ALLCLEAR_DEADLINE", "3");
    let mut run = Running::spawn(command);
    let address = run.hears("health at http://", "/healthz");
    wait_until("the alarm", || state(&address, "target mirror") == "hanging");
    let (is_well, shown) = health(&address);
    assert!(!is_well && shown["status"] == "failing", "{shown:#}");
    run.says("no sign of life since");
    let house = house.incident("payments", "2026-03-01 10:00", "Investigating");
    wait_until("the mail", || house.mails().len() == 1);
    for part in ["page", "notify", "deliver", "files", "health", "target here"] {
        wait_until(part, || state(&address, part) == "well");
    }
    assert_eq!(run.end("-TERM"), Some(0), "{}", run.said());
}

#[test]
fn each_part_that_stops_dead_turns_health_red() {
    for (place, part) in [("after-build", "page"), ("before-plan", "notify"), ("before-claim", "deliver")] {
        let house = House::new().subscriber("ana@example.org").restless();
        let house = house.incident("payments", "2026-03-01 10:00", "Investigating");
        let reached = house.path().join("reached");
        let mut command = house.command(&["run", "--health", "127.0.0.1:0"]);
        command.env("ALLCLEAR_PAUSE_AT", format!("{place}:1")).env("ALLCLEAR_PAUSED", &reached);
        command.env("ALLCLEAR_DEADLINE", "3");
        let mut run = Running::spawn(command);
        let address = run.hears("health at http://", "/healthz");
        wait_until(place, || state(&address, part) == "hanging");
        assert!(!health(&address).0, "{place}");
        run.kill();
    }
}

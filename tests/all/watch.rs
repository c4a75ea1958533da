//! `allclear deliver --watch` as an operator has it: told of work, stopped, and with a server that goes away.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::process::{Child, ChildStderr, Command};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::fixtures::cluster::{self, Cluster};
use crate::fixtures::house::{House, wait_until};
use crate::fixtures::skip::skip;

/// How long a worker rests when nobody tells it anything: a test that is faster shows that it was told.
const LOOK_AGAIN: Duration = Duration::from_secs(10);

/// A worker that runs, and what it has said so far.
struct Worker {
    child: Child,
    said: Arc<Mutex<String>>,
}

impl Worker {
    fn start(house: &House, arguments: &[&str]) -> Self {
        let mut child = house.command(&[&["deliver"], arguments].concat()).spawn().unwrap();
        let said = Arc::new(Mutex::new(String::new()));
        let (stderr, heard) = (child.stderr.take().unwrap(), Arc::clone(&said));
        std::thread::spawn(move || listen(stderr, &heard));
        Self { child, said }
    }

    fn said(&self) -> String {
        self.said.lock().unwrap().clone()
    }

    #[track_caller]
    fn says(&self, words: &str) {
        for _ in 0..200 {
            if self.said().contains(words) {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("{words:?} was never said:\n{}", self.said());
    }

    fn signal(&self, name: &str) {
        cluster::run(Command::new("kill").args([name, &self.child.id().to_string()]));
    }

    /// Waits for its end and says with which code it was.
    fn code(&mut self) -> Option<i32> {
        self.child.wait().unwrap().code()
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _dead_already = self.child.kill();
        let _reaped = self.child.wait();
    }
}

fn listen(stderr: ChildStderr, heard: &Mutex<String>) {
    for line in BufReader::new(stderr).lines().map_while(Result::ok) {
        let mut heard = heard.lock().unwrap();
        heard.push_str(&line);
        heard.push('\n');
    }
}

/// Many people who hear of one incident.
fn crowd(house: House, people: usize) -> (House, BTreeSet<String>) {
    let everybody: BTreeSet<String> = (0..people).map(|number| format!("p{number}@example.org")).collect();
    let rows: String = everybody.iter().map(|address| format!("{address}\n")).collect();
    let house = house.file("people.csv", &format!("mail\n{rows}")).restless();
    let file = house.path().join("people.csv");
    let house = house.run(&["subscribers", "import", file.to_str().unwrap()]).succeeded();
    (house.incident("payments", "2026-03-01 10:00", "Investigating"), everybody)
}

/// Plans, and says how long it then took until everybody was told.
fn told_after_planning(house: &House, people: usize) -> Duration {
    house.plan();
    let planned = Instant::now();
    wait_until("the mails", || house.mails().len() == people);
    planned.elapsed()
}

#[test]
fn a_worker_that_watches_a_file_sees_what_another_process_planned() {
    let (house, _) = crowd(House::new(), 5);
    let mut worker = Worker::start(&house, &["--watch"]);
    worker.says("watching");
    // It is at rest by now.
    std::thread::sleep(Duration::from_millis(500));
    let late = told_after_planning(&house, 5);
    assert!(late < LOOK_AGAIN / 2, "{late:?}");
    worker.signal("-TERM");
    assert_eq!(worker.code(), Some(0), "{}", worker.said());
}

#[test]
fn a_worker_that_is_told_to_stop_finishes_what_is_under_way_and_gives_the_rest_back() {
    let (house, everybody) = crowd(House::new(), 400);
    house.plan();
    let mut worker = Worker::start(&house, &["--watch"]);
    wait_until("some mails", || house.mails().len() > 20);
    worker.signal("-TERM");
    assert_eq!(worker.code(), Some(0), "{}", worker.said());
    let then = house.mails().len();
    assert!(then < 400, "it was too fast to be stopped");
    let ledger = rusqlite::Connection::open(house.path().join(".allclear/ledger.db")).unwrap();
    let count = |filter: &str| -> i64 {
        ledger.query_row(&format!("SELECT COUNT(*) FROM step WHERE {filter}"), [], |row| row.get(0)).unwrap()
    };
    let ended = count("ended_at IS NOT NULL");
    assert_eq!((count("state = 2"), ended), (0, i64::try_from(then).unwrap()), "claimed, and at an end");
    let house = house.run(&["deliver"]).succeeded();
    let told: BTreeSet<String> = house.mails().into_iter().map(|(to, _)| to).collect();
    assert_eq!((told, house.mails().len()), (everybody, 400), "nobody twice");
}

#[test]
fn a_second_signal_stops_a_worker_at_once() {
    // A relay that takes a call and never says a word.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let house = House::new();
    let port = format!("port = {}", silent.local_addr().unwrap().port());
    let plan_text = house.read("site/plan.toml");
    let relay = plan_text.lines().find(|line| line.starts_with("port = ")).unwrap().to_owned();
    let (house, _) = crowd(house.file("site/plan.toml", &plan_text.replacen(&relay, &port, 1)), 3);
    house.plan();
    let mut worker = Worker::start(&house, &["--watch"]);
    let _call = silent.accept().unwrap();
    worker.signal("-TERM");
    worker.says("stopping");
    std::thread::sleep(Duration::from_millis(300));
    assert!(worker.child.try_wait().unwrap().is_none(), "the call is under way");
    let asked = Instant::now();
    worker.signal("-INT");
    assert_eq!(worker.code(), Some(1), "{}", worker.said());
    assert!(asked.elapsed() < Duration::from_secs(5));
}

#[test]
fn a_server_tells_its_workers_of_work_and_is_waited_for_while_it_is_away() {
    let Some(cluster) = Cluster::new() else {
        return skip("no PostgreSQL server is installed");
    };
    let server = cluster.primary("server", "");
    let house = House::new();
    let plan_text = format!("[ledger]\nurl = {{ file = \"url\" }}\n\n{}", house.read("site/plan.toml"));
    let house = house.file("url", &server.url("postgres")).file("site/plan.toml", &plan_text).run(&["adopt"]);
    let (house, everybody) = crowd(house.succeeded(), 30);
    let mut worker = Worker::start(&house, &["--watch"]);
    worker.says("no standby is waited for");
    worker.says("watching");
    std::thread::sleep(Duration::from_millis(500));
    let late = told_after_planning(&house, 30);
    assert!(late < LOOK_AGAIN / 2, "{late:?}");

    // At rest it says so at once; in the middle of a send it would try for a minute first.
    std::thread::sleep(Duration::from_secs(1));
    server.stop();
    worker.says("is away");
    std::thread::sleep(Duration::from_secs(1));
    server.start();
    worker.says("going on");
    let house = house.incident("search", "2026-03-01 10:00", "Investigating");
    told_after_planning(&house, 60);
    let told: BTreeSet<String> = house.mails().into_iter().skip(30).map(|(to, _)| to).collect();
    assert_eq!(told, everybody, "{}", worker.said());

    let brake = "INSERT INTO brake (one, reason, since) VALUES (1, 'a test wants it', 0)";
    server.client("postgres").execute(brake, &[]).unwrap();
    let house = house.run(&["deliver", "--release-brake"]).said("the brake is released");
    worker.signal("-TERM");
    assert_eq!(worker.code(), Some(0), "{}", worker.said());
    assert_eq!(house.mails().len(), 60);
}

//! `allclear deliver --watch` as an operator has it: told of work, stopped, and with a server that goes away.

use std::collections::BTreeSet;
use std::net::TcpListener;

use crate::fixtures::cluster::Cluster;
use crate::fixtures::house::{House, wait_until};
use crate::fixtures::running::Running;
use crate::fixtures::skip::skip;

/// A worker that rests for an hour when nothing wakes it: that it works at all shows that it was woken.
fn worker(house: &House) -> Running {
    let mut command = house.command(&["deliver", "--watch"]);
    command.env("ALLCLEAR_REST", "3600");
    Running::spawn(command)
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

/// Plans, and waits until that number of mails came in all.
fn told_after_planning(house: &House, mails: usize) {
    house.plan();
    wait_until("the mails", || house.mails().len() == mails);
}

#[test]
fn a_worker_that_watches_a_file_sees_what_another_process_planned() {
    let (house, _) = crowd(House::new(), 5);
    let mut worker = worker(&house);
    worker.says("waiting for messages");
    told_after_planning(&house, 5);
    assert_eq!(worker.end("-TERM"), Some(0), "{}", worker.said());
}

#[test]
fn a_worker_that_is_told_to_stop_finishes_what_is_under_way_and_gives_the_rest_back() {
    let (house, everybody) = crowd(House::new().mail_rate(Some(2)), 400);
    house.plan();
    let mut worker = worker(&house);
    wait_until("some mails", || house.mails().len() > 2);
    assert_eq!(worker.end("-TERM"), Some(0), "{}", worker.said());
    let then = house.mails().len();
    assert!(then < 400, "it was not stopped in the middle");
    let ledger = rusqlite::Connection::open(house.path().join(".allclear/ledger.db")).unwrap();
    let count = |filter: &str| -> i64 {
        ledger.query_row(&format!("SELECT COUNT(*) FROM step WHERE {filter}"), [], |row| row.get(0)).unwrap()
    };
    let ended = count("ended_at IS NOT NULL");
    assert_eq!((count("state = 2"), ended), (0, i64::try_from(then).unwrap()), "claimed, and at an end");
    let house = house.mail_rate(None).run(&["deliver", "--max-wait", "10s"]).succeeded();
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
    let mut worker = worker(&house);
    // As long as this call is open, and it is not answered, a worker that got one signal still has a message in progress.
    let _call = silent.accept().unwrap();
    worker.signal("-TERM");
    worker.says("stopping");
    assert_eq!(worker.end("-INT"), Some(1), "the second signal ended it: {}", worker.said());
}

#[test]
fn a_server_tells_its_workers_of_work_and_is_waited_for_while_it_is_away() {
    let Some(cluster) = Cluster::new() else {
        return skip("no PostgreSQL server is installed");
    };
    let server = cluster.primary("server", "");
    let house = House::new();
    let plan_text = format!("[ledger]\nurl = {{ file = \"url\" }}\n\n{}", house.read("site/plan.toml"));
    let house = house
        .file("url", &server.url("postgres"))
        .file("site/plan.toml", &plan_text)
        .run(&["adopt", "--accept-old-copy"]);
    let (house, everybody) = crowd(house.succeeded(), 30);
    let mut worker = worker(&house);
    worker.says("replication is asynchronous");
    worker.says("waiting for messages");
    told_after_planning(&house, 30);

    // At rest it reports that at once; in the middle of a send it would try for a minute first.
    let open = "SELECT COUNT(*) FROM step WHERE ended_at IS NULL";
    let mut ledger = server.client("postgres");
    wait_until("rest", || ledger.query_one(open, &[]).unwrap().get::<_, i64>(0) == 0);
    // What was settled last is not on the disk yet; a transaction that waits for the disk takes it along.
    ledger.batch_execute("CREATE TABLE written ()").unwrap();
    drop(ledger);
    server.stop();
    worker.says("cannot reach the server");
    server.start();
    worker.says("resumed:");
    let house = house.incident("search", "2026-03-01 10:00", "Investigating");
    told_after_planning(&house, 60);
    let told: BTreeSet<String> = house.mails().into_iter().skip(30).map(|(to, _)| to).collect();
    assert_eq!(told, everybody, "{}", worker.said());

    let brake = "INSERT INTO brake (one, reason, since) VALUES (1, 'a test wants it', 0)";
    server.client("postgres").execute(brake, &[]).unwrap();
    let house = house.run(&["deliver", "--release-brake"]).said("brake released; sending now");
    assert_eq!(worker.end("-TERM"), Some(0), "{}", worker.said());
    assert_eq!(house.mails().len(), 60);
}

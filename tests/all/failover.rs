//! A primary that dies during a send, and a worker that is frozen for longer than its lease: nobody is forgotten, and
//! who hears twice is within the window that the ledger states. Real servers, the real binary, and sinks that remember
//! every message they took.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use allclear::ledger::postgres::connect;
use postgres::{Client, NoTls};
use tempfile::TempDir;

use crate::fixtures::cluster::{self, Cluster, Node};
use crate::fixtures::house::{House, wait_until};
use crate::fixtures::skip::skip;

const PEOPLE: usize = 1_500;

/// How many steps a worker claims at once: what the loss of a server can repeat at most, for each worker.
const WINDOW: usize = 100;

/// How many connections a worker has to the relay: what it can be handing off when it stands still.
const CONNECTIONS: usize = 8;

/// Short, so that what a dead server left claimed is free again within a test.
const SHORT_LEASE: Duration = Duration::from_secs(3);

/// Longer than a transaction may stand still (10 s), as the lease of an ordinary worker is: a worker that froze within a
/// transaction blocks the settles of the others for that long, and their own leases must not end meanwhile.
const LEASE: Duration = Duration::from_secs(15);

/// How long a worker stays frozen at most: beyond its lease.
const FROZEN: Duration = Duration::from_secs(17);

/// A house whose ledger is at `url`, with a change planned for everyone and nothing handed off.
fn house_with_a_plan(url: &str) -> House {
    let house = House::new();
    let plan = format!("[ledger]\nurl = {{ file = \"url\" }}\n\n{}", house.read("site/plan.toml"));
    let house =
        house.file("url", url).file("site/plan.toml", &plan).run(&["adopt", "--accept-old-copy"]).succeeded();
    let rows: String = (0..PEOPLE).map(|number| format!("p{number}@example.org\n")).collect();
    let house = house.file("people.csv", &format!("mail\n{rows}")).restless();
    let file = house.path().join("people.csv");
    let house = house.run(&["subscribers", "import", file.to_str().unwrap()]).succeeded();
    let house = house.incident("payments", "2026-03-01 10:00", "Investigating");
    house.plan();
    house
}

/// A worker on a machine of its own: only the ledger and the relay are shared.
struct Worker {
    child: Child,
    said: std::path::PathBuf,
    _machine: TempDir,
}

impl Worker {
    fn start(house: &House, lease: Duration) -> Self {
        let machine = tempfile::tempdir().unwrap();
        fs::create_dir(machine.path().join("site")).unwrap();
        for file in ["url", "site/page.toml", "site/plan.toml"] {
            fs::write(machine.path().join(file), house.read(file)).unwrap();
        }
        let here = house.command(&["deliver", "--watch"]);
        let root = |argument| if argument == house.path() { machine.path().as_os_str() } else { argument };
        let said = machine.path().join("said");
        let mut worker = Command::new(here.get_program());
        worker.args(here.get_args().map(root)).env("ALLCLEAR_LEASE", lease.as_millis().to_string());
        worker.env("GATEWAY_PASSWORD", "s3cret").env("NO_COLOR", "1").stdin(Stdio::null());
        let child = worker.stdout(Stdio::null()).stderr(fs::File::create(&said).unwrap()).spawn().unwrap();
        Self { child, said, _machine: machine }
    }

    fn said(&self) -> String {
        fs::read_to_string(&self.said).unwrap()
    }

    fn signal(&self, name: &str) {
        cluster::run(Command::new("kill").args([name, &self.child.id().to_string()]));
    }

    fn stop(mut self) {
        self.signal("-TERM");
        let code = self.child.wait().unwrap().code();
        assert_eq!(code, Some(0), "{}", self.said());
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _dead_already = self.child.kill();
        let _reaped = self.child.wait();
    }
}

/// What the ledger says of the steps: how many are not finished, and how many were accepted.
fn steps(client: &mut Client) -> (usize, usize) {
    let row = client
        .query_one(
            "SELECT COUNT(*) FILTER (WHERE ended_at IS NULL), COUNT(*) FILTER (WHERE state = 3) FROM step",
            &[],
        )
        .unwrap();
    let count = |column| usize::try_from(row.get::<_, i64>(column)).unwrap();
    (count(0), count(1))
}

/// Waits until the ledger is at rest, then compares it with what the relay accepted: everyone got a message, and at most
/// `twice_max` messages were one too many. Returns how many were.
fn everybody_was_told(house: &House, ledger: &mut Client, workers: &[Worker], twice_max: usize) -> usize {
    let mut left = PEOPLE;
    for _ in 0..1_200 {
        left = steps(ledger).0;
        if left == 0 {
            break;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    let said = || workers.iter().map(Worker::said).collect::<Vec<_>>().join("\n");
    assert_eq!(left, 0, "steps are not at an end\n{}", said());
    assert_eq!(steps(ledger).1, PEOPLE, "the ledger's accepted steps");
    let mut told: BTreeMap<String, usize> = BTreeMap::new();
    for (to, _) in house.mails() {
        *told.entry(to).or_default() += 1;
    }
    for person in 0..PEOPLE {
        assert!(told.contains_key(&format!("p{person}@example.org")), "p{person} was never told");
    }
    let twice = told.values().map(|times| times - 1).sum();
    assert!(twice <= twice_max, "{twice} messages too many, and {twice_max} are stated");
    twice
}

#[test]
fn a_primary_dies_during_a_send_and_the_standby_takes_over() {
    let Some(cluster) = Cluster::new() else {
        return skip("no PostgreSQL server is installed");
    };
    let primary = cluster.primary("first", "-c synchronous_standby_names=second");
    let standby = cluster.standby("second", &primary);
    let both = format!(
        "host=127.0.0.1,127.0.0.1 port={},{} user=app dbname=postgres connect_timeout=2",
        primary.port, standby.port
    );
    let house = house_with_a_plan(&both);
    a_standby_alone_is_refused(&house, &standby);

    let workers = [(); 2].map(|()| Worker::start(&house, SHORT_LEASE));
    wait_until("the send", || house.mails().len() > PEOPLE / 5);
    primary.kill();
    let before = house.mails().len();
    assert!(before < PEOPLE, "it was too fast to be hit");
    standby.promote();
    let twice = everybody_was_told(&house, &mut standby.client("postgres"), &workers, WINDOW * workers.len());
    println!("{before} mails before the primary died; {twice} of {PEOPLE} people heard twice");
    for worker in workers {
        assert!(worker.said().contains("on a synchronous standby (second)"), "{}", worker.said());
        worker.stop();
    }
}

/// A real standby follows, and takes no writes.
fn a_standby_alone_is_refused(house: &House, standby: &Node) {
    let root = tempfile::tempdir().unwrap();
    copy_site(house, root.path());
    fs::write(root.path().join("url"), standby.url("postgres")).unwrap();
    let mut deliver = Command::new(env!("CARGO_BIN_EXE_allclear"));
    let refused = deliver.args(["deliver", "--root"]).arg(root.path()).output().unwrap();
    let said = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(1), "{said}");
    assert!(said.contains("is read-only: use the address of the primary server"), "{said}");
}

fn copy_site(house: &House, to: &Path) {
    fs::create_dir(to.join("site")).unwrap();
    for file in ["site/page.toml", "site/plan.toml"] {
        fs::write(to.join(file), house.read(file)).unwrap();
    }
}

#[test]
fn a_worker_frozen_for_longer_than_its_lease_repeats_no_more_than_it_was_handing_off() {
    let Some(cluster) = Cluster::new() else {
        return skip("no PostgreSQL server is installed");
    };
    let server = cluster.primary("server", "");
    let house = house_with_a_plan(&server.url("postgres"));
    let workers = [(); 3].map(|()| Worker::start(&house, LEASE));
    wait_until("the send", || house.mails().len() > PEOPLE / 5);
    workers[1].signal("-STOP");
    let before = house.mails().len();
    let mut ledger = Client::connect(&server.url("postgres"), NoTls).unwrap();
    // A worker that froze within a transaction keeps its rows locked until the server ends that, so the others may not get
    // to the end: then its lease has to be over.
    let frozen = Instant::now();
    while steps(&mut ledger).0 > 0 && frozen.elapsed() < FROZEN {
        std::thread::sleep(Duration::from_millis(20));
    }
    workers[1].signal("-CONT");
    let twice = everybody_was_told(&house, &mut ledger, &workers, CONNECTIONS);
    println!("frozen after {before} mails; {twice} of {PEOPLE} people heard twice");
    workers.into_iter().for_each(Worker::stop);
}

#[test]
fn a_server_that_waits_for_a_standby_nobody_is_says_so_and_does_not_hang() {
    let Some(cluster) = Cluster::new() else {
        return skip("no PostgreSQL server is installed");
    };
    let server = cluster.primary("server", "");
    let open = || connect(&server.url("postgres"), None).unwrap().1.to_string();
    assert!(open().contains("server's disk; replication is asynchronous"), "{}", open());
    let follower = cluster.standby("second", &server);
    wait_until("the standby", || open().contains("one standby follows, and replication is asynchronous"));
    let mut raw = server.client("postgres");
    raw.batch_execute("ALTER SYSTEM SET synchronous_standby_names = 'second'").unwrap();
    raw.execute("SELECT pg_reload_conf()", &[]).unwrap();
    wait_until("the setting", || open().contains("on a synchronous standby (second)"));
    follower.stop();
    wait_until("its absence", || open().contains("and none is connected: nothing is sent until one is"));
}

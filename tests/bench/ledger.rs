//! Figures for `docs/performance.md`: `cargo test --release --bench bench ledger:: -- --ignored --nocapture --test-threads 1`.
//!
//! Planning, claiming and settling on both databases, each next to its floor: the same rows of the same tables written by
//! plain INSERT or COPY in the same run. `ALLCLEAR_ROWS=100000` takes fewer rows. Nothing here asserts a time.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use allclear::ledger::{
    Attempt, AttemptResult, ClaimRequest, People, PlanRequest, Planner, Planning, Queue, SqlLedger,
};
use allclear::ledger::{postgres, sqlite};
use allclear::model::Moment;
use allclear::model::channel::Channel;
use allclear::model::clearance::{Clearance, Ground};
use allclear::model::endpoint::Endpoint;
use allclear::model::localized::Language;
use allclear::model::phase::Severity;
use allclear::model::reply::{Reply, ReplyClass};
use allclear::model::subscriber::{Consent, ConsentMethod, FeatureFilter, Subscription};
use allclear::theme::Theme;
use allclear::{compose, config, diff, load};
use chrono::TimeDelta;

use crate::fixtures::cluster::Cluster;

const PAGE: &str = "name = \"Bench\"\nurl = \"https://status.bench.test\"\nlanguages = [\"en\"]\ntime_zone = \"UTC\"\n\n\
    [[groups]]\nname = \"All\"\n\n[[groups.features]]\nid = \"checkout\"\nname = \"Checkout\"\n";

const PLAN: &str = "[mail]\nfrom = \"Bench <status@bench.test>\"\nproviders = [\"relay\"]\n\n\
    [providers.relay]\nkind = \"smtp\"\nhost = \"127.0.0.1\"\nport = 2525\nsecurity = \"none\"\n";

const INCIDENT: &str = "+++\ntitle = \"Payments fail\"\nseverity = \"major\"\naffected = [\"checkout\"]\n\
    started = 2026-03-01T10:00:00Z\neta = \"unknown\"\nnext_update = 2026-03-01T23:00:00Z\n\
    impact = \"Some payments fail.\"\n+++\n\n## 2026-03-01 10:00 UTC · Investigating\n\nWe see failing payments.\n";

const WINDOW: usize = 100;

fn rows() -> usize {
    std::env::var("ALLCLEAR_ROWS").map_or(1_000_000, |rows| rows.parse().unwrap())
}

fn now() -> Moment {
    "2026-03-01T10:00:00Z".parse().unwrap()
}

fn site(root: &Path) {
    fs::create_dir_all(root.join("site")).unwrap();
    fs::create_dir_all(root.join("incidents")).unwrap();
    fs::write(root.join("site/page.toml"), PAGE).unwrap();
    fs::write(root.join("site/plan.toml"), PLAN).unwrap();
}

/// Subscribers, in portions as an import would bring them.
fn subscribe(ledger: &mut SqlLedger, people: usize) {
    for first in (0..people).step_by(50_000) {
        let portion = (first..people.min(first + 50_000)).map(|number| Subscription {
            follows: FeatureFilter::Everything,
            from_severity: Severity::Notice,
            language: Language::new("en").unwrap(),
            time_zone: "UTC".to_owned(),
            endpoints: vec![Endpoint::read(&format!("p{number}@example.org")).unwrap()],
            fields: Default::default(),
        });
        let consent = Consent { method: ConsentMethod::Imported, source: "a list".to_owned(), at: now() };
        let mut draw = || fastrand::u128(..).to_be_bytes();
        ledger.add_subscribers(&portion.collect::<Vec<_>>(), &consent, &mut draw).unwrap();
    }
}

/// From the files to the last durable row. Says how long each part took.
fn plan(root: &Path, ledger: &mut SqlLedger) -> [Duration; 3] {
    let page = config::read_page(root).0.unwrap();
    let plan = config::read_plan(root, None).0.unwrap();
    let theme = Theme::open(root, &page.theme, &page.looks).0;
    let base = ledger.announced().unwrap().unwrap();
    let site = load::read_site(root, page, None).site;
    let difference = diff::difference(&base, &site, now());
    let started = Instant::now();
    let people = ledger.active_subscribers().unwrap();
    let read = started.elapsed();
    let notices = compose::notices(&difference.changes, &site, &people, &plan, &theme, now()).unwrap();
    let composed = started.elapsed();
    let clearance = Clearance::grant(Ground::Shown);
    let request =
        PlanRequest { changes_max: Some(3), ..PlanRequest::new(&base, &difference, &notices, &clearance) };
    let planning = ledger.plan(&request, now()).unwrap();
    let planned = started.elapsed();
    assert!(matches!(planning, Planning::Planned(planned) if planned.steps as usize == people.len()));
    [read, composed - read, planned - composed]
}

/// Claims, starts and settles `steps` of them on `workers` connections, and says how many a second.
fn send(open: impl Fn() -> SqlLedger + Sync, workers: usize, steps: usize) -> f64 {
    let ledgers: Vec<SqlLedger> = (0..workers).map(|_| open()).collect();
    let started = Instant::now();
    thread::scope(|threads| {
        for (number, mut ledger) in ledgers.into_iter().enumerate() {
            threads.spawn(move || {
                let mut left = steps / workers;
                let worker = format!("worker-{number}");
                while left > 0 {
                    let request = ClaimRequest {
                        turn: 0,
                        budgets: Default::default(),
                        at_once: Default::default(),
                        worker: &worker,
                        steps_max: BTreeMap::from([(Channel::Mail, WINDOW.min(left))]),
                        lease: TimeDelta::minutes(5),
                        handoffs_per_hour_max: 100,
                    };
                    for step in ledger.claim(&request, now()).unwrap().steps {
                        assert!(ledger.start(&step.hold, TimeDelta::minutes(5), now()).unwrap());
                        ledger.record_result(&step.hold, &accepted(), AttemptResult::Accepted).unwrap();
                        left -= 1;
                    }
                }
            });
        }
    });
    steps as f64 / started.elapsed().as_secs_f64()
}

fn accepted() -> Attempt {
    let reply = Reply {
        class: ReplyClass::Accepted,
        code: "250 2.0.0".to_owned(),
        words: "taken".to_owned(),
        reference: None,
        retry_after: None,
    };
    Attempt { provider: "relay".to_owned(), reply, started_at: now(), ended_at: now() }
}

fn show(database: &str, people: usize, took: [Duration; 3], floor: Duration, bytes: u64) {
    let [read, composed, planned] = took.map(|part| part.as_secs_f64());
    println!(
        "{database}: {people} people read in {read:.2} s, composed in {composed:.2} s, planned in {planned:.2} s; \
         together {:.2} s; the same rows written plainly {:.2} s, ratio {:.2}; {bytes} bytes a row",
        read + composed + planned,
        floor.as_secs_f64(),
        planned / floor.as_secs_f64(),
    );
}

#[test]
#[ignore = "a measurement; takes minutes"]
fn a_file() {
    let root = tempfile::tempdir().unwrap();
    site(root.path());
    let path = root.path().join("ledger.db");
    let mut ledger = sqlite::open(&path).unwrap();
    ledger.adopt(&Default::default(), now()).unwrap();
    subscribe(&mut ledger, rows());
    fs::write(root.path().join("incidents/payments.md"), INCIDENT).unwrap();
    let size = || {
        let raw = rusqlite::Connection::open(&path).unwrap();
        raw.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
        fs::metadata(&path).unwrap().len()
    };
    let before = size();
    let took = plan(root.path(), &mut ledger);
    let bytes = (size() - before) / rows() as u64;
    show("SQLite", rows(), took, plain_inserts(&path, root.path()), bytes);
    let rate = send(|| sqlite::open(&path).unwrap(), 1, rows().min(20_000));
    println!("SQLite, 1 worker: {rate:.0} steps claimed, started and settled a second");
}

/// The planned rows again, into another ledger's tables, one prepared INSERT for each.
fn plain_inserts(planned: &Path, folder: &Path) -> Duration {
    let other = folder.join("floor.db");
    drop(sqlite::open(&other).unwrap());
    let raw = rusqlite::Connection::open(&other).unwrap();
    raw.execute_batch("PRAGMA synchronous = FULL; PRAGMA foreign_keys = OFF").unwrap();
    let from = rusqlite::Connection::open(planned).unwrap();
    let mut took = Duration::ZERO;
    for table in ["notice", "step"] {
        let mut select = from.prepare(&format!("SELECT * FROM {table}")).unwrap();
        let columns = select.column_count();
        let rows: Vec<Vec<rusqlite::types::Value>> = select
            .query_map([], |row| (0..columns).map(|column| row.get(column)).collect())
            .unwrap()
            .map(Result::unwrap)
            .collect();
        let places = vec!["?"; columns].join(", ");
        let started = Instant::now();
        raw.execute_batch("BEGIN IMMEDIATE").unwrap();
        let mut insert = raw.prepare(&format!("INSERT INTO {table} VALUES ({places})")).unwrap();
        for row in &rows {
            insert.execute(rusqlite::params_from_iter(row)).unwrap();
        }
        raw.execute_batch("COMMIT").unwrap();
        took += started.elapsed();
    }
    took
}

#[test]
#[ignore = "a measurement; takes minutes"]
fn a_server() {
    let cluster = Cluster::new().unwrap();
    let server = cluster.primary("server", "-c shared_buffers=256MB -c max_wal_size=4GB");
    let root = tempfile::tempdir().unwrap();
    site(root.path());
    let open = || postgres::connect(&server.url("postgres"), None).unwrap().0;
    let mut ledger = open();
    ledger.adopt(&Default::default(), now()).unwrap();
    subscribe(&mut ledger, rows());
    fs::write(root.path().join("incidents/payments.md"), INCIDENT).unwrap();
    let took = plan(root.path(), &mut ledger);
    let mut raw = server.client("postgres");
    let size = "SELECT CAST(pg_total_relation_size('notice') + pg_total_relation_size('step') AS BIGINT)";
    let bytes = raw.query_one(size, &[]).unwrap().get::<_, i64>(0) as u64 / rows() as u64;
    raw.batch_execute("CREATE DATABASE floor").unwrap();
    drop(postgres::connect(&server.url("floor"), None).unwrap());
    let mut floor = server.client("floor");
    let mut plainly = Duration::ZERO;
    for table in ["notice", "step"] {
        let mut bytes = Vec::new();
        raw.copy_out(&format!("COPY {table} TO STDOUT")).unwrap().read_to_end(&mut bytes).unwrap();
        let started = Instant::now();
        let mut copy = floor.copy_in(&format!("COPY {table} FROM STDIN")).unwrap();
        copy.write_all(&bytes).unwrap();
        copy.finish().unwrap();
        plainly += started.elapsed();
    }
    show("PostgreSQL", rows(), took, plainly, bytes);
    for workers in [1, 2, 4] {
        // Each takes its third of what is planned, so that every one finds enough.
        let rate = send(open, workers, rows().min(60_000) / 3);
        println!("PostgreSQL, {workers} workers: {rate:.0} steps claimed, started and settled a second");
    }
}

/// The most memory that planning and sending take, by how many are notified.
#[test]
#[ignore = "a measurement; takes minutes"]
fn memory() {
    for people in [10_000, 100_000, rows()] {
        let root = tempfile::tempdir().unwrap();
        site(root.path());
        fs::create_dir(root.path().join(".allclear")).unwrap();
        let mut ledger = sqlite::open(&root.path().join(".allclear/ledger.db")).unwrap();
        ledger.adopt(&Default::default(), now()).unwrap();
        subscribe(&mut ledger, people);
        fs::write(root.path().join("incidents/payments.md"), INCIDENT).unwrap();
        // Nobody listens at the relay's port, so what is planned is tried and stays.
        let notify = peak(root.path(), &["notify", "--yes"], || ledger.unfinished().unwrap() > 0);
        let deadline = Instant::now() + Duration::from_secs(10);
        let deliver = peak(root.path(), &["deliver", "--watch"], || Instant::now() > deadline);
        println!("{people} people: notify {notify} MiB, deliver {deliver} MiB at most");
    }
}

/// Runs the program until `enough`, kills it, and says how many MiB it had at most.
fn peak(root: &Path, arguments: &[&str], enough: impl FnMut() -> bool) -> u64 {
    let mut child = Command::new(env!("CARGO_BIN_EXE_allclear"))
        .args(arguments)
        .args(["--now", "2026-03-01T10:00:00Z", "--root"])
        .arg(root)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let peak = watch(&child, enough);
    child.kill().unwrap();
    child.wait().unwrap();
    peak / 1024
}

fn watch(child: &Child, mut enough: impl FnMut() -> bool) -> u64 {
    let mut peak = 0;
    loop {
        let over = enough();
        let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("0");
        peak = peak.max(line.trim().trim_end_matches(" kB").parse().unwrap_or(0));
        if over {
            return peak;
        }
        thread::sleep(Duration::from_millis(50));
    }
}

//! What only a file can show: versions, damage, durability, size.

mod damage;

use std::path::PathBuf;

use rusqlite::Connection;
use tempfile::TempDir;

use super::{open, open_in_memory, schema};
use crate::ledger::sql::file::checksum;
use crate::ledger::tests::{Scene, Store, ledger_suite, request, scene::subscription, sign_ups, versions};
use crate::ledger::{Added, Error, People, Planner, Queue, SignUps as _, SqlLedger};
use crate::model::announced::Baseline;
use crate::model::channel::Channel;
use crate::model::endpoint::Endpoint;
use crate::model::listed::{ListedSubscriber, SubscriberList};
use crate::model::phase::Severity;
use crate::model::subscriber::{Consent, ConsentMethod};

struct File(TempDir);

impl Default for File {
    fn default() -> Self {
        Self(tempfile::tempdir().unwrap())
    }
}

impl File {
    fn path(&self) -> PathBuf {
        self.0.path().join("ledger.db")
    }
}

impl Store for File {
    type Ledger = SqlLedger;

    fn open(&self) -> SqlLedger {
        open(&self.path()).unwrap()
    }
}

ledger_suite!(File);

#[test]
fn nine_addresses_entered_81_000_times_get_27_confirmations() {
    let mut ledger = open_in_memory().unwrap();
    let start = chrono::DateTime::from_timestamp(1_800_000_000, 0).unwrap();
    sign_ups::nine_addresses_entered_81_000_times_get_27_confirmations(&mut ledger, start);
}

#[test]
fn an_address_that_nobody_has_any_more_is_in_no_row() {
    let mut scene = Scene::<File>::new();
    let (ana, now) = (scene.subscriber(&["ana@example.org", "+34600000001"]), scene.now);
    let addresses = |scene: &Scene<File>| -> Vec<String> {
        let raw = Connection::open(scene.store.path()).unwrap();
        let mut rows = raw
            .prepare(
                "SELECT address FROM endpoint WHERE address NOT LIKE '%erased.invalid' AND address NOT LIKE '+999%' ORDER BY 1",
            )
            .unwrap();
        rows.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
    };
    assert_eq!(addresses(&scene), ["+34600000001", "ana@example.org"]);
    assert!(scene.ledger.give_up(&ana, Channel::Text, now).unwrap());
    assert_eq!(addresses(&scene), ["ana@example.org"]);
    for number in ["+34600000002", "+34600000003"] {
        scene.subscriber(&["ana@example.org", number]);
        assert_eq!(addresses(&scene), [number, "ana@example.org"], "a mistyped number is gone");
    }
    scene.ledger.erase_subscriber(&ana, now).unwrap();
    let row = ListedSubscriber {
        endpoints: ["ana@example.org", "+34600000004"].map(|one| Endpoint::read(one).unwrap()).into(),
        ..ListedSubscriber::default()
    };
    let list = SubscriberList { rows: vec![row], defaults: subscription(&[]), replaces_addresses: false };
    let consent = Consent { method: ConsentMethod::Imported, ..scene.consent() };
    let added = scene.ledger.import_subscribers(&list, &consent, &mut || [7; 16]).unwrap();
    assert!(matches!(added[..], [Added::Left(_)]), "{added:?}");
    assert_eq!(addresses(&scene), [""; 0], "a list does not bring it back as text");
}

#[test]
fn a_newer_schema_is_refused_and_left_alone() {
    let file = File::default();
    drop(file.open());
    let raw = Connection::open(file.path()).unwrap();
    raw.pragma_update(None, "user_version", 99).unwrap();
    drop(raw);
    let before = std::fs::read(file.path()).unwrap();
    let error = open(&file.path()).unwrap_err();
    assert!(matches!(error, Error::Newer { found: 99, .. }), "{error}");
    assert!(error.to_string().contains("ledger.db"));
    assert_eq!(std::fs::read(file.path()).unwrap(), before);
}

#[test]
fn another_program_s_file_is_refused() {
    let file = File::default();
    let raw = Connection::open(file.path()).unwrap();
    raw.execute_batch("CREATE TABLE theirs (x); INSERT INTO theirs VALUES (1)").unwrap();
    drop(raw);
    assert!(matches!(open(&file.path()), Err(Error::NotALedger { .. })));
    std::fs::write(file.path(), "this was never a database, and is long enough to look at").unwrap();
    let error = open(&file.path()).unwrap_err();
    assert!(matches!(error, Error::Damaged { .. }), "{error:?}");
}

#[test]
fn many_processes_that_make_one_file_at_once_all_have_a_ledger() {
    for _ in 0..20 {
        let file = File::default();
        let path = file.path();
        std::thread::scope(|threads| {
            let opened: Vec<_> = (0..6).map(|_| threads.spawn(|| open(&path).map(drop))).collect();
            for opened in opened {
                opened.join().unwrap().unwrap();
            }
        });
    }
}

#[test]
fn a_file_whose_maker_was_killed_is_made_new() {
    let file = File::default();
    let raw = Connection::open(file.path()).unwrap();
    raw.pragma_update(None, "journal_mode", "wal").unwrap();
    drop(raw);
    assert!(std::fs::metadata(file.path()).unwrap().len() > 0);
    assert!(file.open().active_subscribers().unwrap().is_empty());
}

#[test]
fn a_damaged_file_is_an_error_that_names_it_never_an_empty_ledger() {
    let mut scene = Scene::<File>::new();
    for number in 0..300 {
        scene.subscriber(&[&format!("p{number}@example.org")]);
    }
    scene.change("payments", Severity::Major);
    let (path, now) = (scene.store.path(), scene.now);
    drop(scene.ledger);
    let good = std::fs::read(&path).unwrap();
    let mut refused = 0;
    for page in 1..good.len() / 4096 {
        let mut bad = good.clone();
        bad[page * 4096..page * 4096 + 64].fill(0xA5);
        std::fs::write(&path, &bad).unwrap();
        match open(&path) {
            Err(error @ Error::Damaged { .. }) => {
                assert!(error.to_string().contains("ledger.db"), "{error}");
                refused += 1;
            }
            Err(error) => panic!("page {page}: {error:?}"),
            Ok(mut ledger) => panic!("page {page} passed: {:?}", ledger.announced()),
        }
    }
    assert!(refused > 20, "only {refused} pages were tried");
    std::fs::write(&path, &good[..good.len() / 2]).unwrap();
    assert!(open(&path).is_err(), "a file cut in half");
    std::fs::write(&path, &good).unwrap();
    let mut ledger = open(&path).unwrap();
    assert_eq!(ledger.claim(&request(1_000), now).unwrap().steps.len(), 300);
}

#[test]
fn a_broken_baseline_is_damage_not_a_fresh_start() {
    let scene = Scene::<File>::new();
    let raw = Connection::open(scene.store.path()).unwrap();
    raw.execute("UPDATE baseline SET announced = '{}'", []).unwrap();
    let error = scene.store.open().announced().unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "the ledger {} is damaged (unreadable baseline); nothing is sent until you restore it from a backup",
            scene.store.path().display()
        )
    );
}

#[test]
fn a_ledger_in_memory_is_a_ledger() {
    let mut ledger = open_in_memory().unwrap();
    let now = chrono::DateTime::UNIX_EPOCH;
    ledger.adopt(&Baseline::default(), now).unwrap();
    assert_eq!(ledger.announced().unwrap(), Some(Baseline::default()));
}

#[test]
fn a_planned_step_takes_at_most_200_bytes_with_its_indexes() {
    let mut scene = Scene::<File>::new();
    scene.crowd(20_000);
    let size = |scene: &Scene<File>| {
        let raw = Connection::open(scene.store.path()).unwrap();
        raw.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
        std::fs::metadata(scene.store.path()).unwrap().len()
    };
    let before = size(&scene);
    scene.change("payments", Severity::Major);
    let bytes = (size(&scene) - before) / 20_000;
    println!("{bytes} bytes a step");
    assert!(bytes <= 200, "{bytes} bytes a step");
}

#[test]
fn released_migrations_are_never_edited() {
    versions::are_as_released(schema::migrations(), &versions::SQLITE_RELEASED);
}

/// The first schema whose rows are summed.
const SUMMED_FROM: i64 = 3;

#[test]
fn a_file_of_every_past_version_goes_on() {
    for (version, ledger) in versions::all(&versions::SQLITE_KILLED, schema::migrations()) {
        let (_file, mut ledger) = opened_after_upgrade(version, &ledger);
        versions::goes_on(&mut ledger);
    }
}

#[test]
fn what_waits_in_a_file_of_an_earlier_version_is_sent_once() {
    for (version, ledger) in versions::all(&versions::SQLITE_WAITING, schema::migrations()) {
        let (_file, mut ledger) = opened_after_upgrade(version, &ledger);
        versions::finishes(&mut ledger);
    }
}

#[test]
fn a_number_of_two_subscribers_gets_what_waits_once_after_an_upgrade() {
    let (version, ledger) = versions::with_shared_numbers(&versions::SQLITE_WAITING);
    let (_file, mut ledger) = opened_after_upgrade(version, &ledger);
    versions::notifies_shared_numbers_once(&mut ledger);
}

/// The file that a dump of this schema makes, as today's program opens it.
fn opened_after_upgrade(version: i64, dump: &str) -> (File, SqlLedger) {
    println!("schema {version}");
    let file = File::default();
    let raw = Connection::open(file.path()).unwrap();
    raw.execute_batch(dump).unwrap();
    raw.pragma_update(None, "application_id", schema::APPLICATION).unwrap();
    raw.pragma_update(None, "user_version", version).unwrap();
    if version >= SUMMED_FROM {
        checksum::store_checksum(&raw).unwrap();
    }
    drop(raw);
    let ledger = file.open();
    (file, ledger)
}

#[test]
fn a_claim_reads_no_step_that_it_does_not_take() {
    let mut scene = Scene::<File>::backlog();
    for (statement, plan) in scene.ledger.plans_of_a_claim() {
        let through_a_lane = plan.contains("step_fresh") || plan.contains("step_again");
        assert!(
            through_a_lane && !plan.contains("SCAN") && !plan.contains("TEMP B-TREE"),
            "{statement}\n{plan}"
        );
    }
}

#[test]
fn messages_that_another_host_claimed_are_taken_over_but_those_it_has_begun() {
    let mut scene = Scene::<File>::new();
    for address in ["ana@example.org", "ben@example.org"] {
        scene.subscriber(&[address]);
    }
    scene.change("payments", Severity::Major);
    let claimed = scene.claim();
    assert!(scene.start(&claimed[0]));
    let worker = scene.ledger.lease_holders().unwrap().remove(0);
    assert_eq!(scene.ledger.take_unstarted_of("somebody else", scene.now).unwrap(), 0);
    assert_eq!(scene.ledger.take_unstarted_of(&worker, scene.now).unwrap(), 1);
    let recovered = scene.ledger.recover(scene.now).unwrap();
    assert_eq!((recovered.untouched, recovered.again), (1, 0));
    assert!(!scene.start(&claimed[1]), "it lives, and does not begin what is not its own any more");
    let again = scene.claim();
    assert_eq!(again.len(), 1);
    assert_eq!(again[0].hold.number, claimed[1].hold.number);
}

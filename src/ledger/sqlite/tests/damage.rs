//! Bits that flip, pages that swap, files that are cut: a damaged ledger gives what the whole one gave, or is refused.
//!
//! `ALLCLEAR_DAMAGES=5000 cargo test --lib ledger::sqlite::tests::damage` tries more often; the seed is printed.

use std::path::Path;

use rusqlite::Connection;

use super::File;
use crate::ledger::sqlite::open;
use crate::ledger::tests::{Scene, Store, request};
use crate::ledger::{Brakes, Error, People, Planner, Queue, SharedProviderState};
use crate::model::Moment;
use crate::model::message::Message;
use crate::model::phase::Severity;

const PAGE: usize = 4096;

/// A ledger with a past, people who left and addresses that may not be used, and a change that is planned and not told.
fn scene() -> Scene<File> {
    let mut scene = Scene::<File>::new();
    for number in 0..150 {
        scene.subscriber(&[&format!("p{number}@example.org"), &format!("+346000{number:05}")]);
    }
    scene.change("payments", Severity::Major);
    for step in scene.claim() {
        assert!(scene.start(&step));
        scene.accept(&step);
    }
    let left = scene.ledger.list_subscribers().unwrap();
    for listed in left.iter().take(10) {
        scene.ledger.remove_subscriber(&listed.subscriber.id, scene.now).unwrap();
    }
    let bounced = &left[20].subscriber.endpoints[0].1;
    scene.ledger.suppress(bounced, "bounced", scene.now).unwrap();
    scene.change("search", Severity::Critical);
    scene
}

/// Everything that a run would do with the ledger.
fn behaviour(path: &Path, now: Moment) -> Result<String, Error> {
    let mut ledger = open(path)?;
    ledger.check()?;
    let mut told = format!("{:?}\n{:?}\n", ledger.announced()?, ledger.brake()?);
    for subscriber in ledger.active_subscribers()? {
        let addresses: Vec<&str> = subscriber.endpoints.iter().map(|(_, address)| address.expose()).collect();
        told += &format!("{subscriber:?} {addresses:?}\n");
    }
    let claim = ledger.claim(&request(1_000), now)?;
    for step in claim.steps {
        let Message::Text(text) = step.message.as_ref() else { continue };
        told += &format!("{:?} {} {:?} {}\n", step.hold, step.endpoint.expose(), text, step.expires_at);
    }
    Ok(told + &format!("{:?}\n{:?}", claim.ended, ledger.next_due()?))
}

/// The scene's file, whole, and what it makes a run do.
fn whole() -> (tempfile::TempDir, Vec<u8>, String, Moment) {
    let Scene { store, ledger, now, .. } = scene();
    drop(ledger);
    let folder = tempfile::tempdir().unwrap();
    let bytes = std::fs::read(store.path()).unwrap();
    let path = folder.path().join("ledger.db");
    std::fs::write(&path, &bytes).unwrap();
    let told = behaviour(&path, now).unwrap();
    assert!(told.matches("expires").count() + told.matches("example.org").count() > 200, "{told}");
    (folder, bytes, told, now)
}

/// Whether the file is refused. Fails when it makes a run do something else.
fn is_refused(folder: &Path, bytes: &[u8], told: &str, now: Moment, what: &str) -> bool {
    for name in ["ledger.db-wal", "ledger.db-shm"] {
        let _gone = std::fs::remove_file(folder.join(name));
    }
    let path = folder.join("ledger.db");
    std::fs::write(&path, bytes).unwrap();
    match behaviour(&path, now) {
        Ok(behaviour) => {
            let differs = behaviour.lines().zip(told.lines()).find(|(now, whole)| now != whole);
            assert_eq!(differs, None, "{what}");
            assert_eq!(behaviour.len(), told.len(), "{what}");
            false
        }
        Err(error) => {
            assert!(error.to_string().contains("ledger.db"), "{what}: {error}");
            true
        }
    }
}

#[test]
fn flipped_bits_are_refused_or_change_nothing() {
    let number =
        |name, ordinary: u64| std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(ordinary);
    let (damages, first_seed) = (number("ALLCLEAR_DAMAGES", 300), number("ALLCLEAR_SEED", 1));
    let (folder, good, told, now) = whole();
    let mut refused = 0;
    for seed in first_seed..first_seed + damages {
        let mut chance = fastrand::Rng::with_seed(seed);
        let mut bad = good.clone();
        let flips = if chance.bool() { 1 } else { chance.usize(1..=64) };
        for _ in 0..flips {
            bad[chance.usize(..good.len())] ^= 1 << chance.u8(..8);
        }
        let what = format!("{flips} flips with ALLCLEAR_SEED={seed}");
        refused += u64::from(is_refused(folder.path(), &bad, &told, now, &what));
    }
    println!("{refused} of {damages} refused; {} bytes", good.len());
    assert!(refused > damages / 3, "only {refused} of {damages} were noticed");
}

#[test]
fn cut_files_and_swapped_pages_are_refused() {
    let (folder, good, told, now) = whole();
    let mut chance = fastrand::Rng::with_seed(3);
    for _ in 0..60 {
        let length = chance.usize(1..good.len());
        assert!(is_refused(folder.path(), &good[..length], &told, now, &format!("cut at {length}")));
    }
    for page in 1..good.len() / PAGE {
        let length = page * PAGE;
        assert!(is_refused(folder.path(), &good[..length], &told, now, &format!("cut at page {page}")));
    }
    let pages = good.len() / PAGE;
    for _ in 0..60 {
        let (one, other) = (chance.usize(0..pages), chance.usize(0..pages));
        let mut bad = good.clone();
        bad[one * PAGE..(one + 1) * PAGE].copy_from_slice(&good[other * PAGE..(other + 1) * PAGE]);
        bad[other * PAGE..(other + 1) * PAGE].copy_from_slice(&good[one * PAGE..(one + 1) * PAGE]);
        let refused = is_refused(folder.path(), &bad, &told, now, &format!("pages {one} and {other}"));
        // Pages that hold nothing are the same; one that was emptied differs in what it held before.
        let empty = |page: usize| good[page * PAGE + 3..page * PAGE + 5] == [0, 0];
        let same = bad == good || (empty(one) && empty(other));
        assert!(refused || same, "pages {one} and {other} were swapped and it was not noticed");
    }
}

#[test]
fn a_bit_flipped_in_the_journal_of_a_killed_process_takes_back_the_newest_results_only() {
    let mut scene = scene();
    let steps = scene.claim();
    for step in &steps {
        assert!(scene.start(step));
        scene.accept(step);
    }
    let accepted = |path: &Path| -> Vec<i64> {
        let raw = Connection::open(path).unwrap();
        let text = "SELECT number FROM attempt ORDER BY number";
        let mut query = raw.prepare(text).unwrap();
        query.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    };
    let all = accepted(&scene.store.path());
    assert!(all.len() > steps.len());
    let journal = |path: &Path| path.with_file_name("ledger.db-wal");
    let good = std::fs::read(journal(&scene.store.path())).unwrap();
    let (folder, mut taken_back, mut chance) = (tempfile::tempdir().unwrap(), 0, fastrand::Rng::with_seed(7));
    let path = folder.path().join("ledger.db");
    for _ in 0..100 {
        let mut bad = good.clone();
        bad[chance.usize(..good.len())] ^= 1 << chance.u8(..8);
        std::fs::copy(scene.store.path(), &path).unwrap();
        std::fs::write(journal(&path), &bad).unwrap();
        let mut ledger = open(&path).unwrap();
        ledger.check().unwrap();
        drop(ledger);
        let left = accepted(&path);
        assert_eq!(left, all[..left.len()], "the results are the first ones");
        taken_back += usize::from(left.len() < all.len());
    }
    assert!(taken_back > 50, "only {taken_back} of 100 flips took something back");
}

#[test]
fn a_row_changed_by_hand_does_not_add_up() {
    let changes = [
        "UPDATE endpoint SET address = 'p1@example.net' WHERE number = 1",
        "UPDATE endpoint SET suppressed_at = NULL WHERE suppressed_at IS NOT NULL",
        "UPDATE subscriber SET removed_at = NULL",
        "UPDATE contact SET subscriber = 2, position = position + 2 WHERE subscriber = 1",
        "UPDATE message SET content = replace(content, 'search', 'smirch')",
        "UPDATE baseline SET announced = replace(announced, 'Payments fail', 'Payments fall')",
        "DELETE FROM baseline",
        "DELETE FROM tally",
        "UPDATE step SET message = 1 WHERE state = 1",
        "UPDATE step SET endpoint = 5 WHERE number = (SELECT max(number) FROM step)",
        "UPDATE step SET state = 1, due_at = 0 WHERE number = 1",
        "INSERT INTO brake VALUES (1, 'no reason', 0)",
        "DROP INDEX step_held",
    ];
    for change in changes {
        let Scene { store, ledger, .. } = scene();
        drop(ledger);
        let raw = Connection::open(store.path()).unwrap();
        assert!(raw.execute(change, []).unwrap() > 0 || change.starts_with("DROP"), "{change}");
        drop(raw);
        let error = store.open().check().unwrap_err();
        assert!(matches!(error, Error::Damaged { .. }), "{change}: {error}");
    }
}

#[test]
fn a_notice_that_is_not_its_step_s_is_found_by_the_claim() {
    let left = "subscriber = (SELECT min(number) FROM subscriber WHERE removed_at IS NOT NULL)";
    for change in [left, "change = 1", "incident = 1", "subscriber = 9999"] {
        let Scene { store, ledger, now, .. } = scene();
        drop(ledger);
        let raw = Connection::open(store.path()).unwrap();
        raw.pragma_update(None, "foreign_keys", false).unwrap();
        let text = format!("UPDATE notice SET {change} WHERE number = (SELECT max(number) FROM notice)");
        raw.execute(&text, []).unwrap();
        drop(raw);
        let error = store.open().claim(&request(1_000), now).unwrap_err();
        assert!(matches!(error, Error::Damaged { .. }), "{change}: {error}");
    }
}

#[test]
fn a_message_whose_bytes_are_not_its_id_s_is_found_by_the_claim() {
    let Scene { store, ledger, now, .. } = scene();
    drop(ledger);
    let raw = Connection::open(store.path()).unwrap();
    raw.execute("UPDATE message SET content = replace(content, 'search', 'smirch')", []).unwrap();
    drop(raw);
    let error = store.open().claim(&request(1_000), now).unwrap_err();
    assert!(matches!(error, Error::Damaged { .. }), "{error}");
}

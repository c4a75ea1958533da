//! A disk that is full, and a ledger that is not what it was: a clear sentence, nothing half done, nobody told twice
//! or by mistake.

use std::fs;

use tempfile::TempDir;

use crate::fixtures::disk::{Disk, below};
use crate::fixtures::house::House;

const LEDGER: &str = ".allclear/ledger.db";
const PEOPLE: usize = 5;

fn untold() -> House {
    let mut house = House::new().restless();
    for number in 0..PEOPLE {
        house = house.subscriber(&format!("p{number}@example.org"));
    }
    house.incident("payments", "2026-03-01 10:00", "Investigating")
}

#[test]
fn a_full_disk_under_the_ledger_stops_the_run_and_the_next_completes_it() {
    let mut stopped = 0;
    for free in (0..160).step_by(16) {
        let mut house = untold();
        let Some(disk) = Disk::over(&house.path().join(".allclear"), 2_000) else { return };
        disk.fill(free << 10);
        house = house.run(&["notify", "--yes"]);
        if house.stderr().contains("error") {
            house = house.exited(1).said(".allclear");
            let full =
                ["full", "No space left", "disk I/O error"].iter().any(|why| house.stderr().contains(why));
            assert!(full, "{}", house.stderr());
            stopped += 1;
        }
        disk.free();
        house = house.run(&["notify", "--yes"]).succeeded();
        let mails = house.mails();
        let told: std::collections::BTreeSet<&String> = mails.iter().map(|(to, _)| to).collect();
        assert_eq!(told.len(), PEOPLE, "{free} KB free: somebody was never told");
        assert!(mails.len() <= 2 * PEOPLE, "{free} KB free: {} mails", mails.len());
    }
    assert!(stopped > 2, "only {stopped} runs met the end of the disk");
}

#[test]
fn a_full_disk_under_the_page_leaves_the_old_page_whole() {
    let house = untold().run(&["build"]).succeeded();
    let public = house.path().join("public");
    let Some(disk) = Disk::over(&public, 20_000) else { return };
    let old = below(&public);
    let house = house.update("payments", "2026-03-01 10:40", "identified");
    let elsewhere = house.path().join("elsewhere");
    let house = house.run(&["build", "--out", elsewhere.to_str().unwrap()]).succeeded();
    let new = below(&elsewhere);
    disk.fill(8 << 10);
    let house = house.run(&["build"]).exited(1).said("failed to write").said("No space left");
    for (file, bytes) in below(&public) {
        let name = file.to_string_lossy();
        let is_page = name != "filler" && !name.contains(".new-");
        let is_whole = old.get(&file) == Some(&bytes) || new.get(&file) == Some(&bytes);
        assert!(is_whole || !is_page, "{name} is neither the old page nor the new one");
    }
    disk.free();
    let _house = house.run(&["build"]).succeeded();
    assert!(below(&public) == new, "the page is not the one that was asked for");
}

#[test]
fn a_full_disk_under_temporary_files_is_nothing_to_a_run() {
    let (folder, house) = (tempfile::tempdir().unwrap(), untold());
    let Some(disk) = Disk::over(folder.path(), 1_000) else { return };
    disk.fill(0);
    let run = |arguments: &[&str]| house.command(arguments).env("TMPDIR", folder.path()).output().unwrap();
    let told = run(&["notify", "--yes"]);
    assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
    assert_eq!(house.mails().len(), PEOPLE);
    let built = run(&["build"]);
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
}

/// A house in which a subscriber was notified of an incident, and what its ledger was before.
fn told_with_old_ledger() -> (House, Vec<u8>) {
    let house = House::new().subscriber("ana@example.org");
    let old = fs::read(house.path().join(LEDGER)).unwrap();
    let house = house
        .incident("payments", "2026-03-01 10:00", "Investigating")
        .notify()
        .mailed("ana@example.org", "payments");
    (house, old)
}

#[test]
fn an_old_copy_of_the_ledger_tells_nobody_again() {
    let (house, old) = told_with_old_ledger();
    fs::write(house.path().join(LEDGER), old).unwrap();
    let older = "is older than the last one used on this host: it lacks 1 change and 1 send attempt";
    house
        .run(&["notify", "--yes"])
        .exited(4)
        .said(older)
        .run(&["deliver"])
        .exited(4)
        .said(older)
        .run(&["adopt"])
        .exited(4)
        .said(older)
        .run(&["adopt", "--silence-changes"])
        .exited(4)
        .said(older)
        .run(&["adopt", "--accept-old-copy"])
        .succeeded()
        .notify()
        .said("no new changes")
        .mailed_nobody()
        .update("payments", "2026-03-01 10:40", "identified")
        .notify()
        .mailed("ana@example.org", "Now it is identified.");
}

#[test]
fn a_damaged_mark_sends_nothing_until_the_operator_decides() {
    let mut house = House::new().subscriber("ana@example.org").mail_server_down(true);
    house =
        house.incident("payments", "2026-03-01 10:00", "Investigating").run(&["notify", "--yes"]).exited(1);
    house = house.mail_server_down(false).file(".allclear/mark", "{").at("2026-03-01 10:20");
    for command in [&["notify", "--yes"][..], &["deliver"], &["adopt"], &["adopt", "--silence-changes"]] {
        let spared = if command[0] == "adopt" { "nothing was changed" } else { "nothing was sent" };
        house = house.run(command).exited(4);
        house =
            house.said(&format!("is damaged: it is unknown whether this ledger is an old copy; {spared}"));
    }
    house
        .run(&["adopt", "--accept-old-copy"])
        .succeeded()
        .said("not sent: 1 step queued in the old copy")
        .run(&["deliver"])
        .succeeded()
        .mailed_nobody()
        .update("payments", "2026-03-01 10:40", "identified")
        .notify()
        .mailed("ana@example.org", "Now it is identified.");
}

#[test]
fn each_flag_of_adopt_allows_one_thing() {
    let house = House::new().subscriber("ana@example.org");
    let house = house.incident("payments", "2026-03-01 10:00", "Investigating");
    let house = house.run(&["adopt"]).exited(4).said("allclear adopt --silence-changes");
    let house = house.run(&["adopt", "--announce-others", "--accept-old-copy"]).exited(4);
    let house = house
        .said("1 change is not announced yet, and after adopting it is never announced")
        .run(&["adopt", "--silence-changes"])
        .succeeded();
    house.notify().said("no new changes").mailed_nobody();
}

#[test]
fn an_old_copy_that_still_wants_to_send_does_not() {
    let mut house = House::new().subscriber("ana@example.org").mail_server_down(true);
    house =
        house.incident("payments", "2026-03-01 10:00", "Investigating").run(&["notify", "--yes"]).exited(1);
    let old = fs::read(house.path().join(LEDGER)).unwrap();
    house = house.mail_server_down(false).at("2026-03-01 10:20").run(&["deliver"]).succeeded();
    house = house.mailed("ana@example.org", "payments");
    fs::write(house.path().join(LEDGER), old).unwrap();
    house
        .run(&["deliver"])
        .exited(4)
        .said("it lacks 1 send attempt; nothing was sent")
        .run(&["adopt", "--yes"])
        .succeeded()
        .said("not sent: 1 step queued in the old copy")
        .run(&["deliver"])
        .succeeded()
        .mailed_nobody()
        .run(&["why", "ana@example.org"])
        .printed("in_doubt");
}

#[test]
fn an_emptied_ledger_is_not_a_fresh_start() {
    let (house, _) = told_with_old_ledger();
    fs::write(house.path().join(LEDGER), "").unwrap();
    let _house = house
        .restless()
        .run(&["notify", "--yes"])
        .exited(4)
        .said("the ledger that this host used last is missing or empty; nothing was sent")
        .mailed_nobody()
        .run(&["adopt", "--known", "payments"])
        .exited(4)
        .said("the ledger that this host used last is missing or empty; nothing was changed")
        .said("restore the newest backup of ledger.db")
        .run(&["notify", "--yes"])
        .exited(4)
        .said("the ledger that this host used last is missing or empty; nothing was sent")
        .run(&["adopt", "--accept-old-copy"])
        .exited(4)
        .said("unknown whether this open incident was announced: payments")
        .run(&["adopt", "--accept-old-copy", "--known", "payments"])
        .succeeded()
        .notify()
        .said("no new changes")
        .mailed_nobody();
}

#[test]
fn an_emptied_ledger_takes_no_subscribers() {
    let (house, _) = told_with_old_ledger();
    let house = house.restless().file("people.csv", "mail\nben@example.org\n");
    let ledger = house.path().join(LEDGER);
    let list = house.path().join("people.csv").to_str().unwrap().to_owned();
    let (add, import) = (["subscribers", "add", "ben@example.org"], ["subscribers", "import", &list]);
    let plan = house.read("site/plan.toml");
    let desk = "\n[desk]\nurl = \"https://desk.acme.test\"\nsecret = { env = \"GATEWAY_PASSWORD\" }\n";
    let house = house.file("site/plan.toml", &format!("{plan}{desk}"));
    let other = House::new();
    let replacement = fs::read(other.path().join(LEDGER)).unwrap();
    let cases: [(&str, Option<&[u8]>); 3] = [
        ("the ledger that this host used last is missing or empty; nothing was changed", None),
        ("the ledger that this host used last is missing or empty; nothing was changed", Some(b"")),
        (
            "this is a different ledger from the one last used on this host; nothing was changed",
            Some(&replacement),
        ),
    ];
    let mut house = house;
    for (words, content) in cases {
        for name in below(&house.path().join(".allclear")).into_keys() {
            if name.to_string_lossy().starts_with("ledger.db") {
                fs::remove_file(house.path().join(".allclear").join(name)).unwrap();
            }
        }
        content.into_iter().for_each(|content| fs::write(&ledger, content).unwrap());
        for command in [&add[..], &import, &["desk"]] {
            house = house.run(command).exited(4).said(words).said("restore the newest backup of ledger.db");
            assert_eq!(fs::read(&ledger).ok().as_deref(), content, "{words}");
        }
    }
    house
        .run(&["adopt", "--accept-old-copy"])
        .succeeded()
        .run(&add)
        .succeeded()
        .run(&["subscribers", "list"])
        .said("1 subscriber");
}

#[test]
fn a_flipped_bit_in_an_address_reaches_nobody() {
    let (house, _) = told_with_old_ledger();
    let mut house = house.incident("search", "2026-03-01 10:10", "Investigating").restless();
    let mut bytes = fs::read(house.path().join(LEDGER)).unwrap();
    let places: Vec<usize> = (0..bytes.len()).filter(|at| bytes[*at..].starts_with(b"ana@example")).collect();
    assert!(!places.is_empty());
    let good = bytes.clone();
    for place in places {
        bytes[place] ^= 4;
        fs::write(house.path().join(LEDGER), &bytes).unwrap();
        for command in [&["notify", "--yes"][..], &["deliver"], &["adopt", "--yes"]] {
            house = house.run(command).exited(1).said("is damaged").said("restore it from a backup");
        }
        bytes[place] ^= 4;
    }
    house = house.mailed_nobody();
    fs::write(house.path().join(LEDGER), good).unwrap();
    let _house = house.notify().mailed("ana@example.org", "search");
}

#[test]
fn another_program_s_file_is_left_alone() {
    let folder = TempDir::new().unwrap();
    let theirs = folder.path().join("theirs.db");
    rusqlite::Connection::open(&theirs).unwrap().execute_batch("CREATE TABLE theirs (x)").unwrap();
    let bytes = fs::read(theirs).unwrap();
    let house = House::new().subscriber("ana@example.org").restless();
    fs::write(house.path().join(LEDGER), &bytes).unwrap();
    let house = house.run(&["notify", "--yes"]).exited(1).said("is not an allclear ledger");
    assert_eq!(fs::read(house.path().join(LEDGER)).unwrap(), bytes);
}

//! A ledger that cannot be opened: the finding names its host and port, and what to do.

use std::fs;

use super::{Names, examined, has, lacks};
use crate::fixtures::house::House;
use crate::fixtures::port::free_port;

fn house_with(url: &str) -> House {
    let house = House::new();
    let plan = format!("[ledger]\nurl = {{ file = \"url\" }}\n\n{}", house.read("site/plan.toml"));
    let house = house.file("site/plan.toml", &plan).restless();
    if url.is_empty() { house } else { house.file("url", url) }
}

#[test]
fn a_server_of_the_ledger_that_is_not_reached_is_named_with_its_port() {
    let names = Names::start(&[("acme.test", &["ns1.dns.test"], "")]);
    let port = free_port();
    for (host, why) in
        [("127.0.0.1", "onnection refused"), ("ledger.nowhere.invalid", "failed to lookup address")]
    {
        let house = house_with(&format!("postgres://ana:hunter2@{host}:{port}/status"));
        let (house, lines) = examined(house, &names);
        has(&lines, &format!("ledger · there · fault: failed to open the ledger status on {host}:{port}"));
        has(&lines, why);
        lacks(&lines, "hunter2");
        drop(house.exited(1));
    }
    let (house, lines) = examined(house_with(""), &names);
    has(&lines, "ledger · secret · fault: the secret in `url` cannot be read");
    drop(house.exited(1));
}

#[test]
fn what_was_sent_is_read_again_by_doctor_and_in_a_file_that_was_replaced() {
    let names = Names::start(&[("acme.test", &["ns1.dns.test"], "")]);
    let house = House::new()
        .subscriber("ana@example.org")
        .incident("payments", "2026-03-01 10:00", "Investigating")
        .notify()
        .mailed("ana@example.org", "payments");
    let ledger = house.path().join(".allclear/ledger.db");
    let raw = rusqlite::Connection::open(&ledger).unwrap();
    let text = "SELECT rootpage - 1 FROM sqlite_schema WHERE name = 'attempt_step'";
    let page: u32 = raw.query_row(text, [], |row| row.get(0)).unwrap();
    drop(raw);
    let mut bytes = fs::read(&ledger).unwrap();
    // The kind of a page: of the index over attempts, which a run does not read that has nothing to send.
    bytes[page as usize * 4096] ^= 4;
    fs::write(&ledger, &bytes).unwrap();
    let (house, lines) = examined(house.notify().said("no new changes"), &names);
    has(&lines, "ledger · there · fault: the ledger");
    has(&lines, "is damaged");
    let copy = house.path().join("copy.db");
    fs::copy(&ledger, &copy).unwrap();
    fs::rename(&copy, &ledger).unwrap();
    let _house =
        house.run(&["notify", "--yes"]).exited(1).said("is damaged").said("restore it from a backup");
}

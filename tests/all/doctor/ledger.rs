//! A ledger that cannot be opened: the finding names its host and port, and what to do.

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

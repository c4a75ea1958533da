//! STOP and START by text, through Kannel and the binary.

use crate::fixtures::house::{House, wait_until};
use crate::fixtures::kannel::Kannel;
use crate::fixtures::part::wait_for_port;
use crate::fixtures::port::free_port;
use crate::fixtures::running::Running;

/// Why texts to a number may not be sent, as the list of subscribers has it.
fn suppressed(house: &House) -> String {
    let listed = house.command(&["subscribers", "list", "--format", "json"]).output().unwrap();
    String::from_utf8(listed.stdout).unwrap()
}

/// The house with a Kannel for its texts, which brings those of subscribers to a port.
pub(super) fn with_kannel(mut house: House) -> (Kannel, u16, House) {
    let port = free_port();
    let inbound = format!("http://127.0.0.1:{port}/reports/gateway/inbound");
    let kannel = Kannel::with_inbound(&format!("{inbound}?key=k3y&id=%I&from=%p&text=%b"));
    let plan = house.read("site/plan.toml");
    let (mail, rest) = plan.split_once("[text]").unwrap();
    let relay = rest.split_once("[providers.relay]").unwrap().1.split("[providers.gateway]").next().unwrap();
    let plan = format!(
        "{mail}[providers.relay]{relay}{}dlr_url = 'http://127.0.0.1:{port}/reports/gateway'\n\
         inbound_key = {{ file = 'inbound-key' }}\n",
        kannel.plan().replace(&format!("{}/", kannel.folder().display()), "")
    );
    house.write("site/plan.toml", &plan);
    house.write("inbound-key", "k3y\n");
    house.write("gateway-password", "s3cret\n");
    (kannel, port, house)
}

#[test]
fn stop_by_text_ends_texts_at_once_and_start_begins_them_again() {
    let (mut kannel, port, house) = with_kannel(House::new());
    let house = house.subscriber("+34600000001").subscriber("+34600000002");

    let mut worker = Running::start(&house, &["deliver", "--watch"]);
    worker.says("waiting for messages");
    wait_for_port(port);
    for (query, status) in [
        ("id=1&from=%2B34600000002&text=STOP", 403),
        ("key=wrong&id=1&from=%2B34600000002&text=STOP", 403),
        ("key=k3y&id=1&from=nobody&text=STOP", 400),
        ("key=k3y&id=1&from=%2B34600000002", 400),
        ("key=k3y&id=1&from=%2B34600000002&text=when+will+it+stop", 200),
    ] {
        assert_eq!(answered(port, "GET", &format!("/reports/gateway/inbound?{query}")), status, "{query}");
    }
    assert_eq!(
        answered(port, "POST", "/reports/gateway/inbound?key=k3y&id=1&from=%2B34600000002&text=STOP"),
        405
    );
    assert!(!suppressed(&house).contains("replied STOP"));

    kannel.brings("+34600000001", "Por favor, BAJA!");
    wait_until("the opt-out", || suppressed(&house).contains("its owner replied STOP"));
    assert_eq!(suppressed(&house).matches("replied STOP").count(), 1, "only this number");
    assert_eq!(worker.end("-TERM"), Some(0));
    assert!(!worker.said().contains("+3460000000"), "a number is in the log: {}", worker.said());
    let house = house.incident("payments", "2026-03-01 10:00", "Investigating");
    let house = house.run(&["notify", "--yes"]).exited(1).said("suppressed its owner replied STOP");
    let numbers = |texts: Vec<(String, String)>| texts.into_iter().map(|(to, _)| to).collect::<Vec<_>>();
    assert_eq!(numbers(kannel.received(1)), ["+34600000002"]);

    let mut worker = Running::start(&house, &["deliver", "--watch"]);
    wait_for_port(port);
    kannel.brings("+34600000001", "start");
    wait_until("the opt-in", || !suppressed(&house).contains("replied STOP"));
    assert_eq!(worker.end("-TERM"), Some(0));
    house.update("payments", "2026-03-01 10:30", "identified").notify();
    let mut told = numbers(kannel.received(2));
    told.sort();
    assert_eq!(told, ["+34600000001", "+34600000002"]);
}

/// The status of an answer.
pub(crate) fn answered(port: u16, method: &str, path: &str) -> u16 {
    use std::io::{Read as _, Write as _};
    let mut stream = std::net::TcpStream::connect(("127.0.0.1", port)).unwrap();
    write!(stream, "{method} {path} HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.split(' ').nth(1).unwrap().parse().unwrap()
}

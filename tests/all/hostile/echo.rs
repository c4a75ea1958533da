//! Providers that repeat what they were asked: neither the screen nor the ledger keeps a secret or an address of it.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use crate::fixtures::house::House;

/// A gateway that refuses every request and repeats its head, behind `lead`.
fn gateway(lead: String) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut head = Vec::new();
            let mut byte = [0];
            while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|read| read > 0) {
                head.push(byte[0]);
            }
            let head = String::from_utf8_lossy(&head).replace("\r\n", " ");
            let _gone = write!(stream, "HTTP/1.1 403 Forbidden\r\nconnection: close\r\n\r\n{lead}{head}");
        }
    });
    port
}

#[test]
fn a_gateway_that_repeats_the_request_shows_no_password_and_no_number() {
    // With the longer ones, what is kept of an answer ends within the password.
    for length in [0, 180, 220, 230, 240, 250, 260] {
        let port = gateway("x".repeat(length));
        let mut house = House::new().subscriber("+34600000001").restless();
        let plan = house.read("site/plan.toml");
        let url = plan.lines().find(|line| line.contains("/cgi-bin/sendsms")).unwrap();
        let echo = format!("url = \"http://127.0.0.1:{port}/cgi-bin/sendsms\"");
        house.write("site/plan.toml", &plan.replace(url, &echo));
        let house = house.incident("payments", "2026-03-01 10:00", "Investigating").run(&["notify", "--yes"]);
        let sent = format!("{}{}", house.stdout(), house.stderr());
        let house = house.run(&["why", "+34600000001"]);
        assert!(house.stdout().contains("HTTP 403"), "{}", house.stdout());
        let ledger = ["ledger.db", "ledger.db-wal"]
            .map(|file| std::fs::read(house.path().join(".allclear").join(file)));
        let ledger: Vec<u8> = ledger.into_iter().flatten().flatten().collect();
        for (what, bytes) in
            [("notify", sent.as_bytes()), ("why", house.stdout().as_bytes()), ("the ledger", &ledger)]
        {
            let holds = |word: &str| bytes.windows(word.len()).any(|part| part == word.as_bytes());
            assert!(!holds("s3cr"), "{what} shows the password behind {length}");
        }
        assert!(!sent.contains("600000001"), "{sent}");
    }
}

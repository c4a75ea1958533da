//! A mass outage through the binary: Postfix's own `smtp-sink` is killed in the middle of a send, and everyone it leaves
//! behind is reached by text within seconds, no faster than the gateway's rate. And a budget that is used up.
//!
//! `ALLCLEAR_OUTAGE=10000 cargo test --test all outage::` tells more people.

use std::process::{Child, Command, Stdio};

use rusqlite::{Connection, OpenFlags};
use serde_json::Value;

use crate::fixtures::house::{House, wait_until};
use crate::fixtures::port::free_port;
use crate::fixtures::skip::skip;

/// How many texts the gateway takes in a second.
const RATE: i64 = 200;

/// Connections of the house's gateway, the plan's default: a process that stood still may use as many places at once.
const CONNECTIONS: i64 = 8;

/// The sink, gone when it is dropped.
struct Sink(Child);

impl Sink {
    /// A sink on that port; `None` where Postfix is not installed.
    fn start(port: u16) -> Option<Self> {
        let mut sink = Command::new("smtp-sink");
        sink.args(["-u", "nobody", &format!("inet:127.0.0.1:{port}"), "64"]);
        let sink = Self(sink.stdout(Stdio::null()).stderr(Stdio::null()).spawn().ok()?);
        wait_until("the sink", || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok());
        Some(sink)
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        let _gone = self.0.kill();
        let _reaped = self.0.wait();
    }
}

fn people() -> i64 {
    std::env::var("ALLCLEAR_OUTAGE").ok().map_or(1_500, |number| number.parse().unwrap())
}

#[test]
fn when_the_relay_dies_everybody_is_reached_by_text_at_its_rate() {
    let port = free_port();
    let Some(sink) = Sink::start(port) else {
        return skip("no smtp-sink is installed");
    };
    let (people, mut house) = (people(), House::new().restless());
    let plan = house.read("site/plan.toml");
    let old = plan.lines().find(|line| line.starts_with("port = ")).unwrap();
    let plan = plan.replace(old, &format!("port = {port}"));
    let plan = plan.replace("kind = \"kannel\"", &format!("kind = \"kannel\"\nrate = {RATE}"));
    house.write("site/plan.toml", &plan);
    let lines: String = (0..people).map(|n| format!("p{n}@example.org,+34600{n:06}\n")).collect();
    house = house.file("people.csv", &format!("mail,text\n{lines}"));
    let file = house.path().join("people.csv");
    house = house.run(&["subscribers", "import", file.to_str().unwrap()]).succeeded();
    house = house.incident("payments", "2026-03-01 10:00", "Investigating");

    let worker = house.command(&["notify", "--yes"]).spawn().unwrap();
    let ledger = house.path().join(".allclear/ledger.db");
    let number = |text: &str| -> i64 {
        let ledger = Connection::open_with_flags(&ledger, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
        ledger.busy_timeout(std::time::Duration::from_secs(5)).unwrap();
        ledger.query_row(text, [], |row| row.get::<_, Option<i64>>(0)).unwrap().unwrap_or(0)
    };
    let mails = "SELECT COUNT(*) FROM attempt WHERE provider = 'relay' AND class = 0";
    wait_until("the first mails", || number(mails) > 200);
    drop(sink);
    let output = worker.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();

    let (mails, texts) = (number(mails), house.texts().len() as i64);
    assert_eq!(output.status.code(), Some(0), "everyone was handed off: {said}");
    assert!(said.contains("circuit breaker open: sending through relay is suspended: "), "{said}");
    // A mail whose answer was cut off may have arrived, and its person has a text as well.
    assert!(mails + texts == people, "{mails} mails and {texts} texts for {people} people: {said}");
    assert_eq!(number("SELECT COUNT(*) FROM step WHERE ended_at IS NULL"), 0);
    let mut told: Vec<String> = house.texts().into_iter().map(|(to, _)| to).collect();
    told.sort();
    told.dedup();
    assert_eq!(told.len() as i64, texts, "nobody has two texts");

    // From the circuit's opening to the last jump: seconds, though a step may be tried for five minutes.
    let opened = number("SELECT MIN(ended_at) FROM step WHERE reason LIKE 'skipped: %'");
    let last = number("SELECT MAX(ended_at) FROM step WHERE reason LIKE 'skipped: %'");
    let passed = number("SELECT COUNT(*) FROM step WHERE reason LIKE 'skipped: %'");
    assert!(passed > (people - mails) * 9 / 10, "{passed} passed over");
    assert!(last - opened < 10_000, "it took {} ms", last - opened);
    let most = number(
        "SELECT MAX((SELECT COUNT(*) FROM attempt b WHERE b.provider = 'gateway'
             AND b.started_at >= a.started_at AND b.started_at < a.started_at + 1000))
         FROM attempt a WHERE a.provider = 'gateway'",
    );
    println!(
        "{mails} mails, {texts} texts; {passed} moved within {} ms; at most {most} texts in a second",
        last - opened
    );
    assert!(most <= RATE + RATE / 20 + CONNECTIONS, "{most} texts in a second");
}

#[test]
fn texts_beyond_the_budget_wait_until_somebody_lets_them_go() {
    let mut house = House::new().restless().subscriber("ana@example.org");
    for number in 1..=4 {
        house = house.subscriber(&format!("+3460000000{number}"));
    }
    let plan = format!("{}\n[budget]\ntext_per_incident = 2\n", house.read("site/plan.toml"));
    house.write("site/plan.toml", &plan);
    house = house.incident("payments", "2026-03-01 10:00", "Investigating").run(&["notify", "--yes"]);
    house = house
        .exited(4)
        .said("2 SMS messages are on hold because the SMS budget in site/plan.toml is used up");
    assert_eq!((house.mails().len(), house.texts().len()), (1, 2));
    house = house.run(&["deliver"]).exited(4);
    assert_eq!(house.texts().len(), 2, "a restart forgets nothing");
    house = house.run(&["why", "+34600000001"]).run(&["deliver", "--over-budget"]).succeeded();
    assert_eq!((house.mails().len(), house.texts().len()), (1, 4));
}

#[test]
fn a_dry_run_says_what_the_texts_cost_and_how_many_the_budget_holds() {
    let mut house = House::new().restless().subscriber("ana@example.org").subscriber("+447700900001");
    for number in 1..=3 {
        house = house.subscriber(&format!("+3460000000{number}"));
    }
    let prices =
        "[text.price]\ncurrency = 'EUR'\nby_country = { '+34' = '0.045' }\n[budget]\ntext_per_incident = 3\n";
    let plan = format!("{}\n{prices}", house.read("site/plan.toml"));
    house.write("site/plan.toml", &plan);
    house = house.incident("payments", "2026-03-01 10:00", "Investigating").run(&["notify", "--dry-run"]);
    house = house
        .succeeded()
        .said("SMS: 4 messages in 4 segments, 0.135 EUR and 1 message of unknown price")
        .said("the budget holds 1 SMS message: `budget.text_per_incident` is used up by then")
        .run(&["notify", "--dry-run", "--format", "json"]);
    let said: Value = serde_json::from_str(&house.stdout()).unwrap();
    assert_eq!(said[0]["sms"]["now"]["price"], "0.135");
    assert_eq!(said[0]["sms"]["held_by_budget"], 1);
    house = house.run(&["notify", "--yes"]).exited(4);
    assert_eq!(house.texts().len(), 3, "as many are held as was said");
}

//! What a worker tells while it works: records for logs, counters for Prometheus, a bar on a terminal.

use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::fixtures::house::{self, House, repository};

/// A house with that number of people with mail, and one with mail and a phone.
fn town(people: usize) -> House {
    let mut list = "mail,text\n".to_owned();
    for person in 0..people {
        writeln!(list, "person{person}@example.org,").unwrap();
    }
    let mut house = House::new();
    house.write("people.csv", &list);
    let file = house.path().join("people.csv");
    house
        .run(&["subscribers", "import", file.to_str().unwrap()])
        .succeeded()
        .subscriber_with(&["ana@example.org", "+34600000001"])
}

fn records(house: &House) -> Vec<Value> {
    house.stdout().lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

#[test]
fn every_event_is_a_line_of_json_without_anybody_s_address() {
    let house = town(0)
        .mail_server_down(true)
        .incident("payments", "2026-03-01 10:00", "Investigating")
        .run(&["notify", "--yes"])
        .at("2026-03-01 10:20")
        .run(&["deliver", "--format", "json"])
        .texted("+34600000001", "payments");
    let told = records(&house);
    let events: Vec<&str> = told.iter().map(|record| record["event"].as_str().unwrap()).collect();
    assert_eq!(events, ["passed_over", "handing_off", "accepted"], "{}", house.stdout());
    let why = "its turn was over before it could be sent";
    assert_eq!((&told[0]["why"], &told[0]["next_channel"]), (&why.into(), &"text".into()));
    assert_eq!(told[2]["provider"], "gateway");
    for record in &told {
        let text = record.to_string();
        assert!(!text.contains("ana") && !text.contains("+346") && !text.contains('@'), "{text}");
        assert_eq!(record["incident"], "payments", "{text}");
        let step = record["step"].as_str().unwrap();
        assert!(step.len() > 20 && record["subscriber"].as_str().unwrap().len() > 20, "{text}");
    }
}

/// A worker that watches until it is dropped, and where it says that its counters are.
struct Watching {
    child: Child,
    address: String,
}

impl Watching {
    fn new(house: &House) -> Self {
        let mut child = house.command(&["deliver", "--watch", "--metrics", "127.0.0.1:0"]).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let line = lines.find_map(|line| line.ok().filter(|line| line.contains("/metrics"))).unwrap();
        // The output must be read on, or the worker could not print more.
        std::thread::spawn(move || lines.for_each(drop));
        let address = line.split("http://").nth(1).unwrap().trim_end_matches("/metrics").to_owned();
        Self { child, address }
    }

    /// The answer to a request, head and body.
    fn get(&self, path: &str) -> (String, String) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head.to_owned(), body.to_owned())
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

#[test]
fn counters_are_read_by_the_parser_of_prometheus() {
    let python = repository().join("target/parts/venv/bin/python3");
    assert!(python.exists(), "run tests/install first");
    let house = town(12)
        .mail_server_down(true)
        .incident("payments", "2026-03-01 10:00", "Investigating")
        .run(&["notify", "--yes"])
        .exited(1)
        .mail_server_down(false)
        .at("2026-03-01 10:02")
        .restless();
    let watching = Watching::new(&house);
    house::wait_until("an empty ledger", || {
        watching.get("/metrics").1.contains("\nallclear_ledger_steps_unfinished 0\n")
    });
    // Ana has a phone as well: whether she is still mailed depends on how soon the relay was given up.
    let mails = house.mails().len();
    assert!(mails >= 12, "{mails}");
    let calls = "allclear_provider_calls_total{channel=\"mail\",provider=\"relay\",result=\"accepted\"}";
    // The ledger knows of the last one a moment before the counter does.
    house::wait_until("the count of accepted mails", || {
        watching.get("/metrics").1.contains(&format!("{calls} {mails}\n"))
    });
    let (head, body) = watching.get("/metrics");
    assert!(head.starts_with("HTTP/1.1 200") && head.contains("application/openmetrics-text"), "{head}");
    assert!(!body.contains('@') && !body.contains("payments"), "{body}");
    assert!(watching.get("/").0.starts_with("HTTP/1.1 404"));
    let file = house.path().join("metrics.txt");
    fs::write(&file, &body).unwrap();
    let script = "import sys\nfrom prometheus_client.openmetrics.parser import text_string_to_metric_families as read\n\
                  for family in read(open(sys.argv[1]).read()):\n print(family.name, family.type, len(family.samples))";
    let read = Command::new(python).args(["-c", script]).arg(&file).output().unwrap();
    assert!(read.status.success(), "{}\n{body}", String::from_utf8_lossy(&read.stderr));
    let families = String::from_utf8(read.stdout).unwrap();
    for family in [
        "allclear_provider_calls counter",
        "allclear_provider_call_seconds histogram",
        "allclear_steps_ended counter",
        "allclear_ledger_oldest_due_seconds gauge",
        "allclear_brake_on gauge",
    ] {
        assert!(families.contains(family), "{family}: {families}");
    }
}

#[test]
fn a_long_send_shows_a_bar_on_a_terminal_and_nowhere_else() {
    let house = town(150).incident("payments", "2026-03-01 10:00", "Investigating").restless();
    let notify = house.command(&["notify", "--yes"]);
    let words: Vec<String> = [notify.get_program()]
        .into_iter()
        .chain(notify.get_args())
        .map(|word| format!("'{}'", word.to_str().unwrap()))
        .collect();
    let shown = Command::new("script")
        .args(["--quiet", "--return", "--command", &words.join(" "), "/dev/null"])
        .env("GATEWAY_PASSWORD", "s3cret")
        .env("TERM", "xterm")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let shown = String::from_utf8_lossy(&shown.stdout).into_owned();
    assert!(shown.contains("of 151 people") && shown.contains("151 accepted"), "{shown}");
    let rates =
        shown.split("people · ").skip(1).filter_map(|rest| rest.split_once("/s ·")).map(|(rate, _)| rate);
    let rates: Vec<&str> = rates.collect();
    let is_whole = |rate: &&str| rate.bytes().all(|byte| byte.is_ascii_digit());
    assert!(!rates.is_empty() && rates.iter().all(is_whole), "a rate is a whole number: {rates:?}");

    let house = house.update("payments", "2026-03-01 10:30", "resolved").notify();
    assert!(house.stderr().contains("151 accepted") && !house.stderr().contains("people ·"));
}

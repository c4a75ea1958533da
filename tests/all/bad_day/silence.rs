//! Plays rows in which a provider is there and says nothing from one phase on: everyone is reached another way in time.
//!
//! `ALLCLEAR_PEOPLE=10000` has that many people; docs/performance.md has the figures.

use std::time::Instant;

use rusqlite::{Connection, OpenFlags};

use crate::fixtures::house::{House, wait_until};
use crate::fixtures::silent::{Phase, Silent};

use super::play::Watched;
use super::row::{Kind, Row, Way};

/// How many subscribers a row has, unless more are asked for.
const PEOPLE: usize = 200;

/// How long a step of something critical may be tried, by default, and how much later the last handoff may be.
const SECONDS_MAX: i64 = 60 + 10;

/// How many messages a provider is given at once, by default.
const CONNECTIONS: usize = 8;

/// A rest of a test that would otherwise be much longer; nothing is measured by it.
const SECONDS_TO_STOP: u64 = 20;

/// How many people a row has.
fn people() -> usize {
    std::env::var("ALLCLEAR_PEOPLE").ok().map_or(PEOPLE, |number| number.parse().unwrap())
}

pub(super) fn play(row: &Row, kind: Kind, phase: Phase, way: Way) -> House {
    let (server, people) = (Silent::from(phase), people());
    let house = house(&server, kind, phase, way);
    house.plan();
    let mut watched = Watched::start(house.command(&["run"]));
    wait_until(&format!("everybody in {}", row.name), || reached(&house) >= people);
    let took = number(&house, LAST_TAKEN);
    println!("{}: {people} people, the last after {took} s", row.name);
    let (mails, texts) = (house.mails().len(), house.texts().len());
    let (here, other) = if kind == Kind::Kannel { (texts, mails) } else { (mails, texts) };
    let (wanted, unwanted) = if way == Way::NextProvider { (here, other) } else { (other, here) };
    // Where the head of an answer says that a message was accepted, it counts, whatever becomes of the rest.
    let accepted = if phase == Phase::HttpBody { CONNECTIONS } else { 0 };
    assert!((people - accepted..=people).contains(&wanted) && unwanted == 0, "{wanted}, {unwanted}");
    let told = Instant::now();
    let code = watched.run.end("-TERM");
    let stopped = told.elapsed().as_secs();
    let holds = took <= SECONDS_MAX && code == Some(0) && stopped <= SECONDS_TO_STOP;
    assert!(holds, "took {took} s, ended with {code:?} after {stopped} s\n{}", watched.run.said());
    house
}

/// A house with a critical incident whose first provider is silent. People have both channels, that of the provider first.
fn house(server: &Silent, kind: Kind, phase: Phase, way: Way) -> House {
    let (channel, known) = if kind == Kind::Kannel { ("text", "gateway") } else { ("mail", "relay") };
    let next = if way == Way::NextProvider { format!(", \"{known}\"") } else { String::new() };
    let house = House::new().restless();
    let plan = house.read("site/plan.toml");
    let listed = format!("providers = [\"{known}\"]");
    assert!(plan.contains(&listed), "{plan}");
    let plan = plan.replacen(&listed, &format!("providers = [\"silent\"{next}]"), 1);
    let other = if channel == "text" { "mail" } else { "text" };
    let more = format!(
        "\n[brake]\nmessages_per_address_per_hour = 100\n\n[chain.steps]\ncritical = [\"{channel}\", \"{other}\"]\n\n\
         [providers.silent]\n{}",
        provider(server.port, kind, phase)
    );
    let rows = (0..people()).map(|number| format!("p{number}@example.org,+34600{number:06}\n"));
    let rows = format!("mail,text\n{}", rows.collect::<String>());
    let house = house.file("site/plan.toml", &(plan + &more)).file("people.csv", &rows);
    let file = house.path().join("people.csv");
    let house = house.run(&["subscribers", "import", file.to_str().unwrap()]).succeeded();
    let house = house.incident("payments", "2026-03-01 10:00", "Investigating");
    let critical = house.read("incidents/payments.md").replace("\"major\"", "\"critical\"");
    house.file("incidents/payments.md", &critical)
}

/// The keys of the provider that is silent.
fn provider(port: u16, kind: Kind, phase: Phase) -> String {
    let secret = "{ env = \"GATEWAY_PASSWORD\" }";
    match kind {
        Kind::Smtp => {
            let security = if phase == Phase::Tls { "starttls" } else { "none" };
            format!("kind = \"smtp\"\nhost = \"127.0.0.1\"\nport = {port}\nsecurity = \"{security}\"\n")
        }
        Kind::Mailgun => format!(
            "kind = \"mailgun\"\ndomain = \"acme.test\"\nkey = {secret}\napi_url = \"http://127.0.0.1:{port}\"\n"
        ),
        Kind::Kannel => format!(
            "kind = \"kannel\"\nurl = \"http://127.0.0.1:{port}/cgi-bin/sendsms\"\nuser = \"acme\"\n\
             password = {secret}\n"
        ),
    }
}

/// How many seconds after the plan the last message was taken.
const LAST_TAKEN: &str =
    "SELECT (MAX(a.ended_at) - MIN(c.planned_at)) / 1000 FROM attempt a, change c WHERE a.class = 0";

/// A number that the ledger gives.
fn number(house: &House, text: &str) -> i64 {
    let file = house.path().join(".allclear/ledger.db");
    let ledger = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    ledger.busy_timeout(std::time::Duration::from_secs(5)).unwrap();
    ledger.query_row(text, [], |row| row.get(0)).unwrap()
}

/// How many subscribers' notices a provider accepted.
fn reached(house: &House) -> usize {
    let reached = number(house, "SELECT COUNT(DISTINCT notice) FROM step WHERE state IN (3, 4)");
    usize::try_from(reached).unwrap()
}

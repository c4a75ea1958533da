//! A provider that is there and says nothing: at whatever point it falls silent, everyone is reached another way in time.

use std::time::Instant;

use rusqlite::Connection;

use crate::fixtures::house::{House, wait_until};
use crate::fixtures::running::Running;
use crate::fixtures::silent::{Phase, Silent};

/// How many subscribers a case has.
const PEOPLE: usize = 40;

/// How long a step of something critical may be tried, by default, and how much later the last handoff may be.
const SECONDS_MAX: i64 = 60 + 10;

/// A rest of a test that would otherwise be much longer; nothing is measured by it.
const SECONDS_TO_STOP: u64 = 20;

/// Every point at which a relay, and a gateway, can fall silent.
const OF_A_RELAY: [Phase; 8] = [
    Phase::Connect,
    Phase::Greeting,
    Phase::Hello,
    Phase::Tls,
    Phase::Sender,
    Phase::Recipient,
    Phase::Data,
    Phase::Body,
];
const OF_A_GATEWAY: [Phase; 3] = [Phase::Connect, Phase::HttpHead, Phase::HttpBody];

/// A house with a critical incident whose first provider is silent. People have both channels, that of the provider first.
fn house(server: &Silent, phase: Phase, of_relay: bool, second: bool) -> House {
    let house = House::new().restless();
    let plan = house.read("site/plan.toml");
    let security = if phase == Phase::Tls { "starttls" } else { "none" };
    let port = server.port;
    let (channel, mut extra) = if of_relay {
        let relay = format!(
            "\n[providers.silent]\nkind = \"smtp\"\nhost = \"127.0.0.1\"\nport = {port}\nsecurity = \"{security}\"\n"
        );
        (["providers = [\"relay\"]", "relay"], relay)
    } else {
        let gateway = format!(
            "\n[providers.silent]\nkind = \"kannel\"\nurl = \"http://127.0.0.1:{port}/cgi-bin/sendsms\"\n\
             user = \"acme\"\npassword = {{ env = \"GATEWAY_PASSWORD\" }}\n"
        );
        (["providers = [\"gateway\"]", "gateway"], gateway)
    };
    let providers = if second { format!("\"silent\", \"{}\"", channel[1]) } else { "\"silent\"".to_owned() };
    let plan = plan.replacen(channel[0], &format!("providers = [{providers}]"), 1);
    extra.insert_str(0, "\n[brake]\nmessages_per_address_per_hour = 100\n");
    if !of_relay {
        extra.push_str("\n[chain.steps]\ncritical = [\"text\", \"mail\"]\n");
    }
    let rows = (0..PEOPLE).map(|number| format!("p{number}@example.org,+34600{number:06}\n"));
    let rows = format!("mail,text\n{}", rows.collect::<String>());
    let house = house.file("site/plan.toml", &(plan + &extra)).file("people.csv", &rows);
    let file = house.path().join("people.csv");
    let house = house.run(&["subscribers", "import", file.to_str().unwrap()]).succeeded();
    let house = house.incident("payments", "2026-03-01 10:00", "Investigating");
    let critical = house.read("incidents/payments.md").replace("\"major\"", "\"critical\"");
    house.file("incidents/payments.md", &critical)
}

/// A number that the ledger gives.
fn number(house: &House, text: &str) -> i64 {
    let ledger = Connection::open(house.path().join(".allclear/ledger.db")).unwrap();
    ledger.query_row(text, [], |row| row.get(0)).unwrap()
}

/// How many subscribers' notices a provider accepted.
fn reached(house: &House) -> usize {
    let reached = number(house, "SELECT COUNT(DISTINCT notice) FROM step WHERE state IN (3, 4)");
    usize::try_from(reached).unwrap()
}

/// How many seconds after the plan the last message was taken.
fn last_taken(house: &House) -> i64 {
    let text =
        "SELECT (MAX(a.ended_at) - MIN(c.planned_at)) / 1000 FROM attempt a, change c WHERE a.class = 0";
    number(house, text)
}

/// Plays one case and says what was wrong with it.
fn play(phase: Phase, of_relay: bool, second: bool) -> Option<String> {
    let server = Silent::from(phase);
    let house = house(&server, phase, of_relay, second);
    house.plan();
    let mut worker = Running::start(&house, &["deliver", "--watch"]);
    wait_until(&format!("everybody in {phase:?}, relay {of_relay}"), || reached(&house) >= PEOPLE);
    let took = last_taken(&house);
    let told = Instant::now();
    let code = worker.end("-TERM");
    let stopped = told.elapsed().as_secs();
    let case = format!("{phase:?}, relay {of_relay}, second provider {second}");
    let wrong = took > SECONDS_MAX || code != Some(0) || stopped > SECONDS_TO_STOP;
    wrong.then(|| format!("{case}: took {took} s, ended with {code:?} after {stopped} s\n{}", worker.said()))
}

/// Plays cases side by side: they wait, and need no processor.
fn play_all(cases: &[(Phase, bool, bool)]) {
    let wrong: Vec<String> = std::thread::scope(|threads| {
        let played: Vec<_> = cases
            .iter()
            .map(|(phase, relay, second)| threads.spawn(move || play(*phase, *relay, *second)))
            .collect();
        played.into_iter().filter_map(|case| case.join().unwrap()).collect()
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn at_whatever_point_a_provider_falls_silent_the_next_channel_takes_over_in_time() {
    let relays = OF_A_RELAY.map(|phase| (phase, true, false));
    let gateways = OF_A_GATEWAY.map(|phase| (phase, false, false));
    play_all(&[relays.as_slice(), gateways.as_slice()].concat());
}

#[test]
fn at_whatever_point_a_provider_falls_silent_the_next_provider_takes_over_in_time() {
    play_all(&OF_A_RELAY.map(|phase| (phase, true, true)));
}

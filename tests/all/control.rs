//! One owner of each incident announces its updates; the others take control, ask for it, or wait.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::fixtures::house::{House, wait_until};
use crate::fixtures::running::Running;

const READER: &str = "reader@example.org";

const PEOPLE: &str = "
[people.ana]
name = \"Ana Prieto\"
mail = \"ana@acme.test\"
[people.bo]
name = \"Bo Berg\"
mail = \"bo@acme.test\"
[roles]
incident_manager = [\"bo\"]
[alarm]
mail = [\"oncall@acme.test\"]
";

const NOTIFY: &[&str] = &["notify", "--yes"];

fn git(folder: &Path, arguments: &[&str]) {
    let done = Command::new("git").arg("-C").arg(folder).args(arguments).output().unwrap();
    assert!(done.status.success(), "{arguments:?} {}", String::from_utf8_lossy(&done.stderr));
}

/// A house in a repository of which nothing is committed: who is named wrote whatever changes.
fn house(rules: &str) -> House {
    let mut house = House::new().subscriber(READER);
    let plan = house.read("site/plan.toml") + PEOPLE + rules;
    house.write("site/plan.toml", &plan);
    git(house.path(), &["init", "--quiet"]);
    house
}

fn by(house: House, name: &str) -> House {
    git(house.path(), &["config", "user.email", &format!("{name}@acme.test")]);
    house
}

/// Ana announced it at 10:10.
fn opened(rules: &str) -> House {
    let house = by(house(rules), "ana").incident("payments", "2026-03-01 10:10", "Investigating");
    house.run(NOTIFY).succeeded().mailed(READER, "failing payments")
}

#[test]
fn an_update_of_another_is_not_sent_until_control_is_passed() {
    let house = by(opened(""), "bo").update("payments", "2026-03-01 10:20", "identified");
    let why = "Ana Prieto controls it until 2026-03-02 10:10 UTC, and Bo Berg wrote this";
    let house =
        house.run(NOTIFY).exited(4).said(why).said("allclear control request payments").mailed_nobody();
    let house = house.run(&["notify", "--dry-run", "--format", "json"]).exited(4).printed("\"controlled\"");
    let house = house.run(&["control", "take", "payments"]).exited(4).said("Ana Prieto controls it until");
    let house = house.run(&["control", "request", "payments", "--note", "news"]).succeeded();
    let house = house.run(&["control", "request", "payments"]).exited(4).said("has asked for it already");
    let house = house.run(&["control"]).succeeded().printed("Bo Berg asked for it").printed("news");
    let pass = ["control", "pass", "payments", "--as", "ana", "--keep", "case=4711", "--format", "json"];
    let house = house.run(&pass).succeeded().printed("\"owner\":\"bo\"").printed("\"case\":\"4711\"");
    let house = house.run(NOTIFY).succeeded().mailed(READER, "Now it is identified");
    let house = house.run(&["control", "payments"]).succeeded().printed("Bo Berg controls it");
    house.printed("Ana Prieto passed control to Bo Berg").printed("case: 4711");
}

#[test]
fn who_writes_an_update_reads_who_controls_the_incident() {
    let house = by(opened(""), "bo");
    let written = ["update", "payments", "-m", "A fix is being tested.", "--at", "2026-03-01 10:20 UTC"];
    let house = house.at("2026-03-01 10:20").run(&written).succeeded();
    let house = house.said("Ana Prieto controls it until 2026-03-02 10:10 UTC, so it waits");
    let house = house.said("allclear control request payments");
    let house = by(house, "ana");
    let own = ["update", "payments", "-m", "The fix works.", "--at", "2026-03-01 10:21 UTC"];
    house.at("2026-03-01 10:21").run(&own).succeeded().said("to notify subscribers, run `allclear notify`");
}

#[test]
fn run_names_the_owner_and_sends_once_control_is_passed() {
    let house = by(opened(""), "bo").update("payments", "2026-03-01 10:20", "identified");
    let mut run = Running::start(&house, &["run"]);
    run.says("Ana Prieto controls it until 2026-03-02 10:10 UTC, and Bo Berg wrote this");
    let house = house.run(&["run", "--status"]).printed("\"controlled\"").printed("Ana Prieto controls it");
    let sent = house.mails().len();
    let house = house.run(&["control", "pass", "payments", "--to", "bo", "--as", "ana"]).succeeded();
    wait_until("the email", || house.mails().len() > sent);
    assert_eq!(run.end("-TERM"), Some(0));
    house.mailed(READER, "Now it is identified");
}

#[test]
fn control_ends_after_a_day_or_when_it_is_released() {
    let house = opened("").run(&["control", "extend", "payments", "--for", "8d"]).exited(4);
    let house = house.run(&["control", "extend", "payments", "--for", "2d"]).succeeded();
    let house = by(house, "bo").update("payments", "2026-03-02 10:20", "identified");
    let house = house.run(NOTIFY).exited(4).said("until 2026-03-03 10:10 UTC").at("2026-03-03 10:20");
    let house = house.run(NOTIFY).succeeded().mailed(READER, "Now it is identified");
    let house = house.run(&["control", "release", "payments", "--as", "ana"]).exited(4);
    house.said("Bo Berg controls it until 2026-03-04 10:20 UTC");
}

#[test]
fn without_people_everything_is_announced_as_before() {
    let house = House::new().subscriber(READER).incident("payments", "2026-03-01 10:10", "Investigating");
    let house = house.run(NOTIFY).succeeded().mailed(READER, "payments");
    house.run(&["control", "payments"]).exited(4).said("names no people");
}

#[test]
fn urgency_lets_a_person_take_control() {
    let house = by(opened("[control]\nurgent_from = \"major\"\n"), "bo");
    let house = house.run(&["control", "take", "payments"]).succeeded().said("Bo Berg controls it");
    house
        .update("payments", "2026-03-01 10:20", "identified")
        .run(NOTIFY)
        .succeeded()
        .mailed(READER, "identified");
}

const GLASS: &[&str] = &[
    "control",
    "take",
    "payments",
    "--as",
    "bo",
    "--break-glass",
    "--role",
    "incident_manager",
    "--note",
    "Ana is asleep",
];

#[test]
fn break_glass_is_announced_even_if_the_program_is_killed_before() {
    let house = opened("");
    let wrong: Vec<&str> =
        GLASS.iter().map(|word| if *word == "incident_manager" { "support_manager" } else { word }).collect();
    let house = house.run(&wrong).exited(4).said("bo is not support manager").mailed_nobody();
    die_after_the_glass(&house, GLASS);
    let house = house.mailed_nobody().run(&["control"]).succeeded().printed("Bo Berg controls it");
    let words = "Bo Berg (incident manager) took control of payments from its owner: Ana is asleep";
    let house = house.run(NOTIFY).succeeded().mailed("oncall@acme.test", words);
    house.run(NOTIFY).succeeded().mailed_nobody();
}

/// Runs a command that breaks the glass, and kills it before anyone hears of that.
fn die_after_the_glass(house: &House, arguments: &[&str]) {
    let marker = house.path().join("broken");
    let mut dying = house.command(arguments);
    dying.env("ALLCLEAR_PAUSE_AT", "after-glass:1").env("ALLCLEAR_PAUSED", &marker);
    let mut dying = dying.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    wait_until("the use of break-glass", || marker.exists());
    dying.kill().unwrap();
    dying.wait().unwrap();
    fs::remove_file(marker).unwrap();
}

#[test]
fn an_approval_by_break_glass_is_announced_even_after_a_kill() {
    let rule = "[[approval.rules]]\nby = \"incident_manager\"\nfrom_severity = \"major\"\n";
    let house = by(house(rule), "ana").incident("payments", "2026-03-01 10:10", "Investigating");
    let house = house.run(NOTIFY).exited(4).mailed_nobody();
    let glass = ["approve", "payments", "--as", "bo", "--yes", "--break-glass", "--role", "incident_manager"];
    die_after_the_glass(&house, &[&glass[..], &["--reason", "Nobody answers"]].concat());
    let house = house.mailed_nobody().run(NOTIFY).succeeded().mailed(READER, "failing payments");
    house.mailed("oncall@acme.test", "Bo Berg (incident manager) let payments leave without approval");
}

/// Twenty processes take control of an idle incident at once, at a real remote.
#[test]
fn of_twenty_processes_one_takes_control_at_the_remote() {
    let house = by(house("[control]\nstate = \"git\"\n"), "ana");
    let house = house.incident("payments", "2026-03-01 10:10", "Investigating");
    let bare = tempfile::tempdir().unwrap();
    git(bare.path(), &["init", "--quiet", "--bare"]);
    git(house.path(), &["remote", "add", "origin", bare.path().to_str().unwrap()]);
    let taking: Vec<_> = (0..20)
        .map(|number| {
            let name = if number % 2 == 0 { "ana" } else { "bo" };
            house.command(&["control", "take", "payments", "--as", name]).spawn().unwrap()
        })
        .collect();
    let ended: Vec<_> = taking.into_iter().map(|one| one.wait_with_output().unwrap()).collect();
    let won = ended.iter().filter(|one| one.status.success()).count();
    let said: Vec<_> = ended.iter().map(|one| String::from_utf8_lossy(&one.stderr).into_owned()).collect();
    assert_eq!(won, 1, "{said:#?}");
    let house = house.run(&["control", "payments"]).succeeded().printed("controls it until");
    // Nobody can be asked at three in the morning: nothing is sent, until someone breaks the glass.
    fs::rename(bare.path().join("objects"), bare.path().join("away")).unwrap();
    let house = house.run(NOTIFY).exited(4).said("the remote `origin` cannot be asked").mailed_nobody();
    let house = by(house, "bo").run(GLASS).succeeded().said("until it can, the ledger of this host");
    let house = house.mailed("oncall@acme.test", "Ana is asleep");
    house.run(NOTIFY).succeeded().mailed(READER, "failing payments");
}

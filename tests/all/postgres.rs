//! The binary with its ledger on a PostgreSQL server: a story, and two machines that share the work.

use std::collections::BTreeSet;
use std::fs;
use std::process::{Command, Stdio};

use postgres::{Client, NoTls};

use crate::fixtures::house::{House, wait_until};
use crate::fixtures::server::server;
use crate::fixtures::skip::skip;

/// A house whose ledger is in a schema of its own; `None` where no server is installed.
fn house_on_a_server(schema: &str) -> Option<House> {
    let Some(server) = server() else {
        skip("no PostgreSQL server is installed");
        return None;
    };
    let url = server.url(schema);
    Client::connect(&url, NoTls).unwrap().batch_execute(&format!("CREATE SCHEMA {schema}")).unwrap();
    let house = House::new();
    let plan = format!("[ledger]\nurl = {{ file = \"url\" }}\n\n{}", house.read("site/plan.toml"));
    Some(
        house
            .file("url", &url)
            .file("site/plan.toml", &plan)
            .run(&["adopt", "--accept-old-copy"])
            .succeeded(),
    )
}

#[test]
fn an_outage_is_told_from_a_server_as_from_a_file() {
    let Some(house) = house_on_a_server("story") else { return };
    house
        .subscriber("ana@example.org")
        .incident("payments", "2026-03-01 10:00", "Investigating")
        .notify()
        .mailed("ana@example.org", "payments")
        .notify()
        .said("no new changes")
        .update("payments", "2026-03-01 11:40", "resolved")
        .run(&["notify", "--yes"])
        .mailed("ana@example.org", "Now it is resolved.")
        .run(&["why", "ana@example.org"])
        .printed("accepted")
        .run(&["deliver"])
        .said("fsync is off")
        .file("url", "postgres://ana:hunter2@127.0.0.1:1/nowhere")
        .run(&["why", "ana@example.org"])
        .exited(1)
        .said("failed to open the ledger nowhere on 127.0.0.1:1");
}

#[test]
fn a_folder_without_a_state_is_enough_where_the_ledger_is_on_a_server() {
    let Some(house) = house_on_a_server("fresh") else { return };
    let forget = |house: &House| fs::remove_dir_all(house.path().join(".allclear")).unwrap();
    forget(&house);
    let house = house.run(&["adopt"]).succeeded().subscriber("ana@example.org").restless();
    forget(&house);
    let house = house.incident("payments", "2026-03-01 10:00", "Investigating").notify();
    drop(house.mailed("ana@example.org", "payments"));
}

#[test]
fn two_machines_share_the_work_and_nobody_hears_twice() {
    let Some(mut house) = house_on_a_server("machines") else { return };
    let everybody: BTreeSet<String> = (0..300).map(|number| format!("p{number}@example.org")).collect();
    let people: String = everybody.iter().map(|address| format!("{address}\n")).collect();
    house = house.file("people.csv", &format!("mail\n{people}")).restless().incident(
        "payments",
        "2026-03-01 10:00",
        "Investigating",
    );
    let import = house.path().join("people.csv");
    house = house.run(&["subscribers", "import", import.to_str().unwrap()]).succeeded();
    let planned = house.path().join("planned");
    let mut planning = house.command(&["notify", "--yes"]);
    planning.env("ALLCLEAR_PAUSE_AT", "after-plan:1").env("ALLCLEAR_PAUSED", &planned);
    let mut planning = planning.spawn().unwrap();
    wait_until("the plan", || planned.exists());
    planning.kill().unwrap();
    planning.wait().unwrap();

    let elsewhere = tempfile::tempdir().unwrap();
    fs::create_dir(elsewhere.path().join("site")).unwrap();
    for file in ["url", "site/page.toml", "site/plan.toml"] {
        fs::write(elsewhere.path().join(file), house.read(file)).unwrap();
    }
    let mut here = house.command(&["deliver"]);
    let mut there = Command::new(here.get_program());
    let root = |argument| if argument == house.path() { elsewhere.path().as_os_str() } else { argument };
    there.args(here.get_args().map(root)).env("GATEWAY_PASSWORD", "s3cret").stderr(Stdio::piped());
    let (here, there) = (here.spawn().unwrap(), there.spawn().unwrap());
    let accepted = [here, there].map(|worker| {
        let output = worker.wait_with_output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        let handed_off = said.lines().find_map(|line| line.strip_prefix("result: "));
        handed_off.unwrap().split(' ').next().unwrap().parse::<u32>().unwrap()
    });
    assert!(accepted.iter().all(|number| *number > 0) && accepted.iter().sum::<u32>() == 300, "{accepted:?}");
    let house = house.run(&["deliver"]).succeeded();
    let mails = house.mails();
    let told: BTreeSet<String> = mails.iter().map(|(to, _)| to.clone()).collect();
    assert_eq!((told, mails.len()), (everybody, 300));
}

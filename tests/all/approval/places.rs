//! Where approvals are given and looked for: GPG keys, rules of channels, a ledger on a server, `run`.

use std::time::{Duration, Instant};

use postgres::{Client, NoTls};

use super::*;
use crate::fixtures::server::server;
use crate::fixtures::skip::skip;

/// Runs gpg with a home of its own; what it printed.
fn gpg(home: &std::path::Path, arguments: &[&str]) -> String {
    let options = [
        "--homedir",
        home.to_str().unwrap(),
        "--batch",
        "--quiet",
        "--pinentry-mode",
        "loopback",
        "--passphrase",
        "",
    ];
    let done = Command::new("gpg").args(options).args(arguments).output().unwrap();
    assert!(done.status.success(), "{arguments:?} {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap()
}

fn fingerprint(home: &std::path::Path, user: &str) -> String {
    let listed = gpg(home, &["--with-colons", "--list-keys", user]);
    listed
        .lines()
        .find_map(|line| line.strip_prefix("fpr:::::::::"))
        .unwrap()
        .trim_end_matches(':')
        .to_owned()
}

#[test]
fn a_gpg_signature_approves_until_its_key_is_revoked() {
    if Command::new("gpg").arg("--version").output().is_err() {
        skip("gpg is not installed");
        return;
    }
    let home = tempfile::Builder::new().prefix("g").tempdir().unwrap();
    let _closed = Agent(home.path().to_owned());
    for name in ["bo", "eve"] {
        // Eve calls her key as Bo calls his.
        let user = format!("{name} <bo@acme.test>");
        gpg(home.path(), &["--quick-generate-key", &user, "ed25519", "sign", "never"]);
    }
    let (bo, eve) =
        (fingerprint(home.path(), "=bo <bo@acme.test>"), fingerprint(home.path(), "=eve <bo@acme.test>"));
    let mut all = Repository::new(true);
    let plan = all.0.read("site/plan.toml");
    let lines = plan.lines().map(|line| {
        match line.starts_with("signing_key") && plan.split(line).next().unwrap().contains("[people.bo]") {
            true => format!("signing_key = \"{bo}\""),
            false => line.to_owned(),
        }
    });
    let plan: String = lines.map(|line| line + "\n").collect();
    all.0.write("site/plan.toml", &plan);
    all.git(&["config", "gpg.format", "openpgp"]);
    all.git(&["add", "--all"]);
    let sign = |all: &Repository, key: &str| {
        let mut git = Command::new("git");
        git.arg("-C").arg(all.0.path()).env("GNUPGHOME", home.path());
        git.args([
            "commit",
            "--quiet",
            "--amend",
            "--message",
            "incident",
            "--author=ana <ana@acme.test>",
            &format!("--gpg-sign={key}"),
        ]);
        let done = git.output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    };
    let notify = |all: &Repository| {
        let done = all.0.command(NOTIFY).env("GNUPGHOME", home.path()).output().unwrap();
        (done.status.code(), String::from_utf8_lossy(&done.stderr).into_owned())
    };
    sign(&all, &eve);
    let (code, said) = notify(&all);
    assert!(code == Some(4) && said.contains(NEEDS), "{said}");
    // The user that runs it has no such key.
    sign(&all, &bo);
    all.0 = all.0.run(NOTIFY).exited(4).said(NEEDS).mailed_nobody();
    let revoked = format!("{}/openpgp-revocs.d/{bo}.rev", home.path().display());
    let certificate = fs::read_to_string(&revoked).unwrap().replace(":-----BEGIN", "-----BEGIN");
    let kept = gpg(home.path(), &["--armor", "--export", &bo]);
    fs::write(&revoked, certificate).unwrap();
    gpg(home.path(), &["--import", &revoked]);
    let (code, said) = notify(&all);
    assert!(code == Some(4) && said.contains(NEEDS), "a revoked key: {said}");
    gpg(home.path(), &["--yes", "--delete-secret-and-public-key", &bo]);
    fs::write(&revoked, kept).unwrap();
    gpg(home.path(), &["--import", &revoked]);
    let (code, said) = notify(&all);
    assert_eq!(code, Some(0), "{said}");
    all.0 = all.0.mailed(READER, "payments");
}

/// The agent that gpg started, which ends with the test.
struct Agent(std::path::PathBuf);

impl Drop for Agent {
    fn drop(&mut self) {
        let _ended = Command::new("gpgconf").arg("--homedir").arg(&self.0).args(["--kill", "all"]).status();
    }
}

#[test]
fn a_rule_for_sms_holds_an_incident_that_sends_any_and_no_other() {
    let mut house = House::new().subscriber_with(&["mara@example.org", "+34600000001"]);
    let plan = house.read("site/plan.toml") + PEOPLE + "channels = [\"text\"]\n";
    house.write("site/plan.toml", &plan);
    let mut house = house.incident("payments", "2026-03-01 10:10", "Investigating");
    let chained = house.run(&["notify", "--dry-run"]);
    let needs_it = chained.last_code() == Some(4);
    // The chain of a major incident ends with an SMS: the email of it waits too, because both are one message.
    house = chained.run(NOTIFY);
    assert!(needs_it, "{}", house.stderr());
    let house = house.exited(4).said(NEEDS).mailed_nobody().run(APPROVE).succeeded();
    let house = house.run(NOTIFY).succeeded().mailed("mara@example.org", "payments");
    drop(house);
    let mut house = House::new().subscriber(READER);
    house.write("site/plan.toml", &plan_with_sms(&house));
    let house = house.incident("payments", "2026-03-01 10:10", "Investigating");
    house.run(NOTIFY).succeeded().mailed(READER, "payments");
}

fn plan_with_sms(house: &House) -> String {
    house.read("site/plan.toml") + PEOPLE + "channels = [\"text\"]\n"
}

/// What was said before a rule was there does not keep the end from readers; what is new is held.
#[test]
fn words_that_were_announced_do_not_hold_the_end() {
    let mut house = House::new().subscriber(READER).incident("payments", "2026-03-01 10:10", "Investigating");
    let text = house.read("incidents/payments.md");
    house.write(
        "incidents/payments.md",
        &text.replace("fail.", "fail at Globex.").replace("We see", "Globex has"),
    );
    let mut house = house.notify().mailed(READER, "Globex has failing payments");
    let plan = house.read("site/plan.toml");
    house.write("site/plan.toml", &format!("{plan}\n[words]\ndeny = [\"Globex\"]\n"));
    let mut house = house.update("payments", "2026-03-01 10:20", "identified").at("2026-03-01 10:30");
    let text = house.read("incidents/payments.md");
    house.write("incidents/payments.md", &text.replace("Now it is", "Globex: it is"));
    let mut house = house.run(NOTIFY).exited(3).said("denied-word").mailed_nobody();
    house.write("incidents/payments.md", &text);
    let house = house.notify().said("is a word that the plan denies").mailed(READER, "Now it is identified");
    let house = house.update("payments", "2026-03-01 10:40", "resolved");
    house.notify().mailed(READER, "Now it is resolved");
}

/// It waits over one connection, and sends as soon as it is approved.
#[test]
fn run_waits_on_a_server_without_a_connection_for_each_look() {
    let Some(server) = server() else { return skip("no PostgreSQL server is installed") };
    let mut client = Client::connect(&server.url("public"), NoTls).unwrap();
    client.batch_execute("CREATE DATABASE approval").unwrap();
    let url = server.url("public").replace("dbname=postgres", "dbname=approval");
    let mut house = House::new();
    let place = house.path().join(".allclear/url");
    fs::write(&place, &url).unwrap();
    let plan = format!(
        "[ledger]\nurl = {{ file = \"{}\" }}\n\n{}{PEOPLE}",
        place.display(),
        house.read("site/plan.toml")
    );
    house.write("site/plan.toml", &plan);
    let house = house.run(&["adopt", "--accept-old-copy"]).succeeded().subscriber(READER);
    let house = house.incident("payments", "2026-03-01 10:10", "Investigating");
    let mut run = Running::start(&house, &["run"]);
    run.says("payments waits for the approval of Bo Berg (communications manager)");
    let mut sessions = || -> i64 {
        std::thread::sleep(Duration::from_secs(2));
        let sql = "SELECT sessions FROM pg_stat_database WHERE datname = 'approval'";
        client.query_one(sql, &[]).unwrap().get(0)
    };
    let (before, after) = (sessions(), sessions());
    // It looks four times in these two seconds; a round begins at most once in them.
    println!("{} connections in two seconds", after - before);
    assert!(after - before <= 2, "{} connections in two seconds", after - before);
    let house = house.run(APPROVE).succeeded();
    let approved = Instant::now();
    wait_until("the email", || !house.mails().is_empty());
    // Aimed at is one second; a busy machine takes longer, and a look at commits alone would take ten.
    assert!(approved.elapsed() < Duration::from_secs(5), "{:?}", approved.elapsed());
    println!("sent {} ms after the approval", approved.elapsed().as_millis());
    assert_eq!(run.end("-TERM"), Some(0));
    house.mailed(READER, "payments");
}

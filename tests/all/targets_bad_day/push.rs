//! A push wakes `run`, and `run --status` says how it goes.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use crate::fixtures::browser;
use crate::fixtures::clone::{self, Clone};
use crate::fixtures::house::{self, House, wait_until};
use crate::fixtures::running::Running;
use crate::fixtures::site::Site;

const SECRET: &str = "a secret of the forge";

/// Posts a body with a header; the status.
fn post(address: &str, header: &str, body: &str) -> u16 {
    let mut stream = TcpStream::connect(address).unwrap();
    let length = body.len();
    let request = format!(
        "POST /hook HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{header}\r\nContent-Length: {length}\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.split(' ').nth(1).unwrap().parse().unwrap()
}

#[test]
fn a_push_is_heard_at_once_from_who_knows_the_secret() {
    let site = Site::new();
    let secret = site.file("secret", &format!("{SECRET}\n"));
    let mut house = House::new().subscriber("ana@example.org").restless();
    let page = format!("{}\n{}", house.read("site/page.toml"), site.target());
    house.write("site/page.toml", &page);
    let clone = Clone::of(&house);
    // It would look by itself when this test is long over.
    let follow =
        ["run", "--pull", "origin/main", "--every", "1d", "--hook", "127.0.0.1:0", "--hook-secret", &secret];
    let mut run = Running::start(&house, &[&follow[..], &["--health", "127.0.0.1:0"]].concat());
    let address = run.hears("push hook at http://", "/hook");
    let health = run.hears("health at http://", "/healthz");
    run.says("published: ");
    clone.write("incidents/payments.md", &clone::incident("payments"));
    clone.commit("payments", None).push();
    assert_eq!(post(&address, "X-Gitlab-Token: a guess", "{}"), 401);
    assert_eq!(post(&address, "X-Hub-Signature-256: sha256=00", "{}"), 401);
    assert!(!run.said().contains("pulled 1 commit"), "a stranger was heard: {}", run.said());
    assert_eq!(post(&address, &format!("Authorization: Bearer {SECRET}"), ""), 202);
    wait_until("the mail", || house.mails().len() == 1);
    assert!(run.said().contains("pulled 1 commit"), "{}", run.said());
    // The hook that `contrib` has for a repository, as it stands.
    let hook = concat!(env!("CARGO_MANIFEST_DIR"), "/contrib/git/post-receive");
    let environment = [("ALLCLEAR_HOOK", address.as_str()), ("ALLCLEAR_HOOK_SECRET", secret.as_str())];
    clone.hook("post-receive", hook, &environment);
    clone.write("incidents/search.md", &clone::incident("search"));
    clone.commit("search", None).push();
    wait_until("the second mail", || house.mails().len() == 2);
    let lag = "allclear_run_commit_to_readers_seconds_count{target=\"here\"} 2\n";
    wait_until("the time from both commits to readers", || browser::get(&health, "/metrics").contains(lag));
    judge_metrics(&site, &browser::get(&health, "/metrics"));
    assert!(!run.said().contains(SECRET));
    assert_eq!(run.end("-TERM"), Some(0), "{}", run.said());
}

/// The parser of Prometheus reads the metrics, and each family is there.
fn judge_metrics(site: &Site, answer: &str) {
    let python = house::repository().join("target/parts/venv/bin/python3");
    let body = answer.split_once("\r\n\r\n").unwrap().1;
    assert!(!body.contains('@') && !body.contains("payments"), "{body}");
    let file = site.file("metrics.txt", body);
    let script = "import sys\nfrom prometheus_client.openmetrics.parser import text_string_to_metric_families as read\n\
                  for family in read(open(sys.argv[1]).read()):\n print(family.name, family.type)";
    let read = std::process::Command::new(python).args(["-c", script, &file]).output().unwrap();
    assert!(read.status.success(), "{}\n{body}", String::from_utf8_lossy(&read.stderr));
    let families = String::from_utf8(read.stdout).unwrap();
    for family in [
        "allclear_provider_calls counter",
        "allclear_run_healthy gauge",
        "allclear_run_leads gauge",
        "allclear_run_part_up gauge",
        "allclear_run_part_failures counter",
        "allclear_run_build_seconds histogram",
        "allclear_run_publish_seconds histogram",
        "allclear_run_verify_seconds histogram",
        "allclear_run_commit_to_readers_seconds histogram",
    ] {
        assert!(families.contains(family), "{family}: {families}");
    }
    for line in
        ["allclear_run_healthy 1", "allclear_run_leads 1", "allclear_run_part_up{part=\"target here\"} 1"]
    {
        assert!(body.lines().any(|found| found == line), "{line}: {body}");
    }
}

#[test]
fn idle_connections_shut_nobody_out() {
    let site = Site::new();
    let secret = site.file("secret", &format!("{SECRET}\n"));
    let house = House::new().subscriber("ana@example.org").restless();
    let clone = Clone::of(&house);
    let follow =
        ["run", "--pull", "origin/main", "--every", "1d", "--hook", "127.0.0.1:0", "--hook-secret", &secret];
    let mut run = Running::start(&house, &[&follow[..], &["--health", "127.0.0.1:0"]].concat());
    let hook = run.hears("push hook at http://", "/hook");
    let health = run.hears("health at http://", "/healthz");
    // More than either port holds, each with a request that is never finished.
    let crowd: Vec<TcpStream> = (0..400)
        .filter_map(|number| TcpStream::connect(if number % 2 == 0 { &health } else { &hook }).ok())
        .inspect(|mut stream| stream.write_all(b"GET /healthz HTTP/1.1\r\n").unwrap_or_default())
        .collect();
    assert!(crowd.len() > 256, "{}", crowd.len());
    assert!(browser::get(&health, "/healthz").starts_with("HTTP/1.1 200"));
    clone.write("incidents/payments.md", &clone::incident("payments"));
    clone.commit("payments", None).push();
    assert_eq!(post(&hook, &format!("Authorization: Bearer {SECRET}"), ""), 202);
    wait_until("the mail", || house.mails().len() == 1);
    drop(crowd);
    assert_eq!(run.end("-TERM"), Some(0), "{}", run.said());
}

#[test]
fn the_status_is_told_by_the_process_that_runs() {
    let site = Site::new();
    let mut house = House::new().restless();
    let page = format!("{}\n{}", house.read("site/page.toml"), site.target());
    house.write("site/page.toml", &page);
    let house = house.run(&["run", "--status"]).exited(4).said("no `allclear run` is running in this folder");
    let mut run = Running::start(&house, &["run"]);
    run.says("published: ");
    let mut house = house;
    let target = |status: &[u8]| {
        let status: serde_json::Value = serde_json::from_slice(status).unwrap_or_default();
        let parts = status["parts"].as_array().cloned().unwrap_or_default();
        parts.into_iter().find(|part| part["part"] == "target here").unwrap_or_default()
    };
    // Each fact comes when it is known: the live build, then when the whole turn was over.
    wait_until("all that is known after the first turn", || {
        let status = house.command(&["run", "--status"]).output().unwrap();
        let target = target(&status.stdout);
        ["since", "last_success", "next"].iter().all(|fact| target[fact].is_string())
    });
    house = house.run(&["run", "--status"]).succeeded();
    let target = target(house.stdout().as_bytes());
    assert_eq!((&target["state"], &target["live"]["url"]), (&"well".into(), &site.url().into()));
    house.write("site/page.toml", "nothing that can be used");
    run.says("failing:");
    let house = house.run(&["run", "--status"]).exited(1).printed("\"status\": \"failing\"");
    run.kill();
    let _house = house.run(&["run", "--status"]).exited(4);
}

#[test]
fn a_commit_that_holds_state_is_not_taken_over_and_the_ledger_stays() {
    let house = House::new().subscriber("ana@example.org").restless();
    let clone = Clone::of(&house);
    let mut run = Running::start(&house, &["run", "--pull", "origin/main", "--every", "1s"]);
    run.says(" built ");
    let ledger = house.path().join(".allclear/ledger.db");
    clone.write(".allclear/ledger.db", "not the ledger of this host");
    clone.commit_even_ignored("state").push();
    run.says("would overwrite allclear's own state: its commits contain .allclear/ledger.db");
    assert!(std::fs::read(&ledger).unwrap().starts_with(b"SQLite format 3"));
    assert_eq!(run.end("-TERM"), Some(0), "{}", run.said());
    // A checkout of it is reported.
    let house = house.file("note", "x");
    let add = std::process::Command::new("git")
        .args(["-C", house.path().to_str().unwrap(), "add", "--force", ".allclear/ledger.db"])
        .status();
    assert!(add.unwrap().success());
    let _house = house.run(&["check"]).exited(3).said("committed-state");
}

#[test]
fn a_copy_that_a_commit_brought_replaces_no_file() {
    let (copy, file) = (".allclear/last-good/incidents/payments.md", "incidents/payments.md");
    let heading = "## 2026-03-01 10:00 UTC · Investigating";
    for is_committed in [false, true] {
        let house = House::new().incident("payments", "2026-03-01 10:00", "Investigating");
        let mut house = house.run(&["build"]).succeeded().restless();
        let ended = format!("## 2026-03-01 10:05 UTC · Resolved\n\nIt is over.\n\n{heading}");
        let forged = house.read(copy).replace(heading, &ended);
        house.write(copy, &forged).write(file, "+++\ntitle = 1\n");
        let git = |arguments: &[&str]| {
            let root = ["-C", house.path().to_str().unwrap()];
            assert!(std::process::Command::new("git").args(root).args(arguments).status().unwrap().success());
        };
        git(&["init", "--quiet"]);
        if is_committed {
            git(&["add", "--force", ".allclear/last-good"]);
        }
        let house = house.at("2026-03-01 10:30").run(&["build"]).exited(3);
        let page = std::fs::read_to_string(house.path().join("public/incidents/payments/index.html"));
        // A copy that this host made replaces the file; so this test sees one that does.
        assert_eq!(page.is_ok_and(|page| page.contains("It is over.")), !is_committed, "{}", house.stderr());
    }
}

#[test]
fn state_can_lie_outside_the_checkout() {
    let elsewhere = tempfile::tempdir().unwrap();
    let state = elsewhere.path().join("state").to_str().unwrap().to_owned();
    let house = House::new().restless();
    let house = house.run(&["adopt", "--state", &state]).succeeded();
    let house = house.run(&["subscribers", "add", "bo@example.org", "--state", &state]).succeeded();
    assert!(elsewhere.path().join("state/ledger.db").exists());
    let house = house.incident("payments", "2026-03-01 10:00", "Investigating");
    let house = house.run(&["notify", "--yes", "--state", &state]).succeeded();
    assert_eq!(house.mails().len(), 1);
    assert_eq!(house.mails()[0].0, "bo@example.org");
}

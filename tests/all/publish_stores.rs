//! `allclear publish` to object stores that we did not write: moto as S3, with signatures on and off, Azurite as Azure Blob,
//! and a proxy that breaks requests on their way.

use std::fs;
use std::process::{Child, Command};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::fixtures::azurite::{self, Azurite, KEY};
use crate::fixtures::bucket::{BUCKET, Store, commit, git, house, repository, target};
use crate::fixtures::gateway::{self, Verdict};
use crate::fixtures::part::{Part, wait_for_port};
use crate::fixtures::port::free_port;
use crate::fixtures::skip::skip;

fn signal(child: &Child, name: &str) {
    assert!(Command::new("kill").args([name, &child.id().to_string()]).status().unwrap().success());
}

#[test]
fn a_bucket_gets_the_page_with_its_headers_and_only_what_changed() {
    let moto = Store::moto();
    let house = house(&target(moto.port)).run(&["publish"]).succeeded().said("published: build ");
    assert!(!house.stderr().contains("two publishers at once"), "moto keeps conditions: {}", house.stderr());
    moto.is_whole();
    let head = moto.file("index.html").unwrap().0.to_ascii_lowercase();
    assert!(head.contains("content-type: text/html; charset=utf-8"), "{head}");
    assert!(head.contains("stale-if-error=86400"), "{head}");
    let head = moto.file("_allclear/build.json").unwrap().0.to_ascii_lowercase();
    assert!(head.contains("cache-control: no-cache"), "{head}");
    let house = house.run(&["publish"]).succeeded().said("already up to date");
    let house = house.incident("card-payments", "2026-03-01 10:20", "Investigating");
    let newest = commit(&house);
    let house = house.run(&["publish", "--format", "json"]).succeeded();
    let said: serde_json::Value = serde_json::from_str(&house.stdout()).unwrap();
    assert!(said["targets"][0]["kept"].as_u64().unwrap() > 5, "{said}");
    assert_eq!(moto.pointer()["commit"], newest);
    moto.is_whole();
}

#[test]
fn the_newest_commit_wins_whoever_is_slow_or_asleep() {
    let moto = Store::moto();
    let mut house = house(&target(moto.port)).run(&["publish"]).succeeded();
    for round in 0..6 {
        house = house.incident(&format!("older-{round}"), "2026-03-01 10:20", "Investigating");
        commit(&house);
        let old = house.path().join("old");
        let _gone = fs::remove_dir_all(&old);
        git(&house, &["clone", "--quiet", ".", "old"]);
        fs::copy(house.path().join("id"), old.join("id")).unwrap();
        fs::copy(house.path().join("key"), old.join("key")).unwrap();
        house = house.incident(&format!("newer-{round}"), "2026-03-01 10:20", "Investigating");
        let newest = commit(&house);
        // The clone does not know the newer commit, so it asks the repository it came from.
        git(&house, &["-C", "old", "fetch", "--quiet"]);
        let mut older = Command::new(env!("CARGO_BIN_EXE_allclear"));
        older.args([
            "publish",
            "--no-verify",
            "--root",
            old.to_str().unwrap(),
            "--now",
            "2026-03-01T10:20:00Z",
        ]);
        older.env("ALLCLEAR_LEASE", "1000").stderr(std::process::Stdio::null());
        git(&house, &["-C", "old", "fetch", "--quiet", "origin"]);
        let mut older = older.spawn().unwrap();
        std::thread::sleep(Duration::from_millis(60 * (round + 1)));
        let sleeps = round % 3 < 2 && older.try_wait().unwrap().is_none();
        if sleeps {
            signal(&older, "-STOP");
        }
        let newer = house.command(&["publish"]).env("ALLCLEAR_LEASE", "1000").output().unwrap();
        assert!(newer.status.success(), "{}", String::from_utf8_lossy(&newer.stderr));
        if sleeps {
            signal(&older, "-CONT");
        }
        let code = older.wait().unwrap().code();
        assert!(matches!(code, Some(0 | 4)), "{code:?}");
        assert_eq!(moto.pointer()["commit"], newest, "round {round}");
        moto.is_whole();
    }
}

/// Passes requests on to a port, until the `failing`-th write of a page's file; from that on they are broken. An empty answer is a
/// connection that is reset.
fn faulty(to: u16, answer: &'static str) -> (u16, Arc<AtomicUsize>) {
    let failing = Arc::new(AtomicUsize::new(usize::MAX));
    let left = Arc::clone(&failing);
    let judge = move |head: &str| {
        let is_page =
            head.starts_with("PUT ") && (!head.contains("/_allclear/") || head.contains("/build.json"));
        let next = |left: usize| Some(left.saturating_sub(1));
        let is_broken = is_page && left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, next) == Ok(0);
        if is_broken { Verdict::Answer(answer.to_owned()) } else { Verdict::Pass }
    };
    (gateway::before(to, judge), failing)
}

#[test]
fn whichever_request_fails_the_old_page_stays_and_it_is_said() {
    let xml = |status: &str, code: &str| -> &'static str {
        let body = format!("<Error><Code>{code}</Code><Message>of the test</Message></Error>");
        let length = body.len();
        format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}").leak()
    };
    for (answer, said) in [
        (xml("403 Forbidden", "AccessDenied"), "AccessDenied: of the test"),
        (xml("403 Forbidden", "RequestTimeTooSkewed"), "correct this machine's clock"),
        (xml("400 Bad Request", "ExpiredToken"), "not expired"),
        (xml("500 Internal Server Error", "InternalError"), "InternalError"),
        (xml("503 Service Unavailable", "SlowDown"), "SlowDown"),
        (xml("409 Conflict", "ConditionalRequestConflict"), "ConditionalRequestConflict"),
        ("", "check the network"),
    ] {
        let moto = Store::moto();
        let (port, failing_write) = faulty(moto.port, answer);
        let house = house(&target(port)).run(&["publish"]).succeeded();
        let (live, index) = (moto.pointer(), moto.file("index.html").unwrap().1);
        let mut house = house;
        for failing in [0, 20] {
            house = house.incident(&format!("incident-{failing}"), "2026-03-01 10:20", "Investigating");
            commit(&house);
            failing_write.store(failing, Ordering::SeqCst);
            house =
                house.run(&["publish"]).exited(1).said("error: target `here`: failed to write `").said(said);
            assert_eq!(moto.pointer(), live, "{said} {failing}");
            assert!(
                moto.file("index.html").unwrap().1 == index,
                "{said} {failing}: a later step was written"
            );
        }
        failing_write.store(usize::MAX, Ordering::SeqCst);
        house.run(&["publish"]).succeeded();
        moto.is_whole();
    }
}

#[test]
fn a_store_that_takes_no_batch_of_deletes_loses_what_it_should_at_once() {
    let moto = Store::moto();
    let deleted = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&deleted);
    let port = gateway::before(moto.port, move |head| {
        let line = head.lines().next().unwrap_or_default();
        count.fetch_add(usize::from(line.starts_with("DELETE ")), Ordering::SeqCst);
        let is_batch = line.starts_with("POST ") && line.contains("?delete");
        let refusal = "HTTP/1.1 501 Not Implemented\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
        if is_batch { Verdict::Answer(refusal.to_owned()) } else { Verdict::Pass }
    });
    let house = house(&target(port)).incident("card-payments", "2026-03-01 10:20", "Investigating");
    commit(&house);
    let house = house.run(&["publish"]).succeeded();
    assert!(moto.file("incidents/card-payments/index.html").is_some());
    fs::remove_file(house.path().join("incidents/card-payments.md")).unwrap();
    commit(&house);
    let (house, began) = (house.run(&["publish"]).succeeded(), Instant::now());
    let house = house.run(&["publish", "--purge", "incidents/card-payments", "--yes"]).succeeded();
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}: {}", began.elapsed(), house.stderr());
    assert_eq!(moto.file("incidents/card-payments/index.html"), None);
    assert!(deleted.load(Ordering::SeqCst) > 0, "nothing was deleted by this way");
    moto.is_whole();
}

#[test]
fn azure_keeps_conditions_and_the_page() {
    let Some(azurite) = Azurite::start() else {
        return skip("Azurite is not installed");
    };
    let text = azurite::target(azurite.port);
    let house = house(&text).file("azure-key", KEY).run(&["publish"]).exited(1).said("or create the bucket");
    azurite.make_container();
    let house = house.run(&["publish"]).succeeded().said("published: build ");
    assert!(!house.stderr().contains("two publishers at once"), "{}", house.stderr());
    let house = house.run(&["publish"]).succeeded().said("already up to date");
    let house = house.file("azure-key", &KEY.replace("Eby8", "Abcd")).run(&["publish"]).exited(1);
    let house = house.said("that the keys are correct").file("azure-key", KEY);
    let house = house.incident("card-payments", "2026-03-01 10:20", "Investigating");
    commit(&house);
    let _house = house.run(&["publish"]).succeeded().run(&["rollback"]).succeeded();
}

#[test]
fn a_store_that_ignores_conditions_gets_the_page_and_it_is_said_once() {
    let Some(store) = Store::s3rver() else {
        return skip("s3rver is not installed");
    };
    let words = "publish from one place only";
    // A missing account is reported as that.
    let house = house(&target(store.port)).run(&["publish"]).exited(1).said("InvalidAccessKeyId");
    let house = house.file("id", "S3RVER").file("key", "S3RVER").run(&["publish"]).succeeded();
    assert_eq!(house.stderr().matches(words).count(), 1, "{}", house.stderr());
    store.is_whole();
    let house = house.incident("card-payments", "2026-03-01 10:20", "Investigating");
    let newest = commit(&house);
    let house = house.run(&["publish"]).succeeded().said("published: build ");
    assert_eq!(house.stderr().matches(words).count(), 1, "{}", house.stderr());
    assert_eq!(store.pointer()["commit"], newest);
    assert!(store.file("incidents/card-payments/index.html").unwrap().1.contains("failing"));
    store.is_whole();
    let house = house.run(&["publish"]).succeeded().said("already up to date");
    git(&house, &["checkout", "--quiet", "HEAD~1"]);
    let _house = house.run(&["publish"]).exited(4).said("which is newer than");
    assert_eq!(store.pointer()["commit"], newest);
}

/// Makes an account that may do everything, and a bucket; says the account's key. From then on signatures are checked.
const SIGN_UP: &str = r#"
import json, sys, boto3
at = {"endpoint_url": sys.argv[1], "region_name": "us-east-1"}
iam = boto3.client("iam", aws_access_key_id="x", aws_secret_access_key="x", **at)
iam.create_user(UserName="status")
allow = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
iam.put_user_policy(UserName="status", PolicyName="all", PolicyDocument=json.dumps(allow))
key = iam.create_access_key(UserName="status")["AccessKey"]
own = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"], **at}
boto3.client("s3", **own).create_bucket(Bucket=sys.argv[2])
print(json.dumps([key["AccessKeyId"], key["SecretAccessKey"]]))
"#;

/// Every file of the bucket and when it was written.
const FILES: &str = r#"
import json, sys, boto3
client = boto3.client("s3", endpoint_url=sys.argv[1], region_name="us-east-1",
                      aws_access_key_id=sys.argv[3], aws_secret_access_key=sys.argv[4])
pages = client.get_paginator("list_objects_v2").paginate(Bucket=sys.argv[2])
files = {file["Key"]: file["LastModified"].isoformat() for page in pages for file in page.get("Contents", [])}
index = client.get_object(Bucket=sys.argv[2], Key="index.html")["Body"].read().decode() if files else ""
print(json.dumps([files, index]))
"#;

fn python(script: &str, arguments: &[&str]) -> serde_json::Value {
    let program = repository().join("target/parts/venv/bin/python");
    let output = Command::new(program).args(["-c", script]).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn a_wrong_key_writes_nothing_where_signatures_are_checked() {
    let (port, folder) = (free_port(), tempfile::tempdir().unwrap());
    let program = repository().join("target/parts/venv/bin/moto_server");
    // Four requests are free: three make the account, and one the bucket.
    let line = format!("INITIAL_NO_AUTH_ACTION_COUNT=4 exec {} -H 127.0.0.1 -p {port}", program.display());
    let _moto = Part::start(folder.path(), "sh", &["-c", &line]);
    wait_for_port(port);
    let at = format!("http://127.0.0.1:{port}");
    let made = python(SIGN_UP, &[&at, BUCKET]);
    let (id, key) = (made[0].as_str().unwrap(), made[1].as_str().unwrap());
    let files = || python(FILES, &[&at, BUCKET, id, key]);
    let wrong = format!("{}x", &key[..key.len() - 1]);
    let house = house(&target(port)).file("id", id).file("key", &wrong).run(&["publish"]).exited(1);
    assert_eq!(files()[0], serde_json::json!({}), "a wrong key wrote");
    let house = house.said("SignatureDoesNotMatch").said("that the keys are correct and not expired");
    let house = house.file("key", key).run(&["publish"]).succeeded().said("published: build ");
    assert!(!house.stderr().contains("two publishers at once"), "{}", house.stderr());
    let before = files();
    assert!(before[1].as_str().unwrap().trim_end().ends_with("</html>"), "{before}");
    let house = house.incident("card-payments", "2026-03-01 10:20", "Investigating");
    commit(&house);
    let house =
        house.file("key", &wrong).run(&["publish"]).exited(1).said("error: target `here`: failed to ");
    let house = house.said("SignatureDoesNotMatch").file("key", key).file("id", "AKIANOBODY");
    let house = house.run(&["publish"]).exited(1).said("InvalidAccessKeyId");
    for hidden in [key, &wrong] {
        assert!(!house.stderr().contains(hidden), "a key is shown");
    }
    assert_eq!(files(), before, "the old page stays as it was");
    let _house = house.file("id", id).run(&["publish"]).succeeded();
    assert!(files()[1].as_str().unwrap().contains("card-payments"));
}

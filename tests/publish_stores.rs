//! `allclear publish` to object stores that we did not write: moto as S3, with signatures on and off, Azurite as Azure Blob,
//! and a proxy that breaks requests on their way.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod house;
#[path = "parts/part.rs"]
#[expect(dead_code, reason = "only some of it is needed here")]
mod part;

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use house::House;
use part::{Part, free_port, wait_for_port};

const BUCKET: &str = "status-page";

/// An S3 with a bucket.
struct Moto {
    port: u16,
    _part: Part,
    _folder: tempfile::TempDir,
}

impl Moto {
    fn start() -> Self {
        let (port, folder) = (free_port(), tempfile::tempdir().unwrap());
        let program = repository().join("target/parts/venv/bin/moto_server");
        let part = Part::start(
            folder.path(),
            program.to_str().unwrap(),
            &["-H", "127.0.0.1", "-p", &port.to_string()],
        );
        wait_for_port(port);
        let moto = Self { port, _part: part, _folder: folder };
        let made = moto.ask("PUT", "", "");
        assert!(made.starts_with("HTTP/1.1 200"), "{made}");
        moto
    }

    /// A request with a signature that nobody checks; the whole answer.
    fn ask(&self, method: &str, path: &str, body: &str) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        let length = body.len();
        let request = format!(
            "{method} /{BUCKET}/{path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nContent-Length: {length}\r\nConnection: close\r\n\
             Authorization: AWS4-HMAC-SHA256 Credential=any/20260301/us-east-1/s3/aws4_request, SignedHeaders=host, \
             Signature=any\r\n\r\n{body}",
            self.port
        );
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        String::from_utf8_lossy(&answer).into_owned()
    }

    /// A file of the page, and its head.
    fn file(&self, path: &str) -> Option<(String, String)> {
        let answer = self.ask("GET", path, "");
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        head.starts_with("HTTP/1.1 200").then(|| (head.to_owned(), body.to_owned()))
    }

    fn pointer(&self) -> serde_json::Value {
        serde_json::from_str(&self.file("_allclear/build.json").unwrap().1).unwrap()
    }

    /// Every file of the live build is there with its length.
    #[track_caller]
    fn is_whole(&self) {
        let build = self.pointer()["build"].as_str().unwrap().to_owned();
        let record = self.file(&format!("_allclear/builds/{build}.json")).unwrap().1;
        let record: serde_json::Value = serde_json::from_str(&record).unwrap();
        for (path, facts) in record["files"].as_object().unwrap() {
            let body = self.file(path).unwrap_or_else(|| panic!("{path} is not there")).1;
            let hash =
                data_encoding::HEXLOWER.encode(&<sha2::Sha256 as sha2::Digest>::digest(body.as_bytes()));
            assert_eq!(facts[0], hash, "{path}");
        }
    }
}

fn repository() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn target(port: u16) -> String {
    format!(
        "kind = \"s3\"\nbucket = \"{BUCKET}\"\nregion = \"us-east-1\"\nendpoint = \"http://127.0.0.1:{port}\"\n\
         access_key_id = {{ file = \"id\" }}\nsecret_access_key = {{ file = \"key\" }}"
    )
}

/// A house in git with a target.
fn house(target: &str) -> House {
    let mut house = House::new();
    let page = house.read("site/page.toml");
    house.write("site/page.toml", &format!("{page}\n[[targets]]\nname = \"here\"\n{target}\n"));
    house.write("id", "an-id\n").write("key", "a-key\n");
    house.write(".gitignore", ".allclear\nid\nkey\nold\n");
    git(&house, &["init", "--quiet"]);
    commit(&house);
    house
}

fn git(house: &House, arguments: &[&str]) -> String {
    let mut command = Command::new("git");
    command.arg("-C").arg(house.path()).args(["-c", "user.name=Ana", "-c", "user.email=ana@acme.test"]);
    let output = command.args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

fn commit(house: &House) -> String {
    git(house, &["add", "--all"]);
    git(house, &["commit", "--quiet", "--message", "more"]);
    git(house, &["rev-parse", "HEAD"])
}

fn signal(child: &Child, name: &str) {
    assert!(Command::new("kill").args([name, &child.id().to_string()]).status().unwrap().success());
}

#[test]
fn a_bucket_gets_the_page_with_its_headers_and_only_what_changed() {
    let moto = Moto::start();
    let house = house(&target(moto.port)).run(&["publish"]).succeeded().said("published: build ");
    assert!(!house.stderr().contains("two publishers at once"), "moto keeps conditions: {}", house.stderr());
    moto.is_whole();
    let head = moto.file("index.html").unwrap().0.to_ascii_lowercase();
    assert!(head.contains("content-type: text/html; charset=utf-8"), "{head}");
    assert!(head.contains("stale-if-error=86400"), "{head}");
    let head = moto.file("_allclear/build.json").unwrap().0.to_ascii_lowercase();
    assert!(head.contains("cache-control: no-cache"), "{head}");
    let house = house.run(&["publish"]).succeeded().said("live already");
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
    let moto = Moto::start();
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

/// Passes requests on to a port, until the `failing`-th write of a page's file; from that on they are broken.
struct Faulty {
    port: u16,
    failing: Arc<AtomicUsize>,
}

impl Faulty {
    fn before(to: u16, answer: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let failing = Arc::new(AtomicUsize::new(usize::MAX));
        let left = Arc::clone(&failing);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let left = Arc::clone(&left);
                std::thread::spawn(move || pass(stream, to, answer, &left));
            }
        });
        Self { port, failing }
    }
}

/// One request for each connection: the answer is passed on and both sides closed.
fn pass(mut client: TcpStream, to: u16, answer: &str, left: &AtomicUsize) -> Option<()> {
    let mut request = Vec::new();
    let mut byte = [0_u8; 1];
    while !request.ends_with(b"\r\n\r\n") {
        client.read_exact(&mut byte).ok()?;
        request.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&request).into_owned();
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().unwrap())
    });
    let mut body = vec![0; length.unwrap_or_default()];
    client.read_exact(&mut body).ok()?;
    let is_page = head.starts_with("PUT ") && (!head.contains("/_allclear/") || head.contains("/build.json"));
    if is_page
        && left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| Some(left.saturating_sub(1))) == Ok(0)
    {
        // An empty answer is a connection that is reset.
        let _closed = client.write_all(answer.as_bytes());
        return None;
    }
    let mut server = TcpStream::connect(("127.0.0.1", to)).ok()?;
    let (first, rest) = head.split_once("\r\n")?;
    server.write_all(format!("{first}\r\nConnection: close\r\n{rest}").as_bytes()).ok()?;
    server.write_all(&body).ok()?;
    let mut back = Vec::new();
    server.read_to_end(&mut back).ok()?;
    let back = String::from_utf8_lossy(&back).replacen("\r\n", "\r\nConnection: close\r\n", 1);
    client.write_all(back.as_bytes()).ok()
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
        (xml("403 Forbidden", "RequestTimeTooSkewed"), "set this machine's clock"),
        (xml("400 Bad Request", "ExpiredToken"), "still valid"),
        (xml("500 Internal Server Error", "InternalError"), "InternalError"),
        (xml("503 Service Unavailable", "SlowDown"), "SlowDown"),
        (xml("409 Conflict", "ConditionalRequestConflict"), "ConditionalRequestConflict"),
        ("", "look at the network"),
    ] {
        let moto = Moto::start();
        let faulty = Faulty::before(moto.port, answer);
        let house = house(&target(faulty.port)).run(&["publish"]).succeeded();
        let (live, index) = (moto.pointer(), moto.file("index.html").unwrap().1);
        let mut house = house;
        for failing in [0, 20] {
            house = house.incident(&format!("incident-{failing}"), "2026-03-01 10:20", "Investigating");
            commit(&house);
            faulty.failing.store(failing, Ordering::SeqCst);
            house =
                house.run(&["publish"]).exited(1).said("error: target `here`: failed to write `").said(said);
            assert_eq!(moto.pointer(), live, "{said} {failing}");
            assert!(
                moto.file("index.html").unwrap().1 == index,
                "{said} {failing}: a later step was written"
            );
        }
        faulty.failing.store(usize::MAX, Ordering::SeqCst);
        house.run(&["publish"]).succeeded();
        moto.is_whole();
    }
}

#[test]
fn azure_keeps_conditions_and_the_page() {
    let (port, folder) = (free_port(), tempfile::tempdir().unwrap());
    let program = repository().join("target/parts/stores/node_modules/azurite/dist/src/blob/main.js");
    if !program.is_file() {
        println!("Azurite is not installed: run tests/install on a machine with npm");
        return;
    }
    let (program, location, at) =
        (program.to_str().unwrap().to_owned(), folder.path().to_str().unwrap(), port.to_string());
    let arguments = [
        program.as_str(),
        "--blobHost",
        "127.0.0.1",
        "--blobPort",
        &at,
        "--location",
        location,
        "--silent",
        "--disableTelemetry",
        "--skipApiVersionCheck",
        "--loose",
    ];
    let _azurite = Part::start(folder.path(), "node", &arguments);
    wait_for_port(port);
    // The account and key that every Azurite has.
    let key = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";
    let text = format!(
        "kind = \"azure\"\naccount = \"devstoreaccount1\"\ncontainer = \"pages\"\n\
         endpoint = \"http://127.0.0.1:{port}/devstoreaccount1\"\naccess_key = {{ file = \"key\" }}"
    );
    let house = house(&text).file("key", key).run(&["publish"]).exited(1).said("or make the place");
    make_container(port, key);
    let house = house.run(&["publish"]).succeeded().said("published: build ");
    assert!(!house.stderr().contains("two publishers at once"), "{}", house.stderr());
    let house = house.run(&["publish"]).succeeded().said("live already");
    let house = house.file("key", &key.replace("Eby8", "Abcd")).run(&["publish"]).exited(1);
    let house = house.said("look whether the account's keys are right").file("key", key);
    let house = house.incident("card-payments", "2026-03-01 10:20", "Investigating");
    commit(&house);
    let _house = house.run(&["publish"]).succeeded().run(&["rollback"]).succeeded();
}

/// Makes the container with a signed request, as the operator would.
fn make_container(port: u16, key: &str) {
    let time = chrono::Utc::now().format("%a, %d %b %Y %H:%M:%S GMT");
    let to_sign = format!(
        "PUT\n\n\n\n\n\n\n\n\n\n\n\nx-ms-date:{time}\nx-ms-version:2021-08-06\n/devstoreaccount1/devstoreaccount1/pages\nrestype:container"
    );
    let key = data_encoding::BASE64.decode(key.as_bytes()).unwrap();
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, &key);
    let signature = data_encoding::BASE64.encode(ring::hmac::sign(&key, to_sign.as_bytes()).as_ref());
    let request = format!(
        "PUT /devstoreaccount1/pages?restype=container HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nx-ms-date: {time}\r\n\
         x-ms-version: 2021-08-06\r\nAuthorization: SharedKey devstoreaccount1:{signature}\r\nContent-Length: 0\r\n\
         Connection: close\r\n\r\n"
    );
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
}

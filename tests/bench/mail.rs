//! Figures for `docs/performance.md`: `cargo test --release --bench bench mail:: -- --ignored --nocapture`.
//!
//! Personalized, signed mail with the whole protocol of the ledger, next to Postfix's load generator `smtp-source`, which
//! sends the same mail again and again: the same connections, the same size, into the same `smtp-sink`, in one run.
//! Nothing here asserts a time: it measures.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::time::{Duration, Instant};

use allclear::ledger::sqlite;
use allclear::model::notice::StepState;

use crate::fixtures::delivery::House;
use crate::fixtures::part::{Part, run, wait_for_port};
use crate::fixtures::port::free_port;

const ROUNDS: usize = 3;
const MAIL_BYTES: usize = 4_096;

/// What signs, and the lines of the plan for it.
const SIGNERS: [(&str, &str); 3] = [("nothing", ""), ("Ed25519", "ed25519.pem"), ("RSA-2048", "rsa.pem")];

#[test]
#[ignore = "a measurement; takes two minutes"]
fn mails_a_second_into_the_same_sink() {
    let folder = keys();
    println!(
        "{:>11} {:>9} {:>9} {:>13} {:>7}",
        "connections", "signed by", "ours, /s", "smtp-source/s", "ratio"
    );
    for (connections, count) in [(1, 5_000), (10, 20_000), (50, 20_000)] {
        for (signer, key) in SIGNERS {
            let (mut ours, mut theirs, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
            for _ in 0..ROUNDS {
                let port = free_port();
                let listen = format!("127.0.0.1:{port}");
                let _sink = Part::start(folder.path(), "smtp-sink", &["-u", "nobody", &listen, "1000"]);
                wait_for_port(port);
                let (our, their) =
                    (send(folder.path(), port, connections, count, key), source(port, connections, count));
                ours.push(our);
                theirs.push(their);
                ratios.push(our / their);
            }
            let (ours, theirs, ratio) = (median(ours), median(theirs), median(ratios));
            println!("{connections:>11} {signer:>9} {ours:>9.0} {theirs:>13.0} {ratio:>7.2}");
        }
    }
}

/// A relay that takes ten milliseconds for each answer, of which one that pipelines hears three at once.
#[test]
#[ignore = "a measurement; takes half a minute"]
fn mails_a_second_into_a_slow_sink() {
    let folder = keys();
    println!("{:>11} {:>9} {:>17} {:>7}", "connections", "ours, /s", "two journeys, /s", "ratio");
    for (connections, count) in [(1, 200), (10, 2_000), (50, 10_000)] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let stream = stream.unwrap();
                // A sender that hangs up is gone.
                std::thread::spawn(move || slow_sink(stream));
            }
        });
        let ours = send(folder.path(), port, connections, count, "ed25519.pem");
        let bound = connections as f64 / 0.020;
        println!("{connections:>11} {ours:>9.0} {bound:>17.0} {:>7.2}", ours / bound);
    }
}

fn slow_sink(mut stream: TcpStream) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    stream.write_all(b"220 slow.test\r\n")?;
    let mut lines = BufReader::new(stream.try_clone()?);
    let (mut answers, mut in_content) = (String::new(), false);
    loop {
        let mut line = String::new();
        if lines.read_line(&mut line)? == 0 {
            return Ok(());
        }
        match line.get(..4).unwrap_or("") {
            _ if in_content && line != ".\r\n" => continue,
            "EHLO" => answers.push_str("250-slow.test\r\n250 PIPELINING\r\n"),
            "DATA" => answers.push_str("354 go on\r\n"),
            _ => answers.push_str("250 2.0.0 Ok\r\n"),
        }
        in_content = line == "DATA\r\n";
        if lines.buffer().is_empty() {
            std::thread::sleep(Duration::from_millis(10));
            stream.write_all(std::mem::take(&mut answers).as_bytes())?;
        }
    }
}

/// Mails a second by Postfix's load generator.
fn source(port: u16, connections: usize, count: usize) -> f64 {
    let (connections, total, bytes) = (connections.to_string(), count.to_string(), MAIL_BYTES.to_string());
    let to = format!("127.0.0.1:{port}");
    let started = Instant::now();
    run(
        "smtp-source",
        &[
            "-d",
            "-s",
            &connections,
            "-m",
            &total,
            "-l",
            &bytes,
            "-f",
            "noreply@example.test",
            "-t",
            "alice@example.test",
            &to,
        ],
    );
    count as f64 / started.elapsed().as_secs_f64()
}

/// Mails a second by a worker, with a ledger on the disk.
fn send(folder: &Path, port: u16, connections: usize, count: usize, key: &str) -> f64 {
    let file = folder.join("ledger.db");
    let signed = if key.is_empty() {
        String::new()
    } else {
        format!("[mail.dkim]\ndomain = 'example.test'\nselector = 'bench'\nkey = {{ file = '{key}' }}\n")
    };
    let plan = format!(
        "[mail]\nfrom = 'Bench <noreply@example.test>'\nproviders = ['relay']\n{signed}\
         [providers.relay]\nkind = 'smtp'\nhost = '127.0.0.1'\nport = {port}\nsecurity = 'none'\nconnections = {connections}\n"
    );
    let mut house = House::with_ledger(&plan, folder, sqlite::open(&file).unwrap());
    let words = "Some card payments fail. We are looking into it and write again within the hour. ";
    house.mail.text = words.repeat(MAIL_BYTES / 2 / words.len());
    house.mail.html = format!("<!doctype html><p>{}</p>", words.repeat(MAIL_BYTES / 4 / words.len()));
    let people: Vec<_> = (0..count).map(|number| vec![format!("person{number}@example.org")]).collect();
    house.subscribers(&people);
    house.change("payments");
    let started = Instant::now();
    let delivered = house.deliver();
    let took = started.elapsed().as_secs_f64();
    assert_eq!(delivered.ended, [(StepState::Accepted, count as u64)].into());
    for end in ["", "-wal", "-shm"] {
        // Not all of them are there.
        let _ = fs::remove_file(folder.join(format!("ledger.db{end}")));
    }
    count as f64 / took
}

fn keys() -> tempfile::TempDir {
    // On the disk: a temporary folder in memory would make the ledger look better than it is.
    let folder = tempfile::tempdir_in(Path::new(env!("CARGO_TARGET_TMPDIR"))).unwrap();
    run("chmod", &["755", folder.path().to_str().unwrap()]);
    let file = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    run("openssl", &["genpkey", "-algorithm", "ed25519", "-out", &file("ed25519.pem")]);
    run(
        "openssl",
        &["genpkey", "-algorithm", "rsa", "-pkeyopt", "rsa_keygen_bits:2048", "-out", &file("rsa.pem")],
    );
    folder
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

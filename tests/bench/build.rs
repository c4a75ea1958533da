//! Figures for `docs/performance.md`: `cargo test --release --bench bench build:: -- --ignored --nocapture`.
//!
//! Each of our figures is printed next to its floor and its peer, measured in the same run: a program that only writes the
//! same bytes, and Eleventy from npm with a page like ours. Nothing here asserts a time: it measures. Eleventy is
//! installed below target/parts by the measurement itself; without npm that peer is left out, and the output states it.
//! `ALLCLEAR_BENCH=100,1000` measures those numbers of incidents only.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::fixtures::port::free_port;

const ELEVENTY: &str = "@11ty/eleventy@3.1.2";
const NUMBERS: &str = "100,1000,10000,50000";
const THREADS: usize = 2;
const FEATURES: [&str; 12] = [
    "checkout", "refunds", "search", "login", "accounts", "orders", "delivery", "returns", "invoices",
    "exports", "api", "webhooks",
];

/// Cold builds, a build after one file changed, and a save until it is served, against the write floor and Eleventy.
#[test]
#[ignore = "a measurement; takes half an hour"]
fn builds_against_the_write_floor_and_eleventy() {
    let numbers = std::env::var("ALLCLEAR_BENCH").unwrap_or_else(|_| NUMBERS.to_owned());
    let eleventy = Eleventy::installed();
    println!(
        "{:>9} | {:>7} {:>7} {:>8} {:>8} {:>6} {:>8} {:>9} {:>7} | {:>7} {:>7} {:>8} {:>9} {:>7}",
        "incidents",
        "files",
        "MB",
        "build s",
        "floor s",
        "ratio",
        "edit s",
        "served ms",
        "MiB",
        "files",
        "MB",
        "build s",
        "served ms",
        "MiB"
    );
    for incidents in numbers.split(',').map(|number| number.trim().parse().unwrap()) {
        let rounds = if incidents > 10_000 { 3 } else { 5 };
        let house = tempfile::tempdir().unwrap();
        generate(house.path(), incidents);
        let ours = measure_ours(house.path(), rounds);
        let theirs = eleventy.as_ref().map(|eleventy| eleventy.measure(house.path(), rounds.min(3)));
        let theirs = theirs.map_or("not here".to_owned(), |figures| figures.to_string());
        println!("{incidents:>9} | {ours} | {theirs}");
    }
}

/// What was measured of one program, the median of all rounds.
struct Figures {
    files: usize,
    megabytes: f64,
    build: f64,
    /// Only ours: writing the same and nothing else, and a build after one file changed.
    floor_and_edit: Option<(f64, f64)>,
    /// From a save to the answer that shows it, while a preview runs; infinite where it takes longer than a minute.
    served: f64,
    mebibytes: u64,
}

impl std::fmt::Display for Figures {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { files, megabytes, build, served, mebibytes, .. } = self;
        write!(f, "{files:>7} {megabytes:>7.1} {build:>8.3}")?;
        if let Some((floor, edit)) = self.floor_and_edit {
            write!(f, " {floor:>8.3} {:>6.2} {edit:>8.3}", build / floor)?;
        }
        write!(f, " {:>9.0} {mebibytes:>7}", served * 1000.0)
    }
}

fn measure_ours(house: &Path, rounds: usize) -> Figures {
    let (_, mebibytes) = build(house, "warm-up");
    let files = read_tree(&house.join("warm-up"));
    fs::remove_dir_all(house.join("warm-up")).unwrap();
    let (mut builds, mut floors, mut edits) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..rounds {
        let (out, floor) = (format!("out{round}"), house.join(format!("floor{round}")));
        builds.push(build(house, &out).0);
        floors.push(write_only(&files, &floor));
        edit_one(house, &format!("Edited in round {round}."));
        edits.push(build(house, &out).0);
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
        floor_and_edit: Some((median(floors), median(edits))),
        served,
        mebibytes,
    }
}

const NOW: &str = "2026-11-20T10:30:00Z";

/// Saves the same incident again and again, and measures until its page shows it. Ends the server.
fn saves_until_served(house: &Path, mut server: Child, address: &str, rounds: usize) -> f64 {
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

fn build(root: &Path, out: &str) -> (f64, u64) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_allclear"));
    command.args(["build", "--now", NOW, "--out", out, "--root"]).arg(root);
    timed(&mut command)
}

/// How long a program took, in seconds, and the most memory it held, in MiB. Fails with it.
fn timed(command: &mut Command) -> (f64, u64) {
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

/// The peer: a page like ours, made by Eleventy of the same incidents.
struct Eleventy {
    modules: PathBuf,
}

impl Eleventy {
    /// Installs it below target/parts; `None` without npm.
    fn installed() -> Option<Self> {
        Command::new("npm").arg("--version").output().ok()?;
        let home = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/parts/eleventy");
        let modules = home.join("node_modules");
        if !modules.join("@11ty/eleventy").exists() {
            fs::create_dir_all(&home).unwrap();
            let npm = ["install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix"];
            let done = Command::new("npm").args(npm).arg(&home).arg(ELEVENTY).status().unwrap();
            assert!(done.success(), "{ELEVENTY} cannot be installed");
        }
        Some(Self { modules })
    }

    fn measure(&self, house: &Path, rounds: usize) -> Figures {
        let project = house.join("eleventy");
        self.prepare(house, &project);
        let out = project.join("public");
        let mut builds = Vec::new();
        let mut peak = 0;
        for _ in 0..rounds {
            let (took, mebibytes) = timed(&mut self.command(&project));
            builds.push(took);
            peak = peak.max(mebibytes);
        }
        let files = read_tree(&out);
        let port = free_port();
        let mut server = self.command(&project);
        server.args(["--serve", &format!("--port={port}")]).stdout(Stdio::null()).stderr(Stdio::null());
        let served =
            saves_until_served(&project, server.spawn().unwrap(), &format!("localhost:{port}"), rounds);
        Figures {
            files: files.len(),
            megabytes: megabytes(&files),
            build: median(builds),
            floor_and_edit: None,
            served,
            mebibytes: peak,
        }
    }

    fn command(&self, project: &Path) -> Command {
        let mut command = Command::new("node");
        command
            .arg("--max-old-space-size=6144")
            .arg(self.modules.join("@11ty/eleventy/cmd.cjs"))
            .arg("--quiet");
        command.current_dir(project);
        command
    }

    /// The project of tests/bench/eleventy with our incidents, and with our style in its pages.
    fn prepare(&self, house: &Path, project: &Path) {
        let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bench/eleventy");
        for entry in walkdir::WalkDir::new(&ours).into_iter().map(Result::unwrap) {
            let to = project.join(entry.path().strip_prefix(&ours).unwrap());
            if entry.file_type().is_dir() {
                fs::create_dir_all(&to).unwrap();
            } else {
                fs::copy(entry.path(), to).unwrap();
            }
        }
        fs::create_dir_all(project.join("incidents")).unwrap();
        fs::create_dir_all(project.join("_data")).unwrap();
        fs::write(
            project.join("incidents/incidents.json"),
            r#"{"layout":"incident.njk","tags":["incidents"]}"#,
        )
        .unwrap();
        build(house, "styled");
        let page = fs::read_to_string(house.join("styled/incidents/incident-00007/index.html")).unwrap();
        let style: String =
            page.split("<style>").skip(1).map(|part| part.split("</style>").next().unwrap()).collect();
        fs::write(project.join("_data/style.json"), serde_json::to_string(&style).unwrap()).unwrap();
        fs::remove_dir_all(house.join("styled")).unwrap();
        std::os::unix::fs::symlink(&self.modules, project.join("node_modules")).unwrap();
        for entry in fs::read_dir(house.join("incidents")).unwrap().map(Result::unwrap) {
            let text = fs::read_to_string(entry.path()).unwrap();
            fs::write(project.join("incidents").join(entry.file_name()), as_yaml(&text)).unwrap();
        }
    }
}

/// Our front matter in the language that Eleventy reads.
fn as_yaml(text: &str) -> String {
    let (front, body) = text.trim_start_matches("+++\n").split_once("\n+++\n").unwrap();
    let front = front.replace(" = ", ": ").replace("[\"", "\"").replace("\"]", "\"");
    format!("---\n{front}\n---\n{body}")
}

fn megabytes(files: &BTreeMap<PathBuf, Vec<u8>>) -> f64 {
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

fn read_tree(root: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
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

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

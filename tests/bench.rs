//! Figures for `docs/performance.md`: `cargo test --release --test bench -- --ignored --nocapture`.
//!
//! Each figure of ours is printed beside its floor or peer, measured in the same run. Nothing here asserts a
//! time: it measures.

#![expect(clippy::unwrap_used, reason = "a measurement prints and stops at what fails")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

const ROUNDS: usize = 5;
const THREADS: usize = 2;
const FEATURES: [&str; 12] = [
    "checkout", "refunds", "search", "login", "accounts", "orders", "delivery", "returns", "invoices",
    "exports", "api", "webhooks",
];

/// A cold build of 100, 1,000 and 10,000 incidents, and a build after one file changed, against a program
/// that only writes the same bytes to the same new files.
#[test]
#[ignore = "a measurement; takes a minute"]
fn cold_build_against_the_write_floor() {
    println!(
        "{:>9} {:>7} {:>9} {:>10} {:>10} {:>7} {:>12}",
        "incidents", "files", "MB", "build s", "floor s", "ratio", "one edit s"
    );
    for incidents in [100, 1_000, 10_000] {
        let house = tempfile::tempdir().unwrap();
        generate(house.path(), incidents);
        build(house.path(), "warm-up");
        let files = read_tree(&house.path().join("warm-up"));
        let bytes: usize = files.values().map(Vec::len).sum();
        let (mut builds, mut floors, mut edits) = (Vec::new(), Vec::new(), Vec::new());
        for round in 0..ROUNDS {
            builds.push(build(house.path(), &format!("out{round}")));
            floors.push(write_only(&files, &house.path().join(format!("floor{round}"))));
            edit_one(house.path(), round);
            edits.push(build(house.path(), &format!("out{round}")));
            fs::remove_dir_all(house.path().join(format!("out{round}"))).unwrap();
            fs::remove_dir_all(house.path().join(format!("floor{round}"))).unwrap();
        }
        let (ours, floor, edit) = (median(builds), median(floors), median(edits));
        println!(
            "{incidents:>9} {:>7} {:>9.1} {ours:>10.3} {floor:>10.3} {:>7.2} {edit:>12.3}",
            files.len(),
            bytes as f64 / 1e6,
            ours / floor,
        );
    }
}

fn build(root: &Path, out: &str) -> f64 {
    let started = Instant::now();
    let done = Command::new(env!("CARGO_BIN_EXE_allclear"))
        .args(["build", "--now", "2026-11-20T10:30:00Z", "--out", out, "--root"])
        .arg(root)
        .output()
        .unwrap();
    let took = started.elapsed();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    seconds(took)
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
    seconds(started.elapsed())
}

fn read_tree(root: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let files = walkdir::WalkDir::new(root).into_iter().map(Result::unwrap);
    files
        .filter(|entry| entry.file_type().is_file())
        .map(|entry| (entry.path().strip_prefix(root).unwrap().to_owned(), fs::read(entry.path()).unwrap()))
        .collect()
}

fn edit_one(root: &Path, round: usize) {
    let path = root.join("incidents/incident-00007.md");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, format!("{text}\nEdited in round {round}.\n")).unwrap();
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

fn seconds(took: Duration) -> f64 {
    took.as_secs_f64()
}

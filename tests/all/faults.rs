//! A disk that fails: every n-th write and flush of the ledger, and the power cut in the middle of a run.
//!
//! `ALLCLEAR_FAULTS=all cargo test --test all faults::` lets every single one fail; `ALLCLEAR_POWER_CUTS=500` cuts the power
//! more often. The seed is printed.

mod shim;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tempfile::TempDir;

use crate::fixtures::house::House;
use crate::fixtures::recorder::Recorder;
use shim::shim;

const PEOPLE: usize = 6;
/// Connections to a provider, the plan's default: what may be in progress when a run ends.
const CONNECTIONS: usize = 8;
/// Mails that are claimed at once: what a power cut may repeat.
const WINDOW: usize = 100;
const LEDGER: [&str; 3] = ["ledger.db", "ledger.db-wal", "ledger.db-shm"];

/// A house with that number of subscribers and an incident that is not announced.
fn untold(people: usize) -> House {
    let lines: String = (0..people).map(|number| format!("p{number}@example.org\n")).collect();
    let house = House::new().restless().file("people.csv", &format!("mail\n{lines}"));
    let file = house.path().join("people.csv");
    house.run(&["subscribers", "import", file.to_str().unwrap()]).succeeded().incident(
        "payments",
        "2026-03-01 10:00",
        "Investigating",
    )
}

/// A copy of a house, with a provider of its own.
struct Trial {
    folder: TempDir,
    recorder: Recorder,
    now: String,
}

impl Trial {
    fn of(house: &House) -> Self {
        let folder = tempfile::tempdir().unwrap();
        copy(house.path(), folder.path());
        let recorder = Recorder::start(folder.path().join("provider.log"), false);
        let plan = house.read("site/plan.toml");
        let port = plan.lines().find(|line| line.starts_with("port = ")).unwrap();
        let plan = plan.replace(port, &format!("port = {}", recorder.port));
        fs::write(folder.path().join("site/plan.toml"), plan).unwrap();
        Self { folder, recorder, now: house.now.clone() }
    }

    fn path(&self, file: &str) -> PathBuf {
        self.folder.path().join(file)
    }

    fn notify(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_allclear"));
        command.args(["notify", "--yes", "--patience", "1s", "--now", &self.now, "--root"]);
        command.arg(self.folder.path()).env("NO_COLOR", "1").env("GATEWAY_PASSWORD", "s3cret");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        command
    }

    fn times_told(&self) -> BTreeMap<String, usize> {
        let mut times = BTreeMap::new();
        for mail in self.recorder.read() {
            *times.entry(mail.to).or_default() += 1;
        }
        times
    }

    /// Everyone was notified; returns how many mails were more than one.
    fn repeats(&self, people: usize) -> usize {
        let told = self.times_told();
        assert_eq!(told.len(), people, "somebody was never told");
        told.values().map(|times| times - 1).sum()
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let (path, target) = (entry.as_ref().unwrap().path(), to.join(entry.unwrap().file_name()));
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).unwrap();
        }
    }
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn whichever_write_or_flush_fails_the_run_stops_and_the_next_completes_it() {
    let Some(library) = shim() else { return };
    let all = std::env::var("ALLCLEAR_FAULTS").is_ok_and(|word| word == "all");
    let step = if all { 1 } else { 7 };
    let house = untold(PEOPLE);
    for (offset, kind) in [(1, "eio"), (3, "enospc"), (5, "short")] {
        let (next, failed, survived) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(0));
        let offset = if all { 1 } else { offset };
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    loop {
                        let number = offset + step * next.fetch_add(1, Ordering::SeqCst);
                        match fail(&house, library, "ledger.db", kind, number) {
                            Outcome::NeverCameSoFar => break,
                            Outcome::Failed => failed.fetch_add(1, Ordering::SeqCst),
                            Outcome::Survived => survived.fetch_add(1, Ordering::SeqCst),
                        };
                    }
                });
            }
        });
        let (failed, survived) = (failed.into_inner(), survived.into_inner());
        println!("{kind}: {failed} runs failed and were completed, {survived} did not need what failed");
        assert!(failed > 5, "{kind}: only {failed} runs failed");
    }
}

#[test]
fn whichever_write_or_flush_of_the_mark_fails_the_next_run_completes_it() {
    let Some(library) = shim() else { return };
    let house = untold(PEOPLE);
    for kind in ["eio", "enospc", "short"] {
        let outcomes = (1..).map(|number| fail(&house, library, ".allclear/.new-", kind, number));
        let reached = outcomes.take_while(|outcome| !matches!(outcome, Outcome::NeverCameSoFar));
        let failed = reached.filter(|outcome| matches!(outcome, Outcome::Failed)).count();
        assert!(failed >= 4, "{kind}: a mark is written and flushed twice, and {failed} runs failed");
    }
}

enum Outcome {
    /// There are fewer writes than that.
    NeverCameSoFar,
    /// The run stopped.
    Failed,
    /// The run could do without.
    Survived,
}

/// Lets the n-th write, truncation or flush of the files fail whose path contains `path`.
fn fail(house: &House, library: &Path, path: &str, kind: &str, number: usize) -> Outcome {
    let (trial, what) = (Trial::of(house), format!("{path}: {kind} at {number}"));
    let mark = trial.path("failed");
    let output = trial
        .notify()
        .env("LD_PRELOAD", library)
        .envs([("FAULT_PATH", path), ("FAULT_KIND", kind), ("FAULT_AT", &number.to_string())])
        .env("FAULT_MARK", &mark)
        .output()
        .unwrap();
    let Ok(calls) = fs::read_to_string(&mark) else {
        assert!(output.status.success(), "{what}: {}", said(&output));
        return Outcome::NeverCameSoFar;
    };
    let survived = output.status.success();
    if !survived {
        assert_eq!(output.status.code(), Some(1), "{what}: {}", said(&output));
        assert!(said(&output).contains(".allclear"), "{what}: {}", said(&output));
    }
    // Flushing the journal into the file comes last and can wait; then the journal stays.
    let waits = trial.path(".allclear/ledger.db-wal").exists();
    assert!(!survived || !calls.contains("flush") || waits, "{what}: a failed flush was taken for done");
    let taken = trial.times_told();
    for (address, state) in states(&trial.path(".allclear/ledger.db")) {
        assert!(state > 1 || !taken.contains_key(&address), "{what}: handed off and not claimed");
    }
    let again = trial.notify().output().unwrap();
    assert!(again.status.success(), "{what}, then whole: {}", said(&again));
    let repeats = trial.repeats(PEOPLE);
    assert!(repeats <= if survived { 0 } else { CONNECTIONS }, "{what}: {repeats} were told again");
    if survived { Outcome::Survived } else { Outcome::Failed }
}

/// Each step's address and state: 0 waits, 1 is pending, 2 is claimed, higher is an end.
fn states(ledger: &Path) -> Vec<(String, i64)> {
    let ledger = rusqlite::Connection::open(ledger).unwrap();
    let text = "SELECT e.address, s.state FROM step s JOIN endpoint e ON e.number = s.endpoint";
    let mut statement = ledger.prepare(text).unwrap();
    statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().map(Result::unwrap).collect()
}

/// Starts a run on a disk that keeps only what was flushed, cuts the power after that number of mails, and leaves the
/// ledger as the disk has it then.
fn cut_the_power(trial: &Trial, library: &Path, kept: &Path, mails: usize, lies: bool) {
    let before = trial.recorder.count();
    let mut command = trial.notify();
    command.env("LD_PRELOAD", library).env("FAULT_PATH", "ledger.db").env("FAULT_KEEP", kept);
    if lies {
        command.env("FAULT_LIES", "1");
    }
    let mut child = command.stderr(Stdio::null()).spawn().unwrap();
    while trial.recorder.count() <= before + mails && child.try_wait().unwrap().is_none() {
        std::thread::sleep(Duration::from_millis(1));
    }
    let _gone = child.kill();
    child.wait().unwrap();
    for name in LEDGER {
        let file = trial.path(".allclear").join(name);
        let _gone = fs::remove_file(&file);
        if kept.join(name).exists() {
            fs::copy(kept.join(name), &file).unwrap();
        }
    }
}

/// A folder that holds what the disk has of the ledger.
fn kept(trial: &Trial) -> TempDir {
    let kept = tempfile::tempdir().unwrap();
    for name in LEDGER {
        // A journal that was never written does not exist.
        let _copied = fs::copy(trial.path(".allclear").join(name), kept.path().join(name));
    }
    kept
}

#[test]
fn a_power_cut_repeats_at_most_one_window_of_claims() {
    let Some(library) = shim() else { return };
    let number =
        |name, ordinary| std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(ordinary);
    let (cuts, seed) = (number("ALLCLEAR_POWER_CUTS", 20), number("ALLCLEAR_SEED", 7));
    println!("{cuts} power cuts, ALLCLEAR_SEED={seed}");
    let mut chance = fastrand::Rng::with_seed(seed as u64);
    let people = 60 * cuts;
    let house = untold(people);
    let trial = Trial::of(&house);
    let kept = kept(&trial);
    for _ in 0..cuts {
        cut_the_power(&trial, library, kept.path(), chance.usize(..120), false);
    }
    let last = trial.notify().output().unwrap();
    assert!(last.status.success(), "{}", said(&last));
    let repeats = trial.repeats(people);
    println!("{repeats} of {people} mails twice after {cuts} power cuts");
    assert!(repeats <= cuts * WINDOW, "{repeats} were told again after {cuts} power cuts");
    assert!(repeats > cuts * CONNECTIONS, "only {repeats}: the cuts lost nothing that was not flushed");
}

#[test]
fn a_disk_that_lies_is_noticed_by_these_tests_and_by_the_mark() {
    let Some(library) = shim() else { return };
    let people = 3 * WINDOW;
    let house = untold(people);
    let trial = Trial::of(&house);
    let kept = kept(&trial);
    cut_the_power(&trial, library, kept.path(), 2 * WINDOW, true);
    let refused = trial.notify().output().unwrap();
    assert_eq!(refused.status.code(), Some(4), "{}", said(&refused));
    assert!(said(&refused).contains("is older than the last one used on this host"), "{}", said(&refused));
    fs::remove_file(trial.path(".allclear/mark")).unwrap();
    assert!(trial.notify().output().unwrap().status.success());
    assert!(trial.repeats(people) > WINDOW, "the power cut of these tests loses nothing");
}

//! A history replayed commit by commit: import, compare with what was announced, collect what two subscribers
//! would have received.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Command, Stdio};

use allclear::diff;
use allclear::import::{Imported, cstate_files};
use allclear::model::Moment;
use allclear::model::announced::Announced;
use allclear::model::change::{Change, What};
use allclear::model::feature::FeatureId;
use allclear::model::incident::{Incident, IncidentId};
use allclear::model::site::Site;

use super::History;

/// One commit of the line that was published.
struct Commit {
    id: String,
    at: Moment,
    /// The path and the blob it has from this commit on; `None` when it is gone.
    edits: Vec<(String, Option<String>)>,
}

/// One thing people heard.
struct Told {
    /// The commit that said it; `None` when the clock did.
    commit: Option<String>,
    at: Moment,
    change: Change,
}

/// Everything told from the second commit on; the first is the baseline.
#[derive(Default)]
struct Record {
    told: Vec<Told>,
    /// The commits that changed an incident's facts or words and told nobody.
    silent: Vec<String>,
}

/// Imports files one by one and remembers what each blob became under each configuration.
#[derive(Default)]
struct Importer {
    files: BTreeMap<String, String>,
    parsed: BTreeMap<(String, String, String), Imported>,
}

#[test]
fn jenkins_replay_tells_each_thing_once() {
    let Some(history) = History::open("jenkins.bundle") else { return };
    let record = replay(&history);
    record.report("jenkins", "ci-jenkins-io");
    record.holds_the_promises();
    // Some 300 incidents in 694 commits: announced, started and over, and now and then a word in between.
    assert!((700..800).contains(&record.told.len()), "{} notices", record.told.len());
}

#[test]
fn wikibase_replay_tells_each_thing_once() {
    let Some(history) = History::open("wikibase.bundle") else { return };
    let record = replay(&history);
    record.report("wikibase", "wikibase-cloud-status");
    record.holds_the_promises();
    assert!((28..36).contains(&record.told.len()), "{} notices", record.told.len());
}

fn replay(history: &History) -> Record {
    let commits = commits(history);
    let blobs = blobs(history, &commits);
    let mut importer = Importer::default();
    let mut watcher: Option<Watcher> = None;
    let mut record = Record::default();
    for commit in &commits {
        let imported = importer.step(commit, &blobs);
        match &mut watcher {
            Some(watcher) => watcher.sees(commit, imported, &mut record),
            None => watcher = Some(Watcher::starting(commit, imported)),
        }
    }
    record
}

/// Somebody who runs the notifier after every commit and whenever the clock may have news.
struct Watcher {
    now: Moment,
    imported: Imported,
    announced: Announced,
}

impl Watcher {
    fn starting(commit: &Commit, imported: Imported) -> Self {
        let announced = diff::baseline(&site(&imported, commit.at), commit.at);
        Self { now: commit.at, imported, announced }
    }

    fn sees(&mut self, commit: &Commit, imported: Imported, record: &mut Record) {
        let until = self.now.max(commit.at);
        for tick in ticks(&self.imported.incidents, self.now, until) {
            self.runs(tick, None, record);
        }
        let changed = self.imported.incidents != imported.incidents;
        self.imported = imported;
        let told = self.runs(until, Some(&commit.id[..8]), record);
        if changed && !told {
            record.silent.push(commit.id[..8].to_owned());
        }
        self.now = until;
    }

    fn runs(&mut self, now: Moment, commit: Option<&str>, record: &mut Record) -> bool {
        let difference = diff::difference(&self.announced, &site(&self.imported, now), now);
        let commit = commit.map(str::to_owned);
        let note = |change| Told { commit: commit.clone(), at: now, change };
        let told = !difference.changes.is_empty();
        record.told.extend(difference.changes.into_iter().map(note));
        self.announced = difference.announced;
        told
    }
}

fn site(imported: &Imported, now: Moment) -> Site {
    let imported = imported.clone().said_by(now);
    Site { page: imported.page, incidents: imported.incidents }
}

/// The moments after `from` and before `until` at which an incident may change by the clock alone.
fn ticks(incidents: &[Incident], from: Moment, until: Moment) -> BTreeSet<Moment> {
    let moments = incidents.iter().flat_map(|incident| {
        let window = incident.window.into_iter().flat_map(|window| [window.starts, window.ends]);
        window.chain([incident.started]).chain(incident.updates.iter().map(|update| update.at))
    });
    moments.filter(|moment| from < *moment && *moment < until).collect()
}

impl Importer {
    fn step(&mut self, commit: &Commit, blobs: &BTreeMap<String, Vec<u8>>) -> Imported {
        for (path, blob) in &commit.edits {
            match blob {
                Some(blob) => self.files.insert(path.clone(), blob.clone()),
                None => self.files.remove(path),
            };
        }
        let config = self.files.get("config.yml").cloned().unwrap_or_default();
        let mut whole: Option<Imported> = None;
        for (path, blob) in self.files.iter().filter(|(path, _)| path.starts_with("content/issues/")) {
            let key = (config.clone(), path.clone(), blob.clone());
            let one = self.parsed.entry(key).or_insert_with(|| {
                let content = |blob: &String| blobs.get(blob).cloned().unwrap_or_default();
                cstate_files(
                    &[("config.yml".to_owned(), content(&config)), (path.clone(), content(blob))].into(),
                )
            });
            match &mut whole {
                Some(whole) => whole.incidents.extend(one.incidents.iter().cloned()),
                None => whole = Some(one.clone()),
            }
        }
        let whole = whole.unwrap();
        let ids: BTreeSet<&IncidentId> = whole.incidents.iter().map(|incident| &incident.id).collect();
        assert_eq!(ids.len(), whole.incidents.len(), "two files of one name in {}", commit.id);
        whole
    }
}

impl Record {
    /// Writes the list to a file below the build folder and prints its sums.
    fn report(&self, name: &str, feature: &str) {
        let followed = FeatureId::new(feature).unwrap();
        let mut list = String::new();
        let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
        let (mut everything, mut one) = (0, 0);
        for told in &self.told {
            let hears = told.change.touched.is_empty() || told.change.touched.contains(&followed);
            (everything, one) = (everything + 1, one + usize::from(hears));
            for what in &told.change.what {
                *kinds.entry(what.word()).or_default() += 1;
            }
            let words = told.change.what.iter().map(describe).collect::<Vec<_>>().join(", ");
            let mark = if hears { "both" } else { "all " };
            let date = told.at.format("%Y-%m-%d %H:%M");
            let commit = told.commit.as_deref().unwrap_or("by clock");
            writeln!(list, "{date} {commit} {mark} {}: {words}", told.change.incident).unwrap();
        }
        for commit in &self.silent {
            writeln!(list, "silent {commit}").unwrap();
        }
        let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("replay-{name}.txt"));
        std::fs::write(&path, list).unwrap();
        println!(
            "{name}: {everything} notices to who follows all, {one} to who follows {feature}; {kinds:?}"
        );
        println!("{name}: {} commits changed an incident in silence", self.silent.len());
        println!("{name}: the list is in {}", path.display());
    }

    fn holds_the_promises(&self) {
        let mut seen = BTreeSet::new();
        let mut over: BTreeMap<&IncidentId, bool> = BTreeMap::new();
        for told in &self.told {
            let change = &told.change;
            assert!(seen.insert(&change.id), "told twice: {change:?}");
            for what in &change.what {
                let opens = matches!(what, What::Opened | What::MaintenanceAnnounced);
                let ends =
                    matches!(what, What::Resolved | What::MaintenanceCompleted | What::MaintenanceCancelled);
                let was_over = over.get(&change.origin).copied();
                assert!(!opens || was_over.is_none(), "opened twice: {change:?}");
                assert!(!ends || was_over != Some(true), "ended twice: {change:?}");
                if opens || ends || *what == What::Reopened {
                    over.insert(&change.origin, ends);
                }
            }
            let by_clock = |what: &What| {
                !matches!(
                    what,
                    What::MaintenanceMoved { .. } | What::SeverityMoved { .. } | What::EtaMoved { .. }
                )
            };
            assert!(
                told.commit.is_some() || change.what.iter().all(by_clock),
                "the clock cannot say {change:?}"
            );
        }
    }
}

fn describe(what: &What) -> String {
    match what {
        What::MaintenanceMoved { from, to } => {
            format!("moved {}/{} -> {}/{}", from.starts, from.ends, to.starts, to.ends)
        }
        What::SeverityMoved { from, to } => format!("severity {} -> {}", from.word(), to.word()),
        What::PhaseMoved { from, to } => format!("phase {} -> {}", from.word(), to.word()),
        What::UpdatePosted { at } => format!("update {at}"),
        What::FeaturesAdded(features) => format!("added {}", features.len()),
        What::FeaturesRemoved(features) => format!("removed {}", features.len()),
        other => other.word().to_owned(),
    }
}

/// The commits of the published line, oldest first, each with the files it touched.
fn commits(history: &History) -> Vec<Commit> {
    let log = history.git(&[
        "-c",
        "core.quotePath=false",
        "log",
        "--reverse",
        "--first-parent",
        "-m",
        "--raw",
        "--no-renames",
        "--no-abbrev",
        "--format=commit %H %ct",
    ]);
    let mut commits: Vec<Commit> = Vec::new();
    for line in log.lines() {
        if let Some(head) = line.strip_prefix("commit ") {
            let (id, seconds) = head.split_once(' ').unwrap();
            let at = Moment::from_timestamp(seconds.parse().unwrap(), 0).unwrap();
            commits.push(Commit { id: id.to_owned(), at, edits: Vec::new() });
        } else if let Some((facts, path)) = line.split_once('\t') {
            let blob = facts.split(' ').nth(3).filter(|blob| !blob.starts_with("0000000")).map(str::to_owned);
            if path == "config.yml" || path.starts_with("content/issues/") {
                commits.last_mut().unwrap().edits.push((path.to_owned(), blob));
            }
        }
    }
    commits
}

/// The contents of every blob the commits name.
fn blobs(history: &History, commits: &[Commit]) -> BTreeMap<String, Vec<u8>> {
    let ids: BTreeSet<&String> =
        commits.iter().flat_map(|commit| &commit.edits).filter_map(|(_, id)| id.as_ref()).collect();
    let mut child = Command::new("git")
        .current_dir(history.folder.path())
        .args(["cat-file", "--batch"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut asked = child.stdin.take().unwrap();
    let list: String = ids.iter().map(|id| format!("{id}\n")).collect();
    let writer = std::thread::spawn(move || asked.write_all(list.as_bytes()).unwrap());
    let output = child.wait_with_output().unwrap().stdout;
    writer.join().unwrap();
    let mut blobs = BTreeMap::new();
    let mut rest = output.as_slice();
    while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
        let head = String::from_utf8_lossy(&rest[..end]).into_owned();
        let mut words = head.split(' ');
        let (id, length) = (words.next().unwrap(), words.nth(1).unwrap().parse::<usize>().unwrap());
        blobs.insert(id.to_owned(), rest[end + 1..end + 1 + length].to_vec());
        rest = &rest[end + 2 + length..];
    }
    blobs
}

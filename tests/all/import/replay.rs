//! A history replayed commit by commit: import, compare with what was announced, collect what two subscribers
//! would have received.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Command, Stdio};

use allclear::compose;
use allclear::config::parse_plan;
use allclear::config::plan::Plan;
use allclear::diff;
use allclear::import::{Imported, Zone, cstate, cstate_files};
use allclear::model::Moment;
use allclear::model::announced::Baseline;
use allclear::model::change::{Change, ChangeKind};
use allclear::model::endpoint::Endpoint;
use allclear::model::feature::FeatureId;
use allclear::model::incident::{Incident, IncidentId, TimeRange};
use allclear::model::localized::Language;
use allclear::model::message::Message;
use allclear::model::phase::Severity;
use allclear::model::site::Site;
use allclear::model::subscriber::{EndpointId, FeatureFilter, Subscriber, SubscriberId};
use allclear::theme::Theme;

use super::{History, judged};

/// One commit of the line that was published.
struct Commit {
    id: String,
    at: Moment,
    /// The path and the blob it has from this commit on; `None` when it is gone.
    edits: Vec<(String, Option<String>)>,
}

/// One thing people heard.
pub(super) struct Told {
    /// The commit that said it; `None` when the clock did.
    pub(super) commit: Option<String>,
    pub(super) at: Moment,
    pub(super) change: Change,
    /// The mail to who follows everything.
    mail: String,
    /// The text message to who follows one feature, if it was sent.
    text: Option<String>,
}

/// Everything told from the second commit on; the first is the baseline.
#[derive(Default)]
pub(super) struct Record {
    pub(super) told: Vec<Told>,
    /// The commits that changed an incident's facts or words and told nobody.
    silent: Vec<String>,
}

/// Imports files one by one and remembers what each blob became under each configuration.
#[derive(Default)]
struct Importer {
    zone: Option<Zone>,
    files: BTreeMap<String, String>,
    parsed: BTreeMap<(String, String, String), Imported>,
}

#[test]
fn jenkins_replay_tells_each_thing_once() {
    let Some(history) = History::open("jenkins.bundle") else { return };
    let record = replay(&history, "ci-jenkins-io", None);
    record.report("jenkins", "ci-jenkins-io");
    record.holds_the_promises();
    judged::compare("jenkins", include_str!("expected/told-jenkins.tsv"), &record, "2025-05-20 14:07");
    // Some 300 incidents in 689 commits: announced, started and over, and now and then a word in between.
    assert!((780..840).contains(&record.told.len()), "{} notices", record.told.len());
}

#[test]
fn wikibase_replay_tells_each_thing_once() {
    let Some(history) = History::open("wikibase.bundle") else { return };
    let record = replay(&history, "wikibase-cloud-status", Some("Europe/Berlin"));
    record.report("wikibase", "wikibase-cloud-status");
    record.holds_the_promises();
    judged::compare("wikibase", include_str!("expected/told-wikibase.tsv"), &record, "2024-05-08 00:00");
    assert!((28..36).contains(&record.told.len()), "{} notices", record.told.len());
}

/// Replays a site; `zone` is that of the times without one.
fn replay(history: &History, feature: &str, zone: Option<&str>) -> Record {
    let zone = zone.map(|name| Zone::named(name).unwrap());
    let audience = Audience::of(feature);
    let commits = commits(history);
    let blobs = blobs(history, &commits);
    let mut importer = Importer { zone, ..Importer::default() };
    let mut watcher: Option<Watcher> = None;
    let mut record = Record::default();
    for commit in &commits {
        let imported = importer.step(commit, &blobs);
        match &mut watcher {
            Some(watcher) => watcher.sees(commit, imported, &audience, &mut record),
            None => watcher = Some(Watcher::starting(commit, imported)),
        }
    }
    let whole = cstate(history.folder.path(), importer.zone.as_ref()).unwrap();
    let joined = watcher.unwrap().imported;
    assert_eq!((joined.page, joined.incidents), (whole.page, whole.incidents));
    record
}

/// An operator who runs the notifier after every commit and whenever the clock may have news.
struct Watcher {
    now: Moment,
    imported: Imported,
    announced: Baseline,
}

impl Watcher {
    fn starting(commit: &Commit, imported: Imported) -> Self {
        let announced = diff::baseline(&site(&imported), commit.at);
        Self { now: commit.at, imported, announced }
    }

    fn sees(&mut self, commit: &Commit, imported: Imported, audience: &Audience, record: &mut Record) {
        let until = self.now.max(commit.at);
        for tick in ticks(&self.imported.incidents, self.now, until) {
            self.runs(tick, None, audience, record);
        }
        let changed = self.imported.incidents != imported.incidents;
        self.imported = imported;
        let told = self.runs(until, Some(&commit.id[..8]), audience, record);
        if changed && !told {
            record.silent.push(commit.id[..8].to_owned());
        }
        self.now = until;
    }

    fn runs(&mut self, now: Moment, commit: Option<&str>, audience: &Audience, record: &mut Record) -> bool {
        let site = site(&self.imported);
        let difference = diff::difference(&self.announced, &site, now);
        let told = !difference.changes.is_empty();
        for change in difference.changes {
            let (mail, text) = audience.receives(&change, &site, now);
            record.told.push(Told { commit: commit.map(str::to_owned), at: now, change, mail, text });
        }
        self.announced = difference.announced;
        told
    }
}

/// Two subscribers: one follows everything by mail, one follows a feature by text message.
struct Audience {
    subscribers: [Subscriber; 2],
    plan: Plan,
    theme: Theme,
}

impl Audience {
    fn of(feature: &str) -> Self {
        let feature = FeatureId::new(feature).unwrap();
        let subscriber = |id: &str, follows, number, address| Subscriber {
            id: SubscriberId::from_stored(id),
            follows,
            from_severity: Severity::Notice,
            language: Language::new("en").unwrap(),
            time_zone: "UTC".to_owned(),
            endpoints: vec![(EndpointId(number), Endpoint::read(address).unwrap())],
        };
        let (plan, problems, _) = parse_plan(PLAN);
        assert_eq!(problems, []);
        Self {
            subscribers: [
                subscriber("everything", FeatureFilter::Everything, 1, "ana@example.org"),
                subscriber("one", FeatureFilter::Features([feature].into()), 2, "+34600000000"),
            ],
            plan: plan.unwrap(),
            theme: Theme::built_in(),
        }
    }

    fn receives(&self, change: &Change, site: &Site, now: Moment) -> (String, Option<String>) {
        let changes = std::slice::from_ref(change);
        let notices =
            compose::notices(changes, site, &self.subscribers, &self.plan, &self.theme, now).unwrap();
        let (mut mail, mut text) = (None, None);
        for step in notices.notices.iter().flat_map(|notice| &notice.steps) {
            match notices.message_of(step).unwrap() {
                Message::Mail(letter) => mail = Some(format!("{}\n{}", letter.subject, letter.text)),
                Message::Text(short) => text = Some(short.body.clone()),
                Message::Card(_) | Message::Event(_) => panic!("there is no destination"),
            }
        }
        (mail.unwrap(), text)
    }
}

const PLAN: &str = "
[mail]
from = 'Status <status@example.org>'
providers = ['relay']
[text]
sender = 'Status'
providers = ['gateway']
[providers.relay]
kind = 'smtp'
host = 'localhost'
security = 'none'
[providers.gateway]
kind = 'kannel'
url = 'http://localhost:13013/cgi-bin/sendsms'
user = 'x'
password = { env = 'X' }
";

fn site(imported: &Imported) -> Site {
    let imported = imported.clone();
    Site::of(imported.page, imported.incidents)
}

/// The moments after `from` and before `until` at which an incident may change by the clock alone.
fn ticks(incidents: &[Incident], from: Moment, until: Moment) -> BTreeSet<Moment> {
    let moments = incidents.iter().flat_map(|incident| {
        let window = incident.window.into_iter().flat_map(TimeRange::turns);
        let updates = incident.updates.iter().map(|update| update.at);
        window.chain([incident.started]).chain(updates).chain(incident.end_counts_from())
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
                    self.zone.as_ref(),
                )
            });
            match &mut whole {
                Some(whole) => join(whole, one),
                None => whole = Some(one.clone()),
            }
        }
        let whole = whole.unwrap();
        let ids: BTreeSet<&IncidentId> = whole.incidents.iter().map(|incident| &incident.id).collect();
        assert_eq!(ids.len(), whole.incidents.len(), "two files of one name in {}", commit.id);
        whole
    }
}

/// Adds one file's incident, and the features only incidents name, to the others'.
fn join(whole: &mut Imported, one: &Imported) {
    whole.incidents.extend(one.incidents.iter().cloned());
    for group in &one.page.groups {
        match whole.page.groups.iter_mut().find(|known| known.name == group.name) {
            Some(known) => {
                known.features.extend(group.features.iter().cloned());
                if group.name.default == "Other" {
                    known.features.sort_by(|a, b| a.id.cmp(&b.id));
                }
                let mut seen = BTreeSet::new();
                known.features.retain(|feature| seen.insert(feature.id.clone()));
            }
            None => whole.page.groups.push(group.clone()),
        }
    }
}

impl Record {
    /// Writes the list, and the texts next to it, to files below the build folder and prints the sums.
    fn report(&self, name: &str, feature: &str) {
        let (mut list, mut words) = (String::new(), String::new());
        let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
        for told in &self.told {
            for what in &told.change.what {
                *kinds.entry(what.word()).or_default() += 1;
            }
            let what = told.change.what.iter().map(describe).collect::<Vec<_>>().join(", ");
            let mark = if told.text.is_some() { "both" } else { "all " };
            let date = told.at.format("%Y-%m-%d %H:%M");
            let commit = told.commit.as_deref().unwrap_or("by clock");
            let line = format!("{date} {commit} {mark} {}: {what}", told.change.incident);
            writeln!(list, "{line}").unwrap();
            let text = told.text.as_deref().unwrap_or("(no text message)");
            writeln!(words, "==== {line}\n{text}\n--\n{}", told.mail).unwrap();
        }
        for commit in &self.silent {
            writeln!(list, "silent {commit}").unwrap();
        }
        let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR"));
        std::fs::write(folder.join(format!("replay-{name}.txt")), list).unwrap();
        std::fs::write(folder.join(format!("replay-{name}-words.txt")), words).unwrap();
        let (everything, one) =
            (self.told.len(), self.told.iter().filter(|told| told.text.is_some()).count());
        println!(
            "{name}: {everything} notices to who follows all, {one} to who follows {feature}; {kinds:?}"
        );
        println!("{name}: {} commits changed an incident in silence", self.silent.len());
        println!("{name}: the list is in {}/replay-{name}.txt", folder.display());
    }

    fn holds_the_promises(&self) {
        let mut seen = BTreeSet::new();
        let mut over: BTreeMap<&IncidentId, bool> = BTreeMap::new();
        for told in &self.told {
            let change = &told.change;
            assert!(seen.insert(&change.id), "told twice: {change:?}");
            for what in &change.what {
                let opens = matches!(what, ChangeKind::Opened | ChangeKind::MaintenanceAnnounced);
                let ends = matches!(
                    what,
                    ChangeKind::Resolved
                        | ChangeKind::MaintenanceCompleted
                        | ChangeKind::MaintenanceCancelled
                );
                let was_over = over.get(&change.origin).copied();
                assert!(!opens || was_over.is_none(), "opened twice: {change:?}");
                assert!(!ends || was_over != Some(true), "ended twice: {change:?}");
                if opens || ends || *what == ChangeKind::Reopened {
                    over.insert(&change.origin, ends);
                }
            }
            let by_clock = |what: &ChangeKind| {
                !matches!(
                    what,
                    ChangeKind::MaintenanceRescheduled { .. }
                        | ChangeKind::SeverityChanged { .. }
                        | ChangeKind::EtaChanged { .. }
                )
            };
            assert!(
                told.commit.is_some() || change.what.iter().all(by_clock),
                "the clock cannot say {change:?}"
            );
        }
    }
}

fn describe(what: &ChangeKind) -> String {
    match what {
        ChangeKind::MaintenanceRescheduled { from, to } => {
            let ends = |window: &TimeRange| window.ends.map_or("open".to_owned(), |ends| ends.to_string());
            format!("moved {}/{} -> {}/{}", from.starts, ends(from), to.starts, ends(to))
        }
        ChangeKind::SeverityChanged { from, to } => format!("severity {} -> {}", from.word(), to.word()),
        ChangeKind::PhaseChanged { from, to } => format!("phase {} -> {}", from.word(), to.word()),
        ChangeKind::UpdatePosted { at } => format!("update {at}"),
        ChangeKind::FeaturesAdded(features) => format!("added {}", features.len()),
        ChangeKind::FeaturesRemoved(features) => format!("removed {}", features.len()),
        other => other.word().to_owned(),
    }
}

/// The commits of the published line, oldest first, each with the files it touched.
///
/// At a merge the line follows the last parent: a clone that pulls merges what was published into its own work.
fn commits(history: &History) -> Vec<Commit> {
    let graph = history.git(&["rev-list", "--parents", "--timestamp", "HEAD"]);
    let rows: Vec<Vec<&str>> = graph.lines().map(|line| line.split(' ').collect()).collect();
    let by_id: BTreeMap<&str, &Vec<&str>> = rows.iter().map(|row| (row[1], row)).collect();
    let mut commits = Vec::new();
    let mut next = rows.first().map(|row| row[1]);
    while let Some(id) = next {
        let row = by_id[id];
        next = row[2..].last().copied();
        let at = Moment::from_timestamp(row[0].parse().unwrap(), 0).unwrap();
        commits.push(Commit { id: id.to_owned(), at, edits: edits(history, next, id) });
    }
    commits.reverse();
    commits
}

/// The files of the site that differ between a commit and the one before it.
fn edits(history: &History, before: Option<&str>, id: &str) -> Vec<(String, Option<String>)> {
    const NO_FILES: &str = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";
    let before = before.unwrap_or(NO_FILES);
    let names = ["-c", "core.quotePath=false", "diff-tree", "-r", "--no-renames", "--no-abbrev", before, id];
    let listed = history.git(&names);
    let changed = listed.lines().filter_map(|line| line.split_once('\t'));
    let of_site = changed.filter(|(_, path)| *path == "config.yml" || path.starts_with("content/issues/"));
    let blob =
        |facts: &str| facts.split(' ').nth(3).filter(|blob| !blob.starts_with("0000000")).map(str::to_owned);
    of_site.map(|(facts, path)| (path.to_owned(), blob(facts))).collect()
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

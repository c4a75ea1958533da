//! What a replay tells against what a reader of the history says that subscribers should hear.
//!
//! A row of `expected/told-*.tsv` is one incident at one commit or moment. For a debatable row a disagreement is counted apart.

use std::collections::{BTreeMap, BTreeSet};

use allclear::model::change::ChangeKind;

use super::replay::{Record, Told};

/// How many of a hundred sure rows must be right.
const RIGHT_PERCENT: usize = 97;

/// How many notices may have no row: an end of wikibase is written as midnight hours before, and is announced near that time.
const OUTSIDE_MAX: usize = 1;

struct Row<'a> {
    commit: &'a str,
    at: &'a str,
    incidents: Vec<&'a str>,
    expected: BTreeSet<&'a str>,
    is_sure: bool,
    reason: &'a str,
}

/// How a replay did, in rows.
#[derive(Default)]
struct Tally {
    right: usize,
    missed: usize,
    spurious: usize,
    wrong_kind: usize,
    debatable: usize,
}

/// Prints how many notices are of the wrong kind, spurious or missed, and fails if fewer sure rows are right than promised.
/// `gapless` is the time from which everything told must have a row.
pub(super) fn compare(name: &str, rows: &str, record: &Record, gapless: &str) {
    let rows: Vec<Row<'_>> = rows.lines().filter(|line| !line.starts_with('#')).map(row).collect();
    let mut tally = Tally::default();
    let mut judged: BTreeSet<*const Told> = BTreeSet::new();
    let last = rows.iter().map(|row| row.at).max().unwrap();
    for row in &rows {
        let hits: Vec<&Told> = record.told.iter().filter(|told| is_of(told, row)).collect();
        judged.extend(hits.iter().map(|told| std::ptr::from_ref::<Told>(told)));
        let told: BTreeSet<&str> = hits.iter().flat_map(|told| told.change.what.iter().map(kind)).collect();
        tally.count(name, row, &told);
    }
    let outside = record.told.iter().filter(|told| {
        let at = told.at.format("%Y-%m-%d %H:%M").to_string();
        !judged.contains(&std::ptr::from_ref(*told)) && at.as_str() >= gapless && at.as_str() <= last
    });
    let outside = outside.inspect(|told| {
        println!("{name}: no row expects {:?} of {} at {}", told.change.what, told.change.incident, told.at);
    });
    let outside = outside.count();
    tally.holds(name, record.told.len(), outside);
    assert!(outside <= OUTSIDE_MAX, "{name}: {outside} were told that no row expects");
}

impl Tally {
    fn count(&mut self, name: &str, row: &Row<'_>, told: &BTreeSet<&str>) {
        let is_silence_fine = row.expected.contains("-");
        let announces_again = ["opened", "reopened"].iter().any(|kind| {
            told.contains(kind) && !row.expected.contains(kind) && !row.expected.contains("announced")
        });
        let is_right = !announces_again
            && (told.iter().any(|kind| row.expected.contains(kind)) || told.is_empty() && is_silence_fine);
        if is_right {
            self.right += usize::from(row.is_sure);
            return;
        }
        let count = match (row.is_sure, told.is_empty(), is_silence_fine) {
            (false, ..) => &mut self.debatable,
            (true, true, _) => &mut self.missed,
            (true, false, true) => &mut self.spurious,
            (true, false, false) => &mut self.wrong_kind,
        };
        *count += 1;
        let sure = if row.is_sure { "sure" } else { "debatable" };
        println!(
            "{name}: {sure} {} {} {:?}: expected {:?}, told {told:?} ({})",
            row.commit, row.at, row.incidents, row.expected, row.reason
        );
    }

    fn holds(&self, name: &str, notices: usize, outside: usize) {
        let Self { right, missed, spurious, wrong_kind, debatable } = self;
        let sure = right + missed + spurious + wrong_kind;
        println!(
            "{name}: {notices} notices; of {sure} sure rows {right} are right, {wrong_kind} of the wrong kind, \
             {spurious} spurious, {missed} missed; {outside} told without a row; {debatable} debatable ones differ"
        );
        assert!(right * 100 >= sure * RIGHT_PERCENT, "{name}: {right} of {sure} sure rows are right");
    }
}

fn row(line: &str) -> Row<'_> {
    let fields: Vec<&str> = line.split('\t').collect();
    let [commit, at, incidents, expected, certainty, reason] = fields[..] else {
        panic!("a row of six: {line}")
    };
    Row {
        commit,
        at,
        incidents: incidents.split(" > ").collect(),
        expected: expected.split('|').collect(),
        is_sure: certainty == "sure",
        reason,
    }
}

fn is_of(told: &Told, row: &Row<'_>) -> bool {
    let is_same_cause = match &told.commit {
        Some(commit) => commit.starts_with(row.commit),
        None => row.commit == "clock" && told.at.format("%Y-%m-%d %H:%M").to_string() == row.at,
    };
    is_same_cause && row.incidents.contains(&told.change.incident.as_str().to_lowercase().as_str())
}

/// The reader's word for a change.
fn kind(what: &ChangeKind) -> &'static str {
    let words: BTreeMap<&str, &str> = [
        ("corrected", "correction"),
        ("maintenance_announced", "announced"),
        ("maintenance_moved", "moved"),
        ("maintenance_started", "started"),
        ("maintenance_completed", "completed"),
        ("maintenance_cancelled", "cancelled"),
        ("severity_moved", "severity"),
        ("opened", "opened"),
        ("resolved", "resolved"),
        ("reopened", "reopened"),
    ]
    .into();
    words.get(what.word()).copied().unwrap_or("update")
}

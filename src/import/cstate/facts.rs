//! The facts in the front matter of one issue, in any of its spellings.
//!
//! Understands cState's keys and those of its fork clearstatus. Every key that is not understood is noted.

use std::collections::BTreeSet;

use chrono::{NaiveDate, TimeDelta};

use crate::model::Moment;
use crate::model::phase::{Phase, Severity};

use super::super::lengths;
use super::super::notes::Notes;
use super::super::times::{self, Zone};
use super::tree::{Node, Value};

/// The facts of one issue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Facts {
    /// The title, on one line.
    pub(super) title: String,
    /// When it started, or will.
    pub(super) started: Moment,
    /// Whether it is over; `None` for a post that says nothing about that, or no more than when.
    pub(super) is_over: Option<bool>,
    /// When it was over, or is planned to be.
    pub(super) over_at: Option<Moment>,
    /// How bad it is.
    pub(super) severity: Severity,
    /// The names of the systems affected, each with its line.
    pub(super) affected: Vec<(String, usize)>,
    /// Whether the file says outright that it is planned work.
    pub(super) is_planned: bool,
    /// Whether it is a post rather than an incident.
    pub(super) is_informational: bool,
    /// Whether it was never published.
    pub(super) is_draft: bool,
    /// The phase said next to `resolved`.
    pub(super) phase: Option<Phase>,
    /// Which of its two times are days without a time of day.
    pub(super) day_only: BTreeSet<Moment>,
    /// How long planned work is to take, if a key states it.
    pub(super) duration: Option<TimeDelta>,
}

/// Keys that carry nothing we keep, or that Hugo alone needs.
const SILENT_KEYS: [&str; 29] = [
    "title",
    "date",
    "resolved",
    "resolvedwhen",
    "resolved_on",
    "severity",
    "max_severity",
    "current_severity",
    "affected",
    "section",
    "informational",
    "draft",
    "status",
    "duration",
    "maintenance",
    "pin",
    "pinned",
    "enablecomments",
    "twitterfeed",
    "slug",
    "layout",
    "type",
    "weight",
    "author",
    "lastmod",
    "publishdate",
    "automated",
    "id",
    "description",
];

/// How many times were read in the site's zone, because they carry none.
pub(super) type Zoneless = usize;

/// A post of which nothing says when it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Undated {
    /// Whether cState shows it as open.
    pub(super) is_open: bool,
}

/// Reads the facts. `stem` is the file's name without folder and ending; `front` is absent when the file has no
/// front matter, and then nothing may make an ongoing outage of it.
///
/// # Errors
/// If nothing says when it was, which is noted.
pub(super) fn read(
    front: Option<&Node>,
    stem: &str,
    zone: &Zone,
    zoneless: &mut Zoneless,
    notes: &mut Notes,
) -> Result<Facts, Undated> {
    let nothing = Node { line: 1, value: Value::Nothing };
    let front = front.unwrap_or(&nothing);
    note_unknown_keys(front, notes);
    let named_day = times::day_of_name(stem);
    let status = front.text_of("status").unwrap_or_default().to_lowercase();
    let over_key = if front.get("resolvedWhen").is_some() { "resolvedWhen" } else { "resolved_on" };
    let mut day_only = BTreeSet::new();
    let mut read_moment = |key: &str, notes: &mut Notes| {
        let reading = read_moment(front, key, named_day, zone, notes)?;
        *zoneless += usize::from(reading.is_zoneless);
        day_only.extend(Some(reading.at).filter(|_| reading.is_day));
        Some(reading.at)
    };
    let over_at = read_moment(over_key, notes);
    let started = read_moment("date", notes);
    let is_informational = is_true(front, "informational", notes).unwrap_or(false);
    let is_over = is_over(front, &status, over_at, is_informational, notes);
    let started = match (started, over_at) {
        (Some(started), Some(over)) if is_over != Some(false) && !day_only.contains(&over) => {
            Some(start_of_the_named_day(started, over, named_day, zone, notes))
        }
        (started, _) => started,
    };
    let (severity, maintenance) = severity(front, is_informational, notes);
    let is_draft = is_true(front, "draft", notes).unwrap_or(false);
    let title = title(front, stem, notes);
    let is_open = is_over == Some(false) && is_shown(front) && !is_draft;
    let started = started.or_else(|| {
        let start = fallback_start(front, named_day, (over_at, is_open), zone, notes)?;
        day_only.extend(Some(start).filter(|_| named_day.is_some()));
        Some(start)
    });
    Ok(Facts {
        title,
        started: started.ok_or(Undated { is_open })?,
        is_over,
        over_at,
        severity,
        affected: affected(front),
        is_planned: maintenance
            || status == "scheduled"
            || is_true(front, "maintenance", notes).unwrap_or(false),
        is_informational,
        is_draft,
        phase: (front.text_of("current_severity") == Some("monitoring")).then_some(Phase::Monitoring),
        day_only,
        duration: front.text_of("duration").and_then(lengths::stated),
    })
}

fn note_unknown_keys(front: &Node, notes: &mut Notes) {
    if matches!(front.value, Value::Nothing) {
        notes.error(
            None,
            "front-matter",
            "the file has no front matter".to_owned(),
            "its text was kept as a notice that is over; give it a title, a date and a severity",
        );
        return;
    }
    if let Value::Table(entries) = &front.value {
        for (key, node) in entries {
            if !SILENT_KEYS.contains(&key.to_lowercase().as_str()) {
                notes.warn(Some(node.line), "unknown-key", format!("`{key}` was not carried over"), "");
            }
        }
    }
    if !is_shown(front) {
        notes.warn(
            front.get("section").map(|node| node.line),
            "missing-section",
            "without `section: issue` cState did not show this file".to_owned(),
            "it was imported; delete it if it was never meant to be public",
        );
    }
}

/// Whether cState shows the file as an issue.
fn is_shown(front: &Node) -> bool {
    front.text_of("section") == Some("issue")
}

fn title(front: &Node, stem: &str, notes: &mut Notes) -> String {
    let written = front.text_of("title").map(|title| title.split_whitespace().collect::<Vec<_>>().join(" "));
    written.filter(|title| !title.is_empty()).unwrap_or_else(|| {
        let words: Vec<&str> = stem.split(['-', '_', ' ', '.']).filter(|word| !word.is_empty()).collect();
        let title = if words.is_empty() { "Untitled".to_owned() } else { words.join(" ") };
        notes.warn(
            None,
            "missing-title",
            "there is no title".to_owned(),
            "the name of the file was used instead",
        );
        title
    })
}

/// When it started where its date cannot be read: the day of its name, or the time it was over.
fn fallback_start(
    front: &Node,
    named_day: Option<NaiveDate>,
    (over_at, is_open): (Option<Moment>, bool),
    zone: &Zone,
    notes: &mut Notes,
) -> Option<Moment> {
    let line = front.get("date").map(|node| node.line);
    let from_name = named_day.and_then(|day| zone.moment(day.and_time(chrono::NaiveTime::MIN), None));
    let found = match (from_name, over_at) {
        (Some(at), _) => Some((at, "the day of the file's name was used; check it")),
        (None, Some(at)) => Some((at, "the time it was resolved was used; check it")),
        (None, None) => None,
    };
    let without = match is_open {
        true => "it is open, so nothing is imported until its `date` says when it started",
        false => "it was left out, because nothing says when it was",
    };
    let hint = found.map_or(without, |(_, hint)| hint);
    notes.error(line, "missing-date", "there is no date".to_owned(), hint);
    found.map(|(at, _)| at)
}

/// The start of what was over before it: if it ended on the day that the file's name states, the date has the wrong day.
fn start_of_the_named_day(
    started: Moment,
    over: Moment,
    named_day: Option<NaiveDate>,
    zone: &Zone,
    notes: &mut Notes,
) -> Moment {
    let days_late = zone.day(started) - zone.day(over);
    let mended = started - days_late;
    if over >= started
        || named_day != Some(zone.day(over))
        || days_late <= TimeDelta::zero()
        || mended >= over
    {
        return started;
    }
    let message = format!("it starts, {started}, after it was resolved, {over}, the day of the file's name");
    notes.warn(None, "start-after-end", message, &format!("the start was taken to be {mended}; check both"));
    mended
}

fn read_moment(
    front: &Node,
    key: &str,
    likely: Option<NaiveDate>,
    zone: &Zone,
    notes: &mut Notes,
) -> Option<times::Reading> {
    let node = front.get(key)?;
    let text = front.text_of(key)?;
    let reading = times::moment(text, likely, zone);
    match &reading {
        Some(times::Reading { bent: Some(bent), .. }) => {
            notes.warn(Some(node.line), "bent-time", format!("`{key}: {text}`: {bent}"), "check it");
        }
        Some(_) => {}
        None => {
            let message = format!("`{key}: {text}` is not a time that could be read");
            notes.error(Some(node.line), "unreadable-time", message, "write it as 2026-11-20T09:12:00Z");
        }
    }
    reading
}

fn is_over(
    front: &Node,
    status: &str,
    over_at: Option<Moment>,
    is_informational: bool,
    notes: &mut Notes,
) -> Option<bool> {
    if matches!(front.value, Value::Nothing) {
        return Some(true);
    }
    if let Some(resolved) = is_true(front, "resolved", notes) {
        return Some(resolved);
    }
    if !status.is_empty() {
        return Some(status == "resolved");
    }
    if is_informational || over_at.is_some() {
        return None;
    }
    let hint = "it counts as open, as in cState; resolve it if it has ended";
    notes.warn(None, "missing-resolved", "the file does not say whether it is resolved".to_owned(), hint);
    Some(false)
}

fn is_true(front: &Node, key: &str, notes: &mut Notes) -> Option<bool> {
    let text = front.text_of(key)?;
    match text.to_lowercase().as_str() {
        "true" | "yes" | "y" | "on" | "1" => Some(true),
        "false" | "no" | "n" | "off" | "0" => Some(false),
        _ => {
            let line = front.get(key).map(|node| node.line);
            let message = format!("`{key}: {text}` is neither true nor false");
            notes.error(
                line,
                "unreadable-truth",
                message,
                "it was skipped; check whether the incident has ended",
            );
            None
        }
    }
}

/// The severity, and whether the word for it means planned work.
fn severity(front: &Node, is_informational: bool, notes: &mut Notes) -> (Severity, bool) {
    let keys = ["severity", "current_severity", "max_severity"];
    let said: Vec<(&str, &Node)> =
        keys.into_iter().filter_map(|key| Some((front.text_of(key)?, front.get(key)?))).collect();
    let maintenance = said.iter().any(|(word, _)| word.eq_ignore_ascii_case("maintenance"));
    if is_informational {
        return (Severity::Notice, maintenance);
    }
    let read: Vec<Severity> =
        said.iter().filter_map(|(word, node)| severity_word(word, node, notes)).collect();
    let worst = read.into_iter().max();
    if worst.is_none() && !matches!(front.value, Value::Nothing) {
        notes.warn(None, "missing-severity", "there is no severity".to_owned(), "`notice` was assumed");
    }
    (worst.unwrap_or(Severity::Notice), maintenance)
}

fn severity_word(word: &str, node: &Node, notes: &mut Notes) -> Option<Severity> {
    const WORDS: [(&str, Severity); 10] = [
        ("down", Severity::Critical),
        ("disrupted", Severity::Major),
        ("notice", Severity::Notice),
        ("ok", Severity::Notice),
        ("monitoring", Severity::Minor),
        ("maintenance", Severity::Notice),
        ("degraded", Severity::Minor),
        ("outage", Severity::Critical),
        ("information", Severity::Notice),
        ("info", Severity::Notice),
    ];
    let lower = word.to_lowercase();
    let near = WORDS.iter().map(|(known, severity)| (strsim::osa_distance(&lower, known), known, severity));
    let (distance, known, severity) = near.min_by_key(|(distance, ..)| *distance)?;
    let allowed = if known.len() > 5 { 2 } else { 1 };
    if distance > allowed {
        let message = format!("`{word}` is not a severity");
        notes.error(Some(node.line), "unknown-severity", message, "cState has down, disrupted and notice");
        return None;
    }
    if distance > 0 {
        notes.warn(Some(node.line), "near-severity", format!("`{word}` was read as `{known}`"), "");
    }
    Some(*severity)
}

/// The systems affected, each once, in the order of the file.
fn affected(front: &Node) -> Vec<(String, usize)> {
    let mut known = BTreeSet::new();
    let listed = front.get("affected").map_or(&[] as &[Node], Node::items).iter();
    let named = listed.filter_map(|node| Some((node.text()?.trim(), node.line)));
    let each = named.filter(|(name, _)| !name.is_empty() && known.insert(*name));
    each.map(|(name, line)| (name.to_owned(), line)).collect()
}

//! One file of cState to one incident or maintenance.

use std::collections::BTreeMap;

use chrono::TimeDelta;

use crate::model::feature::{Feature, FeatureId, Status};
use crate::model::hash::derive;
use crate::model::incident::{Eta, Incident, IncidentId, Update, Window};
use crate::model::localized::Localized;
use crate::model::phase::{Kind, Phase};
use crate::model::problem::Problem;
use crate::model::sensitivity::Sensitivity;

use super::body::{self, Entry, Role};
use super::facts::{self, Facts};
use super::front_matter;
use super::notes::Notes;
use super::planned::{self, Judgement};
use super::story;
use super::systems::{Meaning, Systems, feature};
use super::text;

/// What a file became.
pub(super) struct Read {
    /// The incident.
    pub(super) incident: Incident,
    /// The features it names that the configuration does not have.
    pub(super) unknown: BTreeMap<FeatureId, Feature>,
}

/// Reads one file. `path` is its place in the site, `inner` the part below the folder of issues. Gives no
/// incident for what cState does not show either: drafts, section pages, hidden and binary files.
pub(super) fn read(path: &str, inner: &str, bytes: &[u8], systems: &Systems) -> (Option<Read>, Vec<Problem>) {
    let name = inner.rsplit('/').next().unwrap_or(inner);
    let decoded = String::from_utf8_lossy(bytes);
    let text = decoded.trim_start_matches('\u{feff}').replace("\r\n", "\n").replace('\r', "\n");
    let mut notes = Notes::new(path, &text);
    if name == ".gitkeep" {
        return (None, Vec::new());
    }
    if let Some(reason) = not_an_issue(name, bytes) {
        notes.error(
            None,
            "not-an-issue",
            reason.to_owned(),
            "it was left out; carry over by hand what you need",
        );
        return (None, notes.into_problems());
    }
    if matches!(decoded, std::borrow::Cow::Owned(_)) {
        let message = "the file is not all UTF-8, so some characters are lost".to_owned();
        notes.error(None, "encoding", message, "save it as UTF-8 and import again");
    }
    let read = incident(path, inner, &text, systems, &mut notes);
    (read, notes.into_problems())
}

/// The file an incident of that id is written to.
pub(super) fn file_of(id: &IncidentId) -> String {
    format!("incidents/{id}.md")
}

fn not_an_issue(name: &str, bytes: &[u8]) -> Option<&'static str> {
    if name.starts_with('.') {
        Some("this is a hidden file, which Hugo does not read")
    } else if name.starts_with("_index.") {
        Some("this is the page of the folder, not an issue")
    } else if bytes.contains(&0) {
        Some("this is not a text")
    } else {
        None
    }
}

fn incident(path: &str, inner: &str, text: &str, systems: &Systems, notes: &mut Notes) -> Option<Read> {
    let stem = stem(inner);
    let parts = front_matter::read(text, notes);
    let facts = facts::read(parts.front.as_ref(), stem, notes);
    if facts.is_draft {
        let hint = "publish it in cState first, or write it anew";
        notes.error(None, "draft", "this is a draft, which cState does not publish".to_owned(), hint);
        return None;
    }
    let entries = entries(&parts.body, &facts, notes);
    let kind = kind(&facts, stem, &entries, notes);
    let opening = entries.first().map_or(String::new(), |entry| entry.text.clone());
    let mut updates = story::tell(&facts, kind, entries, parts.body_line, notes);
    if facts.is_informational
        && let Some(last) = updates.last_mut()
    {
        last.phase = Some(Phase::Resolved);
    }
    let (affected, unknown) = affected(&facts, kind, systems, notes);
    let id = id_of(inner, path);
    let mut incident = Incident {
        file: file_of(&id),
        id,
        kind,
        title: Localized::plain(&facts.title),
        severity: facts.severity,
        affected,
        started: facts.started,
        window: (kind == Kind::Maintenance).then(|| window(&facts, &opening, &updates, notes)),
        eta: None,
        next_update: None,
        impact: None,
        workaround: None,
        sensitivity: Sensitivity::Public,
        telling: None,
        updates,
    };
    promise(&mut incident, notes);
    Some(Read { incident, unknown })
}

/// The entries of the body, with notes on what was dropped.
fn entries(body: &str, facts: &Facts, notes: &mut Notes) -> Vec<Entry> {
    let cleaned = text::drop_comments(body);
    if cleaned.open_comment {
        let hint = "its words were kept; delete what was not meant to be read";
        notes.warn(None, "open-comment", "a comment is opened and never closed".to_owned(), hint);
    }
    let entries = body::split(&cleaned.text, facts.started);
    if entries.is_empty() {
        let message = if cleaned.had_comment { "its whole text is a comment" } else { "it has no text" };
        notes.warn(None, "no-text", message.to_owned(), "write an update, or leave the title to speak");
    }
    if let Some(shortcode) = entries.iter().find_map(|entry| shortcode(&entry.text)) {
        let message = format!("`{shortcode}` is a Hugo shortcode and is shown as it stands");
        notes.warn(None, "shortcode", message, "put its words in its place");
    }
    entries
}

fn shortcode(text: &str) -> Option<&str> {
    let start = text.find("{{<").or_else(|| text.find("{{%"))?;
    let from = text.get(start..)?;
    let end = from.find("}}").map_or(from.len(), |end| end + 2);
    from.get(..end)?.lines().next()
}

fn kind(facts: &Facts, stem: &str, entries: &[Entry], notes: &mut Notes) -> Kind {
    if facts.is_informational {
        return Kind::Incident;
    }
    if facts.is_planned {
        return Kind::Maintenance;
    }
    let opening = entries.first().map_or("", |entry| entry.text.as_str());
    let says_phase = entries.iter().find_map(|entry| match entry.role {
        Role::Phase(phase) => Some(phase.kind()),
        _ => None,
    });
    match (says_phase, planned::judge(&facts.title, stem, opening)) {
        (Some(kind), _) => kind,
        (None, Judgement::Work) => Kind::Maintenance,
        (None, Judgement::Trouble) => Kind::Incident,
        (None, Judgement::Unclear) => {
            let message = "it may be planned work or trouble".to_owned();
            let hint = "it was taken for trouble; if it was planned, add kind, starts and ends";
            notes.warn(None, "unclear-kind", message, hint);
            Kind::Incident
        }
    }
}

fn affected(
    facts: &Facts,
    kind: Kind,
    systems: &Systems,
    notes: &mut Notes,
) -> (BTreeMap<FeatureId, Status>, BTreeMap<FeatureId, Feature>) {
    let status = match kind {
        Kind::Maintenance => Status::Maintenance,
        Kind::Incident => facts.severity.implied_status(),
    };
    let (mut affected, mut unknown, mut names) = (BTreeMap::new(), BTreeMap::new(), Vec::new());
    for (name, line) in &facts.affected {
        let line = Some(*line).filter(|line| *line > 0);
        let id = match systems.find(name) {
            Meaning::Known(id) => id,
            Meaning::Near(id, known) => {
                notes.warn(line, "near-system", format!("`{name}` was taken for `{known}`"), "");
                id
            }
            Meaning::Unknown(id) => {
                names.push((format!("`{name}`"), line));
                unknown.insert(id.clone(), feature(id.clone(), name));
                id
            }
        };
        affected.insert(id, status);
    }
    if let Some(whole) = systems.whole().filter(|_| affected.is_empty()) {
        affected.insert(whole.clone(), status);
    }
    if let Some((_, first_line)) = names.first() {
        let listed = names.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", ");
        let message = format!("the configuration has no system called {listed}");
        notes.warn(*first_line, "unknown-system", message, "each became a feature in the group Other");
    }
    (affected, unknown)
}

/// The plan of the work: from the start to the end stated by key, by the end it had, or by the announcement; a day
/// where nobody said.
fn window(facts: &Facts, opening: &str, updates: &[Update], notes: &mut Notes) -> Window {
    let starts = facts.started;
    let ended = updates.iter().rev().find(|update| update.phase.is_some_and(Phase::is_over));
    let ended = ended.map(|update| update.at).filter(|at| facts.is_over && *at > starts);
    let written = facts.over_at.filter(|at| *at > starts);
    let stated = facts.duration.or_else(|| planned::longest_duration(opening)).map(|length| starts + length);
    let ends = ended.or(written).or(stated).unwrap_or_else(|| {
        if !facts.is_over {
            let message = "nothing says when the work is to end".to_owned();
            notes.warn(None, "unknown-end", message, "one day was taken; set `ends`");
        }
        starts + TimeDelta::days(1)
    });
    Window { starts, ends }
}

/// An incident that goes on owes its readers an estimate or a next word; cState has neither.
fn promise(incident: &mut Incident, notes: &mut Notes) {
    let over = incident.updates.iter().rev().find_map(|update| update.phase).is_some_and(Phase::is_over);
    if incident.kind == Kind::Maintenance || over {
        return;
    }
    let next = incident.last_spoken() + TimeDelta::days(1);
    incident.eta = Some(Eta::Unknown);
    incident.next_update = Some(next);
    let hint = format!("its eta was set to unknown and the next update to {next}; write what you know");
    notes.warn(None, "still-active", "it is not resolved".to_owned(), &hint);
}

/// The file's name without folder and ending; a page bundle is named by its folder.
fn stem(inner: &str) -> &str {
    let inner = without_ending(inner);
    let inner = inner.strip_suffix("/index").unwrap_or(inner);
    inner.rsplit('/').next().unwrap_or(inner)
}

fn without_ending(inner: &str) -> &str {
    [".md", ".markdown", ".html"].iter().find_map(|ending| inner.strip_suffix(ending)).unwrap_or(inner)
}

/// The id a path becomes: letters and digits of each folder with hyphens between. Dots go too, because `name.es.md`
/// would be the Spanish text of `name`.
fn id_of(inner: &str, path: &str) -> IncidentId {
    let inner = without_ending(inner);
    let inner = inner.strip_suffix("/index").unwrap_or(inner);
    let part = |part: &str| {
        let spaced: String =
            part.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { ' ' }).collect();
        spaced.split_whitespace().collect::<Vec<_>>().join("-")
    };
    let parts: Vec<String> = inner.split('/').map(part).filter(|part| !part.is_empty()).collect();
    let joined: String = parts.join("/").chars().take(180).collect();
    let hashed = || {
        let hash: String = derive("issue", &[path]).chars().take(10).collect();
        IncidentId::new(&format!("issue-{hash}"))
    };
    let shaped = IncidentId::new(joined.trim_end_matches(['/', '-'])).or_else(hashed);
    shaped.unwrap_or_else(|| id_of("issue", path))
}

//! Turns one file of cState into one incident or maintenance.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use crate::model::Moment;
use crate::model::days::Days;
use crate::model::feature::{Feature, FeatureId, Status};
use crate::model::incident::{Audience, Completes, Eta, Incident, TimeRange, Update};
use crate::model::line::reorders;
use crate::model::localized::Localized;
use crate::model::phase::IncidentKind;
use crate::model::problem::Problem;
use crate::model::sensitivity::Sensitivity;

use super::super::entries::{self, Entry};
use super::super::markdown;
use super::super::marks::Role;
use super::super::notes::Notes;
use super::super::planned::{self, Judgement};
use super::super::shortened::shortened;
use super::super::spans;
use super::super::story::{self, Known, Over};
use super::super::times::Zone;
use super::config::Site;
use super::dates;
use super::facts::{self, Facts, Undated, Zoneless};
use super::front_matter;
use super::names::{self, Hidden};
use super::systems::{Meaning, Systems, feature};

/// What a file became.
pub(super) struct Read {
    pub(super) incident: Incident,
    /// The features it names that the configuration does not have.
    pub(super) unknown: BTreeMap<FeatureId, Feature>,
    /// How many of its times carry no zone.
    pub(super) zoneless: Zoneless,
    /// Whether the file says that it is not over.
    is_open: bool,
}

/// What is known of a file.
pub(super) struct Outcome {
    /// `None`, with a note, for what cState does not show either and for what cannot be carried over.
    pub(super) read: Option<Read>,
    /// That it is open, and nothing says since when.
    pub(super) is_open_without_start: bool,
    pub(super) notes: Vec<Problem>,
}

/// Reads one file. `path` is its place in the site, `inner` the part that names it.
pub(super) fn read(path: &str, inner: &str, bytes: &[u8], site: &Site) -> Outcome {
    let (decoded, is_whole) = decoded(bytes);
    let text = decoded.trim_start_matches('\u{feff}').replace("\r\n", "\n").replace('\r', "\n");
    let mut notes = Notes::new(path, &text);
    let left =
        |notes: Notes| Outcome { read: None, is_open_without_start: false, notes: notes.into_problems() };
    match names::hidden(inner, &text, &site.translations) {
        Some(Hidden::Nothing) => return left(notes),
        Some(Hidden::Left(reason, hint)) => {
            notes.warn(None, "not-an-issue", reason.to_owned(), hint);
            return left(notes);
        }
        Some(Hidden::Lost(reason, hint)) => {
            notes.error(None, "not-an-issue", reason.to_owned(), hint);
            return left(notes);
        }
        Some(Hidden::OtherMarkup) => return without_text(path, inner, text, site),
        None => {}
    }
    if !is_whole {
        let message = "the file is not all UTF-8, so some characters are lost".to_owned();
        notes.error(None, "encoding", message, "save it as UTF-8 and import again");
    }
    outcome(incident(path, inner, &visible(text, &mut notes), site, &mut notes), notes)
}

fn outcome(read: Result<Option<Read>, Undated>, notes: Notes) -> Outcome {
    let is_open_without_start = read.as_ref().is_err_and(|undated| undated.is_open);
    Outcome { read: read.ok().flatten(), is_open_without_start, notes: notes.into_problems() }
}

/// A file whose markup is not read: if it is open, an incident that says where its text is; else nothing but a note.
fn without_text(path: &str, inner: &str, text: String, site: &Site) -> Outcome {
    let mut notes = Notes::new(path, &text);
    notes.error(
        None,
        "not-an-issue",
        "this is not markdown".to_owned(),
        "convert it to markdown and import again; of an incident that is open, only the text is missing",
    );
    let mut own = Notes::new(path, &text);
    let read = incident(path, inner, &visible(text, &mut own), site, &mut own);
    let read = read.map(|read| read.filter(|read| read.is_open));
    let is_left_out = matches!(read, Ok(None) | Err(Undated { is_open: false }));
    let read = read.map(|read| read.map(|read| Read { incident: shortened(&read.incident, path), ..read }));
    let mut outcome = outcome(read, notes);
    if !is_left_out {
        outcome.notes.extend(own.into_problems());
    }
    outcome
}

/// The text of a file in UTF-8 or, if it begins with the mark of one, in UTF-16; and whether every character could be read.
fn decoded(bytes: &[u8]) -> (String, bool) {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let units = |of: fn([u8; 2]) -> u16| pairs.iter().map(|pair| of(*pair)).collect::<Vec<u16>>();
    let wide = match bytes {
        [0xff, 0xfe, ..] => units(u16::from_le_bytes),
        [0xfe, 0xff, ..] => units(u16::from_be_bytes),
        _ => {
            let text = String::from_utf8_lossy(bytes);
            return (text.to_string(), matches!(text, Cow::Borrowed(_)));
        }
    };
    let text = String::from_utf16(&wide);
    let is_whole = text.is_ok() && rest.is_empty();
    (text.unwrap_or_else(|_| String::from_utf16_lossy(&wide)), is_whole)
}

/// The text without the characters that a story may not hold: control characters, and those that reorder what follows.
fn visible(text: String, notes: &mut Notes) -> String {
    let is_refused = |c: char| c.is_control() && !matches!(c, '\n' | '\t') || reorders(c);
    if !text.contains(is_refused) {
        return text;
    }
    let message = "characters that cannot be seen were taken out".to_owned();
    notes.warn(None, "control-character", message, "compare the result");
    text.replace(is_refused, "")
}

/// The incident; `None` for a draft.
fn incident(
    path: &str,
    inner: &str,
    text: &str,
    site: &Site,
    notes: &mut Notes,
) -> Result<Option<Read>, Undated> {
    let stem = names::stem(inner);
    let parts = front_matter::read(text, notes);
    let mut zoneless = 0;
    let mut facts = facts::read(parts.front.as_ref(), stem, &site.zone, &mut zoneless, notes)?;
    if facts.is_draft {
        let hint = "publish it in cState first, or write it again";
        notes.warn(None, "draft", "this is a draft, which cState does not publish".to_owned(), hint);
        return Ok(None);
    }
    let mut entries = entries(&parts.body, &facts, &site.zone, notes);
    zoneless += entries.iter().filter(|entry| entry.stated.is_zoneless()).count();
    let kind = kind(&facts, stem, &entries, notes);
    let opening = entries.first().map_or(String::new(), |entry| entry.text.clone());
    let over = dates::spoken_after(over(&facts, kind, notes), &facts, &entries, notes);
    let stated = take_times_of_day(&mut facts, kind, &opening, &site.zone);
    let is_work = kind == IncidentKind::Maintenance;
    let is_announced = is_work && dates::announce(&mut facts, over, &mut entries, &site.zone);
    dates::begin_untimed(kind, over, &mut facts, &entries, &site.zone, notes);
    let known = Known {
        kind,
        started: facts.started,
        over,
        is_announced,
        day_only: &facts.day_only,
        phase: facts.phase,
        zone: &site.zone,
        line: parts.body_line,
    };
    let story = story::tell(known, entries, notes);
    let (affected, unknown) = affected(&facts, kind, &site.systems, notes);
    let id = names::id_of(inner, path);
    let goes_on = kind == IncidentKind::Incident && over == Over::No;
    let mut incident = Incident {
        file: names::file_of(&id),
        id,
        kind,
        title: Localized::plain(&facts.title),
        severity: facts.severity,
        affected,
        started: facts.started,
        window: is_work.then(|| window(&facts, over, stated, &opening, &site.zone)),
        eta: goes_on.then_some(Eta::Unknown),
        next_update: None,
        impact: story.announcement.map(Localized::plain),
        workaround: None,
        audience: Audience::Public,
        sensitivity: Sensitivity::Public,
        author_mark: None,
        narrow: Default::default(),
        imported_through: imported_through(kind, over, &story.updates, facts.started),
        accepted: BTreeMap::new(),
        repeats: None,
        day_only: Days::default(),
        updates: story.updates,
    };
    let written: BTreeSet<Moment> = times(&incident).collect();
    incident.day_only = story.day_only.intersection(&written).copied().collect();
    if goes_on {
        let hint = "its ETA is unknown; promise the next update with `next_update`";
        notes.warn(None, "still-active", "it is not resolved".to_owned(), hint);
    }
    Ok(Some(Read { incident, unknown, zoneless, is_open: facts.is_over == Some(false) }))
}

/// The times that the file of an incident will hold.
fn times(incident: &Incident) -> impl Iterator<Item = Moment> {
    let planned = incident.window.into_iter().flat_map(TimeRange::turns);
    planned.chain([incident.started]).chain(incident.updates.iter().map(|update| update.at))
}

/// Up to when the source has spoken, where that is more than history: of what continues, so that it owes no next update and no
/// exact time, and of an incident that it says is over, so that this holds whatever time it gives.
fn imported_through(kind: IncidentKind, over: Over, updates: &[Update], started: Moment) -> Option<Moment> {
    let newest = updates.last().map(|update| update.at);
    match (kind, over) {
        (IncidentKind::Incident, Over::No) => newest.or(Some(started)),
        (IncidentKind::Incident, Over::At(_)) | (IncidentKind::Maintenance, Over::No) => newest,
        _ => None,
    }
}

/// The entries of the body, with notes on what was dropped.
fn entries(body: &str, facts: &Facts, zone: &Zone, notes: &mut Notes) -> Vec<Entry> {
    let cleaned = markdown::drop_comments(body);
    if cleaned.open_comment {
        let hint = "its text was kept; delete what must not be public";
        notes.warn(None, "open-comment", "a comment is not closed".to_owned(), hint);
    }
    let entries = entries::split(&cleaned.text, facts.started, zone);
    if entries.is_empty() {
        let message = if cleaned.had_comment { "its whole text is a comment" } else { "it has no text" };
        notes.warn(None, "no-text", message.to_owned(), "write an update, unless the title says enough");
    }
    if let Some(shortcode) = entries.iter().find_map(|entry| shortcode(&entry.text)) {
        let message = format!("`{shortcode}` is a Hugo shortcode, which is shown as plain text");
        notes.warn(None, "shortcode", message, "replace it with its text");
    }
    entries
}

fn shortcode(text: &str) -> Option<&str> {
    let start = text.find("{{<").or_else(|| text.find("{{%"))?;
    let from = text.get(start..)?;
    let end = from.find("}}").map_or(from.len(), |end| end + 2);
    from.get(..end)?.lines().next()
}

fn kind(facts: &Facts, stem: &str, entries: &[Entry], notes: &mut Notes) -> IncidentKind {
    if facts.is_planned {
        return IncidentKind::Maintenance;
    }
    let opening = entries.first().map_or("", |entry| entry.text.as_str());
    let says_phase = entries.iter().find_map(|entry| match entry.role {
        Role::Phase(phase) => Some(phase.kind()),
        _ => None,
    });
    match (says_phase, planned::judge(&facts.title, stem, opening, facts.is_informational)) {
        (Some(kind), _) => kind,
        (None, Judgement::Work) => IncidentKind::Maintenance,
        (None, Judgement::Trouble) => IncidentKind::Incident,
        (None, Judgement::Unclear) => {
            let message = "it may be planned work or an incident".to_owned();
            let hint = "an incident was assumed; if it was planned work, add kind, starts and ends";
            notes.warn(None, "unclear-kind", message, hint);
            IncidentKind::Incident
        }
    }
}

/// Whether it is over. A post without the flag reports what is past once its day has come: work completes
/// by the clock, and anything else is over as it stands.
fn over(facts: &Facts, kind: IncidentKind, notes: &mut Notes) -> Over {
    match (facts.is_over, facts.over_at) {
        (Some(true), Some(at)) => Over::At(at),
        (None, Some(at)) if kind == IncidentKind::Incident => Over::At(at),
        (Some(true), None) => {
            if !facts.is_informational {
                let hint = "the time of its last entry was used; write `resolvedWhen` if you know it";
                notes.warn(None, "missing-end", "it is resolved, without a time".to_owned(), hint);
            }
            Over::Untimed
        }
        (Some(false), _) => Over::No,
        (None, _) if kind == IncidentKind::Maintenance => Over::No,
        (None, _) => Over::Untimed,
    }
}

fn affected(
    facts: &Facts,
    kind: IncidentKind,
    systems: &Systems,
    notes: &mut Notes,
) -> (BTreeMap<FeatureId, Status>, BTreeMap<FeatureId, Feature>) {
    let status = match kind {
        IncidentKind::Maintenance => Status::Maintenance,
        IncidentKind::Incident => facts.severity.implied_status(),
    };
    let (mut affected, mut unknown, mut names) = (BTreeMap::new(), BTreeMap::new(), Vec::new());
    for (name, line) in &facts.affected {
        let line = Some(*line).filter(|line| *line > 0);
        let id = match systems.find(name) {
            Meaning::Known(id) => id,
            Meaning::Near(id, known) => {
                notes.warn(line, "near-system", format!("`{name}` was read as `{known}`"), "");
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

/// Gives work of which the date is a day the time of day that its announcement states for the start; that of its end is returned.
fn take_times_of_day(facts: &mut Facts, kind: IncidentKind, opening: &str, zone: &Zone) -> Option<Moment> {
    let is_planned_day = kind == IncidentKind::Maintenance && facts.day_only.contains(&facts.started);
    let (starts, ends) = spans::times_on(opening, facts.started, zone).filter(|_| is_planned_day)?;
    if facts.over_at != Some(facts.started) {
        facts.day_only.remove(&facts.started);
    }
    facts.started = starts;
    Some(ends)
}

/// The plan of the work: from the start to the end that a key states, also `resolvedWhen` next to `resolved: false`, else the
/// announcement; else open. cState's own flag completes it, so the clock does not, save for a post that has none.
fn window(facts: &Facts, over: Over, ends: Option<Moment>, opening: &str, zone: &Zone) -> TimeRange {
    let starts = facts.started;
    let stated = facts.duration.map(|length| starts + length);
    let written = facts.over_at.filter(|at| over == Over::No && *at > starts);
    // A length says when work ends only if it is known when it starts.
    let is_day = facts.day_only.contains(&starts);
    let stated = stated.filter(|_| !is_day).or(ends);
    let ends = stated.or(written).or_else(|| spans::end_in(opening, starts, zone).filter(|_| !is_day));
    let completes = if facts.is_over.is_none() { Completes::ByClock } else { Completes::ByWord };
    TimeRange::new(starts, ends, Some(completes))
}

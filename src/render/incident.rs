//! The page of one incident, and the view of an incident that other pages share.

use serde::Serialize;

use super::edition::Edition;
use super::frame::Frame;
use super::machine::{self, Journal};
use super::part::Part;
use super::path::{incident_folder, way_up};
use super::stamp::Stamp;
use super::{Error, File, structured, view};
use crate::model::Moment;
use crate::model::feature::Status;
use crate::model::incident::{Audience, Eta, Incident, Update};
use crate::model::phase::{Kind, Phase, Severity};
use crate::theme::markdown::escape;

/// The view of `incident.html`.
#[derive(Debug, Serialize)]
struct Page<'a> {
    frame: Frame<'a>,
    /// JSON-LD.
    structured_html: String,
    incident: view::Incident,
}

/// Every incident with its page in each language and what machines read of it.
pub(super) fn parts<'a>(
    editions: &'a [Edition<'a>],
    journal: &'a Journal<'a>,
) -> impl Iterator<Item = Part<'a>> {
    let site: Vec<Stamp> = editions.iter().map(|edition| edition.stamp).collect();
    let site = Stamp::of(&site);
    let visible = editions.first().map_or(&[] as &[&Incident], |first| &first.snapshot.visible);
    visible.iter().filter_map(move |incident| {
        let own = editions.first()?.snapshot.stamp(incident);
        let stamp = Stamp::of(&(site, own, journal.plans(incident)));
        Some(Part::new(incident_folder(&incident.id), stamp, move || {
            let pages = editions.iter().map(|edition| page(edition, incident));
            let mut files = pages.collect::<Result<Vec<File>, Error>>()?;
            files.extend(machine::of_incident(editions, journal, incident)?);
            Ok(files)
        }))
    })
}

/// How many earlier estimates stand beside the current one; each stands in its own update as well.
const ESTIMATES_MAX: usize = 3;

/// Renders an incident's page.
fn page(edition: &Edition<'_>, incident: &Incident) -> Result<File, Error> {
    let folder = incident_folder(&incident.id);
    let root = way_up(&format!("{}{folder}", edition.folder));
    let shown = whole(edition, incident, &root);
    let name = edition.page.name.in_language(edition.language);
    let title = format!("{} · {name}", shown.title.text);
    let summary = edition.words.labelled(&shown.mark.word, &shown.phase);
    let view = Page {
        frame: Frame::new(edition, "incident", shown.mark.shape, &folder, title, summary),
        structured_html: structured::incident(edition, incident, &shown)?,
        incident: shown,
    };
    edition.fill(format!("{}{folder}index.html", edition.folder), "incident.html", &view)
}

/// The view of an incident with all its updates, for a page from which `root` leads up to the tree's root.
pub(super) fn whole(edition: &Edition<'_>, incident: &Incident, root: &str) -> view::Incident {
    with_entries(edition, incident, root, usize::MAX)
}

/// The same with its newest update only.
pub(super) fn brief(edition: &Edition<'_>, incident: &Incident, root: &str) -> view::Incident {
    with_entries(edition, incident, root, 1)
}

/// An incident in a list.
pub(super) fn item(edition: &Edition<'_>, incident: &Incident, root: &str) -> view::Item {
    let now = edition.snapshot.now;
    let phase = incident.phase_at(now);
    let outcome = match incident.ended_at(now) {
        Some(ended) if phase != Phase::Cancelled => {
            let lasted = edition.words.duration(incident.lasted(ended));
            edition.words.say_with("history.resolved_after", &[("duration", &lasted)])
        }
        _ => edition.words.say(phase_key(phase)).to_owned(),
    };
    let mut touched: Vec<&str> = incident.touched().map(|feature| edition.name(feature)).collect();
    touched.sort_unstable();
    touched.dedup();
    view::Item {
        title: edition.title(&incident.title),
        href: href(edition, incident, root),
        mark: item_mark(edition, incident, phase),
        started: edition.short_time(incident.began_at()),
        outcome,
        touched: edition.words.list(&touched),
    }
}

/// The key of a phase's word.
pub(super) fn phase_key(phase: Phase) -> &'static str {
    match phase {
        Phase::Investigating => "phase.investigating",
        Phase::Identified => "phase.identified",
        Phase::Monitoring => "phase.monitoring",
        Phase::Resolved => "phase.resolved",
        Phase::Postmortem => "phase.postmortem",
        Phase::Scheduled => "phase.scheduled",
        Phase::InProgress => "phase.in_progress",
        Phase::Verifying => "phase.verifying",
        Phase::Completed => "phase.completed",
        Phase::Cancelled => "phase.cancelled",
    }
}

/// The updates that customers may read at `now`, newest first.
pub(super) fn told(incident: &Incident, now: Moment) -> impl Iterator<Item = &Update> {
    incident.public_updates().rev().filter(move |update| update.at <= now)
}

fn with_entries(edition: &Edition<'_>, incident: &Incident, root: &str, most: usize) -> view::Incident {
    let (now, words) = (edition.snapshot.now, edition.words);
    let phase = incident.phase_at(now);
    let is_over = phase.is_over();
    let entries: Vec<view::Entry> = edition
        .snapshot
        .told(incident)
        .take(most)
        .map(|update| entry(edition, incident, update, root))
        .collect();
    let prose = |text: &Option<_>| text.as_ref().map(|text| edition.prose(text, root));
    let (title, impact) = (edition.title(&incident.title), prose(&incident.impact));
    let workaround = prose(&incident.workaround);
    let languages = entries.iter().map(|entry| &entry.prose.language);
    let languages = languages.chain(impact.iter().chain(&workaround).map(|prose| &prose.language));
    let is_foreign = title.language.is_some() || languages.into_iter().any(Option::is_some);
    let count = edition.snapshot.told(incident).count().to_string();
    view::Incident {
        href: href(edition, incident, root),
        is_maintenance: incident.kind == Kind::Maintenance,
        is_over,
        mark: mark(edition, incident, phase),
        phase: words.say(standing_key(incident, phase)).to_owned(),
        affected: affected(edition, incident, is_over),
        started: edition.short_time(incident.began_at()),
        window: incident.window.map(|window| words.span(window.starts, window.ends, edition.zone)),
        estimate: estimate(edition, incident, is_over, most.min(ESTIMATES_MAX)),
        window_html: incident.window.map(|window| edition.span_html(window.starts, window.ends)),
        calendar: incident
            .window
            .filter(|_| !is_over)
            .map(|_| format!("{root}{}{}maintenance.ics", edition.folder, incident_folder(&incident.id))),
        standings: standings(edition, incident),
        promise: incident.next_update.filter(|_| !is_over).map(|by| promise(edition, by)),
        end: incident.ended_at(now).filter(|_| phase != Phase::Cancelled).map(|ended| view::End {
            time: edition.short_time(ended),
            lasted: words.duration(incident.lasted(ended)),
        }),
        story: words.say_with("index.story", &[("count", &count)]),
        original: is_foreign.then(|| original(edition)),
        title,
        impact,
        workaround,
        entries,
    }
}

fn href(edition: &Edition<'_>, incident: &Incident, root: &str) -> String {
    format!("{root}{}{}index.html", edition.folder, incident_folder(&incident.id))
}

fn original(edition: &Edition<'_>) -> String {
    let first = edition.theme.words(edition.page.first_language()).say("language");
    edition.words.say_with("incident.original", &[("language", first)])
}

/// How bad it is while it goes on; that it is planned, over or cancelled otherwise.
fn mark(edition: &Edition<'_>, incident: &Incident, phase: Phase) -> view::Mark {
    let (shape, key) = match (phase, incident.kind) {
        (Phase::Cancelled, _) => ("cancelled", phase_key(phase)),
        (Phase::Postmortem, _) => ("over", phase_key(Phase::Resolved)),
        (phase, _) if phase.is_over() => ("over", phase_key(phase)),
        (_, Kind::Maintenance) => ("maintenance", "kind.maintenance"),
        (_, Kind::Incident) => (severity_shape(incident.severity), severity_badge_key(incident.severity)),
    };
    view::Mark { shape, word: edition.words.say(key).to_owned() }
}

/// What stands beside the mark: the phase while it goes on, how bad it was once the mark says that it is over.
fn standing_key(incident: &Incident, phase: Phase) -> &'static str {
    match incident.kind {
        _ if !phase.is_over() => phase_key(phase),
        Kind::Incident => severity_badge_key(incident.peak_severity()),
        Kind::Maintenance => "kind.maintenance",
    }
}

/// In a list the shape says how bad it was even when it is over.
fn item_mark(edition: &Edition<'_>, incident: &Incident, phase: Phase) -> view::Mark {
    let (shape, key) = match (phase, incident.kind) {
        (Phase::Cancelled, _) => ("cancelled", "kind.maintenance"),
        (_, Kind::Maintenance) => ("maintenance", "kind.maintenance"),
        (_, Kind::Incident) => {
            let worst = incident.peak_severity();
            (severity_shape(worst), severity_badge_key(worst))
        }
    };
    view::Mark { shape, word: edition.words.say(key).to_owned() }
}

fn severity_shape(severity: Severity) -> &'static str {
    match severity {
        Severity::Notice => "notice",
        Severity::Minor => Status::Degraded.word(),
        Severity::Major => Status::PartialOutage.word(),
        Severity::Critical => Status::MajorOutage.word(),
    }
}

/// What stands alone: on a badge, in a list.
fn severity_badge_key(severity: Severity) -> &'static str {
    match severity {
        Severity::Notice => "severity_badge.notice",
        Severity::Minor => "severity_badge.minor",
        Severity::Major => "severity_badge.major",
        Severity::Critical => "severity_badge.critical",
    }
}

/// What follows the label "Severity".
fn severity_key(severity: Severity) -> &'static str {
    match severity {
        Severity::Notice => "severity.notice",
        Severity::Minor => "severity.minor",
        Severity::Major => "severity.major",
        Severity::Critical => "severity.critical",
    }
}

/// The features of the front matter with their status now; what is over only names them.
fn affected(edition: &Edition<'_>, incident: &Incident, is_over: bool) -> Vec<view::Affected> {
    let now = edition.snapshot.now;
    let order =
        edition.page.features().map(|feature| &feature.id).filter(|id| incident.affected.contains_key(id));
    let unknown = incident.affected.keys().filter(|id| edition.page.feature(id).is_none());
    let view = |feature| {
        let status = incident.status_of(feature, now);
        let status = if is_over { Status::Operational } else { status };
        view::Affected { name: edition.name(feature).to_owned(), mark: edition.mark(status) }
    };
    order.chain(unknown).map(view).collect()
}

/// The estimate, with so many of those before it at most.
fn estimate(
    edition: &Edition<'_>,
    incident: &Incident,
    is_over: bool,
    before_max: usize,
) -> Option<view::Estimate> {
    let now = edition.snapshot.now;
    let mut given: Vec<Eta> = incident.eta_history().into_iter().map(|(_, eta)| eta).collect();
    let current = given.pop().filter(|_| !is_over || incident.kind == Kind::Incident)?;
    let time = |eta: Eta| match eta {
        Eta::At(moment) => Some(edition.short_time(moment)),
        Eta::Unknown => None,
    };
    let due = match current {
        Eta::At(moment) if !is_over => Some(moment),
        _ => None,
    };
    let mut before: Vec<view::Time> = given.into_iter().filter_map(time).collect();
    let count = before.len();
    let untold = count.saturating_sub(before_max);
    before.drain(..untold);
    let said = || edition.words.say_with("incident.eta_changed", &[("count", &count.to_string())]);
    Some(view::Estimate {
        time: time(current),
        before,
        changed: (untold > 0).then(said),
        missed: due.is_some_and(|due| due < now),
        missed_holds: due.map(|due| edition.holds(Some(due), None)),
    })
}

fn promise(edition: &Edition<'_>, by: Moment) -> view::Promise {
    let time = edition.short_time(by);
    let late = by < edition.snapshot.now;
    let key = |late| if late { "incident.next_update_late" } else { "incident.next_update_by" };
    let sentence = |late, holds| {
        let key = key(late);
        let html = if late { edition.phrase_html(key, &time) } else { edition.near_phrase_html(key, &time) };
        view::Sentence { holds, html, late }
    };
    view::Promise {
        sentence: edition.words.say_with(key(late), &[("time", &time.human)]),
        late,
        sentences: vec![
            sentence(false, edition.holds(None, Some(by))),
            sentence(true, edition.holds(Some(by), None)),
        ],
        time,
    }
}

/// Mark and phase now, and as the clock will change them if nobody writes anything.
fn standings(edition: &Edition<'_>, incident: &Incident) -> Vec<view::Standing> {
    let now = edition.snapshot.now;
    let known = incident.known_at(now);
    let turns = incident.window.into_iter().flat_map(|window| [window.starts, window.ends]);
    let mut moments: Vec<Moment> = turns.filter(|turn| *turn > now).collect();
    moments.insert(0, now);
    moments.dedup_by_key(|moment| known.phase_at(*moment));
    let until = moments.iter().skip(1).map(|moment| Some(*moment)).chain([None]);
    let standing = |(moment, until): (&Moment, Option<Moment>)| {
        let phase = known.phase_at(*moment);
        view::Standing {
            holds: edition.holds(Some(*moment).filter(|moment| *moment > now), until),
            mark: mark(edition, incident, phase),
            phase: edition.words.say(standing_key(incident, phase)).to_owned(),
            step: edition.words.say(phase_key(phase)).to_owned(),
        }
    };
    moments.iter().zip(until).map(standing).collect()
}

fn entry(edition: &Edition<'_>, incident: &Incident, update: &Update, root: &str) -> view::Entry {
    let phase = incident.phase_at(update.at);
    view::Entry {
        anchor: update.at.format("u%Y%m%dT%H%M%SZ").to_string(),
        time: edition.short_time(update.at),
        phase: phase.word(),
        heading: edition.words.say(phase_key(phase)).to_owned(),
        prose: edition.prose(&update.body, root),
        changes_html: changes_html(edition, update),
        is_internal: update.audience == Audience::Internal,
    }
}

/// What an update changed besides its words.
pub(super) fn changes_html(edition: &Edition<'_>, update: &Update) -> Vec<String> {
    let words = edition.words;
    let said = |key, values: &[(&str, &str)]| escape(&words.say_with(key, values));
    let severity = update
        .severity
        .map(|severity| said("incident.severity_now", &[("severity", words.say(severity_key(severity)))]));
    let eta = update.eta.map(|eta| match eta {
        Eta::At(moment) => edition.phrase_html("incident.eta_now", &edition.short_time(moment)),
        Eta::Unknown => said("incident.eta_now", &[("time", words.say("incident.eta_unknown"))]),
    });
    let statuses = update.statuses.iter().map(|(feature, status)| {
        let status = edition.mark(*status).word;
        escape(&words.labelled(edition.name(feature), &status))
    });
    severity.into_iter().chain(eta).chain(statuses).collect()
}

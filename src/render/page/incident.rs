//! The page of one incident, and the view of an incident that other pages share.

use serde::Serialize;

use super::follow::About;
use super::frame::{PageLayout, desk_for};
use super::structured;
use crate::model::Moment;
use crate::model::feature::Status;
use crate::model::incident::{Audience, Eta, Incident, TimeRange, Update};
use crate::model::phase::{IncidentKind, Phase, Severity};
use crate::render::changes::changes_html;
use crate::render::edition::LanguageEdition;
use crate::render::file::{Error, File};
use crate::render::key::{phase_key, severity_badge_key};
use crate::render::machine::cap;
use crate::render::path::{incident_folder, way_up};
use crate::render::view;
use crate::theme::markdown::{MarkdownContext, escape, to_plain};

/// The view of `incident.html`.
#[derive(Debug, Serialize)]
struct IncidentPage<'a> {
    frame: PageLayout<'a>,
    /// JSON-LD.
    structured_html: String,
    incident: view::Incident,
    /// The link by which readers follow it until it is over.
    only: Option<String>,
}

/// How many earlier estimates are next to the current one; each is in its own update as well.
const ESTIMATES_MAX: usize = 3;

/// Maximum number of features that the index names with an incident; its own page names them all.
const AFFECTED_MAX: usize = 6;

/// Maximum number of characters in what a preview of a link shows.
const SUMMARY_CHARACTERS_MAX: usize = 200;

/// Renders an incident's page.
pub(super) fn page(edition: &LanguageEdition<'_>, incident: &Incident) -> Result<File, Error> {
    let folder = incident_folder(&incident.id);
    let root = way_up(&format!("{}{folder}", edition.folder));
    let shown = whole(edition, incident, &root);
    let name = edition.page.name.in_language(edition.language);
    let title = format!("{} · {name}", shown.title.text);
    let summary = summary(edition, incident, &shown);
    let frame = PageLayout::new(edition, "incident", shown.mark.shape, &folder, title, summary)
        .following(edition, &folder, About::Incident(&incident.id))
        .linked(shown.is_over);
    let view = IncidentPage {
        frame: if cap::is_kept(incident, edition.snapshot.now) { frame } else { frame.without_alternates() },
        structured_html: structured::incident(edition, incident, &shown)?,
        only: desk_for(edition, incident),
        incident: shown,
    };
    edition.fill(format!("{}{folder}index.html", edition.folder), "incident.html", &view)
}

/// What a preview of a link to the page shows: where the incident stands and what it means, or its newest words.
fn summary(edition: &LanguageEdition<'_>, incident: &Incident, shown: &view::Incident) -> String {
    let standing = edition.words.labelled(&shown.mark.word, &shown.phase);
    let newest = || edition.snapshot.announced_updates(incident).next().map(|update| &update.body);
    let Some(text) = incident.impact.as_ref().or_else(newest) else { return standing };
    let reader = MarkdownContext { words: edition.words, zone: edition.zone, base: "" };
    let text = to_plain(text.in_language(edition.language), &reader);
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.is_empty() { standing } else { shortened(&format!("{standing}. {text}")) }
}

/// A text cut behind a word if it is too long for a preview.
fn shortened(text: &str) -> String {
    let Some((end, _)) = text.char_indices().nth(SUMMARY_CHARACTERS_MAX) else { return text.to_owned() };
    let kept = &text[..end];
    let words = kept.rfind(' ').map_or(kept, |blank| &kept[..blank]);
    format!("{words} …")
}

/// The view of an incident with all its updates, for a page from which `root` leads up to the tree's root.
pub(super) fn whole(edition: &LanguageEdition<'_>, incident: &Incident, root: &str) -> view::Incident {
    with_entries(edition, incident, root, usize::MAX)
}

/// The same with its newest update only.
pub(super) fn brief(edition: &LanguageEdition<'_>, incident: &Incident, root: &str) -> view::Incident {
    with_entries(edition, incident, root, 1)
}

/// An incident in a list.
pub(super) fn item(edition: &LanguageEdition<'_>, incident: &Incident, root: &str) -> view::Item {
    let now = edition.snapshot.now;
    let phase = incident.phase_at(now);
    let outcome = match incident.lasted_at(now) {
        Some(lasted) if !phase.is_void() => {
            let lasted = edition.words.duration(lasted);
            edition.words.say_with("history.resolved_after", &[("duration", &lasted)])
        }
        _ => edition.words.say(phase_key(phase)).to_owned(),
    };
    let in_sentence = |feature| edition.words.isolated(edition.name(feature));
    let mut touched: Vec<_> = incident.touched().map(in_sentence).collect();
    touched.sort_unstable();
    touched.dedup();
    view::Item {
        title: edition.title(&incident.title),
        href: href(edition, incident, root),
        mark: item_mark(edition, incident, phase),
        started: edition.short_stated_time(incident, incident.began_at()),
        outcome,
        touched: edition.words.list(&touched),
    }
}

fn with_entries(
    edition: &LanguageEdition<'_>,
    incident: &Incident,
    root: &str,
    most: usize,
) -> view::Incident {
    let (now, words) = (edition.snapshot.now, edition.words);
    let phase = incident.phase_at(now);
    let is_over = phase.is_over();
    let entries: Vec<view::UpdateView> = edition
        .snapshot
        .announced_updates(incident)
        .take(most)
        .map(|update| entry(edition, incident, update, root))
        .collect();
    // Nothing that was reported in error was ever true.
    let is_true = phase != Phase::Withdrawn;
    let prose = |text: &Option<_>| text.as_ref().filter(|_| is_true).map(|text| edition.prose(text, root));
    let (title, impact) = (edition.title(&incident.title), prose(&incident.impact));
    let workaround = prose(&incident.workaround);
    let languages = entries.iter().map(|entry| &entry.prose.language);
    let languages = languages.chain(impact.iter().chain(&workaround).map(|prose| &prose.language));
    let is_foreign = title.language.is_some() || languages.into_iter().any(Option::is_some);
    let count = edition.snapshot.announced_updates(incident).count().to_string();
    let mut affected = if is_true { affected(edition, incident, is_over) } else { Vec::new() };
    let more = affected.len().saturating_sub(if most == usize::MAX { most } else { AFFECTED_MAX });
    affected.truncate(affected.len() - more);
    view::Incident {
        href: href(edition, incident, root),
        is_maintenance: incident.kind == IncidentKind::Maintenance,
        is_over,
        mark: mark(edition, incident, phase),
        phase: words.say(standing_key(incident, phase)).to_owned(),
        affected,
        more_affected: edition.and_more(more),
        started: edition.short_stated_time(incident, incident.began_at()),
        window: incident.window.map(|window| span(edition, incident, window)),
        estimate: estimate(edition, incident, is_over, most.min(ESTIMATES_MAX)),
        window_html: incident.window.map(|window| span_html(edition, incident, window)),
        overdue: overdue(edition, incident),
        calendar: incident
            .window
            .filter(|_| !is_over)
            .map(|_| format!("{root}{}{}maintenance.ics", edition.folder, incident_folder(&incident.id))),
        standings: standings(edition, incident),
        promise: incident.next_update.filter(|_| !is_over).map(|by| promise(edition, by)),
        end: end(edition, incident, phase),
        story: words.say_with("index.story", &[("count", &count)]),
        original: is_foreign.then(|| original(edition)),
        title,
        impact,
        workaround,
        entries,
    }
}

fn href(edition: &LanguageEdition<'_>, incident: &Incident, root: &str) -> String {
    format!("{root}{}{}index.html", edition.folder, incident_folder(&incident.id))
}

fn original(edition: &LanguageEdition<'_>) -> String {
    let first = edition.theme.words(edition.page.first_language()).say("language");
    edition.words.say_with("incident.original", &[("language", &edition.words.isolated(first))])
}

/// How bad it is while it continues; that it is planned, over or cancelled otherwise.
fn mark(edition: &LanguageEdition<'_>, incident: &Incident, phase: Phase) -> view::StatusIcon {
    let (shape, key) = match (phase, incident.kind) {
        (phase, _) if phase.is_void() => ("cancelled", phase_key(phase)),
        (Phase::Postmortem, _) => ("over", phase_key(Phase::Resolved)),
        (phase, _) if phase.is_over() => ("over", phase_key(phase)),
        (_, IncidentKind::Maintenance) => ("maintenance", "kind.maintenance"),
        (_, IncidentKind::Incident) => {
            (severity_shape(incident.severity), severity_badge_key(incident.severity))
        }
    };
    view::StatusIcon { shape, word: edition.words.say(key).to_owned() }
}

/// What is next to the mark: the phase while it continues, how bad it was once the mark says that it is over.
fn standing_key(incident: &Incident, phase: Phase) -> &'static str {
    match incident.kind {
        _ if !phase.is_over() => phase_key(phase),
        IncidentKind::Incident if phase.is_void() => "kind.incident",
        IncidentKind::Incident => severity_badge_key(incident.peak_severity()),
        IncidentKind::Maintenance => "kind.maintenance",
    }
}

/// In a list the shape says how bad it was even when it is over.
fn item_mark(edition: &LanguageEdition<'_>, incident: &Incident, phase: Phase) -> view::StatusIcon {
    let (shape, key) = match (phase, incident.kind) {
        (Phase::Cancelled, _) => ("cancelled", "kind.maintenance"),
        (Phase::Withdrawn, _) => ("cancelled", "kind.incident"),
        (_, IncidentKind::Maintenance) => ("maintenance", "kind.maintenance"),
        (_, IncidentKind::Incident) => {
            let worst = incident.peak_severity();
            (severity_shape(worst), severity_badge_key(worst))
        }
    };
    view::StatusIcon { shape, word: edition.words.say(key).to_owned() }
}

fn severity_shape(severity: Severity) -> &'static str {
    match severity {
        Severity::Notice => "notice",
        Severity::Minor => Status::Degraded.word(),
        Severity::Major => Status::PartialOutage.word(),
        Severity::Critical => Status::MajorOutage.word(),
    }
}

/// The features of the front matter with their status now; what is over only names them.
fn affected(edition: &LanguageEdition<'_>, incident: &Incident, is_over: bool) -> Vec<view::Affected> {
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

/// The estimate, with a maximum number of those before it.
fn estimate(
    edition: &LanguageEdition<'_>,
    incident: &Incident,
    is_over: bool,
    before_max: usize,
) -> Option<view::Estimate> {
    let now = edition.snapshot.now;
    let mut given: Vec<Eta> = incident.eta_history().into_iter().map(|(_, eta)| eta).collect();
    let current = given.pop().filter(|_| !is_over || incident.kind == IncidentKind::Incident)?;
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
    let left_out = count.saturating_sub(before_max);
    before.drain(..left_out);
    let said = || edition.words.say_with("incident.eta_changed", &[("count", &count.to_string())]);
    Some(view::Estimate {
        time: time(current),
        before,
        changed: (left_out > 0).then(said),
        missed: due.is_some_and(|due| due < now),
        missed_holds: due.map(|due| edition.holds(Some(due), None)),
    })
}

/// When it ended and how long it lasted, where both are known.
fn end(edition: &LanguageEdition<'_>, incident: &Incident, phase: Phase) -> Option<view::End> {
    let now = edition.snapshot.now;
    let lasted = incident.lasted_at(now).filter(|_| !phase.is_void())?;
    let ended = incident.ended_at(now)?;
    Some(view::End { time: edition.short_time(ended), lasted: edition.words.duration(lasted) })
}

/// The planned times of work, as text.
fn span(edition: &LanguageEdition<'_>, incident: &Incident, window: TimeRange) -> String {
    let from = || edition.short_stated_time(incident, window.starts).human;
    match window.ends {
        Some(ends) if has_day_only(incident, window) => {
            let to = edition.short_stated_time(incident, ends).human;
            edition.words.span_of_two(&from(), &to)
        }
        Some(ends) => edition.words.span(window.starts, ends, edition.zone),
        None => edition.words.say_with("time.open_span", &[("time", &from())]),
    }
}

fn has_day_only(incident: &Incident, window: TimeRange) -> bool {
    window.turns().any(|turn| incident.is_day_only(turn))
}

/// The planned times of work, as HTML whose times follow the reader's zone.
fn span_html(edition: &LanguageEdition<'_>, incident: &Incident, window: TimeRange) -> String {
    match window.ends {
        Some(_) if has_day_only(incident, window) => escape(&span(edition, incident, window)),
        Some(ends) => edition.span_html(window.starts, ends),
        None => edition.phrase_html("time.open_span", &edition.short_stated_time(incident, window.starts)),
    }
}

/// When it is true that work should be finished by now: from the planned end on, until someone says that it is done.
fn overdue(edition: &LanguageEdition<'_>, incident: &Incident) -> Option<view::VisibleDuring> {
    let now = edition.snapshot.now;
    let known = incident.known_at(now);
    let ends = incident.window.and_then(|window| window.ends)?;
    let ends = incident.latest(ends);
    known.is_overdue_at(now.max(ends)).then(|| edition.holds(Some(ends), None))
}

fn promise(edition: &LanguageEdition<'_>, by: Moment) -> view::Promise {
    let time = edition.short_time(by);
    let late = by < edition.snapshot.now;
    let key = |late| if late { "incident.next_update_late" } else { "incident.next_update_by" };
    let sentence = |late, holds| {
        let key = key(late);
        let html = if late { edition.phrase_html(key, &time) } else { edition.near_phrase_html(key, &time) };
        view::Sentence { holds, html, late }
    };
    let kept = sentence(false, edition.holds(None, Some(by)));
    let missed = sentence(true, edition.holds(Some(by), None));
    let sentences = if late { vec![missed] } else { vec![kept, missed] };
    view::Promise {
        sentence: edition.words.say_with(key(late), &[("time", &time.human)]),
        late,
        sentences,
        time,
    }
}

/// Mark and phase now, and as the clock will change them if nobody writes anything.
fn standings(edition: &LanguageEdition<'_>, incident: &Incident) -> Vec<view::Standing> {
    let now = edition.snapshot.now;
    let known = incident.known_at(now);
    let mut moments: Vec<Moment> = incident.planned_turns().filter(|turn| *turn > now).collect();
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

fn entry(
    edition: &LanguageEdition<'_>,
    incident: &Incident,
    update: &Update,
    root: &str,
) -> view::UpdateView {
    let phase = incident.phase_at(update.at);
    view::UpdateView {
        anchor: update.at.format("u%Y%m%dT%H%M%SZ").to_string(),
        time: edition.short_stated_time(incident, update.at),
        phase: phase.word(),
        heading: edition.words.say(phase_key(phase)).to_owned(),
        prose: edition.prose(&update.body, root),
        changes_html: changes_html(edition, update),
        is_internal: update.audience != Audience::Public,
    }
}

//! The home page, and the page for unknown addresses (404).

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde::Serialize;

use super::feature;
use super::follow::About;
use super::frame::{PageLayout, STATELESS};
use super::incident::{brief, item};
use super::structured;
use crate::model::feature::{FeatureId, Group, Status};
use crate::model::phase::IncidentKind;
use crate::render::edition::LanguageEdition;
use crate::render::file::{Error, File};
use crate::render::overall::{sentence, sentence_of};
use crate::render::path::way_up;
use crate::render::view;

/// How many incidents that are over the index names.
const RECENT_MAX: usize = 8;

/// Maximum number of features named above the first incident: more would push it off a phone's screen.
const NAMED_MAX: usize = 6;

/// The view of `index.html`.
#[derive(Debug, Serialize)]
struct IndexPage<'a> {
    frame: PageLayout<'a>,
    /// JSON-LD.
    structured_html: String,
    /// How the page as a whole is doing.
    overall: Overall,
    /// What broke and continues.
    active: Vec<view::Incident>,
    /// Planned work: what is in progress first.
    planned: Vec<view::Incident>,
    groups: Vec<GroupView>,
    /// The first and the last day of the bars; `None` where the page shows none.
    days: Option<String>,
    /// The statuses, for the key to the drawings.
    legend: Vec<view::StatusIcon>,
    recent: Vec<view::Item>,
    none_recent: String,
}

#[derive(Debug, Serialize)]
struct Overall {
    /// The state now, and how it changes when planned work begins and ends.
    states: Vec<State>,
    /// When anything was last said, as a sentence.
    changed_html: Option<String>,
}

#[derive(Debug, Serialize)]
struct State {
    holds: view::VisibleDuring,
    shape: &'static str,
    sentence: String,
    /// The features that are doing worst, in the order of the page.
    affected: Vec<view::Affected>,
    /// How many more are not doing well.
    more: Option<String>,
}

#[derive(Debug, Serialize)]
struct GroupView {
    name: view::Title,
    /// For how much of the time all of several features were available; empty if there is nothing to say.
    available: String,
    features: Vec<feature::View>,
}

/// The view of `404.html`.
#[derive(Debug, Serialize)]
struct Missing<'a> {
    frame: PageLayout<'a>,
    /// The absolute address of the index: nobody knows in which folder the page is shown.
    home: String,
}

/// Renders the index.
pub(super) fn page(edition: &LanguageEdition<'_>) -> Result<[File; 1], Error> {
    let (snapshot, words) = (edition.snapshot, edition.words);
    let root = way_up(&edition.folder);
    let name = edition.page.name.in_language(edition.language);
    let title = format!("{name}: {}", sentence(edition));
    let day_count = snapshot.day_starts.len().to_string();
    let groups = edition.page.groups_at(snapshot.now).map(|group| GroupView {
        name: edition.title(&group.name),
        available: available(edition, group),
        features: group.features_at(snapshot.now).map(|one| feature::view(edition, one, &root)).collect(),
    });
    let of_kind = |kind| snapshot.active.iter().filter(move |incident| incident.kind == kind);
    let is_broken = of_kind(IncidentKind::Incident).next().is_some();
    let none_recent = if is_broken { "index.none_recent_else" } else { "index.none_recent" };
    let (broken, working) = (of_kind(IncidentKind::Incident), of_kind(IncidentKind::Maintenance));
    let view = IndexPage {
        frame: PageLayout::new(edition, "index", snapshot.overall.word(), "", title, summary(edition))
            .following(edition, "", About::Everything),
        structured_html: structured::index(edition)?,
        overall: Overall {
            states: states(edition),
            changed_html: snapshot
                .last_said()
                .map(|at| edition.near_phrase_html("overall.changed", &edition.time(at))),
        },
        active: broken.map(|incident| brief(edition, incident, &root)).collect(),
        planned: working.chain(&snapshot.upcoming).map(|incident| brief(edition, incident, &root)).collect(),
        groups: groups.collect(),
        days: days(edition),
        legend: Status::ALL.map(|status| edition.mark(status)).into(),
        recent: snapshot.recent.iter().take(RECENT_MAX).map(|over| item(edition, over, &root)).collect(),
        none_recent: words.say_with(none_recent, &[("days", &day_count), ("count", &day_count)]),
    };
    Ok([edition.fill(format!("{}index.html", edition.folder), "index.html", &view)?])
}

/// Renders the page for addresses that lead nowhere.
pub(super) fn missing(edition: &LanguageEdition<'_>) -> Result<[File; 1], Error> {
    let title = edition.words.say("missing.title").to_owned();
    let summary = edition.words.say("missing.text").to_owned();
    let home = edition.page.address(&edition.folder);
    let view = Missing { frame: PageLayout::new(edition, "missing", STATELESS, "", title, summary), home };
    Ok([edition.fill(format!("{}404.html", edition.folder), "404.html", &view)?])
}

fn available(edition: &LanguageEdition<'_>, group: &Group) -> String {
    let share = edition.snapshot.group_available_millionths(group).filter(|_| group.features.len() > 1);
    let said = |share| edition.words.say_with("bars.group", &[("percent", &edition.words.percent(share))]);
    share.map(said).unwrap_or_default()
}

fn states(edition: &LanguageEdition<'_>) -> Vec<State> {
    let states = edition.over_time(|statuses, overall| {
        let unwell = unwell(edition, statuses);
        let unwell: Vec<(&FeatureId, Status)> = unwell.map(|id| (id, statuses[id])).collect();
        (overall, sentence_of(edition, statuses, overall), unwell)
    });
    let affected = |(feature, status): (&FeatureId, Status)| view::Affected {
        name: edition.name(feature).to_owned(),
        mark: edition.mark(status),
    };
    let state = |(holds, (overall, sentence, unwell)): (view::VisibleDuring, (Status, &str, Vec<_>))| State {
        holds,
        shape: overall.word(),
        sentence: sentence.to_owned(),
        more: edition.and_more(unwell.len().saturating_sub(NAMED_MAX)),
        affected: worst(unwell).into_iter().map(affected).collect(),
    };
    states.into_iter().map(state).collect()
}

/// Those that are doing worst, still in their order.
fn worst(unwell: Vec<(&FeatureId, Status)>) -> Vec<(&FeatureId, Status)> {
    let mut ranked: Vec<(usize, (&FeatureId, Status))> = unwell.into_iter().enumerate().collect();
    ranked.sort_by_key(|(place, (_, status))| (Reverse(*status), *place));
    ranked.truncate(NAMED_MAX);
    ranked.sort_by_key(|(place, _)| *place);
    ranked.into_iter().map(|(_, feature)| feature).collect()
}

/// The features that are not doing well, in the order of the page.
fn unwell<'a>(
    edition: &'a LanguageEdition<'_>,
    statuses: &BTreeMap<&FeatureId, Status>,
) -> impl Iterator<Item = &'a FeatureId> {
    let ids = edition.page.features().map(|feature| &feature.id);
    ids.filter(|id| statuses[id] != Status::Operational)
}

/// What those read who only see a link to the page.
fn summary(edition: &LanguageEdition<'_>) -> String {
    let statuses = &edition.snapshot.statuses;
    let unwell: Vec<_> = unwell(edition, statuses).map(|feature| (feature, statuses[feature])).collect();
    if unwell.is_empty() {
        return edition.words.say("overall.calm").to_owned();
    }
    let more = edition.and_more(unwell.len().saturating_sub(NAMED_MAX));
    let in_sentence = |(feature, _)| edition.words.isolated(edition.name(feature));
    let names: Vec<_> = worst(unwell).into_iter().map(in_sentence).collect();
    let names = if more.is_some() { names.join(", ") } else { edition.words.list(&names) };
    let names: Vec<String> = std::iter::once(names).chain(more).collect();
    edition.words.say_with("overall.affected", &[("features", &names.join(" "))])
}

fn days(edition: &LanguageEdition<'_>) -> Option<String> {
    let (first, last) = (edition.snapshot.day_starts.first()?, edition.snapshot.day_starts.last()?);
    let date = |day| edition.words.short_date(day, edition.zone);
    Some(edition.words.say_with("time.span", &[("from", &date(*first)), ("to", &date(*last))]))
}

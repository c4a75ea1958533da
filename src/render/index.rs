//! The page people open first, and the page for addresses that lead nowhere.

use serde::Serialize;

use super::edition::Edition;
use super::feature;
use super::frame::Frame;
use super::incident::{brief, item};
use super::path::way_up;
use super::{Error, File, view};
use crate::model::feature::Status;
use crate::model::phase::Kind;

/// How many incidents that are over the index names.
const RECENT_MAX: usize = 8;

/// The view of `index.html`.
#[derive(Debug, Serialize)]
struct Page<'a> {
    frame: Frame<'a>,
    /// How the page as a whole is doing.
    overall: Overall,
    /// What broke and goes on.
    active: Vec<view::Incident>,
    /// Planned work: what is in progress first.
    planned: Vec<view::Incident>,
    groups: Vec<Group>,
    /// The first and the last day of the bars; `None` where the page shows none.
    days: Option<String>,
    /// The statuses, for the key to the drawings.
    legend: Vec<view::Mark>,
    recent: Vec<view::Item>,
    none_recent: String,
}

#[derive(Debug, Serialize)]
struct Overall {
    shape: &'static str,
    sentence: String,
    /// The features that are not doing well.
    affected: Vec<view::Affected>,
    /// When anything was last said.
    changed: Option<view::Time>,
    changed_sentence: String,
}

#[derive(Debug, Serialize)]
struct Group {
    name: view::Title,
    features: Vec<feature::View>,
}

/// The view of `404.html`.
#[derive(Debug, Serialize)]
struct Missing<'a> {
    frame: Frame<'a>,
    /// The absolute address of the index: nobody knows in which folder the page is shown.
    home: String,
}

/// Renders the index.
pub(super) fn page(edition: &Edition<'_>) -> Result<[File; 1], Error> {
    let (snapshot, words) = (edition.snapshot, edition.words);
    let root = way_up(&edition.folder);
    let overall = overall(edition);
    let name = edition.page.name.in_language(edition.language);
    let title = format!("{name}: {}", overall.sentence);
    let summary = summary(edition, &overall);
    let day_count = snapshot.day_starts.len().to_string();
    let groups = edition.page.groups.iter().map(|group| Group {
        name: edition.title(&group.name),
        features: group.features.iter().map(|one| feature::view(edition, one, &root)).collect(),
    });
    let of_kind = |kind| snapshot.active.iter().filter(move |incident| incident.kind == kind);
    let (broken, working) = (of_kind(Kind::Incident), of_kind(Kind::Maintenance));
    let view = Page {
        frame: Frame::new(edition, "index", "", title, summary),
        overall,
        active: broken.map(|incident| brief(edition, incident, &root)).collect(),
        planned: working.chain(&snapshot.upcoming).map(|incident| brief(edition, incident, &root)).collect(),
        groups: groups.collect(),
        days: days(edition),
        legend: Status::ALL.map(|status| edition.mark(status)).into(),
        recent: snapshot.recent.iter().take(RECENT_MAX).map(|over| item(edition, over, &root)).collect(),
        none_recent: words.say_with("index.none_recent", &[("days", &day_count)]),
    };
    Ok([edition.fill(format!("{}index.html", edition.folder), "index.html", &view)?])
}

/// Renders the page for addresses that lead nowhere.
pub(super) fn missing(edition: &Edition<'_>) -> Result<[File; 1], Error> {
    let title = edition.words.say("missing.title").to_owned();
    let summary = edition.words.say("missing.text").to_owned();
    let home = format!("{}/{}", edition.page.url, edition.folder);
    let view = Missing { frame: Frame::new(edition, "missing", "", title, summary), home };
    Ok([edition.fill(format!("{}404.html", edition.folder), "404.html", &view)?])
}

/// The overall state as a customer would say it.
pub(super) fn sentence<'a>(edition: &Edition<'a>) -> &'a str {
    let snapshot = edition.snapshot;
    let all_down = !snapshot.statuses.is_empty()
        && snapshot.statuses.values().all(|status| *status == Status::MajorOutage);
    edition.words.say(match snapshot.overall {
        Status::Operational => "overall.operational",
        Status::Maintenance => "overall.maintenance",
        Status::Degraded => "overall.degraded",
        Status::PartialOutage => "overall.partial_outage",
        Status::MajorOutage if all_down => "overall.all_down",
        Status::MajorOutage => "overall.major_outage",
    })
}

fn overall(edition: &Edition<'_>) -> Overall {
    let (snapshot, words) = (edition.snapshot, edition.words);
    let unwell =
        edition.page.features().filter(|feature| snapshot.statuses[&feature.id] != Status::Operational);
    let affected = unwell.map(|feature| view::Affected {
        name: edition.name(&feature.id).to_owned(),
        mark: edition.mark(snapshot.statuses[&feature.id]),
    });
    let changed = snapshot.last_said().map(|at| edition.time(at));
    let human = changed.as_ref().map_or("", |time| time.human.as_str());
    Overall {
        shape: snapshot.overall.word(),
        sentence: sentence(edition).to_owned(),
        affected: affected.collect(),
        changed_sentence: words.say_with("overall.changed", &[("time", human)]),
        changed,
    }
}

/// What those read who only see a link to the page.
fn summary(edition: &Edition<'_>, overall: &Overall) -> String {
    let names: Vec<&str> = overall.affected.iter().map(|feature| feature.name.as_str()).collect();
    match names.as_slice() {
        [] => edition.words.say("overall.calm").to_owned(),
        names => edition.words.say_with("overall.affected", &[("features", &names.join(", "))]),
    }
}

fn days(edition: &Edition<'_>) -> Option<String> {
    let (first, last) = (edition.snapshot.day_starts.first()?, edition.snapshot.day_starts.last()?);
    let date = |day| edition.words.short_date(day, edition.zone);
    Some(edition.words.say_with("time.span", &[("from", &date(*first)), ("to", &date(*last))]))
}

//! The page of one feature, and the view of a feature that the index shares.
//!
//! Promises: the drawing of the days is repeated as a sentence, and every day with an incident as a row of a table.

use std::collections::BTreeMap;

use serde::Serialize;

use super::bars::{Bars, bars};
use super::follow::About;
use super::frame::PageLayout;
use super::incident::item;
use crate::model::Moment;
use crate::model::feature::{Feature, FeatureId, Status};
use crate::render::edition::LanguageEdition;
use crate::render::file::{Error, File};
use crate::render::part::RenderUnit;
use crate::render::path::{feature_folder, way_up};
use crate::render::stamp::CacheKey;
use crate::render::view::{Item, StatusChange, StatusIcon, Title};

/// A feature with everything a page may show of it.
#[derive(Debug, Serialize)]
pub(super) struct View {
    name: Title,
    /// Link to the feature's page.
    href: String,
    description: Option<Title>,
    mark: StatusIcon,
    /// The mark now, and how it changes when planned work begins and ends.
    turns: Vec<StatusChange>,
    bars: Option<Bars>,
    /// The bars in a sentence.
    summary: String,
    /// `99.98% available`.
    available: String,
}

/// The view of `feature.html`.
#[derive(Debug, Serialize)]
struct FeaturePage<'a> {
    frame: PageLayout<'a>,
    feature: View,
    /// `The last 90 days`.
    days_title: String,
    /// The days with trouble, newest month first.
    months: Vec<Month>,
    /// How available it was in each whole month, newest first.
    by_month: Vec<MonthShare>,
    /// What touched it, newest first.
    incidents: Vec<Item>,
}

#[derive(Debug, Serialize)]
struct Month {
    label: String,
    /// Newest first.
    days: Vec<Day>,
}

#[derive(Debug, Serialize)]
struct MonthShare {
    label: String,
    /// `99.98%`.
    percent: String,
}

#[derive(Debug, Serialize)]
struct Day {
    date: String,
    /// The worst status of the day.
    mark: StatusIcon,
}

/// The page of every feature.
pub(super) fn parts<'a>(edition: &'a LanguageEdition<'a>) -> impl Iterator<Item = RenderUnit<'a>> {
    let snapshot = edition.snapshot;
    edition.page.features().map(move |feature| {
        let id = &feature.id;
        let status = |statuses: &BTreeMap<&FeatureId, Status>| statuses.get(id).copied();
        let foreseen = snapshot.prospects.iter().map(|prospect| (prospect.from, status(&prospect.statuses)));
        let states = (status(&snapshot.statuses), foreseen.collect::<Vec<_>>());
        let touching: Vec<CacheKey> = snapshot.touching(id).iter().map(|one| snapshot.stamp(one)).collect();
        let days = (snapshot.record(id), &snapshot.day_starts, snapshot.by_month(id));
        let stamp = CacheKey::of(&(edition.stamp, id, states, touching, days));
        let folder = format!("{}{}", edition.folder, feature_folder(id));
        RenderUnit::new(folder, stamp, move || Ok(vec![page(edition, feature)?]))
    })
}

fn page(edition: &LanguageEdition<'_>, feature: &Feature) -> Result<File, Error> {
    let (snapshot, words) = (edition.snapshot, edition.words);
    let folder = feature_folder(&feature.id);
    let root = way_up(&format!("{}{folder}", edition.folder));
    let shown = view(edition, feature, &root);
    let page_name = edition.page.name.in_language(edition.language);
    let title = format!("{}: {} · {page_name}", shown.name.text, shown.mark.word);
    let day_count = snapshot.day_starts.len().to_string();
    let incidents = snapshot.touching(&feature.id).iter();
    let page = FeaturePage {
        frame: PageLayout::new(edition, "feature", shown.mark.shape, &folder, title, shown.summary.clone())
            .following(edition, &folder, About::Feature(&feature.id)),
        feature: shown,
        days_title: words.say_with("feature.days", &[("days", &day_count), ("count", &day_count)]),
        months: months(edition, feature),
        by_month: by_month(edition, feature),
        incidents: incidents.map(|incident| item(edition, incident, &root)).collect(),
    };
    edition.fill(format!("{}{folder}index.html", edition.folder), "feature.html", &page)
}

/// The view of a feature for a page from which `root` leads up to the tree's root.
pub(super) fn view(edition: &LanguageEdition<'_>, feature: &Feature, root: &str) -> View {
    let (snapshot, words) = (edition.snapshot, edition.words);
    let record = snapshot.record(&feature.id);
    let percent = words.percent(record.available_millionths);
    let count = record.days.iter().flatten().count().to_string();
    let name = edition.name(&feature.id);
    let about = [("feature", name), ("days", &*count), ("count", &*count), ("percent", &*percent)];
    let problems: Vec<usize> = record.problem_days().collect();
    let outages = match problems.last().and_then(|day| snapshot.day_starts.get(*day)) {
        Some(last) => {
            let (count, last) = (problems.len().to_string(), words.date(*last, edition.zone));
            words.say_with("bars.outages", &[("count", &count), ("last", &last)])
        }
        None => words.say("bars.no_outages").to_owned(),
    };
    View {
        href: format!("{root}{}{}index.html", edition.folder, feature_folder(&feature.id)),
        name: edition.title(&feature.name),
        description: feature.description.as_ref().map(|text| edition.title(text)),
        mark: edition.mark(snapshot.statuses[&feature.id]),
        turns: turns(edition, feature),
        bars: record.days.iter().any(Option::is_some).then(|| bars(&record.days)),
        summary: words.sentences(&[&words.say_with("bars.summary", &about), &outages]),
        available: words.say_with("bars.available", &[("percent", &percent)]),
    }
}

fn turns(edition: &LanguageEdition<'_>, feature: &Feature) -> Vec<StatusChange> {
    let statuses = edition.over_time(|statuses, _| statuses[&feature.id]);
    statuses.into_iter().map(|(holds, status)| StatusChange { holds, mark: edition.mark(status) }).collect()
}

fn by_month(edition: &LanguageEdition<'_>, feature: &Feature) -> Vec<MonthShare> {
    let share = |(start, share)| MonthShare {
        label: edition.words.month(start, edition.zone),
        percent: edition.words.percent(share),
    };
    edition.snapshot.by_month(&feature.id).into_iter().map(share).collect()
}

/// The days on which something was wrong, by month.
fn months(edition: &LanguageEdition<'_>, feature: &Feature) -> Vec<Month> {
    let record = edition.snapshot.record(&feature.id);
    let day = |day: usize| Some((*edition.snapshot.day_starts.get(day)?, (*record.days.get(day)?)?));
    let days: Vec<(Moment, Status)> = record.problem_days().rev().filter_map(day).collect();
    let month_of = |(start, _): &(Moment, Status)| edition.zone.year_and_month(*start);
    days.chunk_by(|a, b| month_of(a) == month_of(b)).map(|days| month(edition, days)).collect()
}

fn month(edition: &LanguageEdition<'_>, days: &[(Moment, Status)]) -> Month {
    let first = days.first().map(|(start, _)| *start).unwrap_or_default();
    let day = |(start, status): &(Moment, Status)| Day {
        date: edition.words.month_day(*start, edition.zone),
        mark: edition.mark(*status),
    };
    Month { label: edition.words.month(first, edition.zone), days: days.iter().map(day).collect() }
}

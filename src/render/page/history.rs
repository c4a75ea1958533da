//! The history of all incidents and maintenance, in pages that stay small.
//!
//! Promises: each incident is on exactly one page, with all others of its year or of its month; the page of a
//! year or a month that is not the newest keeps its address.

use std::sync::Arc;

use serde::Serialize;

use super::frame::PageLayout;
use super::incident::item;
use crate::model::incident::Incident;
use crate::render::edition::LanguageEdition;
use crate::render::file::{Error, File};
use crate::render::part::RenderUnit;
use crate::render::path::way_up;
use crate::render::stamp::CacheKey;
use crate::render::view;

/// More than this on a page is split: the whole by years, a year by months.
const PAGE_ITEMS_MAX: usize = 150;

/// The view of `history.html`.
#[derive(Debug, Serialize)]
struct HistoryPage<'a> {
    frame: PageLayout<'a>,
    /// What the page covers: a year, a month; empty if it is everything.
    label: &'a str,
    months: Vec<Month>,
    /// All pages of the history, newest first; empty where this is the only one.
    periods: Vec<Link<'a>>,
}

#[derive(Debug, Serialize)]
struct Month {
    label: String,
    items: Vec<view::Item>,
}

#[derive(Debug, Serialize)]
struct Link<'a> {
    label: &'a str,
    href: String,
    is_here: bool,
}

/// A stretch of time with a page of its own.
struct Period<'a> {
    label: String,
    /// The page's folder within the language's, with a slash at its end.
    folder: String,
    /// Newest first.
    incidents: &'a [&'a Incident],
}

/// The pages of the history; the newest one lies in `history/`.
pub(super) fn parts<'a>(edition: &'a LanguageEdition<'a>) -> Vec<RenderUnit<'a>> {
    let mut periods = periods(edition, &edition.snapshot.visible);
    if let Some(newest) = periods.first_mut() {
        "history/".clone_into(&mut newest.folder);
    }
    let all: Vec<(&str, &str)> = periods.iter().map(|period| (&*period.label, &*period.folder)).collect();
    let all = CacheKey::of(&all);
    let periods: Arc<[Period<'a>]> = periods.into();
    let part = |(place, period): (usize, &Period<'a>)| {
        let shown: Vec<CacheKey> = period.incidents.iter().map(|one| edition.snapshot.stamp(one)).collect();
        let stamp = CacheKey::of(&(edition.stamp, all, &period.folder, shown));
        let periods = Arc::clone(&periods);
        RenderUnit::new(format!("{}{}", edition.folder, period.folder), stamp, move || {
            let here = periods.get(place).map(|period| page(edition, period, &periods));
            here.into_iter().collect()
        })
    };
    periods.iter().enumerate().map(part).collect()
}

fn page(edition: &LanguageEdition<'_>, period: &Period<'_>, periods: &[Period<'_>]) -> Result<File, Error> {
    let root = way_up(&format!("{}{}", edition.folder, period.folder));
    let title = edition.words.say("history.title");
    let title = if period.label.is_empty() { title.to_owned() } else { format!("{title} {}", period.label) };
    let name = edition.page.name.in_language(edition.language);
    let summary = edition.words.say("history.intro").to_owned();
    let link = |other: &'_ Period<'_>| Link {
        label: "",
        href: format!("{root}{}{}index.html", edition.folder, other.folder),
        is_here: other.folder == period.folder,
    };
    let links = periods.iter().map(|other| (link(other), other.label.as_str()));
    let links = links.map(|(link, label)| Link { label, ..link });
    let by_month = period.incidents.chunk_by(|a, b| month_of(edition, a) == month_of(edition, b));
    let view = HistoryPage {
        // What is past is over, whatever continues today.
        frame: PageLayout::new(
            edition,
            "history",
            "over",
            &period.folder,
            format!("{title} · {name}"),
            summary,
        ),
        label: &period.label,
        months: by_month.map(|incidents| month(edition, incidents, &root)).collect(),
        periods: if periods.len() > 1 { links.collect() } else { Vec::new() },
    };
    edition.fill(format!("{}{}index.html", edition.folder, period.folder), "history.html", &view)
}

fn month(edition: &LanguageEdition<'_>, incidents: &[&Incident], root: &str) -> Month {
    let first = incidents.first().map(|incident| incident.started).unwrap_or_default();
    Month {
        label: edition.words.month(first, edition.zone),
        items: incidents.iter().map(|incident| item(edition, incident, root)).collect(),
    }
}

fn month_of(edition: &LanguageEdition<'_>, incident: &Incident) -> (i16, i8) {
    edition.zone.year_and_month(incident.started)
}

/// One period where all fit on a page, else one per year, or per month of a year that does not fit.
fn periods<'a>(edition: &LanguageEdition<'_>, incidents: &'a [&'a Incident]) -> Vec<Period<'a>> {
    if incidents.len() <= PAGE_ITEMS_MAX {
        return vec![Period { label: String::new(), folder: "history/".to_owned(), incidents }];
    }
    let year_of = |incident: &Incident| month_of(edition, incident).0;
    let years = incidents.chunk_by(|a, b| year_of(a) == year_of(b));
    years.flat_map(|year| periods_of_year(edition, year)).collect()
}

fn periods_of_year<'a>(edition: &LanguageEdition<'_>, incidents: &'a [&'a Incident]) -> Vec<Period<'a>> {
    let folder = |incident: &Incident| {
        let (year, month) = month_of(edition, incident);
        (format!("history/{year}/"), format!("history/{year}/{month:02}/"))
    };
    let period = |incidents: &'a [&'a Incident], by_month: bool| {
        let newest = incidents.first()?;
        let (year, month) = folder(newest);
        let label = if by_month {
            edition.words.month(newest.started, edition.zone)
        } else {
            month_of(edition, newest).0.to_string()
        };
        Some(Period { label, folder: if by_month { month } else { year }, incidents })
    };
    if incidents.len() <= PAGE_ITEMS_MAX {
        return period(incidents, false).into_iter().collect();
    }
    let months = incidents.chunk_by(|a, b| month_of(edition, a) == month_of(edition, b));
    months.filter_map(|month| period(month, true)).collect()
}

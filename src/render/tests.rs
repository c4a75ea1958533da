//! The rendered site as a whole: what every page keeps to, whatever the incidents say.

use std::collections::BTreeMap;

use chrono::{TimeDelta, TimeZone, Utc};

use super::*;
use crate::model::feature::{Feature, FeatureId, Group, Status};
use crate::model::incident::{Audience, Eta, Incident, TimeRange, Update};
use crate::model::localized::{Language, Localized};
use crate::model::page::Page;
use crate::model::phase::{IncidentKind, Phase, Severity};
use crate::model::sample;

/// An incident under construction.
pub(super) struct Story(pub(super) Incident);

impl Story {
    /// Adds an update.
    pub(super) fn with(mut self, update: Update) -> Self {
        self.0.updates.push(update);
        self
    }

    /// Changes whatever else a test needs.
    fn but(mut self, change: impl FnOnce(&mut Incident)) -> Self {
        change(&mut self.0);
        self
    }
}

pub(super) fn feature(id: &str) -> FeatureId {
    FeatureId::new(id).unwrap()
}

pub(super) fn incident(id: &str, severity: Severity, affected: &[&str], started: Moment) -> Story {
    Story(Incident {
        title: Localized::plain(format!("Title of {id}")),
        severity,
        affected: affected.iter().map(|id| (feature(id), severity.implied_status())).collect(),
        ..sample::incident(id, started)
    })
}

pub(super) fn maintenance(id: &str, affected: &[&str], window: TimeRange) -> Story {
    incident(id, Severity::Notice, affected, window.starts).but(|incident| {
        incident.kind = IncidentKind::Maintenance;
        incident.window = Some(window);
        incident.affected.values_mut().for_each(|status| *status = Status::Maintenance);
    })
}

pub(super) fn update(at: Moment, phase: Phase) -> Update {
    sample::update(at, phase, &format!("Said at {}.", at.format("%H:%M")))
}

fn at(hour: u32, minute: u32) -> Moment {
    Utc.with_ymd_and_hms(2026, 11, 20, hour, minute, 0).unwrap()
}

fn now() -> Moment {
    at(10, 30)
}

fn language(tag: &str) -> Language {
    Language::new(tag).unwrap()
}

fn page() -> Page {
    let feature = |id: &str, name: &str| Feature {
        description: Some(Localized::plain("What it is.")),
        ..Feature::named(feature(id), Localized::plain(name))
    };
    let group = |name: &str, features| Group { id: None, name: Localized::plain(name), features };
    Page {
        name: Localized::plain("Example status"),
        description: None,
        url: "https://status.example.org/shop".to_owned(),
        languages: vec![language("en"), language("es")],
        time_zone: "Europe/Madrid".to_owned(),
        support_url: Some("https://example.org/help".to_owned()),
        subscribe_url: None,
        desk: None,
        looks: crate::model::looks::Branding::default(),
        theme: "default".to_owned(),
        groups: vec![
            group("Shopping", vec![feature("checkout", "Checkout"), feature("search", "Search")]),
            group("Account", vec![feature("sign-in", "Sign-in")]),
        ],
        history_days: 90,
        links: Default::default(),
        audiences: Vec::new(),
        read_by: None,
    }
}

/// One of everything.
fn full_site() -> Site {
    let spanish = |english: &str, spanish: &str| Localized {
        default: english.to_owned(),
        translations: BTreeMap::from([(language("es"), spanish.to_owned())]),
    };
    let running = incident("2026/cards", Severity::Major, &["checkout"], at(9, 12))
        .with(Update { eta: Some(Eta::At(at(10, 45))), ..update(at(9, 20), Phase::Identified) })
        .with(Update {
            audience: Audience::Internal,
            body: Localized::plain("INTERNAL: rack 7"),
            ..update(at(9, 50), Phase::Identified)
        })
        .with(Update {
            eta: Some(Eta::At(at(11, 30))),
            body: spanish("Back by {time 2026-11-20T11:30Z}.", "Vuelve el {time 2026-11-20T11:30Z}."),
            ..update(at(10, 5), Phase::Identified)
        })
        .with(Update {
            body: Localized::plain("FROM TOMORROW"),
            eta: Some(Eta::At(at(22, 22))),
            severity: Some(Severity::Critical),
            statuses: BTreeMap::from([(feature("sign-in"), Status::MajorOutage)]),
            ..update(at(23, 0), Phase::Resolved)
        })
        .but(|incident| {
            incident.title = spanish("Cards fail", "Fallan las tarjetas");
            incident.eta = Some(Eta::At(at(11, 30)));
            incident.next_update = Some(at(10, 0));
            incident.impact = Some(Localized::plain("Half of **all** payments."));
            incident.workaround = Some(Localized::plain("See [help](/history/)."));
        });
    let day = TimeDelta::days(1);
    let window = TimeRange::between(now() + day, now() + day * 2);
    let planned = maintenance("2026/move", &["sign-in"], window).with(update(now() - day, Phase::Scheduled));
    let over = incident("2026/old", Severity::Critical, &["search"], now() - day * 5)
        .with(update(now() - day * 5, Phase::Investigating))
        .with(update(now() - day * 5 + TimeDelta::minutes(125), Phase::Resolved));
    let mut incidents = vec![running.0, planned.0, over.0];
    incidents.sort_by_key(|incident| std::cmp::Reverse(incident.started));
    Site::of(page(), incidents)
}

fn tree_of(site: &Site) -> SiteFiles {
    super::site(site, &Theme::built_in(), now(), Audience::Public).unwrap()
}

fn text<'a>(tree: &'a SiteFiles, path: &str) -> &'a str {
    std::str::from_utf8(&tree.files[path]).unwrap()
}

/// The text without its markup and with single blanks, as a reader meets it.
fn words(html: &str) -> String {
    let body = html.split_once("<body>").map_or(html, |(_, body)| body);
    let text = body.split('<').map(|part| part.split_once('>').map_or(part, |(_, text)| text));
    text.collect::<Vec<_>>().join(" ").split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn every_page_of_every_language_is_there() {
    let tree = tree_of(&full_site());
    let pages = tree.files.keys().filter(|path| path.ends_with(".html"));
    let paths: Vec<&str> = pages.map(String::as_str).collect();
    let of_language = [
        "404.html",
        "history/index.html",
        "incidents/2026/cards/index.html",
        "incidents/2026/move/index.html",
        "incidents/2026/old/index.html",
        "index.html",
        "subscribe/index.html",
    ];
    let features = ["checkout", "search", "sign-in"].map(|id| format!("features/{id}/index.html"));
    let mut expected: Vec<String> = of_language.iter().map(|path| (*path).to_owned()).collect();
    expected.extend(features);
    let spanish: Vec<String> = expected.iter().map(|path| format!("es/{path}")).collect();
    expected.extend(spanish);
    for folder in ["", "all-languages/", "es/"] {
        expected.extend(failure::KINDS.map(|kind| format!("errors/{folder}{kind}.html")));
    }
    expected.sort();
    assert_eq!(paths, expected);
}

#[test]
fn the_index_says_what_a_customer_needs() {
    let tree = tree_of(&full_site());
    let index = words(text(&tree, "index.html"));
    for said in [
        "Some features are not working for some customers",
        "Cards fail",
        "Half of all payments.",
        "20 Nov 2026, 11:45 CET 20 Nov 2026, 12:30 CET",
        "We promised an update by 20 Nov 2026, 11:00 CET and it is late.",
        "Back by 20 November 2026, 12:30 CET .",
        "21 November 2026, 11:30 – 22 November 2026, 11:30 CET",
        "lasted 2 hours 5 minutes",
        "Read all 2 updates",
    ] {
        assert!(index.contains(said), "{said:?} is not in: {index}");
    }
    let spanish = text(&tree, "es/index.html");
    assert!(words(spanish).contains("Fallan las tarjetas"));
    assert!(spanish.contains("<div class=\"prose\" lang=\"en\" dir=\"auto\"><p>Half of"));
    assert!(spanish.contains("<a href=\"../history/\">help</a>"));
}

#[test]
fn the_incident_tells_its_story_newest_first() {
    let tree = tree_of(&full_site());
    let story = text(&tree, "incidents/2026/cards/index.html");
    let (later, earlier) = (story.find("Back by").unwrap(), story.find("Said at 09:20").unwrap());
    assert!(later < earlier);
    assert!(story.contains("<del><time datetime=\"2026-11-20T10:45:00Z\">"));
    assert!(story.contains("id=\"u20261120T100500Z\""));
}

#[test]
fn a_quiet_page_says_so() {
    let tree = tree_of(&Site { page: page(), incidents: Vec::new() });
    let index = words(text(&tree, "index.html"));
    assert!(index.contains("Everything is working"));
    assert!(index.contains("Nothing has gone wrong in the last 90 days."));
    assert!(index.contains("100.00% available"));
    assert!(words(text(&tree, "history/index.html")).contains("No problems and no planned work so far."));
}

#[test]
fn what_is_planned_does_not_count_before_it_begins() {
    let mut site = full_site();
    site.incidents.retain(|incident| incident.kind == IncidentKind::Maintenance);
    let index = |now| super::site(&site, &Theme::built_in(), now, Audience::Public).unwrap();
    assert!(words(text(&index(now()), "index.html")).contains("Everything is working"));
    let begun = index(now() + TimeDelta::hours(25));
    assert!(words(text(&begun, "index.html")).contains("Planned work is under way"));
    assert!(words(text(&begun, "index.html")).contains("In progress"));
    let done = index(now() + TimeDelta::hours(49));
    assert!(words(text(&done, "incidents/2026/move/index.html")).contains("Completed"));
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let (site, first) = (full_site(), tree_of(&full_site()));
    for _ in 0..10 {
        assert_eq!(tree_of(&site), first);
    }
}

/// Every address in an attribute of a page.
fn addresses(html: &str) -> impl Iterator<Item = &str> {
    let attributes = ["href=\"", "src=\""].into_iter().flat_map(|name| html.split(name).skip(1));
    attributes.filter_map(|rest| rest.split_once('"')).map(|(address, _)| address)
}

/// The path in the tree to which a relative address leads from a page.
fn resolve(page: &str, address: &str) -> String {
    let mut parts: Vec<&str> = page.split('/').collect();
    parts.pop();
    for part in address.split('#').next().unwrap().split('/') {
        match part {
            ".." => assert!(parts.pop().is_some(), "{page}: {address} leads out of the tree"),
            "." | "" => {}
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[test]
fn every_link_within_the_site_leads_to_a_file() {
    let tree = tree_of(&full_site());
    let mut followed = 0;
    for path in tree.files.keys().filter(|path| path.ends_with(".html")) {
        for address in addresses(text(&tree, path)) {
            if address.contains(':') || address.starts_with('#') {
                continue;
            }
            let mut target = resolve(path, address);
            if address.ends_with('/') {
                target.push_str("/index.html");
            }
            assert!(tree.files.contains_key(&target), "{path}: {address}");
            followed += 1;
        }
    }
    assert!(followed > 90, "only {followed} links were followed");
}

#[test]
fn languages_point_at_each_other() {
    let tree = tree_of(&full_site());
    let story = text(&tree, "es/incidents/2026/cards/index.html");
    let absolute = "https://status.example.org/shop";
    for link in [
        format!("<link rel=\"canonical\" href=\"{absolute}/es/incidents/2026/cards/\">"),
        format!("<link rel=\"alternate\" hreflang=\"x-default\" href=\"{absolute}/incidents/2026/cards/\">"),
        format!("<link rel=\"alternate\" hreflang=\"en\" href=\"{absolute}/incidents/2026/cards/\">"),
        format!("<link rel=\"alternate\" hreflang=\"es\" href=\"{absolute}/es/incidents/2026/cards/\">"),
        "<a href=\"../../../../incidents/2026/cards/index.html\" lang=\"en\" hreflang=\"en\">English</a>"
            .to_owned(),
    ] {
        assert!(story.contains(&link), "{link} is not in {story}");
    }
    let mut alone = full_site();
    alone.page.languages.truncate(1);
    assert!(!text(&tree_of(&alone), "index.html").contains("hreflang"), "one language needs no other");
}

#[test]
fn a_page_runs_the_way_its_language_does() {
    let mut site = full_site();
    site.page.languages.push(language("ar"));
    let tree = tree_of(&site);
    assert!(text(&tree, "ar/index.html").contains("<html lang=\"ar\" dir=\"rtl\">"));
    assert!(text(&tree, "index.html").contains("<html lang=\"en\" dir=\"ltr\">"));
    assert!(text(&tree, "ar/index.html").contains("\u{2068}Checkout\u{2069}"), "a name within a sentence");
    assert!(!text(&tree, "index.html").contains('\u{2068}'));
}

#[test]
fn a_time_in_a_text_is_written_in_the_texts_language() {
    let mut site = full_site();
    site.page.languages.push(language("ar"));
    let tree = tree_of(&site);
    assert!(text(&tree, "ar/index.html").contains(">20 November 2026, 12:30 CET</time>"));
}

#[test]
fn an_unknown_zone_is_an_error() {
    let mut site = full_site();
    site.page.time_zone = "Europe/Nowhere".to_owned();
    let error = super::site(&site, &Theme::built_in(), now(), Audience::Public).unwrap_err();
    assert_eq!(error.to_string(), "failed to find the time zone `Europe/Nowhere`");
}

mod again;
mod audience;
mod by_the_clock;
mod calendars;
mod error_pages;
mod features;
mod feeds;
mod hostile;
mod long_history;
mod long_stories;
mod policy;
mod problem_details;
mod small_files;
mod statuspage;
mod turns;
mod worst_day;

//! Every rule with stories it finds fault with, and near ones it passes.

use std::collections::BTreeSet;

mod any_times;
mod fine;
mod odd_times;
mod stories;
mod words;

use fine::FINE;
use stories::{BROKEN, Change, FILE, at, feature, incident, language, update};

use super::{RULES, run};
use chrono::TimeDelta;

use crate::model::audience::Audience;
use crate::model::feature::{Feature, Group, Status};
use crate::model::incident::{Incident, IncidentId};
use crate::model::localized::Localized;
use crate::model::page::Page;
use crate::model::phase::Phase;
use crate::model::problem::{Problem, SourceKey, SourceMap, SourceSpan};
use crate::model::site::Site;

fn page() -> Page {
    let on_page = |id: &str| Feature::named(feature(id), Localized::plain(id));
    Page {
        name: Localized::plain("Shop"),
        description: None,
        url: "https://status.example.com".into(),
        languages: vec![language("en"), language("es")],
        time_zone: "UTC".into(),
        support_url: None,
        subscribe_url: None,
        desk: None,
        looks: crate::model::looks::Branding::default(),
        theme: "default".into(),
        groups: vec![Group {
            id: None,
            name: Localized::plain("Buying"),
            features: vec![on_page("checkout"), on_page("refunds")],
        }],
        history_days: 90,
        links: Default::default(),
        audiences: Vec::new(),
        read_by: None,
    }
}

/// Keys on lines 2 to 8, headings from line 11.
fn places(incident: &Incident) -> SourceMap {
    let place = |line: usize| SourceSpan { line, column: 1, length: 1, source: String::new() };
    let mut places = SourceMap::default();
    let keys = ["title", "severity", "affected.checkout", "started", "eta", "next_update", "impact"];
    for (line, key) in (2..).zip(keys) {
        places.remember(&incident.file, SourceKey::Key(key.to_owned()), place(line));
    }
    for (line, update) in (11..).zip(&incident.updates) {
        places.remember(&incident.file, SourceKey::Update(update.at), place(line));
    }
    places
}

/// The problems of the good incident after a change, at 11:00.
fn problems(change: Change) -> Vec<Problem> {
    let mut incident = incident();
    change(&mut incident);
    let places = places(&incident);
    run(&Site::of(page(), [incident]), &places, &["Globex".to_owned()], at(11, 0))
}

/// The same on a page of another time zone.
fn problems_in(time_zone: &str, change: Change) -> Vec<Problem> {
    let mut incident = incident();
    change(&mut incident);
    let places = places(&incident);
    let page = Page { time_zone: time_zone.into(), ..page() };
    run(&Site::of(page, [incident]), &places, &["Globex".to_owned()], at(11, 0))
}

/// `line level rule: message (hint)`.
fn line(problem: &Problem) -> String {
    let at = problem.place.as_ref().map_or_else(|| "-".to_owned(), |place| place.line.to_string());
    let hint = problem.hint.as_ref().map(|hint| format!(" ({hint})")).unwrap_or_default();
    format!("{at} {} {}: {}{hint}", problem.level.word(), problem.rule, problem.message)
}

#[test]
fn broken_rules_give_exactly_these_problems() {
    for (rule, change, expected) in BROKEN.iter().chain(odd_times::BROKEN).chain(words::BROKEN) {
        let found = problems(*change);
        assert_eq!(found.iter().map(line).collect::<Vec<_>>(), *expected, "{rule}");
        assert!(found.iter().any(|problem| problem.rule == *rule), "{rule}");
        assert!(found.iter().all(|problem| problem.file == FILE));
    }
}

#[test]
fn kept_rules_give_no_problem() {
    assert_eq!(problems(|_| ()), []);
    for (rule, change) in FINE {
        let found: Vec<String> = problems(*change).iter().map(line).collect();
        assert_eq!(found, Vec::<String>::new(), "{rule}");
    }
}

#[test]
fn every_rule_is_named_well_and_tested_both_ways() {
    let names: Vec<&str> = RULES.iter().map(|rule| rule.name).collect();
    assert!(names.is_sorted_by(|a, b| a < b), "sorted, each name once: {names:?}");
    for rule in RULES {
        assert!(rule.name.chars().all(|c| c.is_ascii_lowercase() || c == '-'), "{}", rule.name);
        assert!(rule.ensures.ends_with('.') && !rule.ensures.contains(". "), "{}", rule.ensures);
    }
    // What takes two incidents to find is tested by itself.
    let names: BTreeSet<&str> = names.into_iter().filter(|name| *name != "same-story").collect();
    assert_eq!(BROKEN.iter().chain(words::BROKEN).map(|(rule, ..)| *rule).collect::<BTreeSet<_>>(), names);
    assert_eq!(FINE.iter().map(|(rule, _)| *rule).collect::<BTreeSet<_>>(), names);
}

#[test]
fn one_incident_in_two_files_is_found_and_a_second_outage_of_the_same_name_is_not() {
    let named = |id: &str, change: Change| {
        let mut incident =
            Incident { id: IncidentId::new(id).unwrap(), file: format!("incidents/{id}.md"), ..incident() };
        change(&mut incident);
        incident
    };
    let found = |others: Vec<Incident>| -> Vec<String> {
        let incidents = [vec![named("pay", |_| ())], others].concat();
        run(&Site::of(page(), incidents), &SourceMap::default(), &[], at(11, 0)).iter().map(line).collect()
    };
    assert_eq!(
        found(vec![named("pay-copy", |_| ())]),
        [
            "- warning same-story: incidents/pay.md describes the same incident, so subscribers would be notified \
             of it twice (delete one of the two files, or say in the title how they differ)"
        ]
    );
    assert_eq!(
        found(vec![named("pay.pt_br", |_| ())]),
        [
            "- warning same-story: incidents/pay.md describes the same incident, so subscribers would be notified \
             of it twice (for a translation, end the name with a language tag of the page, such as `.pt-BR.md`; \
             `pt_br` is not one)"
        ]
    );
    let others = vec![
        named("pay-later", |it| it.started += TimeDelta::minutes(1)),
        named("pay-refunds", |it| it.affected = [(feature("refunds"), Status::Degraded)].into()),
        named("pay-slowly", |it| it.title = Localized::plain("Cards are slow")),
    ];
    assert_eq!(found(others), Vec::<String>::new());
}

#[test]
fn a_text_for_an_audience_that_the_page_does_not_have_is_found_at_its_key() {
    let found = problems(|incident| {
        let audience = Audience::from_word("partners").unwrap();
        incident.narrow.impact = [(audience, Localized::plain("Half of your customers cannot pay."))].into();
    });
    let expected =
        "8 error unknown-audience: the page has no audience `partners` (one of `public`, `internal`)";
    assert_eq!(found.iter().map(line).collect::<Vec<_>>(), [expected]);
}

#[test]
fn problems_come_in_the_order_of_the_files() {
    let named = |file: &str| Incident { file: file.into(), impact: None, ..incident() };
    let incidents = vec![named("incidents/b.md"), named("incidents/a.md")];
    let found = run(&Site::of(page(), incidents), &SourceMap::default(), &[], at(11, 0));
    let files: Vec<&str> = found.iter().map(|problem| problem.file.as_str()).collect();
    assert_eq!(files, ["incidents/a.md", "incidents/b.md"]);
}

#[test]
fn a_time_that_is_right_by_the_clock_of_the_page_is_offered() {
    let cases: [(&str, &str, Change, &str); 4] = [
        (
            "in-the-future",
            "Europe/Madrid",
            |it| it.updates[1].at = at(11, 50),
            "2026-11-20 11:50 Europe/Madrid",
        ),
        (
            "end-before-start",
            "America/New_York",
            |it| it.updates.push(update(at(5, 30), Some(Phase::Resolved), "It is back.")),
            "2026-11-20 05:30 America/New_York",
        ),
        (
            "start-after-update",
            "Europe/Madrid",
            |it| it.started = at(10, 12),
            "2026-11-20 10:12 Europe/Madrid",
        ),
        (
            "end-before-news",
            "America/New_York",
            |it| it.updates.insert(0, update(at(9, 15), Some(Phase::Resolved), "It is back.")),
            "2026-11-20 09:15 America/New_York",
        ),
    ];
    for (rule, zone, change, meant) in cases {
        let hint = |zone: &str| {
            let found = problems_in(zone, change).into_iter().find(|problem| problem.rule == rule);
            found.unwrap().hint.unwrap()
        };
        assert_eq!(hint(zone), format!("did you mean {meant}?"), "{rule}");
        assert!(!hint("UTC").contains("did you mean"), "{rule}: the page's clock explains nothing");
    }
}

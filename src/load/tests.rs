//! The room as a whole: files in, incidents and problems out.

use std::collections::BTreeMap;

use chrono::{TimeZone, Utc};
use proptest::prelude::*;

use super::shield::shield;
use super::*;
use crate::model::Moment;
use crate::model::feature::{FeatureId, Status};
use crate::model::incident::{Audience, Eta, Incident, IncidentId, Update, Window};
use crate::model::localized::{Language, Localized};
use crate::model::page::Page;
use crate::model::phase::{Kind, Phase, Severity};
use crate::model::problem::{Level, Spot};

/// A page in these languages, without features: this room asks it for nothing else.
pub(super) fn page(languages: &[&str]) -> Page {
    Page {
        name: Localized::plain("Example"),
        description: None,
        url: "https://status.example.org".into(),
        languages: languages.iter().map(|tag| Language::new(tag).unwrap()).collect(),
        time_zone: "UTC".into(),
        support_url: None,
        theme: "default".into(),
        groups: Vec::new(),
        history_days: 90,
    }
}

fn at(hour: u32, minute: u32) -> Moment {
    Utc.with_ymd_and_hms(2026, 11, 20, hour, minute, 0).unwrap()
}

fn feature(id: &str) -> FeatureId {
    FeatureId::new(id).unwrap()
}

const CARD: &str = r#"+++
title = "Card payments are failing"
severity = "major"
affected = ["checkout"]
started = 2026-11-20T09:12:00Z
eta = 2026-11-20T11:30:00Z
next_update = 2026-11-20T10:30:00Z
impact = "About half of card payments in Europe fail."
workaround = "Pay by bank transfer."
+++

## 2026-11-20 10:05 UTC · Identified {eta=2026-11-20T11:30Z}

The fault is at our card processor. We are switching to the second one.

## 2026-11-20 09:20 UTC · Investigating

Some card payments fail. We are looking into it.
"#;

#[test]
fn the_example_of_the_design_is_read_whole() {
    let parsed = parse_incident("incidents/2026/card.md", CARD);
    assert_eq!(parsed.problems, []);
    let update = |hour, minute, phase, eta, body: &str| Update {
        at: at(hour, minute),
        phase: Some(phase),
        audience: Audience::Public,
        eta,
        next_update: None,
        severity: None,
        statuses: BTreeMap::new(),
        body: Localized::plain(body),
    };
    let eta = Some(Eta::At(at(11, 30)));
    let expected = Incident {
        id: IncidentId::new("2026/card").unwrap(),
        file: "incidents/2026/card.md".into(),
        kind: Kind::Incident,
        title: Localized::plain("Card payments are failing"),
        severity: Severity::Major,
        affected: BTreeMap::from([(feature("checkout"), Status::PartialOutage)]),
        started: at(9, 12),
        window: None,
        eta,
        next_update: Some(at(10, 30)),
        impact: Some(Localized::plain("About half of card payments in Europe fail.")),
        workaround: Some(Localized::plain("Pay by bank transfer.")),
        updates: vec![
            update(9, 20, Phase::Investigating, None, "Some card payments fail. We are looking into it."),
            update(
                10,
                5,
                Phase::Identified,
                eta,
                "The fault is at our card processor. We are switching to the second one.",
            ),
        ],
    };
    assert_eq!(parsed.incident.as_ref(), Some(&expected));
    let line = |spot| parsed.places.find("incidents/2026/card.md", spot).map(|place| place.line);
    assert_eq!(line(Spot::Key("eta".into())), Some(6));
    assert_eq!(line(Spot::Key("affected.checkout".into())), Some(4));
    assert_eq!(line(Spot::Update(at(10, 5))), Some(12));
    assert_eq!(write_incident(&expected), CARD, "and written as it was");
}

#[test]
fn yaml_toml_and_line_ends_make_no_difference() {
    let yaml = CARD.replace("+++", "---").replacen(" = ", ": ", 8);
    let crlf = CARD.replace('\n', "\r\n");
    let marked = format!("\u{feff}{CARD}");
    let expected = parse_incident("f.md", CARD).incident;
    for text in [yaml, crlf, marked] {
        let parsed = parse_incident("f.md", &text);
        assert_eq!((parsed.problems, &parsed.incident), (Vec::new(), &expected));
    }
}

/// Rule, line and column of each problem of a file with a good front matter in lines 1 to 6.
fn complaints(story: &str) -> Vec<(&'static str, usize, usize)> {
    let front =
        "+++\ntitle = 'x'\nseverity = 'minor'\naffected = ['a']\nstarted = 2026-11-20T09:12:00Z\n+++\n";
    places_of(&format!("{front}{story}"))
}

fn places_of(text: &str) -> Vec<(&'static str, usize, usize)> {
    let parsed = parse_incident("incidents/x.md", text);
    let errors = parsed.problems.iter().any(|problem| problem.level == Level::Error);
    assert_eq!(parsed.incident.is_none(), errors, "{text}: {:?}", parsed.problems);
    let place = |problem: &crate::model::problem::Problem| {
        problem.place.as_ref().map_or((0, 0), |place| (place.line, place.column))
    };
    parsed.problems.iter().map(|problem| (problem.rule, place(problem).0, place(problem).1)).collect()
}

#[test]
fn problems_of_stories_stand_at_their_lines() {
    for (story, expected) in [
        ("One text.\n", vec![]),
        ("", vec![]),
        ("## Root cause\nx\n", vec![("bad-heading", 7, 4)]),
        ("##2026-11-20 10:05 UTC\n", vec![("bad-heading", 7, 1)]),
        ("above\n\n## 2026-11-20 10:05 UTC\n", vec![("text-before-first-update", 7, 1)]),
        ("## 2026-11-20 10:05 UTC\nü {time soon}\n", vec![("bad-time-token", 8, 3)]),
        ("## 2026-11-20 10:05 UTC\n`{time soon}` \\{time soon}\n", vec![]),
        ("## 2026-11-20 10:05 UTC\n## 2026-11-20 12:05 +02:00\n", vec![("duplicate-time", 8, 1)]),
        ("## 2026-11-20 10:05 UTC\n```\n## 2026-11-20 09:05 UTC\n", vec![("hidden-update", 9, 1)]),
        ("## 2026-11-20 10:05 UTC\n### 2026-11-20 09:05 UTC · Resolved\n", vec![("heading-level", 8, 1)]),
        ("## 2026-11-20 10:05 UTC\n### 2026-11-20 09:05 UTC\n", vec![]),
        ("## 2026-11-20 10:05 UTC\na\u{7}b\n", vec![("control-character", 8, 2)]),
        ("## 2026-11-20 10:05 UTC\na\rb\n", vec![("control-character", 8, 2)]),
        (
            "## x\n## 2026-11-20 10:05\n## 2026-11-20 10:06 UTC · Fixed {severity=bad}\n",
            vec![
                ("bad-heading", 7, 4),
                ("missing-zone", 8, 4),
                ("unknown-word", 9, 27),
                ("unknown-word", 9, 43),
            ],
        ),
    ] {
        assert_eq!(complaints(story), expected, "{story:?}");
    }
}

#[test]
fn problems_of_front_matter_stand_at_their_values() {
    for (block, expected) in [
        (
            "",
            vec![
                ("missing-key", 2, 1),
                ("missing-key", 2, 1),
                ("missing-key", 2, 1),
                ("nothing-affected", 2, 1),
            ],
        ),
        (
            "title = ''\nseverity = 'majr'\naffected = []\nstarted = 2026-11-20",
            vec![
                ("empty-text", 2, 9),
                ("unknown-word", 3, 12),
                ("nothing-affected", 4, 12),
                ("bad-time", 5, 11),
            ],
        ),
        (
            "title = 'x'\nseverity = 'major'\naffected = ['Check out']\nstarted = 2026-11-20T09:12:00Z\nid = 'a b'",
            vec![("bad-feature", 4, 13), ("bad-id", 6, 6)],
        ),
        (
            "title = \"a\\u0007b\"\nseverity = 'major'\naffected = { a = 'down' }\nstarted = 2026-11-20T09:12:00Z\nimpakt = 'x'",
            vec![("control-character", 2, 9), ("unknown-word", 4, 18), ("unknown-key", 6, 1)],
        ),
        (
            "title = 'x'\nseverity = 'major'\naffected = ['a']\nstarted = 2026-11-20T09:12:00Z\nstarts = 2026-11-20T09:12:00Z",
            vec![("misplaced-key", 6, 1)],
        ),
        (
            "title = 'x'\nkind = 'maintenance'\naffected = ['a']\nstarts = 2026-11-20T09:00:00Z\nends = 2026-11-20T09:00:00Z",
            vec![("bad-window", 6, 8)],
        ),
        (
            "title = 'x'\nkind = 'maintenance'\naffected = ['a']\nstarted = 2026-11-20T09:00:00Z\neta = 'unknown'",
            vec![
                ("missing-key", 2, 1),
                ("missing-key", 2, 1),
                ("misplaced-key", 5, 1),
                ("misplaced-key", 6, 1),
            ],
        ),
        (
            "title = 'x'\nkind = 'maintenence'\naffected = ['a']\nstarts = 2026-11-20T09:00:00Z\nends = 2026-11-20T10:00:00Z",
            vec![("unknown-word", 3, 8)],
        ),
    ] {
        assert_eq!(places_of(&format!("+++\n{block}\n+++\n")), expected, "{block}");
    }
}

#[test]
fn a_maintenance_is_a_notice_with_a_window() {
    let text = "---\nkind: maintenance\ntitle: Moving\naffected: {search: maintenance}\nstarts: 2026-12-01T22:00:00Z\n\
                ends: 2026-12-02T02:00:00Z\n---\nWe move the search.\n";
    let parsed = parse_incident("incidents/move.md", text);
    assert_eq!(parsed.problems, []);
    let incident = parsed.incident.unwrap();
    assert_eq!((incident.severity, incident.kind), (Severity::Notice, Kind::Maintenance));
    assert_eq!(incident.window.map(|window| window.starts), Some(incident.started));
    assert_eq!(incident.updates.len(), 1);
    assert_eq!(incident.updates[0].phase, Some(Phase::Scheduled));
}

#[test]
fn a_file_has_a_limit_of_updates() {
    let story: String =
        (0..501).map(|n| format!("## 2026-11-20 {:02}:{:02} UTC\n", n / 60, n % 60)).collect();
    assert_eq!(complaints(&story), [("too-many-updates", 507, 1)]);
}

fn moments() -> impl Strategy<Value = Moment> {
    (1_500_000_000_i64..4_000_000_000).prop_map(|second| Moment::from_timestamp(second / 15 * 15, 0).unwrap())
}

fn lines() -> impl Strategy<Value = String> {
    "[a-zé\"\\\\ #+-]{1,20}"
        .prop_map(|text| text.trim().to_owned())
        .prop_filter("not empty", |text| !text.is_empty())
}

fn bodies() -> impl Strategy<Value = String> {
    "(## |##|### |```|~~~|<!--|-->|<div>|- |> |    |\\+\\+\\+\n|---\n|[a-zé]{1,5}|2026-11-20 |\\{time |\n|\r\n){0,20}"
}

fn statuses() -> impl Strategy<Value = BTreeMap<FeatureId, Status>> {
    let ids = "[a-z][a-z0-9]{3,8}".prop_filter("no attribute", |id| id != "audience" && id != "severity");
    proptest::collection::btree_map(
        ids.prop_map(|id| feature(&id)),
        proptest::sample::select(&Status::ALL),
        0..4,
    )
}

fn localized(text: impl Strategy<Value = String>) -> impl Strategy<Value = Localized> {
    let spanish = Language::new("es").unwrap();
    (text, proptest::option::of(lines())).prop_map(move |(default, translated)| Localized {
        default,
        translations: translated.into_iter().map(|text| (spanish.clone(), text)).collect(),
    })
}

fn etas() -> impl Strategy<Value = Option<Eta>> {
    proptest::option::of(prop_oneof![Just(Eta::Unknown), moments().prop_map(Eta::At)])
}

fn updates(kind: Kind) -> impl Strategy<Value = Vec<Update>> {
    let phases: Vec<Phase> = Phase::ALL.into_iter().filter(|phase| phase.kind() == kind).collect();
    let facts = (
        proptest::option::of(proptest::sample::select(phases)),
        proptest::sample::select(&[Audience::Public, Audience::Internal]),
        etas().prop_map(move |eta| eta.filter(|_| kind == Kind::Incident)),
        proptest::option::of(moments()),
        proptest::option::of(proptest::sample::select(&Severity::ALL)),
        statuses(),
        localized(bodies()),
    );
    let by_time = proptest::collection::btree_map(moments(), facts, 0..5);
    by_time.prop_map(|by_time| {
        let update = |(at, (phase, audience, eta, next_update, severity, statuses, body))| Update {
            at,
            phase,
            audience,
            eta,
            next_update,
            severity,
            statuses,
            body,
        };
        by_time.into_iter().map(update).collect()
    })
}

prop_compose! {
    fn incidents()(kind in proptest::sample::select(&Kind::ALL))(
        kind in Just(kind),
        id in "[a-z0-9]{1,5}(/[a-z0-9_.-]{1,5}x){0,2}",
        named_by_file in any::<bool>(),
        title in localized(lines()),
        severity in proptest::sample::select(&Severity::ALL),
        affected in statuses(),
        (started, hours) in (moments(), 1_i64..100),
        eta in etas(),
        next_update in proptest::option::of(moments()),
        impact in proptest::option::of(localized(lines())),
        workaround in proptest::option::of(localized(lines())),
        updates in updates(kind),
    ) -> Incident {
        let window = Window { starts: started, ends: started + chrono::Duration::hours(hours) };
        Incident {
            file: if named_by_file { format!("incidents/{id}.md") } else { "incidents/other.md".into() },
            id: IncidentId::new(&id.replace("/.", "/x")).unwrap(),
            kind,
            title,
            severity,
            affected,
            started,
            window: (kind == Kind::Maintenance).then_some(window),
            eta: eta.filter(|_| kind == Kind::Incident),
            next_update,
            impact,
            workaround,
            updates,
        }
    }
}

/// The incident as it can be written: bodies shielded.
fn shielded(mut incident: Incident) -> Incident {
    for update in &mut incident.updates {
        update.body.default = shield(&update.body.default);
        update.body.translations.values_mut().for_each(|body| *body = shield(body));
    }
    incident
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(incident in incidents()) {
        let incident = shielded(incident);
        let spanish = Language::new("es").unwrap();
        let main = write_incident(&incident);
        let translated = write_translation(&incident, &spanish);
        let parsed = parse_incident(&incident.file, &main);
        let errors: Vec<_> = parsed.problems.iter().filter(|problem| problem.rule != "nothing-affected").collect();
        prop_assert!(errors.is_empty(), "{errors:?}\n{main}");
        let mut read = parsed.incident.unwrap();
        if let Some(text) = translated {
            let parsed = translation::parse("f.es.md", &text, &spanish);
            prop_assert!(parsed.problems.is_empty(), "{:?}\n{text}", parsed.problems);
            let translation = parsed.translation.unwrap();
            prop_assert_eq!(translation.misfits(&read, &parsed.places), vec![]);
            translation.apply(&mut read);
        }
        prop_assert_eq!(&read, &incident, "{}", main);
        prop_assert_eq!(write_incident(&read), main);
    }
}

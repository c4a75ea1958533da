//! The sample at the repository's root: it has no problem, shows every state of an incident's life, and renders.

use std::collections::BTreeSet;
use std::path::Path;

use allclear::model::Moment;
use allclear::model::incident::{Audience, Eta, Incident};
use allclear::model::phase::{Phase, Severity};
use allclear::model::problem::ProblemLevel;
use allclear::model::site::Site;
use allclear::theme::Theme;
use allclear::{check, config, load, render};

/// The moment the sample is written for.
fn now() -> Moment {
    "2026-11-20T10:30:00Z".parse().unwrap()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn sample() -> Site {
    let (page, problems, mut places) = config::read_page(root());
    assert_eq!(problems, []);
    let (plan, problems, _) = config::read_plan(root(), None);
    assert_eq!(problems, []);
    assert_eq!(plan.unwrap().providers.len(), 2);
    let loaded = load::read_site(root(), page.unwrap(), None);
    assert_eq!(loaded.problems, []);
    places.extend(loaded.places);
    assert_eq!(check::run(&loaded.site, &places, &[], now()), []);
    loaded.site
}

#[test]
fn the_sample_has_no_problem_and_every_state_of_life() {
    let site = sample();
    let some = |what: &str, is: &dyn Fn(&Incident) -> bool| {
        assert!(site.incidents.iter().any(|incident| is(incident)), "the sample has no incident with {what}");
    };
    let phases: BTreeSet<Phase> = site.incidents.iter().map(|incident| incident.phase_at(now())).collect();
    for phase in [
        Phase::Identified,
        Phase::Monitoring,
        Phase::Resolved,
        Phase::Postmortem,
        Phase::Scheduled,
        Phase::Verifying,
        Phase::Completed,
        Phase::Cancelled,
    ] {
        assert!(phases.contains(&phase), "the sample has no incident in {phase:?}");
    }
    for severity in Severity::ALL {
        some(severity.word(), &|incident| incident.severity == severity);
    }
    some("an estimate that slipped twice", &|incident| incident.eta_history().len() == 3);
    some("no estimate", &|incident| incident.eta == Some(Eta::Unknown) && incident.next_update.is_some());
    some("internal words", &|incident| incident.updates.iter().any(|u| u.audience == Audience::Internal));
    assert!(site.page.features().count() >= 9 && site.page.groups.len() == 3);
    assert!(site.incidents.len() >= 14);
}

#[test]
fn the_sample_renders_with_its_theme_and_keeps_internal_words_inside() {
    let site = sample();
    let (theme, problems) = Theme::open(root(), &site.page.theme, &site.page.looks);
    assert_eq!(problems, []);
    let tree = render::site(&site, &theme, now(), Audience::Public).unwrap();
    let texts: Vec<_> = tree.files.values().map(|bytes| String::from_utf8_lossy(bytes)).collect();
    let internal = site.incidents.iter().flat_map(|incident| &incident.updates);
    let internal = internal.filter(|update| update.audience == Audience::Internal);
    for sentence in internal.map(|update| update.body.default.lines().next().unwrap()) {
        assert!(texts.iter().all(|text| !text.contains(sentence)), "{sentence}");
    }
    assert!(String::from_utf8_lossy(&tree.files["es/index.html"]).contains("Fallan los pagos con tarjeta"));
}

#[test]
fn every_wording_becomes_an_incident_that_can_be_read() {
    let mut read = 0;
    for entry in std::fs::read_dir(root().join("site/messages")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if name.matches('.').count() > 1 {
            continue;
        }
        let text = std::fs::read_to_string(root().join("site/messages").join(&name)).unwrap();
        let (front, body) = text.strip_prefix("+++\n").unwrap().split_once("\n+++\n").unwrap();
        let (times, phase) = if front.contains("kind = \"maintenance\"") {
            ("starts = 2026-11-21T08:00:00Z\nends = 2026-11-21T09:00:00Z", "Scheduled")
        } else {
            ("started = 2026-11-20T10:00:00Z\neta = 2026-11-20T12:00:00Z", "Investigating")
        };
        let incident = format!("+++\n{front}\n{times}\n+++\n\n## 2026-11-20 10:05 UTC · {phase}\n{body}");
        let parsed = load::parse_incident("incidents/new.md", &incident);
        let errors = parsed.problems.iter().filter(|problem| problem.level == ProblemLevel::Error);
        assert_eq!(errors.collect::<Vec<_>>(), Vec::<&_>::new(), "{name}");
        assert!(parsed.incident.is_some(), "{name}");
        read += 1;
    }
    assert_eq!(read, 4);
}

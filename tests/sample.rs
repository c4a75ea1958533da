//! The sample at the repository's root: it has no problem, shows every state of an incident's life, and renders.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::path::Path;

use allclear::model::Moment;
use allclear::model::incident::{Audience, Eta, Incident};
use allclear::model::phase::{Phase, Severity};
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
    let (plan, problems, _) = config::read_plan(root());
    assert_eq!(problems, []);
    assert_eq!(plan.unwrap().providers.len(), 2);
    let loaded = load::read_site(root(), page.unwrap(), None);
    assert_eq!(loaded.problems, []);
    places.extend(loaded.places);
    assert_eq!(check::run(&loaded.site, &places, now()), []);
    loaded.site
}

#[test]
fn the_sample_has_no_problem_and_every_state_of_life() {
    let site = sample();
    let some = |what: &str, is: &dyn Fn(&Incident) -> bool| {
        assert!(site.incidents.iter().any(is), "the sample has no incident with {what}");
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
    let (theme, problems) = Theme::open(root(), &site.page.theme);
    assert_eq!(problems, []);
    let tree = render::site(&site, &theme, now()).unwrap();
    let texts: Vec<_> = tree.files.values().map(|bytes| String::from_utf8_lossy(bytes)).collect();
    let internal = site.incidents.iter().flat_map(|incident| &incident.updates);
    let internal = internal.filter(|update| update.audience == Audience::Internal);
    for sentence in internal.map(|update| update.body.default.lines().next().unwrap()) {
        assert!(texts.iter().all(|text| !text.contains(sentence)), "{sentence}");
    }
    assert!(String::from_utf8_lossy(&tree.files["es/index.html"]).contains("Fallan los pagos con tarjeta"));
}

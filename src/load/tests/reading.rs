//! Good files, read whole.

use std::collections::BTreeMap;

use super::{CARD, at, feature};
use crate::load::{parse_incident, write_incident};
use crate::model::days::Days;
use crate::model::feature::Status;
use crate::model::incident::{Audience, Eta, Incident, IncidentId, Update};
use crate::model::localized::Localized;
use crate::model::phase::{IncidentKind, Phase, Severity};
use crate::model::problem::SourceKey;
use crate::model::sensitivity::Sensitivity;

#[test]
fn the_example_of_the_design_is_read_whole() {
    let parsed = parse_incident("incidents/2026/card.md", CARD);
    assert_eq!(parsed.problems, []);
    let update = |hour, minute, phase, eta, body: &str| Update {
        at: at(hour, minute),
        phase: Some(phase),
        audience: Audience::Public,
        author_mark: None,
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
        kind: IncidentKind::Incident,
        title: Localized::plain("Card payments are failing"),
        severity: Severity::Major,
        affected: BTreeMap::from([(feature("checkout"), Status::PartialOutage)]),
        started: at(9, 12),
        window: None,
        eta,
        next_update: Some(at(10, 30)),
        impact: Some(Localized::plain("About half of card payments in Europe fail.")),
        workaround: Some(Localized::plain("Pay by bank transfer.")),
        audience: Audience::Public,
        sensitivity: Sensitivity::Public,
        author_mark: None,
        narrow: Default::default(),
        imported_through: None,
        day_only: Days::default(),
        accepted: Default::default(),
        repeats: None,
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
    assert_eq!(parsed.incident.as_deref(), Some(&expected));
    let line = |spot| parsed.places.find("incidents/2026/card.md", spot).map(|place| place.line);
    assert_eq!(line(SourceKey::Key("eta".into())), Some(6));
    assert_eq!(line(SourceKey::Key("affected.checkout".into())), Some(4));
    assert_eq!(line(SourceKey::Update(at(10, 5))), Some(12));
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

#[test]
fn a_maintenance_is_a_notice_with_a_window() {
    let text = "---\nkind: maintenance\ntitle: Moving\naffected: {search: maintenance}\nstarts: 2026-12-01T22:00:00Z\n\
                ends: 2026-12-02T02:00:00Z\n---\nWe move the search.\n";
    let parsed = parse_incident("incidents/move.md", text);
    assert_eq!(parsed.problems, []);
    let incident = parsed.incident.unwrap();
    assert_eq!((incident.severity, incident.kind), (Severity::Notice, IncidentKind::Maintenance));
    assert_eq!(incident.window.map(|window| window.starts), Some(incident.started));
    assert_eq!(incident.updates.len(), 1);
    assert_eq!(incident.updates[0].phase, Some(Phase::Scheduled));
}

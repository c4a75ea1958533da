//! The shape that digests are of, and one digest of it: the ledger of an operator has digests, so neither may change unnoticed.

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::model::audience::{Audience, AudienceName};
use crate::model::author_mark::AuthorMark;
use crate::model::feature::{FeatureId, Status};
use crate::model::incident::Completes;
use crate::model::localized::Language;
use crate::model::phase::{IncidentKind, Phase, Severity};
use crate::model::repeats::{Repeats, Rule};
use crate::model::sample;
use crate::model::sensitivity::Sensitivity;

fn at(minute: u32) -> Moment {
    format!("2026-03-01T10:{minute:02}:00Z").parse().unwrap()
}

fn translated(text: &str, spanish: &str) -> Localized {
    let translations = BTreeMap::from([(Language::new("es").unwrap(), spanish.to_owned())]);
    Localized { default: text.to_owned(), translations }
}

/// An incident with something in every field.
fn whole() -> Incident {
    let checkout = || FeatureId::new("checkout").unwrap();
    let partners = Audience::Named(AudienceName::new("partners").unwrap());
    let versions = |text: &str| BTreeMap::from([(partners, Localized::plain(text))]);
    let first = sample::update(at(0), Phase::Investigating, "We look.");
    let second = Update {
        at: at(10),
        phase: Some(Phase::Identified),
        audience: partners,
        eta: Some(Eta::Unknown),
        next_update: Some(at(30)),
        severity: Some(Severity::Critical),
        author_mark: Some(AuthorMark::Tell),
        statuses: BTreeMap::from([(checkout(), Status::PartialOutage)]),
        body: translated("Found.", "Encontrado."),
    };
    Incident {
        kind: IncidentKind::Maintenance,
        title: translated("Work", "Obras"),
        affected: BTreeMap::from([(checkout(), Status::Degraded)]),
        window: Some(
            TimeRange::new(at(0), Some(at(50)), Some(Completes::ByWord))
                .with_days(&[at(0)].into_iter().collect()),
        ),
        repeats: Some(Repeats {
            rule: Rule::new("FREQ=WEEKLY;BYDAY=SU").unwrap(),
            except: BTreeSet::from([at(0).date_naive()]),
        }),
        eta: Some(Eta::At(at(40))),
        next_update: Some(at(20)),
        impact: Some(Localized::plain("None is sold.")),
        workaround: Some(Localized::plain("Wait.")),
        narrow: NarrowTexts {
            title: versions("Their work"),
            impact: versions("Their loss"),
            workaround: versions("Call"),
        },
        sensitivity: Sensitivity::Customer,
        author_mark: Some(AuthorMark::Tell),
        imported_through: Some(at(5)),
        day_only: [at(0)].into_iter().collect(),
        accepted: BTreeMap::from([("secret".to_owned(), "a test".to_owned())]),
        updates: vec![first, second],
        ..sample::incident("payments", at(0))
    }
}

#[test]
fn the_list_has_every_fact_in_order() {
    let list = List::of(&whole()).0;
    let lines: Vec<String> = list.chunks(2).map(|pair| pair.join(" = ")).collect();
    assert_eq!(
        lines,
        [
            "id = payments",
            "kind = maintenance",
            "audience = public",
            "title = Work",
            "title in es = Obras",
            "title for partners = Their work",
            "severity = major",
            "affected checkout = degraded",
            "started = 2026-03-01T10:00:00Z",
            "starts = 2026-03-01T10:00:00Z",
            "ends = 2026-03-01T10:50:00Z",
            "completes = by-word",
            "day = starts",
            "repeats = FREQ=WEEKLY;BYDAY=SU",
            "except = 2026-03-01",
            "eta = 2026-03-01T10:40:00Z",
            "next_update = 2026-03-01T10:20:00Z",
            "impact = None is sold.",
            "impact for partners = Their loss",
            "workaround = Wait.",
            "workaround for partners = Call",
            "sensitivity = customer",
            "notify = tell",
            "imported_through = 2026-03-01T10:05:00Z",
            "day_only = 2026-03-01T10:00:00Z",
            "accepted secret = a test",
            "update = 2026-03-01T10:00:00Z",
            "phase = investigating",
            "audience = public",
            "body = We look.",
            "update = 2026-03-01T10:10:00Z",
            "phase = identified",
            "audience = partners",
            "eta = unknown",
            "next_update = 2026-03-01T10:30:00Z",
            "severity = critical",
            "mark = tell",
            "status checkout = partial_outage",
            "body = Found.",
            "body in es = Encontrado.",
        ]
    );
}

#[test]
fn a_digest_is_what_it_was() {
    assert_eq!(text_digest(&whole()), "vvojgqsadewtjce7zndprt5pzy3v2khjlfrcd2amelytj36ahfnq");
    assert_eq!(
        text_digest(&sample::incident("payments", at(0))),
        "c5dgjgcna7pldjz3556nzfasoo2efwjqep7wvbepa7wjcgngirfa"
    );
}

#[test]
fn the_place_of_the_file_is_no_part_of_the_text() {
    let moved = Incident { file: "incidents/2026/payments.md".to_owned(), ..whole() };
    assert_eq!(text_digest(&moved), text_digest(&whole()));
    let other = Incident { id: sample::incident("refunds", at(0)).id, ..whole() };
    assert_ne!(text_digest(&other), text_digest(&whole()));
}

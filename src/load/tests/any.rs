//! Random incidents.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use proptest::prelude::*;

use super::feature;
use crate::load::escape::shield;
use crate::load::incident::take_promises;
use crate::model::Moment;
use crate::model::audience::NarrowTexts;
use crate::model::author_mark::AuthorMark;
use crate::model::feature::{FeatureId, Status};
use crate::model::incident::{Audience, Completes, Eta, Incident, IncidentId, TimeRange, Update};
use crate::model::localized::{Language, Localized};
use crate::model::phase::{IncidentKind, Phase, Severity};
use crate::model::repeats::{Repeats, Rule};
use crate::model::sensitivity::Sensitivity;

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

fn audiences() -> impl Strategy<Value = Audience> {
    let words = ["public", "internal", "partners", "tier-1"];
    proptest::sample::select(words.map(|word| Audience::from_word(word).unwrap()).to_vec())
}

fn narrow() -> impl Strategy<Value = NarrowTexts> {
    let versions = || {
        let texts = proptest::collection::btree_map(audiences(), localized(lines()), 0..3);
        texts.prop_map(|mut texts| {
            texts.remove(&Audience::Public);
            texts
        })
    };
    let titles = || {
        let texts = proptest::collection::btree_map(audiences(), localized(lines()), 0..2);
        texts.prop_map(|mut texts| {
            texts.remove(&Audience::Public);
            texts
        })
    };
    (titles(), versions(), versions()).prop_map(|(title, impact, workaround)| NarrowTexts {
        title,
        impact,
        workaround,
    })
}

fn etas() -> impl Strategy<Value = Option<Eta>> {
    proptest::option::of(prop_oneof![Just(Eta::Unknown), moments().prop_map(Eta::At)])
}

fn tellings() -> impl Strategy<Value = Option<AuthorMark>> {
    proptest::option::of(proptest::sample::select(&AuthorMark::ALL))
}

pub(super) fn updates(kind: IncidentKind) -> impl Strategy<Value = Vec<Update>> {
    let phases: Vec<Phase> = Phase::ALL.into_iter().filter(|phase| phase.kind() == kind).collect();
    let facts = (
        proptest::option::of(proptest::sample::select(phases)),
        audiences(),
        tellings(),
        etas().prop_map(move |eta| eta.filter(|_| kind == IncidentKind::Incident)),
        proptest::option::of(moments()),
        proptest::option::of(proptest::sample::select(&Severity::ALL)),
        statuses(),
        localized(bodies()),
    );
    let by_time = proptest::collection::btree_map(moments(), facts, 0..5);
    by_time.prop_map(|by_time| {
        let update = |(at, (phase, audience, author_mark, eta, next_update, severity, statuses, body))| {
            Update { at, phase, audience, author_mark, eta, next_update, severity, statuses, body }
        };
        by_time.into_iter().map(update).collect()
    })
}

/// Some rules, each with or without exceptions.
fn repeats() -> impl Strategy<Value = Option<Repeats>> {
    let rules = [
        "FREQ=DAILY;COUNT=3",
        "FREQ=WEEKLY;BYDAY=TU,SU",
        "FREQ=MONTHLY;INTERVAL=2;BYDAY=-1FR;UNTIL=20301231",
    ];
    let days = proptest::collection::btree_set(0_u64..400, 0..3);
    proptest::option::of((proptest::sample::select(rules.to_vec()), days)).prop_map(|made| {
        made.map(|(rule, days)| Repeats {
            rule: Rule::new(rule).unwrap(),
            except: days
                .into_iter()
                .filter_map(|day| {
                    NaiveDate::from_ymd_opt(2026, 1, 1).unwrap().checked_add_days(Days::new(day))
                })
                .collect(),
        })
    })
}

prop_compose! {
    pub(super) fn incidents()(kind in proptest::sample::select(&IncidentKind::ALL))(
        kind in Just(kind),
        id in "[a-z0-9]{1,5}(/[a-z0-9_.-]{1,5}x){0,2}",
        named_by_file in any::<bool>(),
        audience in audiences(),
        title in localized(lines()),
        severity in proptest::sample::select(&Severity::ALL),
        affected in statuses(),
        (started, hours) in (moments(), proptest::option::of(1_i64..100)),
        completes in proptest::option::of(proptest::sample::select(&Completes::ALL)),
        eta in etas(),
        next_update in proptest::option::of(moments()),
        impact in proptest::option::of(localized(lines())),
        workaround in proptest::option::of(localized(lines())),
        narrow in narrow(),
        sensitivity in proptest::sample::select(Sensitivity::ALL.to_vec()),
        author_mark in tellings(),
        imported_through in proptest::option::of(moments()),
        accepted in proptest::collection::btree_map("[a-z]{1,5}(-[a-z]{1,5})?", "[a-z]{1,5}( [a-z]{1,5})?", 0..2),
        repeats in repeats(),
        days in proptest::collection::btree_set(moments(), 0..3),
        updates in updates(kind),
    ) -> Incident {
        let ends = hours.map(|hours| started + chrono::Duration::hours(hours));
        let day_only: crate::model::days::Days = days.into_iter().collect();
        let window = TimeRange::new(started, ends, completes).with_days(&day_only);
        let mut incident = Incident {
            file: if named_by_file { format!("incidents/{id}.md") } else { "incidents/other.md".into() },
            id: IncidentId::new(&id.replace("/.", "/x")).unwrap(),
            kind,
            audience,
            title,
            severity,
            affected,
            started,
            window: (kind == IncidentKind::Maintenance).then_some(window),
            eta: eta.filter(|_| kind == IncidentKind::Incident),
            next_update,
            impact,
            workaround,
            sensitivity,
            author_mark,
            narrow,
            imported_through,
            day_only,
            accepted,
            repeats: repeats.filter(|_| kind == IncidentKind::Maintenance && hours.is_some()),
            updates,
        };
        take_promises(&mut incident);
        incident
    }
}

/// The incident as it can be written: bodies shielded.
pub(super) fn shielded(mut incident: Incident) -> Incident {
    for update in &mut incident.updates {
        update.body.default = shield(&update.body.default);
        update.body.translations.values_mut().for_each(|body| *body = shield(body));
    }
    incident
}
